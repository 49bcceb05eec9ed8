"""The imports that each room allows: the walls of the design, checked by reading the code."""

import ast
import re
import sys
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
    "providers": (_PURE, {"http_sf"}),
    "transport": (
        {"core", "providers"},
        {"aiohappyeyeballs", "httpcore", "httpx"},
    ),
    "checks": (_PURE | {"providers"}, set()),
    "storage": ({"core"}, {"platformdirs", "psycopg"}),
    "declarations": (_PURE | {"providers"}, {"pydantic", "pydantic_core"}),
    "accounts": (
        _PURE | {"accounts", "checks", "providers", "storage"},
        {"filelock", "h11", "keyring", "nacl", "oauthlib", "yaml"},
    ),
    "exporter": (
        _PURE | {"accounts", "checks", "declarations", "providers", "storage", "transport"},
        {"bcrypt", "prometheus_client", "pydantic", "rich", "starlette", "uvicorn", "yaml"},
    ),
    "scan": (_PURE | {"providers", "scan", "storage"}, {"ahocorasick_rs"}),
    "sandbox": ({"core"}, {"starlette", "uvicorn", "jwt"}),
    "cli": (
        _PURE
        | {
            "accounts",
            "checks",
            "cli",
            "declarations",
            "exporter",
            "providers",
            "transport",
            "sandbox",
            "scan",
            "storage",
        },
        {"rich", "typer"},
    ),
    "library": (
        _PURE
        | {
            "accounts",
            "checks",
            "declarations",
            "exporter",
            "providers",
            "scan",
            "storage",
            "transport",
        },
        {"anyio", "httpx"},
    ),
    "__init__": ({"accounts", "core", "library", "scan"}, set()),
    "__main__": ({"cli"}, set()),
}
# Inside a room or a folder of one: its modules and folders in layers; each may import those below
# it alone.
_LAYERS: dict[str, tuple[str, ...]] = {
    "core": (
        "escape expiry lazy secret version", "credential errors",
        "documents flow humanize redact", "addresses report", "claims",
    ),
    "core/report": ("quotas", "probe_outcome", "report"),
    "core/redact": ("spellings", "pieces", "random_text", "message"),
    "storage": (
        "child_job data_folder errors modes regular_files shell_words", "windows_access",
        "atomic_write",
        "install_method output_target private_files sqlite", "postgres private_database",
    ),
    "storage/sqlite": ("sqlite_pages", "sqlite_records write_ahead_log"),
    "storage/postgres": (
        "database_address database_errors postgres_session", "postgres_migrations server_clock",
        "session_setup", "postgres_connection",
    ),
    "paste": (
        "flaws invisible notations variable", "grammar", "encoding placeholders wrapping",
        "jwt_reader", "jwt opaque_tokens", "opaque_credentials", "context", "finder",
    ),
    "paste/context": (
        "basic_pairs encoded_text evidence line_breaks newest services substitutes", "stubs",
    ),
    "paste/encoding": ("compression", "deflated", "base64_text"),
    "paste/finder": ("matches restored_texts strip_notes unknown_word",),
    "paste/placeholders": ("masks program_code", "forms", "search"),
    "paste/wrapping": (
        "glued_prompt token_lines word_shapes other_text",
        "foreign_character signature_end next_piece",
        "text_behind line_openings joined_code joined_names logged_rest", "remainder",
        "continuation",
    ),
    "providers": (
        "api_errors known_services unsent_token", "base", "response_clock",
        "rate_limits", "responses", "unclear_responses", "declared fitbit google_health observed",
        "ready_made_providers",
    ),
    "providers/observed": ("printed_response", "http_text", "json_text traffic", "observed_input"),
    "providers/fitbit": (
        "advice documented_quota scopes", "quota", "error_responses", "probe_flow", "provider",
    ),
    "providers/google_health": (
        "advice documented_quota scopes",
        "authentication_errors project_errors quota token_origin", "error_responses",
        "tokeninfo", "probe_flow", "provider",
    ),
    "providers/rate_limits": (
        "limit_names structured_fields windows", "numbers", "pauses reader", "ietf",
    ),
    "providers/declared": (
        "declaration error_text", "error_signs response_claims response_rules token_claims",
        "outcomes token_refusals", "declared_provider",
    ),
    "providers/known_services": ("ready_made recognition sentences undeclared", "mentions"),
    "declarations": (
        "description language_table value_forms", "response_tables", "language",
        "declaration_text", "files", "known_providers", "on_demand provider_choice",
    ),
    "checks": (
        "ambiguity clock_notes error_messages other_credentials", "verdict",
        "findings requirements without_token",
        "checker render_json render_text required_scopes", "bare_token",
    ),
    "transport": (
        "endpoints proxy resolver response", "errors", "async_backend request",
        "async_client client",
    ),
    "accounts": (
        "grant login_command", "errors", "names oauth", "grant_errors token_files",
        "display store", "refresh", "login recovery revocation", "explanation",
    ),
    "accounts/display": ("status", "as_json", "as_text"),
    "accounts/explanation": (
        "client_errors error_codes service_account_errors statuses unknown_provider",
        "error_messages",
        "declared_errors message_owner oauth_messages", "explainer",
    ),
    "accounts/explanation/error_messages": (
        "error_message literals log_text", "consent_errors error_objects error_texts",
    ),
    "accounts/explanation/statuses": ("bare_statuses printed_headers", "http_statuses"),
    "accounts/login": (
        "completion pasted_redirect redirect_uri requested_scopes", "interaction loopback_server",
        "application callback", "session",
    ),
    "accounts/oauth": (
        "cause client_id client_secret scopes", "secret_sources",
        "authorization_error_table token_error_table token_request",
        "authorization_errors token_failures", "authorization token_errors", "token_endpoint",
    ),
    "accounts/recovery": (
        "table_rows", "account_names damage stored_secrets", "salvage",
        "encrypted_secrets", "rebuild",
    ),
    "accounts/refresh": (
        "recovery_file refresh_context steps unfinished_refresh", "repeated_request",
        "token_saving", "refresh_flow", "refresher",
        "async_refresher usable_grant", "refresh_many",
    ),
    "accounts/store": (
        "account_file clocks vaults", "fast_read locks rows", "account_database",
        "account_reader", "refresh_records", "grant_store", "postgres sqlite", "environment",
    ),
    "accounts/store/sqlite": (
        "replacement stored_sentences", "database shared_connection", "store",
    ),
    "accounts/store/vaults": (
        "encrypted_text encryption_key", "encryption", "vault",
        "encrypted_vault keyring_vault", "vault_choice", "rekeying",
    ),
    "accounts/token_files": (
        "access_text fields moments", "notations", "entries missing_grant", "other_service",
        "entry_choice", "grant_search token_checks", "export token_file",
    ),
    "accounts/token_files/notations": (
        "header_rows labelled_values python_literal", "text_forms",
    ),
    "exporter": (
        "sources service_manager", "state", "log scheduling", "ledger metrics",
        "prober refreshing display", "web", "engine", "service", "assembly",
    ),
    "exporter/engine": ("parts turn_queue", "state_reader", "account_processor", "engine"),
    "exporter/display": ("next_probe", "account_view", "overview", "accounts_json terminal"),
    "exporter/display/terminal": ("column_widths logins", "account_table", "screen"),
    "exporter/ledger": (
        "database observation_table spend_table stored_state",
        "request_ledger",
        "ledger postgres_ledger", "selected_ledger",
        "accounting ledger_thread",
        "async_accounting",
    ),
    "exporter/metrics": (
        "families samples textfile",
        "text_format",
        "negotiation own_metrics",
        "exposition",
    ),
    "exporter/scheduling": (
        "budget clock coalescer first_round refresh_times timer_queue worker_pool",
        "backoff", "planner",
    ),
    "exporter/sources": (
        "account reading",
        "commands config_errors config_schema file_watcher stored_accounts", "config_file",
        "selection", "leases snapshot", "registry",
    ),
    "exporter/state": (
        "account_state budget_subject", "expiry_age forecast remediation", "severity",
        "account_summary clock_jump probe_origin quota_window", "transitions",
        "observed_traffic source_change",
    ),
    "exporter/web": (
        "connection_limits listener page password_memory password_queue rate_limit", "options",
        "actions basic_auth connection", "app", "config", "middleware", "server",
    ),
    "exporter/web/config": ("schema strict_yaml", "parser", "tls", "reloader"),
    "exporter/web/page": ("html sparkline", "row", "document"),
    "scan": (
        "columns finding", "detect safe_text sources", "workers",
        "formats git_hooks hook ignore runner", "settings",
        "allowlist annotation",
    ),
    "scan/annotation": ("history line_hash liveness old_tokens remedies",),
    "scan/detect": (
        "anchors hit published_samples",
        "assembly encoded prefilter sample_tokens window",
        "labelled prefixed_tokens", "repaired_tokens", "signed_tokens", "candidates", "searcher",
    ),
    "scan/detect/assembly": ("emphasis joined signed", "statements", "expressions", "opaque"),
    "scan/detect/labelled": (
        "declared_names declared_token hit_owners tables", "declared_reader label_reader",
        "declared_hits",
    ),
    "scan/formats": ("scores wording", "github gitlab json junit sarif text"),
    "scan/git_hooks": ("scripts", "managers", "installation"),
    "scan/ignore": ("baseline gitignore inline_comments", "baseline_update"),
    "scan/sources/files": ("endless listing", "batches", "file_source"),
    "scan/sources/archives": (
        "bounds kinds office_text pdf rpm", "compressed member_stream", "ar cpio tar zip",
        "unpacking",
    ),
    "scan/sources": (
        "chunks git_errors git_process git_program", "archives git", "git_index lfs messages",
        "git_objects", "files git_changes git_tags", "git_history",
    ),
    "sandbox": (
        "messages path_templates", "faults", "state", "consent_page",
        "declared fitbit google", "control cors", "router", "app",
        "server",
    ),
    "sandbox/control": (
        "help request_fields", "answers clients declared_windows users", "api",
    ),
    "sandbox/declared": (
        "consent json_paths token_text", "dialect refusals", "api oauth", "dispatch",
    ),
    "sandbox/faults": (
        "fault fitbit_bodies google_bodies", "declared fitbit google oauth",
        "fitbit_quota google_quota", "catalogue",
    ),
    "sandbox/fitbit": ("consent oauth resources", "api"),
    "sandbox/fitbit/resources": ("resource_request", "logs profile series vitals", "table"),
    "sandbox/google": (
        "data_types id_token tokeninfo", "resources", "api", "consent openid", "oauth",
    ),
    "sandbox/state": (
        "answers fault_queue scopes token_formats tokens users",
        "clients codes rate_limits", "declared grants", "user_tokens", "sandbox_state",
    ),
    "sandbox/state/declared": ("api_table pattern_text", "window_counts", "declared_apis"),
    "library": (
        "application_log client_responses network paste_text", "observation_writer",
        "account_tokens cleaning paste_check text_scan",
        "observed_servers redirect_guard", "account_auth observation",
    ),
    "cli": ("manual", "shared", "commands", "fast_commands", "typer_app", "main"),
    "cli/commands": (
        "accounts clean completion demo login observe providers revoke sandbox scan serve token "
        "validate watch",
    ),
    "cli/commands/watch": ("keys", "live_view", "command"),
    "cli/commands/accounts": ("export import_ list migrate recover refresh rekey remove show",),
    "cli/commands/login": ("login_summary terminal_interaction", "command"),
    "cli/commands/scan": (
        "baselines finding_details hooks targets validation", "outputs", "arguments", "command",
    ),
    "cli/commands/revoke": ("finding_search leaked_token", "command"),
    "cli/commands/validate": ("command_line lines stored_account", "line_processes", "command"),
    "cli/shared/system": ("cores stop_signals waiting_streams windows_console", "stream_style"),
    "cli/manual": ("page shell_example", "help_text roff shell_scripts"),
    "cli/shared": (
        "known_secrets notes pasted_argv provider_name system usage_wording",
        "account_store output paste_input",
        "argparse_parser safe_stderr typer_help",
        "command_group exporter",
    ),
    "cli/shared/exporter": ("account_options config_check", "log_output"),
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


# Names that Python and the tools write or read by themselves.
_NO_ENTRIES = {"__init__.py", "__main__.py", "__pycache__", "py.typed"}
_MOST_ENTRIES = 14
# One for each room, and what concerns all of them: fixtures, helpers, this file, the whole program.
_MOST_ENTRIES_OF_TESTS = 17


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
    files = [path for path in FILES if _room(path) in _PURE | {"checks", "providers"}]
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
        "accounts/store/vaults/encrypted_vault.py": 1,
        "accounts/store/vaults/keyring_vault.py": 1,
        "accounts/store/vaults/vault.py": 1,
        "accounts/token_files/access_text.py": 1,
        "accounts/token_files/export.py": 1,
        "accounts/token_files/entry_choice.py": 1,
        "accounts/token_files/grant_search.py": 2,
        "accounts/token_files/token_checks.py": 4,
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
