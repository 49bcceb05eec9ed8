"""Whether a token or a grant has expired, from its expiry and the present moment.

A lifetime counts from a moment of this computer's clock, so it is of no use once that moment turns
out to lie in the future: the clock was ahead then, by an unknown time.
"""

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes
if TYPE_CHECKING:
    from datetime import datetime
    from typing import TypeVar

    _Moment = TypeVar("_Moment", float, datetime)


FUTURE_SECONDS = 60.0
"""A recorded moment that lies further ahead than this shows that the clock was set back."""


def is_in_future(recorded_at: float | None, now: float) -> bool:
    """Return whether a recorded moment shows that the clock was set back (both Unix seconds)."""
    return recorded_at is not None and recorded_at > now + FUTURE_SECONDS


def is_same_moment(one: float | None, other: float) -> bool:
    """Return whether a recorded moment is this one, as far as clocks are exact."""
    return one is not None and abs(one - other) <= FUTURE_SECONDS


def known_expiry(
    expires_at: float | None, obtained_at: float, now: float, skew: float | None = None
) -> float | None:
    """Return an expiry that was recorded at ``obtained_at``; ``None`` if it is not known.

    It is not if ``obtained_at`` lies in the future. ``skew`` is the server's clock minus this
    computer's when the lifetime was counted: if this clock was ahead then, it may have been put
    right since, and the token may have expired that much earlier. All are Unix seconds.
    """
    if expires_at is None or is_in_future(obtained_at, now):
        return None
    if is_expired(expires_at, now) or not is_expired(cautious_expiry(expires_at, skew), now):
        return expires_at
    return None


def cautious_expiry(expires_at: float, skew: float | None) -> float:
    """Return the earliest moment at which a token may expire if this clock was ahead before.

    A difference of up to a minute is none.
    """
    ahead = -(skew or 0.0)
    return expires_at - ahead if ahead > FUTURE_SECONDS else expires_at


def earliest(*moments: float | None) -> float | None:
    """Return the earliest of the moments that are known; ``None`` if none is."""
    return min((moment for moment in moments if moment is not None), default=None)


def is_expired(expires_at: "_Moment | None", now: "_Moment") -> bool:
    """Return whether the expiry has come; an unknown one (``None``) has not.

    Both are Unix seconds, or both are aware datetimes.
    """
    return expires_at is not None and expires_at <= now


def is_valid_for(expires_at: float | None, seconds: float, now: float) -> bool:
    """Return whether the expiry is known and more than ``seconds`` after ``now`` (Unix seconds)."""
    return expires_at is not None and expires_at - now > seconds
