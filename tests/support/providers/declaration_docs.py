"""Write what the documentation says of declarations: the schema, the reference, and their pages.

``uv run python -m tests.support.providers.declaration_docs`` writes them again.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from tests.support.paths import DOCS
from tests.support.providers.ready_made import FOLDER, read_ready_made
from tokcheck.declarations.description import describe_declaration
from tokcheck.declarations.language import DeclarationTable
from tokcheck.declarations.tables.language_table import LanguageTable
from tokcheck.providers.declared.declaration_table import declaration_from_table

_FOLDER = DOCS / "providers"
_SCHEMA = _FOLDER / "declaration.schema.json"
_REFERENCE = _FOLDER / "language.md"
_PAGES = _FOLDER / "ready-made"
_MARK = "<!-- tables, written by tests.support.providers.declaration_docs -->"


def documents() -> dict[Path, str]:
    """Return the text of each file that follows from the language or from a declaration."""
    tables = read_ready_made()
    pages = {_PAGES / f"{name}.md": _page(name, table) for name, table in tables.items()}
    return {_SCHEMA: _schema(), _REFERENCE: _reference(), **pages}


def _schema() -> str:
    schema = DeclarationTable.model_json_schema()
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Declaration of a provider for tokcheck",
    }
    return json.dumps({**schema, **head}, indent=2) + "\n"


def _reference() -> str:
    front = _REFERENCE.read_text("utf-8").partition(_MARK)[0]
    return f"{front}{_MARK}\n{''.join(_tables(DeclarationTable, 'The file', set()))}"


def _tables(
    model: type[LanguageTable], name: str, written: set[type[LanguageTable]]
) -> Iterator[str]:
    """Yield the section of a table of the language, and those of the tables inside it."""
    if model in written:
        return
    written.add(model)
    words = inspect.cleandoc(model.__doc__ or "").replace("``", "`")
    yield f"\n## {name}\n\n{words}\n\n| key | must be | default |\n|---|---|---|\n"
    inner = []
    for key, field in model.model_fields.items():
        words = re.sub(r"\[\[\w+\]\]", r"`\g<0>`", field.description or "")
        yield f"| `{key}` | {words} | {_default(field)} |\n"
        inner += [(each, key) for each in _models(field.annotation) if each not in written]
    for each, key in inner:
        yield from _tables(each, f"`{key}`", written)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or value in ({}, []) or isinstance(value, LanguageTable):
        return ""
    return f"`{json.dumps(value)}`"


def _models(annotation: Any) -> list[type[LanguageTable]]:
    if isinstance(annotation, type) and issubclass(annotation, LanguageTable):
        return [annotation]
    if get_origin(annotation) is Literal or annotation is NoneType:
        return []
    return [found for each in get_args(annotation) for found in _models(each)]


def _page(name: str, table: Mapping[str, Any]) -> str:
    declaration = declaration_from_table(table)
    rows = [row for row in describe_declaration(declaration) if row[0] != "Sources"]
    text = "".join(
        f"{label if number == 0 else '':12}{line}\n"
        for label, lines in rows
        for number, line in enumerate(lines)
    )
    sources = "".join(f"- <{source}>\n" for source in declaration.sources)
    return (
        f"# {declaration.title}\n\n"
        f"`{name}` is a [ready-made declaration](../declared.md). It follows the documents below "
        "and is not verified against the live service.\n\n"
        f"{_peculiarities(name)}\n\n"
        f"```text\n{text}```\n\n## Sources\n\n{sources}"
    )


def _peculiarities(name: str) -> str:
    """Return the comment at the beginning of a declaration's file."""
    lines = (FOLDER / f"{name}.toml").read_text("utf-8").splitlines()
    comment = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    first = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join(comment[:first])


if __name__ == "__main__":
    for path, text in documents().items():
        path.write_text(text, "utf-8")
