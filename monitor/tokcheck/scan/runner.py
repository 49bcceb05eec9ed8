"""Run a scan: sources in, sorted findings out, in this process or in several."""

from collections.abc import Callable, Collection, Iterable, Iterator

from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.scan.finding import Finding, Piece, ScanResult, Unreadable
from tokcheck.scan.sources.chunks import Name, Source

Search = Callable[[Piece], Iterable[Finding]]
IsAllowed = Callable[[Finding, Piece], bool]

# Starting processes takes as long as one process takes to scan so many bytes.
_WORTH_A_PROCESS = 128 << 20


def scan(
    sources: Iterable[Source],
    search: Search,
    is_allowed: IsAllowed,
    jobs: int = 1,
    *,
    worth: int = _WORTH_A_PROCESS,
) -> ScanResult:
    """Scan sources and return the findings in the order of path, line and column.

    ``is_allowed`` decides which findings are ignored. With several ``jobs``, processes share the
    work if the sources have at least ``worth`` bytes; the sources, ``search`` and ``is_allowed``
    must then be picklable.
    """
    done = (
        _scan_in_processes(list(sources), search, is_allowed, jobs, worth)
        if jobs > 1
        else (scan_source(source, search, is_allowed) for source in sources)
    )
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


def scan_source(source: Source, search: Search, is_allowed: IsAllowed) -> ScanResult:
    """Scan one source and return its findings in the order of its pieces."""
    findings: list[Finding] = []
    current: list[Finding] = []  # the findings of the current file
    errors: list[Unreadable] = []
    paths: set[str] = set()
    files = size = 0
    file = ""
    for piece in source:
        if isinstance(piece, Unreadable):
            errors.append(piece)
            continue
        found = tuple(search(piece))
        # The members of an archive follow it.
        file = file if file and piece.path.startswith(f"{file}!") else piece.path
        archive = None if file == piece.path else file
        reported = [
            finding._replace(origin=piece.origin, archive=archive)
            for finding in found
            if not is_allowed(finding, piece)
        ]
        if isinstance(piece, Name):
            findings += [one._replace(advice=f"{_IN_A_NAME} {one.advice}") for one in reported]
            continue
        if piece.seen:
            # A token that the previous piece cut in two is whole in this one.
            places = {(one.line, one.column) for one in found}
            current = [one for one in current if (one.line, one.column) not in places]
        else:
            findings += current
            current = []
            files += 1
            paths.add(piece.path)
        size += len(piece.data) - piece.seen
        current += reported
    findings += current
    return ScanResult(tuple(findings), files, size, tuple(errors), paths=frozenset(paths))


_IN_A_NAME = "It is in the file's name."


class ProcessLocalSearch:
    """A search that each process builds for itself, since it cannot be pickled."""

    def __init__(self, make: Callable[[], Search]) -> None:
        self._make = make
        self._search: Search | None = None

    def __call__(self, piece: Piece) -> Iterable[Finding]:
        """Search a piece."""
        if self._search is None:
            self._search = self._make()
        return self._search(piece)

    def __reduce__(self) -> tuple[type["ProcessLocalSearch"], tuple[Callable[[], Search]]]:
        return ProcessLocalSearch, (self._make,)


def _scan_in_processes(
    sources: list[Source], search: Search, is_allowed: IsAllowed, jobs: int, worth: int
) -> Iterator[ScanResult]:
    portable = [source for source in sources if source.weight]
    jobs = min(jobs, len(portable))
    if jobs < 2 or sum(source.weight for source in portable) < worth:  # noqa: PLR2004
        for source in sources:
            yield scan_source(source, search, is_allowed)
        return
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from functools import partial

    with ProcessPoolExecutor(jobs, initializer=_ignore_interrupts) as pool:
        try:
            results = pool.map(partial(scan_source, search=search, is_allowed=is_allowed), portable)
            for source in sources:
                if not source.weight:
                    yield scan_source(source, search, is_allowed)
            yield from results
        except BrokenExecutor:
            raise WorkerLostError(
                "A worker process was killed, probably for lack of memory.",
                "Scan with one process: --jobs 1.",
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class WorkerLostError(TokcheckError):
    """A worker process was killed, so that its files were not scanned."""

    exit_code = ExitCode.COULD_NOT_TELL


def _ignore_interrupts() -> None:
    """Ignore Ctrl-C in a worker process; the main process handles it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def finding_order(finding: Finding) -> tuple[str, int, int, bytes]:
    """Return what findings are sorted by."""
    return finding.path, finding.line, finding.column, finding.digest
