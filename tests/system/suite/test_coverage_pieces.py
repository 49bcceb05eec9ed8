"""Coverage data that processes leave behind: torn files do not end the run of the tests."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import coverage
import pytest

from tests.support.paths import ROOT
from tests.support.suite.coverage_pieces import find_torn_pieces

_PAGE = 4096
_BTREE_HEADER = _PAGE  # of the second page: the first one begins with the file's own header


@pytest.fixture
def piece(tmp_path: Path) -> Path:
    """A whole piece beside the file that it is to be combined into."""
    data = coverage.CoverageData(str(tmp_path / ".coverage"), suffix="whole")
    data.add_arcs({f"/package/module_{n}.py": {(a, a + 1) for a in range(200)} for n in range(50)})
    data.close()
    (found,) = tmp_path.iterdir()
    assert found.stat().st_size > 20 * _PAGE
    return found


def combine(piece: Path) -> None:
    """Combine a piece as pytest-cov does."""
    combined = coverage.CoverageData(no_disk=True)
    data = coverage.CoverageData(str(piece), read_only=True)
    try:
        combined.update(data)
    finally:
        data.close(force=True)
        combined.close(force=True)


def test_a_whole_piece_is_kept(piece: Path, tmp_path: Path) -> None:
    combine(piece)
    assert [] == find_torn_pieces(tmp_path / ".coverage")


def test_other_files_are_no_pieces(tmp_path: Path) -> None:
    for name in (".coverage", ".coveragerc", ".coverage.whole-journal", "coverage.xml"):
        (tmp_path / name).write_bytes(b"SQLite format 3\0")
    assert [] == find_torn_pieces(tmp_path / ".coverage")


@pytest.mark.parametrize("pages", [0, 1, 2, 9, 19.5])
def test_a_piece_that_is_cut_off_is_torn(piece: Path, tmp_path: Path, pages: float) -> None:
    os.truncate(piece, int(pages * _PAGE))
    with pytest.raises(coverage.CoverageException):
        combine(piece)
    assert [piece] == find_torn_pieces(tmp_path / ".coverage")


def test_a_piece_without_all_of_its_tables_is_torn(piece: Path, tmp_path: Path) -> None:
    """A file that is created table by table may end between two of them."""
    database = sqlite3.connect(piece)
    database.execute("DROP TABLE tracer")
    database.close()
    with pytest.raises(coverage.CoverageException):
        combine(piece)
    assert [piece] == find_torn_pieces(tmp_path / ".coverage")


@pytest.mark.parametrize("at", [0, 16, 100, _BTREE_HEADER, _BTREE_HEADER + 3])
def test_a_piece_with_a_wrong_bit_is_torn(piece: Path, tmp_path: Path, at: int) -> None:
    damaged = bytearray(piece.read_bytes())
    damaged[at] ^= 0b1000_0000
    piece.write_bytes(damaged)
    assert [piece] == find_torn_pieces(tmp_path / ".coverage")


_PACKAGE = "def double(number):\n    return 2 * number\n"
_TESTS = """
import os, shutil, subprocess, sys
from pathlib import Path

import measured_package

_SAVE = "import resource, measured_package; measured_package.double(2); "

def test_in_process():
    assert 4 == measured_package.double(2)

def test_a_process_whose_save_is_cut_off():
    limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    subprocess.run([sys.executable, "-c", _SAVE + limit], capture_output=True)

def test_a_process_that_is_killed_while_it_saves():
    kill = (
        "import coverage, os; "
        "coverage.CoverageData.write = lambda self: os.kill(os.getpid(), 9)"
    )
    assert -9 == subprocess.run([sys.executable, "-c", _SAVE + kill]).returncode

def test_a_torn_piece():
    folder = Path(os.environ["FOLDER"])
    subprocess.run([sys.executable, "-c", _SAVE], check=True)
    whole = max(folder.glob(".coverage.*"), key=lambda piece: piece.stat().st_size)
    shutil.copy(whole, folder / ".coverage.torn")
    with (folder / ".coverage.torn").open("r+b") as torn:
        torn.seek(-4096, os.SEEK_END)  # the first pages are in order, and so it is opened
        torn.write(bytes(4096))
"""
_SETTINGS = """
[tool.coverage.run]
branch = true
source_pkgs = ["measured_package"]
patch = ["subprocess"]
parallel = true
"""


@pytest.mark.parametrize("workers", [0, 1])
def test_the_end_of_a_run_leaves_out_torn_pieces(tmp_path: Path, workers: int) -> None:
    (tmp_path / "measured_package.py").write_text(_PACKAGE)
    (tmp_path / "test_it.py").write_text(_TESTS)
    (tmp_path / "pyproject.toml").write_text(_SETTINGS)
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", f"-n{workers}", "--cov", "--cov-report=term"),
            *("-p", "tests.support.suite.coverage_pieces", "--cov-fail-under=100"),
        ],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": f"{tmp_path}:{ROOT}", "FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == ended.returncode, ended.stdout + ended.stderr
    assert "Left out 2 torn files of coverage data." in ended.stdout
    assert "Total coverage: 100.00%" in ended.stdout
    assert [".coverage"] == [path.name for path in tmp_path.glob(".coverage*")]
