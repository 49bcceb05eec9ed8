"""A number of made-up accounts whose standings go on with time, some of them in every trouble.

The scene is the same whenever it is asked for the same moment, so its past can be written down.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.exporter.state.account_state import Exporter, Refresh, Result, Skip, Standing

EXPORTER = Exporter(
    reload_successful=True, reloaded_at=1.7e9, version="0.1.0", python_version="3.11.7"
)
_LIMIT = 150
_WINDOW = 3600
_SINCE = 2100  # seconds of the present window that have passed when the scene opens
_FIRST, _PAUSE = 60, 360  # the first look after a reset, and the time between two


class Look(NamedTuple):
    """The last look at a quota: when, the start of its window, and how many there have been."""

    at: float
    window: float
    number: int


class Scene(NamedTuple):
    """``accounts`` of them; ``opens`` is the moment (Unix seconds) that the story begins with."""

    accounts: int
    opens: float

    def standings(self, now: float) -> Iterator[Standing]:
        """Yield what is known about each account at a moment; the first one is the liveliest."""
        look = self._look(now)
        for number in range(self.accounts):
            kind = _KINDS[number % len(_KINDS)]
            name = f"{kind.__name__.removeprefix('_')}-{number:04}"
            yield kind(Standing(name), self.opens, look)

    def _look(self, now: float) -> Look:
        passed = (now - self.opens + _SINCE) % _WINDOW
        passed += _WINDOW if passed < _FIRST else 0  # not asked yet since the reset
        before = (passed - _FIRST) // _PAUSE * _PAUSE
        at = now - passed + _FIRST + before
        return Look(at, now - passed, int((at - self.opens) // _PAUSE) + 100)


def _asked(standing: Standing, look: Look, verdict: Verdict, *, usable: bool | None) -> Standing:
    return standing._replace(
        provider="fitbit",
        verdict=verdict,
        usable=usable,
        verdicts=(Verdict.VALID, verdict),
        success=True,
        duration=0.2,
        succeeded_at=look.at,
        next_probe_at=look.at + _PAUSE,
        probes={Result.SUCCESS: look.number},
    )


def _fitbit(standing: Standing, opens: float, look: Look, rate: float) -> Standing:
    """Return an account that works, and uses ``rate`` calls a second."""
    remaining = max(0, _LIMIT - int(rate * (look.at - look.window)))
    reset = datetime.fromtimestamp(look.window + _WINDOW, UTC)
    synced = datetime.fromtimestamp(look.at - 600, UTC).isoformat()
    return _asked(standing, look, Verdict.VALID, usable=True)._replace(
        expires_at=opens + 20_000,
        scopes=3,
        refreshes={Refresh.SUCCESS: look.number // 5, Refresh.REFUSED: 0, Refresh.FAILED: 1},
        refresh_expires_at=opens + 86_400,
        quota=(Quota("hour", _LIMIT, remaining, reset, "headers"),),
        observed_at=look.at,
        devices=(Device("Charge 6", "TRACKER", "High", 81, synced, "utc"),),
        skipped={Skip.BUDGET: look.number // 7},
    )


def _falling(standing: Standing, opens: float, look: Look) -> Standing:
    return _fitbit(standing, opens, look, 0.06)


def _healthy(standing: Standing, opens: float, look: Look) -> Standing:
    return _fitbit(standing, opens, look, 0.004)._replace(refresh_expires_at=None)


def _gone(standing: Standing, opens: float, look: Look) -> Standing:
    verdict = Verdict.RATE_LIMITED
    return _fitbit(standing, opens, look, 0.09)._replace(
        verdict=verdict, verdicts=(Verdict.VALID, verdict), skipped={Skip.RESERVE: look.number}
    )


def _google(standing: Standing, opens: float, look: Look) -> Standing:
    """Return an account whose provider never tells what is left; its device has no time zone."""
    return _asked(standing, look, Verdict.VALID, usable=True)._replace(
        provider="google-health",
        expires_at=opens + 1800,
        scopes=2,
        quota=(Quota("minute", 300, None, None, "documented"),),
        observed_at=look.at,
        devices=(Device("Watch", None, None, 40, "2026-11-23T08:00:00", "account-local"),),
        probes={Result.SUCCESS: look.number * 3},
    )


def _revoked(standing: Standing, opens: float, look: Look) -> Standing:
    stopped = Look(opens - 1800, look.window, 90)
    return _asked(standing, stopped, Verdict.REVOKED_OR_INVALID, usable=False)._replace(
        expires_at=opens + 9000, next_probe_at=None, skipped={Skip.REFUSED: look.number}
    )


def _expired(standing: Standing, opens: float, look: Look) -> Standing:
    stopped = Look(opens - 900, look.window, 80)
    return _asked(standing, stopped, Verdict.EXPIRED, usable=False)._replace(
        expires_at=opens - 600, next_probe_at=None, skipped={Skip.EXPIRED: look.number}
    )


def _silent(standing: Standing, opens: float, look: Look) -> Standing:
    """Return an account that worked two hours ago, and whose probes fail since then."""
    return _asked(standing, look, Verdict.UNDETERMINED, usable=None)._replace(
        success=False,
        succeeded_at=opens - 7200,
        probes={Result.SUCCESS: 50, Result.UNDETERMINED: look.number},
        skipped={Skip.BACKOFF: look.number},
    )


def _empty(standing: Standing, _opens: float, look: Look) -> Standing:
    verdict = Verdict.NO_TOKEN
    return standing._replace(
        verdict=verdict, usable=False, verdicts=(verdict,), skipped={Skip.NO_TOKEN: look.number}
    )


def _new(standing: Standing, _opens: float, _look: Look) -> Standing:
    return standing


_KINDS: tuple[Callable[[Standing, float, Look], Standing], ...] = (
    _falling, _healthy, _gone, _google, _revoked, _expired, _silent, _empty, _new, _healthy,
)  # fmt: skip
