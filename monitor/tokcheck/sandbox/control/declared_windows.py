"""The windows of declared providers in the control API: from request fields, and as JSON."""

import math
from typing import Any

from tokcheck.sandbox.control.request_fields import (
    Fields,
    read_choice,
    read_integer,
    read_text,
    reject_unknown_fields,
)
from tokcheck.sandbox.state.rate_limits import read_window_length
from tokcheck.sandbox.state.sandbox_state import SandboxState

_MOST = 1_000_000_000
_FORMS = ("current", "draft-07", "draft-06")


def declared_windows(state: SandboxState) -> dict[str, Any]:
    """Return the windows of the declared providers as JSON; nothing if there are none."""
    listed = {
        api.name: [
            {"window": each.label, "limit": each.limit, "seconds": each.seconds}
            for each in state.declared.windows.windows(api)
        ]
        for api in state.declared.all()
    }
    return {"declared": listed} if listed else {}


def set_declared_window(state: SandboxState, provider: str, fields: Fields) -> None:
    """Change the windows of a declared provider; raises :class:`UsageError` for invalid fields.

    ``form`` chooses among the standard rate-limit fields of the IETF's drafts.
    """
    reject_unknown_fields(fields, ("provider", "window", "limit", "length", "form"))
    declared = state.declared
    seconds = None
    if "length" in fields:
        seconds = float(read_window_length("length", read_text(fields, "length")))
    limit = read_integer(fields, "limit", None, (0, _MOST))
    label = read_text(fields, "window") if "window" in fields else ""
    form = read_choice(fields, "form", _FORMS, declared.standard_form)
    if limit is not None or seconds is not None:
        declared.windows.set_window(declared.get(provider), label, limit, seconds)
    declared.standard_form = form


def declared_spending(state: SandboxState) -> list[dict[str, Any]]:
    """Return the use of every window of the declared providers as JSON."""
    return [
        {
            "provider": usage.provider,
            "account": usage.account or None,
            "client_id": usage.client_id,
            "window": usage.numbers.window.label,
            "used": usage.numbers.used,
            "limit": usage.numbers.window.limit,
            "remaining": usage.numbers.remaining,
            "reset_in_seconds": math.ceil(usage.numbers.reset_at - state.now()),
        }
        for api in state.declared.all()
        for usage in state.declared.windows.usage(api)
    ]
