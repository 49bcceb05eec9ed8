"""A token of a declared provider or another service with a joint inside its prefix."""

import re
from hashlib import sha256
from random import Random
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scan.random_match import random_match
from tests.support.scan.searching import finds_only, search
from tests.support.suite.cases import each_case
from tokcheck.paste.invisible import INVISIBLE
from tokcheck.providers.known_services.undeclared import UNDECLARED
from tokcheck.scan.detect.first_pass import known_prefixes, prefix_heads
from tokcheck.scan.detect.labelled import service_prefixes
from tokcheck.scan.detect.labelled.declared_names import DeclaredNames
from tokcheck.scan.detect.sample_tokens import is_sample

_BODY = "".join(Random(11).choices(ascii_letters + digits, k=36))
_RESTS = {form.prefix: form.rest for service in UNDECLARED for form in service.forms}
_OWN = [
    prefix
    for prefix in (*known_prefixes.DECLARED, *known_prefixes.SERVICES)
    # Those of Discord, Amazon's login and Okta have no sign of their own, or another one.
    if len(prefix) > 2 and re.fullmatch("[A-Za-z0-9_.-]+", prefix) and not prefix.startswith("eyJ")
]
_CUTS = [(prefix, at) for prefix in _OWN for at in range(1, len(prefix))]
_JOINTS = {
    "operator": 'T = "{0}" + "{1}"\n',
    "full stop": "$t = '{0}' . '{1}';\n",
    "neighbours": 'T = "{0}" "{1}"\n',
    "backslash": 'T = "{0}" \\\n    "{1}"\n',
    "lines": 'T = ("{0}"\n     "{1}")\n',
    "names": 'A = "{0}"\nB = "{1}"\nT = A + B\n',
    "append": 't = "{0}"\nt += "{1}"\n',
    "list": 'T = "".join(["{0}", "{1}"])\n',
    "elements": 'P = ["{0}", "{1}"]\nT = "".join(P)\n',
    "template": "const a = '{0}';\nconst b = '{1}';\nconst t = `${{a}}${{b}}`;\n",
}
# The heads that are searched in front of the end of a literal, each with the rest of its prefix.
_TORN = (
    "gh|p_", "ghp|_", "gh|o_", "gho|_", "gh|u_", "gh|s_", "gh|r_", "github|_pat_", "gl|pat-",
    "glp|at-", "glpa|t-", "glpat|-", "gl|dt-", "gldt|-", "gl|agent-", "glagent|-", "dckr|_pat_",
    "dckr_p|at_", "dckr_oat|_", "xox|b-", "xoxb|-", "xox|p-", "xoxp|-", "npm|_", "sk-|ant-",
    "sk-ant|-", "sk-|proj-", "sk-pro|j-", "shpa|t_", "shpat|_", "sk_l|ive_", "sk_live|_",
    "whse|c_", "glsa|_", "lin_|api_", "lin_api|_", "dop_|v1_", "dop_v1|_", "figd|_",
    "polar_|oat_", "polar_|pat_", "pat-|na1-", "sq0a|tp-", "xapp|-", "NRAK|-", "ATAT|T3x",
)  # fmt: skip


def _token(prefix: str) -> str:
    if prefix == "github_pat_":
        return f"{prefix}{_BODY[:22]}_{_BODY}{_BODY[:23]}"
    if prefix in known_prefixes.DECLARED:
        return prefix + _BODY
    random = Random(prefix)
    rests = (random_match(_RESTS[prefix], random) for _ in range(100))
    return prefix + next(rest for rest in rests if not is_sample(rest) and rest[-1].isalnum())


def test_the_first_pass_knows_all_invisible_characters() -> None:
    known = [
        each
        for each in map(chr, range(0x80, 0x10000))
        if not 0xD800 <= ord(each) < 0xE000 and re.fullmatch(f"[{INVISIBLE}]", each)
    ]
    text = "".join(f"g{each}hp_{_BODY} " for each in known).encode()
    joints = [match.start() + 1 for match in re.finditer(rb"g(?=[\x80-\xff])", text)]
    torn = [prefix_heads.torn_at(text, joint) for joint in joints]
    assert [("ghp_",)] * len(known) == [None if each is None else each.prefixes for each in torn]


def test_no_search_has_more_patterns_than_are_fast() -> None:
    searches = [search for search, _ in service_prefixes._searches()]  # noqa: SLF001
    assert all(len(each.patterns) <= 64 for each in searches)


@given(
    st.sampled_from(_CUTS),
    st.sampled_from("\u200b\u200c\u200d\u200e\u200f\u202c\u2060\u2066\ufeff"),
    st.integers(0, 40),
    st.sampled_from(["{}\n", 'x = "{}"\n', "a: {}, b\n", "<td>{}</td>", '{{"body": "say\\n{}"}}']),
)
def test_a_token_with_invisible_characters_in_its_prefix_is_found_whole(
    cut: tuple[str, int], character: str, behind: int, form: str
) -> None:
    prefix, at = cut
    token = _token(prefix)
    torn = token[:at] + character + token[at:]
    if behind:
        place = len(prefix) + 1 + behind % (len(token) - len(prefix))
        torn = torn[:place] + character + torn[place:]
    assert finds_only(form.format(torn), token)


@each_case("head", ["g", "gh", "ghp", "gl", "glp", "glpa", "glpat", "npm", "hf", "xox", "sk"])
def test_a_soft_hyphen_in_a_prefix_is_none_of_it(head: str) -> None:
    prefixes = [each for each in _OWN if each.startswith(head) and len(each) > len(head)]
    missed = [
        prefix
        for prefix in prefixes
        if not finds_only(f'x = "{head}\u00ad{_token(prefix)[len(head) :]}"\n', _token(prefix))
    ]
    assert ([], True) == (missed, bool(prefixes))


@each_case("joint", list(_JOINTS))
def test_a_token_in_pieces_that_is_cut_in_its_prefix_is_found_whole(joint: str) -> None:
    missed = []
    for torn in _TORN:
        head, _, rest = torn.partition("|")
        token = _token(head + rest)
        if not finds_only(_JOINTS[joint].format(head, token[len(head) :]), token):
            missed.append(torn)
    assert [] == missed


def test_an_escaped_literal_may_end_in_a_prefix() -> None:
    missed = []
    for torn in _TORN:
        head, _, rest = torn.partition("|")
        token = _token(head + rest)
        text = f'{{"source": "T = \\"{head}\\" + \\"{token[len(head) :]}\\""}}\n'
        if not finds_only(text, token):
            missed.append(head)
    # The shorter heads are searched in a literal that is not escaped.
    assert {"gh", "gl", "xox", "npm", "github"} >= {*missed}


@each_case("head", ["gh", "ghp", "glpa", "xox", "sk-", "hf"])
def test_what_is_around_a_head_is_read_only_if_the_rest_of_a_prefix_is_near(
    head: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It is thousands of bytes, and a file may hold many such heads.
    monkeypatch.setattr(prefix_heads, "_prefixes_continued", lambda *_: pytest.fail("It is read."))
    text = f'"{head}" ' * 100 + f"ghp_{_BODY} sk-proj-{_BODY}"
    assert [] == [*DeclaredNames().torn_places(text.encode())]


def test_a_prefix_that_is_cut_twice_is_found_whole() -> None:
    token = _token("glpat-")
    assert finds_only(f'x = "glp" + "at-" + "{token[6:]}"\n', token)


def test_the_place_of_a_torn_token_is_that_of_its_head() -> None:
    token = _token("ghp_")
    for text in (f'ab = "gh" + "{token[2:]}"\n', f'ab = "gh\u200b{token[2:]}"\n'):
        (found,) = search("\n" + text)
        assert (2, 7) == (found.line, found.column)
        assert sha256(token.encode()).digest() == found.digest


@each_case("head", ["g", "gh", "ghp"])
def test_a_text_may_end_with_the_rest_of_a_torn_prefix(head: str) -> None:
    rest = "ghp_"[len(head) :]
    ends = [f'"{head}" + "{rest[:length]}' for length in range(len(rest) + 1)]
    assert [[]] * len(ends) == [search(f'a = "{rest}abcdefgh"\nb = {end}') for end in ends]


@pytest.mark.parametrize(
    "text",
    [
        'args = ["gh", "pr", "p_value", "list"]\n',
        'x = {"gh": "p_abcdefghijklmnop", "gl": "at-abcdefgh"}\n',
        'high = "through" + "p_0123456789abcdefABCDEF0123456789abcd"\n',
        f'import "npm"\nx = "_{_BODY}"\n',
        'registry = "npm" + "_config_registry_url_of_the_package"\n',
        f'names = ["gh", "p_{_BODY}"]\n',
        "Donau\u00addampf\u00adschiff g\u200bh\u200bp",
        "x\u200bgh\u200bp_short",
    ],
)
def test_a_head_by_chance_is_no_token(text: str) -> None:
    assert [] == search(text)
