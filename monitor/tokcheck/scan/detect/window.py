"""The text around an anchor, and earlier readings of such texts."""

from typing import NamedTuple

from tokcheck.scan.detect.first_pass.anchors import Anchor
from tokcheck.scan.detect.hit import Hit

# Characters before an anchor that are read for what precedes the token, and after it for the token
# itself; the longer window is for a token that reaches the end of the shorter one.
_BEFORE = 1_000
WINDOW_LENGTHS = (4_096, 49_152)


# So many readings are kept, each with the bytes around it.
_MOST_READINGS = 64


class Window:
    """The text around a place, decoded so that every character has its place in the data."""

    def __init__(self, data: bytes, at: int, length: int) -> None:
        last = at + length
        self._begin = at
        self.is_last = last >= len(data) or length == WINDOW_LENGTHS[-1]
        head = data[max(0, at - _BEFORE) : at].decode("utf-8", "surrogateescape")
        self.start = len(head)
        self.text = head + data[at:last].decode("utf-8", "surrogateescape")

    def place_of(self, at: int) -> int:
        """Return the place in the data of a character."""
        if at < self.start:
            front = self.text[at : self.start]
            return self._begin - len(front.encode("utf-8", "surrogateescape"))
        between = self.text[self.start : at]
        if between.isascii():
            return self._begin + len(between)
        return self._begin + len(between.encode("utf-8", "surrogateescape"))


class TextAround:
    """The text around a prefix: in UTF-8 if it is, and else by its bytes.

    Every character has its place in the data.
    """

    def __init__(self, data: bytes, at: int, before: int, length: int) -> None:
        self._at = at
        front, behind = data[max(0, at - before) : at], data[at : at + length]
        self._is_plain = front.isascii() and behind.isascii()
        if not self._is_plain:
            head, tail = (part.decode("utf-8", "surrogateescape") for part in (front, behind))
            # The ends may be within a character.
            self._is_plain = any(
                "\udc80" <= letter <= "\udcff" for letter in f"{head[3:]}{tail[:-3]}"
            )
        if self._is_plain:
            head, tail = front.decode("latin-1"), behind.decode("latin-1")
        self.start = len(head)
        self.text = head + tail

    def place_of(self, end: int) -> int:
        """Return the place in the data of a character behind the prefix."""
        if self._is_plain:
            return self._at + end - self.start
        between = self.text[self.start : end]
        return self._at + len(between.encode("utf-8", "surrogateescape"))


class Surroundings(NamedTuple):
    """An anchor's form, and the bytes in front of it and from it on."""

    anchor: str
    front: bytes
    rest: bytes


def surroundings_of(data: bytes, anchor: Anchor, length: int) -> Surroundings:
    """Return the surroundings of an anchor in a window of this length."""
    at = anchor.start
    return Surroundings(anchor.text, data[max(0, at - _BEFORE) : at], data[at : at + length])


class KnownReadings:
    """The readings of the latest anchors of some data.

    The same text in the same surroundings is the same credential, or none, so it is read once: a
    file of copies would take the longest of all.
    """

    def __init__(self) -> None:
        self._readings: dict[Surroundings, tuple[Hit | None, int, int]] = {}

    def find(self, surroundings: Surroundings, at: int) -> tuple[Hit | None, int] | None:
        """Return the known reading of an anchor at ``at``, and its end; ``None`` if unknown."""
        known = self._readings.get(surroundings)
        if known is None:
            return None
        hit, place, until = known
        moved = at - place
        if hit is not None:
            hit = hit._replace(start=hit.start + moved, end=hit.end + moved)
        return hit, until + moved

    def add(self, surroundings: Surroundings, at: int, hit: Hit | None, until: int) -> None:
        """Remember the reading of an anchor at ``at``, and its end."""
        if len(self._readings) >= _MOST_READINGS:
            del self._readings[next(iter(self._readings))]
        self._readings[surroundings] = (hit, at, until)
