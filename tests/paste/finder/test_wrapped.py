"""A wrapped credential comes out exactly or is called incomplete: a part of it never counts.

An end may be ambiguous, since nothing marks it in an opaque token. These texts are excluded, as
nobody can tell them apart: a token's own character glued to its end, an underscore in front that
nothing closes, and a line of its own behind the token that is short and looks random.
"""

import hashlib
import json
import random
import string
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.providers.paste_checks import hard_wrap, read, sendable_token
from tests.support.scan.searching import search
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs, some_of
from tests.support.tokens import TOKEN_CHARACTERS, base64url, fitbit, random_characters
from tokcheck.core.credential import Flaw, Kind

MANY = settings(
    max_examples=inputs(3000),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
WIDTHS = range(10, 101)


def open_jwt(issuer: str, seed: int) -> str:
    """Make a signed token of an algorithm with signatures of no fixed length."""
    payload = f'{{"iss":"{issuer}","sub":"{seed}","exp":1800000000}}'.encode()
    signature = base64url(random.Random(seed).randbytes(256))
    header = base64url(b'{"alg":"RS256"}')
    return f"{header}.{base64url(payload)}.{signature}"


MAKERS: dict[str, tuple[Kind, Callable[[int], str]]] = {
    "access token": (Kind.ACCESS_TOKEN, lambda seed: "ya29." + random_characters(150, seed)),
    "longer access token": (
        Kind.ACCESS_TOKEN,
        lambda seed: "ya29.a0" + random_characters(130 + seed % 130, seed),
    ),
    "signed token": (Kind.ACCESS_TOKEN, lambda seed: fitbit(iat=1_400_000_000 + seed)),
    "signed token of open length": (Kind.ACCESS_TOKEN, lambda seed: open_jwt("Fitbit", seed)),
    "ID token": (Kind.ID_TOKEN, lambda seed: open_jwt("https://accounts.google.com", seed)),
    "refresh token": (
        Kind.REFRESH_TOKEN,
        lambda seed: "1//0" + random_characters(60 + seed % 50, seed),
    ),
    "code": (
        Kind.AUTHORIZATION_CODE,
        lambda seed: "4/0A" + random_characters(60 + seed % 20, seed),
    ),
    "client secret": (Kind.CLIENT_SECRET, lambda seed: "GOCSPX-" + random_characters(28, seed)),
}
# Punctuation, of which no character is a token's own.
MARKS = [mark for mark in string.punctuation if mark not in TOKEN_CHARACTERS]
OPENINGS = [
    "", "Bearer ", "Authorization: Bearer ", "**", "~~", "<p>", "<b>", "<code>", "<td>", "&lt;",
    "&quot;", "> ", "- ", "* ", "1. ", "| ", "+ ", "+", "```\n", "https://x.org/?access_token=",
    "https://x.org/#access_token=", '{"access_token":"', '{"access_token": "', "token: ",
    "export T=", "T='", "curl -H 'Authorization: Bearer ", "my token is ", "(see ", "%22", "$ ",
    "x: |\n  ", "\u201c", "\u300c", "\u00ab", *MARKS,
]  # fmt: skip
ENDINGS = [
    "", "\n", " ", "**", "~~", "</p>", "<br>", "<br>and so on</p>", "<br/>\n", "</b>", "</code>",
    "</td>", "&gt;", "&quot;", "&nbsp;", "&amp;x=1", " thanks", " thanks!", " and so on",
    " it fails since today", " Thanks", " I tried", " v2", " 7 times", " |", " | anna |", "\n```",
    "\n```\nthanks", "\u2026", "...", " \u2026", "\u2026\n", "&expires_in=3599",
    "&expires_in=3599&token_type=Bearer", "/x", ": x", ", and", ". Thanks", ".", "\u3002",
    "\uff0c", "\u061f", "\u0964", "\u201d", "\u300d", "\u00bb", "\u3001x", '"}',
    '","expires_in":3599}', "' -X GET", "' \\\n  -H 'accept: */*'", " \\\n  -H x", " \\", "%22",
    "%0A", "\\n", "\\n\\nthanks", "\nthanks", "\n\nThanks,\nAnna", "\nAccept: application/json",
    "\nuser: 7TESTS", "\n-X GET", "\nexpires_in=3599", "\r\nHost: x\r\n", "\t2026",
    "\n2026-01-15 12:00:00 INFO x", *MARKS,
]  # fmt: skip
NEWLINES = [
    "\n", "\r\n", "\r", "\u2028", "\n  ", "\n    ", "\n\t", "\n> ", "\n>> ", "\n# ", "\n// ",
    "\n | ", "\n+", "\n+ ", "\n- ", "\n* ", "\n; ", "\n-- ", "\n\u2022 ", "\n\n", " \n", "\\\n",
    " \\\n", "=\n", "^\r\n", "`\n", "\\n", "\\r\\n", "<br>", "<br>\n", "%0A", "&#10;", '"\n"',
    '" +\n"', '",\n"', "'\n'", "`\n`", "</td>\n<td>", "</p>\n<p>", "</div><div>", "\n&gt; ",
    "**\n**", "|\n|", " |\n| ", ",\n", "\n<li>",
]  # fmt: skip


def number_lines(text: str, sign: str) -> str:
    """Put the number of each line in front of it."""
    return "\n".join(f"{n:>3}{sign} {line}" for n, line in enumerate(text.split("\n"), 1))


def mark_lines(text: str, sign: str) -> str:
    """Put a mark in front of each line, as a diff does."""
    return "\n".join(sign + line for line in text.split("\n"))


layouts = st.sampled_from(
    [lambda text: text, lambda text: text, lambda text: text,
     lambda text: number_lines(text, ""), lambda text: number_lines(text, ":"),
     lambda text: mark_lines(text, "-"), lambda text: mark_lines(text, "+")]
)  # fmt: skip


def judge(text: str, kind: Kind, token: str) -> str:
    """Return whether the token comes out exactly, is refused, or comes out wrong."""
    credential = read(text).credential
    if credential is None or credential.kind is not kind or credential.flaw is not None:
        return "refused"
    return "exact" if credential.secret.reveal() == token else "wrong"


@MANY
@given(
    st.sampled_from([name for name, made in MAKERS.items() if made[0] is not Kind.ID_TOKEN]),
    st.integers(0, 100_000),
    st.sampled_from(WIDTHS),
    st.sampled_from(OPENINGS),
    st.sampled_from(ENDINGS),
    st.sampled_from(NEWLINES),
    layouts,
)
def test_a_wrapped_token_comes_out_exactly_or_is_refused(
    name: str, seed: int, width: int, opening: str, ending: str, newline: str,
    layout: Callable[[str], str],
) -> None:  # fmt: skip
    kind, make = MAKERS[name]
    token = make(seed)
    text = layout(opening + hard_wrap(token, width, newline) + ending)
    # A refresh token or a secret is refused for its kind, whole or not; the search for credentials
    # reports it, and is tested below.
    if kind in {Kind.ACCESS_TOKEN, Kind.AUTHORIZATION_CODE}:
        assert judge(text, kind, token) != "wrong"


@MANY
@given(
    st.sampled_from(list(MAKERS)),
    st.integers(0, 100_000),
    st.sampled_from(WIDTHS),
    st.sampled_from(OPENINGS),
    st.sampled_from(ENDINGS),
    st.sampled_from(NEWLINES),
    layouts,
)
def test_a_search_fingerprints_the_whole_credential_or_reports_a_fragment(
    name: str, seed: int, width: int, opening: str, ending: str, newline: str,
    layout: Callable[[str], str],
) -> None:  # fmt: skip
    kind, make = MAKERS[name]
    token = make(seed)
    text = layout(opening + hard_wrap(token, width, newline) + ending)
    digest = hashlib.sha256(token.encode()).digest()
    for finding in search(text):
        if finding.kind is kind:
            assert finding.fragment or finding.digest == digest


@pytest.mark.untraced
@each_case("opening", ["", "Bearer ", "**", "<p>", "https://x.org/?access_token="])
@each_case("ending", ENDINGS)
def test_an_access_token_wrapped_at_any_width_is_never_cut(opening: str, ending: str) -> None:
    counts = Counter(
        judge(opening + hard_wrap(token, width) + ending, Kind.ACCESS_TOKEN, token)
        for width in some_of(WIDTHS, len(opening + ending))
        for token in ["ya29." + random_characters(150, width)]
    )
    assert counts["wrong"] == 0


@pytest.mark.parametrize(
    "ending",
    ["", "\n", "**", "~~", "</p>", "<br>", ">", "&expires_in=3599", " thanks", " and so on", ",",
     ")", '"', ".", ". Thanks", "|", " |", "!", "\n\nThanks,\nAnna"],
)  # fmt: skip
def test_a_plain_end_of_a_wrapped_token_is_found(ending: str) -> None:
    counts = Counter(
        judge(hard_wrap(token, width) + ending, Kind.ACCESS_TOKEN, token)
        for width in WIDTHS
        for token in ["ya29." + random_characters(150, width)]
    )
    # Refused are last lines that read like a word, or that are so short that any text has such.
    assert counts["exact"] >= 0.8 * len(WIDTHS), counts


@pytest.mark.parametrize(
    ("opening", "ending"),
    [("**", "**"), ("<", ">"), ("<p>", "<br>x</p>"), ("", " thanks"), ("", "/"), ("", "|"),
     ("", ":"), ("https://x.org/#access_token=", "&expires_in=3599"), ("__", "__")],
)  # fmt: skip
def test_the_last_line_is_found_whatever_follows_it(opening: str, ending: str) -> None:
    token = "ya29." + random_characters(150, 1)
    text = opening + hard_wrap(token, 64) + ending
    assert sendable_token(text) == (None if opening == "__" else token)


@pytest.mark.parametrize(
    "text",
    ["{0}\n  2  {1}", "{0},\n{1}", "<td>{0}</td>\n<td>{1}</td>", "**{0}**\n**{1}**",
     '["{0}",\n "{1}"]', "{0}\n; {1}", "{0}\n-- {1}", "-{0}\n-{1}"],
)  # fmt: skip
def test_a_next_line_that_looks_like_the_tokens_makes_it_incomplete(text: str) -> None:
    credential = read(
        text.format("ya29." + random_characters(90, 1), random_characters(40, 2))
    ).credential
    assert credential is not None
    assert (Flaw.CUT_OFF, "it may continue in the next line") == (
        credential.flaw,
        credential.reason,
    )


@pytest.mark.parametrize(
    "following",
    ["thanks", "and it fails", "Accept: application/json", "user: 7TESTS", "expires_in=3599",
     "-X GET", "2026-01-15 12:00:00 INFO ready", "$ ", "2. Then do this", "https://x.org",
     "root@x:~#", "I get an error", "googleHealthRefreshToken: x",
     "X-B3-TraceId: 80f198ee56343ba8"],
)  # fmt: skip
def test_a_line_of_other_text_ends_a_token_in_one_line(following: str) -> None:
    token = "ya29.a0" + random_characters(212, 3)
    assert sendable_token(f"{token}\n{following}\n") == token


WRITTEN = {
    "percent-encoded": lambda text: quote(text, safe=""),
    "twice percent-encoded": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON": lambda text: json.dumps({"body": text}),
    "repr": repr,
    "quoted mail": lambda text: "> " + text.replace("\n", "\n> "),
}


@each_case("write", WRITTEN.values(), ids=WRITTEN)
@each_case(
    "newline",
    ["\n", "\r\n", "\r", "\x0b", "\x0c", "\n\t", "\n    ", "\n> ", "\n# ", "\n+", "\\n", "\\\n",
     "=\n", '" +\n  "'],
)  # fmt: skip
def test_a_wrapped_token_in_an_encoded_text_is_never_cut(
    newline: str, write: Callable[[str], str]
) -> None:
    counts: Counter[str] = Counter()
    for width in range(20, 201, 5):
        token = "ya29." + random_characters(150 + width % 50, width)
        counts[judge(write(hard_wrap(token, width, newline)), Kind.ACCESS_TOKEN, token)] += 1
    assert counts["wrong"] == 0


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\t", "\n# ", "\\n", "\\\n"])
def test_the_lines_of_a_percent_encoded_token_are_joined(newline: str) -> None:
    token = "ya29." + random_characters(150, 1)
    assert sendable_token(quote(f"({hard_wrap(token, 64, newline)})", safe="")) == token


@each_case("write", WRITTEN.values(), ids=WRITTEN)
@each_case("width", [50, 64, 300])
@each_case("ending", ["\n\nRegards", "\n\nRegards7", "`\n\nRegards", "\\n thanks"])
def test_a_word_behind_an_empty_line_is_no_part_of_a_token(
    ending: str, width: int, write: Callable[[str], str]
) -> None:
    token = "ya29." + random_characters(150, 1)
    text = write(hard_wrap(token, width) + ending)
    assert sendable_token(text) in {token, None}


@pytest.mark.parametrize("other", ["\r", "\x0b", "\n\n", "\n  "])
def test_a_line_broken_in_another_way_makes_the_token_incomplete(other: str) -> None:
    text = json.dumps({"body": hard_wrap("ya29." + random_characters(123, 1), 64) + other + "N"})
    credential = read(text).credential
    assert credential is not None
    assert credential.flaw is Flaw.CUT_OFF


@pytest.mark.parametrize(
    "rest", ["BvPGkEvXuclXE:", "q8WfxQ3LeOyOzZ=/", "0) is mine", "Q|", "zE1 x"]
)
def test_a_last_line_behind_a_long_one_is_not_dropped(rest: str) -> None:
    credential = read("ya29." + random_characters(160, 1) + "\n" + rest).credential
    assert credential is not None
    assert credential.flaw is Flaw.CUT_OFF


@pytest.mark.parametrize("following", ["and it fails", "regards", "user: 7TESTS", "Accept: x"])
def test_text_behind_a_long_line_ends_the_token(following: str) -> None:
    token = "ya29." + random_characters(160, 1)
    assert sendable_token(f"{token}\n{following}\n") == token


@pytest.mark.parametrize("seam", ["\n", "=\n", "%0A", "\n> ", " \\\n", "\\\n"])
@pytest.mark.parametrize("name", ["refresh token", "client secret", "code"])
def test_a_short_first_line_is_never_a_whole_credential(name: str, seam: str) -> None:
    kind, make = MAKERS[name]
    for first in range(9, 27):
        token = make(first)
        for front in ("", "T=", "refresh_token=", "code="):
            text = f"{front}{token[:first]}{seam}{token[first:]}\n"
            credential = read(text).credential
            assert credential is not None, text
            whole = credential.secret.reveal() == token and credential.kind is kind
            assert whole or credential.flaw is not None or credential.doubt, text


def test_a_short_first_line_that_is_uncertain_or_glued_is_no_credential_without_a_flaw() -> None:
    token = "1//0" + random_characters(99, 3)
    credential = read(f"T={token[:14]}%0A{token[14:]}").credential
    assert credential is not None
    assert credential.flaw is Flaw.CUT_OFF
    glued = read(f"ab{token[:12]}=\n{token[12:]}").credential
    assert glued is None or glued.secret.reveal() != token
