"""``tokcheck validate --account`` prints a report whatever a refresh brings."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.cli.account_store import GOOGLE as GOOGLE_APPLICATION
from tests.support.cli.account_store import AccountStore, reveal, secrets_shown
from tests.support.cli.run_result import RunResult
from tests.support.tokens import FITBIT_REFRESH, FITBIT_SECRET, GOOGLE, GOOGLE_CLIENT, fitbit
from tests.support.transport.fixed_responses import (
    FixedResponse,
    FixedServer,
    serve_fixed_responses,
)
from tokcheck.accounts.grant import Broken, BrokenReason, Client, Grant
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret

TOKEN = "POST /oauth2/token"
DEVICES = "GET /1/user/-/devices.json"
QUOTA = {
    "Fitbit-Rate-Limit-Limit": "150",
    "Fitbit-Rate-Limit-Remaining": "88",
    "Fitbit-Rate-Limit-Reset": "1800",
}


def refusal(status: int, kind: str, message: str = "No.", **headers: str) -> FixedResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return FixedResponse(status, {"errors": [{"errorType": kind, "message": message}]}, named)


@pytest.fixture
def server() -> Iterator[FixedServer]:
    with serve_fixed_responses() as started:
        started.responses[DEVICES] = FixedResponse(200, [], QUOTA)
        yield started


class StoredAlex:
    """A data folder with the account alex, and the command on it."""

    def __init__(self, folder: Path, run: Run, url: str) -> None:
        self.folder = folder
        self._run = run
        self._env = {
            "TOKCHECK_HOME": str(folder),
            "TOKCHECK_FITBIT_URL": url,
            "TOKCHECK_GOOGLE_HEALTH_URL": url,
            "TOKCHECK_GOOGLE_OAUTH_URL": url,
        }

    def store(self, left: float | None, **fields: object) -> Grant:
        """Store a token that lives for ``left`` more seconds; ``None`` is unknown."""
        now = time.time()
        ends = now + (left or 0)
        access = fitbit(iat=int(ends) - 28_800, exp=int(ends))
        grant = Grant(
            "alex",
            Client("fitbit", "23TEST", Secret(FITBIT_SECRET)),
            Secret(access),
            Secret(FITBIT_REFRESH),
            None if left is None else ends,
            None,
            ("settings",),
            "7TESTS",
            ends - 28_800,
        )._replace(**fields)  # type: ignore[arg-type]
        with Store(self.folder) as store:
            store.put(grant)
        return grant

    def break_grant(self, broken: Broken) -> None:
        with Store(self.folder) as store:
            refresh = store.grant("alex").refresh
            assert refresh is not None
            store.mark_broken("alex", refresh.fingerprint, broken)

    def validate(self, *words: str, **env: str) -> RunResult:
        return self._run("validate", "--account", "alex", *words, env=self._env | env)

    def __call__(self, *words: str, **env: str) -> RunResult:
        return self._run(*words, env=self._env | env)


@pytest.fixture
def account(tmp_path: Path, run: Run, server: FixedServer) -> StoredAlex:
    return StoredAlex(tmp_path / "data", run, server.url)


INVALID = refusal(400, "invalid_grant", f"Refresh token invalid: {FITBIT_REFRESH}.")
WRONG_SECRET = refusal(401, "invalid_client", "Invalid header. Client secret invalid.")
GONE = FixedResponse(410, "<!DOCTYPE html><title>410 Gone</title>")
LIMITED = refusal(429, "system", "Too Many Requests", Retry_After="1800")
CAUSES = [
    pytest.param(INVALID, "grant_broken", False, 1, "tokcheck login fitbit", id="grant"),
    pytest.param(WRONG_SECRET, "not_permitted", False, 1, "CLIENT_SECRET", id="secret"),
    pytest.param(GONE, "service_gone", False, 1, "google-health", id="gone"),
    pytest.param(LIMITED, "rate_limited", None, 4, "Wait ", id="limited"),
]
# How a report can be printed.
JSON: Sequence[list[str]] = (["--json"], ["--lines"], ["--json", "--lines"])


@pytest.mark.parametrize("words", JSON, ids=" ".join)
@pytest.mark.parametrize(("response", "verdict", "usable", "code", "hint"), CAUSES)
def test_json_is_printed_also_where_the_refresh_fails(  # noqa: PLR0913, PLR0917 - a row
    account: StoredAlex,
    server: FixedServer,
    response: FixedResponse,
    verdict: str,
    usable: bool | None,  # noqa: FBT001 - a row
    code: int,
    hint: str,
    words: list[str],
) -> None:
    grant = account.store(-3600)
    server.responses[TOKEN] = response
    for _ in range(2):  # detected, then remembered
        result = account.validate(*words)
        report = json.loads(result.out)
        assert code == result.code
        assert (verdict, usable) == (report["verdict"], report["usable"])
        assert "alex" in report["summary"]
        assert hint in " ".join(report["advice"])
        assert "fitbit" == report["provider"]
        assert grant.access.fingerprint == report["credential"]["fingerprint"]
        assert report["expires_in_seconds"] < 0
        assert [] == report["quota"], "nobody reported one"
        assert None is report["probe"]
        assert "" == result.err
        assert FITBIT_REFRESH not in result.out
        assert ("--lines" in words) == (1 == result.out.count("\n"))
    assert DEVICES not in server.lines


@pytest.mark.parametrize(("response", "verdict", "usable", "code", "hint"), CAUSES)
def test_text_is_printed_also_where_the_refresh_fails(
    account: StoredAlex,
    server: FixedServer,
    response: FixedResponse,
    verdict: str,
    usable: bool | None,  # noqa: FBT001 - a row
    code: int,
    hint: str,
) -> None:
    del usable
    account.store(-3600)
    server.responses[TOKEN] = response
    result = account.validate()
    assert (code, "") == (result.code, result.err)
    assert result.out.startswith(verdict.replace("_", " ").upper())
    assert hint in result.out


@pytest.mark.parametrize("words", [[], *JSON], ids=" ".join)
@pytest.mark.parametrize("left", [60, 1000, None])
@pytest.mark.parametrize("response", [INVALID, WRONG_SECRET, GONE, LIMITED])
def test_a_living_token_is_checked_where_the_refresh_is_refused(
    account: StoredAlex,
    server: FixedServer,
    response: FixedResponse,
    left: float | None,
    words: list[str],
) -> None:
    account.store(left, **({} if left else {"access": Secret(fitbit(iat=1, exp=2**31))}))
    server.responses[TOKEN] = response
    result = account.validate(*words, "--min-ttl", "1s")
    assert 0 == result.code
    is_noted = left != 1000 and not words  # that one is not refreshed; JSON has it as advice
    assert is_noted == result.err.startswith("note: ")
    if words:
        report = json.loads(result.out)
        assert ("valid", True) == (report["verdict"], report["usable"])
        assert 88 == report["quota"][0]["remaining"]
        assert (left != 1000) == bool(report["advice"])
    else:
        assert result.out.startswith("VALID  ")


PAGE = "<!DOCTYPE html><title>Access denied</title>"


@pytest.mark.parametrize("status", [403, 302])
def test_a_refresh_is_not_repeated_where_the_same_response_would_come(
    account: StoredAlex, server: FixedServer, status: int
) -> None:
    account.store(180)
    server.responses[TOKEN] = FixedResponse(status, PAGE)
    result = account.validate("--json")
    assert (0, "valid") == (result.code, json.loads(result.out)["verdict"])
    assert 1 == server.lines.count(TOKEN)


def test_a_required_life_is_judged_where_the_refresh_is_refused(
    account: StoredAlex, server: FixedServer
) -> None:
    account.store(1000)
    server.responses[TOKEN] = INVALID
    result = account.validate("--json", "--min-ttl", "1h")
    report = json.loads(result.out)
    assert (1, "valid", False) == (result.code, report["verdict"], report["usable"])
    assert "sooner than" in report["summary"]
    assert "needs a new login" in " ".join(report["advice"])


@pytest.mark.parametrize("refused", [INVALID, WRONG_SECRET, GONE])
@pytest.mark.parametrize("min_ttl", ["1h", "12h"])  # longer than a new token lives
def test_the_advice_on_a_refused_account_is_its_refusal_alone(
    account: StoredAlex, server: FixedServer, refused: FixedResponse, min_ttl: str
) -> None:
    account.store(1000)
    server.responses[TOKEN] = refused
    assert 1 == account("accounts", "refresh", "alex").code
    for response in (FixedResponse(200, [], QUOTA), refusal(401, "invalid_token")):
        server.responses[DEVICES] = response
        result = account.validate("--json", "--min-ttl", min_ttl)
        report = json.loads(result.out)
        first, *rest = report["advice"]
        assert (1, False) == (result.code, report["usable"])
        assert first.startswith("The account alex ")
        assert " (since " in first
        for wrong in ("tokcheck token", "stores", "Get another one", "A refresh does not help"):
            assert wrong not in " ".join(report["advice"])
        assert not any("cannot be refreshed" in each or "new login" in each for each in rest)
        shown = account.validate("--min-ttl", min_ttl)
        assert "note: " not in shown.err
        assert first.split(". ")[0] in " ".join(shown.out.split())


def test_the_advice_on_a_stored_token_stores_no_other(
    account: StoredAlex, server: FixedServer
) -> None:
    account.store(7_200)
    assert [] == server.received
    report = json.loads(account.validate("--json", "--offline", "--min-ttl", "3h").out)
    assert ["Refresh it before the job starts: `tokcheck token alex --min-ttl 3h`."] == report[
        "advice"
    ]
    report = json.loads(account.validate("--json", "--offline", "--min-ttl", "9h").out)
    assert "tokcheck login" not in " ".join(report["advice"])


def test_a_token_of_unknown_expiry_that_has_died_gets_the_verdict_of_the_cause(
    account: StoredAlex, server: FixedServer
) -> None:
    account.store(None, access=Secret(fitbit(iat=1, exp=2**31)))
    server.responses |= {
        TOKEN: INVALID,
        DEVICES: refusal(401, "invalid_token", "Access token invalid: x"),
    }
    result = account.validate("--json")
    assert (1, "grant_broken") == (result.code, json.loads(result.out)["verdict"])


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_where_nothing_can_be_found_out_the_report_says_so(
    account: StoredAlex, words: list[str]
) -> None:
    account.store(-3600)
    unreachable = account.validate(*words, TOKCHECK_FITBIT_URL="http://127.0.0.1:9")
    assert (3, "undetermined") == (unreachable.code, json.loads(unreachable.out)["verdict"])
    account.folder.chmod(0o755)
    unreadable = account.validate(*words)
    report = json.loads(unreadable.out)
    assert (3, "undetermined", None) == (unreadable.code, report["verdict"], report["provider"])
    assert "chmod 700" in " ".join(report["advice"])


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_an_account_without_a_token_has_a_report(account: StoredAlex, words: list[str]) -> None:
    account.store(None, access=Secret(""))
    offline = account.validate(*words, "--offline")
    report = json.loads(offline.out)
    assert (3, "undetermined", "fitbit") == (offline.code, report["verdict"], report["provider"])
    assert ["To get one, leave out --offline."] == report["advice"]


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_a_grant_without_a_refresh_token_has_a_report(
    account: StoredAlex, words: list[str]
) -> None:
    account.store(-3600, refresh=None)
    result = account.validate(*words)
    assert (1, "grant_broken") == (result.code, json.loads(result.out)["verdict"])


def test_a_copy_and_a_lost_response_have_a_report(account: StoredAlex) -> None:
    account.store(-3600)
    account.break_grant(Broken(time.time(), BrokenReason.DUPLICATE, "kim"))
    report = json.loads(account.validate("--json").out)
    assert "grant_broken" == report["verdict"]
    assert "The account kim has the same refresh token" in report["summary"]


def test_an_opaque_token_has_a_report_of_its_provider(
    account: StoredAlex, server: FixedServer
) -> None:
    account.store(
        -3600,
        access=Secret(GOOGLE),
        client=Client("google-health", GOOGLE_CLIENT, Secret("GOCSPX-x")),
    )
    server.responses["POST /token"] = FixedResponse(401, {"error": "deleted_client"})
    result = account.validate("--json")
    report = json.loads(result.out)
    assert (1, "not_permitted") == (result.code, report["verdict"])
    assert "google-health" == report["provider"]
    assert "access_token" == report["credential"]["kind"]


@pytest.mark.parametrize("words", [[], *JSON], ids=" ".join)
def test_wrong_usage_has_no_report(account: StoredAlex, words: list[str]) -> None:
    account.store(60)
    for more in (["--provider", "fitbit"], ["--env", "X"], ["--file", "x"], ["paste"]):
        result = account.validate(*words, *more)
        assert (2, "") == (result.code, result.out)
    unknown = account("validate", "--account", "kim", *words)
    assert (2, "") == (unknown.code, unknown.out)


def has_ten_minutes(seconds: float) -> bool:
    return 540 < seconds <= 660  # on a busy machine, much later than it was stored


def test_a_lifetime_that_is_shorter_than_the_tokens_own_counts(
    account: StoredAlex, server: FixedServer
) -> None:
    account.store(-60)
    now = int(time.time())
    tokens = {
        "access_token": fitbit(iat=now, exp=now + 28_800),
        "refresh_token": FITBIT_REFRESH,
        "expires_in": 600,
        "token_type": "Bearer",
    }
    server.responses[TOKEN] = FixedResponse(200, tokens)
    assert 0 == account("accounts", "refresh", "alex").code
    for words in ([], ["--offline"], ["--min-ttl", "1m"]):
        report = json.loads(account.validate("--json", *words).out)
        assert has_ten_minutes(report["expires_in_seconds"])
    result = account.validate("--json", "--min-ttl", "1h")
    assert (1, False) == (result.code, json.loads(result.out)["usable"])
    once = account("serve", "--accounts", "--once")
    (expiry,) = re.findall(
        r"^tokcheck_token_expiry_timestamp_seconds\{.*\} (\S+)$", once.out, re.MULTILINE
    )
    assert has_ten_minutes(float(expiry) - now)
    table = account("watch", "--accounts").out
    assert " 9 min" in table
    assert "7 h" not in table


def test_a_stored_expiry_is_that_of_an_opaque_token(account: StoredAlex) -> None:
    client = Client("google-health", GOOGLE_CLIENT, None)
    account.store(600, access=Secret(GOOGLE), client=client, obtained_at=time.time())
    report = json.loads(account.validate("--json", "--offline").out)
    assert has_ten_minutes(report["expires_in_seconds"])


def test_an_expiry_from_before_the_clock_was_set_back_is_not_known(account: StoredAlex) -> None:
    account.store(600, access=Secret(fitbit(iat=1, exp=2**31)), obtained_at=time.time() + 3600)
    report = json.loads(account.validate("--json", "--offline").out)
    assert 2**31 - time.time() == pytest.approx(report["expires_in_seconds"], abs=60)


def test_a_stored_token_is_refreshed_and_checked_and_not_shown(account_store: AccountStore) -> None:
    old = account_store.add("alex", left=60)
    for words in ([], ["--json"], ["--offline"]):
        result = account_store("validate", "--account", "alex", *words)
        assert (0, "") == (result.code, result.err)
        assert [] == secrets_shown(result, old, account_store.grant("alex"))
    assert 1 == account_store.sandbox_state.refresh_counts().renewed


def test_a_required_min_ttl_causes_a_refresh(account_store: AccountStore) -> None:
    account_store.add("alex", left=1000)
    assert 0 == account_store("validate", "--account", "alex").code
    assert 0 == account_store.sandbox_state.refresh_counts().renewed
    assert 0 == account_store("validate", "--account", "alex", "--min-ttl", "1h").code
    assert 1 == account_store.sandbox_state.refresh_counts().renewed


def test_an_opaque_token_is_checked_as_its_providers(account_store: AccountStore) -> None:
    account_store.add("alex", GOOGLE_APPLICATION)
    result = account_store("validate", "--account", "alex", "--json")
    assert "google-health" == json.loads(result.out)["provider"]
    assert 0 == result.code


@pytest.mark.parametrize(
    "words", [["-"], ["--env", "X"], ["--file", "x"], ["--provider", "fitbit"]]
)
def test_an_account_is_no_second_paste(account_store: AccountStore, words: list[str]) -> None:
    account_store.add("alex")
    assert 2 == account_store("validate", "--account", "alex", *words).code


def test_a_broken_grant_is_noted_beside_its_valid_token(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex")
    assert grant.refresh is not None
    with Store(account_store.folder) as store:
        store.mark_broken("alex", grant.refresh.fingerprint, Broken(0, BrokenReason.REFUSED))
    for words in ([], ["--json"], ["--offline"]):
        result = account_store("validate", "--account", "alex", *words)
        assert 0 == result.code
        shown = " ".join(json.loads(result.out)["advice"]) if words == ["--json"] else result.err
        assert "The account alex needs a new login (since 1970-01-01" in shown
        assert shown.rstrip().endswith("Log in again: tokcheck login fitbit --name alex")
        assert (words == ["--json"]) == (not result.err)


def test_a_broken_grant_is_reported_before_the_check(account_store: AccountStore) -> None:
    grant = account_store.add("alex", left=-1)
    account_store.sandbox_state.revoke_grant(reveal(grant.refresh))
    result = account_store("validate", "--account", "alex")
    assert (1, "") == (result.code, result.err)
    assert result.out.startswith("GRANT BROKEN  The account alex needs a new login.")
    assert "tokcheck login fitbit --name alex" in result.out


def test_scopes_of_a_declared_provider_s_account_are_those_of_its_login(
    account: StoredAlex, server: FixedServer
) -> None:
    server.responses["GET /api/v3/athlete"] = FixedResponse(200, {"id": 1})
    client = Client("strava", "12345", Secret("ab" * 20))
    account.store(3600, client=client, access=Secret("cd" * 20), scopes=("read", "activity:read"))
    variable = {"TOKCHECK_STRAVA_URL": server.url}
    result = account.validate("--json", "--require-scope", "activity:read", **variable)
    assert (0, "valid") == (result.code, json.loads(result.out)["verdict"])
    result = account.validate("--json", "--require-scope", "profile:write", **variable)
    assert (1, "insufficient_scope") == (result.code, json.loads(result.out)["verdict"])


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["text", "json"])
def test_a_refused_token_of_a_declared_provider_s_account_has_the_commands_for_it(
    account: StoredAlex, server: FixedServer, words: list[str]
) -> None:
    server.responses["GET /api/v3/athlete"] = FixedResponse(401, {"message": "Authorization Error"})
    client = Client("strava", "12345", Secret("ab" * 20))
    account.store(3600, client=client, access=Secret("cd" * 20), scopes=("read",))
    result = account.validate(*words, TOKCHECK_STRAVA_URL=server.url)
    assert 1 == result.code
    shown = " ".join(result.out.split())
    assert "`tokcheck accounts refresh alex`" in shown
    assert "tokcheck login strava --name alex" in shown
    assert "Get a new token" not in shown


@pytest.mark.parametrize(
    ("kind", "words", "command"),
    [
        ("expired_token", [], "tokcheck accounts refresh alex"),
        ("invalid_token", [], "tokcheck login fitbit --name alex"),
        ("insufficient_scope", [], "tokcheck login fitbit --name alex --scope"),
        ("", ["--require-scope", "nutrition"], "tokcheck login fitbit --name alex --scope"),
        ("", ["--min-ttl", "3h"], "tokcheck accounts refresh alex"),
    ],
)
def test_the_advice_names_the_account_in_its_commands(
    account: StoredAlex, server: FixedServer, kind: str, words: list[str], command: str
) -> None:
    account.store(7_200)
    server.responses[TOKEN] = INVALID
    if kind:
        server.responses[DEVICES] = refusal(403 if "scope" in kind else 401, kind)
    result = account.validate("--json", *words)
    advice = " ".join(json.loads(result.out)["advice"])
    assert command in advice
    for rest in re.split("tokcheck login (?:fitbit|google-health)", advice)[1:]:
        assert rest.startswith(" --name alex")
