"""Find out whether a database's write-ahead log is damaged, before SQLite opens the database.

SQLite takes a damaged frame for the end of the log, and deletes what stands behind it.
"""

from tokcheck.storage.sqlite_pages import read_log

_SUFFIX = "-wal"
_MOST_READS = 8


def has_damaged_log(database: str) -> bool:
    """Return whether a transaction stands behind a damaged part of a database's log.

    Another process may write to the log meanwhile, so only what two readings agree about counts.
    """
    before = None
    for _ in range(_MOST_READS):
        log = _read_file(database + _SUFFIX)
        found = read_log(log)
        if not (found.is_damaged and found.pages):
            return False
        if log == before:
            return True
        before = log
    return False


def _read_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes longer
            return file.read()
    except FileNotFoundError:
        return b""
