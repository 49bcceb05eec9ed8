"""Read the text at an anchor: whether it is a credential, of which provider and until when.

A signed token is decoded, an opaque one is recognised by its prefix, and hexadecimal digits count
only beside words that label them. Text in Base64, UTF-16 or UTF-32 is decoded and searched as any
other. Samples from documentation are not reported.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tokcheck.core.credential import Kind
from tokcheck.core.expiry import is_expired
from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.core.secret import Secret
from tokcheck.paste.encoding.deflated import inflate
from tokcheck.providers import FINDER, REGISTRY
from tokcheck.scan.detect.anchors import COMPRESSED, Anchor, Coding, Collect, Sign
from tokcheck.scan.detect.encoded.base64_runs import read_run
from tokcheck.scan.detect.encoded.wide_text import read_wide
from tokcheck.scan.detect.hit import REWRITING, Budget, Hit, Position, advice_for, forms_by_prefix
from tokcheck.scan.detect.labelled.declared_names import DeclaredNames
from tokcheck.scan.detect.labelled.declared_reader import DeclaredReader, without_overlaps
from tokcheck.scan.detect.labelled.label_reader import LabelReader
from tokcheck.scan.detect.prefilter import Candidates, Prefilter, plain_anchors
from tokcheck.scan.detect.prefixed_tokens import PrefixReader
from tokcheck.scan.detect.sample_tokens import is_plain_hash
from tokcheck.scan.detect.signed_tokens import read_signed
from tokcheck.scan.detect.window import WINDOW_LENGTHS, KnownReadings, Window, surroundings_of
from tokcheck.scan.finding import Finding, Piece, sha256

if TYPE_CHECKING:
    from tokcheck.paste.context.evidence import Evidence

# Bytes after a token that decide where it ends: a token closer to the end of the previous piece is
# read again, and replaces what was found there.
_LOOKAHEAD = 128
_JSON = LazyBytesRegex(
    rb"(?<![A-Za-z0-9+/_-])eyJ[A-Za-z0-9+/]{61,32768}+={0,2}(?![A-Za-z0-9+/_.-])"
)
# The cost of reading an anchor in vain, in characters of the budget for repeated reading.
_IN_VAIN = 1_024
# A text that was encoded several times is decoded as often.
_MOST_LAYERS = 3
# The most bytes that a piece's compressed texts may unpack to: once, and for each byte of it.
_INFLATED_ONCE = 4 << 20
_INFLATED_EACH = 1
# Of a piece's labelled credentials, so many are compared with the text around them.
_MOST_OWNERS = 256
# And with so many bytes of it on either side.
_AROUND = 2_048
# Bytes on either side of a code that may say that it is one of OAuth.
_AROUND_CODE = 400


class CandidateReader:
    """Reads the candidates of a piece; its parameters are those of the searcher."""

    def __init__(
        self,
        now: float,
        kinds: Collection[Kind] | None,
        prefilter: Prefilter,
        collect: Collect | None,
        names: DeclaredNames,
        tables: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._now = now
        self._kinds = kinds
        self._prefilter = prefilter
        self._collect = collect
        self._budget = Budget(0)
        self._known = KnownReadings()
        self._owners_left = 0
        self._inflated_left = 0
        self._evidence: Evidence | None = None
        self._labels = LabelReader()
        self._names = names
        self._tables = tables
        self._declared: DeclaredReader | None = None
        self._prefixes = {
            prefix: PrefixReader(prefix, provider, form)
            for prefix, (provider, form) in forms_by_prefix().items()
        }

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
        self._owners_left = _MOST_OWNERS
        self._inflated_left = _INFLATED_ONCE + _INFLATED_EACH * len(piece.data)
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
            )

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
        return self._with_declared(data, path, hits, layers) if is_declared else hits

    def _with_declared(self, data: bytes, path: str, hits: list[Hit], layers: int) -> list[Hit]:
        """Return the hits with those of declared providers, which may contain a signed token."""
        if self._declared is None:
            self._declared = DeclaredReader(self._tables)
        declared = self._declared.hits(data, path, self._budget)
        declared += without_overlaps(self._declared_in_codes(data, path, hits, layers), declared)
        if not declared:
            return hits
        declared.sort(key=_order)
        # A credential in the form of a provider in use is that provider's.
        known = [hit for hit in hits if hit.provider in REGISTRY]
        declared = [*without_overlaps(declared, known)]
        return sorted((*without_overlaps(hits, declared), *declared), key=_order)

    def _declared_in_codes(
        self, data: bytes, path: str, hits: Sequence[Hit], layers: int
    ) -> Iterator[Hit]:
        """Yield what stands in Base64 or UTF-16 with a declared prefix, beside the hits."""
        until = 0
        for at, coding in self._names.encoded_places(data):
            if at < until or self._budget.is_spent:
                continue
            anchor = Anchor(at, Sign.PREFIX, coding, "")
            found, until = self._at_anchor(data, path, anchor, until, layers)
            if not found:
                self._budget.spend(max(_IN_VAIN, REWRITING * (until - at)))
            yield from without_overlaps(found, hits)

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
                self._budget.spend(_IN_VAIN)
        for start, end in candidates.places:
            hits.extend(self._labels.in_range(data, start, end))
        for hit in list(hits):
            hits.extend(self._labels.beside(data, hit))
        unique: dict[tuple[int, str], Hit] = {}
        for hit in hits:
            known = unique.get((hit.start, hit.raw))
            if known is None or hit.decisive:
                unique[hit.start, hit.raw] = hit
        return self._with_owners(data, path, sorted(unique.values(), key=_order))

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
        if anchor.coding is not Coding.NARROW:
            return self._in_wide(data, path, anchor, until, layers)
        if anchor.sign is Sign.LABEL:
            return self._labels.at_label(data, anchor.start, self._budget), until
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
        return self._prefixes[anchor.text].read(text, start, self._budget)

    def _in_base64(
        self, data: bytes, path: str, anchor: Anchor, layers: int
    ) -> tuple[list[Hit], int]:
        """Read the text in Base64 around a place, as in a Kubernetes secret or an attachment."""
        at = anchor.start
        end = at + 1
        for text in read_run(data, at, whole=anchor.text == COMPRESSED) if layers else ():
            # A token at the end of a longer text may continue behind it.
            end = max(end, text.end - (text.end - at) // 2 if text.cut else text.end)
            inflated = self._inflate(text.inner)
            if inflated is not None:
                # Its lines and columns are none of the file.
                start = text.place_of(0)
                return [
                    hit._replace(start=start, end=text.end, place=None)
                    for hit in self._inside(inflated, path, layers)
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

    def _inflate(self, data: bytes) -> bytes | None:
        """Return decompressed data, as long as the piece's budget lasts."""
        inflated = inflate(data, self._inflated_left)
        if inflated is None:
            return None
        self._inflated_left -= len(inflated.data)
        return inflated.data

    def _in_wide(
        self, data: bytes, path: str, anchor: Anchor, until: int, layers: int
    ) -> tuple[list[Hit], int]:
        """Read the text in UTF-16 or UTF-32 around an anchor."""
        text = read_wide(data, anchor.start, int(anchor.coding), until)
        hits = [text.place_of(hit) for hit in self._inside(text.inner, path, layers)]
        return hits, max(text.end, anchor.start + 1)

    def _inside(self, inner: bytes, path: str, layers: int) -> list[Hit]:
        """Return the credentials of decoded data."""
        candidates = self._prefilter.candidates(inner, path)
        is_declared = self._names.may_be_in(inner, "")
        return self._all_hits(inner, path, candidates, is_declared, layers - 1)

    def _with_owners(self, data: bytes, path: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits; without a decisive form, one is its owner's by the text around."""
        signed = [(hit.start, hit.provider) for hit in hits if hit.decisive and hit.provider]
        owned: list[Hit] = []
        for hit in hits:
            if not hit.decisive:
                if _is_plain_hash(data, path, hit):
                    continue
                self._owners_left -= 1
                near = self._owners_left >= 0
                owner = self._owner_of(data, path, hit, signed) if near else None
                if owner != hit.provider:
                    known = owner is not None and owner not in REGISTRY
                    service = f"{hit.kind.words} of {owner}" if known else ""
                    hit = hit._replace(provider=None, service=service)  # noqa: PLW2901
            owned.append(hit._replace(decisive=True))
        return owned

    def _owner_of(
        self, data: bytes, path: str, hit: Hit, signed: Sequence[tuple[int, str]]
    ) -> str | None:
        """Return the owner that the bytes around a hit name, or else the path."""
        if self._evidence is None:
            self._evidence = FINDER.evidence()
        first = max(0, hit.start - _AROUND)
        text = data[first : hit.end + _AROUND].decode("latin-1")
        mentions = [(at - first, provider) for at, provider in signed]
        start, end = hit.start - first, hit.end - first
        owner = self._evidence.owner_of(text, start, end, mentions)
        if owner is None and hit.provider is not None and hit.provider in path.lower():
            return hit.provider
        return owner


def _is_plain_hash(data: bytes, path: str, hit: Hit) -> bool:
    before = data[max(0, hit.start - _AROUND_CODE) : hit.start].decode("latin-1")
    behind = data[hit.end : hit.end + _AROUND_CODE].decode("latin-1")
    return is_plain_hash(hit.kind, path, before, behind)


def _order(hit: Hit) -> tuple[int, str]:
    return hit.start, hit.raw
