"""Who may import whom: the walls of the design, checked by reading the code."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

import tokcheck
from tests.support.paths import ROOT

_ROOT = Path(tokcheck.__file__).parent
_TESTS = ROOT / "tests"

_PURE = {"core", "paste"}
# Room: what of tokcheck it may import, and what from outside the standard library.
_WALLS: dict[str, tuple[set[str], set[str]]] = {
    "core": (set(), {"jwt"}),
    "paste": ({"core"}, set()),
    "providers": (_PURE, set()),
    "transport": (
        {"__init__", "core", "providers"},
        {"aiohappyeyeballs", "httpcore", "httpx"},
    ),
    "check": (_PURE | {"providers"}, set()),
    "storage": ({"core"}, set()),
    "accounts": (
        _PURE | {"accounts", "check", "providers", "storage"},
        {"filelock", "h11", "keyring", "oauthlib"},
    ),
    "exporter": (
        _PURE | {"__init__", "accounts", "check", "providers", "storage", "transport"},
        {"bcrypt", "prometheus_client", "pydantic", "rich", "starlette", "uvicorn", "yaml"},
    ),
    "scan": (_PURE | {"__init__", "providers", "scan", "storage"}, {"ahocorasick_rs"}),
    "sandbox": ({"core"}, {"starlette", "uvicorn", "jwt"}),
    "cli": (
        _PURE
        | {
            "__init__",
            "accounts",
            "check",
            "cli",
            "exporter",
            "providers",
            "transport",
            "sandbox",
            "scan",
            "storage",
        },
        {"platformdirs", "rich", "typer"},
    ),
    "__init__": (set(), set()),
    "__main__": ({"cli"}, set()),
}
# Inside a room or a folder of one: its modules and folders in layers; each may import those below
# it alone.
_LAYERS: dict[str, tuple[str, ...]] = {
    "core": (
        "addresses escape expiry lazy secret",
        "credential errors", "documents flow humanize redact", "ports report", "claims",
    ),
    "storage": ("atomic_write errors regular_files", "private_files", "private_database"),
    "paste": (
        "encoding flaws invisible", "grammar", "jwt_reader placeholders strip_notes",
        "jwt opaque_tokens", "opaque_credentials", "finder",
    ),
    "providers": ("base rate_limit_headers", "responses", "fitbit google_health"),
    "providers/fitbit": (
        "advice quota scopes", "error_responses", "probe_flow", "provider",
    ),
    "providers/google_health": (
        "advice quota scopes", "error_responses", "tokeninfo", "probe_flow", "provider",
    ),
    "check": ("verdict", "requirements", "checker render_json render_text"),
    "transport": (
        "endpoints errors resolver response", "async_backend request", "async_client client",
    ),
    "accounts": (
        "errors grant login_command token_file_import", "names oauth token_file_export",
        "grant_errors", "display store", "refresh", "login revocation",
    ),
    "exporter": (
        "sources", "state", "scheduling", "ledger metrics", "prober store_refresher terminal web",
        "auto_refresh", "engine", "service",
    ),
    "scan": (
        "columns finding", "detect safe_text sources", "formats hook ignore runner", "config",
        "allowlist",
    ),
    "sandbox": (
        "messages", "faults", "state", "consent_page", "fitbit google", "control router", "app",
        "server",
    ),
    "cli": ("shared", "commands", "fast_commands", "typer_app", "main"),
}  # fmt: skip
_IO = {"socket", "ssl", "http", "urllib.request", "subprocess", "sqlite3", "threading", "time"}


_FILES = sorted(_ROOT.rglob("*.py"))


def _module(path: Path) -> str:
    parts = path.relative_to(_ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


_MODULES = {_module(path): path for path in _FILES}
# A module in a string, as import_module() and the lazy names of a package take it.
_IN_A_STRING = re.compile(r"(tokcheck(?:\.[A-Za-z_]\w*)+)\.?")


def _room(path: Path) -> str:
    return path.relative_to(_ROOT).parts[0].removesuffix(".py")


def _unit(path: Path, room: str) -> str:
    """Return the module or folder of a room (or of a folder of one) in which a file lies."""
    return path.relative_to(_ROOT / room).parts[0].removesuffix(".py")


def _units(room: str) -> set[str]:
    files = (path for path in _FILES if path.is_relative_to(_ROOT / room))
    return {_unit(path, room) for path in files} - {"__init__"}


def _names(source: str, resolve: Callable[[str, str], str]) -> set[str]:
    """Return the full name of what a source imports; ``resolve`` joins a module and its name."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            names |= {resolve(node.module or "", alias.name) for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= {found[1] for found in [_IN_A_STRING.fullmatch(node.value)] if found}
    return names


@cache
def _exports(package: str) -> dict[str, str]:
    """Return the names that a package takes from its modules, each with its full name there."""
    path = _MODULES[package]
    nodes = ast.walk(ast.parse(path.read_text())) if path.name == "__init__.py" else ()
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _resolve(module: str, name: str) -> str:
    """Return the full name of an imported name, in the module that defines it."""
    whole = f"{module}.{name}"
    if whole in _MODULES or module not in _MODULES or name not in _exports(module):
        return whole
    return _resolve(*_exports(module)[name].rsplit(".", 1))


@cache
def _imports(path: Path) -> frozenset[str]:
    return frozenset(_names(path.read_text(), _resolve))


def _modules_imported(path: Path) -> set[str]:
    names = _imports(path)
    wholes = names | {name.rpartition(".")[0] for name in names - _MODULES.keys()}
    return wholes & _MODULES.keys()


def _units_imported(path: Path, room: str) -> set[str]:
    start = f"tokcheck.{room.replace('/', '.')}."
    names = (name.removeprefix(start) for name in _imports(path) if name.startswith(start))
    return {name.partition(".")[0] for name in names} & _units(room)


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        ("tokcheck.accounts.grant", "import tokcheck.accounts.grant"),
        ("tokcheck.accounts.grant", "def f():\n    import tokcheck.accounts.grant as g"),
        ("tokcheck.accounts.grant", "from tokcheck.accounts import grant"),
        ("tokcheck.accounts.grant.Grant", "from tokcheck.accounts.grant import Grant"),
        ("tokcheck.accounts.store.store.Store", "from tokcheck.accounts.store import Store"),
        ("tokcheck.accounts.grant", "import_module('tokcheck.accounts.grant')"),
        ("tokcheck.cli.commands", "import_module(f'tokcheck.cli.commands.{name}')"),
        ("tokcheck.accounts.grant", "_MODULES = {'Grant': 'tokcheck.accounts.grant'}"),
    ],
)
def test_every_form_of_an_import_is_read(expected: str, source: str) -> None:
    assert {expected} == _names(source, _resolve)


def test_a_package_makes_the_same_names_public_lazily_and_to_type_checkers() -> None:
    for package, path in _MODULES.items():
        lazy = {
            f"{module.value}.{name.value}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Dict)
            for name, module in zip(node.keys, node.values, strict=True)
            if isinstance(name, ast.Constant) and isinstance(module, ast.Constant)
            if isinstance(module.value, str) and module.value in _MODULES
        }
        assert lazy <= set(_exports(package).values())


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_a_room_imports_only_what_its_walls_allow(path: Path) -> None:
    rooms, outside = _WALLS[_room(path)]
    own_rooms = {_room(each) for each in _FILES}
    for name in _imports(path):
        first, _, rest = name.partition(".")
        if first == "tokcheck":
            target = rest.partition(".")[0]
            target = target if target in own_rooms else "__init__"
            assert target in rooms | {_room(path)}, f"{path.name} imports {name}"
        elif first not in sys.stdlib_module_names:
            assert first in outside, f"{path.name} imports {name}"


def test_every_folder_of_three_modules_has_layers() -> None:
    folders = {str(path.parent.relative_to(_ROOT)) for path in _FILES} - {"."}
    assert set(_LAYERS) == {folder for folder in folders if len(_units(folder)) >= 3}


@pytest.mark.parametrize("room", sorted(_LAYERS))
def test_inside_a_room_imports_lead_downwards(room: str) -> None:
    depth = {unit: number for number, layer in enumerate(_LAYERS[room]) for unit in layer.split()}
    files = [path for path in _FILES if path.is_relative_to(_ROOT / room)]
    assert set(depth) == _units(room), "every module and folder of a room has its layer"
    upwards = [
        f"{path.relative_to(_ROOT)} imports {room}.{unit}"
        for path in files
        if (own := _unit(path, room)) != "__init__"
        for unit in _units_imported(path, room)
        if unit != own and depth[unit] >= depth[own]
    ]
    assert [] == upwards


def test_no_modules_import_each_other_in_a_circle() -> None:
    imported = {name: _modules_imported(path) - {name} for name, path in _MODULES.items()}
    while leaves := {name for name, targets in imported.items() if not targets & set(imported)}:
        imported = {name: targets for name, targets in imported.items() if name not in leaves}
    assert {} == imported


# What Python, and the tools, write or read by themselves.
_NO_ENTRIES = {"__init__.py", "__pycache__"}
_MOST_ENTRIES = 14
# One for each room, and what concerns all of them: fixtures, helpers, this file, the whole program.
_MOST_ENTRIES_OF_TESTS = 15


def _folders() -> Iterator[Path]:
    for start in (_ROOT, _TESTS, *(ROOT / name for name in ("benchmarks", "docs", "grafana"))):
        yield start
        for path in sorted(start.rglob("*")):
            parts = path.relative_to(start).parts
            if path.is_dir() and not any(p in _NO_ENTRIES or p.startswith(".") for p in parts):
                yield path


@pytest.mark.parametrize("folder", list(_folders()), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_lists_about_a_dozen_entries(folder: Path) -> None:
    entries = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    most = _MOST_ENTRIES_OF_TESTS if folder == _TESTS else _MOST_ENTRIES
    assert len(entries - _NO_ENTRIES) <= most


_ROOMS = sorted(path.name for path in _ROOT.iterdir() if (path / "__init__.py").exists())


@pytest.mark.parametrize("room", _ROOMS)
def test_the_tests_of_a_room_lie_as_its_modules_do(room: str) -> None:
    stems = {path.stem for path in (_ROOT / room).rglob("*")}
    for test in (_TESTS / room).rglob("test_*.py"):
        # A folder of the room, or a module that has several files of tests.
        place = _ROOT / test.parent.relative_to(_TESTS)
        assert place.is_dir() or place.with_suffix(".py").is_file(), f"{test} tests no module"
        here = {path.stem for path in place.iterdir()} if place.is_dir() else {place.name}
        name = test.stem.removeprefix("test_")
        assert name not in stems - here, f"{test} lies elsewhere than the module {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in _FILES if _room(path) in _PURE | {"check", "providers"}],
    ids=lambda path: str(path.relative_to(_ROOT)),
)
def test_a_pure_room_has_no_clock_no_network_and_no_randomness(path: Path) -> None:
    forbidden = _IO | {"random", "secrets", "os", "sys", "pathlib"}
    names = _imports(path)
    assert set() == {each for each in forbidden for n in names if f"{n}.".startswith(f"{each}.")}
    assert [] == re.findall(r"\.now\(|\.today\(|\b(?:open|print|input)\(", path.read_text())


def test_a_secret_is_revealed_in_few_places() -> None:
    places = {
        str(path.relative_to(_ROOT)): path.read_text().count(".reveal()")
        for path in _FILES
        if ".reveal()" in path.read_text()
    }
    # The sender, what keeps a text clear of it, what decodes it, the command that prints it, and
    # the exporter's checks, whose pastes are secrets until then, and its passwords; and for
    # accounts, the hash of PKCE, a client id (which is none) and a code that were pasted, what is
    # sent to a token endpoint, the files of the store, the kind of what is taken in, what is
    # exported on request, what `token` prints, the stored token that `validate` takes for a paste,
    # and what of a command line standard error is kept clear of.
    assert {
        "accounts/login/pasted_redirect.py": 1,
        "accounts/oauth/authorization.py": 1,
        "accounts/oauth/client_id.py": 1,
        "accounts/oauth/token_endpoint.py": 6,
        "accounts/refresh/recovery_file.py": 2,
        "accounts/store/keyring_vault.py": 1,
        "accounts/store/vault.py": 1,
        "accounts/token_file_export.py": 1,
        "accounts/token_file_import.py": 1,
        "cli/commands/clean.py": 1,
        "cli/shared/account_store.py": 1,
        "cli/commands/token.py": 1,
        "cli/shared/known_secrets.py": 1,
        "core/claims.py": 1,
        "core/redact.py": 1,
        "exporter/prober.py": 1,
        "exporter/web/basic_auth.py": 1,
        "transport/request.py": 1,
    } == places


# One word that is a past participle does not say whether a function returns, checks or writes.
_PARTICIPLE = re.compile(
    r"_*(?:[a-z]*[^e]ed|[a-z]*(?:writt|giv|tak|chos|brok|hidd|forgott|fall|driv|froz)en"
    r"|shown|known|drawn|thrown|told|held|begun|found|kept|made|said|lost|gone|left|sent|met|meant)"
)


@pytest.mark.parametrize(
    "path",
    [*_FILES, *sorted(_TESTS.rglob("*.py"))],
    ids=lambda path: str(path.relative_to(_ROOT if path.is_relative_to(_ROOT) else ROOT)),
)
def test_no_function_is_named_by_a_bare_participle(path: Path) -> None:
    functions = (
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        # A property is read as an adjective.
        and "property" not in {ast.unparse(decorator) for decorator in node.decorator_list}
    )
    assert [] == [each.name for each in functions if _PARTICIPLE.fullmatch(each.name)]
