"""Texts in another coding: Base64, UTF-16, UTF-32, or a notation for every character.

Each is decoded, and what stands in it is searched as any other text.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tokcheck.scan.detect.first_pass.anchors import COMPRESSED, Anchor, Coding
from tokcheck.scan.detect.hit import REWRITING, Budget, Hit

if TYPE_CHECKING:
    from tokcheck.paste.encoding.deflated import Inflated
    from tokcheck.scan.detect.encoded.joined_pieces import JoinedPieces

MOST_LAYERS = 3
"""A text that was encoded so many times is decoded as often."""
# The most bytes that a chunk's compressed texts may unpack to: once, and for each byte of it.
_INFLATED_ONCE = 4 << 20
_INFLATED_EACH = 1

# Returns the credentials of decoded data, given the path and the layers that may be left.
SearchInside = Callable[[bytes, str, int], list[Hit]]


class DecodedTexts:
    """Reads the texts of a chunk that are in another coding; ``search`` reads decoded data."""

    def __init__(self, search: SearchInside) -> None:
        self._inside = search
        self._budget = Budget(0)
        self._inflated_left = 0
        self.cut: list[int] = []
        """Where the compressed texts of the chunk begin that were not read to their end."""

    def begin_chunk(self, size: int, budget: Budget) -> None:
        """Begin a chunk of so many bytes."""
        self._budget = budget
        self._inflated_left = _INFLATED_ONCE + _INFLATED_EACH * size
        self.cut = []

    def read(
        self, data: bytes, path: str, anchor: Anchor, until: int, layers: int
    ) -> tuple[list[Hit], int]:
        """Read the text around an anchor; also return up to where other anchors are skipped."""
        if anchor.coding is Coding.BASE64:
            return self.read_base64(data, path, anchor, layers)
        if anchor.coding is Coding.CHARACTERS:
            return self._in_characters(data, path, anchor, layers)
        return self._in_wide(data, path, anchor, until, layers)

    def read_base64(
        self, data: bytes, path: str, anchor: Anchor, layers: int
    ) -> tuple[list[Hit], int]:
        """Read the text in Base64 around a place, as in a Kubernetes secret or an attachment."""
        from tokcheck.scan.detect.encoded.base64_runs import read_run
        from tokcheck.scan.detect.encoded.joined_pieces import join_pieces

        at = anchor.start
        end = at + 1
        joined = join_pieces(data, at, self._budget) if layers else None
        whole = self._in_pieces(joined, path, layers)
        if joined is not None and whole:
            return whole, joined.end
        for text in read_run(data, at, whole=anchor.text == COMPRESSED) if layers else ():
            # A token at the end of a longer text may continue behind it.
            end = max(end, text.end - (text.end - at) // 2 if text.cut else text.end)
            inflated = self._inflate(text.inner)
            if inflated is not None:
                # Its lines and columns are none of the file.
                start = text.place_of(0)
                if inflated.is_part_of_text and layers == MOST_LAYERS:
                    self.cut.append(start)
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
                # What may have more pieces is not whole.
                ends = len(text.inner) if joined is not None else -1
                return [
                    hit._replace(
                        start=text.place_of(hit.start),
                        end=text.place_of(hit.end),
                        place=None,
                        fragment=hit.fragment or hit.end == ends,
                    )
                    for hit in found
                ], end
        return [], end

    def _in_pieces(self, joined: "JoinedPieces | None", path: str, layers: int) -> list[Hit]:
        """Return what stands in a text in Base64 that a program puts together."""
        if joined is None or not joined.sure:
            return []
        inflated = self._inflate(joined.inner)
        inner = joined.inner if inflated is None else inflated.data
        return [
            hit._replace(start=joined.start, end=joined.end, place=None)
            for hit in self._inside(inner, path, layers)
        ]

    def _inflate(self, data: bytes) -> "Inflated | None":
        """Return decompressed data, as long as the chunk's budget lasts."""
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
