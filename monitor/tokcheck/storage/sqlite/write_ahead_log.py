"""Find out whether a database's write-ahead log is damaged, before SQLite opens the database.

SQLite takes a damaged frame for the end of the log, and deletes what stands behind it. The index of
the log, which the processes share, says where the log ends: what a killed process wrote behind that
was never committed, and the next transaction overwrites a part of it. The forms of both files:
https://www.sqlite.org/walformat.html
"""

import struct

from tokcheck.storage.sqlite.sqlite_pages import FRAME_HEADER, LOG_HEADER, full_page_size, read_log

_LOG_SUFFIX = "-wal"
_INDEX_SUFFIX = "-shm"
_INDEX_VERSION = 3_007_000
_INDEX_HEADER = 48
_MOST_READS = 8


def has_damaged_log(database: str) -> bool:
    """Return whether a transaction stands behind a damaged part of a database's log.

    Another process may write to the log meanwhile, so only what two readings agree about counts.
    """
    before = None
    for _ in range(_MOST_READS):
        # The index first: the log has at least what it names.
        index = _read_file(database + _INDEX_SUFFIX, _INDEX_HEADER * 2)
        log = _read_file(database + _LOG_SUFFIX)
        found = read_log(log[: _end_of_log(index, log)])
        if not (found.is_damaged and found.pages):
            return False
        if (index, log) == before:
            return True
        before = index, log
    return False


def _end_of_log(index: bytes, log: bytes) -> int:
    """Return where the log ends by its index; the end of the file if that is another log's."""
    header, copy = index[:_INDEX_HEADER], index[_INDEX_HEADER:]
    if len(log) < LOG_HEADER or len(copy) < _INDEX_HEADER or header != copy:
        return len(log)
    version, _, _, is_complete, _, page_size, frames = struct.unpack("=IIIBBHI", header[:20])
    if version != _INDEX_VERSION or not is_complete or header[32:40] != log[16:24]:
        return len(log)
    return LOG_HEADER + int(frames) * (FRAME_HEADER + full_page_size(page_size))


def _read_file(path: str, most: int = -1) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes longer
            return file.read(most)
    except FileNotFoundError:
        return b""
