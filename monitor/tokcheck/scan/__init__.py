"""Finding pasted tokens in files, in what is staged, and in the history of a repository."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.scan.detect.searcher import Searcher
    from tokcheck.scan.finding import Chunk, Finding, Unreadable
    from tokcheck.scan.ignore.baseline import Baseline, BaselineEntry
    from tokcheck.scan.ignore.gitignore import Globs
    from tokcheck.scan.settings import ScanSettings

__all__ = [
    "Baseline",
    "BaselineEntry",
    "Chunk",
    "Finding",
    "Globs",
    "ScanSettings",
    "Searcher",
    "Unreadable",
]

_MODULES = {
    "Baseline": "tokcheck.scan.ignore.baseline",
    "BaselineEntry": "tokcheck.scan.ignore.baseline",
    "Finding": "tokcheck.scan.finding",
    "Globs": "tokcheck.scan.ignore.gitignore",
    "Chunk": "tokcheck.scan.finding",
    "ScanSettings": "tokcheck.scan.settings",
    "Searcher": "tokcheck.scan.detect.searcher",
    "Unreadable": "tokcheck.scan.finding",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export

    return load_export(__name__, _MODULES, name)
