"""The fast first pass over bytes: what may be a credential.

The anchors of all credentials are found in five passes, and those that cannot belong to one are
dropped.
"""

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import NamedTuple

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.paste.encoding import WIDE_HEAD, bytes_a_character
from tokcheck.scan.detect.first_pass.anchors import (
    ARCHIVE,
    COMPRESSED,
    Anchor,
    Coding,
    Data,
    Sign,
    characters_search,
    compressed_search,
    encoded_search,
    nested_search,
    plain_search,
)
from tokcheck.scan.detect.first_pass.likelihood import Likelihood, begins_run, may_hold_labelled

# How far from a provider's name its labelled credentials are searched, in bytes.
_BESIDE = 1_000
# A chunk of at most so many bytes is searched whole if its path names the provider.
_NAMED = 49_152
REACH = 4_096
"""From how far around an anchor the data decides about it, at most."""
# Credentials without any joint or notation inside, so far as their beginning shows; only the
# beginning is matched, since another one may stand inside.
_PLAIN = LazyBytesRegex(
    rb"(?P<eyJ>eyJ(?=[A-Za-z0-9_-]{8,300}+\.eyJ[A-Za-z0-9_-]{8,8000}+\.(?!eyJ)[A-Za-z0-9_-]{16}))"
    rb"|(?<![A-Za-z0-9_-])(?:(?P<ya29>ya29\.(?=[A-Za-z0-9_-]{30}))"
    rb"|(?P<refresh>1//0(?=[A-Za-z0-9_-]{20}))"
    rb"|(?P<secret>GOCSPX-(?=[A-Za-z0-9_-]{20}))|(?P<code>4/0(?=[A-Za-z0-9_-]{16})))"
)
_PLAIN_MEANINGS = {
    "eyJ": (Sign.SIGNED, Coding.NARROW, "eyJ"),
    "ya29": (Sign.PREFIX, Coding.NARROW, "ya29."),
    "refresh": (Sign.PREFIX, Coding.NARROW, "1//0"),
    "secret": (Sign.PREFIX, Coding.NARROW, "GOCSPX-"),
    "code": (Sign.PREFIX, Coding.NARROW, "4/0"),
}


class Candidates(NamedTuple):
    """The anchors of some data, whether one may begin a credential, and the ranges near a name.

    ``is_likely`` takes anchors in their order, once.
    """

    anchors: Iterator[Anchor]
    is_likely: Callable[[Anchor], bool]
    places: list[tuple[int, int]]


class Prefilter:
    """Finds what may be a credential."""

    def __init__(self) -> None:
        self._plain = plain_search()
        self._encoded = encoded_search()
        self._nested = nested_search()
        self._compressed = compressed_search()
        self._characters = characters_search()

    def candidates(self, data: bytes, path: str = "") -> Candidates | None:
        """Return the candidates of some data; nearly always there is none."""
        plain, encoded = self._plain.find(data), self._encoded.find(data)
        nested = self._nested.find(data)
        compressed = self._compressed_runs(data)
        characters = self._characters.find(data)
        named = names_provider(path) and len(data) <= _NAMED
        wide = wide_beginning(data)
        if not (plain or encoded or nested or compressed or characters or named or wide):
            return None
        places = [(0, len(data))] if named else []
        some = bool(nested or compressed or wide)
        for anchors in (encoded, characters):
            # A likelihood goes through the data once.
            some = some or any(map(Likelihood(data).has, anchors))
        likelihood = Likelihood(data)
        for anchor in plain:
            if anchor.sign is Sign.NAME and anchor.coding is Coding.NARROW:
                places.append((max(0, anchor.start - _BESIDE), anchor.start + _BESIDE))
            else:
                some = some or likelihood.has(anchor)
        places = [place for place in merge_ranges(places) if may_hold_labelled(data, place)]
        if not some and not places:
            return None
        anchors = merge(wide, plain, encoded, nested, compressed, characters)
        return Candidates(anchors, Likelihood(data).has, places)

    def places(self, data: Data) -> list[int]:
        """Return the places in some data that may belong to credentials, in no order.

        Where a zip archive may end, or a stream of gzip begin, is one of them: what is in it
        counts, too.

        If there is none, :meth:`candidates` returns none for any part of the data, whatever stands
        around it; its path counts as well there, and whether it begins as UTF-16 or UTF-32 does.
        """
        plain = self._plain.find(data)
        found = [anchor.start for anchor in self._nested.find(data)]
        found += [anchor.start for anchor in self._compressed_runs(data, archives=True)]
        names = []
        for search in (self._encoded, self._characters):
            is_likely = Likelihood(data).has
            found += [
                anchor.start
                for anchor in search.find(data)
                if anchor.text == ARCHIVE or is_likely(anchor)
            ]
        likelihood = Likelihood(data)
        for anchor in plain:
            if anchor.sign is Sign.NAME and anchor.coding is Coding.NARROW:
                names.append(anchor.start)
            elif likelihood.has(anchor):
                found.append(anchor.start)
        ranges = merge_ranges((max(0, at - _BESIDE), at + _BESIDE) for at in names)
        for first, last in ranges:
            if may_hold_labelled(data, (first, last)):
                found += [at for at in names if first <= at < last]
        return found

    def _compressed_runs(self, data: Data, *, archives: bool = False) -> list[Anchor]:
        """Return the anchors of texts that zlib compressed or that are in UTF-16.

        With ``archives``, also those at which a zip archive may end.
        """
        return [
            anchor
            for anchor in self._compressed.find(data)
            if (anchor.text != COMPRESSED or begins_run(data, anchor.start))
            and (anchor.text != ARCHIVE or archives)
        ]


def wide_beginning(data: bytes) -> list[Anchor]:
    """Return the anchor of the whole text if it is in UTF-16 or UTF-32."""
    head = bytes(data[:WIDE_HEAD])
    width = bytes_a_character(head)
    if width == 1:
        return []
    # The first byte that is no NUL; behind a mark, the last one of a big-endian character.
    mark = len(head) - len(head.lstrip(b"\0"))
    if head[mark : mark + 1] in {b"\xfe", b"\xff"}:
        is_big = mark > 0 or head[:1] == b"\xfe"
        mark = width + (width - 1 if is_big else 0)
    return [Anchor(mark, Sign.SIGNED, Coding(width), "")] if mark < len(data) else []


def names_provider(path: str) -> bool:
    """Return whether a path names the provider of the labelled credentials."""
    return "fitbit" in path.lower()


def plain_anchors(data: bytes, start: int) -> Iterator[Anchor]:
    """Yield the anchors from a place on where a credential without any joint seems to begin."""
    for match in _PLAIN.compiled.finditer(data, start):
        yield Anchor(match.start(), *_PLAIN_MEANINGS[match.lastgroup or ""])


def merge_ranges(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the ranges in order, overlapping ones joined."""
    return join_ranges(sorted(places))


def join_ranges(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield ranges that are in order, overlapping ones joined."""
    current: tuple[int, int] | None = None
    for start, end in places:
        if current is None:
            current = (start, end)
        elif start <= current[1]:
            current = (current[0], max(current[1], end))
        else:
            yield current
            current = (start, end)
    if current is not None:
        yield current
