"""The state of an account as the ledger stores it: its facts as JSON, without any sentence."""

from collections.abc import Mapping
from functools import cache
from math import inf
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from tokcheck.core.documents import parse_json
from tokcheck.exporter.state.account_state import AccountState

# Sentences are rendered when they are shown, and the store of accounts says at every read why a
# grant cannot be refreshed. The JSON lists the fields in order, so the defaults take their places.
_UNSTORED: Mapping[str, Any] = MappingProxyType(
    {
        name: AccountState._field_defaults[name]
        for name in (
            "finding",
            "advice",
            "source_error",
            "broken",
            "refresh_limit",
            "source_unread",
            "record_unread",
            "declared",
        )
    }
)


def dump_state(state: AccountState) -> bytes:
    """Return a state as it is stored."""
    plain = state._replace(
        probes=dict(state.probes),
        skipped=dict(state.skipped),
        refreshes=dict(state.refreshes),
        **_UNSTORED,
    )
    return _adapter().dump_json(plain)


def load_state(body: bytes | str) -> AccountState | None:
    """Return a stored state; ``None`` if this version of tokcheck cannot read it.

    Earlier versions stored sentences, which are dropped, and lacked the last fields.
    """
    try:
        fields = parse_json(body if isinstance(body, str) else body.decode())
        for name, value in _UNSTORED.items():
            place = AccountState._fields.index(name)
            if place < len(fields):
                fields[place] = value
        state = _adapter().validate_python(fields)
        if not all(0 < quota.window_seconds < inf for quota in state.quota):
            return None
    # The others are of a row of another type, and of a default that cannot be copied.
    except (ValueError, AttributeError, TypeError):
        return None
    return state._replace(
        probes=MappingProxyType(state.probes),
        skipped=MappingProxyType(state.skipped),
        refreshes=MappingProxyType(state.refreshes),
    )


@cache
def _adapter() -> TypeAdapter[AccountState]:
    return TypeAdapter(AccountState)
