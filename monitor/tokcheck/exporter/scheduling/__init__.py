"""When a probe is sent: the planner, backoff, the budget and the timer queue."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.scheduling.budget import RecentSpend

__all__ = ["RecentSpend"]

_MODULES = {
    "RecentSpend": "tokcheck.exporter.scheduling.budget",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
