"""``tokcheck login`` where the answer is pasted, and where the application comes from."""

import json
import sys
from pathlib import Path
from typing import Any

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
from tests.support.cli.terminal import talk_to_terminal
from tests.support.tokens import GOOGLE_REFRESH, fitbit
from tokcheck.sandbox import (
    FITBIT_CLIENT,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    GOOGLE_WEB_CLIENT,
    RegisteredClient,
    Sandbox,
)

WITH_SECRET = {"TOKCHECK_GOOGLE_CLIENT_SECRET": GOOGLE_SECRET}
FITBIT = ["fitbit", "--client-id", "23PAST", "--no-browser"]
GOOGLE = ["google-health", "--client-id", GOOGLE_CLIENT, "--no-browser"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def env(sandbox: Sandbox, home: Path) -> dict[str, str]:
    sandbox.state.clients.put(RegisteredClient("23PAST", "personal", "Pasted sample"))
    return variables(sandbox, home) | WITH_SECRET


def test_the_browsers_address_is_pasted(
    env: dict[str, str], home: Path, snapshot: SnapshotAssertion
) -> None:
    with login(FITBIT, env) as started:
        assert "http://127.0.0.1:19152/callback" == started.redirect_uri
        result = started.paste(f"It ends here:\n{give_consent(started.address)}\n")
    assert 0 == result.code, result.err
    assert [] == [one for one in secrets_of(stored_grants(home)) if one in result.out + result.err]
    assert snapshot == normalize(result.err)


@pytest.mark.parametrize(
    "shape", ['"{}"', "curl '{}'", "GET {} HTTP/1.1\r\nHost: here", "\ufeff{}", "({})."]
)
def test_the_address_may_be_pasted_with_what_is_around_it(
    shape: str, env: dict[str, str], home: Path
) -> None:
    with login(GOOGLE, env) as started:
        result = started.paste(shape.format(give_consent(started.address)))
    assert 0 == result.code, result.err
    assert 1 == len(stored_grants(home))


def test_a_bare_code_is_enough(env: dict[str, str], home: Path) -> None:
    with login(GOOGLE, env) as started:
        code = give_consent(started.address).partition("code=")[2].partition("&")[0]
        result = started.paste(code)
    assert 0 == result.code, result.err
    assert 1 == len(stored_grants(home))


def test_an_address_that_nothing_can_wait_at_is_pasted_after_the_browser_opened(
    env: dict[str, str], home: Path
) -> None:
    words = ["fitbit", "--client-id", "23PAST", "--redirect-uri", "https://localhost:19152/"]
    with login(words, env) as started:
        assert "https://localhost:19152/" == started.redirect_uri
        result = started.paste(give_consent(started.address))
    assert 0 == result.code, result.err
    assert 1 == len(stored_grants(home))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("Nothing was pasted.", ""),
        ("is a refresh token, not an authorization code", GOOGLE_REFRESH),
        ("contains no authorization code", "Sign in with your account"),
        ("not registered with the redirect URI", "Error 400: redirect_uri_mismatch"),
        ("among its testers", "Error 403: access_denied. The app is currently being tested"),
        ("lost its state", "http://127.0.0.1:19152/callback?code=4/0Amade-up-made-up-made-up"),
    ],
)
def test_an_invalid_paste_is_explained_and_not_exchanged(
    expected: str, text: str, env: dict[str, str], home: Path, sandbox: Sandbox
) -> None:
    sandbox.state.reset_request_counts()
    with login(GOOGLE, env) as started:
        result = started.paste(text)
    assert 1 == result.code
    assert expected in result.err
    assert ("POST", "/token") not in {key[:2] for key in sandbox.state.request_counts()}
    assert [] == stored_grants(home)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_paste_from_the_wrong_tab_is_prompted_for_again(env: dict[str, str]) -> None:
    wrong = "http://127.0.0.1:19152/callback?code=4/0Amade-up-made-up-made-up&state=another"
    turns = [
        ("It is not shown.", f"{wrong}\n"),
        ("It is not shown.", f"{wrong.partition('&')[0]}\n"),
        ("It is not shown.", "error=access_denied\n"),
    ]
    code, screen = talk_to_terminal(["login", *GOOGLE], turns, env)
    assert 1 == code, screen
    assert "does not belong to this login" in screen
    assert "has lost its state" in screen
    assert "The access was denied" in screen
    assert "made-up" not in screen


def test_a_code_that_was_used_is_explained(env: dict[str, str], home: Path) -> None:
    with login(GOOGLE, env) as started:
        result = started.paste("4/0Amade-up-made-up-made-up-made-up")
    assert 1 == result.code
    assert "refused the authorization code" in result.err
    assert "made-up" not in result.err
    assert [] == stored_grants(home)


def test_a_code_of_another_attempt_fails_its_proof(env: dict[str, str], home: Path) -> None:
    with login(GOOGLE, env) as first, login(GOOGLE, env) as second:
        code = give_consent(first.address).partition("code=")[2].partition("&")[0]
        result = second.paste(code)
    assert 1 == result.code
    assert "(PKCE)" in result.err
    assert [] == stored_grants(home)


def client_file(path: Path, value: Any) -> str:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def test_a_downloaded_client_file_names_the_application(
    env: dict[str, str], home: Path, tmp_path: Path
) -> None:
    fields = {"client_id": GOOGLE_CLIENT, "client_secret": GOOGLE_SECRET, "project_id": "p"}
    path = client_file(tmp_path / "client.json", {"installed": fields})
    del env["TOKCHECK_GOOGLE_CLIENT_SECRET"]
    with login(["google-health", "--client-file", path], env) as started:
        follow_redirect(give_consent(started.address))
        assert 0 == started.finish().code
    assert [GOOGLE_CLIENT] == [grant.client.client_id for grant in stored_grants(home)]


def test_a_web_applications_one_address_is_used(env: dict[str, str], tmp_path: Path) -> None:
    fields = {
        "client_id": GOOGLE_WEB_CLIENT,
        "client_secret": GOOGLE_SECRET,
        "redirect_uris": ["https://localhost:19152/callback"],
    }
    path = client_file(tmp_path / "client.json", {"web": fields})
    with login(["google-health", "--client-file", path, "--no-browser"], env) as started:
        assert "https://localhost:19152/callback" == started.redirect_uri
        assert 0 == started.paste(give_consent(started.address)).code


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ("several redirect URIs", {"web": {"client_id": GOOGLE_CLIENT, "client_secret": "a",
                                                "redirect_uris": ["http://a", "http://b"]}}),
        ("contains no OAuth client", {"installed": {}}),
        ("contains no OAuth client", []),
        ("the key of a service account", {"type": "service_account"}),
        ("not valid JSON", "client_id"),
        ("has a space in its middle", {"installed": {"client_id": GOOGLE_CLIENT,
                                                               "client_secret": "a b"}}),
    ],
)  # fmt: skip
def test_a_file_that_describes_no_application_is_wrong_usage(
    expected: str, value: Any, env: dict[str, str], run: Run, tmp_path: Path
) -> None:
    path = client_file(tmp_path / "client.json", value)
    result = run("login", "google-health", "--client-file", path, env=env)
    assert 2 == result.code
    assert expected in result.err


def test_a_file_and_another_id_are_wrong_usage(
    env: dict[str, str], run: Run, tmp_path: Path
) -> None:
    fields = {"client_id": GOOGLE_CLIENT, "client_secret": GOOGLE_SECRET}
    path = client_file(tmp_path / "client.json", {"installed": fields})
    words = ["--client-file", path, "--client-id", GOOGLE_WEB_CLIENT]
    result = run("login", "google-health", *words, env=env)
    assert 2 == result.code
    assert "name different applications" in result.err
    result = run("login", "google-health", "--client-file", str(tmp_path / "none"), env=env)
    assert 2 == result.code
    assert "cannot be read" in result.err


def test_the_scopes_of_an_old_token_are_requested(env: dict[str, str], home: Path) -> None:
    old = fitbit("wsle rset rsoc", exp=1_700_000_000)
    words = ["google-health", "--client-id", GOOGLE_CLIENT, "--like", f"Bearer {old}"]
    with login([*words, "--scope", "ecg"], env) as started:
        follow_redirect(give_consent(started.address))
        result = started.finish()
    assert 0 == result.code, result.err
    assert "match the old token: settings, sleep, sleep.writeonly\n" in result.err
    assert "no match for: social" in result.err
    assert "scopes    settings, sleep, sleep.writeonly, ecg\n" in result.out
    assert old not in result.out + result.err
    assert 1 == len(stored_grants(home))


def test_an_old_token_may_come_by_standard_input(env: dict[str, str], run: Run) -> None:
    words = ["login", "google-health", "--like", "-", "--timeout", "0.1s", "--client-id"]
    result = run(*words, GOOGLE_CLIENT, env=env, stdin=fitbit("rhr"))
    assert 3 == result.code
    assert "match the old token: health_metrics_and_measurements\n" in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_gets_a_prompt_for_the_application_and_hides_the_secret(
    env: dict[str, str], home: Path
) -> None:
    turns = [
        ("Client id of your application", f"{FITBIT_CLIENT}\n"),
        ("Its secret (not shown", "made-up-secret\n"),
        ("It is not shown.", "nothing of use\n"),
        ("It is not shown.", "still nothing\n"),
        ("It is not shown.", "and nothing again\n"),
    ]
    code, screen = talk_to_terminal(["login", "fitbit", "--no-browser"], turns, env)
    assert 1 == code, screen
    assert 3 == screen.count("The pasted text contains no authorization code.")
    for hidden in ("made-up-secret", "nothing of use", "still nothing", "nothing again"):
        assert hidden not in screen
    assert [] == stored_grants(home)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_an_old_token_is_prompted_for_without_echo(env: dict[str, str]) -> None:
    words = ["login", "google-health", "--client-id", GOOGLE_CLIENT, "--timeout", "0.1s"]
    old = fitbit("rhr")
    code, screen = talk_to_terminal(
        [*words, "--like", "-"], [("It is not shown.", f"{old}\n")], env
    )
    assert 3 == code, screen
    assert "match the old token: health_metrics_and_measurements" in screen
    assert old not in screen
    code, screen = talk_to_terminal([*words, "--like", old], [], env)
    assert "stays in the shell's history" in screen


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_ctrl_c_at_a_question_leaves_no_account(env: dict[str, str], home: Path) -> None:
    words = ["login", *FITBIT]
    for turns in (
        [("Its secret", "\x03")],
        [("Its secret", "\n"), ("It is not shown.", "\x03")],
    ):
        code, screen = talk_to_terminal(words, turns, env)
        assert 130 == code, screen
        assert "Traceback" not in screen
        assert [] == stored_grants(home)
