"""The help of a command as text for a terminal."""

from collections.abc import Iterator, Sequence

from tokcheck.cli.manual.page import HelpPage
from tokcheck.cli.manual.shell_example import shell_examples
from tokcheck.core.humanize import wrap_text

WIDEST = 80
_NARROWEST = 40
# A longer term stands on a line of its own.
_LONGEST_TERM, _LONGEST_TERM_OF_NARROW = 24, 14
_NARROW = 60


def render_text(page: HelpPage, columns: int) -> str:
    """Return the help in so many columns, at most 80. Examples are not wrapped."""
    width = max(_NARROWEST, min(columns, WIDEST))
    lines = wrap_text(f"Usage: {page.command} {page.usage}".rstrip(), width, more="  ")
    for paragraph in page.about:
        lines += ["", *_wrap(paragraph, width)]
    for title, entries in (
        ("Arguments", page.arguments),
        ("Options", page.options),
        ("Commands", page.commands),
    ):
        if entries:
            lines += ["", f"{title}:", *_table([(e.term, e.text) for e in entries], width)]
    if page.examples:
        examples = [f"  {example}" for example in shell_examples(page.examples)]
        lines += ["", "Examples:" if examples[1:] else "Example:", *examples]
    for note in page.notes:
        lines += ["", *(_wrap(note.text, width, "") if note.entries else _wrap(note.text, width))]
        lines += _table(note.entries, width)
    return "".join(f"{line}\n" for line in lines)


def _wrap(text: str, width: int, indent: str = "  ") -> list[str]:
    return wrap_text(text, width, indent)


def _table(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield lines with the terms on the left."""
    if not rows:
        return
    most = _LONGEST_TERM if width >= _NARROW else _LONGEST_TERM_OF_NARROW
    longest = max((len(term) for term, _ in rows if len(term) <= most), default=0)
    left = longest + 4
    for term, text in rows:
        first, *rest = _wrap(text, width - left, "") or [""]
        if len(term) > longest:
            yield from wrap_text(term, width, "  ", "  ")
            yield f"{'':{left}}{first}"
        else:
            yield f"  {term:{longest}}  {first}".rstrip()
        yield from (f"{'':{left}}{line}" for line in rest)
