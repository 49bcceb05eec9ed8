"""The origin of an account's facts: the servers that were probed, and the counting window.

A refusal of one server says nothing about another, and a count of one window nothing about a window
of another length. The token itself is in the version of the account's text.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from tokcheck.core.report import Quota
from tokcheck.exporter.state.account_state import AccountState

_SOON_SECONDS = 1.0  # until a probe shows the quota by the new window


class ProbeOrigin(NamedTuple):
    """The servers that an account is probed at, and the length of its window."""

    servers: str
    """As :func:`hash_servers` returns it."""
    window: float
    """In seconds."""
    former: str
    """The hash of both, as the ledgers of earlier versions have it."""


def hash_servers(addresses: Sequence[str]) -> str:
    """Return a hash of the base addresses of a provider."""
    return _hash(addresses, None)


def probe_origin(addresses: Sequence[str], window: float) -> ProbeOrigin:
    """Return the origin of the base addresses of a provider and a window's length in seconds."""
    return ProbeOrigin(hash_servers(addresses), window, _hash(addresses, window))


def _hash(addresses: Sequence[str], window: float | None) -> str:
    return sha256(json.dumps([*addresses, window]).encode()).hexdigest()[:16]


def apply_origin(state: AccountState, origin: ProbeOrigin | None, now: float) -> AccountState:
    """Return the state for probes of this origin at ``now``; facts of another one are set aside.

    Those of another server are all but the counters, and of the quota, the limit stays for the
    budget. So do facts of an origin that an older ledger does not name, unless the token was
    refused. Of another window it is the quota in it. Without a known provider, all facts stay.
    """
    if origin is None or (state.origin, state.counting_window) == origin[:2]:
        return state
    same = state._replace(origin=origin.servers, counting_window=origin.window)
    is_refused = state.usable is False and state.probed_verdict is not None
    if state.origin == origin.former or (not state.origin and not is_refused):
        return same
    if state.origin == origin.servers:
        return _set_window_aside(state, same, now)
    return _set_all_aside(same)


def _set_window_aside(before: AccountState, after: AccountState, now: float) -> AccountState:
    """Set aside the quota in the user's window of the length by which requests were counted.

    The rest was not counted by it. The next probe is sent soon, if the last one found all well.
    """
    length = before.counting_window
    outdated = [each for each in before.quota if each.owner == "user"]
    outdated = [each for each in outdated if length is None or each.window_seconds == length]
    if not outdated:
        return after
    kept = tuple(each for each in before.quota if each not in outdated)
    first = before.history_of(kept[0]) if kept else None
    is_first = bool(kept) and kept[0] == before.quota[0]
    is_well = before.usable is True and not before.failures
    return after._replace(
        quota=kept,
        observed_at=first.observed_at if first else None,
        history=first.history if first else (),
        trail=first.trail if first else (),
        further_histories=tuple(map(before.history_of, kept[1:])),
        former_limit=_lowest_limit(outdated, before.former_limit),
        reset_lag=before.reset_lag if is_first else 0.0,
        reported_reset=before.reported_reset if is_first else None,
        other_window=before.other_window if is_first else None,
        next_probe_at=now + _SOON_SECONDS if is_well else before.next_probe_at,
    )


def _set_all_aside(state: AccountState) -> AccountState:
    return state._replace(
        former_limit=_lowest_limit(state.quota, state.former_limit),
        verdict=None,
        usable=None,
        finding="",
        advice=(),
        expires_at=None,
        scopes=None,
        quota=(),
        observed_at=None,
        traffic_at=None,
        history=(),
        trail=(),
        further_histories=(),
        devices=(),
        success=None,
        failures=0,
        next_probe_at=None,
        waiting=None,
        probed_verdict=None,
        unchanged_probes=0,
        reset_lag=0.0,
        status=None,
        error_type="",
        pause_until=None,
        last_refusal=None,
        expiry_is_counted=False,
        expiry_age=None,
        reported_reset=None,
        other_window=None,
    )


def _lowest_limit(quotas: Sequence[Quota], known: int | None) -> int | None:
    limits = [quota.limit for quota in quotas if quota.limit is not None]
    return min(limits, default=known)
