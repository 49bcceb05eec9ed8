"""Each exit code that ``docs/reference/exit-codes.md`` names for a command is what it ends with."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.cli.conftest import Run
from tests.support.cli.account_store import GOOGLE, AccountStore, reveal
from tests.support.cli.login_process import give_consent, login
from tests.support.cli.run_result import RunResult
from tests.support.paths import DOCS
from tests.support.suite.imports import PACKAGE
from tests.support.tokens import FITBIT
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses
from tokcheck.cli import typer_app
from tokcheck.sandbox import FITBIT_PUBLIC_CLIENT

_PAGE = (DOCS / "reference" / "exit-codes.md").read_text()
_ROW = re.compile(r"^\| `([a-z ]+)` \|(.*)\|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)
_NOWHERE = "http://127.0.0.1:9"
_CUT = "eyJhbGciOiJIUzI1NiJ9.eyJzdW"  # a token that needs no request
_BUSY = "/~token-too-many-requests"


class PreparedStore:
    """A store with the account alex, its token about to expire, and a folder with a token file."""

    def __init__(self, store: AccountStore, folder: Path, request: pytest.FixtureRequest) -> None:
        self.store = store
        self.request = request
        self.folder = folder
        self.url = store.env["TOKCHECK_FITBIT_URL"]
        self.grant = store.add("alex", left=10)
        self.token = store.sandbox_state.issue_fitbit_token()
        (folder / "token.txt").write_text(self.token)
        (folder / "clean.txt").write_text("no token")
        (folder / "headers.txt").write_text("X-RateLimit-Limit: 200,2000\n")
        response = {"access_token": self.token, "refresh_token": "4f" * 32, "expires_in": 600}
        (folder / "token.json").write_text(json.dumps(response))

    def run(self, *words: str, **env: str) -> RunResult:
        """Run a command; ``{folder}`` in its words is replaced."""
        return self.store(*(word.replace("{folder}", str(self.folder)) for word in words), **env)

    def migrate(self) -> RunResult:
        """Move everything into a database."""
        return self.run("accounts", "migrate", "--to", self.request.getfixturevalue("database_url"))

    def revoke(self, **env: str) -> RunResult:
        """Revoke the token of alex."""
        return self.run("revoke", "--yes", reveal(self.grant.access), **env)

    def run_without_store(self, *words: str) -> RunResult:
        """Run a command with a file as its data folder."""
        return self.run(*words, TOKCHECK_HOME=str(self.folder / "clean.txt"))

    def run_limited(self, *words: str) -> RunResult:
        """Run a command; its token endpoint says when to come back: a refresh does not wait."""
        headers = {"Retry-After": "1800"}
        with serve_fixed_responses(POST_oauth2_token=FixedResponse(429, {}, headers)) as server:
            return self.run(*words, TOKCHECK_FITBIT_URL=server.url)

    def run_refused(self, response: FixedResponse, *words: str) -> RunResult:
        """Run a command with a token endpoint that always sends this response."""
        self.store.add("alex", left=-10)
        with serve_fixed_responses(POST_oauth2_token=response) as server:
            return self.run(*words, TOKCHECK_FITBIT_URL=server.url)

    def run_without_refresh_token(self, *words: str) -> RunResult:
        """Run a command with another text in the place of a refresh token in its store."""
        path = self.store.folder / "accounts.sqlite3"
        token = reveal(self.grant.refresh).encode()
        path.write_bytes(path.read_bytes().replace(token, b"0" * len(token)))
        return self.run(*words)

    def run_rate_limited(self, *words: str) -> RunResult:
        """Run a command with a token endpoint that has reached its rate limit."""
        return self.run(*words, TOKCHECK_FITBIT_URL=self.url + _BUSY)

    def run_broken(self, *words: str) -> RunResult:
        """Run a command after the grant was revoked elsewhere."""
        self.store.sandbox_state.revoke_grant(reveal(self.grant.refresh))
        return self.run(*words)

    def log_in(self, answer: str = "", **env: str) -> RunResult:
        """Log in with a consent, or with another pasted answer."""
        variables = {
            "TOKCHECK_FITBIT_AUTHORIZE_URL": f"{self.url}/oauth2/authorize",
            "TOKCHECK_FITBIT_CLIENT_SECRET": "",
        }
        words = ("fitbit", "--client-id", FITBIT_PUBLIC_CLIENT, "--no-browser", "--name", "new")
        with login(words, self.store.env | variables | env) as started:
            return started.paste(answer or give_consent(started.address))

    def interrupt(self, *words: str) -> RunResult:
        """Run a command, and interrupt it when it takes requests."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.docs.interrupter", *words],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        return RunResult(done.returncode, done.stdout, done.stderr)

    def unknown_application(self, *words: str) -> RunResult:
        """Run a command while alex belongs to an application that is not registered."""
        client = self.grant.client._replace(client_id="23NONE")
        self.store.put(self.grant._replace(client=client))
        return self.run(*words)


_IMPORT = ("accounts", "import", "{folder}/token.json", "--name", "bo")
_REKEY = ("accounts", "rekey", "--new-key-variable", "TEST_KEY")
_EXPORT = ("accounts", "export", "alex", "--format", "token-response")
_REMOVE = ("accounts", "remove", "alex", "--yes")
_REFRESH = ("accounts", "refresh", "alex")
_TOKEN_FILE = ("validate", "--file", "{folder}/token.txt")

_OBSERVE = ("observe", "alex", "--provider", "strava", "--file", "{folder}/headers.txt")
_DECLARATION = PACKAGE / "declarations" / "ready_made" / "strava.toml"
_CASES: Mapping[tuple[str, int], Callable[[PreparedStore], RunResult]] = MappingProxyType(
    {
        ("validate", 0): lambda s: s.run(*_TOKEN_FILE),
        ("validate", 1): lambda s: s.run("validate", FITBIT),
        ("validate", 3): lambda s: s.run(*_TOKEN_FILE, "--api-url", _NOWHERE),
        ("validate", 4): lambda s: s.run(*_TOKEN_FILE, "--api-url", f"{s.url}/~too-many-requests"),
        ("clean", 0): lambda s: s.run("clean", s.token),
        ("clean", 1): lambda s: s.run("clean", "no", "token"),
        ("scan", 0): lambda s: s.run("scan", "{folder}/clean.txt"),
        ("scan", 1): lambda s: s.run("scan", "{folder}/token.txt"),
        ("scan", 3): lambda s: s.run("scan", "{folder}/missing.txt"),
        ("token", 0): lambda s: s.run("token", "alex"),
        ("token", 1): lambda s: s.run_broken("token", "alex", "--min-ttl", "1h"),
        ("token", 3): lambda s: s.run_without_store("token", "alex"),
        ("token", 4): lambda s: s.run_limited("token", "alex", "--min-ttl", "60"),
        ("serve", 0): lambda s: s.run("serve", "--token-env", "a=A", "--once", A=_CUT),
        ("serve", 3): lambda s: s.run_without_store("serve", "--accounts", "--once"),
        ("watch", 3): lambda s: s.run_without_store("watch", "--accounts"),
        ("watch", 0): lambda s: s.run("watch", "--token-env", "a=A", A=_CUT),
        ("observe", 0): lambda s: s.run(*_OBSERVE),
        ("observe", 3): lambda s: s.run_without_store("observe", "alex"),
        ("login", 0): lambda s: s.log_in(),
        ("login", 1): lambda s: s.log_in("error=access_denied"),
        ("login", 3): lambda s: s.run_without_store("login", "fitbit", "--client-id", "23ABCD"),
        ("login", 4): lambda s: s.log_in(TOKCHECK_FITBIT_URL=s.url + _BUSY),
        ("revoke", 0): lambda s: s.revoke(),
        ("revoke", 1): lambda s: s.run("revoke", "--yes", "no", "token"),
        ("revoke", 3): lambda s: s.revoke(TOKCHECK_FITBIT_URL=_NOWHERE),
        ("revoke", 4): lambda s: s.revoke(TOKCHECK_FITBIT_URL=s.url + _BUSY),
        ("providers list", 0): lambda s: s.run("providers", "list"),
        ("providers show", 0): lambda s: s.run("providers", "show", "strava"),
        ("providers check", 0): lambda s: s.run("providers", "check", str(_DECLARATION)),
        ("accounts list", 0): lambda s: s.run("accounts", "list"),
        ("accounts list", 3): lambda s: s.run_without_store("accounts", "list"),
        ("accounts show", 0): lambda s: s.run("accounts", "show", "alex"),
        ("accounts show", 3): lambda s: s.run_without_store("accounts", "show", "alex"),
        ("accounts refresh", 0): lambda s: s.run(*_REFRESH),
        ("accounts refresh", 1): lambda s: s.run_broken(*_REFRESH),
        ("accounts refresh", 3): lambda s: s.run_without_store(*_REFRESH),
        ("accounts refresh", 4): lambda s: s.run_limited(*_REFRESH),
        ("accounts remove", 0): lambda s: s.run(*_REMOVE),
        ("accounts remove", 1): lambda s: s.unknown_application(*_REMOVE),
        ("accounts remove", 3): lambda s: s.run_without_store(*_REMOVE),
        ("accounts remove", 4): lambda s: s.run_rate_limited(*_REMOVE),
        ("accounts import", 0): lambda s: s.run(*_IMPORT),
        ("accounts import", 3): lambda s: s.run_without_store(*_IMPORT),
        ("accounts export", 0): lambda s: s.run(*_EXPORT),
        ("accounts export", 3): lambda s: s.run_without_store(*_EXPORT),
        ("accounts migrate", 0): lambda s: s.migrate(),
        ("accounts migrate", 3): lambda s: s.run(
            "accounts", "migrate", "--to", "postgresql://127.0.0.1:1/tokcheck"
        ),
        ("accounts rekey", 0): lambda s: s.run(*_REKEY, TEST_KEY="6b" * 32),
        ("accounts rekey", 3): lambda s: s.run_without_store("accounts", "rekey", "--unencrypted"),
        ("accounts recover", 0): lambda s: s.run("accounts", "recover"),
        ("accounts recover", 1): lambda s: s.run_without_refresh_token("accounts", "recover"),
        ("accounts recover", 3): lambda s: s.run_without_store("accounts", "recover"),
        ("demo", 0): lambda s: s.run("demo", "--once"),
        ("completion", 0): lambda s: s.run("completion", "bash"),
        ("sandbox", 0): lambda s: s.interrupt("sandbox"),
    }
)


@pytest.fixture
def scene(
    account_store: AccountStore, tmp_path: Path, request: pytest.FixtureRequest
) -> PreparedStore:
    return PreparedStore(account_store, tmp_path, request)


def test_the_page_lists_the_codes_that_these_tests_run() -> None:
    documented = {
        (name, code)
        for name, *cells in _ROW.findall(_PAGE)
        for code, cell in zip((0, 1, 3, 4), cells, strict=True)
        if cell.strip()
    }
    assert set(_CASES) == documented


_INVALID_GRANT = FixedResponse(400, {"errors": [{"errorType": "invalid_grant", "message": "No."}]})
_INVALID_CLIENT = FixedResponse(
    401, {"errors": [{"errorType": "invalid_client", "message": "No."}]}
)
_GONE = FixedResponse(410, "Gone")
_LIMITED = FixedResponse(429, {}, {"Retry-After": "1800"})
_VALIDATE = ("validate", "--account", "alex")


@pytest.mark.parametrize("words", [("token", "alex"), _REFRESH, _VALIDATE], ids=" ".join)
@pytest.mark.parametrize(
    ("code", "response"),
    [(1, _INVALID_GRANT), (1, _INVALID_CLIENT), (1, _GONE), (4, _LIMITED)],
    ids=["grant", "application", "gone", "limited"],
)
def test_a_refusal_of_the_token_endpoint_has_one_code_in_every_command(
    scene: PreparedStore, words: tuple[str, ...], code: int, response: FixedResponse
) -> None:
    for _ in range(2):  # detected, then remembered
        assert code == scene.run_refused(response, *words).code
    names_a_time = re.findall(r"\d+ min|\d\d:\d\d UTC", scene.run_refused(response, *words).err)
    assert len(names_a_time) <= 1


@pytest.mark.parametrize("words", [("token", "alex"), _REFRESH], ids=" ".join)
def test_after_a_rate_limit_one_moment_to_come_back_at_is_named(
    scene: PreparedStore, words: tuple[str, ...]
) -> None:
    result = scene.run_refused(_LIMITED, *words)
    (hint,) = [line for line in result.err.splitlines() if "Wait" in line]
    assert re.fullmatch(r" *Wait (?:30|29) min(?: 59 s)?, then try again\.", hint)
    assert re.search(
        r"^alex +fitbit +rate-limited ", scene.run("accounts", "list").out, re.MULTILINE
    )


def test_the_page_lists_every_command() -> None:
    assert set(typer_app.COMMANDS) == {name.split()[0] for name, *_ in _ROW.findall(_PAGE)}


@pytest.mark.parametrize("case", _CASES, ids=lambda case: f"{case[0]} {case[1]}")
def test_a_command_ends_with_the_code_of_the_page(
    scene: PreparedStore, case: tuple[str, int]
) -> None:
    result = _CASES[case](scene)
    assert case[1] == result.code, result.err


@pytest.mark.parametrize("command", sorted({name for name, _ in _CASES}))
def test_every_command_ends_with_2_for_an_unknown_option(run: Run, command: str) -> None:
    result = run(*command.split(), "--no-such-option")
    assert (2, "") == (result.code, result.out)
    assert f"See tokcheck {command} --help.\n" in result.err


def test_output_that_cannot_be_written_ends_with_3(account_store: AccountStore) -> None:
    account_store.add("alex", GOOGLE)
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs Linux's /dev/full")
    with full.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "tokcheck", "accounts", "list"],
            stdout=output, stderr=subprocess.PIPE, env=account_store.env, check=False, timeout=60,
        )  # fmt: skip
    assert 3 == done.returncode
