"""The state of each watched account, and its transitions."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.state.account_state import (
        AccountState,
        ExporterInfo,
        Observation,
        ProbePlan,
        ProbeResult,
        RefreshResult,
        SkipReason,
    )
    from tokcheck.exporter.state.budget_subject import is_user_subject
    from tokcheck.exporter.state.severity import Severity, assess_severity

__all__ = [
    "AccountState",
    "ExporterInfo",
    "Observation",
    "ProbePlan",
    "ProbeResult",
    "RefreshResult",
    "Severity",
    "SkipReason",
    "assess_severity",
    "is_user_subject",
]

_MODULES = {
    "AccountState": "tokcheck.exporter.state.account_state",
    "ExporterInfo": "tokcheck.exporter.state.account_state",
    "Observation": "tokcheck.exporter.state.account_state",
    "ProbePlan": "tokcheck.exporter.state.account_state",
    "ProbeResult": "tokcheck.exporter.state.account_state",
    "RefreshResult": "tokcheck.exporter.state.account_state",
    "Severity": "tokcheck.exporter.state.severity",
    "SkipReason": "tokcheck.exporter.state.account_state",
    "assess_severity": "tokcheck.exporter.state.severity",
    "is_user_subject": "tokcheck.exporter.state.budget_subject",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
