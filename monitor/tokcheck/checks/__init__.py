"""The check of one paste, its verdict, and the report as text and as JSON."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.checks.checker import Checker
    from tokcheck.checks.requirements import Requirements
    from tokcheck.checks.verdict import Conclusion, conclude_from_outcome, exit_code

__all__ = ["Checker", "Conclusion", "Requirements", "conclude_from_outcome", "exit_code"]

_MODULES = {
    "Checker": "tokcheck.checks.checker",
    "Conclusion": "tokcheck.checks.verdict",
    "Requirements": "tokcheck.checks.requirements",
    "conclude_from_outcome": "tokcheck.checks.verdict",
    "exit_code": "tokcheck.checks.verdict",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
