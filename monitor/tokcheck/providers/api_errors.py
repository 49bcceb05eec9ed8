"""One error of a response, and how Google's APIs write it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tokcheck.core.redact import redact
from tokcheck.core.report import ProbeError
from tokcheck.core.secret import Secret


class ApiError(NamedTuple):
    """One error of a response, redacted.

    ``type`` is Fitbit's errorType, Google's reason, or its status word where there is no reason;
    ``details`` are the strings of ``ErrorInfo.metadata`` and a RetryInfo's ``retryDelay``;
    ``violations`` are those of a QuotaFailure.
    """

    type: str | None
    message: str | None
    details: dict[str, str]
    violations: tuple[Mapping[str, str], ...] = ()

    @property
    def probe_error(self) -> ProbeError:
        """The error as the report shows it, without details."""
        return ProbeError(self.type, self.message)


def parse_google_error(error: dict[str, Any], secrets: tuple[Secret, ...]) -> ApiError:
    """Return the error of a ``google.rpc.Status``."""
    reason: str | None = None
    details: dict[str, str] = {}
    violations: list[Mapping[str, str]] = []
    entries = error.get("details")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        kind = str(entry.get("@type", ""))
        if kind.endswith("google.rpc.ErrorInfo"):
            reason = reason or short_text(entry.get("reason"), secrets)
            metadata = entry.get("metadata")
            if isinstance(metadata, dict):
                details |= {
                    str(key): redact(value, *secrets)
                    for key, value in metadata.items()
                    if isinstance(value, str)
                }
        elif kind.endswith("google.rpc.RetryInfo"):
            details["retryDelay"] = short_text(entry.get("retryDelay"), secrets) or ""
        elif kind.endswith("google.rpc.QuotaFailure"):
            violations += _parse_violations(entry.get("violations"), secrets)
    older = error.get("errors")  # older Google services: error.errors[].reason
    if reason is None and isinstance(older, list) and older and isinstance(older[0], dict):
        reason = short_text(older[0].get("reason"), secrets)
    word = reason or short_text(error.get("status"), secrets)
    message = redacted_message(error.get("message"), secrets)
    return ApiError(word, message, details, tuple(violations))


def _parse_violations(value: object, secrets: tuple[Secret, ...]) -> list[Mapping[str, str]]:
    """Return the texts and the whole numbers of each violation; JSON writes an int64 as either."""
    return [
        {
            str(key): redact(str(field), *secrets)[:200]
            for key, field in entry.items()
            if isinstance(field, str | int) and not isinstance(field, bool)
        }
        for entry in (value if isinstance(value, list) else [])
        if isinstance(entry, dict)
    ]


def short_text(value: object, secrets: tuple[Secret, ...]) -> str | None:
    """Return a redacted word; ``None`` if the value is no text."""
    return redact(value, *secrets)[:100] if isinstance(value, str) and value.strip() else None


def redacted_message(value: object, secrets: tuple[Secret, ...]) -> str | None:
    """Return a redacted text; ``None`` if the value is none."""
    return redact(value, *secrets) if isinstance(value, str) and value.strip() else None
