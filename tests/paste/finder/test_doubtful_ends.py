"""Ends that nobody can be certain of: the token comes out exactly, or it is called incomplete."""

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.support.providers.paste_checks import hard_wrap, read, sendable_token
from tests.support.suite.cases import each_case
from tests.support.tokens import random_characters

_TOKEN = "ya29." + random_characters(120, 1)
_COLOURS = [
    "\x1b[31m", "\x1b[1;31m", "\\x1b[31m", "\\x1B[0m", "\\u001b[1;31m", "\\\\u001b[0m", "\\033[31m",
    "\\e[0m", "%1B%5B31m", "%1b[0m", "%1B%5B1%3B31m", "%251B%255B1%253B31m",
]  # fmt: skip


@pytest.mark.parametrize("colour", _COLOURS)
def test_a_terminals_colour_is_invisible_however_it_is_written(colour: str) -> None:
    assert sendable_token(f"{colour}{_TOKEN}") == _TOKEN
    assert sendable_token(f"{_TOKEN}{colour} is it") == _TOKEN
    assert sendable_token(f"{_TOKEN[:60]}{colour}{_TOKEN[60:]}") == _TOKEN
    assert sendable_token(f"{_TOKEN}{colour}P") == f"{_TOKEN}P", "as without the colour"


_WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda text: json.dumps({"body": text}),
    "repr": repr,
    "percent-encoded": lambda text: quote(text, safe="", errors="surrogatepass"),
}
written = each_case("write", _WRITTEN.values(), ids=_WRITTEN)


def _assert_never(text: str, longer: str) -> None:
    """Assert that what follows the token is not taken for a part of it with certainty."""
    credential = read(text).credential
    assert credential is not None
    assert credential.flaw is not None or credential.secret.reveal() != longer


openings = each_case("opening", ["", "<p>", "(", "| ", "```\n"])


@written
@openings
@each_case("gap", ["\n\n", "\r\n\r\n", "\n \n", "|\n\n", " |\n\n", "\n\n> "])
@each_case("following", ["Regards", "9f is it", "gE_aL9D x"])
def test_a_short_line_behind_an_empty_one_is_no_certain_part(
    following: str, gap: str, opening: str, write: Callable[[str], str]
) -> None:
    for width in (70, 300):
        text = f"{opening}{hard_wrap(_TOKEN, width)}{gap}{following}"
        _assert_never(write(text), _TOKEN + following.partition(" ")[0])


@written
@openings
@each_case("gap", ["\r\n\r", "\x0b\n", "\n\x0c", "\n \r\n"])
@each_case("following", ["Regards", "9f", "gE_aL9D"])
def test_a_short_line_behind_two_kinds_of_breaks_is_no_certain_part(
    following: str, gap: str, opening: str, write: Callable[[str], str]
) -> None:
    for width in (70, 300):
        text = f"{opening}{hard_wrap(_TOKEN, width)}{gap}{following}"
        _assert_never(write(text), _TOKEN + following)


@pytest.mark.parametrize("gap", ["\n\u2022 ", "</p>\n<p>", "</td><td>", ",\n", "\n; ", "**\n**"])
@pytest.mark.parametrize("width", [122, 150, 200])
def test_a_long_line_is_no_certain_token_before_one_that_looks_alike(width: int, gap: str) -> None:
    token = f"ya29.{random_characters(width + 3, 3)}x7Qb"
    assert sendable_token(f"<p>{hard_wrap(token, width, gap)}</p>") in {token, None}


@written
@each_case("soft", ["^\r", "^\n", "`\n", "=\r\n", "\\\n"])
@each_case("newline", ["\n", "\r\n", "\n> "])
def test_a_soft_break_behind_plain_ones_is_no_certain_part(
    newline: str, soft: str, write: Callable[[str], str]
) -> None:
    text = hard_wrap(_TOKEN, 118, newline)
    _assert_never(write(f"**{text}{soft}he774m"), f"{_TOKEN}he774m")


@written
@each_case("stuck", ["é", "٣", "\ud800`", "😀", "中文", "\x00"])
@each_case("newline", ["\n", "\r", "\x0c"])
@each_case("width", [60, 300])
def test_a_line_that_goes_on_in_other_letters_is_no_certain_part(
    width: int, newline: str, stuck: str, write: Callable[[str], str]
) -> None:
    line = random_characters(22, 2)
    text = f"```\n{hard_wrap(_TOKEN, width)}{newline}{line}{stuck}"
    _assert_never(write(text), _TOKEN + line)


@each_case("end", ["", "\n", "\n\nThanks\n"])
@each_case(
    "following",
    ["200", "ok", "Done", "1795859574", "abc123", "user_id", "1", "x", "_", "EOF", "END", "null",
     "-", "--", "---", "Build42", "v2", "28Nov2026", "iPhone15"],
)  # fmt: skip
@each_case(("number", "width"), [(123, 64), (123, 300), (91, 300), (91, 32), (75, 80)])
def test_a_short_line_behind_full_ones_is_no_certain_part(
    number: int, width: int, following: str, end: str
) -> None:
    for seed in range(5):
        token = f"ya29.{random_characters(number, seed)}"
        assert sendable_token(f"{hard_wrap(token, width)}\n{following}{end}") in {token, None}


def test_a_short_line_behind_an_invisible_break_is_no_certain_part() -> None:
    token = f"ya29.{random_characters(123, 1)}"
    assert sendable_token(f"{hard_wrap(token, 64, chr(0x200B))}\n200") in {token, None}


@pytest.mark.parametrize("newline", ["-\n", "\n-", "\n.", "\n_", "_\n_", "-\n  "])
@pytest.mark.parametrize("width", [48, 64, 80, 128])
def test_a_mark_at_each_break_is_no_certain_part(width: int, newline: str) -> None:
    for seed in range(5):
        token = f"ya29.{random_characters(150, seed)}"
        assert sendable_token(hard_wrap(token, width, newline)) in {token, None}


@pytest.mark.parametrize("following", [" bad", " sent from my phone", "\t7"])
def test_the_mark_of_a_comment_is_no_certain_part(following: str) -> None:
    assert sendable_token(f"{_TOKEN}--{following}") is None
    assert sendable_token(f"{_TOKEN}--") == f"{_TOKEN}--", "the token may end so"


@each_case(
    "front",
    ["2026-11-28 10:00:00 INFO ", "file.txt:2:", "continued: ", "remote: ", "[pod-1] ", "10:00:01 ",
     "<13>Nov 28 10:00:00 host app: ", "INFO:root:", "line 2: ", "(2/3) ", "E/Tag: ", "Anna> "],
)  # fmt: skip
@each_case("width", [50, 64, 76])
@each_case("everywhere", ["", "yes"])
def test_the_rest_of_a_token_behind_a_prefix_makes_it_incomplete(
    front: str, width: int, everywhere: str
) -> None:
    for seed in range(5):
        token = f"ya29.{random_characters(150, seed)}"
        first = front if everywhere else ""
        text = first + hard_wrap(token, width, f"\n{front}") + "\ndone\n"
        assert sendable_token(text) in {token, None}


@pytest.mark.parametrize(
    "sign", ["+", "~", "/", "|", "\\", "\u23ce", "\u2424", "\x00", "\x08", "\ufffd", "\t", "\u21a9"]
)
@pytest.mark.parametrize("width", [64, 80, 120])
def test_the_rest_of_a_token_behind_a_sign_makes_it_incomplete(width: int, sign: str) -> None:
    for seed in range(5):
        token = f"ya29.{random_characters(150, seed)}"
        if sign == "\\" and token[width] in "nrtfvbux0123":
            continue  # it reads as an escape
        assert sendable_token(hard_wrap(token, width, sign)) in {token, None}


@pytest.mark.parametrize(
    "text",
    ["access_token=@&refresh_token=1//0%s", '{"access_token": "@", "id": "x", "sub": "%s"}',
     '{"access_token": "@",\n "session_state": "%s"}', "| @ | %s |", "token @\nrequest_id=%s",
     "@\nsee https://x.org/v1/%s", "@\ntrace: %s", "@,%s", "@\nuser: %s"],
)  # fmt: skip
def test_another_value_does_not_make_a_token_incomplete(text: str) -> None:
    assert sendable_token(text.replace("@", _TOKEN) % random_characters(40, 9)) == _TOKEN


def test_the_next_column_of_a_table_is_no_certain_part() -> None:
    for seed in range(5):
        assert sendable_token(f"{_TOKEN}\t{random_characters(24, seed)}") in {_TOKEN, None}


@each_case("end", ["<br>'", '\n"', '\\u000b"}', "\x0b'", '<br>"', "\r\n}"])
@each_case("newline", ["\n", "\\n"])
@each_case("rest", ["xblq", "SUT", "99ffEo1W"])
def test_the_last_literal_is_not_lost_with_the_openings_of_the_lines(
    end: str, newline: str, rest: str
) -> None:
    token = f"ya29.{random_characters(171, 3)}{rest}"
    text = '{"t": "' + f'" +{newline}  "'.join(_lines_of(token, 22)) + end
    assert sendable_token(text) in {token, None}


def _lines_of(token: str, width: int) -> list[str]:
    return [token[at : at + width] for at in range(0, len(token), width)]


@each_case("break_", ["%1f", "%1F", "%0b", "%0a", "%250A"])
@each_case("newline", ["\n", "\r\n", "\n  "])
def test_a_sign_at_the_beginning_of_a_line_encodes_no_certain_break(
    newline: str, break_: str
) -> None:
    first, rest = random_characters(95, 6), random_characters(55, 7)
    text = f"ya29.{first}{newline}{break_}{rest}\ndone\n"
    token = f"ya29.{first}{break_[1:]}{rest}"
    assert sendable_token(text) in {token, None}


@each_case(
    "statement",
    ['set "T=%T%@"', "T=${T}@", 'T="${T}@"', 'T="$T"@', "set T=!T!@", "T := ${T}@"],
)
@each_case("rest", ["rn", "ok", "0Ds", "thanks"])
def test_what_a_statement_appends_makes_a_token_incomplete(statement: str, rest: str) -> None:
    token = f"ya29.{random_characters(145, 8)}"
    front = 'set "T=' if statement.startswith("set") else "T="
    assert sendable_token(f'{front}{token}"\n{statement.replace("@", rest)}\n') is None
