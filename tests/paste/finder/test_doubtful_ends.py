"""Ends that nobody can be certain of: the token comes out exactly, or it is called incomplete."""

import json
import random
import string
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.support.providers.paste_checks import hard_wrap, read, sound

_CHARACTERS = string.ascii_letters + string.digits + "-_"


def _draw(number: int, seed: int) -> str:
    return "".join(random.Random(seed).choices(_CHARACTERS, k=number))


_TOKEN = "ya29." + _draw(120, 1)
_COLOURS = [
    "\x1b[31m", "\x1b[1;31m", "\\x1b[31m", "\\x1B[0m", "\\u001b[1;31m", "\\\\u001b[0m", "\\033[31m",
    "\\e[0m", "%1B%5B31m", "%1b[0m", "%1B%5B1%3B31m", "%251B%255B1%253B31m",
]  # fmt: skip


@pytest.mark.parametrize("colour", _COLOURS)
def test_a_terminals_colour_is_invisible_however_it_is_written(colour: str) -> None:
    assert sound(f"{colour}{_TOKEN}") == _TOKEN
    assert sound(f"{_TOKEN}{colour} is it") == _TOKEN
    assert sound(f"{_TOKEN[:60]}{colour}{_TOKEN[60:]}") == _TOKEN
    assert sound(f"{_TOKEN}{colour}P") == f"{_TOKEN}P", "as without the colour"


_WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": lambda text: json.dumps({"body": text}),
    "repr": repr,
    "percent-encoded": lambda text: quote(text, safe="", errors="surrogatepass"),
}
written = pytest.mark.parametrize("write", _WRITTEN.values(), ids=_WRITTEN)


def _assert_never(text: str, longer: str) -> None:
    """Assert that what follows the token is not taken for a part of it with certainty."""
    credential = read(text).credential
    assert credential is not None
    assert credential.flaw is not None or credential.secret.reveal() != longer


openings = pytest.mark.parametrize("opening", ["", "<p>", "(", "| ", "```\n"])


@written
@openings
@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\n \n", "|\n\n", " |\n\n", "\n\n> "])
@pytest.mark.parametrize("following", ["Regards", "9f is it", "gE_aL9D x"])
def test_a_short_line_behind_an_empty_one_is_no_certain_part(
    following: str, gap: str, opening: str, write: Callable[[str], str]
) -> None:
    for width in (70, 300):
        text = f"{opening}{hard_wrap(_TOKEN, width)}{gap}{following}"
        _assert_never(write(text), _TOKEN + following.partition(" ")[0])


@written
@openings
@pytest.mark.parametrize("gap", ["\r\n\r", "\x0b\n", "\n\x0c", "\n \r\n"])
@pytest.mark.parametrize("following", ["Regards", "9f", "gE_aL9D"])
def test_a_short_line_behind_two_kinds_of_breaks_is_no_certain_part(
    following: str, gap: str, opening: str, write: Callable[[str], str]
) -> None:
    for width in (70, 300):
        text = f"{opening}{hard_wrap(_TOKEN, width)}{gap}{following}"
        _assert_never(write(text), _TOKEN + following)


@pytest.mark.parametrize("gap", ["\n\u2022 ", "</p>\n<p>", "</td><td>", ",\n", "\n; ", "**\n**"])
@pytest.mark.parametrize("width", [122, 150, 200])
def test_a_long_line_is_no_certain_token_before_one_that_looks_alike(width: int, gap: str) -> None:
    token = f"ya29.{_draw(width + 3, 3)}x7Qb"
    assert sound(f"<p>{hard_wrap(token, width, gap)}</p>") in {token, None}


@written
@pytest.mark.parametrize("soft", ["^\r", "^\n", "`\n", "=\r\n", "\\\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n> "])
def test_a_soft_break_behind_plain_ones_is_no_certain_part(
    newline: str, soft: str, write: Callable[[str], str]
) -> None:
    text = hard_wrap(_TOKEN, 118, newline)
    _assert_never(write(f"**{text}{soft}he774m"), f"{_TOKEN}he774m")


@written
@pytest.mark.parametrize("stuck", ["é", "٣", "\ud800`", "😀", "中文", "\x00"])
@pytest.mark.parametrize("newline", ["\n", "\r", "\x0c"])
@pytest.mark.parametrize("width", [60, 300])
def test_a_line_that_goes_on_in_other_letters_is_no_certain_part(
    width: int, newline: str, stuck: str, write: Callable[[str], str]
) -> None:
    line = _draw(22, 2)
    text = f"```\n{hard_wrap(_TOKEN, width)}{newline}{line}{stuck}"
    _assert_never(write(text), _TOKEN + line)
