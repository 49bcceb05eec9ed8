"""Texts of which every character is in a notation, read with the text around them.

A label in front of such a text is its own, and its joints are those of any text.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tokcheck.paste.encoding.characters import NOTATIONS, CharacterText, decode_runs
from tokcheck.scan.detect.hit import Hit

# How much is read: in front of an anchor for where its text begins, of the text, and around it.
_BEFORE = 400
_AHEAD = 65_536
_FRONT, _BEHIND = 320, 128


class CharacterRun(NamedTuple):
    """A text in a notation in the data, with what stands around it.

    ``inner`` has it decoded. ``end`` is up to where no other anchor counts.
    """

    inner: bytes
    end: int
    begin: int
    front: int
    decoded: CharacterText

    def in_data(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """Yield the hits that the decoded text has a part in, at their places in the data."""
        last = self.front + len(self.decoded.text)
        for hit in hits:
            if hit.start < last and hit.end > self.front:
                start, end = self._place_of(hit.start), self._place_of(hit.end)
                yield hit._replace(start=start, end=end, place=None)

    def _place_of(self, at: int) -> int:
        at -= self.front
        if at < 0:
            return self.begin + self.decoded.start + at
        if at < len(self.decoded.places):
            return self.begin + self.decoded.places[at]
        return self.begin + self.decoded.end + at - len(self.decoded.places)


def read_characters(data: bytes, at: int) -> CharacterRun | None:
    """Return the text in a notation that holds the place ``at``; ``None`` if there is none."""
    begin = max(0, at - _BEFORE)
    text = data[begin : at + _AHEAD].decode("latin-1")
    for notation in NOTATIONS:
        for run in decode_runs(text, notation, at - begin + _BEFORE):
            if run.start > at - begin:
                break
            if run.end <= at - begin:
                continue
            front = text[max(0, run.start - _FRONT) : run.start]
            inner = f"{front}{run.text}{text[run.end : run.end + _BEHIND]}".encode("latin-1")
            end = begin + run.end
            # A token at the end of a longer text may continue behind it.
            end -= (end - at) // 2 if run.is_cut else 0
            return CharacterRun(inner, end, begin, len(front), run)
    return None
