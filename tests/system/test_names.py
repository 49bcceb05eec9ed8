"""The names of functions, classes and modules, checked by reading the code."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.suite.imports import (
    FILES,
    Definition,
    definitions,
)

# A past participle, alone or with a particle as in "made_up", does not say whether a function
# returns, checks or writes.
_PARTICIPLE = re.compile(
    r"_*(?:[a-z]*[^e]ed|freed|agreed|decreed|guaranteed"
    r"|[a-z]*(?:writt|giv|tak|chos|brok|hidd|forgott|fall|driv|froz|spok|stol|wov|wok|eat|prov|ris"
    r"|shak|bitt|ridd|sew|hew)en"
    r"|shown|known|drawn|thrown|grown|blown|flown|sown|torn|worn|sworn|born|done|gone|seen|been"
    r"|told|sold|held|found|bound|ground|wound|begun|spun|sung|won|hung|dug|stuck|struck|shot"
    r"|built|spent|sent|lent|bent|kept|slept|swept|left|lost|felt|dealt|meant|met|made|said|paid"
    r"|laid|led|fed|heard|bought|brought|caught|taught|sought|thought|fought|gotten)"
    r"(?:_(?:up|down|in|out|on|off|away|back|over|through|together|apart))?"
)


@pytest.mark.parametrize(
    "name",
    [
        "built",
        "spent",
        "bound",
        "freed",
        "counted_up",
        "made_up",
        "_chosen",
        "told",
        "written_back",
    ],
)
def test_a_bare_participle_is_recognized(name: str) -> None:
    assert _PARTICIPLE.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["build", "spend", "feed", "exceed", "is_built", "built_pages", "read", "set_up", "run"]
)
def test_a_verb_or_a_noun_is_no_bare_participle(name: str) -> None:
    assert not _PARTICIPLE.fullmatch(name)


_OTHERS = tuple(ROOT / name for name in ("tests", "benchmarks", "grafana"))
# A word behind it in a text is found as well: a file with a suspicious one is parsed.
_DEFINED = re.compile(r"\b(def|class)[\s\\]+(\w+)")


@cache
def _words_behind(keyword: str) -> list[tuple[Path, str]]:
    """Return what stands behind the keyword in the repository's code; to parse takes longer."""
    return [
        (path, match[2])
        for path in [*FILES, *(file for folder in _OTHERS for file in sorted(folder.rglob("*.py")))]
        for match in _DEFINED.finditer(path.read_text())
        if keyword == match[1]
    ]


def _definitions_in(paths: Iterable[Path]) -> Iterator[tuple[str, Definition]]:
    """Yield the definitions of some files, each with its place."""
    for path in sorted(set(paths)):
        for node in definitions(path):
            yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_definition_is_among_the_words_behind_its_keyword() -> None:
    words = {*_words_behind("def"), *_words_behind("class")}
    for path in (Path(__file__), *FILES[::20]):
        assert {(path, node.name) for node in definitions(path)} <= words


def test_no_function_is_named_by_a_bare_participle() -> None:
    suspects = [path for path, name in _words_behind("def") if _PARTICIPLE.fullmatch(name)]
    assert [] == [
        f"{place} {node.name}"
        for place, node in _definitions_in(suspects)
        if not isinstance(node, ast.ClassDef) and _PARTICIPLE.fullmatch(node.name)
        # A property is read as an adjective.
        if "property" not in {ast.unparse(decorator) for decorator in node.decorator_list}
    ]


def test_a_class_name_has_one_meaning() -> None:
    """In all code of the repository: a reader who searches for a class finds one."""
    times = Counter(name for _, name in _words_behind("class"))
    places: dict[str, list[str]] = {}
    for place, node in _definitions_in(
        path for path, name in _words_behind("class") if times[name] > 1
    ):
        if isinstance(node, ast.ClassDef):
            places.setdefault(node.name, []).append(place)
    assert {} == {name: found for name, found in places.items() if len(found) > 1}


# The same part of two providers, of two servers or of two commands; or a command and what it runs.
_COUNTERPARTS = {
    "advice", "api", "app", "canned_responses", "clients", "command", "command_line", "consent",
    "database", "documented_quota",
    "error_responses", "errors", "export", "oauth", "probe_flow", "provider", "quota", "recover",
    "scopes", "server", "tokeninfo", "users",
}  # fmt: skip


def test_a_module_name_has_one_meaning() -> None:
    stems = Counter(path.stem for path in FILES if not path.stem.startswith("__"))
    assert _COUNTERPARTS >= {name for name, times in stems.items() if times > 1}
