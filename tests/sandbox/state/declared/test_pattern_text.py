"""Texts that patterns match."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tokcheck.core.errors import UsageError
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.sandbox.state.declared.pattern_text import text_with_values, token_text

PATTERNS = [
    *{form["pattern"] for table in TABLES.values() for form in table.get("tokens", ())},
    "abc",
    "[^a]{5}",
    r"\d{4}-\d{4}",
    "(?:live|test)_[a-z]{10}",
    r"([a-z])\1",
    "(?i:AB)c?",
    "a.b[^b]\\S\\W",
    "x*+y",
    "(?>ab)+",
]


@given(number=st.integers(0, 10_000))
def test_a_token_has_its_form(number: int) -> None:
    for pattern in PATTERNS:
        text = token_text("pre_", pattern, random.Random(number))
        assert re.fullmatch(f"pre_(?:{pattern})", text), pattern
        assert text.isprintable()


@each_case(
    ("expected", "pairs"),
    [
        ("32/40", [(r"^(\d+)/", "32"), (r"/(\d+)$", "40")]),
        ("32/40", [(r"/(\d+)$", "40"), (r"^(\d+)/", "32")]),
        ("A;1, B;2", [(r"A;(\d+)", "1"), (r"B;(\d+)", "2")]),
        ("7", [(r"(\d+)", "7")]),
    ],
)
def test_one_text_has_the_values_of_several_patterns(
    expected: str, pairs: list[tuple[str, str]]
) -> None:
    text = text_with_values(pairs, random.Random(1))
    assert [value for _, value in pairs] == [
        match[1] for pattern, _ in pairs if (match := re.search(pattern, text))
    ]
    assert expected == text or len(expected) >= len(text)


@each_case(
    "make",
    [
        lambda: token_text("", "(?!x)x", random.Random(1)),
        lambda: token_text("", "a$b", random.Random(1)),
        lambda: text_with_values([(r"^(\d)$", "1"), (r"^(\d)$", "2")], random.Random(1)),
    ],
)
def test_a_pattern_without_a_text_is_reported(make: object) -> None:
    assert callable(make)
    with pytest.raises(UsageError, match="finds no text for the pattern"):
        make()
