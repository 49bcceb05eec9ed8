"""An account's state as samples: a known value becomes a sample, an unknown one is absent.

Nothing stands in for an unknown value, and nothing about a quota window outlives the window.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tokcheck.core.report import Device, Quota
from tokcheck.exporter.state.account_state import AccountState, ProbeResult
from tokcheck.exporter.state.severity import known_until, shown_verdict

# An empty label counts as no label, so an account without a known provider needs a value.
UNKNOWN_PROVIDER = "unknown"

_RESULTS = tuple(ProbeResult)
_SOURCES = {
    "headers": "probe",
    "documented": "documented",
    "observed": "observed",
    "counted": "counted",
}


class Sample(NamedTuple):
    """One value of an account."""

    family: str
    """The name of the metric family."""
    value: float
    label: str | None = None
    """The value of the family's third label; ``None`` if it has only two."""
    more: str | None = None
    """The value of its fourth label."""


def provider_label(state: AccountState) -> str:
    """Return the value of the label ``provider``."""
    return label_value(state.provider or UNKNOWN_PROVIDER)


def account_samples(state: AccountState, now: float) -> list[Sample]:
    """Return the samples of an account at ``now`` (Unix seconds)."""
    return [
        *_token(state),
        *_quotas(state, now),
        *_devices(state),
        *_probes(state),
        *_refreshes(state),
    ]


def next_change(state: AccountState, now: float) -> float | None:
    """Return when the samples of this state change by themselves; ``None`` if never."""
    ends = [end for quota in _windows(state) if (end := known_until(quota, state)) is not None]
    return min((end for end in ends if end > now), default=None)


def label_value(text: str) -> str:
    """Return a text as the value of a label.

    A lone surrogate, which a file name or JSON may contain, has no UTF-8 and is escaped.
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _token(state: AccountState) -> Iterator[Sample]:
    yield Sample("tokcheck_source_readable", int(not state.source_unread))
    shown = shown_verdict(state)
    if shown is not None:
        if state.usable is not None:
            yield Sample("tokcheck_token_valid", int(state.usable))
        for verdict in dict.fromkeys((*state.verdicts, shown)):
            yield Sample("tokcheck_token_verdict", int(verdict is shown), verdict)
    if state.expires_at is not None:
        yield Sample("tokcheck_token_expiry_timestamp_seconds", state.expires_at)
    if state.scopes is not None:
        yield Sample("tokcheck_token_scopes", state.scopes)


def _quotas(state: AccountState, now: float) -> Iterator[Sample]:
    for quota in _windows(state):
        length = quota.window_seconds
        whole = int(length) if length.is_integer() else length
        if quota.is_length_known:
            yield Sample("tokcheck_quota_window_seconds", whole, quota.window)
        yield Sample("tokcheck_quota_source", 1, quota.window, _SOURCES[quota.source])
        is_misfit = state.other_window is not None
        if quota is state.quota[0] and (is_misfit or state.reported_reset is not None):
            yield Sample("tokcheck_quota_window_mismatch", int(is_misfit), quota.window)
        if quota.limit is not None:
            yield Sample("tokcheck_quota_limit_requests", quota.limit, quota.window)
        end = known_until(quota, state)
        if end is None or end <= now:
            continue
        if quota.remaining is not None:
            yield Sample("tokcheck_quota_remaining_requests", quota.remaining, quota.window)
        if quota.reset_at is not None:
            yield Sample("tokcheck_quota_reset_timestamp_seconds", end, quota.window)
        observed_at = state.observed_at_of(quota)
        if observed_at is not None:
            yield Sample("tokcheck_quota_observed_timestamp_seconds", observed_at, quota.window)


def _windows(state: AccountState) -> Iterator[Quota]:
    """Yield the first quota of each window: a second one would repeat the same series."""
    seen: set[str] = set()
    for quota in state.quota:
        if quota.window not in seen:
            seen.add(quota.window)
            yield quota


def _devices(state: AccountState) -> Iterator[Sample]:
    taken: set[str] = set()
    for device in state.devices:
        label = _unique(label_value(device.name), taken)
        taken.add(label)
        if device.battery_percent is not None:
            yield Sample("tokcheck_device_battery_ratio", device.battery_percent / 100, label)
        synced_at = _last_sync(device, state.timezone)
        if synced_at is not None:
            yield Sample("tokcheck_device_last_sync_timestamp_seconds", synced_at, label)


def _unique(name: str, taken: set[str]) -> str:
    """Return the name, with a number if another device has it: ``Charge 5 (2)``."""
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name} ({number})"
    return label


def _last_sync(device: Device, timezone: str | None) -> float | None:
    """Return when a device was last synchronised in Unix seconds; ``None`` if unknown.

    In an hour that occurs twice when clocks are set back, it is taken to be the first.
    """
    if device.last_sync is None or ":" not in device.last_sync:  # a date without a time
        return None
    try:
        when = datetime.fromisoformat(device.last_sync)
        if when.tzinfo is None:
            zone = _zone(device, timezone)
            if zone is None:
                return None
            when = when.replace(tzinfo=zone)
        return when.timestamp()
    except (ValueError, KeyError, OSError):  # no such moment, no such zone
        return None


def _zone(device: Device, timezone: str | None) -> tzinfo | None:
    if device.last_sync_zone == "account-local":
        return None if timezone is None else ZoneInfo(timezone)
    return None if device.last_sync_zone is None else UTC


def _probes(state: AccountState) -> Iterator[Sample]:
    if state.success is not None:
        yield Sample("tokcheck_probe_success", int(state.success))
    if state.duration is not None:
        yield Sample("tokcheck_probe_duration_seconds", state.duration)
    if state.succeeded_at is not None:
        yield Sample("tokcheck_probe_last_success_timestamp_seconds", state.succeeded_at)
    if state.next_probe_at is not None:
        yield Sample("tokcheck_probe_next_timestamp_seconds", state.next_probe_at)
    for result in _RESULTS:  # all from the start: a rate needs the zero before the first count
        yield Sample("tokcheck_probes_total", state.probes.get(result, 0), result)
    for reason, count in state.skipped.items():
        if count:
            yield Sample("tokcheck_probes_skipped_total", count, reason)
    for code_class, count in state.observed_requests:
        yield Sample("tokcheck_observed_requests_total", count, code_class)


def _refreshes(state: AccountState) -> Iterator[Sample]:
    for result, count in state.refreshes.items():
        yield Sample("tokcheck_refresh_total", count, result)
    if state.refresh_expires_at is not None:
        ends = state.refresh_expires_at
        yield Sample("tokcheck_refresh_token_expiry_timestamp_seconds", ends)
    if state.broken is not None:
        broken = state.broken
        yield Sample("tokcheck_refresh_broken_timestamp_seconds", broken.at, broken.reason)
