"""Texts in UTF-16 and UTF-32 in the data, with a mark or without one, in either byte order."""

from tokcheck.paste.encoding import encoding_of
from tokcheck.scan.detect.hit import Hit, WidePlace

# How much text in front of an anchor is read, in characters, and how many bytes are decoded at a
# time: first a few, since many texts are short.
_BEFORE = 65_536
_FIRST_BLOCK = 4_096
_BLOCK = 1 << 20
_HEAD = 4
# How many letters on either side of an anchor are read to find the byte order.
_EDGE = 4_096
_MARK = "\ufeff"
_NO_MARK = bytes.maketrans(b"\xfe\xff", b"\0\0")
# The byte order that the first bytes of the data show; a mark is itself in it.
_ORDERS = {"utf-16-le": "le", "utf-16-be": "be", "utf-16": "", "utf-32": ""}
# Behind so many bytes, other data may have followed.
_KNOWN = 1 << 24
# The end of a text among other data: no character, or none of this coding.
_ENDS = ("\0", "\ufffd")


class WideText:
    """A text in the data, from ``begin`` to ``end``, with so many bytes a character or more."""

    def __init__(self, text: str, begin: int, codec: str) -> None:
        self.inner = text.encode("utf-8", "replace")
        self.end = begin + len(text.encode(codec, "replace"))
        self._begin = begin
        self._codec = codec
        # The last place that was given: in the inner text, in the data, in lines and characters.
        self._at = 0
        self._place = begin
        self._lines = 0
        self._characters = -1 if text.startswith(_MARK) else 0

    def place_of(self, hit: Hit) -> Hit:
        """Return a hit of the inner text in its place; hits come in their order."""
        if hit.start > self._at:
            between = self.inner[self._at : hit.start].decode()
            newlines = between.count("\n")
            self._lines += newlines
            kept = 0 if newlines else self._characters
            self._characters = kept + len(between) - between.rfind("\n") - 1
            self._place += len(between.encode(self._codec))
            self._at = hit.start
        length = len(self.inner[hit.start : hit.end].decode().encode(self._codec))
        place = WidePlace(self._begin, self._lines, self._characters)
        return hit._replace(start=self._place, end=self._place + length, place=place)


def read_wide(data: bytes, at: int, width: int, not_before: int) -> WideText:
    """Return the text in which the first byte of a character that is no NUL stands at ``at``.

    It begins at ``not_before`` or later.
    """
    order = _order(data, at, width)
    begin = at - (width - 1 if order == "be" else 0)
    codec = f"utf-{8 * width}-{order}"
    if not not_before and encoding_of(data[:_HEAD]).startswith(f"utf-{8 * width}"):
        first = 0
    else:
        first = max(begin - _BEFORE * width, not_before + (begin - not_before) % width)
    front = data[first:begin].decode(codec, "replace")
    cut = max(front.rfind(end) for end in _ENDS) + 1
    text = front[cut:] + _until_end(data, begin, width, codec)
    return WideText(text, begin - len(front[cut:].encode(codec, "replace")), codec)


def _order(data: bytes, at: int, width: int) -> str:
    """Return the byte order: its NULs stand in front of each character, or behind it.

    Between two letters they do both, so that the ends of the text decide.
    """
    known = encoding_of(data[:_HEAD])
    if known in _ORDERS and at < _KNOWN:
        return _ORDERS[known] or ("be" if data[:1] in {b"\0", b"\xfe"} else "le")
    first = at - _letters(data[max(0, at - _EDGE * width) : at + 1][::-1], width) * width + width
    last = at + _letters(data[at : at + _EDGE * width], width) * width - width
    nuls = b"\0" * (width - 1)
    is_little = data[max(0, first - width + 1) : first] != nuls
    is_big = data[last + 1 : last + width] != nuls
    # A byte of another script's character may look like a letter at one end.
    if is_little == is_big:
        is_big = at % width == width - 1
    return "be" if is_big else "le"


def _letters(data: bytes, width: int) -> int:
    """Return how many letters with NULs between them the data begins with."""
    # The bytes of a mark are no letters.
    number = data[::width].translate(_NO_MARK).find(b"\0")
    number = len(data[::width]) if number < 0 else number
    for place in range(1, width):
        between = data[place::width]
        number = min(number, len(between) - len(between.lstrip(b"\0")) + 1)
    return max(1, number)


def _until_end(data: bytes, begin: int, width: int, codec: str) -> str:
    parts: list[str] = []
    size = _FIRST_BLOCK
    while begin < len(data):
        block = data[begin : begin + size]
        part = block[: len(block) // width * width].decode(codec, "replace")
        cut = min((at for end in _ENDS if (at := part.find(end)) >= 0), default=-1)
        parts.append(part if cut < 0 else part[:cut])
        if cut >= 0:
            break
        begin += size
        size = min(2 * size, _BLOCK)
    return "".join(parts)
