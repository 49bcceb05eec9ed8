"""Text behind a cut that may be the token's makes it incomplete, whatever stands at the cut."""

import json
import random
import string
from collections.abc import Callable
from hashlib import sha256

import pytest

from tests.support.cli.account_store import reveal
from tests.support.providers.paste_checks import hard_wrap, sendable_token
from tests.support.scan.searching import search
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import TOKEN_CHARACTERS
from tokcheck.core.credential import Kind
from tokcheck.paste.wrapping.other_text import (
    begins_other_credential,
    is_certain,
    may_begin_other_credential,
)
from tokcheck.providers import FINDER

# A comma and a semicolon separate values; a percent sign and a backslash begin escapes.
_MARKS = [mark for mark in string.punctuation if mark not in "-_.,;%\\"]
_BLANKS = [
    " ", "  ", "\t", "\u00a0", "\u1680", *map(chr, range(0x2000, 0x200B)), "\u202f", "\u205f",
    "\u3000", " \u00a0", "\u3000\u3000",
]  # fmt: skip
_WRITTEN = [
    "&nbsp;", "&#160;", "&#x3000;", "&emsp;", "&shy;", "&#43;", "&plus;", "&sol;", "&amp;", "%20",
    "%C2%A0", "%E3%80%80", "%2F", "%2B", "\\u00a0", "\\u3000", "\\/", "\\u002b",
]  # fmt: skip
_OTHERS = [
    "<br>", "</p><p>", "<wbr>", "</span><span>", "</td><td>", "</div>\n<div>", "<b></b>", "<hr>",
    "  \n", "\\\n", "**", "~~", "` `", "`\n`", " | ", "\n\n", "\n- ", "\n> ", "\n1. ", "\u2026",
    "\u00b7", "\u2014", "\uff0c", "\u3001", "\u3002", "\uff0b", "\uff0f", "\u200b", "\x00", "\x0b",
    "\x85", "\u2028", "\ufffd", "\u23ce", "+ ", "/ ", " +", " / ", "//", "+\n", "/\n", "\n/", "...",
    "\n\u00a0", "\u3000\n", "\r", "\r\n", "\n", "\n\t", "=\n",
]  # fmt: skip
_CUTS = [*_MARKS, *_BLANKS, *_WRITTEN, *_OTHERS]
_OPENINGS = ["", "Bearer ", '"', "**", "<p>", "(", "> ", "https://x.org/#access_token=", "token: "]
_ENDINGS = [
    "", "\n", " thanks", " and so on", "\nthanks", "\n\nThanks,\nAnna", ".", ",", '"', "&quot;",
    '","expires_in":3599}', "&expires_in=3599", "</p>", "**", "\u2026", " |", "/", ":", "' -X GET",
    "\n-X GET", "\u3002", "\u3000", ")", " ok", "\u00a0thanks", "+", "\n```", ">", "%22", "\\n",
]  # fmt: skip


def _draw(drawn: random.Random, number: int) -> str:
    return "".join(drawn.choices(TOKEN_CHARACTERS, k=number))


def _cut_text(drawn: random.Random, token: str) -> str:
    """Cut a token once, mostly near its end, or into equal lines, and put text around it."""
    cut = drawn.choice(_CUTS)
    if drawn.random() < 0.6:
        at = max(40, len(token) - drawn.randint(1, 24))
        body = token[:at] + cut + token[at:]
    else:
        width = drawn.randint(40, 120)
        body = cut.join(token[at : at + width] for at in range(0, len(token), width))
    text = drawn.choice(_OPENINGS) + body + drawn.choice(_ENDINGS)
    return json.dumps({"body": text}) if drawn.random() < 0.1 else text


def _is_wrong(text: str, token: str) -> bool:
    if sendable_token(text) not in {token, None}:
        return True
    digest = sha256(token.encode()).digest()
    return any(
        finding.kind is Kind.ACCESS_TOKEN and not finding.fragment and finding.digest != digest
        for finding in search(text)
    )


@pytest.mark.untraced
def test_a_cut_token_comes_out_exactly_or_is_incomplete_whatever_the_cut() -> None:
    wrong = []
    for seed in range(inputs(3_000)):
        drawn = random.Random(seed)
        token = "ya29." + _draw(drawn, drawn.randint(60, 260))
        text = _cut_text(drawn, token)
        if _is_wrong(text, token):
            wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize(
    "behind",
    [
        " thanks", " and it fails", "\u00a0thanks", "\u3000thanks", " is it", ", and it fails",
        ' "', "' -X GET", "' \\\n  -H 'accept: x'", " https://x.org", "&state=x", "&amp;state=x",
        "?x=1", "#_=_", "@source.example.org/r", ",7TESTS", " user=7TESTS", " 3599", " | jq .",
        "</token><user>anna</user>", ". OK?", "\nthanks", "\nuser: 7T", "\u2019s", "\n$ ls",
    ],
)  # fmt: skip
def test_certain_text_behind_a_token_ends_it(behind: str) -> None:
    token = "ya29." + _draw(random.Random(1), 150)
    front = "<token>" if behind.startswith("</token") else "'" if behind.startswith("'") else ""
    front = "| x | " if behind.startswith(" |") else front
    assert sendable_token(f"{front}{token}{behind}") == token


@each_case("sign", ["\u00a0", "\u3000", "+", "/", " ", " + ", "&emsp;", "(", "@"])
@each_case("rest", ["a", "Xk", "nqi", "hYz", "0799", "wdhD", "Joswa", "-S", "-"])
def test_a_short_ordinary_rest_behind_a_sign_makes_a_token_incomplete(rest: str, sign: str) -> None:
    token = "ya29." + _draw(random.Random(2), 150)
    assert sendable_token(f"{token}{sign}{rest}") is None


def test_few_random_pieces_read_as_certain_text() -> None:
    drawn = random.Random(3)
    pieces = [_draw(drawn, drawn.randint(1, 24)) for _ in range(20_000)]
    certain = [piece for piece in pieces if is_certain(piece, 0)]
    assert len(certain) <= 4, certain


@pytest.mark.parametrize(
    "text",
    [
        r'{"body": "@\r--nqi-i\\n"}', "Bearer @\rzE0puB-lQXO5\x85\u0130",
        '{"body": "https://x.test/?access_token=@ thanksNWStSAvdlmApKpEG\\ufeffDtVS"}',
        '{"body": "[@\\u000br00xu9bbZrf-T<]"}', "{@\nif\u3000thanks", "| @\n    32010<",
        "@\n732010",
    ],
)  # fmt: skip
def test_text_that_may_be_the_tokens_or_not_is_no_certain_part(text: str) -> None:
    token = "ya29." + _draw(random.Random(4), 110)
    assert sendable_token(text.replace("@", token)) is None


_ENCODED = [str, lambda text: json.dumps({"body": text}), repr, lambda text: f"'{text}'"]


@pytest.mark.parametrize("front", ["", "T=", "'&quot;", "[", "Bearer "])
@pytest.mark.parametrize("encode", _ENCODED)
def test_text_behind_the_last_line_in_a_quotation_is_no_certain_part(
    encode: Callable[[str], str], front: str
) -> None:
    wrong = []
    for seed in range(40):
        drawn = random.Random(seed)
        token = "ya29." + _draw(drawn, drawn.randint(150, 260))
        width = drawn.choice([28, 45, 72])
        body = hard_wrap(token, width, drawn.choice(["\n", "\r\n"]))
        if len(token) % width in {0, width - 1}:
            continue  # no line shows that it is the last one
        rest = _draw(drawn, 20)
        for behind in (
            f"\n\nRegards{rest}",
            f"\n\n{rest}",
            f"\n{rest}{rest}",
            f"\r\n\r\nThanks{rest}",
        ):
            text = encode(front + body + behind)
            if sendable_token(text) not in {token, None}:
                wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize("encode", _ENCODED)
@pytest.mark.parametrize(
    "behind", ["\reqgm-YWd.NaN", "\nq7Zm.a1", "H\x1b[31m.B8Z.", "\u200b.B8Z", "\n.B8Z"]
)
def test_what_has_a_full_stop_inside_is_no_certain_part(
    behind: str, encode: Callable[[str], str]
) -> None:
    for width in (72, 300):
        token = "ya29." + _draw(random.Random(5), 155)
        assert sendable_token(encode(hard_wrap(token, width) + behind)) in {
            token,
            token + "H",
            None,
        }


def test_a_token_of_a_known_service_never_continues_one() -> None:
    prefixes = {
        form.prefix
        for service in FINDER.services()
        for form in service.forms
        if "_" in form.prefix or "-" in form.prefix
    }
    assert len(prefixes) > 40
    assert [] == sorted(
        prefix
        for prefix in prefixes
        if not (
            begins_other_credential(prefix + "x" * 40, 0, prefix + "x" * 40)
            or may_begin_other_credential(prefix, 0)
        )
    )


def test_another_secret_behind_a_token_is_never_taken_for_its_rest() -> None:
    """No secret is sent to a provider together with a token that stands in front of it."""
    others = [
        "ghp_" + "4xYk" * 9,
        "github_pat_" + "7Hq2" * 15,
        "xoxb-123456789012-" + "aB3d" * 6,
        "AKIA" + "Q4" * 8,
        "sk-ant-" + "h2Kd" * 10,
        "SG." + "x4Tz" * 6 + "." + "p9Lw" * 10,
        "npm_" + "k3Ve" * 9,
    ]
    joined = []
    for other in others:
        for size in (90, 150, 190):
            token = ("ya29." + "a0XkT7_qZ" * 30)[:size]
            for gap in (" ", "  ", "\t", "\n", "\r\n", "\n\n", "\n\n\n"):
                for before, behind in (("", ""), ("token: ", ""), ("`", "`")):
                    found = FINDER.find(f"{before}{token}{behind}{gap}{other}\n").credential
                    if found is None or (found.flaw is None and reveal(found.secret) != token):
                        joined.append((other, size, gap, before))
    assert [] == joined


@pytest.mark.parametrize(
    ("prefix", "number"),
    [("sk-", 48), ("r8_", 37), ("hf_", 34), ("gsk_", 52), ("ntn_", 46), ("xai-", 80),
     ("AIza", 35), ("EAAB", 150), ("ghp_", 36), ("npm_", 36), ("glpat-", 20)],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{}\n{}\n", "{} {}", '["{}", "{}"]', "{}, {}"])
def test_the_whole_secret_of_another_service_ends_a_token(
    form: str, prefix: str, number: int
) -> None:
    token = "ya29." + _draw(random.Random(9), 160)
    other = prefix + "aQ4r7" * (number // 5) + "Z" * (number % 5)
    assert token == sendable_token(form.format(token, other))


def test_a_backquote_that_closes_a_quotation_continues_no_line() -> None:
    token = "ya29." + "a0XkT7_qZ" * 16
    for word in ("HTTP/2 401", "Thanks", "status: 401", "and then", "Error"):
        found = FINDER.find(f"I have `{token}`\n{word}\n").credential
        assert found is not None
        assert (token, None) == (reveal(found.secret), found.flaw), word


def test_a_command_behind_a_prompt_is_certain_text_and_drawn_characters_are_not() -> None:
    token = "ya29." + "a0XkT7_qZ" * 16
    for prompt in ("$ ", "% ", "C:\\> ", "PS C:\\Users\\kim> "):
        for command in ("", "curl -v x", "ls", "tokcheck clean"):
            found = FINDER.find(f"{token}\n{prompt}{command}\n").credential
            assert found is not None
            assert (token, None) == (reveal(found.secret), found.flaw), (prompt, command)
    for prompt in ("$ ", "% "):
        found = FINDER.find(f"{token}\n{prompt}x7Kq2_ZtP0wLmR4\n").credential
        assert found is not None
        assert found.flaw is not None
