"""Seconds as JSON holds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.core.json_numbers import parse_seconds


@pytest.mark.parametrize(
    ("seconds", "value"),
    [
        (3600.0, 3600),
        (3600.0, "3600"),
        (3600.5, 3600.5),
        (3600.0, " 3600 "),
        (0.0, 0),
        (-1.0, "-1"),
        (None, None),
        (None, True),
        (None, ""),
        (None, "1h"),
        (None, [3600]),
        (None, {}),
        (None, "nan"),
        (None, float("inf")),
        (None, "-inf"),
        (None, 10**400),
        (None, "9" * 400),
    ],
)
def test_seconds_are_read(seconds: float | None, value: object) -> None:
    assert seconds == parse_seconds(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_and_its_text_yield_the_same_seconds(value: float) -> None:
    assert value == parse_seconds(value) == parse_seconds(repr(value))
