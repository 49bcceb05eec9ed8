"""The ledger of requests: the spend at the providers, kept over restarts."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.exporter.ledger.ledger import Ledger, uptime

__all__ = ["Ledger", "uptime"]

_MODULES = {
    "Ledger": "tokcheck.exporter.ledger.ledger",
    "uptime": "tokcheck.exporter.ledger.ledger",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export  # noqa: PLC0415 - on first use alone

    return load_export(__name__, _MODULES, name)
