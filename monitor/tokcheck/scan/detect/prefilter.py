"""Search bytes for credentials: the fast first pass.

The anchors of all credentials are found in one pass, and those that cannot begin one are dropped.
The module ``candidates``, which is loaded only then, reads the rest.
"""

import binascii
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tokcheck.core.credential import Kind
from tokcheck.scan.detect.anchors import (
    LABELS,
    NAMES,
    PREFIXES,
    URL_SAFE,
    Anchor,
    Anchors,
    Coding,
    Collect,
    Sign,
)
from tokcheck.scan.finding import Finding, Piece

if TYPE_CHECKING:
    from tokcheck.scan.detect.candidates import CandidateReader

# How far from a provider's name its labelled credentials are searched, in bytes.
_BESIDE = 1_000
# A piece of at most so many bytes is searched whole if its path names the provider.
_NAMED = 49_152
_HEAD = re.compile(rb"[A-Za-z0-9_-]{4,24}")
_FIRST_KEY = re.compile(rb'\{"[\w-]*(?:"|\Z)')
_DIGITS = re.compile(rb"[0-9a-f]{32}")
_LABELLED_DIGITS = re.compile(rb"[\w\s\"'\\:=>%-]{0,48}?[0-9a-f]{64}")


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
        self._anchors = Anchors(PREFIXES, LABELS, NAMES)
        self._reader: CandidateReader | None = None

    def __call__(self, piece: Piece) -> Iterable[Finding]:
        """Return the findings of a piece in their order."""
        anchors = self._anchors.find(piece.data)
        named = "fitbit" in piece.path.lower() and len(piece.data) <= _NAMED
        return self._read(piece, anchors, named=named) if anchors or named else ()

    def _read(self, piece: Piece, anchors: Iterable[Anchor], *, named: bool) -> Iterator[Finding]:
        data = piece.data
        places = [(0, len(data))] if named else []
        some = False
        for anchor in anchors:
            if anchor.sign is Sign.NAME:
                places.append((max(0, anchor.start - _BESIDE), anchor.start + _BESIDE))
            else:
                some = some or _may_begin(data, anchor)
        places = [place for place in _merge_ranges(places) if _DIGITS.search(data, *place)]
        if not some and not places:
            return
        if self._reader is None:
            from tokcheck.scan.detect.candidates import CandidateReader

            self._reader = CandidateReader(self._now, self._kinds, self._collect)
        candidates = (
            anchor
            for anchor in anchors
            if anchor.sign is not Sign.NAME and _may_begin(data, anchor)
        )
        yield from self._reader.read(piece, candidates, places)


def _may_begin(data: bytes, anchor: Anchor) -> bool:
    """Return whether the bytes after an anchor may be a credential."""
    if anchor.sign is Sign.LABEL:
        return _LABELLED_DIGITS.match(data, anchor.start, anchor.start + 128) is not None
    if anchor.sign is Sign.SIGNED and anchor.coding is not Coding.BASE64:
        return _begins_json(data, anchor)
    return True


def _begins_json(data: bytes, anchor: Anchor) -> bool:
    """Return whether an anchor begins a JSON object with a key, in Base64."""
    width = int(anchor.coding)
    head = _HEAD.match(data[anchor.start : anchor.start + 24 * width : width])
    if head is None:
        return False
    run = head.group().translate(URL_SAFE)
    return _FIRST_KEY.match(binascii.a2b_base64(run[: len(run) // 4 * 4])) is not None


def _merge_ranges(places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the ranges in order, overlapping ones joined."""
    current: tuple[int, int] | None = None
    for start, end in sorted(places):
        if current is None:
            current = (start, end)
        elif start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current is not None:
        yield current
