"""GitHub's hash of a line, by which code scanning follows an alert when lines move.

A line's hash is that of its first 100 characters and those of the lines after it, without spaces
and tabs, and the number of the line among those with the same hash. Code scanning compares it with
its own: https://github.com/github/codeql-action/blob/main/src/fingerprints.ts
"""

from collections.abc import Collection, Iterable, Mapping

from tokcheck.scan.finding import Chunk, Finding, Unreadable
from tokcheck.scan.runner import Search
from tokcheck.scan.sources.chunks import Name

_LENGTH = 100
_FACTOR = 37
_BITS = (1 << 64) - 1
_END = "\uffff"  # stands for the end of the file
_BLANKS = {ord(" "): None, ord("\t"): None}


class LineHashingSearch:
    """A search that adds the hash of its line to each finding, for the formats that write it."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, chunk: Chunk) -> Iterable[Finding]:
        """Search a chunk; only the first one of a file has hashes, which count from its start."""
        found = tuple(self._search(chunk))
        if not found or chunk.seen or isinstance(chunk, Name):
            return found
        text = chunk.data.decode("utf-8", "replace")
        hashes = line_hashes(text, {finding.line for finding in found})
        return [finding._replace(line_hash=hashes.get(finding.line, "")) for finding in found]

    def take_unread(self) -> Iterable[Unreadable]:
        """Return what could not be read since the last call."""
        return self._search.take_unread()


def line_hashes(text: str, lines: Collection[int]) -> Mapping[int, str]:
    r"""Return the hashes of some lines of a file; lines end in ``\n`` and count from 1."""
    compact = _compact(text) + _END
    starts = _line_starts(text, lines)
    windows = {line: compact[start : start + _LENGTH] for line, start in starts.items()}
    wanted = set(windows.values())
    last = max(starts.values(), default=-1)
    numbers: dict[int, str] = {}
    counts: dict[str, int] = {}
    by_start = {start: line for line, start in starts.items()}
    start = 0
    while start <= last:
        window = compact[start : start + _LENGTH]
        if window in wanted:
            counts[window] = counts.get(window, 0) + 1
            if start in by_start:
                numbers[by_start[start]] = f"{_hash(window):x}:{counts[window]}"
        start = compact.find("\n", start) + 1
        if not start:
            break
    return numbers


def _compact(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_BLANKS)


def _line_starts(text: str, lines: Collection[int]) -> dict[int, int]:
    """Return where some lines of a text begin in its compact form."""
    starts: dict[int, int] = {}
    line, begin, place = 1, 0, 0
    for wanted in sorted(lines):
        end = begin
        while line < wanted:
            end = text.find("\n", end) + 1
            if not end:
                return starts
            line += 1
        place += len(_compact(text[begin:end]))
        begin = end
        starts[wanted] = place
    return starts


def _hash(window: str) -> int:
    units = window.encode("utf-16-le", "surrogatepass")
    codes = [units[at] | units[at + 1] << 8 for at in range(0, len(units), 2)][:_LENGTH]
    value = 0
    for code in codes + [0] * (_LENGTH - len(codes)):
        value = (value * _FACTOR + code) & _BITS
    return value
