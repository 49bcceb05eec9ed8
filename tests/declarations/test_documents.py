"""The documentation of declarations is what follows from the language and from the declarations."""

import json
from typing import Any

from tests.support.paths import DOCS, ROOT
from tests.support.providers.declaration_docs import documents
from tests.support.providers.ready_made import read_ready_made
from tokcheck.declarations.language import DeclarationTable

_WRITE = "run: uv run python -m tests.support.providers.declaration_docs"


def test_the_schema_the_reference_and_the_pages_are_up_to_date() -> None:
    written = {path: path.read_text("utf-8") if path.exists() else "" for path in documents()}
    old = [
        str(path.relative_to(ROOT)) for path, text in documents().items() if written[path] != text
    ]
    assert [] == old, _WRITE


def test_the_schema_allows_the_keys_of_the_language_and_no_others() -> None:
    schema: Any = json.loads((DOCS / "providers" / "declaration.schema.json").read_text("utf-8"))
    assert {*DeclarationTable.model_fields} == {*schema["properties"]}
    assert ["name", "address", "check"] == schema["required"]
    tables = [schema, *schema["$defs"].values()]
    assert [False] * len(tables) == [table.get("additionalProperties") for table in tables]
    for table in read_ready_made().values():
        assert {*table} <= {*schema["properties"]}


def test_every_ready_made_declaration_has_a_page_that_says_what_it_is_from() -> None:
    for name, table in read_ready_made().items():
        page = (DOCS / "providers" / "ready-made" / f"{name}.md").read_text("utf-8")
        assert "not verified against the live service" in page.replace("\n", " ")
        assert table["sources"], name
        assert [] == [source for source in table["sources"] if f"<{source}>" not in page]
