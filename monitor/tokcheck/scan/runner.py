"""The drive of a scan: sources in, sorted findings out, on one core or on several."""

from collections.abc import Callable, Iterable, Iterator

from tokcheck.core.errors import ExitCode, TokcheckError
from tokcheck.scan.finding import Finding, Piece, Scanned, Unreadable
from tokcheck.scan.sources.chunks import Name, Source

Search = Callable[[Piece], Iterable[Finding]]
Allowed = Callable[[Finding, Piece], bool]

# To start processes and hand them their files takes as long as one takes to look through this.
_WORTH_A_PROCESS = 256 << 20


def scan(
    sources: Iterable[Source],
    search: Search,
    allowed: Allowed,
    jobs: int = 1,
    *,
    worth: int = _WORTH_A_PROCESS,
) -> Scanned:
    """Look through sources and return the findings in the order of path, line and column.

    ``allowed`` says which findings nobody wants to hear of. With several ``jobs``, processes share
    the work where it is ``worth`` it, in bytes; the sources, ``search`` and ``allowed`` must then
    be picklable.
    """
    done = (
        _shared(list(sources), search, allowed, jobs, worth)
        if jobs > 1
        else (look(source, search, allowed) for source in sources)
    )
    findings: set[Finding] = set()
    errors: list[Unreadable] = []
    files = size = 0
    for part in done:
        findings.update(part.findings)
        errors += part.errors
        files += part.files
        size += part.bytes
    return Scanned(tuple(sorted(findings, key=_order)), files, size, tuple(errors))


def look(source: Source, search: Search, allowed: Allowed) -> Scanned:
    """Look through one source; its findings are in the order in which they were met."""
    findings: list[Finding] = []
    held: list[Finding] = []  # those of the present file
    errors: list[Unreadable] = []
    files = size = 0
    for piece in source:
        if isinstance(piece, Unreadable):
            errors.append(piece)
            continue
        fresh = tuple(search(piece))
        wanted = [finding for finding in fresh if not allowed(finding, piece)] if fresh else []
        if isinstance(piece, Name):
            findings += [one._replace(advice=f"{_IN_A_NAME} {one.advice}") for one in wanted]
            continue
        if piece.seen:
            # A token that the last piece cut in two is whole in this one.
            places = {(one.line, one.column) for one in fresh}
            held = [one for one in held if (one.line, one.column) not in places]
        else:
            findings += held
            held = []
            files += 1
        size += len(piece.data) - piece.seen
        held += wanted
    findings += held
    return Scanned(tuple(findings), files, size, tuple(errors))


_IN_A_NAME = "It stands in the file's name."


class Made:
    """A search that each process makes for itself: what it is made of need not be sent there."""

    def __init__(self, make: Callable[[], Search]) -> None:
        self._make = make
        self._search: Search | None = None

    def __call__(self, piece: Piece) -> Iterable[Finding]:
        """Look through a piece."""
        if self._search is None:
            self._search = self._make()
        return self._search(piece)

    def __reduce__(self) -> tuple[type["Made"], tuple[Callable[[], Search]]]:
        return Made, (self._make,)


def _shared(
    sources: list[Source], search: Search, allowed: Allowed, jobs: int, worth: int
) -> Iterator[Scanned]:
    portable = [source for source in sources if source.weight]
    jobs = min(jobs, len(portable))
    if jobs < 2 or sum(source.weight for source in portable) < worth:  # noqa: PLR2004
        for source in sources:
            yield look(source, search, allowed)
        return
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from functools import partial

    with ProcessPoolExecutor(jobs, initializer=_deaf) as pool:
        try:
            shared = pool.map(partial(look, search=search, allowed=allowed), portable)
            for source in sources:
                if not source.weight:
                    yield look(source, search, allowed)
            yield from shared
        except BrokenExecutor:
            raise LostError(
                "A process that looked through files was killed.", "--jobs 1 needs less memory."
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class LostError(TokcheckError):
    """A part of the work was lost, so nothing is known of those files."""

    exit_code = ExitCode.COULD_NOT_TELL


def _deaf() -> None:
    """Leave an interrupt to the process that started this one."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _order(finding: Finding) -> tuple[str, int, int, bytes]:
    return finding.path, finding.line, finding.column, finding.digest
