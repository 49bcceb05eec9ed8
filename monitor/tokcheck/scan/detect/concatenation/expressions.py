"""Pieces that a program gives to names, keys or elements, and joins in an expression."""

import re
from bisect import bisect_left
from heapq import nsmallest
from itertools import islice
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.scan.detect.concatenation.joined import (
    PREFIX,
    QUOTE,
    Joined,
    are_sure,
    is_continuation,
)
from tokcheck.scan.detect.concatenation.statements import joins_list

# How far the other pieces and the expression may stand from the first one, and how many count.
_AHEAD = 4_000
_BEHIND = 1_500
_MOST_PIECES = 12
_MOST_USES = 12
_MOST_SHORT = 64

_VALUE = r"((?:1//|4/)?[A-Za-z0-9_.-]{1,4096})(?![A-Za-z0-9_.(-])"
# A name, an attribute or a key with its value. A program may write a type or the number of
# characters between the two.
_DEFINED = LazyRegex(
    r"(?<!\w)(?:([A-Za-z_]\w{0,60})(?:\[\d{0,5}\]|[\"'`\\\]]{0,4})"
    r"(?:\s{0,20}:\s?[&'\w<>\[\]* ]{1,20})?\s{0,20}(?::?=>?|:|<-)\s{0,20}"
    r"|(?:define\([\"']|#\s{0,4}define\s{1,8}|(?:\b(?:set(?:env)?|ENV|ARG)(?:\s{1,4}-\w{1,8}){0,3})\s{1,4})"
    r"([A-Za-z_]\w{0,60})(?:[\"']\s?,)?\s{1,20})"
    rf"(?:{PREFIX}{QUOTE})?{_VALUE}"
)
# A list of values, and several names with as many.
_LIST = LazyRegex(
    r"(?<!\w)([A-Za-z_]\w{0,60}(?:\s{0,5},\s{0,5}[A-Za-z_]\w{0,60}){0,11})"
    r"(?:\[\])?\s{0,20}(?::?=|<-|:)\s{0,20}(?:new\s{1,5})?(?:\w{0,10}\[\]\w{0,10})?"
    rf"(?:(?:array|c|listOf|arrayOf|List\.of|Arrays\.asList)\()?[\[({{]?\s{{0,40}}{PREFIX}{QUOTE}\Z"
)
_ELEMENT = LazyRegex(rf"{QUOTE}\s{{0,20}},\s{{0,40}}{PREFIX}{QUOTE}{_VALUE}")
# The text between two names of an expression: an operator, a call, or nothing in a template.
_EDGE = r"[ \t]{0,20}(?:\\?\r?\n[ \t]{0,40})?"
_OPERATOR = LazyRegex(
    r"\.(?:concat|append|plus|add)\([ \t]{0,4}"
    rf"|[\"'\]]{{0,2}}[)}}]{{0,2}}{_EDGE}(?:\+\+?|\.\.?|&|~|<>|\|\||\^){_EDGE}[$@]?"
    rf"|(?:[ \t]{{0,2}}[}})%]{{1,3}})?(?:{QUOTE}){{0,2}}"
    r"(?:[#\\]?[{(]{1,3}|[$%][({]{0,2}|@)[ \t]{0,2}"
)
_COMMA = LazyRegex(r"[\"'\]]{0,2}[ \t]{0,20},\s{0,40}[$@]?")
_MACRO = LazyRegex(r"#\s{0,4}define\s")
_JOINED_BY = LazyRegex(
    r"(?:(?:\"\"|''|``)\.join\(|(?:[jJ]oin|implode)\(\s?(?:\"\"|''|``)\s?,\s?|-join\s)\s?[$@&]?\Z"
)
_JOINED = LazyRegex(
    r"\.join(?:\(\s?(?:\"\"|''|``)\s?\)|\b(?!\())|\s?,\s?(?:(?:sep|collapse)\s?=\s?)?(?:\"\"|'')\s?\)"
    r"|\s?-join\s?(?:\"\"|'')"
)
_BLANK = LazyRegex(r"[ \t]{1,4}")
_PATH = r"(?:[A-Za-z_]\w{0,40}(?:\.|->|::|\[[\"']?)){0,3}"
_REFERENCE = LazyRegex(rf"{_PATH}([A-Za-z_]\w{{0,60}})(?:\[[\"']?(\d{{1,2}})[\"']?\])?(?![\w(])")
# The text in front of the first name.
_OPENING = LazyRegex(r"[fF$@]{0,2}(?:[\"'`]{0,2})(?:[$%]?[({]{1,3}|[$%@])?[ \t]{0,2}")
_LONGEST_BEGINNING = 7
# A shorter value is no piece of what a label names, but the first word of an expression.
_LEAST_LABELLED = 8
_LITERAL = LazyRegex(rf"{PREFIX}{QUOTE}([A-Za-z0-9_.-]{{1,4096}}){QUOTE}")


class _Definition(NamedTuple):
    name: str
    at: int
    value: str


class _Names:
    """The names of a part of a text that have a value there; of several, the last one counts."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.first, self.last = max(0, start - _BEHIND), min(len(text), end + _AHEAD)
        self._found = [
            _Definition(match[1] or match[2], match.start(3), match[3])
            for match in _DEFINED.compiled.finditer(text, self.first, self.last)
        ]
        self._found += _elements(text, start, end)
        self._by_name: dict[str, list[_Definition]] = {}
        for each in sorted(self._found, key=_place):
            self._by_name.setdefault(each.name, []).append(each)
        self.are_macros = _MACRO.search(text[self.first : self.last]) is not None

    def short_ones(self, at: int) -> list[_Definition]:
        """Return the definitions with so short a value that it may be the beginning of a prefix.

        Those nearest to a place count. Of one name, no later definition has one of the first uses.
        """
        short = (
            each
            for known in self._by_name.values()
            for each in known[:_MOST_USES]
            if len(each.value) <= _LONGEST_BEGINNING
        )
        return sorted(nsmallest(_MOST_SHORT, short, key=lambda each: abs(each.at - at)), key=_place)

    def names_of(self, start: int, value: str) -> list[str]:
        """Return the names of the value that begins at ``start``."""
        return [each.name for each in self._found if (each.at, each.value) == (start, value)]

    def list_behind(self, name: str) -> list[str]:
        """Return the elements behind the first one of a list, by that one's name."""
        front = name.partition("[")[0] + "["
        return [each.value for each in self._found if each.name.startswith(front)][1:]

    def definition_at(self, text: str, at: int) -> tuple[_Definition, int] | None:
        """Return the definition of the name that stands at a place, and where the name ends."""
        reference = _REFERENCE.match(text, at)
        definition = None if reference is None else self.value_of(reference[1], at)
        return None if reference is None or definition is None else (definition, reference.end())

    def value_of(self, name: str, at: int) -> _Definition | None:
        """Return the last definition in front of a place, or else the first one behind it."""
        known = self._by_name.get(name)
        return known[max(0, bisect_left(known, at, key=_place) - 1)] if known else None


def _place(definition: _Definition) -> int:
    return definition.at


class ExpressionValue(NamedTuple):
    """The value of an expression of names, and the place of its first piece."""

    raw: str
    start: int
    end: int


def read_expression(text: str, at: int) -> ExpressionValue | None:
    """Return the value of the expression of at least two names or literals at a place."""
    names = _Names(text, at, at)
    opening = _OPENING.match(text, at)
    first = names.definition_at(text, opening.end() if opening else at)
    if first is None:
        return None
    definition, last = first
    if not definition.value.isalnum() or len(definition.value) < _LEAST_LABELLED:
        # A name for the expression itself.
        outer = names.definition_at(text, definition.at)
        if outer is None:
            return None
        definition, last = outer
    pieces, _ = _values_behind(text, last, _OPERATOR, names)
    if not pieces:
        return None
    start = definition.at
    return ExpressionValue(
        "".join([definition.value, *pieces]), start, start + len(definition.value)
    )


def join_names(text: str, start: int, end: int) -> Joined | None:
    """Return the text in which an expression of names is what their values are together."""
    names = _Names(text, start, end)
    for name in names.names_of(start, text[start:end]):
        if _is_unused(text, name, names):
            continue
        joined = _in_expression(text, start, end, name, names)
        if joined is not None:
            return joined
    return None


def _is_unused(text: str, name: str, names: _Names) -> bool:
    """Return whether a name stands at its definition alone."""
    return text.count(name.partition("[")[0], names.first, names.last) < 2  # noqa: PLR2004


class JoinedFront(NamedTuple):
    """A text in which the pieces are one, and where the first of them stands."""

    text: str
    start: int
    end: int


def join_front(text: str, start: int, end: int) -> JoinedFront | None:
    """Return the text in which a short piece, which has a name, is joined in front of a value.

    So the value at ``start`` may lack the first characters of its prefix.
    """
    names = _Names(text, start, end)
    for short in names.short_ones(start):
        if _is_unused(text, short.name, names):
            continue
        last = short.at + len(short.value)
        joined = _in_expression(text, short.at, last, short.name, names)
        if joined is not None and joined.text.startswith(short.value + text[start:end]):
            return JoinedFront(joined.text, short.at, last)
    return None


def _elements(text: str, start: int, end: int) -> list[_Definition]:
    """Return the elements of the list that begins with the first piece, by name and number."""
    front = _LIST.search(text[max(0, start - 160) : start])
    if front is None:
        return []
    values = [(start, text[start:end])]
    at = end
    while len(values) < _MOST_PIECES and (element := _ELEMENT.match(text, at)):
        values.append((element.start(1), element[1]))
        at = element.end()
    names = [each.strip() for each in front[1].split(",")]
    if len(names) == 1:
        names = [f"{names[0]}[{number}]" for number in range(len(values))]
    return [_Definition(name, *value) for name, value in zip(names, values, strict=False)]


def _in_expression(text: str, start: int, end: int, name: str, names: _Names) -> Joined | None:
    word, _, number = name.partition("[")
    index = rf"\[[\"']?{number[:-1]}[\"']?\]" if number else ""
    # Behind a hyphen, it is the end of a value.
    used = re.compile(rf"(?<![\w-]){word}({index}(?![\w(])(?!\s*[:+.]?=[^=]|[\"'\]]*\s*:)|\b)")
    for use in islice(used.finditer(text, names.first, names.last), _MOST_USES):
        if start <= use.start() < end:
            continue  # letters of the value, which are no use of its name
        definition = names.value_of(name, use.start())
        if definition is None or definition.at != start:
            continue
        pieces = names.list_behind(name) if not use[1] and _makes_text(text, use) else []
        if use[1] or not number:
            pieces = pieces or _pieces_behind(text, use, names)
        if pieces:
            pieces = [text[start:end], *pieces]
            return Joined("".join(pieces) + text[end:], end, are_sure(pieces))
    return None


def _makes_text(text: str, use: re.Match[str]) -> bool:
    """Return whether a call joins all elements of the list that is used."""
    front = text[max(0, use.start() - 40) : use.start()]
    return _JOINED_BY.search(front) is not None or _JOINED.match(text, use.end()) is not None


def _pieces_behind(text: str, use: re.Match[str], names: _Names) -> list[str]:
    """Return the values that an expression joins behind the use of a name."""
    pieces, _ = _values_behind(text, use.end(), _OPERATOR, names)
    if not pieces and names.are_macros:
        pieces, _ = _values_behind(text, use.end(), _BLANK, names)
    if not pieces:
        pieces, last = _values_behind(text, use.end(), _COMMA, names)
        if pieces and not joins_list(text, use.start(), last):
            return []
    return pieces


def _values_behind(text: str, at: int, gap: LazyRegex, names: _Names) -> tuple[list[str], int]:
    pieces: list[str] = []
    while len(pieces) < _MOST_PIECES and (joint := gap.match(text, at)):
        following = _value_at(text, joint.end(), names)
        if following is None or not is_continuation(following[0]):
            break
        pieces.append(following[0])
        at = following[1]
    return pieces, at


def _value_at(text: str, at: int, names: _Names) -> tuple[str, int] | None:
    """Return the value of the name or literal that stands at a place, and where that ends."""
    literal = _LITERAL.match(text, at)
    if literal is not None:
        return literal[1], literal.end()
    reference = _REFERENCE.match(text, at)
    if reference is None:
        return None
    name = reference[1] if reference[2] is None else f"{reference[1]}[{reference[2]}]"
    definition = names.value_of(name, at)
    return None if definition is None else (definition.value, reference.end())
