"""Run a scan: sources in, sorted findings out, in this process or in several."""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property, partial
from typing import Protocol

from tokcheck.scan.finding import Chunk, Clean, Finding, ScanResult, Unreadable
from tokcheck.scan.sources.chunks import Name, Sieve, Source

IsAllowed = Callable[[Finding, Chunk], bool]


class Search(Protocol):
    """Finds the credentials in a chunk."""

    def __call__(self, chunk: Chunk, /) -> Iterable[Finding]:
        """Return the findings of a chunk in their order."""

    def take_unread(self) -> Iterable[Unreadable]:
        """Return what could not be read of the chunks since the last call."""


class SievingSearch(Sieve, Search, Protocol):
    """A search with the sieve that goes with it."""


def scan(
    sources: Iterable[Source],
    search: Search,
    is_allowed: IsAllowed,
    jobs: int = 1,
    *,
    sieve: Sieve | None = None,
    worth: int | None = None,
) -> ScanResult:
    """Scan sources and return the findings in the order of path, line and column.

    ``is_allowed`` decides which findings are ignored. With a ``sieve``, files in which it finds
    nothing are not searched. With several ``jobs``, processes share the work if the sources have
    at least ``worth`` bytes; the sources and the functions must then be picklable.
    """
    scan_one = partial(scan_source, search=search, is_allowed=is_allowed, sieve=sieve)
    if jobs > 1:
        from tokcheck.scan.workers import scan_in_processes

        done = scan_in_processes(iter(sources), scan_one, jobs, worth)
    else:
        done = map(scan_one, sources)
    findings: set[Finding] = set()
    errors: list[Unreadable] = []
    paths: set[str] = set()
    files = size = 0
    for part in done:
        findings.update(part.findings)
        errors += part.errors
        paths |= part.paths
        files += part.files
        size += part.bytes
    ordered = tuple(sorted(_without_outer(findings), key=finding_order))
    return ScanResult(ordered, files, size, tuple(errors), paths=frozenset(paths))


def _without_outer(findings: Collection[Finding]) -> Iterable[Finding]:
    """Return the findings without those in an archive's own bytes that a member has as well.

    The bytes of a member that is stored uncompressed are searched in both.
    """
    outer: set[tuple[bytes, str]] = set()
    for finding in findings:
        if finding.archive is not None:
            path = finding.path
            while len(path) > len(finding.archive):
                path = path[: max(path.rfind("!"), len(finding.archive))]
                outer.add((finding.digest, path))
    return (
        (each for each in findings if (each.digest, each.path) not in outer) if outer else findings
    )


def scan_source(
    source: Source, search: Search, is_allowed: IsAllowed, sieve: Sieve | None = None
) -> ScanResult:
    """Scan one source and return its findings in the order of its chunks."""
    findings: list[Finding] = []
    current: list[Finding] = []  # the findings of the current file
    errors: list[Unreadable] = []
    paths: set[str] = set()
    files = size = 0
    file = ""
    sift = None if sieve is None else getattr(source, "sift", None)
    for chunk in source if sift is None else sift(sieve):
        if isinstance(chunk, Unreadable):
            errors.append(chunk)
            continue
        if isinstance(chunk, Clean):
            files += len(chunk.paths)
            size += chunk.bytes
            paths.update(chunk.paths)
            continue
        found = tuple(search(chunk))
        errors += search.take_unread()
        # The members of an archive follow it.
        file = file if file and chunk.path.startswith(f"{file}!") else chunk.path
        archive = None if file == chunk.path else file
        reported = [
            finding._replace(origin=chunk.origin, archive=archive)
            for finding in found
            if not is_allowed(finding, chunk)
        ]
        if isinstance(chunk, Name):
            findings += [
                one._replace(remedy=one.remedy._replace(place=chunk.place)) for one in reported
            ]
            continue
        if chunk.seen:
            # A token that the previous chunk cut in two is whole in this one.
            places = {(one.line, one.column) for one in found}
            current = [one for one in current if (one.line, one.column) not in places]
        else:
            findings += current
            current = []
            files += 1
            paths.add(chunk.path)
        size += len(chunk.data) - chunk.seen
        current += reported
    findings += current
    return ScanResult(tuple(findings), files, size, tuple(errors), paths=frozenset(paths))


class ProcessLocalSearch:
    """A search that each process builds for itself, since it cannot be pickled."""

    def __init__(self, make: Callable[[], SievingSearch]) -> None:
        self._make = make

    def __call__(self, chunk: Chunk) -> Iterable[Finding]:
        """Search a chunk."""
        return self._search(chunk)

    def take_unread(self) -> Iterable[Unreadable]:
        """Return what could not be read since the last call."""
        return self._search.take_unread()

    @property
    def reach(self) -> int:
        """Return how much around a place decides about it."""
        return self._search.reach

    def places(self, data: memoryview) -> list[int]:
        """Return the places that may belong to credentials."""
        return self._search.places(data)

    def names_provider(self, path: str) -> bool:
        """Return whether a path names a provider."""
        return self._search.names_provider(path)

    @cached_property
    def _search(self) -> SievingSearch:
        return self._make()

    def __reduce__(self) -> tuple[type["ProcessLocalSearch"], tuple[Callable[[], SievingSearch]]]:
        return ProcessLocalSearch, (self._make,)


def finding_order(finding: Finding) -> tuple[str, int, int, bytes]:
    """Return the sort key of a finding."""
    return finding.path, finding.line, finding.column, finding.digest
