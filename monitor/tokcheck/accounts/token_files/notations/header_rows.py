"""Read tables with the names of the columns in their first line. Pure."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from tokcheck.accounts.token_files.fields import our_name
from tokcheck.accounts.token_files.notations.whole_text import WholeText
from tokcheck.core.lazy import LazyRegex

_SEPARATORS = ("\t", "|", "\u2502", ";", ",")
_LEAST_COLUMNS = 2
_MOST_ROWS = 1000
_MARKS = "`*'\""
_LONGEST_LINE = 16_384
_RULE = LazyRegex(r"[\s|:+=\u2500-\u257f-]*")
# INSERT INTO table (columns) VALUES (values), (values);
_INSERT = LazyRegex(
    r"(?i:insert\s{1,9}into)\s{1,9}[\w.\"`\[\]]{1,100}\s{0,9}\(([^()]{1,2000})\)\s{0,9}(?i:values)"
)
_ROW = LazyRegex(
    r"\s{0,9},?\s{0,9}\(((?:'[^']{0,4096}+'|[^()']{1,4096}+){1,256}+)\)\s{0,9}(?=[,;]|\Z)"
)


def read_columns(text: str) -> list[Any]:
    """Return the rows of the tables in a text as mappings by the names of their columns."""
    rows = list(islice(_rows_of_tables(text.splitlines()), _MOST_ROWS))
    return [*rows, *islice(_rows_of_inserts(text), _MOST_ROWS)]


def _rows_of_tables(lines: Sequence[str]) -> Iterator[dict[str, str]]:
    names: list[str] = []
    separator = ""
    for line in lines:
        if len(line) > _LONGEST_LINE or _RULE.fullmatch(line):
            continue
        header = next(
            ((found, sign) for sign in _SEPARATORS if (found := _names_in(line, sign))), None
        )
        if header is not None:
            names, separator = header
        elif names:
            cells = _cells(line, separator)
            if len(cells) == len(names):
                yield dict(zip(names, cells, strict=True))
            else:
                names = []


def _names_in(line: str, separator: str) -> list[str]:
    """Return the names of the columns if a line is a header, or else nothing."""
    if separator not in line:
        return []
    cells = _cells(line, separator)
    known = [our_name(cell) for cell in cells]
    is_header = len(cells) >= _LEAST_COLUMNS and known.count(None) < len(known) - 1
    return cells if is_header and "refresh_token" in known else []


def _cells(line: str, separator: str) -> list[str]:
    if separator in ",;\t":
        try:
            # SQL quotes with the other mark.
            mark = "'" if "'" in line and '"' not in line else '"'
            reader = csv.reader(
                [line.strip()], delimiter=separator, quotechar=mark, skipinitialspace=True
            )
            cells = next(reader, [])
        except csv.Error:
            return []
    else:
        cells = line.strip().strip(separator).split(separator)
    return [_without_marks(cell) for cell in cells]


def _without_marks(cell: str) -> str:
    """Return a cell, which the separators delimit, without the marks on both of its sides."""
    cell = cell.strip()
    while len(cell) > 1 and cell[0] == cell[-1] and cell[0] in _MARKS:
        cell = cell[1:-1].strip()
    return cell if "\\" in cell else WholeText(cell)


def _rows_of_inserts(text: str) -> Iterator[dict[str, str]]:
    for match in _INSERT.compiled.finditer(text):
        names = _cells(match[1], ",")
        row = _ROW.compiled.match(text, match.end())
        while row is not None:
            cells = _cells(row[1], ",")
            if len(cells) == len(names):
                yield dict(zip(names, cells, strict=True))
            row = _ROW.compiled.match(text, row.end())
