"""The engine: its schedule, and the turn of one account."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.engine.engine import Engine
    from tokcheck.exporter.engine.parts import Parts

__all__ = ["Engine", "Parts"]

_MODULES = {
    "Engine": "tokcheck.exporter.engine.engine",
    "Parts": "tokcheck.exporter.engine.parts",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
