"""A report as JSON: the schema ``tokcheck.report/1``, in which every key is always present."""

import json
from datetime import datetime
from typing import Any

from tokcheck.core.escape import json_without_commands
from tokcheck.core.report import Report

SCHEMA = "tokcheck.report/1"


def to_object(report: Report) -> dict[str, Any]:
    """Return the report as JSON values; times are RFC 3339 in UTC."""
    credential, claims, probe = report.credential, report.claims, report.probe
    return {
        "schema": SCHEMA,
        "verdict": report.verdict.value,
        "usable": report.usable,
        "summary": report.summary,
        "advice": list(report.advice),
        "provider": report.provider,
        "credential": {
            "kind": credential.kind.value if credential else None,
            "fingerprint": credential.secret.fingerprint if credential else None,
            "length": len(credential.secret) if credential else None,
            "masked": credential.secret.masked if credential else None,
        },
        "cleaned": list(report.cleaned),
        "claims": {
            "client_id": claims.client_id,
            "user_id": claims.user_id,
            "issued_at": _rfc3339(claims.issued_at),
            "expires_at": _rfc3339(claims.expires_at),
            "lifetime_seconds": claims.lifetime_seconds,
        }
        if claims
        else None,
        "expires_in_seconds": report.expires_in_seconds,
        "clock_skew_seconds": report.clock_skew_seconds,
        "scopes": [scope._asdict() for scope in report.scopes],
        "probe": {
            "requests": probe.requests,
            "status": probe.status,
            "error": probe.error._asdict() if probe.error else None,
            "duration_seconds": round(probe.duration_seconds, 3),
        }
        if probe
        else None,
        "quota": [
            {
                "window": quota.window,
                "limit": quota.limit,
                "remaining": quota.remaining,
                "reset_at": _rfc3339(quota.reset_at),
                "reset_in_seconds": _seconds(quota.reset_at, report.checked_at),
                "source": quota.source,
            }
            for quota in report.quota
        ],
        "explains": {
            "provider": report.explains.provider,
            "verdict": report.explains.verdict.value,
            "summary": report.explains.summary,
            "advice": list(report.explains.advice),
        }
        if report.explains
        else None,
        "devices": [device._asdict() for device in report.devices],
    }


def render(report: Report, *, indent: int | None = 2) -> str:
    """Return the report as JSON text; with ``indent`` ``None`` on one line."""
    return json_without_commands(json.dumps(to_object(report), indent=indent))


def _rfc3339(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _seconds(moment: datetime | None, now: datetime) -> int | None:
    return None if moment is None else max(0, round((moment - now).total_seconds()))
