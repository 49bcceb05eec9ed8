"""Rate-limit windows: how many calls one account may make through one client, and until when."""

import math
import re
from dataclasses import dataclass

from tokcheck.core.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600}
_DURATION = re.compile(r"([1-9][0-9]{0,8})([smh])")


@dataclass(frozen=True, slots=True)
class Rule:
    """How many calls a window allows, and its length in seconds."""

    limit: int
    seconds: float

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise UsageError("A limit cannot be negative.", "Give 0 or more requests.")
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise UsageError("A window needs a length.", "Give a number of seconds above 0.")


@dataclass(frozen=True, slots=True)
class Reading:
    """A window after a call: ``allowed`` tells whether that call was still within the limit."""

    limit: int
    remaining: int
    reset_in_seconds: int
    allowed: bool


class Window:
    """A fixed window that begins with its first call.

    Documentation places the reset at the top of the hour, but a capture of April 2026 reset at
    18:19:37 (https://github.com/home-assistant/core/issues/169485): a client must believe the
    header, and a window anchored at the first call shows whether it does.
    """

    def __init__(self) -> None:
        self._began: float | None = None
        self._used = 0

    def spend(self, rule: Rule, now: float) -> Reading:
        """Count one call at ``now`` (Unix seconds); a refused call is not counted."""
        if self._over(rule, now):
            self._began, self._used = now, 0
        allowed = self._used < rule.limit
        self._used += allowed
        return self._reading(rule, now, allowed=allowed)

    def look(self, rule: Rule, now: float) -> Reading:
        """Return what the window would say, without counting a call."""
        if self._over(rule, now):
            return Reading(rule.limit, rule.limit, math.ceil(rule.seconds), allowed=rule.limit > 0)
        return self._reading(rule, now, allowed=self._used < rule.limit)

    def _over(self, rule: Rule, now: float) -> bool:
        return self._began is None or now - self._began >= rule.seconds

    def _reading(self, rule: Rule, now: float, *, allowed: bool) -> Reading:
        elapsed = now - (self._began or 0.0)
        left = max(0, rule.limit - self._used)
        # Rounded up: a client that waits as long as it was told finds the window open.
        return Reading(rule.limit, left, math.ceil(rule.seconds - elapsed), allowed=allowed)


def seconds_of(text: str) -> int:
    """Return the seconds of ``90s``, ``5m`` or ``1h``; anything else is a :class:`UsageError`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{text!r} is not a length of time.",
            "Write a whole number and a unit, such as 90s, 5m or 1h.",
        )
    return int(match[1]) * _UNITS[match[2]]
