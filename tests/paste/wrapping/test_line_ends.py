"""The end of a token: full stops in the next line, and lines of different lengths."""

import random
import textwrap
from itertools import product

import pytest

from tests.support.providers.paste_checks import sendable_token
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import random_characters

_TOKEN = "ya29.c.b0A" + random_characters(290, 3)
_SEAMS = ["\n", "\\n", "<br>", "\r\n", "%0A", '" + "', "\n> ", " \\\n", "\n\n"]
_MARKS = [("", ""), ('"', '"'), ('{"access_token":"', '"}'), ("**", "**"), ("<p>", "</p>")]


@pytest.mark.parametrize(("opening", "closing"), _MARKS)
def test_no_row_of_full_stops_is_left_out_in_silence(opening: str, closing: str) -> None:
    wrong = []
    for stops, seam in product(range(4, 18), _SEAMS):
        for own in range(stops - 3):
            text = f"{opening}{_TOKEN}{'.' * own}{seam}{'.' * (stops - own)}{closing}"
            if sendable_token(text) not in {None, _TOKEN + "." * stops}:
                wrong.append(text)
    assert [] == wrong


@pytest.mark.parametrize("behind", [".", ".\n", "\n...", "\n.\n", ".\n.\n", ". And so on"])
def test_a_full_stop_or_an_ellipsis_in_a_line_of_its_own_is_none_of_it(behind: str) -> None:
    assert _TOKEN == sendable_token(_TOKEN + behind)


@pytest.mark.parametrize("word", ["thanks", "Thanks", "hello", "bye"])
def test_a_word_behind_a_lone_backtick_is_not_appended(word: str) -> None:
    for token in (_TOKEN, "ghp_" + random_characters(36, 1)):
        assert sendable_token(f"{token}`\n{word}") in {None, token}


def _pieces(token: str, drawn: random.Random) -> list[str]:
    """Return a token in pieces of 5 to 40 characters."""
    pieces = []
    while token:
        size = drawn.randint(5, 40)
        pieces.append(token[:size])
        token = token[size:]
    return pieces


@pytest.mark.parametrize("seam", ["\n", "\r\n", "<br>", "\n> ", "\\n"])
def test_no_line_of_a_token_broken_at_random_is_left_out(seam: str) -> None:
    wrong = []
    for seed in range(inputs(300)):
        drawn = random.Random(seed)
        token = "ya29.A0A" + random_characters(drawn.randint(60, 200), seed)
        text = seam.join(_pieces(token, drawn))
        if sendable_token(text) not in {None, token}:
            wrong.append(text)
    assert [] == wrong


def test_no_line_of_a_token_broken_behind_hyphens_is_left_out() -> None:
    wrong = []
    for seed in range(inputs(300)):
        token = "ya29.A0A" + random_characters(200, seed)
        text = "\n".join(textwrap.wrap(token, 40))
        if sendable_token(text) not in {None, token}:
            wrong.append(text)
    assert [] == wrong


@pytest.mark.parametrize("behind", ["thanks", "Regards,\nAnna", "expires: 3599", "user_id: 7TESTS"])
def test_text_behind_lines_of_different_lengths_is_none_of_it(behind: str) -> None:
    token = "ya29.A0A" + random_characters(97, 5)
    text = f"{token[:30]}\n{token[30:75]}\n{token[75:]}\n{behind}"
    assert sendable_token(text) in {None, token}
