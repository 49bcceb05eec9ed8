"""The accounts as JSON: the schema ``tokcheck.watch/1``, in which every key is always present.

Times are RFC 3339 in UTC, and ``null`` where nothing is known. No value contains a token.
"""

import json
from math import ceil
from typing import Any

from tokcheck.core.escape import json_without_commands
from tokcheck.core.humanize import format_rfc3339, moment_in_utc
from tokcheck.core.report import Quota
from tokcheck.exporter.display.account_view import AccountView
from tokcheck.exporter.display.overview import Overview
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.severity import is_past_reset, shown_verdict

SCHEMA = "tokcheck.watch/1"


def render(overview: Overview, *, indent: int | None = 2) -> str:
    """Return the selected accounts as JSON text; with ``indent`` ``None`` on one line."""
    return json_without_commands(json.dumps(to_object(overview), indent=indent))


def to_object(overview: Overview) -> dict[str, Any]:
    """Return the selected accounts, the worst first, and the totals of all, as JSON values."""
    return {
        "schema": SCHEMA,
        "at": _rfc3339(overview.now),
        "totals": {
            "accounts": len(overview.ranked),
            "critical": overview.problems,
            "warning": overview.warnings,
            "by_severity": {level.word: count for level, count in overview.counts.items()},
        },
        "accounts": [_account(view, overview.now) for view in overview.views(overview.selected)],
    }


def _account(view: AccountView, now: float) -> dict[str, Any]:
    state, remedy, shown = view.state, view.remedy, shown_verdict(view.state)
    grant = () if view.broken is None else (view.broken,)
    return {
        "name": state.name,
        "provider": state.provider,
        "severity": view.severity.word,
        "alert": view.severity.alert,
        "verdict": shown and shown.value,
        "usable": state.usable,
        "words": view.words,
        "summary": " ".join([view.summary.sentence, *(each.sentence for each in grant)]).strip(),
        "advice": [*(each.hint for each in grant), *view.summary.advice],
        "source_error": state.source_error or None,
        "remedy": {
            "needs": remedy.needs,
            "why": remedy.why,
            "by": _rfc3339(remedy.by),
            "command": remedy.command,
        }
        if remedy
        else None,
        "expires_at": _rfc3339(state.expires_at),
        "expires_in_seconds": _seconds(state.expires_at, now),
        "consent_ends_at": _rfc3339(state.refresh_expires_at),
        "refresh_not_before": _rfc3339(view.refresh_not_before),
        "scopes": state.scopes,
        "quota": [_quota(quota, state, now) for quota in state.quota],
        "quota_window": view.quota and view.quota.window,
        "quota_runs_out_at": _rfc3339(view.runs_out_at),
        "quota_history": [
            {"at": _rfc3339(point.at), "remaining": point.remaining}
            for point in (state.history_of(view.quota).trail if view.quota else ())
        ],
        "last_refusal": state.last_refusal
        and {
            "at": _rfc3339(state.last_refusal.at),
            "limits": list(state.last_refusal.limits),
        },
        "devices": [device._asdict() for device in state.devices],
        "probe": {
            "success": state.success,
            "at": _rfc3339(state.probed_at),
            "last_success_at": _rfc3339(state.succeeded_at),
            "next_at": _rfc3339(state.next_probe_at),
            "waiting": state.waiting and state.waiting.value,
            "paused_until": _rfc3339(_future(state.pause_until, now)),
            "requests": {result.value: count for result, count in state.probes.items()},
            "skipped": {reason.value: count for reason, count in state.skipped.items()},
        },
        "refreshes": {result.value: count for result, count in state.refreshes.items()},
    }


def _quota(quota: Quota, state: AccountState, now: float) -> dict[str, Any]:
    """Return a window; past its reset, the number of requests left is unknown."""
    is_known = not is_past_reset(quota, state, now)
    reset = None if quota.reset_at is None or not is_known else quota.reset_at.timestamp()
    return {
        "window": quota.window,
        "window_seconds": round(quota.window_seconds) if quota.is_length_known else None,
        "unit": quota.unit,
        "limit": quota.limit,
        "remaining": quota.remaining if is_known else None,
        "reset_at": _rfc3339(reset),
        "reset_in_seconds": _seconds(reset, now),
        "source": quota.source,
        "observed_at": _rfc3339(state.observed_at_of(quota)),
    }


def _future(moment: float | None, now: float) -> float | None:
    return None if moment is None or moment <= now else moment


def _rfc3339(moment: float | None) -> str | None:
    when = None if moment is None else moment_in_utc(moment)
    return None if when is None else format_rfc3339(when)


def _seconds(moment: float | None, now: float) -> int | None:
    """Return whole seconds: 0 is never ahead."""
    known = None if moment is None else moment_in_utc(moment)
    return None if known is None else ceil(known.timestamp() - now)
