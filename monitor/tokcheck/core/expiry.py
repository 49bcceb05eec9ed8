"""Whether a token or a grant has expired, from its expiry and the present moment."""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

_Moment = TypeVar("_Moment", float, "datetime")


def is_expired(expires_at: _Moment | None, now: _Moment) -> bool:
    """Return whether the expiry has come; an unknown one (``None``) has not.

    Both are Unix seconds, or both are aware datetimes.
    """
    return expires_at is not None and expires_at <= now


def is_valid_for(expires_at: float | None, seconds: float, now: float) -> bool:
    """Return whether the expiry is known and more than ``seconds`` after ``now`` (Unix seconds)."""
    return expires_at is not None and expires_at - now > seconds
