"""The text around an anchor, decoded."""

from tokcheck.scan.detect.anchors import Anchor

# Characters before an anchor that are read for what precedes the token, and after it for the token
# itself; the longer window is for a token that reaches the end of the shorter one.
BEFORE = 96
WINDOW_LENGTHS = (4_096, 49_152)


class Window:
    """The text around an anchor, decoded so that every character has its place in the data."""

    def __init__(self, data: bytes, anchor: Anchor, length: int) -> None:
        width = int(anchor.coding)
        self._codec = {1: "utf-8", 2: "utf-16-le", 4: "utf-32-le"}[width]
        self._errors = "surrogateescape" if width == 1 else "replace"
        last = anchor.start + length * width
        self._begin = anchor.start
        self.is_last = last >= len(data) or length == WINDOW_LENGTHS[-1]
        before = data[max(0, anchor.start - BEFORE * width) : anchor.start]
        head = before.decode(self._codec, self._errors)
        self.start = len(head)
        tail = data[anchor.start : last]
        # An anchor of big-endian text begins at the second byte of a character, so that its
        # window lacks a byte at the end of the data.
        tail += b"\0" * (-len(tail) % width)
        self.text = head + tail.decode(self._codec, self._errors)

    def place_of(self, end: int) -> int:
        """Return the place in the data of a character after the anchor."""
        if end < self.start:
            front = self.text[end : self.start]
            return self._begin - len(front.encode(self._codec, self._errors))
        return self._begin + len(self.text[self.start : end].encode(self._codec, self._errors))
