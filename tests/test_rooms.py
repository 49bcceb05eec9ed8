"""The imports that each room allows: the walls of the design, checked by reading the code."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support.suite.imports import (
    FILES,
    MODULES,
    PACKAGE,
    exports,
    imported_modules,
    imported_names,
    names_in,
)
from tests.support.suite.layers import LAYERS, PURE, WALLS

_IO = {"socket", "ssl", "http", "urllib.request", "subprocess", "sqlite3", "threading", "time"}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


_OWN_ROOMS = {_room(each) for each in FILES}


def _unit(path: Path, room: str) -> str:
    """Return the module or folder of a room (or of a folder of one) in which a file lies."""
    return path.relative_to(PACKAGE / room).parts[0].removesuffix(".py")


@cache
def _units(room: str) -> set[str]:
    files = (path for path in FILES if path.is_relative_to(PACKAGE / room))
    return {_unit(path, room) for path in files} - {"__init__"}


def _units_imported(path: Path, room: str) -> set[str]:
    start = f"tokcheck.{room.replace('/', '.')}."
    names = (name.removeprefix(start) for name in imported_names(path) if name.startswith(start))
    return {name.partition(".")[0] for name in names} & _units(room)


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        ("tokcheck.accounts.grant", "import tokcheck.accounts.grant"),
        ("tokcheck.accounts.grant", "def f():\n    import tokcheck.accounts.grant as g"),
        ("tokcheck.accounts.grant", "from tokcheck.accounts import grant"),
        ("tokcheck.accounts.grant.grant.Grant", "from tokcheck.accounts.grant import Grant"),
        ("tokcheck.accounts.store.sqlite.store.Store", "from tokcheck.accounts.store import Store"),
        ("tokcheck.accounts.grant", "import_module('tokcheck.accounts.grant')"),
        ("tokcheck.cli.commands", "import_module(f'tokcheck.cli.commands.{name}')"),
        ("tokcheck.accounts.grant", "_MODULES = {'Grant': 'tokcheck.accounts.grant'}"),
    ],
)
def test_every_form_of_an_import_is_read(expected: str, source: str) -> None:
    assert {expected} == names_in(source)


def test_a_package_makes_the_same_names_public_lazily_and_to_type_checkers() -> None:
    for package, path in MODULES.items():
        source = path.read_text()
        if '"tokcheck.' not in source:
            continue  # to read all of the others takes seconds
        lazy = {
            f"{module.value}.{name.value}"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Dict)
            for name, module in zip(node.keys, node.values, strict=True)
            if isinstance(name, ast.Constant) and isinstance(name.value, str)
            if isinstance(module, ast.Constant) and isinstance(module.value, str)
            if module.value in MODULES.keys() - {"tokcheck"}
        }
        assert lazy <= set(exports(package).values())


def test_a_room_imports_only_what_its_walls_allow() -> None:
    assert [] == [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in FILES
        for name in sorted(imported_names(path))
        if not _may_import(_room(path), name)
    ]


def _may_import(room: str, name: str) -> bool:
    rooms, outside = WALLS[room]
    first, _, rest = name.partition(".")
    if first == "tokcheck":
        target = rest.partition(".")[0]
        return (target if target in _OWN_ROOMS else "__init__") in rooms | {room}
    return first in sys.stdlib_module_names or first in outside


def test_every_folder_of_three_modules_has_layers() -> None:
    folders = {str(path.parent.relative_to(PACKAGE)) for path in FILES} - {"."}
    assert set(LAYERS) == {folder for folder in folders if len(_units(folder)) >= 3}


@pytest.mark.parametrize("room", sorted(LAYERS))
def test_inside_a_room_imports_lead_downwards(room: str) -> None:
    depth = {unit: number for number, layer in enumerate(LAYERS[room]) for unit in layer.split()}
    files = [path for path in FILES if path.is_relative_to(PACKAGE / room)]
    assert set(depth) == _units(room), "every module and folder of a room has its layer"
    upwards = [
        f"{path.relative_to(PACKAGE)} imports {room}.{unit}"
        for path in files
        if (own := _unit(path, room)) != "__init__"
        for unit in _units_imported(path, room)
        if unit != own and depth[unit] >= depth[own]
    ]
    assert [] == upwards


def test_no_modules_import_each_other_in_a_circle() -> None:
    imported = {name: imported_modules(path) - {name} for name, path in MODULES.items()}
    while leaves := {name for name, targets in imported.items() if not targets & set(imported)}:
        imported = {name: targets for name, targets in imported.items() if name not in leaves}
    assert {} == imported


def test_a_pure_room_has_no_clock_no_network_and_no_randomness() -> None:
    forbidden = _IO | {"random", "secrets", "os", "sys", "pathlib"}
    files = [path for path in FILES if _room(path) in PURE | {"checks", "providers"}]
    imports = {
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in files
        for name in imported_names(path)
        if any(f"{name}.".startswith(f"{each}.") for each in forbidden)
    }
    # A member of an archive in memory is no file.
    called = r"\.now\(|\.today\(|(?<!archive\.)\b(?:open|print|input)\("
    calls = {
        f"{path.relative_to(PACKAGE)}: {call}"
        for path in files
        for call in re.findall(called, path.read_text())
    }
    assert (set(), set()) == (imports, calls)


def test_a_secret_is_revealed_in_few_places() -> None:
    places = {
        str(path.relative_to(PACKAGE)): path.read_text().count(".reveal()")
        for path in FILES
        if ".reveal()" in path.read_text()
    }
    # The sender, what keeps a text clear of it, what decodes it, the command that prints it, and
    # the exporter's checks, with pastes that are secrets until then, and its passwords; and for
    # accounts, the hash of PKCE, a client id (which is none) and a code that were pasted, what is
    # sent to a token endpoint, the files of the store, the kind of what is taken in, what is
    # exported on request, what `token` prints, the stored token that `validate` takes for a paste,
    # and what of a command line standard error is kept clear of.
    assert {
        "accounts/login/pasted_redirect.py": 1,
        "accounts/oauth/authorization.py": 1,
        "accounts/oauth/client_id.py": 1,
        "accounts/oauth/client_secret.py": 1,
        "accounts/oauth/token_endpoint.py": 6,
        "accounts/recovery/salvage.py": 1,
        "accounts/refresh/recovery_file.py": 3,
        "accounts/store/vaults/encrypted_vault.py": 1,
        "accounts/store/vaults/keyring_vault.py": 1,
        "accounts/store/vaults/vault.py": 1,
        "accounts/token_files/access_text.py": 1,
        "accounts/token_files/export.py": 1,
        "accounts/token_files/grant_provider.py": 1,
        "accounts/token_files/notations/readings.py": 1,
        "accounts/token_files/notations/request_credentials.py": 1,
        "accounts/token_files/token_checks.py": 7,
        "accounts/token_files/token_file.py": 1,
        "cli/commands/clean.py": 1,
        "cli/commands/validate/stored_account.py": 1,
        "cli/commands/token.py": 1,
        "cli/shared/known_secrets.py": 1,
        "core/claims.py": 1,
        "core/redact/pieces.py": 1,
        "exporter/prober.py": 1,
        "exporter/web/basic_auth.py": 1,
        "library/account_auth.py": 1,
        "library/cleaning.py": 2,
        "library/paste_check.py": 4,
        "library/text_scan.py": 1,
        "transport/request.py": 1,
    } == places
