"""The credentials of declared providers beside those of the providers in use: one list of hits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.scan.detect.first_pass.anchors import Anchor, Sign
from tokcheck.scan.detect.first_pass.prefix_heads import torn_at
from tokcheck.scan.detect.hit import (
    IN_VAIN,
    REWRITING,
    Budget,
    Hit,
    hit_order,
    may_be_declared,
    without_overlaps,
)
from tokcheck.scan.detect.labelled.declared_names import DeclaredNames

if TYPE_CHECKING:
    from tokcheck.scan.detect.labelled.declared_reader import DeclaredReader

# Reads an anchor at or behind a place; returns its hits, and up to where others are skipped.
ReadAnchor = Callable[[Anchor, int], tuple[list[Hit], int]]


class DeclaredHits:
    """Finds the credentials of declared providers.

    ``tables`` are the user's own declarations, ``in_use`` the providers at each address in use.
    """

    def __init__(
        self,
        names: DeclaredNames,
        tables: Sequence[Mapping[str, Any]],
        in_use: Mapping[str, frozenset[str]],
    ) -> None:
        self._names = names
        self._in_use = in_use
        self._tables = tables
        self._reader: DeclaredReader | None = None

    def merge(
        self, data: bytes, path: str, hits: list[Hit], budget: Budget, read_anchor: ReadAnchor
    ) -> list[Hit]:
        """Return the hits with those of declared providers, which may contain a signed token."""
        hits = self.with_owners(data, path, hits)
        signed = {hit.start for hit in hits if hit.provider and hit.provider not in REGISTRY}
        torn = self._names.torn_places(data)
        # A signed token shows its own end.
        declared = [
            hit
            for hit in self._open_reader().hits(data, path, budget, torn)
            if hit.start not in signed
        ]
        declared += without_overlaps(self._in_codes(data, hits, budget, read_anchor), declared)
        if not declared:
            return hits
        declared.sort(key=hit_order)
        # A credential in the form of a provider in use is that provider's, if no other one has it.
        known = self._with_shared(data, path, hits, declared)
        others = [hit for hit in hits if hit.provider not in REGISTRY]
        declared = [*without_overlaps(declared, known)]
        return sorted((*without_overlaps((*others, *known), declared), *declared), key=hit_order)

    def _with_shared(
        self, data: bytes, path: str, hits: Sequence[Hit], declared: Sequence[Hit]
    ) -> list[Hit]:
        """Return the hits of built-in providers; one in a declared form, too, is its owner's."""
        by_start = {hit.start: hit for hit in declared}
        return [
            hit
            if (other := by_start.get(hit.start)) is None or Secret(hit.raw).is_signed
            else self._open_reader().hit_of_one(data, path, hit, other)
            for hit in hits
            if hit.provider in REGISTRY
        ]

    def read_torn(self, data: bytes, joint: int, budget: Budget) -> list[Hit]:
        """Return the credential with a prefix that the invisible character at a place tears."""
        torn = torn_at(data, joint)
        hit = None if torn is None else self._open_reader().read_torn(data, torn, budget)
        return [] if hit is None else [hit]

    def with_owners(self, data: bytes, path: str, hits: list[Hit]) -> list[Hit]:
        """Return the hits; a signed token of no known issuer is its declared provider's."""
        if not any(map(may_be_declared, hits)):
            return hits
        return self._open_reader().with_owners(data, path, hits)

    def _open_reader(self) -> "DeclaredReader":
        if self._reader is None:
            from tokcheck.scan.detect.labelled.declared_reader import DeclaredReader

            self._reader = DeclaredReader(self._tables, self._in_use)
        return self._reader

    def _in_codes(
        self, data: bytes, hits: Sequence[Hit], budget: Budget, read_anchor: ReadAnchor
    ) -> Iterator[Hit]:
        """Yield the credentials in Base64 or UTF-16 with a declared prefix, beside the hits."""
        until = 0
        for at, coding in self._names.encoded_places(data):
            if at < until or budget.is_spent:
                continue
            found, until = read_anchor(Anchor(at, Sign.PREFIX, coding, ""), until)
            if not found:
                budget.spend(max(2 * IN_VAIN, REWRITING * (until - at)))
            yield from without_overlaps(found, hits)
