"""Search bytes for credentials. The readers are loaded only where there may be one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tokcheck.core.credential import Kind
from tokcheck.scan.detect.first_pass.anchors import Collect
from tokcheck.scan.detect.first_pass.prefilter import REACH, Candidates, Prefilter, names_provider
from tokcheck.scan.detect.labelled.declared_names import DeclaredNames
from tokcheck.scan.finding import Chunk, Finding, Unreadable

if TYPE_CHECKING:
    from tokcheck.scan.detect.candidates import CandidateReader


class Searcher:
    """Finds credentials in a :class:`Chunk`.

    ``now`` is the current Unix time in seconds; ``kinds`` limits the search to these kinds.
    ``collect`` takes the digest and the text of each credential that is found. ``tables`` are the
    user's own declarations of providers, ``in_use`` the providers at each address that is in use,
    by host and port.
    """

    reach = REACH

    def __init__(
        self,
        now: float,
        kinds: Collection[Kind] | None = None,
        collect: Collect | None = None,
        tables: Sequence[Mapping[str, Any]] = (),
        in_use: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._now = now
        self._kinds = kinds
        self._collect = collect
        self._prefilter = Prefilter()
        self._tables = tables
        self._in_use = in_use or {}
        self._declared = DeclaredNames(tables)
        self._reader: CandidateReader | None = None

    def __call__(self, chunk: Chunk) -> Iterable[Finding]:
        """Return the findings of a chunk in their order."""
        candidates = self._prefilter.candidates(chunk.data, chunk.path)
        is_declared = self._declared.may_be_in(chunk.data, chunk.path)
        if candidates is None and not is_declared:
            return ()
        return self._read(chunk, candidates, is_declared=is_declared)

    def take_unread(self) -> list[Unreadable]:
        """Return what could not be read of the chunks since the last call."""
        if self._reader is None or not self._reader.unread:
            return []
        unread, self._reader.unread = self._reader.unread, []
        return unread

    def places(self, data: memoryview) -> list[int]:
        """Return the places in some data that may belong to credentials; see :class:`Sieve`."""
        return [*self._prefilter.places(data), *self._declared.places(data)]

    def names_provider(self, path: str) -> bool:
        """Return whether a path names a provider, so that more of the file counts."""
        return names_provider(path) or self._declared.names_provider(path)

    def _read(
        self, chunk: Chunk, candidates: Candidates | None, *, is_declared: bool
    ) -> Iterable[Finding]:
        if self._reader is None:
            from tokcheck.scan.detect.candidates import CandidateReader

            self._reader = CandidateReader(
                self._now,
                self._kinds,
                self._prefilter,
                self._collect,
                self._declared,
                self._tables,
                self._in_use,
            )
        return self._reader.read(chunk, candidates, is_declared=is_declared)
