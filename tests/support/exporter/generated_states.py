"""Account states for tests: a full one, generated ones, and one of many by number."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.support.tokens import NOW
from tokcheck.accounts.grant import Broken, BrokenReason, Refused
from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.exporter.state import (
    AccountState,
    ExporterInfo,
    ProbeResult,
    RefreshResult,
    SkipReason,
)

AT = NOW.timestamp()
EXPORTER = ExporterInfo(
    reload_successful=True, reloaded_at=AT - 86_400, version="1.2.3", python_version="3.11.9"
)
RESET = NOW + timedelta(minutes=20)
REFUSED = Refused("invalid_client", "https://api.fitbit.com", ("0123456789ab",))
CHARGE = Device("Charge 5", "TRACKER", "High", 84, "2026-01-15T12:59:30.250", "account-local")
FULL = AccountState(
    name="night fetcher",
    provider="fitbit",
    version="1",
    verdict=Verdict.VALID,
    usable=True,
    expires_at=AT + 25_200,
    scopes=3,
    quota=(Quota("hour", 150, 143, RESET, "headers"),),
    observed_at=AT - 90.5,
    devices=(CHARGE,),
    timezone="Europe/Berlin",
    success=True,
    duration=0.1875,
    probed_at=AT - 90.5,
    succeeded_at=AT - 90.5,
    next_probe_at=AT + 1_110,
    probes={ProbeResult.SUCCESS: 7, ProbeResult.UNDETERMINED: 1},
    skipped={SkipReason.BACKOFF: 2},
    verdicts=(Verdict.UNDETERMINED, Verdict.VALID),
    refreshes={RefreshResult.SUCCESS: 3, RefreshResult.REFUSED: 0, RefreshResult.FAILED: 1},
    refresh_expires_at=AT + 500_000,
    broken=Broken(AT - 600, BrokenReason.APPLICATION, refused=REFUSED),
    reported_reset=AT + 1_200,
    observed_requests=(("2xx", 12), ("4xx", 1)),
)

_MOMENTS = st.floats(1_000_000_000, 4_000_000_000, allow_nan=False)
_COUNTS = st.integers(0, 10**12)
_ODD = st.sampled_from(
    ['"', "\\", "\n", '\\"', "\\n", "{}", 'a="b",c="d"', "# HELP", "\r", "\t", " x ", "\0",
     "\ud800", "\N{LINE SEPARATOR}", "日本", "\N{PILE OF POO}", "\N{RIGHT-TO-LEFT OVERRIDE}", "é",
     "e\u0301"]
)  # fmt: skip
NAMES = st.one_of(
    st.text(st.characters(), min_size=1, max_size=12),
    st.lists(st.one_of(_ODD, st.text(max_size=3)), min_size=1, max_size=4).map("".join),
).filter(bool)
_OR_NONE = {
    "expires_at": _MOMENTS,
    "scopes": st.integers(0, 30),
    "observed_at": st.floats(AT - 8_000, AT),
    "timezone": st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"]),
    "success": st.booleans(),
    "duration": st.floats(0, 60) | st.just(1e-9),
    "succeeded_at": _MOMENTS,
    "refresh_expires_at": _MOMENTS,
    "broken": st.builds(Broken, _MOMENTS, st.sampled_from(BrokenReason)),
    "next_probe_at": _MOMENTS,
    "reported_reset": _MOMENTS,
    "other_window": st.floats(1, 90_000),
    "provider": st.sampled_from(["fitbit", "google-health", 'odd "one"\\']),
    "verdict": st.sampled_from(Verdict),
    "usable": st.booleans(),
}
_RESETS = st.builds(
    lambda seconds, zone: (NOW + timedelta(seconds=seconds)).astimezone(ZoneInfo(zone)),
    st.integers(-4_000, 4_000),
    st.sampled_from(["UTC", "Asia/Kolkata"]),
)
QUOTAS = st.builds(
    Quota,
    st.sampled_from(["minute", "hour", "15s"]),
    st.none() | _COUNTS,
    st.none() | _COUNTS,
    st.none() | _RESETS,
    st.sampled_from(["headers", "documented"]),
)
_SYNCS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1))  # noqa: DTZ001 - written without a zone
_LOCAL = st.builds(lambda at: (at.isoformat(), "account-local"), _SYNCS)
_IN_UTC = st.builds(lambda at: (f"{at.isoformat()}Z", "utc"), _SYNCS)
DEVICES = st.builds(
    lambda name, percent, sync: Device(name, None, None, percent, *sync),
    st.sampled_from(["Charge 5", "Charge 5 (2)"]) | NAMES,
    st.none() | st.integers(0, 100),
    st.just((None, None)) | _LOCAL | _IN_UTC,
)
STATES = st.builds(
    AccountState,
    name=NAMES,
    quota=st.lists(QUOTAS, max_size=3).map(tuple),
    devices=st.lists(DEVICES, max_size=4).map(tuple),
    probes=st.dictionaries(st.sampled_from(ProbeResult), _COUNTS),
    refreshes=st.just({}) | st.fixed_dictionaries(dict.fromkeys(RefreshResult, _COUNTS)),
    skipped=st.dictionaries(st.sampled_from(SkipReason), _COUNTS),
    source_unread=st.booleans(),
    declared=st.none(),
    observed_requests=st.dictionaries(st.sampled_from(["2xx", "3xx", "4xx", "5xx"]), _COUNTS).map(
        lambda counts: tuple(sorted(counts.items()))
    ),
    verdicts=st.lists(st.sampled_from(Verdict), unique=True, max_size=4).map(tuple),
    **{key: st.none() | values for key, values in _OR_NONE.items()},
)
EXPORTERS = st.builds(
    ExporterInfo, st.booleans(), _MOMENTS, st.text("0123456789.dev+", min_size=1), st.just("3.11")
)


def account(number: int, turn: int = 0) -> AccountState:
    """Return one of many accounts: half of them have a quota and a device.

    Each ``turn`` is what one more probe, twenty minutes later, makes of it.
    """
    probed_at = AT + 1_200 * turn + number * 0.037
    known = AccountState(
        name=f"participant-{number:05}",
        verdict=Verdict.VALID,
        usable=True,
        expires_at=AT + 25_200 + number,
        scopes=3 + number % 4,
        success=True,
        duration=0.08 + number % 97 / 1_000,
        probed_at=probed_at,
        succeeded_at=probed_at,
        next_probe_at=probed_at + 1_200,
        probes={ProbeResult.SUCCESS: 12 + turn},
        verdicts=(Verdict.VALID,),
    )
    if number % 2:
        return known._replace(
            provider="google-health", quota=(Quota("minute", 300, None, None, "documented"),)
        )
    reset = datetime.fromtimestamp(AT + 3_600 * (1 + turn // 3) + number % 3_600, UTC)
    synced = datetime.fromtimestamp(probed_at - 700, UTC).replace(tzinfo=None)
    return known._replace(
        provider="fitbit",
        quota=(Quota("hour", 150, 150 - (number + turn) % 40, reset, "headers"),),
        observed_at=probed_at,
        devices=(
            Device("Charge 5", None, None, 40 + (number + turn) % 60,
                   synced.isoformat(timespec="milliseconds"), "account-local"),
        ),
        timezone="Europe/Berlin",
        skipped={SkipReason.BUDGET: 1} if number % 10 == 0 else {},
    )  # fmt: skip
