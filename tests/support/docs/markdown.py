"""Read the fenced blocks, the commands and the tables of a Markdown page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support.paths import DOCS, README, ROOT

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)


class Block(NamedTuple):
    """One fenced block."""

    language: str
    body: str
    """The lines without the fence's indentation."""
    span: tuple[int, int]
    """Where the body lies in the page's text."""
    indent: str


class Command(NamedTuple):
    """One command of a ``console`` block, and what the page shows of its output."""

    text: str
    """The command without the prompt; continued lines are kept."""
    shown: str
    """The output below it, or an empty text if the page shows none."""


def pages() -> list[Path]:
    """Return the README, the contributor pages and every page of the documentation."""
    own = [README, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "grafana" / "README.md"]
    return own + sorted(
        path for path in DOCS.rglob("*.md") if not path.relative_to(DOCS).parts[0].startswith(".")
    )


def page_name(path: Path) -> str:
    """Return a page's path from the root of the repository, with slashes."""
    return path.relative_to(ROOT).as_posix()


def blocks(text: str, *languages: str) -> Iterator[Block]:
    """Yield the fenced blocks of these languages, or all of them if none is given."""
    for match in _FENCE.finditer(text):
        if not languages or match["language"] in languages:
            indent = match["indent"]
            lines = match["body"].splitlines(keepends=True)
            body = "".join(line.removeprefix(indent) for line in lines)
            yield Block(match["language"], body, match.span("body"), indent)


def commands(body: str) -> list[Command]:
    """Return the commands of a ``console`` block: each begins with ``$`` and a space.

    A line after one that ends with a backslash belongs to the command; everything else up to the
    next prompt is its output.
    """
    found: list[Command] = []
    continued = False
    for line in body.splitlines(keepends=True):
        if line.startswith("$ ") and not continued:
            found.append(Command(line.removeprefix("$ ").rstrip("\n"), ""))
        elif continued:
            last = found[-1]
            found[-1] = last._replace(text=f"{last.text}\n{line.rstrip()}")
        else:
            last = found[-1]
            found[-1] = last._replace(shown=last.shown + line)
            continue
        continued = line.endswith("\\\n")
    return found


def section(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its level or above."""
    below: list[str] = []
    level, fenced = 0, False
    for line in text.splitlines(keepends=True):
        fenced ^= line.lstrip().startswith("```")
        marks = len(line) - len(line.lstrip("#"))
        if not fenced and line.startswith(f"{'#' * marks} ") and marks:
            if level and marks <= level:
                break
            if line[marks:].strip() == heading:
                level = marks
                continue
        if level:
            below.append(line)
    assert level, f"there is no heading {heading!r}"
    return "".join(below)
