"""A line in the marks around a token is the token's, or the token is incomplete."""

import random
from itertools import product

import pytest

import tokcheck
from tests.support.providers.paste_checks import sendable_token
from tests.support.tokens import random_characters
from tokcheck.paste.wrapping.openings.enclosures import may_hold_next_line

_ENCLOSURES = [
    ('{"access_token":"', '"}'), ("{'t': '", "'}"), ('{\\"t\\":\\"', '\\"}'), ("**", "**"),
    ("*", "*"), ("_", "_"), ("*_", "_*"), ("**_", "_**"), ("~~", "~~"), ("`", "`"),
    ("```\n", "\n```"), ("<", ">"), ("<!--", "-->"), ("<p>", "</p>"), ('<td class="x">', "</td>"),
    ("<code>\n", "\n</code>"), ("(", ")"), ("[", "]"), ("{", "}"), ("\u201c", "\u201d"),
    ("\u2018", "\u2019"), ("\u00ab", "\u00bb"), ("&quot;", "&quot;"), ("%22", "%22"),
    ('-H "Authorization: Bearer ', '"'), ("<p>Token: ", "</p>"), ("**Token: ", "**"),
    ("(token=", ")"), ('"https://x.org/#access_token=', '"'),
]  # fmt: skip
_LAST_LINES = [
    "1105579", "11055791234", "2024", "3599", "2026-11-30", "1105579.", "thanks", "token", "https",
    "Hello", "expires",
]  # fmt: skip
_BREAKS = ["\n", "\r\n", "\\n", "<br>", "\n\n", "\n    ", "%0A"]


@pytest.mark.parametrize(("opening", "closing"), _ENCLOSURES)
def test_no_line_in_the_marks_around_a_token_is_left_out(opening: str, closing: str) -> None:
    wrong = []
    for seed, (last, seam) in enumerate(product(_LAST_LINES, _BREAKS)):
        drawn = random.Random(seed)
        first = "ya29." + random_characters(drawn.choice([59, 95, 135, 150, 215]), seed)
        text = f"{opening}{first}{seam}{last}{closing}"
        if sendable_token(text) not in {None, first + last.rstrip(".")}:
            wrong.append(text)
    assert [] == wrong


@pytest.mark.parametrize(("opening", "closing"), _ENCLOSURES[:4])
def test_digits_behind_a_blank_in_the_marks_are_not_left_out(opening: str, closing: str) -> None:
    token = "ya29." + random_characters(150, 3)
    assert None is sendable_token(f"{opening}{token} 1105579{closing}")


@pytest.mark.parametrize(
    ("opening", "behind"),
    [
        ('"', '"\n1105579"'), ("", "\n1105579"), ("token: ", "\nexpires:\n"), ("<p>", "</p>\n3599"),
        ("", '\nthanks"'), ("**", "**\nthanks **a lot**"), ("`", "`\nthanks `x`"),
        ("* ", "\n* thanks"), ("```\n", "\nthanks\nAnna\n```"), ('{"a":"', '",\n"b":1105579}'),
        ('-H "Authorization: Bearer ', '\nAccept: application/json"'), ("It's ", "\ndon't"),
        ('"', '\n"'), ("(", "\n)"), ("<td>", "\n</td>"), ("(", " thanks)"),
    ],
)  # fmt: skip
def test_other_text_ends_a_token_that_its_marks_do_not_enclose(opening: str, behind: str) -> None:
    token = "ya29." + random_characters(150, 4)
    assert token == sendable_token(f"{opening}{token}{behind}")


@pytest.mark.parametrize("seam", ["\n", "\r\n", "\\n", "<br>"])
@pytest.mark.parametrize("cut", range(1, 9))
def test_digits_that_complete_the_last_section_of_a_token_are_not_left_out(
    cut: int, seam: str
) -> None:
    token = f"glpat-{random_characters(60, 5)}.01.170782789"  # tokcheck: allow
    text = f"{token[:-cut]}{seam}{token[-cut:]}0000"
    report = tokcheck.check(text, offline=True)
    assert report.credential is not None
    assert report.usable is False or len(token) + 4 == report.credential.length


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_long_word_opens_no_mark_but_behind_a_fence(newline: str) -> None:
    token = f"ya29.{random_characters(40, 1)}"
    for length in range(1, 40):
        word = "aB3dE6gH9kL2mN5pQ8sT"[:20].ljust(length, "x")[:length]
        for front, is_open in ((f"```{word}", length <= 20), (word, False), (f"%22{word}", False)):
            text = f"{front}{newline}{token}{newline}  word```"
            start = len(front) + len(newline)
            assert is_open == may_hold_next_line(text, start, start + len(token)), (front, length)
