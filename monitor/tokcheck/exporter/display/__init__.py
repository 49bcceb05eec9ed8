"""The accounts as they are shown: one model for the page, the terminal and JSON."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.display.overview import AccountFilter, Overview, build_overview

__all__ = ["AccountFilter", "Overview", "build_overview"]

_MODULES = {
    "Overview": "tokcheck.exporter.display.overview",
    "AccountFilter": "tokcheck.exporter.display.overview",
    "build_overview": "tokcheck.exporter.display.overview",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
