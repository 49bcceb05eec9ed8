"""The folders: each lists about a dozen entries, and those of the tests are as the package's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.suite.imports import PACKAGE, ROOMS

_TESTS = ROOT / "tests"
# Names that Python and the tools write or read by themselves.
_NO_ENTRIES = {"__init__.py", "__main__.py", "__pycache__", "py.typed"}
_MOST_ENTRIES = 14
_MOST_LINES = 300
# It holds the ready-made declarations, and a command writes it.
_COMPILED = {"ready_made.py"}
# One for each room, and what concerns all of them: fixtures, helpers, this file, the whole program.
_MOST_ENTRIES_OF_TESTS = 17


def _folders() -> Iterator[Path]:
    for start in (PACKAGE, _TESTS, *(ROOT / name for name in ("benchmarks", "docs", "grafana"))):
        yield start
        for path in sorted(start.rglob("*")):
            parts = path.relative_to(start).parts
            if path.is_dir() and not any(p in _NO_ENTRIES or p.startswith(".") for p in parts):
                yield path


def test_a_folder_lists_about_a_dozen_entries() -> None:
    counts = {str(folder.relative_to(ROOT)): _count_entries(folder) for folder in _folders()}
    most = {"tests": _MOST_ENTRIES_OF_TESTS}
    assert {} == {
        folder: count for folder, count in counts.items() if count > most.get(folder, _MOST_ENTRIES)
    }


def test_a_module_has_at_most_300_lines() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    long_ones = {path.name for path, length in lengths.items() if length > _MOST_LINES}
    assert _COMPILED == long_ones


def _count_entries(folder: Path) -> int:
    entries = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    return len(entries - _NO_ENTRIES)


@pytest.mark.parametrize("room", ROOMS)
def test_the_tests_of_a_room_lie_as_its_modules_do(room: str) -> None:
    assert (_TESTS / room).is_dir()
    stems = {path.stem for path in (PACKAGE / room).rglob("*")}
    for test in (_TESTS / room).rglob("test_*.py"):
        # A folder of the room, or a module that has several files of tests.
        place = PACKAGE / test.parent.relative_to(_TESTS)
        assert place.is_dir() or place.with_suffix(".py").is_file(), f"{test} tests no module"
        inside = place.iterdir() if place.is_dir() else ()
        here = {place.name, *(path.stem for path in inside)}
        name = test.stem.removeprefix("test_")
        assert name not in stems - here, f"{test} lies elsewhere than the module {name}"
