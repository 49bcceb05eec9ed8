"""``tokcheck login`` as its users run it, with a listener on loopback, against the sandbox."""

import json
import signal
import socket
import time
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.conftest import Run
from tests.support.cli.login_process import (
    follow_redirect,
    give_consent,
    login,
    normalize,
    secrets_of,
    stored_grants,
    variables,
)
from tests.support.tokens import FITBIT_CLIENT, FITBIT_REFRESH, GOOGLE, GOOGLE_CLIENT, fitbit
from tokcheck.sandbox import FITBIT_CLIENT as FITBIT_SAMPLE
from tokcheck.sandbox import (
    FITBIT_PUBLIC_CLIENT,
    FITBIT_SECRET,
    FITBIT_SERVER_CLIENT,
    GOOGLE_SECRET,
    GOOGLE_TESTING_CLIENT,
    RegisteredClient,
    Sandbox,
)
from tokcheck.sandbox import GOOGLE_CLIENT as GOOGLE_SAMPLE
from tokcheck.storage.shell_words import quote, quote_words

WITH_SECRET = {"TOKCHECK_GOOGLE_CLIENT_SECRET": GOOGLE_SECRET}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def env(sandbox: Sandbox, home: Path) -> dict[str, str]:
    return variables(sandbox, home)


@pytest.fixture
def port(sandbox: Sandbox) -> int:
    """A free port that two applications of Fitbit are registered with, for this test alone."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
    uris = tuple(f"{start}:{number}/callback" for start in ("http://127.0.0.1", "http://localhost"))
    put = sandbox.state.clients.put
    put(RegisteredClient(FITBIT_SAMPLE, "personal", "Personal sample", redirect_uris=uris))
    put(RegisteredClient(FITBIT_PUBLIC_CLIENT, "client", "Client sample", redirect_uris=uris))
    put(
        RegisteredClient(
            FITBIT_SERVER_CLIENT, "server", "Server", FITBIT_SECRET, redirect_uris=uris
        )
    )
    return number


def test_fitbit_with_a_scope_unticked(
    env: dict[str, str], home: Path, port: int, snapshot: SnapshotAssertion
) -> None:
    words = ["fitbit", "--client-id", FITBIT_SAMPLE, "--port", str(port), "--name", "alex"]
    with login([*words, "--scope", "settings", "--scope", "sleep"], env) as started:
        page = follow_redirect(give_consent(started.address, untick=["settings"]))
        result = started.finish()
    assert "Consent received" in page.text
    assert 0 == result.code, result.err
    (grant,) = stored_grants(home)
    assert ("alex", ("sleep",), "7ALEX2") == (grant.name, grant.scopes, grant.user_id)
    assert grant.refresh is not None
    assert grant.expires_at is not None
    assert 28_700 < grant.expires_at - time.time() <= 28_800
    assert [] == [one for one in secrets_of([grant]) if one in result.out + result.err + page.text]
    assert snapshot == normalize(result.out)
    assert snapshot == normalize(result.err)


def test_google_in_testing_mode_on_any_port(
    env: dict[str, str], home: Path, snapshot: SnapshotAssertion
) -> None:
    words = ["google-health", "--client-id", GOOGLE_TESTING_CLIENT]
    with login(words, env | WITH_SECRET) as started:
        follow_redirect(give_consent(started.address, untick=["profile.readonly"]))
        result = started.finish()
    assert 0 == result.code, result.err
    (grant,) = stored_grants(home)
    assert "google-health" == grant.name
    assert grant.client.secret is not None
    assert GOOGLE_SECRET == grant.client.secret.reveal()
    assert grant.refresh_expires_at is not None
    assert 604_600 < grant.refresh_expires_at - time.time() <= 604_800
    assert [] == [one for one in secrets_of([grant]) if one in result.out + result.err]
    assert snapshot == normalize(result.out)
    assert snapshot == normalize(result.err)


def test_a_server_application_logs_in_with_its_secret(
    env: dict[str, str], home: Path, port: int
) -> None:
    words = ["fitbit", "--client-id", FITBIT_SERVER_CLIENT, "--port", str(port)]
    with login(words, env | {"TOKCHECK_FITBIT_CLIENT_SECRET": FITBIT_SECRET}) as started:
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code
    assert 1 == len(stored_grants(home))


def test_a_missing_secret_is_reported(env: dict[str, str], home: Path, port: int) -> None:
    words = ["fitbit", "--client-id", FITBIT_SERVER_CLIENT, "--port", str(port)]
    with login(words, env) as started:
        follow_redirect(give_consent(started.address))
        result = started.finish()
    assert 1 == result.code
    assert "requires the application's secret" in result.err or "did not accept how" in result.err
    assert [] == stored_grants(home)


def test_a_second_login_of_the_person_renews_the_account_without_questions(
    env: dict[str, str], home: Path, port: int
) -> None:
    words = ["fitbit", "--client-id", FITBIT_PUBLIC_CLIENT, "--port", str(port)]
    with login(words, env) as started:
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code
    (before,) = stored_grants(home)
    with login(["fitbit", "--port", str(port)], env) as started:  # the application is remembered
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code
    (after,) = stored_grants(home)
    assert before.access.fingerprint != after.access.fingerprint
    assert (before.name, before.client.client_id) == (after.name, after.client.client_id)


def test_a_login_under_a_stored_name_requests_the_stored_scopes(
    env: dict[str, str], home: Path, port: int
) -> None:
    words = ["fitbit", "--client-id", FITBIT_PUBLIC_CLIENT, "--port", str(port), "--name", "one"]
    with login([*words, "--scope", "nutrition,sleep"], env) as started:
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code
    with login(words, env) as started:
        assert "Requesting the scopes that the account has: nutrition, sleep\n" in started.output
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code
    (grant,) = stored_grants(home)
    assert ("nutrition", "sleep") == grant.scopes
    with login([*words, "--scope", "sleep"], env) as started:
        follow_redirect(give_consent(started.address))
        result = started.finish()
    assert (
        "The account no longer has these scopes, which were not requested: nutrition." in result.err
    )


def test_another_persons_account_is_never_replaced(
    env: dict[str, str], home: Path, port: int
) -> None:
    words = ["fitbit", "--client-id", FITBIT_PUBLIC_CLIENT, "--port", str(port), "--name", "one"]
    for account in ("alex", "bo"):
        with login(words, env) as started:
            follow_redirect(give_consent(started.address, account=account))
            result = started.finish()
    assert "The account one is another user's" in result.err
    assert "Stored the account one-2." in result.out
    assert ["one", "one-2"] == [grant.name for grant in stored_grants(home)]


def test_a_denial_is_reported_in_browser_and_terminal(env: dict[str, str], home: Path) -> None:
    words = ["google-health", "--client-id", GOOGLE_SAMPLE]
    with login(words, env | WITH_SECRET) as started:
        page = follow_redirect(give_consent(started.address, decision="deny"))
        result = started.finish()
    assert 400 == page.status_code
    assert "The access was denied" in page.text
    assert 1 == result.code
    assert "tokcheck: The access was denied" in result.err
    assert [] == stored_grants(home)


def test_a_redirect_of_another_login_is_not_exchanged_and_does_not_end_this_one(
    env: dict[str, str], home: Path, sandbox: Sandbox
) -> None:
    words = ["google-health", "--client-id", GOOGLE_SAMPLE]
    sandbox.state.reset_request_counts()
    with login(words, env | WITH_SECRET) as started:
        address = give_consent(started.address)
        for wrong in ("state=x", "code=a&code=b&state=x"):
            page = follow_redirect(address.replace("state=", wrong))
            assert "does not belong to this login" in page.text
            assert ("POST", "/token") not in {key[:2] for key in sandbox.state.request_counts()}
            assert [] == stored_grants(home)
        assert 200 == follow_redirect(address).status_code
        result = started.finish()
    assert 0 == result.code, result.err
    assert 1 == result.err.count(
        "note: The response of the consent page does not belong to this login"
    )
    assert 1 == len(stored_grants(home))


@pytest.mark.parametrize("fault", ["token-server-error", "token-too-many-requests", "answer-lost"])
def test_a_failing_token_endpoint_is_reported(
    fault: str, env: dict[str, str], home: Path, sandbox: Sandbox
) -> None:
    words = ["google-health", "--client-id", GOOGLE_SAMPLE]
    broken = env | WITH_SECRET | {"TOKCHECK_GOOGLE_OAUTH_URL": f"{sandbox.url}/~{fault}"}
    with login(words, broken) as started:
        follow_redirect(give_consent(started.address))
        result = started.finish()
    assert result.code in {3, 4}
    assert "tokcheck: " in result.err
    assert "Traceback" not in result.err
    assert [] == stored_grants(home)


def test_the_first_probe_of_an_account_is_logged(
    env: dict[str, str], home: Path, sandbox: Sandbox
) -> None:
    words = ["google-health", "--client-id", GOOGLE_SAMPLE]
    broken = env | WITH_SECRET
    broken |= {"TOKCHECK_GOOGLE_HEALTH_URL": f"{sandbox.url}/~account-not-linked"}
    with login(words, broken) as started:
        follow_redirect(give_consent(started.address))
        result = started.finish()
    assert 0 == result.code
    assert "link this one (https://fitbit.google.com/auth/signup)" in result.err
    assert "user      unknown" in result.out
    assert 1 == len(stored_grants(home))


def test_without_an_answer_it_ends_in_time_and_says_what_the_page_may_show(
    env: dict[str, str], home: Path, port: int, snapshot: SnapshotAssertion
) -> None:
    words = ["fitbit", "--client-id", FITBIT_SAMPLE, "--port", str(port), "--timeout", "0.3s"]
    with login(words, env) as started:
        result = started.finish()
    assert 3 == result.code
    assert snapshot == normalize(result.err)
    assert [] == stored_grants(home)


def test_a_browser_that_cannot_be_opened_is_reported(env: dict[str, str], port: int) -> None:
    words = ["fitbit", "--client-id", FITBIT_SAMPLE, "--port", str(port)]
    with login(words, env | {"BROWSER": "false %s"}) as started:
        lines = iter(started.process.stderr)
        while not any(line.startswith("No browser could be opened.") for line in started.output):
            started.output.append(next(lines))
        assert started.output[-2].startswith("Ctrl-C cancels"), "it is the last line"
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code


def test_the_browser_inherits_no_secret(env: dict[str, str], tmp_path: Path) -> None:
    seen, opener = tmp_path / "seen", tmp_path / "browser"
    opener.write_text(f"#!/bin/sh\nenv >{seen}.part && mv {seen}.part {seen}\n")
    opener.chmod(0o755)
    secrets = {
        **WITH_SECRET,
        "TOKCHECK_FITBIT_CLIENT_SECRET": "made-up-secret",
        "TOKCHECK_CLIENT_SECRET": "made-up-secret",
        "TOKCHECK_ENCRYPTION_KEY": "ab" * 32,
        "UNRELATED": "kept",
        "BROWSER": f"{opener} %s",
    }
    words = ["google-health", "--client-id", GOOGLE_TESTING_CLIENT]
    with login(words, env | secrets) as started:
        while not seen.exists():
            assert started.process.poll() is None
            time.sleep(0.01)
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code, "the secret and the key were read before"
    inherited = seen.read_text()
    assert "ab" * 32 not in inherited
    assert "UNRELATED=kept" in inherited
    assert "SECRET" not in inherited
    assert "made-up-secret" not in inherited
    assert GOOGLE_SECRET not in inherited


def test_ctrl_c_ends_the_wait_and_leaves_no_account(
    env: dict[str, str], home: Path, port: int
) -> None:
    words = ["fitbit", "--client-id", FITBIT_SAMPLE, "--port", str(port)]
    with login(words, env) as started:
        started.process.send_signal(signal.SIGINT)
        result = started.finish()
    assert 130 == result.code
    assert "Traceback" not in result.err
    assert [] == stored_grants(home)
    socket.create_server(("127.0.0.1", port)).close()


def test_a_wrong_client_id_is_reported_before_anything_is_opened(
    env: dict[str, str], run: Run
) -> None:
    result = run("login", "fitbit", "--client-id", GOOGLE_CLIENT, env=env)
    assert (2, "") == (result.code, result.out)
    assert result.err.startswith("tokcheck: This is a client id of the Google Health API")
    result = run("login", "google-health", "--client-id", FITBIT_CLIENT, env=env)
    assert 2 == result.code
    assert "http" not in result.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["fitbit"], "No client id for the Fitbit Web API."),
        (["fitbit", "--client-id", "23SBX1", "--scope", "slep"], "has no scope 'slep'"),
        (["fitbit", "--client-id", "23SBX1", "--timeout", "2h"], "--timeout 2h is out of range"),
        (["fitbit", "--client-id", "23SBX1", "--port", "70000"], "--port 70000 is out of range"),
        (["fitbit", "--client-id", "23SBX1", "--redirect-uri", "http://x.org/"], "unencrypted"),
        (["fitbit", "--redirect-uri", "http://localhost:1/", "--port", "1", "--client-id",
          "23SBX1"], "both name a port"),
        (["fitbit", "--client-id", "23SBX1", "--name", "5e" * 20], "looks like a token"),
        (["fitbit", "--client-id", "23SBX1", "--like", fitbit()],
         "The Fitbit Web API is the successor of no API, so --like has nothing to match.\n"
         "Name the scopes with --scope; --like is for a login to a successor, such as `tokcheck "
         "login google-health --like -`.\n"),
        (["fitbit", "--like", "-"], "is the successor of no API, so --like has nothing to match."),
        (["strava", "--like", "x"], "Name the scopes with --scope; --like is for a login to a "
         "successor.\n"),
        (["google-health", "--like", GOOGLE], "is already one of the Google Health API."),
        (["google-health", "--like", "nothing"], "The paste of --like contains no access token: "),
        (["google-health", "--like", f"FITBIT_TOKEN={FITBIT_REFRESH}"],
         "access token: This is a refresh token"),
        (["google-health", "--like", fitbit("rsoc rnew")], "matches the scopes of this token: "
         "social, rnew."),
        (["google-health", "--like", fitbit("")], "contains no scopes."),
        (["google-health", "--like", "-", "--no-browser"], "both read standard input"),
        (["fitbit", "--client-file", "x.json"], "reads Google's client files"),
    ],
)  # fmt: skip
def test_wrong_usage_is_reported_before_anything_is_opened(
    words: list[str], expected: str, env: dict[str, str], run: Run, home: Path
) -> None:
    result = run("login", *words, env=env)
    assert 2 == result.code
    assert expected in result.err
    assert "consent page" not in result.err
    assert [] == stored_grants(home)


@pytest.mark.parametrize("options", [(), ("--no-browser",)])
def test_a_file_in_place_of_an_old_token_gets_the_login_that_reads_it(
    options: tuple[str, ...], env: dict[str, str], run: Run, tmp_path: Path
) -> None:
    """With every option of the login; the terminal prompts where the redirect is pasted too."""
    client, old = tmp_path / "client {1}.json", tmp_path / "old token.json"
    client.write_text(json.dumps({"installed": {"client_id": GOOGLE_CLIENT}}))
    old.touch()
    words = ["google-health", "--name", "kim", "--client-file", str(client), "--scope", "sleep"]
    result = run("login", *words, "--like", str(old), *options, env=env)
    again = quote_words(["tokcheck", "login", *words, "--like", "-", *options])
    read = again if options else f"{again} < {quote(str(old))}"
    expected = f"tokcheck: {old} is the name of a file, which was not read.\nTo read it: {read}\n"
    assert (2, expected) == (result.code, result.err)


def test_a_client_id_stays_in_the_login_that_reads_a_file(
    env: dict[str, str], run: Run, tmp_path: Path
) -> None:
    words = ["login", "google-health", "--client-id", GOOGLE_CLIENT, "--like", str(tmp_path)]
    assert "is a folder" in run(*words, env=env).err
    (tmp_path / "old").touch()
    expected = f"tokcheck login google-health --client-id {GOOGLE_CLIENT} --like - < "
    assert expected in run(*words[:-1], str(tmp_path / "old"), env=env).err


def test_an_account_of_another_provider_keeps_its_name(
    env: dict[str, str], port: int, run: Run
) -> None:
    words = ["fitbit", "--client-id", FITBIT_SAMPLE, "--port", str(port), "--name", "alex"]
    with login(words, env) as started:
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code
    result = run("login", "google-health", "--name", "alex", env=env)
    assert 2 == result.code
    assert "The account alex belongs to another provider." in result.err


def test_a_consent_page_off_this_machine_has_to_be_encrypted(env: dict[str, str], run: Run) -> None:
    plain = env | {"TOKCHECK_FITBIT_AUTHORIZE_URL": "http://www.example.org/authorize"}
    result = run("login", "fitbit", "--client-id", FITBIT_SAMPLE, env=plain)
    assert 2 == result.code
    assert "TOKCHECK_FITBIT_AUTHORIZE_URL is unencrypted" in result.err


def test_the_help_names_all_scopes(run: Run) -> None:
    result = run("login", "--help")
    assert 0 == result.code
    for name in ("irregular_rhythm_notifications", "settings.writeonly"):
        assert name in result.out


@pytest.mark.parametrize("words", [[], ["--no-browser"]], ids=["listening", "pasted"])
def test_a_dead_token_endpoint_ends_the_login_as_it_ends_a_refresh(
    env: dict[str, str], port: int, run: Run, words: list[str]
) -> None:
    options = ["fitbit", "--client-id", FITBIT_SAMPLE, "--port", str(port), *words]
    with login(["fitbit", "--client-id", FITBIT_SAMPLE, "--port", str(port)], env) as started:
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code
    with socket.create_server(("127.0.0.1", 0)) as unused:
        dead = env | {"TOKCHECK_FITBIT_URL": f"http://127.0.0.1:{unused.getsockname()[1]}"}
    refreshed = run("accounts", "refresh", "fitbit", env=dead)
    ended = run("login", *options, env=dead)
    assert (3, "") == (ended.code, ended.out)
    assert "127.0.0.1 refused the connection.\n" in ended.err
    assert "consent" not in ended.err
    assert refreshed.code == ended.code
    name, *lines = refreshed.err.split(maxsplit=1)[0], *refreshed.err.splitlines()
    assert [line.strip().removeprefix(f"{name} ") for line in lines] == [
        line.removeprefix("tokcheck: ") for line in ended.err.splitlines()
    ]
