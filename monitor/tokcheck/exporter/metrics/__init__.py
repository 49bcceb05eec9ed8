"""The metrics of all accounts, as a Prometheus or OpenMetrics exposition."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.metrics.exposition import Exposition
    from tokcheck.exporter.metrics.families import FAMILIES, MetricType

__all__ = ["FAMILIES", "Exposition", "MetricType"]

_MODULES = {
    "Exposition": "tokcheck.exporter.metrics.exposition",
    "FAMILIES": "tokcheck.exporter.metrics.families",
    "MetricType": "tokcheck.exporter.metrics.families",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
