"""Read the text at an anchor: whether it is a credential, of which provider and until when.

A signed token is decoded, an opaque one is recognised by its prefix, and hexadecimal digits count
only beside words that label them. Text in Base64, UTF-16 or UTF-32 is decoded and searched as any
other. Samples from documentation are not reported.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tokcheck.core.credential import Kind
from tokcheck.core.expiry import is_expired
from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.core.secret import Secret
from tokcheck.scan.detect.encoded.decoded_texts import MOST_LAYERS, DecodedTexts
from tokcheck.scan.detect.first_pass.anchors import Anchor, Coding, Collect, Sign
from tokcheck.scan.detect.first_pass.prefilter import Candidates, Prefilter, plain_anchors
from tokcheck.scan.detect.first_pass.prefix_heads import TORN
from tokcheck.scan.detect.hit import (
    IN_VAIN,
    REWRITING,
    Budget,
    Hit,
    Position,
    advice_for,
    forms_by_prefix,
    hit_order,
)
from tokcheck.scan.detect.labelled.declared_hits import DeclaredHits
from tokcheck.scan.detect.labelled.declared_names import DeclaredNames
from tokcheck.scan.detect.labelled.hit_owners import HitOwners
from tokcheck.scan.detect.labelled.label_reader import LabelReader
from tokcheck.scan.detect.sample_tokens import is_labelled_digest
from tokcheck.scan.detect.signed_tokens import read_signed
from tokcheck.scan.detect.window import WINDOW_LENGTHS, KnownReadings, Window, surroundings_of
from tokcheck.scan.finding import Chunk, Finding, Unreadable, sha256

if TYPE_CHECKING:
    from tokcheck.scan.detect.prefixed_tokens import PrefixReader

# Bytes after a token that decide where it ends: a token closer to the end of the previous chunk is
# read again, and replaces what was found there.
_LOOKAHEAD = 128
_JSON = LazyBytesRegex(
    rb"(?<![A-Za-z0-9+/_-])eyJ[A-Za-z0-9+/]{61,32768}+={0,2}(?![A-Za-z0-9+/_.-])"
)
# The beginning of such JSON in a literal or a line, which may have others behind it.
_JSON_PIECE = LazyBytesRegex(rb"(?<![A-Za-z0-9+/_-])eyJ[A-Za-z0-9+/]{5,32768}+[\"'`\\;\r\n]")
_PART_READ = (
    "A compressed text in line {line} was not read to its end: it is cut, damaged or too large."
)


class CandidateReader:
    """Reads the candidates of a chunk; its parameters are those of the searcher."""

    def __init__(
        self,
        now: float,
        kinds: Collection[Kind] | None,
        prefilter: Prefilter,
        collect: Collect | None,
        names: DeclaredNames,
        tables: Sequence[Mapping[str, Any]],
        in_use: Mapping[str, frozenset[str]],
    ) -> None:
        self._now = now
        self._kinds = kinds
        self._prefilter = prefilter
        self._collect = collect
        self._budget = Budget(0)
        self._known = KnownReadings()
        self.unread: list[Unreadable] = []
        """The compressed texts that were not read to their end, of all chunks."""
        self._owners = HitOwners(in_use)
        self._labels = LabelReader()
        self._decoded = DecodedTexts(self._inside)
        self._names = names
        self._declared = DeclaredHits(names, tables, in_use)

    def read(
        self, chunk: Chunk, candidates: Candidates | None, *, is_declared: bool = False
    ) -> Iterator[Finding]:
        """Yield the findings of a chunk in their order.

        ``is_declared`` is whether there may be credentials of declared providers.
        """
        position = Position(chunk)
        self._budget = Budget(len(chunk.data))
        # With more budget, more may be read: what is known is of this chunk.
        self._known = KnownReadings()
        self._owners.begin_chunk()
        self._decoded.begin_chunk(len(chunk.data), self._budget)
        for hit in self._all_hits(chunk.data, chunk.path, candidates, is_declared, MOST_LAYERS):
            if hit.end <= chunk.seen - _LOOKAHEAD or (
                self._kinds is not None and hit.kind not in self._kinds
            ):
                continue
            if is_labelled_digest(hit.raw, chunk.data, hit.start):
                continue
            digest = sha256(hit.raw.encode())
            if self._collect is not None:
                self._collect(digest, hit.raw)
            line, column, end_line, end_column = position.of_span(hit)
            yield Finding(
                chunk.path,
                line,
                column,
                hit.kind,
                hit.provider,
                None if hit.expires_at is None else is_expired(hit.expires_at, self._now),
                digest,
                Secret(hit.raw).masked,
                advice_for(hit),
                hit.fragment,
                end_line,
                end_column,
                hit.expires_at,
                is_sent_elsewhere=hit.elsewhere,
            )
        for start in self._decoded.cut:
            if start >= chunk.seen:
                line = chunk.first_line + chunk.data.count(b"\n", 0, start)
                self.unread.append(Unreadable(chunk.path, _PART_READ.format(line=line)))

    def _all_hits(
        self,
        data: bytes,
        path: str,
        candidates: Candidates | None,
        is_declared: bool,  # noqa: FBT001
        layers: int,
    ) -> list[Hit]:
        """Return the credentials of some data, of declared providers as well, in their order."""
        hits = [] if candidates is None else self._hits(data, path, candidates, layers)
        if not is_declared:
            return self._declared.with_owners(data, path, hits)
        return self._declared.merge(
            data,
            path,
            hits,
            self._budget,
            lambda anchor, until: self._at_anchor(data, path, anchor, until, layers),
        )

    def _hits(self, data: bytes, path: str, candidates: Candidates, layers: int) -> list[Hit]:
        """Return the credentials of some data in their order."""
        hits: list[Hit] = []
        until = 0
        for anchor in self._anchors(data, candidates):
            if anchor.start < until or not candidates.is_likely(anchor):
                continue
            found, until = self._at_anchor(data, path, anchor, until, layers)
            hits += found
            if not found:
                self._budget.spend(IN_VAIN)
        for start, end in candidates.places:
            hits.extend(self._labels.find_in_range(data, start, end))
        for hit in list(hits):
            hits.extend(self._labels.find_beside(data, hit))
        unique: dict[tuple[int, str], Hit] = {}
        for hit in hits:
            known = unique.get((hit.start, hit.raw))
            if known is None or hit.decisive:
                unique[hit.start, hit.raw] = hit
        return self._owners.assign(data, path, sorted(unique.values(), key=hit_order))

    def _anchors(self, data: bytes, candidates: Candidates) -> Iterator[Anchor]:
        """Yield the anchors, and only those of plain credentials once the budget is spent."""
        for anchor in candidates.anchors:
            if self._budget.is_spent:
                yield from plain_anchors(data, anchor.start)
                return
            yield anchor

    def _at_anchor(
        self, data: bytes, path: str, anchor: Anchor, until: int, layers: int
    ) -> tuple[list[Hit], int]:
        """Read what belongs to an anchor; also return up to where other anchors are skipped."""
        if anchor.coding is not Coding.NARROW:
            return self._decoded.read(data, path, anchor, until, layers)
        if anchor.sign is Sign.LABEL:
            return self._labels.find_at_label(data, anchor.start, self._budget), until
        if anchor.text == TORN:
            return self._declared.read_torn(data, anchor.start, self._budget), until
        hit, until = self._token(data, anchor)
        if hit is not None:
            return [hit], until
        document = None
        if layers:
            document = _JSON.compiled.match(data, anchor.start) or (
                _JSON_PIECE.compiled.match(data, anchor.start)
            )
        if document is not None and self._budget.spend(len(document[0])):
            # No signed token, but JSON in Base64, which may hold whatever is in Base64 again.
            found, end = self._decoded.read_base64(data, path, anchor, layers)
            if found:
                return found, max(until, end)
            # The lines behind it were read as well, from each of four beginnings.
            self._budget.spend(REWRITING * (end - anchor.start))
        return [], until

    def _token(self, data: bytes, anchor: Anchor) -> tuple[Hit | None, int]:
        for length in WINDOW_LENGTHS:
            surroundings = surroundings_of(data, anchor, length)
            known = self._known.find(surroundings, anchor.start)
            if known is not None:
                return known
            window = Window(data, anchor.start, length)
            hit, end = self._token_in(window.text, window.start, anchor)
            if end + _LOOKAHEAD < len(window.text) or window.is_last:
                break
        until = max(window.place_of(end if hit is None else hit.end), anchor.start + 1)
        if hit is not None:
            hit = hit._replace(start=window.place_of(hit.start), end=window.place_of(hit.end))
        elif anchor.sign is Sign.SIGNED and self._budget.spend(end - window.start):
            # A text in the form of an opaque token that is none is skipped to its end; within one
            # in the form of a signed token, another may begin.
            return None, anchor.start + 1
        self._known.add(surroundings, anchor.start, hit, until)
        return hit, until

    def _token_in(self, text: str, start: int, anchor: Anchor) -> tuple[Hit | None, int]:
        if anchor.sign is Sign.SIGNED:
            return read_signed(text, start, self._budget)
        return self._prefix_readers[anchor.text].read(text, start, self._budget)

    @cached_property
    def _prefix_readers(self) -> "Mapping[str, PrefixReader]":
        from tokcheck.scan.detect.prefixed_tokens import PrefixReader

        return {
            prefix: PrefixReader(prefix, provider, form)
            for prefix, (provider, form) in forms_by_prefix().items()
        }

    def _inside(self, inner: bytes, path: str, layers: int) -> list[Hit]:
        """Return the credentials of decoded data."""
        candidates = self._prefilter.candidates(inner, path)
        is_declared = self._names.may_be_in(inner, "")
        return self._all_hits(inner, path, candidates, is_declared, layers - 1)
