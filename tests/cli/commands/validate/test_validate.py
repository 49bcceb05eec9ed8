"""``tokcheck validate`` as its users run it."""

import json
from base64 import b64encode

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.conftest import Run
from tests.support.cli.account_store import AccountStore
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    UNKNOWN_WORD,
    fitbit,
    google,
    make_jwt,
)
from tokcheck.sandbox import Sandbox

_CURL = (
    "curl", "-X", "GET", "https://api.fitbit.com/1/user/-/devices.json",
    "-H", "accept: application/json", "-H",
)  # fmt: skip
_REFUSED = {
    "nothing": "   ",
    "an empty bearer": "authorization: Bearer ",
    "a cut-off token": FITBIT[:-9],
    "a glued-on placeholder": FITBIT + "YOUR_ACCESS_TOKEN",
    "two tokens": f"{GOOGLE} {google('second')}",
    "a placeholder": "Authorization: Bearer [YOUR_ACCESS_TOKEN]",
    "a shell variable": "Bearer $TOKEN",
    "a Fitbit refresh token": f"FITBIT_REFRESH_TOKEN={FITBIT_REFRESH}",
    "64 hexadecimal digits": FITBIT_REFRESH,
    "a Strava token": f"curl https://www.strava.com/api/v3/athlete -d access_token={FITBIT_CODE}",
    "a GitHub token": f"ghs_123456_{FITBIT}",
    "an empty half": f"Basic {b64encode(f'{FITBIT_CLIENT}:'.encode()).decode()}",
    "a beginning alone": "GOCSPX-",
    "a letter that looks alike": FITBIT.replace("a", "\u0430", 1),
    "a Fitbit code": FITBIT_CODE + "#_=_",
    "a Fitbit client secret": f"https://api.fitbit.com client_secret={FITBIT_SECRET}",
    "a Fitbit client id": FITBIT_CLIENT,
    "a Google refresh token": GOOGLE_REFRESH,
    "a Google code": GOOGLE_CODE,
    "a Google secret": GOOGLE_SECRET,
    "a Google key": GOOGLE_KEY,
    "an ID token": make_jwt({"iss": "https://accounts.google.com", "aud": "x", "exp": 1}),
    "another service's token": make_jwt({"iss": "https://example.com", "sub": "x"}),
    "a word of unknown kind": UNKNOWN_WORD,
}


@pytest.mark.parametrize("name", _REFUSED)
def test_what_is_no_access_token_is_refused_by_its_name(
    run: Run, snapshot: SnapshotAssertion, name: str
) -> None:
    paste = _REFUSED[name]
    result = run("validate", "--offline", "-", stdin=paste)
    assert f"exit {result.code}\n{result.out}{result.err}" == snapshot
    assert not [
        word for word in paste.split() if len(word) > 30 and word in result.out + result.err
    ]


@pytest.mark.parametrize("command", ["validate", "clean", "token", "accounts", "demo", "sandbox"])
def test_the_help_of_every_command_has_an_example(
    run: Run, snapshot: SnapshotAssertion, command: str
) -> None:
    result = run(command, "--help")
    assert (0, "") == (result.code, result.err)
    assert "xample" in result.out
    assert snapshot == result.out


def test_the_help_lists_every_command(run: Run, snapshot: SnapshotAssertion) -> None:
    assert snapshot == run("--help").out
    assert run("--help") == run()


def test_an_unquoted_curl_command_is_a_paste(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token()
    result = run("validate", *_CURL, f"authorization: Bearer {token}", "--json", env=sandbox_env)
    report = json.loads(result.out)
    assert (0, "valid") == (result.code, report["verdict"])
    assert ["the curl command around it", "the word Bearer"] == report["cleaned"]


def test_a_token_split_by_the_shell_into_two_words_is_joined(run: Run) -> None:
    result = run("validate", "--offline", "--json", FITBIT[:90], FITBIT[90:])
    assert "expired" == json.loads(result.out)["verdict"]


def test_options_may_stand_on_either_side_of_the_paste(run: Run) -> None:
    before = run("validate", "--offline", "--json", GOOGLE)
    assert before == run("validate", GOOGLE, "--offline", "--json")
    assert "unverified" == json.loads(before.out)["verdict"]


def test_a_pasted_address_is_never_called(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token()
    elsewhere = {**sandbox_env, "TOKCHECK_FITBIT_URL": f"{sandbox.url}/~service-gone"}
    paste = f'curl "{sandbox.url}/1/user/-/profile.json" -H "authorization: Bearer {token}"'
    result = run("validate", "--json", "-", stdin=paste, env=elsewhere)
    assert "service_gone" == json.loads(result.out)["verdict"]
    assert not any(
        "profile.json" in path
        for _, path, _ in sandbox.state.request_counts()
        if "fault" not in path
    )


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("The variable NO_SUCH_VARIABLE is not set.", ["--env", "NO_SUCH_VARIABLE"]),
        ("cannot be read: No such file or directory.", ["--file", "no/such/file"]),
        ("More than one paste was given.", ["--env", "PATH", "--file", "x"]),
        ("'soon' is not a duration.", ["--min-ttl", "soon", "x"]),
        ("--timeout 0 is out of range.", ["--timeout", "0", "x"]),
        ("--timeout 2h is out of range.", ["--timeout", "2h", "x"]),
        ("'9999999w' is out of range.", ["--min-ttl", "9999999w", "x"]),
        ("is unencrypted and not on this computer.", ["--api-url", "http://example.com", "x"]),
        ("There is no provider 'nobody'.", ["--provider", "nobody", "x"]),
    ],
)
def test_wrong_usage_names_the_cause_and_the_next_step(
    run: Run, expected: str, words: list[str]
) -> None:
    result = run("validate", *words)
    assert (2, "") == (result.code, result.out)
    first, *rest = result.err.splitlines()
    assert expected in first
    assert rest


def test_a_missing_scope_and_a_short_life_are_not_usable(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token(scopes=("settings",), lifetime=1800)
    scope = run("validate", "--json", "--require-scope", "sleep", "-", stdin=token, env=sandbox_env)
    assert (1, "insufficient_scope") == (scope.code, json.loads(scope.out)["verdict"])
    held = run(
        "validate", "--json", "--require-scope", "settings", "-", stdin=token, env=sandbox_env
    )
    assert (0, "valid") == (held.code, json.loads(held.out)["verdict"])
    life = run("validate", "--json", "--min-ttl", "1h", "-", stdin=token, env=sandbox_env)
    assert (1, False) == (life.code, json.loads(life.out)["usable"])
    assert "valid" == json.loads(life.out)["verdict"]


@pytest.mark.parametrize("fault", ["", "/~too-many-requests"])
def test_the_headline_of_a_token_that_expires_too_soon_says_so(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], fault: str
) -> None:
    token = sandbox.state.issue_fitbit_token(lifetime=1800)
    words = ("validate", "--min-ttl", "1h", "--api-url", sandbox.url + fault, "-")
    result = run(*words, stdin=token, env=sandbox_env)
    assert (1, "") == (result.code, result.err)
    assert result.out.startswith("EXPIRES TOO SOON  This token expires in 29 min ")
    assert "sooner than the 1 h that --min-ttl requires" in " ".join(result.out.split())
    enough = run("validate", "--min-ttl", "10m", "-", stdin=token, env=sandbox_env)
    assert (0, "VALID ") == (enough.code, enough.out[:6])


def test_json_has_exactly_the_keys_of_the_design(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    top = {
        "schema", "verdict", "usable", "summary", "advice", "provider", "credential", "cleaned",
        "claims", "expires_in_seconds", "clock_skew_seconds", "scopes", "probe", "quota",
        "explains", "devices",
    }  # fmt: skip
    report = json.loads(
        run(
            "validate", "--json", "-", stdin=sandbox.state.issue_fitbit_token(), env=sandbox_env
        ).out
    )
    assert set(report) == top
    assert "tokcheck.report/1" == report["schema"]
    assert {"kind", "fingerprint", "length", "masked"} == set(report["credential"])
    assert {"client_id", "user_id", "issued_at", "expires_at", "lifetime_seconds"} == set(
        report["claims"]
    )
    assert {"name", "code", "access", "description"} == set(report["scopes"][0])
    assert {"requests", "status", "error", "duration_seconds"} == set(report["probe"])
    assert {
        "window", "unit", "limit", "remaining", "reset_at", "reset_in_seconds", "source",
    } == set(report["quota"][0])  # fmt: skip
    assert {
        "name", "type", "battery", "battery_percent", "last_sync", "last_sync_zone",
    } == set(report["devices"][0])  # fmt: skip
    empty = json.loads(run("validate", "--json", "-", stdin="nothing").out)
    assert set(empty) == top
    assert empty["credential"] == {
        "kind": None,
        "fingerprint": None,
        "length": None,
        "masked": None,
    }
    refused = f"{sandbox.url}/~expired-token"
    error = json.loads(
        run(
            "validate",
            "--json",
            "--api-url",
            refused,
            "-",
            stdin=sandbox.state.issue_fitbit_token(),
        ).out
    )["probe"]["error"]
    assert {"type", "message"} == set(error)


def test_google_is_checked_for_scopes_and_devices(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_google_token(scopes=("settings", "sleep"))
    report = json.loads(run("validate", "--json", "-", stdin=token, env=sandbox_env).out)
    assert (
        report["verdict"],
        report["provider"],
        report["probe"]["requests"],
    ) == ("valid", "google-health", 3)
    assert ["settings", "sleep"] == sorted(scope["name"] for scope in report["scopes"])
    assert "utc" == report["devices"][0]["last_sync_zone"]
    assert [(q["window"], q["limit"], q["remaining"], q["source"]) for q in report["quota"]] == [
        ("minute", 300, None, "documented")
    ]


def test_unknown_scope_codes_are_shown_and_not_refused(run: Run) -> None:
    token = fitbit("rset rblood", exp=4_000_000_000)
    report = json.loads(run("validate", "--offline", "--json", "-", stdin=token).out)
    assert ("unverified", "rblood") == (report["verdict"], report["scopes"][1]["name"])


@pytest.mark.parametrize(
    "words",
    [["-"], ["--json", "-"], ["--offline", "-"], ["--lines", "-"], ["--env", "X"],
     ["--provider", "fitbit", "-"]],
    ids=" ".join,
)  # fmt: skip
@pytest.mark.parametrize("scope", ["heart_rate", "sleep,heart_rate"])
def test_an_unknown_required_scope_is_wrong_usage_before_anything_is_sent(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], words: list[str], scope: str
) -> None:
    token = sandbox.state.issue_fitbit_token()
    before = sandbox.state.request_counts()
    result = run(
        "validate", "--require-scope", scope, *words, stdin=token, env=sandbox_env | {"X": token}
    )
    assert (2, "") == (result.code, result.out)
    assert "has a scope 'heart_rate'." in result.err or "has no scope 'heart_rate'." in result.err
    assert "Did you mean heartrate? " in result.err
    assert before == sandbox.state.request_counts()


def test_the_address_of_a_declared_provider_changes_no_scope(run: Run) -> None:
    env = {"TOKCHECK_STRAVA_URL": "http://127.0.0.1:9/providers/strava"}
    plain, result = (
        run("validate", "--offline", "--require-scope", "slep", FITBIT, env=each)
        for each in ({}, env)
    )
    assert (2, "") == (result.code, result.out)
    assert "Did you mean sleep? " in result.err
    assert plain.err == result.err
    for scope in ("repo", "activity:read"):
        words = ("validate", "--offline", "--require-scope", scope, FITBIT)
        assert 1 == run(*words, env=env).code, scope


def test_several_required_scopes_may_stand_in_one_value(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    token = sandbox.state.issue_fitbit_token()
    result = run("validate", "--require-scope", "settings,sleep", "-", stdin=token, env=sandbox_env)
    assert result.code in {0, 1}
    assert "granted: settings,sleep" not in result.out


def test_clean_says_that_a_short_token_may_be_cut(run: Run) -> None:
    result = run("clean", GOOGLE[:60])
    assert (0, f"{GOOGLE[:60]}\n") == (result.code, result.out)
    assert "It has only 60 characters" in result.err
    report = json.loads(run("validate", "--offline", "--json", GOOGLE[:60]).out)
    assert "It has only 60 characters" in report["advice"][0]
    assert [] == json.loads(run("validate", "--offline", "--json", GOOGLE).out)["advice"]


def test_an_empty_required_scope_is_wrong_usage(account_store: AccountStore) -> None:
    for written in ("", " ", ","):
        result = account_store("validate", "--require-scope", written, "--offline", FITBIT)
        assert (2, True) == (result.code, "--require-scope is empty" in result.err)
