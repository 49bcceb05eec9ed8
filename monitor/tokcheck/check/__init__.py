"""The check of one paste, its verdict, and the report as text and as JSON."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.check.checker import Checker
    from tokcheck.check.requirements import Requirements
    from tokcheck.check.verdict import Conclusion, conclude_from_outcome, exit_code

__all__ = ["Checker", "Conclusion", "Requirements", "conclude_from_outcome", "exit_code"]

_MODULES = {
    "Checker": "tokcheck.check.checker",
    "Conclusion": "tokcheck.check.verdict",
    "Requirements": "tokcheck.check.requirements",
    "conclude_from_outcome": "tokcheck.check.verdict",
    "exit_code": "tokcheck.check.verdict",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
