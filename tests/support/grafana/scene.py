"""Made-up accounts with states that change over time, of every kind of problem.

A scene depends on the time only, so its past can be written to a Prometheus.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.exporter.state import (
    AccountState,
    ExporterInfo,
    ProbeResult,
    RefreshResult,
    SkipReason,
)

EXPORTER = ExporterInfo(
    reload_successful=True, reloaded_at=1.7e9, version="0.1.0", python_version="3.11.7"
)
_LIMIT = 150
_WINDOW = 3600
_SINCE = 2100  # seconds of the present window that have passed when the scene opens
_FIRST, _PAUSE = 60, 360  # seconds from a reset to the first probe, and between probes


class SceneProbe(NamedTuple):
    """The last probe: its time, the start of its window, and the number of probes so far."""

    at: float
    window: float
    number: int


class Scene(NamedTuple):
    """A number of accounts; the scene starts at ``opens`` (Unix seconds)."""

    accounts: int
    opens: float

    def states(self, now: float) -> Iterator[AccountState]:
        """Yield the state of each account at a time; the first one changes most."""
        probe = self._last_probe(now)
        for number in range(self.accounts):
            kind = _KINDS[number % len(_KINDS)]
            name = f"{kind.__name__.removeprefix('_').removesuffix('_account')}-{number:04}"
            yield kind(AccountState(name), self.opens, probe)

    def _last_probe(self, now: float) -> SceneProbe:
        passed = (now - self.opens + _SINCE) % _WINDOW
        passed += _WINDOW if passed < _FIRST else 0  # not probed since the reset
        before = (passed - _FIRST) // _PAUSE * _PAUSE
        at = now - passed + _FIRST + before
        return SceneProbe(at, now - passed, int((at - self.opens) // _PAUSE) + 100)


def _probed_account(
    state: AccountState, probe: SceneProbe, verdict: Verdict, *, usable: bool | None
) -> AccountState:
    return state._replace(
        provider="fitbit",
        verdict=verdict,
        usable=usable,
        verdicts=(Verdict.VALID, verdict),
        success=True,
        duration=0.2,
        succeeded_at=probe.at,
        next_probe_at=probe.at + _PAUSE,
        probes={ProbeResult.SUCCESS: probe.number},
    )


def _fitbit_account(
    state: AccountState, opens: float, probe: SceneProbe, rate: float
) -> AccountState:
    """Return an account that works, and uses ``rate`` requests a second."""
    remaining = max(0, _LIMIT - int(rate * (probe.at - probe.window)))
    reset = datetime.fromtimestamp(probe.window + _WINDOW, UTC)
    synced = datetime.fromtimestamp(probe.at - 600, UTC).isoformat()
    return _probed_account(state, probe, Verdict.VALID, usable=True)._replace(
        expires_at=opens + 20_000,
        scopes=3,
        observed_requests=(("2xx", 40 * probe.number),),
        refreshes={
            RefreshResult.SUCCESS: probe.number // 5,
            RefreshResult.REFUSED: 0,
            RefreshResult.FAILED: 1,
        },
        refresh_expires_at=opens + 86_400,
        quota=(Quota("hour", _LIMIT, remaining, reset, "headers"),),
        observed_at=probe.at,
        reported_reset=reset.timestamp(),
        devices=(Device("Charge 6", "TRACKER", "High", 81, synced, "utc"),),
        skipped={SkipReason.BUDGET: probe.number // 7},
    )


def _falling_account(state: AccountState, opens: float, probe: SceneProbe) -> AccountState:
    """Return an account that works until its token expires: the last refresh was refused."""
    broken = Broken(opens, BrokenReason.APPLICATION)
    return _fitbit_account(state, opens, probe, 0.06)._replace(broken=broken)


def _healthy_account(state: AccountState, opens: float, probe: SceneProbe) -> AccountState:
    return _fitbit_account(state, opens, probe, 0.004)._replace(refresh_expires_at=None)


def _gone_account(state: AccountState, opens: float, probe: SceneProbe) -> AccountState:
    verdict = Verdict.RATE_LIMITED
    return _fitbit_account(state, opens, probe, 0.09)._replace(
        verdict=verdict,
        verdicts=(Verdict.VALID, verdict),
        skipped={SkipReason.RESERVE: probe.number},
    )


def _google_account(state: AccountState, opens: float, probe: SceneProbe) -> AccountState:
    """Return an account with an unknown rest of its quota; its device has no time zone."""
    return _probed_account(state, probe, Verdict.VALID, usable=True)._replace(
        provider="google-health",
        expires_at=opens + 1800,
        scopes=2,
        quota=(Quota("minute", 300, None, None, "documented"),),
        observed_at=probe.at,
        devices=(Device("Watch", None, None, 40, "2026-11-23T08:00:00", "account-local"),),
        probes={ProbeResult.SUCCESS: probe.number * 3},
    )


def _revoked_account(state: AccountState, opens: float, probe: SceneProbe) -> AccountState:
    stopped = SceneProbe(opens - 1800, probe.window, 90)
    return _probed_account(state, stopped, Verdict.REVOKED_OR_INVALID, usable=False)._replace(
        expires_at=opens + 9000, next_probe_at=None, skipped={SkipReason.REFUSED: probe.number}
    )


def _expired_account(state: AccountState, opens: float, probe: SceneProbe) -> AccountState:
    stopped = SceneProbe(opens - 900, probe.window, 80)
    return _probed_account(state, stopped, Verdict.EXPIRED, usable=False)._replace(
        expires_at=opens - 600, next_probe_at=None, skipped={SkipReason.EXPIRED: probe.number}
    )


def _silent_account(state: AccountState, opens: float, probe: SceneProbe) -> AccountState:
    """Return an account that worked two hours ago, with probes that have failed since."""
    return _probed_account(state, probe, Verdict.UNDETERMINED, usable=None)._replace(
        success=False,
        succeeded_at=opens - 7200,
        probes={ProbeResult.SUCCESS: 50, ProbeResult.UNDETERMINED: probe.number},
        skipped={SkipReason.BACKOFF: probe.number},
    )


def _empty_account(state: AccountState, _opens: float, probe: SceneProbe) -> AccountState:
    verdict = Verdict.NO_TOKEN
    return state._replace(
        verdict=verdict,
        usable=False,
        verdicts=(verdict,),
        skipped={SkipReason.NO_TOKEN: probe.number},
    )


def _new_account(state: AccountState, _opens: float, _look: SceneProbe) -> AccountState:
    return state


_KINDS: tuple[Callable[[AccountState, float, SceneProbe], AccountState], ...] = (
    _falling_account,
    _healthy_account,
    _gone_account,
    _google_account,
    _revoked_account,
    _expired_account,
    _silent_account,
    _empty_account,
    _new_account,
    _healthy_account,
)
