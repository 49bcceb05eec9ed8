"""Who may import whom: the walls of the design, checked by reading the code."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.suite.imports import (
    FILES,
    MODULES,
    PACKAGE,
    ROOMS,
    Definition,
    definitions,
    exports,
    imported_modules,
    imported_names,
    names_in,
)

_TESTS = ROOT / "tests"

_PURE = {"core", "paste"}
# Room: what of tokcheck it may import, and what from outside the standard library.
_WALLS: dict[str, tuple[set[str], set[str]]] = {
    "core": (set(), set()),
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
        {"filelock", "h11", "keyring", "oauthlib", "yaml"},
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
        "addresses escape expiry lazy secret", "credential errors",
        "documents flow humanize redact", "ports report", "claims",
    ),
    "storage": (
        "atomic_write errors modes regular_files sqlite_pages",
        "private_files sqlite_records write_ahead_log",
        "private_database",
    ),
    "paste": (
        "encoding flaws invisible notation variable", "grammar", "placeholders wrapping",
        "jwt_reader", "jwt opaque_tokens", "opaque_credentials", "context", "finder",
    ),
    "paste/context": ("evidence newest services stubs substitutes",),
    "paste/finder": ("matches strip_notes unknown_word",),
    "paste/placeholders": ("masks program_code", "forms", "search"),
    "paste/wrapping": (
        "token_lines word_shapes other_text", "foreign signature_end next_piece", "text_behind",
        "remainder", "continuation",
    ),
    "providers": (
        "known_services", "base api_errors", "response_clock", "rate_limit_headers", "responses",
        "unclear_responses", "fitbit google_health",
    ),
    "providers/fitbit": (
        "advice scopes", "quota", "error_responses", "probe_flow", "provider",
    ),
    "providers/google_health": (
        "advice limit_names scopes",
        "authentication_errors project_errors quota token_origin", "error_responses",
        "tokeninfo", "probe_flow", "provider",
    ),
    "check": (
        "ambiguity clock_notes other_credentials", "verdict", "findings requirements without_token",
        "checker render_json render_text required_scopes",
    ),
    "transport": (
        "endpoints errors resolver response", "async_backend request", "async_client client",
    ),
    "accounts": (
        "grant login_command", "errors", "names oauth", "grant_errors token_files",
        "display store", "refresh", "login recovery revocation", "explanation",
    ),
    "accounts/display": ("status", "as_json", "as_text"),
    "accounts/explanation": (
        "bare_statuses client_errors error_codes error_message http_statuses literals log_text "
        "service_account_errors unknown_provider",
        "consent_errors error_objects error_texts message_owner", "explainer",
    ),
    "accounts/login": (
        "completion pasted_redirect redirect_uri requested_scopes", "interaction loopback_server",
        "application callback", "session",
    ),
    "accounts/oauth": (
        "cause client_id client_secret scopes", "secret_sources",
        "authorization_error_table token_error_table token_request",
        "authorization_errors token_errors", "authorization refused_token token_endpoint",
    ),
    "accounts/recovery": (
        "table_rows", "account_names damage stored_secrets", "salvage", "rebuild",
    ),
    "accounts/refresh": (
        "recovery_file refresh_context steps unfinished_refresh", "repeated_request",
        "refresh_flow", "refresher",
        "async_refresher", "refresh_many",
    ),
    "accounts/store": (
        "account_file boot_clock fast_read keyring_vault replacement stored_sentences vault",
        "locks rows shared_connection vault_choice",
        "database", "store",
    ),
    "accounts/token_files": (
        "access_text fields moments python_literal", "header_rows labelled_values text_forms",
        "entries missing_grant", "other_service", "entry_choice", "grant_search",
        "export token_file",
    ),
    "exporter": (
        "sources", "state", "scheduling", "ledger metrics", "prober store_refresher terminal web",
        "auto_refresh", "parts", "engine", "service",
    ),
    "exporter/ledger": ("database stored_state", "ledger", "accounting"),
    "exporter/metrics": ("families samples textfile", "text_format", "negotiation", "exposition"),
    "exporter/scheduling": (
        "budget clock first_round refresh_times timer_queue worker_pool", "backoff", "planner",
    ),
    "exporter/sources": (
        "account reading",
        "commands config_errors config_schema file_watcher stored_accounts", "config_file",
        "selection", "registry",
    ),
    "exporter/state": (
        "account_state budget_subject", "forecast severity",
        "account_summary clock_jump probe_origin quota_window", "transitions", "source_change",
    ),
    "exporter/web": (
        "connection_limits listener page password_memory password_queue rate_limit",
        "app basic_auth connection", "config", "middleware", "server",
    ),
    "exporter/web/config": ("schema strict_yaml", "parser", "tls", "reloader"),
    "exporter/web/page": ("html", "row", "document"),
    "scan": (
        "columns finding", "detect safe_text sources", "formats git_hooks hook ignore runner",
        "settings",
        "allowlist annotation",
    ),
    "scan/annotation": ("history line_hash liveness old_tokens remedies",),
    "scan/detect": (
        "anchors hit published_samples", "assembly prefilter sample_tokens wide_text",
        "base64_runs labelled prefixed_tokens", "signed_tokens", "candidates", "searcher",
    ),
    "scan/formats": ("scores wording", "github gitlab json junit sarif text"),
    "scan/git_hooks": ("scripts", "managers", "installation"),
    "scan/ignore": ("baseline gitignore inline_comments", "baseline_update"),
    "scan/sources/archives": (
        "bounds kinds office_text", "compressed tar zip", "unpacking",
    ),
    "scan/sources": (
        "chunks git_errors git_process git_program", "archives git", "git_index lfs messages",
        "git_objects", "files git_changes git_tags", "git_history",
    ),
    "sandbox": (
        "messages path_templates", "faults", "state", "consent_page", "fitbit google",
        "control router", "app",
        "server",
    ),
    "sandbox/control": ("help request_fields", "answers clients users", "api"),
    "sandbox/faults": (
        "fault fitbit_bodies google_bodies", "fitbit google oauth", "fitbit_quota google_quota",
        "catalogue",
    ),
    "sandbox/fitbit": ("consent oauth resources", "api"),
    "sandbox/fitbit/resources": ("resource_request", "logs profile series vitals", "table"),
    "sandbox/google": (
        "data_types id_token tokeninfo", "resources", "api", "consent openid", "oauth",
    ),
    "sandbox/state": (
        "answers fault_queue scopes token_formats tokens users", "clients codes rate_limits",
        "grants", "sandbox_state",
    ),
    "cli": ("shared", "commands", "fast_commands", "typer_app", "main"),
    "cli/commands": ("accounts clean demo login revoke sandbox scan serve token validate watch",),
    "cli/commands/accounts": ("export import_ list recover refresh remove show",),
    "cli/commands/login": ("login_summary terminal_interaction", "command"),
    "cli/commands/scan": ("finding_details hooks outputs targets update validation", "command"),
    "cli/commands/revoke": ("finding_search leaked_token", "command"),
    "cli/commands/validate": ("lines stored_account", "command"),
    "cli/shared": (
        "data_folder known_secrets notes output paste_input pasted_argv provider_name "
        "usage_wording",
        "account_store argparse_parser exporter_options safe_stderr typer_help",
    ),
}  # fmt: skip
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
        ("tokcheck.accounts.grant.Grant", "from tokcheck.accounts.grant import Grant"),
        ("tokcheck.accounts.store.store.Store", "from tokcheck.accounts.store import Store"),
        ("tokcheck.accounts.grant", "import_module('tokcheck.accounts.grant')"),
        ("tokcheck.cli.commands", "import_module(f'tokcheck.cli.commands.{name}')"),
        ("tokcheck.accounts.grant", "_MODULES = {'Grant': 'tokcheck.accounts.grant'}"),
    ],
)
def test_every_form_of_an_import_is_read(expected: str, source: str) -> None:
    assert {expected} == names_in(source)


def test_a_package_makes_the_same_names_public_lazily_and_to_type_checkers() -> None:
    for package, path in MODULES.items():
        lazy = {
            f"{module.value}.{name.value}"
            for node in ast.walk(ast.parse(path.read_text()))
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
    rooms, outside = _WALLS[room]
    first, _, rest = name.partition(".")
    if first == "tokcheck":
        target = rest.partition(".")[0]
        return (target if target in _OWN_ROOMS else "__init__") in rooms | {room}
    return first in sys.stdlib_module_names or first in outside


def test_every_folder_of_three_modules_has_layers() -> None:
    folders = {str(path.parent.relative_to(PACKAGE)) for path in FILES} - {"."}
    assert set(_LAYERS) == {folder for folder in folders if len(_units(folder)) >= 3}


@pytest.mark.parametrize("room", sorted(_LAYERS))
def test_inside_a_room_imports_lead_downwards(room: str) -> None:
    depth = {unit: number for number, layer in enumerate(_LAYERS[room]) for unit in layer.split()}
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


# What Python, and the tools, write or read by themselves.
_NO_ENTRIES = {"__init__.py", "__pycache__"}
_MOST_ENTRIES = 14
# One for each room, and what concerns all of them: fixtures, helpers, this file, the whole program.
_MOST_ENTRIES_OF_TESTS = 15


def _folders() -> Iterator[Path]:
    for start in (PACKAGE, _TESTS, *(ROOT / name for name in ("benchmarks", "docs", "grafana"))):
        yield start
        for path in sorted(start.rglob("*")):
            parts = path.relative_to(start).parts
            if path.is_dir() and not any(p in _NO_ENTRIES or p.startswith(".") for p in parts):
                yield path


def test_a_folder_lists_about_a_dozen_entries() -> None:
    counts = {str(folder.relative_to(ROOT)): _count_entries(folder) for folder in _folders()}
    most = {"tests": _MOST_ENTRIES_OF_TESTS}
    assert {} == {
        folder: count for folder, count in counts.items() if count > most.get(folder, _MOST_ENTRIES)
    }


def _count_entries(folder: Path) -> int:
    entries = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    return len(entries - _NO_ENTRIES)


@pytest.mark.parametrize("room", ROOMS)
def test_the_tests_of_a_room_lie_as_its_modules_do(room: str) -> None:
    assert (_TESTS / room).is_dir()
    stems = {path.stem for path in (PACKAGE / room).rglob("*")}
    for test in (_TESTS / room).rglob("test_*.py"):
        # A folder of the room, or a module that has several files of tests.
        place = PACKAGE / test.parent.relative_to(_TESTS)
        assert place.is_dir() or place.with_suffix(".py").is_file(), f"{test} tests no module"
        inside = place.iterdir() if place.is_dir() else ()
        here = {place.name, *(path.stem for path in inside)}
        name = test.stem.removeprefix("test_")
        assert name not in stems - here, f"{test} lies elsewhere than the module {name}"


def test_a_pure_room_has_no_clock_no_network_and_no_randomness() -> None:
    forbidden = _IO | {"random", "secrets", "os", "sys", "pathlib"}
    files = [path for path in FILES if _room(path) in _PURE | {"check", "providers"}]
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
    # the exporter's checks, whose pastes are secrets until then, and its passwords; and for
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
        "accounts/store/keyring_vault.py": 1,
        "accounts/store/vault.py": 1,
        "accounts/token_files/access_text.py": 1,
        "accounts/token_files/export.py": 1,
        "accounts/token_files/entry_choice.py": 1,
        "accounts/token_files/grant_search.py": 2,
        "accounts/token_files/token_file.py": 5,
        "cli/commands/clean.py": 1,
        "cli/commands/validate/stored_account.py": 1,
        "cli/commands/token.py": 1,
        "cli/shared/known_secrets.py": 1,
        "core/claims.py": 1,
        "core/redact.py": 1,
        "exporter/prober.py": 1,
        "exporter/web/basic_auth.py": 1,
        "transport/request.py": 1,
    } == places


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


def _all_definitions() -> Iterator[tuple[str, Definition]]:
    """Yield those of the package and its tests, each with its place."""
    for path in [*FILES, *sorted(_TESTS.rglob("*.py"))]:
        for node in definitions(path):
            yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_no_function_is_named_by_a_bare_participle() -> None:
    assert [] == [
        f"{place} {node.name}"
        for place, node in _all_definitions()
        if not isinstance(node, ast.ClassDef) and _PARTICIPLE.fullmatch(node.name)
        # A property is read as an adjective.
        if "property" not in {ast.unparse(decorator) for decorator in node.decorator_list}
    ]


def test_a_class_name_has_one_meaning() -> None:
    """In the package and its tests: a reader who searches for a class finds one."""
    places: dict[str, list[str]] = {}
    for place, node in _all_definitions():
        if isinstance(node, ast.ClassDef):
            places.setdefault(node.name, []).append(place)
    assert {} == {name: found for name, found in places.items() if len(found) > 1}


# The same part of two providers, of two servers or of two commands; or a command and what it runs.
_COUNTERPARTS = {
    "advice", "answers", "api", "app", "clients", "command", "consent", "database",
    "error_responses", "errors", "export", "oauth", "probe_flow", "provider", "quota", "recover",
    "scopes", "server", "tokeninfo", "users",
}  # fmt: skip


def test_a_module_name_has_one_meaning() -> None:
    stems = Counter(path.stem for path in FILES if not path.stem.startswith("__"))
    assert _COUNTERPARTS >= {name for name, times in stems.items() if times > 1}
