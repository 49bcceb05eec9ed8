"""The imports and definitions of each module, in any form of Python: read from its source."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tokcheck

PACKAGE = Path(tokcheck.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


MODULES = {_module(path): path for path in FILES}
# A module in a string, as import_module() and the lazy names of a package take it.
_IN_A_STRING = re.compile(rf"(tokcheck\.(?:{'|'.join(ROOMS)})(?:\.\w+)*)\.?")


def names_in(source: str) -> set[str]:
    """Return the full name of everything that a source imports, in the module that defines it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            names |= {_resolve(node.module or "", alias.name) for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= {match[1] for match in [_IN_A_STRING.fullmatch(node.value)] if match}
    return names


@cache
def imported_names(path: Path) -> frozenset[str]:
    """Return the full name of everything that a file imports."""
    return frozenset(names_in(path.read_text()))


def imported_modules(path: Path) -> set[str]:
    """Return the modules of tokcheck that a file imports, or imports a name of."""
    names = imported_names(path)
    wholes = {*names, *(name.rpartition(".")[0] for name in names - MODULES.keys())}
    return wholes & MODULES.keys()


@cache
def exports(package: str) -> dict[str, str]:
    """Return the names that a package takes from its modules, each with its full name there."""
    path = MODULES[package]
    nodes = ast.walk(ast.parse(path.read_text())) if path.name == "__init__.py" else ()
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _resolve(module: str, name: str) -> str:
    whole = f"{module}.{name}"
    if whole in MODULES or module not in MODULES or name not in exports(module):
        return whole
    return _resolve(*exports(module)[name].rsplit(".", 1))


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@cache
def definitions(path: Path) -> tuple[Definition, ...]:
    """Return all classes and functions of a file, those inside others included."""
    return tuple(_definitions_in(ast.parse(path.read_text())))


def _definitions_in(node: ast.AST) -> Iterator[Definition]:
    # Definitions are statements, which lie in lists of statements alone: an expression has none.
    for child in _statements(node):
        if isinstance(child, Definition):
            yield child
        yield from _definitions_in(child)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        below = getattr(node, field, ())
        if isinstance(below, list):  # the body of a lambda is an expression
            yield from below
