"""The scan finds a token that ``validate`` puts right, with the fingerprint of the whole one."""

import hashlib

import pytest

from tests.support.scan.searching import search
from tests.support.tokens import FITBIT, GOOGLE, fitbit

_MARKED = next(
    t for t in (fitbit(sub=f"U{n}") for n in range(999)) if "fi" in t and "-" in t[-30:-1]
)


@pytest.mark.parametrize(
    ("token", "own", "other"),
    [
        (_MARKED, "-", "\u2013"), (_MARKED, "-", "+"), (_MARKED, "-", "%2B"), (_MARKED, "-", r"\-"),
        (_MARKED, "fi", "\ufb01"), (FITBIT, ".", r"\."), (FITBIT, ".", "&#46;"),
        (FITBIT, ".", "\u00b7"), (FITBIT, ".", "\uff0e"),
        (GOOGLE, "_", r"\_"), (GOOGLE, "-", "&#45;"), (GOOGLE, "_", "\uff3f"),
    ],
)  # fmt: skip
def test_a_token_that_is_put_right_is_found(token: str, own: str, other: str) -> None:
    for front, rest in (("", ""), ("TOKEN=", "\n"), ('"', '", "a": 1')):
        text = f"{front}{token.replace(own, other)}{rest}"
        found = search(text)
        assert [hashlib.sha256(token.encode()).digest()] == [item.digest for item in found]
        assert (1, len(front) + 1) == (found[0].line, found[0].column)


@pytest.mark.parametrize("foreign", ["*", "\U0001f600", "\0", "%"])
def test_a_part_in_front_of_a_foreign_character_is_only_a_fragment(foreign: str) -> None:
    found = search(f"{GOOGLE[:130]}{foreign}{GOOGLE[130:]}")
    assert [True] == [item.fragment for item in found]
