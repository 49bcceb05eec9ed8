"""What is scanned: files, archives, and what git has staged or committed."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.scan.sources.chunks import MemorySource, Name, Source

__all__ = ["MemorySource", "Name", "Source"]

_MODULES = {
    "MemorySource": "tokcheck.scan.sources.chunks",
    "Name": "tokcheck.scan.sources.chunks",
    "Source": "tokcheck.scan.sources.chunks",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export

    return load_export(__name__, _MODULES, name)
