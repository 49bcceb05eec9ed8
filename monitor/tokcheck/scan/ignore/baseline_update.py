"""Updating a baseline by a partial scan: entries outside its scope stay."""

import os
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from tokcheck.core.escape import printable
from tokcheck.scan.finding import Finding, ScanResult
from tokcheck.scan.ignore.baseline import Baseline, BaselineEntry
from tokcheck.scan.safe_text import redact_tokens


class ScanScope(NamedTuple):
    """The scope of a scan."""

    folder: str
    """Where paths are counted from."""
    names: tuple[str, ...] | None = ()
    """The files and folders, from there; empty for all, ``None`` if they are not those on disk."""
    commits: bool = False
    """Whether it included commits."""
    history: bool = False
    """Whether these were all commits."""

    def has_lost(self, path: str) -> bool:
        """Return whether a file in the scope is not on disk any more."""
        if self.names is None or self.commits:
            return False
        inside = not self.names or any(
            path == name or path.startswith(f"{name}/") or name == "." for name in self.names
        )
        return inside and not os.path.lexists(os.path.join(self.folder, path))


class Update(NamedTuple):
    """The result of updating a baseline."""

    file: str
    written: int
    """How many findings of this scan it lists."""
    kept: int
    """How many other entries it lists."""
    removed: tuple[BaselineEntry, ...]


def update_baseline(
    file: str,
    findings: Iterable[Finding],
    ignored: Iterable[Finding],
    scanned: ScanResult,
    scope: ScanScope,
) -> Update:
    """Write the findings to a baseline, without entries that are not found any more.

    An entry stays if its file was not scanned or could not be read, and if its credential is among
    the ``ignored`` findings, which are found and not reported.

    :raises UsageError: if the file is damaged or cannot be written.
    """
    previous = Baseline.read(file) if os.path.exists(file) else Baseline()
    still = {entry for finding in ignored for entry in previous.entries_of(finding)}
    covered = _Coverage(scanned, scope)
    kept = [
        entry for entry in previous.entries if entry in still or not covered.has_looked_at(entry)
    ]
    findings = set(findings)
    written = Baseline.write(file, findings, previous, kept=kept)
    places = {entry[:2] for entry in written.entries}
    removed = (entry for entry in previous.entries if entry[:2] not in places)
    return Update(file, len(findings), len(kept), tuple(removed))


class _Coverage:
    """Which entries a scan would have found again."""

    def __init__(self, scanned: ScanResult, scope: ScanScope) -> None:
        self._scope = scope
        self._read = scanned.paths
        self._shown: Collection[str] | None = None
        self._errors = {error.path for error in scanned.errors}
        self._files_with_errors = {path.partition("!")[0] for path in self._errors}

    def has_looked_at(self, entry: BaselineEntry) -> bool:
        if entry.is_of_history:
            return self._scope.history and not self._errors
        file = entry.path.partition("!")[0]
        if self._scope.commits or file in self._files_with_errors:
            return False
        return self._was_read(entry.path) or self._was_read(file) or self._scope.has_lost(file)

    def _was_read(self, path: str) -> bool:
        if path in self._read:
            return True
        if path.isprintable() and "[" not in path and "\\" not in path:
            return False
        if self._shown is None:
            # As the entries show paths.
            self._shown = {printable(redact_tokens(each)) for each in self._read}
        return path in self._shown


def removal_lines(updates: Iterable[Update]) -> Iterator[str]:
    """Yield a line for each entry that was removed."""
    for update in updates:
        for entry in update.removed:
            reason = f": {printable(entry.reason)}" if entry.reason else ""
            kind = entry.kind.replace("_", " ") or "an entry"
            place = f"{kind} in {printable(entry.path)}"
            yield f"Removed from {printable(update.file)}: {place}{reason}"
