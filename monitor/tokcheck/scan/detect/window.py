"""The text around an anchor."""

# Characters before an anchor that are read for what precedes the token, and after it for the token
# itself; the longer window is for a token that reaches the end of the shorter one.
_BEFORE = 1_000
WINDOW_LENGTHS = (4_096, 49_152)


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
