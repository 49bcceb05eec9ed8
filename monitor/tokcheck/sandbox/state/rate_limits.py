"""Rate limits: how many requests one account may make through one client in a time window."""

import math
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import LONGEST_DURATION, parse_duration, read_in_range
from tokcheck.sandbox.state.tokens import AccessToken, ProviderName

_Key = tuple[ProviderName, str, str]  # provider, account and client


@dataclass(frozen=True, slots=True)
class RateLimitRule:
    """A rate limit: ``limit`` requests in a window of ``seconds``."""

    limit: int
    seconds: float

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise UsageError("A limit cannot be negative.", "Give 0 or more requests.")
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise UsageError("A window needs a length.", "Give a number of seconds above 0.")


@dataclass(frozen=True, slots=True)
class WindowState:
    """A window at one moment; ``allowed`` is false if its limit is used up."""

    limit: int
    remaining: int
    reset_in_seconds: int
    allowed: bool


class RateLimitWindow:
    """A fixed window that begins with its first request.

    Documentation places the reset at the top of the hour, but a capture of April 2026 reset at
    18:19:37 (https://github.com/home-assistant/core/issues/169485): a client must believe the
    header, and a window anchored at the first request shows whether it does.
    """

    def __init__(self) -> None:
        self._started_at: float | None = None
        self._used = 0

    def count_request(self, rule: RateLimitRule, now: float) -> WindowState:
        """Count one request at ``now`` (Unix seconds); a request over the limit is not counted."""
        if self._is_over(rule, now):
            self._started_at, self._used = now, 0
        allowed = self._used < rule.limit
        self._used += allowed
        return self._state(rule, now, allowed=allowed)

    def peek(self, rule: RateLimitRule, now: float) -> WindowState:
        """Return the state of the window at ``now`` without counting a request."""
        if self._is_over(rule, now):
            full = math.ceil(rule.seconds)
            return WindowState(rule.limit, rule.limit, full, allowed=rule.limit > 0)
        return self._state(rule, now, allowed=self._used < rule.limit)

    def _is_over(self, rule: RateLimitRule, now: float) -> bool:
        return self._started_at is None or now - self._started_at >= rule.seconds

    def _state(self, rule: RateLimitRule, now: float, *, allowed: bool) -> WindowState:
        elapsed = now - (self._started_at or 0.0)
        remaining = max(0, rule.limit - self._used)
        # Rounded up: a client that waits this long finds a new window.
        return WindowState(rule.limit, remaining, math.ceil(rule.seconds - elapsed), allowed)


@dataclass(frozen=True, slots=True)
class Usage:
    """The requests that one account made through one client: in total and in the current window."""

    provider: ProviderName
    account: str
    client_id: str
    total: int
    window: WindowState


class RateLimits:
    """The rate limit of each provider and all windows; methods may be called from any thread."""

    def __init__(self, now: Callable[[], float], rules: dict[ProviderName, RateLimitRule]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._rules = dict(rules)
        self._windows: dict[_Key, RateLimitWindow] = {}
        self._totals: Counter[_Key] = Counter()

    def rule(self, provider: ProviderName) -> RateLimitRule:
        """Return the rate limit of one account through one client."""
        with self._lock:
            return self._rules[provider]

    def set_rule(self, provider: ProviderName, rule: RateLimitRule) -> None:
        """Change a rate limit; current windows keep their start and their count."""
        with self._lock:
            self._rules[provider] = rule

    def count_request(self, token: AccessToken) -> WindowState:
        """Count one request with ``token`` in the window of its account and client."""
        key = (token.provider, token.account, token.client_id)
        with self._lock:
            window = self._windows.setdefault(key, RateLimitWindow())
            state = window.count_request(self._rules[token.provider], self._now())
            self._totals[key] += state.allowed
            return state

    def usage(self) -> tuple[Usage, ...]:
        """Return the usage of every account and client that has a window."""
        with self._lock:
            now = self._now()
            return tuple(
                Usage(*key, self._totals[key], window.peek(self._rules[key[0]], now))
                for key, window in self._windows.items()
            )

    def reset(self, account: str | None = None) -> None:
        """Drop all windows, or those of one account: the next request begins a new one."""
        with self._lock:
            for key in [key for key in self._windows if account in {None, key[1]}]:
                del self._windows[key]


def read_window_length(name: str, text: str) -> int:
    """Return the whole seconds of a window's length, such as ``90s``, ``5m`` or ``1h``.

    ``name`` is the option or field. Raises :class:`UsageError` if it is none, or out of range.
    """
    return int(read_in_range(name, text, "1s", LONGEST_DURATION, parse_duration))
