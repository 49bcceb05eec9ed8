"""A prefix with joints in it is found where one pattern of all of it matches."""

import re
from functools import lru_cache

from hypothesis import given
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tokcheck.core.lazy import compile_regex
from tokcheck.paste.grammar import SEAM, SEAM_BESIDE_SLASH
from tokcheck.paste.torn_prefix import TornPrefix
from tokcheck.providers import FINDER

_KNOWN = {anchor for forms in FINDER.forms.values() for form in forms for anchor in form.anchors}
_ANCHORS = [*sorted(_KNOWN), "a_b", "__", "x", "a:b/c", "q\\%"]
_JOINTS = ["", "\n", " ", "\r\n", "\\n", "%0A", "_\n", "\\", '" .', "&nbsp;", "<br>", "/", ":", "-"]


@lru_cache
def _pattern(anchor: str) -> re.Pattern[str]:
    seam = SEAM_BESIDE_SLASH if "/" in anchor else SEAM
    return compile_regex(seam.join(f"({re.escape(character)})" for character in anchor))


@st.composite
def _texts(draw: st.DrawFn) -> tuple[str, str]:
    """Return a prefix, and a text with pieces of it between joints."""
    anchor = draw(st.sampled_from(_ANCHORS))
    part = st.one_of(
        st.just(anchor),
        st.sampled_from([*anchor]),
        st.sampled_from(_JOINTS),
        st.sampled_from("aZ0."),
    )
    torn = st.lists(st.sampled_from(_JOINTS), min_size=len(anchor), max_size=len(anchor)).map(
        lambda joints: "".join(map("".join, zip(joints, anchor, strict=True)))
    )
    return anchor, "".join(draw(st.lists(st.one_of(part, torn), max_size=8)))


def _check(anchor: str, text: str) -> None:
    pattern, prefix = _pattern(anchor), TornPrefix(anchor)
    expected = [
        tuple(match.start(at) for at in range(1, len(anchor) + 1))
        for match in pattern.finditer(text)
    ]
    assert expected == [match.places for match in prefix.find_all(text)]
    for start in range(len(text) + 1):
        one, found = pattern.match(text, start), prefix.match(text, start)
        assert (one and one.span()) == (found and (found.start, found.end))


@given(_texts())
def test_it_matches_where_the_pattern_does(case: tuple[str, str]) -> None:
    _check(*case)


@each_case("anchor", _ANCHORS)
def test_each_prefix_is_found_with_each_joint(anchor: str) -> None:
    for joint in _JOINTS:
        _check(anchor, f"x{joint.join(anchor)}y {anchor}\n{joint.join(anchor)}")


def test_the_seams_are_what_stands_between() -> None:
    (match,) = TornPrefix("ya29.").find_all("a\ny\nA ya\r\n29 .x")
    assert (["", "\r\n", "", " "], 6, 14) == (
        match.seams("a\ny\nA ya\r\n29 .x"), match.start, match.end
    )  # fmt: skip
