"""The documentation names files and modules that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT

_PACKAGE = ROOT / "monitor" / "tokcheck"
_PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*)`")
_MODULE = re.compile(r"\btokcheck(?:\.\w+){2,}")
# Names that a reader replaces, and files that a build makes.
_NO_FILES = {"NAME.py", ".site"}
_GIT = ".git/"


def _pages() -> Iterator[Path]:
    yield from sorted((ROOT / "docs").rglob("*.md"))
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted(ROOT.glob("*/README.md"))


def _is_there(path: str, page: Path) -> bool:
    """Return whether a path is one of the package, of the repository or beside the page."""
    if path.startswith(_GIT):
        return True
    words = path.rstrip("/").split("/")
    first, last = words[0], words[-1]
    is_own = (_PACKAGE / first).is_dir() or (ROOT / first).is_dir()
    places = (_PACKAGE / path, ROOT / path, ROOT / "monitor" / path, page.parent / path)
    return not is_own or last in _NO_FILES or any(place.exists() for place in places)


def _is_module(name: str) -> bool:
    """Return whether a dotted name is a module, or a name in one, or a member of that."""
    parts = name.split(".")
    paths = (
        ROOT.joinpath("monitor", *parts[:end]) for end in range(len(parts), len(parts) - 3, -1)
    )
    return any(path.is_dir() or path.with_suffix(".py").is_file() for path in paths)


def test_every_path_of_a_page_exists() -> None:
    assert [] == [
        f"{page.relative_to(ROOT)}: {path}"
        for page in _pages()
        if page.name != "CHANGELOG.md"
        for path in _PATH.findall(page.read_text("utf-8"))
        if not _is_there(path, page)
    ]


def test_every_module_of_a_page_exists() -> None:
    assert [] == [
        f"{page.relative_to(ROOT)}: {name}"
        for page in _pages()
        if page.name != "CHANGELOG.md"
        for name in _MODULE.findall(page.read_text("utf-8"))
        if not _is_module(name)
    ]


def test_a_page_with_a_module_that_is_gone_is_noticed() -> None:
    page = ROOT / "docs" / "index.md"
    assert _is_there("paste/finder/", page)
    assert not _is_there("paste/label_gap.py", page)
    assert _is_module("tokcheck.core.report.Quota")
    assert not _is_module("tokcheck.accounts.fault.Loss.of")
