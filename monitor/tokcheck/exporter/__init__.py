"""The exporter: accounts, the schedule of their probes, their state, and its display."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.assembly import ExporterSettings
    from tokcheck.exporter.prober import Prober

__all__ = ["ExporterSettings", "Prober"]

_MODULES = {
    "ExporterSettings": "tokcheck.exporter.assembly",
    "Prober": "tokcheck.exporter.prober",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
