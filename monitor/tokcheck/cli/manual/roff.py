"""The help of a command as a manual page, in the macros of man(7)."""

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from tokcheck.cli.manual.page import HelpPage, Note

_LINE = 78


def file_name(page: HelpPage) -> str:
    """Return the name of a page's file, such as ``tokcheck-scan.1``."""
    return f"{page.command.replace(' ', '-')}.1"


def render_roff(page: HelpPage, version: str, see_also: Sequence[str]) -> str:
    """Return the manual page; ``see_also`` are the names of others."""
    return "".join(f"{line}\n" for line in _lines(page, version, see_also))


def _lines(page: HelpPage, version: str, see_also: Sequence[str]) -> Iterator[str]:
    name = page.command.replace(" ", "-")
    yield f'.TH {_escape(name.upper())} 1 "" "tokcheck {version}" "tokcheck"'
    yield ".SH NAME"
    yield f"{_escape(name)} \\- {_escape(page.about[0].partition('. ')[0].removesuffix('.'))}"
    yield ".SH SYNOPSIS"
    yield f".B {_escape(page.command)}"
    yield _escape(page.usage)
    yield ".SH DESCRIPTION"
    yield from _paragraphs(page.about)
    for title, entries in (
        ("ARGUMENTS", page.arguments),
        ("OPTIONS", page.options),
        ("COMMANDS", page.commands),
    ):
        if entries:
            yield f".SH {title}"
        for entry in entries:
            yield from (".TP", _term(", ".join(entry.names), entry.metavar))
            yield from _sentences(entry.text)
    if page.examples:
        yield from (".SH EXAMPLES", ".nf", *map(_escape, page.examples), ".fi")
    if page.notes:
        yield ".SH NOTES"
        yield from _notes(page.notes)
    yield ".SH SEE ALSO"
    yield " ,\n".join(f".BR {_escape(other)} (1)" for other in see_also)


def _paragraphs(texts: Sequence[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if number:
            yield ".PP"
        yield from _sentences(text)


def _notes(notes: Sequence[Note]) -> Iterator[str]:
    for number, note in enumerate(notes):
        if number:
            yield ".PP"
        yield from _sentences(note.text)
        for term, text in note.entries:
            yield from (".TP", f".B {_escape(term)}")
            yield from _sentences(text)


def _term(names: str, metavar: str) -> str:
    value = f" \\fI{_escape(metavar)}\\fR" if metavar else ""
    return f"\\fB{_escape(names)}\\fR{value}"


def _sentences(text: str) -> Iterator[str]:
    """Yield each sentence on lines of its own, as roff spaces them."""
    for sentence in re.split(r"(?<=[.:]) (?=[A-Z])", text):
        yield from map(_guard, wrap(_escape(sentence), _LINE, break_long_words=False))


def _escape(text: str) -> str:
    """Return a text that roff shows as it is: a minus is one, and a first dot is no request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\`").replace("'", "\\(aq")
    return _guard(text)


def _guard(line: str) -> str:
    return f"\\&{line}" if line.startswith((".", "'")) else line
