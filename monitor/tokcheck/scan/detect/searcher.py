"""Search bytes for credentials. What reads them is loaded only where there may be one."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from tokcheck.core.credential import Kind
from tokcheck.scan.detect.anchors import Collect
from tokcheck.scan.detect.prefilter import Candidates, Prefilter
from tokcheck.scan.finding import Finding, Piece

if TYPE_CHECKING:
    from tokcheck.scan.detect.candidates import CandidateReader


class Searcher:
    """Finds credentials in a :class:`Piece`.

    ``now`` is the current Unix time in seconds; ``kinds`` limits the search to these kinds.
    ``collect`` takes the digest and the text of each credential that is found.
    """

    def __init__(
        self, now: float, kinds: Collection[Kind] | None = None, collect: Collect | None = None
    ) -> None:
        self._now = now
        self._kinds = kinds
        self._collect = collect
        self._prefilter = Prefilter()
        self._reader: CandidateReader | None = None

    def __call__(self, piece: Piece) -> Iterable[Finding]:
        """Return the findings of a piece in their order."""
        candidates = self._prefilter.candidates(piece.data, piece.path)
        return () if candidates is None else self._read(piece, candidates)

    def _read(self, piece: Piece, candidates: Candidates) -> Iterable[Finding]:
        if self._reader is None:
            from tokcheck.scan.detect.candidates import CandidateReader

            self._reader = CandidateReader(self._now, self._kinds, self._prefilter, self._collect)
        return self._reader.read(piece, candidates)
