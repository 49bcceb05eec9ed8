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
from tokcheck.scan.detect.anchors import COMPRESSED, Anchor, Coding, Collect, Sign
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
from tokcheck.scan.detect.prefilter import Candidates, Prefilter, plain_anchors
from tokcheck.scan.detect.signed_tokens import read_signed
from tokcheck.scan.detect.window import WINDOW_LENGTHS, KnownReadings, Window, surroundings_of
from tokcheck.scan.finding import Finding, Piece, Unreadable, sha256

if TYPE_CHECKING:
    from tokcheck.paste.encoding.deflated import Inflated
    from tokcheck.scan.detect.prefixed_tokens import PrefixReader

# Bytes after a token that decide where it ends: a token closer to the end of the previous piece is
# read again, and replaces what was found there.
_LOOKAHEAD = 128
_JSON = LazyBytesRegex(
    rb"(?<![A-Za-z0-9+/_-])eyJ[A-Za-z0-9+/]{61,32768}+={0,2}(?![A-Za-z0-9+/_.-])"
)
# A text that was encoded several times is decoded as often.
_MOST_LAYERS = 3
_PART_READ = (
    "A compressed text in line {line} was not read to its end: it is cut, damaged or too large."
)
# The most bytes that a piece's compressed texts may unpack to: once, and for each byte of it.
_INFLATED_ONCE = 4 << 20
_INFLATED_EACH = 1


class CandidateReader:
    """Reads the candidates of a piece; its parameters are those of the searcher."""

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
        self._inflated_left = 0
        self._cut: list[int] = []
        self.unread: list[Unreadable] = []
        """The compressed texts that were not read to their end, of all pieces."""
        self._owners = HitOwners(in_use)
        self._labels = LabelReader()
        self._names = names
        self._declared = DeclaredHits(names, tables, in_use)

    def read(
        self, piece: Piece, candidates: Candidates | None, *, is_declared: bool = False
    ) -> Iterator[Finding]:
        """Yield the findings of a piece in their order.

        ``is_declared`` is whether there may be credentials of declared providers.
        """
        position = Position(piece)
        self._budget = Budget(len(piece.data))
        # With more budget, more may be read: what is known is of this piece.
        self._known = KnownReadings()
        self._owners.begin_piece()
        self._inflated_left = _INFLATED_ONCE + _INFLATED_EACH * len(piece.data)
        self._cut = []
        for hit in self._all_hits(piece.data, piece.path, candidates, is_declared, _MOST_LAYERS):
            if hit.end <= piece.seen - _LOOKAHEAD or (
                self._kinds is not None and hit.kind not in self._kinds
            ):
                continue
            digest = sha256(hit.raw.encode())
            if self._collect is not None:
                self._collect(digest, hit.raw)
            line, column, end_line, end_column = position.of_span(hit)
            yield Finding(
                piece.path,
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
        for start in self._cut:
            if start >= piece.seen:
                line = piece.first_line + piece.data.count(b"\n", 0, start)
                self.unread.append(Unreadable(piece.path, _PART_READ.format(line=line)))

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
        if anchor.coding is Coding.BASE64:
            return self._in_base64(data, path, anchor, layers)
        if anchor.coding is Coding.CHARACTERS:
            return self._in_characters(data, path, anchor, layers)
        if anchor.coding is not Coding.NARROW:
            return self._in_wide(data, path, anchor, until, layers)
        if anchor.sign is Sign.LABEL:
            return self._labels.find_at_label(data, anchor.start, self._budget), until
        hit, until = self._token(data, anchor)
        if hit is not None:
            return [hit], until
        document = _JSON.compiled.match(data, anchor.start) if layers else None
        if document is not None and self._budget.spend(len(document[0])):
            # No signed token, but JSON in Base64, which may hold whatever is in Base64 again.
            found, end = self._in_base64(data, path, anchor, layers)
            return found, max(until, end) if found else until
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

    def _in_base64(
        self, data: bytes, path: str, anchor: Anchor, layers: int
    ) -> tuple[list[Hit], int]:
        """Read the text in Base64 around a place, as in a Kubernetes secret or an attachment."""
        from tokcheck.scan.detect.encoded.base64_runs import read_run

        at = anchor.start
        end = at + 1
        for text in read_run(data, at, whole=anchor.text == COMPRESSED) if layers else ():
            # A token at the end of a longer text may continue behind it.
            end = max(end, text.end - (text.end - at) // 2 if text.cut else text.end)
            inflated = self._inflate(text.inner)
            if inflated is not None:
                # Its lines and columns are none of the file.
                start = text.place_of(0)
                if inflated.is_part_of_text and layers == _MOST_LAYERS:
                    self._cut.append(start)
                ends = len(inflated.data) if inflated.is_part_of_text else -1
                return [
                    hit._replace(
                        start=start,
                        end=text.end,
                        place=None,
                        fragment=hit.fragment or hit.end == ends,
                    )
                    for hit in self._inside(inflated.data, path, layers)
                ], text.end
            found = self._inside(text.inner, path, layers)
            if found:
                return [
                    hit._replace(
                        start=text.place_of(hit.start), end=text.place_of(hit.end), place=None
                    )
                    for hit in found
                ], end
        return [], end

    def _inflate(self, data: bytes) -> "Inflated | None":
        """Return decompressed data, as long as the piece's budget lasts."""
        from tokcheck.paste.encoding.deflated import inflate

        inflated = inflate(data, self._inflated_left)
        if inflated is not None:
            self._inflated_left -= len(inflated.data)
        return inflated

    def _in_wide(
        self, data: bytes, path: str, anchor: Anchor, until: int, layers: int
    ) -> tuple[list[Hit], int]:
        """Read the text in UTF-16 or UTF-32 around an anchor."""
        from tokcheck.scan.detect.encoded.wide_text import read_wide

        text = read_wide(data, anchor.start, int(anchor.coding), until)
        hits = [text.place_of(hit) for hit in self._inside(text.inner, path, layers)]
        return hits, max(text.end, anchor.start + 1)

    def _in_characters(
        self, data: bytes, path: str, anchor: Anchor, layers: int
    ) -> tuple[list[Hit], int]:
        """Read the text around a place of which every character is in a notation."""
        from tokcheck.scan.detect.encoded.character_runs import read_characters

        text = read_characters(data, anchor.start) if layers else None
        if text is None or not self._budget.spend(REWRITING * len(text.inner)):
            return [], anchor.start + 1
        return [*text.in_data(self._inside(text.inner, path, layers))], text.end

    def _inside(self, inner: bytes, path: str, layers: int) -> list[Hit]:
        """Return the credentials of decoded data."""
        candidates = self._prefilter.candidates(inner, path)
        is_declared = self._names.may_be_in(inner, "")
        return self._all_hits(inner, path, candidates, is_declared, layers - 1)
