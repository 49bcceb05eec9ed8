"""Count the requests of declared APIs in their windows: of the clock, or from the first request."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.state.declared.api_table import ApiTable, DeclaredWindow
from tokcheck.sandbox.state.tokens import AccessToken

_DAY = 86_400
_Key = tuple[str, str, str, str]  # provider, window, client, and account unless it is shared


class WindowNumbers(NamedTuple):
    """A window at one moment."""

    window: DeclaredWindow
    used: int
    reset_at: float
    """Unix seconds."""

    @property
    def remaining(self) -> int:
        """How many requests are left."""
        return max(0, self.window.limit - self.used)


class DeclaredUsage(NamedTuple):
    """The requests that were counted in one window."""

    provider: str
    client_id: str
    account: str
    """Empty if all accounts share the window."""
    numbers: WindowNumbers


class CountedRequest(NamedTuple):
    """The windows of a request, after it."""

    windows: tuple[WindowNumbers, ...]
    full: tuple[WindowNumbers, ...]
    """Those that refuse it; then it does not count."""


class WindowCounts:
    """All windows of all declared APIs; every method may be called from any thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._changed: dict[tuple[str, str], tuple[int, float]] = {}
        self._used: Counter[_Key] = Counter()
        self._began: dict[_Key, float] = {}

    def windows(self, api: ApiTable) -> tuple[DeclaredWindow, ...]:
        """Return the windows of an API with the limits and lengths that are set."""
        with self._lock:
            return self._windows(api)

    def set_window(
        self, api: ApiTable, label: str, limit: int | None, seconds: float | None
    ) -> None:
        """Change a window, or all of an API if ``label`` is empty; counts stay.

        Raises :class:`UsageError` if there is none of that name.
        """
        windows = [each for each in self.windows(api) if label in {"", each.label}]
        if not windows:
            labels = ", ".join(dict.fromkeys(each.label for each in self.windows(api)))
            raise UsageError(
                f"The provider {api.name} has no window {label[:40]!r}.",
                f"Its windows are: {labels or 'none'}.",
            )
        with self._lock:
            for each in windows:
                self._changed[api.name, each.label] = (
                    each.limit if limit is None else limit,
                    each.seconds if seconds is None else seconds,
                )

    def count(self, api: ApiTable, token: AccessToken, *, is_check: bool) -> CountedRequest:
        """Count a request, unless a window has too little left for it.

        The check costs what is declared, any other request costs 1. A window in which a request
        costs nothing refuses none.
        """
        with self._lock:
            now = self._now()
            keyed = [(self._key(api, window, token), window) for window in self._windows(api)]
            for key, window in keyed:
                self._begin(key, window, now)
            costs = {key: window.check_cost if is_check else 1 for key, window in keyed}
            full = [
                (key, window)
                for key, window in keyed
                if costs[key] and self._used[key] + costs[key] > window.limit
            ]
            if not full:
                self._used.update(costs)
            return CountedRequest(
                tuple(self._numbers(key, window) for key, window in keyed),
                tuple(self._numbers(key, window) for key, window in full),
            )

    def usage(self, api: ApiTable) -> tuple[DeclaredUsage, ...]:
        """Return the usage of every window of an API that has a request."""
        with self._lock:
            windows = {each.label: each for each in self._windows(api)}
            now = self._now()
            found = []
            for key in [key for key in self._began if key[0] == api.name and key[1] in windows]:
                self._begin(key, windows[key[1]], now)
                numbers = self._numbers(key, windows[key[1]])
                found.append(DeclaredUsage(api.name, key[2], key[3], numbers))
            return tuple(found)

    def reset(self, account: str | None = None) -> None:
        """Begin all windows again, or those of an account and the shared ones."""
        with self._lock:
            for key in [key for key in self._began if account in {None, key[3]} or not key[3]]:
                del self._began[key], self._used[key]

    def _windows(self, api: ApiTable) -> tuple[DeclaredWindow, ...]:
        return tuple(
            window
            if (changed := self._changed.get((api.name, window.label))) is None
            else window._replace(limit=changed[0], seconds=changed[1])
            for window in api.windows()
        )

    def _key(self, api: ApiTable, window: DeclaredWindow, token: AccessToken) -> _Key:
        account = "" if window.is_shared else token.account
        return api.name, window.label, token.client_id, account

    def _begin(self, key: _Key, window: DeclaredWindow, now: float) -> None:
        """Begin a window if there is none, or if the last one is over."""
        began = now - now % _DAY % window.seconds if window.is_aligned else now
        if key not in self._began or now >= self._end(key, window):
            self._began[key], self._used[key] = began, 0

    def _end(self, key: _Key, window: DeclaredWindow) -> float:
        end = self._began[key] + window.seconds
        midnight = self._began[key] // _DAY * _DAY + _DAY
        return min(end, midnight) if window.is_aligned else end

    def _numbers(self, key: _Key, window: DeclaredWindow) -> WindowNumbers:
        return WindowNumbers(window, self._used[key], self._end(key, window))
