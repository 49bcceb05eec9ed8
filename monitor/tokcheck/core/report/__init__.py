"""The value types of a report, the result of one check. All times are aware, in UTC."""

from tokcheck.core.report.probe_outcome import Claims, Device, Outcome, ProbeError, Verdict
from tokcheck.core.report.quotas import (
    UNKNOWN_WINDOW,
    Quota,
    is_still_known,
    keep_known_numbers,
    limit_reset,
    outlasts_reset,
    refusal_end,
    window_of,
)
from tokcheck.core.report.report import (
    SCHEMA,
    ErrorExplanation,
    Probe,
    Report,
    ReportedCredential,
    Scope,
    Successor,
    describe_credential,
)

__all__ = [
    "SCHEMA",
    "UNKNOWN_WINDOW",
    "Claims",
    "Device",
    "ErrorExplanation",
    "Outcome",
    "Probe",
    "ProbeError",
    "Quota",
    "Report",
    "ReportedCredential",
    "Scope",
    "Successor",
    "Verdict",
    "describe_credential",
    "is_still_known",
    "keep_known_numbers",
    "limit_reset",
    "outlasts_reset",
    "refusal_end",
    "window_of",
]
