"""Every field of the language with every type of TOML: a problem is a sentence with its line."""

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from tokcheck.declarations.declaration_text import DeclarationError, read_declaration
from tokcheck.declarations.language import DeclarationTable
from tokcheck.declarations.tables.language_table import LanguageTable

# A value of each type, and odd ones of some.
VALUES = {
    "text": '"a b"',
    "empty text": '""',
    "text of control characters": '"\\u0000\\n"',
    "whole number": "7",
    "negative number": "-1",
    "large number": "99999999999999999999",
    "fraction": "1.5",
    "no number": "nan",
    "truth": "true",
    "date": "2026-01-01",
    "moment": "2026-01-01T00:00:00Z",
    "list of texts": '["x y", "z"]',
    "mixed list": '["x", 3, {}]',
    "empty list": "[]",
    "list of lists": "[[1]]",
    "list of tables": "[{}]",
    "table": "{ zz = 1 }",
    "empty table": "{}",
    "nested table": "{ header = { header = [] } }",
}
# What each table needs, so that nothing but the field in question is wrong.
NEEDED = {
    "DeclarationTable": {"name": '"b"', "address": '"https://a.example"', "check": '"/x"'},
    "CheckTable": {"path": '"/x"'},
    "TokenFormTable": {"prefix": '"ab_"'},
    "WindowTable": {"length": '"1h"', "limit": '"X-L"'},
    "SourceTable": {"header": '"X"'},
    "ResetTable": {"header": '"X"', "form": '"epoch"'},
    "ElsewhereTable": {"limit": '"X"'},
    "BucketTable": {"header": '"X"', "equals": '"x"'},
    "ClaimTable": {"claim": '"id"'},
    "RefusalTable": {"status": "403", "verdict": '"expired"'},
    "TokenRefusalTable": {"status": "403", "error": '"invalid_grant"'},
    "OAuthTable": {"authorize": '"https://x.example/a"', "token": '"https://x.example/t"'},
    "RevocationTable": {"address": '"https://x.example/r"'},
}
# What no sentence for people holds: names of the program's types, of Python's and of pydantic's.
_INTERNAL = re.compile(
    r"Table\b|\bNone\b|pydantic|validat|unpack|\bstr\b|\bdict\b|\bint\b|Error|refused"
)


def tables_in(annotation: Any) -> Iterator[tuple[type[LanguageTable], bool]]:
    """Yield the tables that a field may hold, each with whether it stands in a list."""
    if isinstance(annotation, type) and issubclass(annotation, LanguageTable):
        yield annotation, False
    is_list = getattr(annotation, "__origin__", None) is list
    for each in get_args(annotation):
        for table, _ in tables_in(each):
            yield table, is_list


def inline_table(model: type[BaseModel], values: dict[str, str]) -> str:
    """Return an inline table with what the model needs, and with these values."""
    fields = {**NEEDED.get(model.__name__, {}), **values}
    return "{ " + ", ".join(f"{key} = {value}" for key, value in fields.items()) + " }"


def documents(model: type[BaseModel], wrap: Any) -> Iterator[tuple[str, str]]:
    """Yield the field and the text of a declaration for each field below, with each value."""
    for field, about in model.model_fields.items():
        for value in VALUES.values():
            yield f"{model.__name__}.{field}", wrap(model, {field: value})
        for inner, is_list in tables_in(about.annotation):

            def wrap_inner(
                one: type[BaseModel],
                values: dict[str, str],
                field: str = field,
                is_list: bool = is_list,  # noqa: FBT001
            ) -> str:
                text = inline_table(one, values)
                return str(wrap(model, {field: f"[{text}]" if is_list else text}))

            yield from documents(inner, wrap_inner)


def document(model: type[BaseModel], values: dict[str, str]) -> str:
    """Return the text of a declaration, one line for each of its keys."""
    fields = {**NEEDED[model.__name__], **values}
    return "".join(f"{key} = {value}\n" for key, value in fields.items())


def test_every_field_of_every_type_is_read_or_explained() -> None:
    seen, wrong = set[str](), []
    for field, text in documents(DeclarationTable, document):
        seen.add(field)
        try:
            read_declaration(text, "b.toml")
        except DeclarationError as error:
            for problem in error.problems:
                name = field.rpartition(".")[2]
                sentence = problem.words.replace(problem.key, "", 1)
                good = re.fullmatch(
                    r"line [1-9][0-9]*:  (?:must be|is missing: it must be|is not a known key).*\.",
                    sentence,
                )
                about = name in problem.words or problem.key.partition(".")[0].rstrip("[]1") in text
                if good is None or not about or _INTERNAL.search(sentence):
                    wrong.append((field, text, problem.words))
    assert 100 < len(seen)
    assert [] == wrong[:20]
