"""A standing as samples: what is known becomes a value, what is not known is absent.

Nothing stands in for an unknown value, and nothing that was told about a window outlives it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tokcheck.core.report import Device, Quota
from tokcheck.exporter.state.account_state import Result, Standing

# An empty label is the same as none, so an account without a known provider needs a word.
UNKNOWN_PROVIDER = "unknown"

_RESULTS = tuple(Result)
_WINDOW_SECONDS = {"minute": 60.0, "hour": 3600.0}


class Sample(NamedTuple):
    """One value of an account: of which family, and what tells it from others of that family.

    ``apart`` is the value of the family's third label, ``None`` where it has but two.
    """

    family: str
    value: float
    apart: str | None = None


def provider(standing: Standing) -> str:
    """Return the value of the label ``provider``."""
    return shown(standing.provider or UNKNOWN_PROVIDER)


def of_standing(standing: Standing, now: float) -> list[Sample]:
    """Return what is known about an account at ``now`` (Unix seconds)."""
    return [
        *_token(standing),
        *_quotas(standing, now),
        *_devices(standing),
        *_probes(standing),
        *_refreshes(standing),
    ]


def changes_at(standing: Standing, now: float) -> float | None:
    """Return when the samples will be others though the standing is the same; ``None``: never."""
    ends = [end for quota in _windows(standing) if (end := _end(quota, standing)) is not None]
    return min((end for end in ends if end > now), default=None)


def shown(text: str) -> str:
    """Return a text as a label can hold it.

    A lone surrogate, which a file's name or JSON may hold, has no UTF-8 and becomes its escape.
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _token(standing: Standing) -> Iterator[Sample]:
    if standing.verdict is not None:
        if standing.usable is not None:
            yield Sample("tokcheck_token_valid", int(standing.usable))
        for verdict in dict.fromkeys((*standing.verdicts, standing.verdict)):
            yield Sample("tokcheck_token_verdict", int(verdict is standing.verdict), verdict)
    if standing.expires_at is not None:
        yield Sample("tokcheck_token_expiry_timestamp_seconds", standing.expires_at)
    if standing.scopes is not None:
        yield Sample("tokcheck_token_scopes", standing.scopes)


def _quotas(standing: Standing, now: float) -> Iterator[Sample]:
    for quota in _windows(standing):
        if quota.limit is not None:
            yield Sample("tokcheck_quota_limit_requests", quota.limit, quota.window)
        end = _end(quota, standing)
        if end is None or end <= now:
            continue
        if quota.remaining is not None:
            yield Sample("tokcheck_quota_remaining_requests", quota.remaining, quota.window)
        if quota.reset_at is not None:
            yield Sample("tokcheck_quota_reset_timestamp_seconds", end, quota.window)
        if standing.observed_at is not None:
            yield Sample(
                "tokcheck_quota_observed_timestamp_seconds", standing.observed_at, quota.window
            )


def _windows(standing: Standing) -> Iterator[Quota]:
    """Yield the quotas, one of each window: two of one would be the same series twice."""
    seen: set[str] = set()
    for quota in standing.quota:
        if quota.window not in seen:
            seen.add(quota.window)
            yield quota


def _end(quota: Quota, standing: Standing) -> float | None:
    """Return until when that holds which was told of a window; ``None`` where nothing was.

    Without a reset it is over when as much time has passed as a whole window takes.
    """
    if quota.reset_at is not None:
        return quota.reset_at.timestamp()
    if quota.remaining is None or standing.observed_at is None:
        return None
    return standing.observed_at + _WINDOW_SECONDS[quota.window]


def _devices(standing: Standing) -> Iterator[Sample]:
    taken: set[str] = set()
    for device in standing.devices:
        label = _unique(shown(device.name), taken)
        taken.add(label)
        if device.battery_percent is not None:
            yield Sample("tokcheck_device_battery_ratio", device.battery_percent / 100, label)
        synced_at = _synced_at(device, standing.timezone)
        if synced_at is not None:
            yield Sample("tokcheck_device_last_sync_timestamp_seconds", synced_at, label)


def _unique(name: str, taken: set[str]) -> str:
    """Return the name, numbered where another device has it: ``Charge 5 (2)``."""
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name} ({number})"
    return label


def _synced_at(device: Device, timezone: str | None) -> float | None:
    """Return when a device was synchronised, if that is a known instant.

    Of a local hour that the clocks go through twice, the first is taken.
    """
    if device.last_sync is None or ":" not in device.last_sync:  # a day alone is no instant
        return None
    try:
        written = datetime.fromisoformat(device.last_sync)
        if written.tzinfo is None:
            zone = _zone(device, timezone)
            if zone is None:
                return None
            written = written.replace(tzinfo=zone)
        return written.timestamp()
    except (ValueError, KeyError, OSError):  # no such moment, no such zone
        return None


def _zone(device: Device, timezone: str | None) -> tzinfo | None:
    if device.last_sync_zone == "account-local":
        return None if timezone is None else ZoneInfo(timezone)
    return None if device.last_sync_zone is None else UTC


def _probes(standing: Standing) -> Iterator[Sample]:
    if standing.success is not None:
        yield Sample("tokcheck_probe_success", int(standing.success))
    if standing.duration is not None:
        yield Sample("tokcheck_probe_duration_seconds", standing.duration)
    if standing.succeeded_at is not None:
        yield Sample("tokcheck_probe_last_success_timestamp_seconds", standing.succeeded_at)
    if standing.next_probe_at is not None:
        yield Sample("tokcheck_probe_next_timestamp_seconds", standing.next_probe_at)
    for result in _RESULTS:  # all from the start: a rate needs the zero before the first one
        yield Sample("tokcheck_probes_total", standing.probes.get(result, 0), result)
    for reason, count in standing.skipped.items():
        if count:
            yield Sample("tokcheck_probes_skipped_total", count, reason)


def _refreshes(standing: Standing) -> Iterator[Sample]:
    for result, count in standing.refreshes.items():
        yield Sample("tokcheck_refresh_total", count, result)
    if standing.refresh_expires_at is not None:
        ends = standing.refresh_expires_at
        yield Sample("tokcheck_refresh_token_expiry_timestamp_seconds", ends)
