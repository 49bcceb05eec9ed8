"""The origin of an account's facts: the servers that were probed, and the counting window.

A refusal of one server says nothing about another, and a count of one window nothing about a window
of another length. The token itself is in the version of the account's text.
"""

import json
from collections.abc import Sequence
from hashlib import sha256

from tokcheck.exporter.state.account_state import AccountState


def probe_origin(addresses: Sequence[str], window: float | None) -> str:
    """Return a hash of the base addresses of a provider and of the window's length in seconds.

    Without a window it is one of the servers alone.
    """
    return sha256(json.dumps([*addresses, window]).encode()).hexdigest()[:16]


def apply_origin(state: AccountState, origin: str) -> AccountState:
    """Return the state for probes of this origin; facts of another one are dropped.

    The counters stay, and so do facts of an origin that an older ledger does not name, unless the
    token was refused. Of the quota, the limit stays for the budget.
    """
    if state.origin == origin:
        return state
    is_refused = state.usable is False and state.probed_verdict is not None
    if not state.origin and not is_refused:
        return state._replace(origin=origin)
    limits = [quota.limit for quota in state.quota if quota.limit is not None]
    return state._replace(
        origin=origin,
        former_limit=min(limits, default=state.former_limit),
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
