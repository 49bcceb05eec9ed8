"""Whether a token has expired, at and around its expiry."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.core.expiry import earliest, is_expired, is_in_future, is_valid_for, known_expiry

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("expired", "expires_at"),
    [(False, None), (False, NOW + 0.001), (True, NOW), (True, NOW - 0.001), (True, 0.0)],
)
def test_a_token_is_expired_from_its_expiry_on(
    expired: bool,  # noqa: FBT001 - the expected value
    expires_at: float | None,
) -> None:
    assert expired is is_expired(expires_at, NOW)


def test_datetimes_are_compared_like_seconds() -> None:
    now = datetime.fromtimestamp(NOW, UTC)
    assert not is_expired(None, now)
    assert not is_expired(now + timedelta(microseconds=1), now)
    assert is_expired(now, now)


@pytest.mark.parametrize(
    ("valid", "expires_at", "seconds"),
    [
        (False, None, 0),
        (False, NOW, 0),
        (True, NOW + 1, 0),
        (False, NOW + 60, 60),
        (True, NOW + 61, 60),
        (False, NOW + 60, float("inf")),
    ],
)
def test_a_token_valid_for_some_time_expires_after_it(
    valid: bool,  # noqa: FBT001 - the expected value
    expires_at: float | None,
    seconds: float,
) -> None:
    assert valid is is_valid_for(expires_at, seconds, NOW)


@given(st.floats(0, 4e9), st.floats(0, 4e9))
def test_a_token_with_an_expiry_is_either_expired_or_valid(expires_at: float, now: float) -> None:
    assert is_expired(expires_at, now) is not is_valid_for(expires_at, 0, now)


@pytest.mark.parametrize(
    ("is_ahead", "recorded"),
    [(False, None), (False, NOW), (False, NOW - 1e9), (False, NOW + 60), (True, NOW + 60.5)],
)
def test_a_moment_of_more_than_a_minute_ahead_shows_that_the_clock_was_set_back(
    *, is_ahead: bool, recorded: float | None
) -> None:
    assert is_ahead == is_in_future(recorded, NOW)
    if recorded is not None:
        assert (None if is_ahead else 5.0) == known_expiry(5.0, recorded, NOW)
        assert None is known_expiry(None, recorded, NOW)


def test_the_earliest_of_moments_ignores_unknown_ones() -> None:
    assert 2 == earliest(None, 3, 2, None)
    assert None is earliest() is earliest(None)
