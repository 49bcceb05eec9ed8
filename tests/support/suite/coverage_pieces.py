"""Coverage data that processes have left behind, before pytest-cov combines it.

Coverage writes its SQLite files without a journal. A process that ends in the middle of that
leaves a torn file, and pytest-cov fails when it combines it, after all tests have passed.
"""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

# Those that are read where pieces are combined.
_TABLES = ("coverage_schema", "meta", "file", "context", "line_bits", "arc", "tracer")


@pytest.hookimpl(wrapper=True, trylast=True)  # within pytest-cov's, which combines after it
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Remove torn pieces when all tests have run."""
    result = yield
    file = _combined_file(session.config)
    if file is not None and (torn := find_torn_pieces(file)):
        for piece in torn:
            piece.unlink()
        reporter = session.config.pluginmanager.getplugin("terminalreporter")
        reporter.ensure_newline()
        reporter.write_line(f"Left out {len(torn)} torn files of coverage data.")
    return result


def _combined_file(config: pytest.Config) -> Path | None:
    """Return the file into which this process is going to combine all pieces, if any."""
    cov = config.pluginmanager.getplugin("_cov")
    if hasattr(config, "workerinput") or cov is None or cov.options.no_cov:
        return None
    return Path(cov.cov_controller.topdir, cov.cov_controller.cov.config.data_file)


def find_torn_pieces(combined: Path) -> list[Path]:
    """Return the pieces beside ``combined`` that cannot be read in whole."""
    pieces = sorted(combined.parent.glob(f"{combined.name}.*"))
    return [one for one in pieces if not one.name.endswith("-journal") and not _is_whole(one)]


def _is_whole(piece: Path) -> bool:
    address = f"{piece.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            result = database.execute("PRAGMA quick_check(1)").fetchone()
            for table in _TABLES:
                database.execute(f"SELECT count(*) FROM {table}").fetchone()
    except sqlite3.Error:
        return False
    return bool(("ok",) == result)
