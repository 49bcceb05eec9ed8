"""Who may import whom: the walls of the design, checked by reading the code."""

import ast
import re
from collections.abc import Collection
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
        "credential errors", "documents flow humanize redact", "listening report", "claims",
    ),
    "storage": ("atomic_write errors regular_files", "private_files", "private_database"),
    "paste": (
        "encoding flaws invisible", "grammar", "placeholders strip_notes token_lines word_shapes",
        "continuation", "jwt_reader", "jwt opaque_tokens", "opaque_credentials", "finder",
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


def _room(path: Path) -> str:
    return path.relative_to(_ROOT).parts[0].removesuffix(".py")


def _unit(path: Path, room: str) -> str:
    """Return the module or folder of a room (or of a folder of one) in which a file lies."""
    return path.relative_to(_ROOT / room).parts[0].removesuffix(".py")


def _module(path: Path) -> str:
    parts = path.relative_to(_ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _names(path: Path) -> set[tuple[str, str]]:
    """Return what a file imports: each name with the module that it is in."""
    imports = (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom))
    return {(node.module or "", alias.name) for node in imports for alias in node.names}


def _modules_imported(path: Path, modules: Collection[str]) -> set[str]:
    imported = set()
    for module, name in _names(path):
        whole = f"{module}.{name}"
        imported.add(whole if whole in modules else module)
    return imported & set(modules)


def _units_imported(path: Path, room: str) -> set[str]:
    start = f"tokcheck.{room.replace('/', '.')}."
    wholes = (f"{module}.{name}" for module, name in _names(path))
    names = (whole.removeprefix(start) for whole in wholes if whole.startswith(start))
    units = {_unit(each, room) for each in (_ROOT / room).rglob("*.py")}
    return {name.partition(".")[0] for name in names} & units


def _imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            module = node.module or ""
            names += [f"{module}.{a.name}" if module == "tokcheck" else module for a in node.names]
    return names


_FILES = sorted(_ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_a_room_imports_only_what_its_walls_allow(path: Path) -> None:
    rooms, outside = _WALLS[_room(path)]
    for name in _imports(path):
        first, _, rest = name.partition(".")
        if first == "tokcheck":
            target = rest.partition(".")[0] or "__init__"
            target = "__init__" if target.startswith("__version") else target
            assert target in rooms | {_room(path)}, f"{path.name} imports {name}"
        elif first not in _standard():
            assert first in outside, f"{path.name} imports {name}"


@pytest.mark.parametrize("room", sorted(_LAYERS))
def test_inside_a_room_imports_lead_downwards(room: str) -> None:
    depth = {unit: number for number, layer in enumerate(_LAYERS[room]) for unit in layer.split()}
    files = [path for path in _FILES if path.is_relative_to(_ROOT / room)]
    units = {_unit(path, room) for path in files} - {"__init__"}
    assert set(depth) == units, "every module and folder of a room has its layer"
    upwards = [
        f"{path.relative_to(_ROOT)} imports {room}.{unit}"
        for path in files
        if (own := _unit(path, room)) != "__init__"
        for unit in _units_imported(path, room)
        if unit != own and depth[unit] >= depth[own]
    ]
    assert [] == upwards


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {_module(path): path for path in _FILES}
    imported = {
        name: _modules_imported(path, modules.keys()) - {name} for name, path in modules.items()
    }
    while leaves := {name for name, targets in imported.items() if not targets & set(imported)}:
        imported = {name: targets for name, targets in imported.items() if name not in leaves}
    assert {} == imported


@pytest.mark.parametrize(
    "folder",
    # That of all tests has one folder for each room.
    sorted({path.parent for path in (*_FILES, *_TESTS.rglob("*.py"))} - {_TESTS}),
    ids=str,
)
def test_a_folder_lists_about_a_dozen_entries(folder: Path) -> None:
    entries = {
        path.name
        for path in folder.iterdir()
        if path.name != "__init__.py" and (path.suffix == ".py" or any(path.rglob("*.py")))
    }
    assert len(entries) <= 14


@pytest.mark.parametrize(
    "path",
    [path for path in _FILES if _room(path) in _PURE | {"check", "providers"}],
    ids=lambda path: str(path.relative_to(_ROOT)),
)
def test_a_pure_room_has_no_clock_no_network_and_no_randomness(path: Path) -> None:
    forbidden = _IO | {"random", "secrets", "os", "sys", "pathlib"}
    assert set() == forbidden & set(_imports(path))
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


def _standard() -> frozenset[str]:
    import sys  # noqa: PLC0415 - for this list alone

    return frozenset(sys.stdlib_module_names)
