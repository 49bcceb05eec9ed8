"""Read objects out of a text as programs print them: whole, cut off, or quoted once more.

JSON, and the literals of Python, JavaScript, Ruby, Java and Rust, which logs and tracebacks hold. A
reader that is strict would find nothing in most of them. The time is linear in the text.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tokcheck.core.lazy import LazyRegex

_DEEPEST = 24
_MOST_OBJECTS = 256
# Text in a text, as a response's body in a log's field.
_MOST_LEVELS = 3
_LONGEST = 40_000  # characters of a text in quotation marks

# Line breaks may be written as escapes where the whole text was quoted.
_BLANKS = LazyRegex(r"(?:\s|\\{1,4}[nrt])*+")
_QUOTE = LazyRegex(r"[bBuUrR]{0,2}(?P<mark>\\{0,7}[\"'`])")
_BODIES = {
    quote: LazyRegex(rf"((?:[^{quote}\\]|\\.){{0,{_LONGEST}}}+)({quote}?)", re.DOTALL)
    for quote in "\"'`"
}
_ESCAPE = LazyRegex(
    r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": ""}
_NAME = LazyRegex(r"[A-Za-z_$@][\w$.@-]{0,80}")
_COLON = LazyRegex(r"(?:\s|\\{1,4}[nrt])*+(?:=>|[:=])(?:\s|\\{1,4}[nrt])*+")
_COMMA = LazyRegex(r"(?:\s|\\{1,4}[nrt]|[,;])*+")
_BARE = LazyRegex(r"[^,;}\])\n]{1,2000}")
_WORDS: dict[str, Any] = {
    "true": True, "True": True, "false": False, "False": False,
    "null": None, "None": None, "nil": None, "undefined": None,
}  # fmt: skip
_AFTER_STRING = LazyRegex(r"(?:\s|\\{1,4}[nrt])*+(?:[,:}\])=;]|\Z)")
_LINE_END = LazyRegex(r"[ \t]*+\n[ \t]*+")
_CLOSING = {"{": "}", "[": "]", "(": ")"}


class PrintedObject(NamedTuple):
    """An object that a text holds, and where."""

    value: dict[str, Any]
    start: int
    end: int
    is_whole: bool = True
    """Whether it was neither cut off nor wrapped inside one of its texts."""


def read_objects(text: str, levels: int = _MOST_LEVELS) -> Iterator[PrintedObject]:
    """Yield the objects of a text, and those in their texts, each before those inside it.

    An object that was cut off ends at the end of the text.
    """
    reader = _ObjectReader(text)
    at, left = text.find("{"), _MOST_OBJECTS
    while at >= 0 and left > 0:
        left -= 1
        value = reader.read_object(at)
        end = reader.at if value else at + 1
        if value:
            whole = reader.is_whole
            for inner in _objects_in(value, levels):
                yield PrintedObject(inner, at, end, whole)
        at = text.find("{", end)


def _objects_in(value: Any, levels: int) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any literal
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects_in(each, levels)
    elif isinstance(value, list):
        for each in value:
            yield from _objects_in(each, levels)
    elif isinstance(value, str) and levels and "{" in value:
        for found in read_objects(value, levels - 1):
            yield found.value


class _ObjectReader:
    """Reads one text; ``at`` is where the last object ended, ``cut`` whether that was too early."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self._cut = self._wrapped = False

    @property
    def is_whole(self) -> bool:
        """Whether the last object was neither cut off nor wrapped inside one of its texts."""
        return not (self._cut or self._wrapped)

    def read_object(self, start: int) -> dict[str, Any]:
        """Return the object with its brace at ``start``; empty if there is none."""
        self.at, self._cut, self._wrapped = start, False, False
        return self._read_members(0)

    def _skip(self, pattern: LazyRegex) -> None:
        match = pattern.match(self._text, self.at)
        if match is not None:
            self.at = match.end()

    def _next(self) -> str:
        return self._text[self.at : self.at + 1]

    def _read_members(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self.at += 1
        while not self._cut:
            self._skip(_COMMA)
            if self._next() == "}":
                self.at += 1
                return members
            key = self._read_key()
            colon = None if key is None else _COLON.match(self._text, self.at)
            if key is None or colon is None:
                self._cut = True
                return members
            self.at = colon.end()
            value = self._read_value(depth + 1)
            members.setdefault(key, value)
        return members

    def _read_items(self, depth: int) -> list[Any]:
        items: list[Any] = []
        closing = _CLOSING[self._next()]
        self.at += 1
        while not self._cut:
            self._skip(_COMMA)
            if self._next() == closing:
                self.at += 1
                return items
            before = self.at
            value = self._read_value(depth + 1)
            if self.at == before:
                self._cut = True
                return items
            items.append(value)
        return items

    def _read_key(self) -> str | None:
        text = self._read_string()
        if text is not None:
            return text
        match = _NAME.match(self._text, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match.group()

    def _read_value(self, depth: int) -> Any:  # noqa: ANN401 - any literal
        self._skip(_BLANKS)
        if not self._next() or depth > _DEEPEST:
            self._cut = True
            return None
        text = self._read_string()
        if text is not None:
            return text
        name = _NAME.match(self._text, self.at)
        # An object of JavaScript or Python has its class in front.
        if name is not None and self._text.startswith((" {", " ["), name.end()):
            self.at = name.end() + 1
        if self._text.startswith("Some(", self.at):  # an optional value, as Rust prints it
            self.at += len("Some")
            return next(iter(self._read_items(depth)), None)
        if self._next() == "{":
            return self._read_members(depth)
        if self._next() in {"[", "("}:
            return self._read_items(depth)
        return self._read_bare()

    def _read_bare(self) -> Any:  # noqa: ANN401 - a number, a constant or a text
        match = _BARE.match(self._text, self.at)
        if match is None:
            return None
        self.at = match.end()
        bare = match.group().strip().replace("\\n", "").strip()
        if bare.isascii() and bare.isdigit() and len(bare) < 16:
            return int(bare)
        return _WORDS.get(bare, bare)

    def _read_string(self) -> str | None:
        opening = _QUOTE.match(self._text, self.at)
        if opening is None:
            return None
        mark = opening["mark"]
        if len(mark) == 1:
            return self._read_plain_string(opening.end(), mark)
        end = self._find_mark(mark, opening.end())
        stop = len(self._text) if end < 0 else end
        self._cut = self._cut or end < 0
        self.at = stop if end < 0 else stop + len(mark)
        text = self._text[opening.end() : stop]
        # Each level of quotation makes 1, 3, 7 backslashes of none, 1, 3.
        for _ in range(len(mark).bit_length()):
            text = _unescape(text)
        return text

    def _find_mark(self, mark: str, start: int) -> int:
        """Return where an escaped quotation mark stands that no more backslashes precede."""
        found = self._text.find(mark, start)
        while found > 0 and self._text[found - 1] == "\\":
            found = self._text.find(mark, found + len(mark))
        return found

    def _read_plain_string(self, start: int, quote: str) -> str:
        match = _BODIES[quote].match(self._text, start)
        assert match is not None  # noqa: S101 - it matches the empty text
        body, end = match.group(1), match.end()
        # In JSON no text has a line break: the one that was cut off ends with its line.
        if "\n" in body and not (match.group(2) and _AFTER_STRING.match(self._text, end)):
            body = body.partition("\n")[0]
            end = start + len(body)
            self._cut = True
        elif not match.group(2):
            self._cut = True
        elif "\n" in body and quote != "`":
            self._wrapped = True
            body = _LINE_END.compiled.sub(" ", body)
        self.at = end
        return _unescape(body)


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPE.compiled.sub(_unescape_one, text)
    if "\\u" not in text:
        return plain
    # JSON writes a character beyond the first 65,536 as a pair of surrogates.
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _unescape_one(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _ESCAPES.get(match[4], match[4])
