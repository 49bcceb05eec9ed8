"""Values in the column that a label names: of delimited lines, of HTML, of statements of SQL."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex

_DELIMITERS = ",;\t|"
_MOST_ROWS = 20_000
_LONGEST_ROW = 16_384
# How far the rows of a table of HTML are read, and how far in front of a label its row begins.
_LONGEST_TABLE = 1 << 20
_REACH = 2_000

_CELL = LazyRegex(r"[\s\"'`]*([0-9a-f]{64})[\s\"'`]*")
_QUOTED = LazyRegex(r"\"(?:[^\"]|\"\")*+\"|'(?:[^'\\]|''|\\.)*+'")
_RULE = LazyRegex(r"[-+=:|\s]*+")
# A cell of HTML up to its text, the end of a row, and that of a table.
_HTML = LazyRegex(r"(?i)<(?P<cell>t[hd])\b[^<>]{0,200}>|<(?P<row>/?tr)\b|<(?P<end>/?table)\b")
_HTML_VALUE = LazyRegex(r"(?:\s|<[^<>]{1,200}>){0,20}([0-9a-f]{64})(?![0-9A-Za-z])")
# The text behind the names of the columns in SQL.
_AFTER_NAMES = re.compile(rb"(?i)\)\s{0,20}(?:VALUES?|FROM\s{1,5}stdin)\b")
_VALUES = LazyRegex(r"(?i)[^()]{0,2000}\)\s{0,20}VALUES?\s{0,20}(?=\()")
_COPY = LazyRegex(r"(?i)[^()\n]{0,2000}\)\s{1,5}FROM\s{1,5}stdin\b[^\n]{0,80}\n")
_TUPLE = LazyRegex(
    r"\(((?:[^()'\"]|\"(?:[^\"]|\"\")*+\"|'(?:[^'\\]|''|\\.)*+')*+)\)\s{0,20},?\s{0,20}"
)


class Cell(NamedTuple):
    """A value of 64 hexadecimal digits, and where it begins."""

    raw: str
    start: int


Spend = Callable[[int], bool]
"""Spends so many characters of what may be read, and returns whether there were any left."""


def values_of_column(data: bytes, start: int, end: int, spend: Spend) -> Iterator[Cell]:
    """Yield the values of the column that the label from ``start`` to ``end`` names."""
    front = data[max(0, start - _REACH) : start].lower()
    if not spend(len(front)):
        return
    row = front.rfind(b"<tr")
    if row >= 0:
        yield from _html(data, start - len(front) + row, start, spend)
        return
    bracket = front.rfind(b"(")
    if bracket >= 0:
        yield from _sql(data, front.count(b",", bracket), end, spend)
    begin = data.rfind(b"\n", max(0, start - _LONGEST_ROW), start) + 1
    last = data.find(b"\n", end, end + _LONGEST_ROW)
    line = data[begin:last].decode("latin-1") if last >= 0 else ""
    delimiter = next((each for each in _DELIMITERS if each in line), None)
    if delimiter is not None and spend(len(line)):
        column = len(_split(line[: start - begin], delimiter)) - 1
        yield from _lines(data, last, delimiter, column, spend)


def _lines(data: bytes, last: int, delimiter: str, column: int, spend: Spend) -> Iterator[Cell]:
    for _ in range(_MOST_ROWS):
        begin, last = last + 1, data.find(b"\n", last + 1, last + 1 + _LONGEST_ROW)
        row = data[begin : last if last >= 0 else begin + _LONGEST_ROW].decode("latin-1")
        if not spend(len(row) + 1):
            return
        cells = _split(row, delimiter)
        if len(cells) > column:
            yield from _value(cells[column], begin + sum(len(each) + 1 for each in cells[:column]))
        elif _RULE.fullmatch(row) is None or not row.strip():
            return
        if last < 0:
            return


def _value(cell: str, begin: int) -> Iterator[Cell]:
    value = _CELL.fullmatch(cell)
    if value is not None:
        yield Cell(value[1], begin + value.start(1))


def _split(row: str, delimiter: str) -> list[str]:
    """Split a row into cells; a delimiter between quotation marks is text."""
    if '"' not in row and "'" not in row:
        return row.split(delimiter)
    # One of each length, in which no delimiter is text.
    plain = _QUOTED.compiled.sub(lambda match: "x" * len(match[0]), row)
    cells = []
    at = 0
    for cell in plain.split(delimiter):
        cells.append(row[at : at + len(cell)])
        at += len(cell) + 1
    return cells


def _html(data: bytes, first: int, start: int, spend: Spend) -> Iterator[Cell]:
    """Yield the values of a table's column, which a cell of the first row names."""
    text = data[first : first + _LONGEST_TABLE].decode("latin-1")
    if not spend(len(text)):
        return
    wanted = number = -1
    for part in _HTML.compiled.finditer(text, 1):
        if part["end"]:
            return
        if part["row"]:
            number = -1
            continue
        number += 1
        if first + part.start() < start:
            wanted = number
        elif number == wanted and (value := _HTML_VALUE.match(text, part.end())):
            yield Cell(value[1], first + value.start(1))


def _sql(data: bytes, column: int, end: int, spend: Spend) -> Iterator[Cell]:
    """Yield the values of a column that a statement of SQL names in brackets."""
    close = data.find(b")", end, end + _REACH)
    if close < 0 or _AFTER_NAMES.match(data, close) is None:
        return
    text = data[end : end + _LONGEST_ROW].decode("latin-1")
    copied = _COPY.match(text)
    if copied is not None:
        yield from _lines(data, end + copied.end() - 1, "\t", column, spend)
        return
    values = _VALUES.match(text)
    at = values.end() if values is not None else 0
    while values is not None and spend(len(text) >> 3) and (row := _TUPLE.match(text, at)):
        cells = _split(row[1], ",")
        if len(cells) > column:
            begin = row.start(1) + sum(len(each) + 1 for each in cells[:column])
            yield from _value(cells[column], end + begin)
        at = row.end()
