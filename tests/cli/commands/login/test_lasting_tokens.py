"""Accounts with a token without an expiry and without a refresh token, against the sandbox."""

import json
import time
from pathlib import Path

import httpx
import pytest

import tokcheck
from tests.cli.commands.login.conftest import DeclaredLogins
from tests.cli.conftest import Run
from tests.support.cli.login_process import stored_grants
from tests.support.cli.serve_process import Serve
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.store import Store
from tokcheck.sandbox.state.clients import lasting_client_id


@pytest.fixture
def there(logins: DeclaredLogins, tmp_path: Path) -> DeclaredLogins:
    home = tmp_path / "home"
    return logins._replace(env=logins.env | {"TOKCHECK_HOME": str(home)}, home=home)


def log_in(there: DeclaredLogins, name: str = "github") -> Grant:
    return there.log_in(name, "--name", "alex", client_id=lasting_client_id(name))


@pytest.mark.parametrize("name", ["github", "polar"])
def test_its_token_is_of_use_until_it_is_refused(
    there: DeclaredLogins, run: Run, name: str
) -> None:
    grant = log_in(there, name)
    assert (None, None, "7ALEX2") == (grant.refresh, grant.expires_at, grant.user_id)
    for words in ((), ("--min-ttl", "1h")):
        printed = run("token", "alex", *words, env=there.env)
        assert (0, f"{grant.access.reveal()}\n", "") == (printed.code, printed.out, printed.err)
    listed = run("accounts", "list", env=there.env)
    assert 1 == listed.out.count("\nalex"), listed.out
    assert "fine" in listed.out
    assert "no known expiry" in listed.out
    shown = run("accounts", "show", "alex", env=there.env).out
    assert "none: once the access token is refused, log in again" in shown
    assert "no known expiry" in shown
    for accounts in (("alex",), ("--all", "--min-ttl", "1h")):
        refreshed = run("accounts", "refresh", *accounts, env=there.env)
        assert (0, "") == (refreshed.code, refreshed.err)
        assert (
            "alex: nothing to refresh: it has no refresh token, and its access token has no known "
            "expiry\n"
        ) == refreshed.out
    for words in ((), ("--min-ttl", "1h")):
        checked = run("validate", "--account", "alex", *words, "--json", env=there.env)
        assert (0, "valid") == (checked.code, json.loads(checked.out)["verdict"]), checked


def test_a_login_names_what_the_provider_did_not_send(there: DeclaredLogins) -> None:
    result = there.finish_login("github", client_id=lasting_client_id("github"))
    assert "expires   not known: the provider sent no expiry\n" in result.out
    assert (
        "The provider sent no expiry and no refresh token: the token works until it is revoked. "
        "Once it is refused, log in again: tokcheck login github"
    ) in " ".join(result.err.split())
    assert "stops working" not in result.err


def test_a_refusal_of_its_token_needs_a_new_login(there: DeclaredLogins) -> None:
    grant = log_in(there)
    url = f"{there.env['TOKCHECK_GITHUB_URL']}/rate_limit"
    auth = tokcheck.auth("alex", environment=there.env)
    with httpx.Client(auth=auth) as client:
        assert 200 == client.get(url).status_code
        there.sandbox.state.revoke(grant.access.reveal())
        with pytest.raises(tokcheck.GrantError, match="needs a new login: it has no refresh token"):
            client.get(url)


@pytest.mark.parametrize("name", ["github", "polar"])
def test_a_check_of_its_refused_token_advises_a_login_alone(
    there: DeclaredLogins, run: Run, serve: Serve, serve_env: dict[str, str], name: str
) -> None:
    grant = log_in(there, name)
    there.sandbox.state.revoke(grant.access.reveal())
    report = json.loads(run("validate", "--account", "alex", "--json", env=there.env).out)
    assert "revoked_or_invalid" == report["verdict"]
    login = f"tokcheck login {name} --name alex"
    assert [f"Have the user authorize the application again: {login}"] == report["advice"]
    running = serve("--accounts", env={**serve_env, **there.env})
    running.wait_for("alex: revoked_or_invalid")
    shown = running.get("/api/v1/accounts")
    assert login in shown
    assert "accounts refresh" not in shown


def test_its_export_is_imported_again(there: DeclaredLogins, run: Run) -> None:
    grant = log_in(there)
    exported = run("accounts", "export", "alex", "--format", "token-response", env=there.env)
    assert 0 == exported.code, exported.err
    imported = run(
        "accounts", "import", "-", "--name", "bo", stdin=exported.out, env=there.env
    )  # fmt: skip
    assert 0 == imported.code, imported.err
    assert "refresh token works once" not in imported.err
    bo = next(one for one in stored_grants(there.home) if one.name == "bo")
    assert grant.access.reveal() == bo.access.reveal()
    assert (None, None, grant.scopes) == (bo.refresh, bo.expires_at, bo.scopes)


def test_the_response_of_a_token_endpoint_is_imported(there: DeclaredLogins, run: Run) -> None:
    grant = log_in(there)
    access = grant.access.reveal()
    text = json.dumps({"access_token": access, "scope": "read:user", "token_type": "bearer"})
    words = ("accounts", "import", "-", "--provider", "github", "--name", "bo")
    imported = run(*words, stdin=text, env=there.env)
    assert 0 == imported.code, imported.err
    assert f"{access}\n" == run("token", "bo", env=there.env).out
    assert "Application    not known\n" in run("accounts", "show", "bo", env=there.env).out


def test_a_time_cannot_be_promised_where_no_lasting_tokens_are_declared(
    there: DeclaredLogins, run: Run
) -> None:
    grant = log_in(there)
    with Store(there.home) as store:
        store.put(grant._replace(client=grant.client._replace(provider="strava")))
    assert 0 == run("token", "alex", env=there.env).code
    refused = run("token", "alex", "--min-ttl", "1h", env=there.env)
    assert (1, "") == (refused.code, refused.out)
    assert "It is unknown how long the token of the account alex is valid" in refused.err


def test_the_exporter_shows_it(
    there: DeclaredLogins, serve: Serve, serve_env: dict[str, str]
) -> None:
    log_in(there)
    running = serve("--accounts", env={**serve_env, **there.env})
    running.wait_for("alex: valid")
    metrics = running.get()
    labels = 'provider="github",account="alex"'
    assert f"tokcheck_token_valid{{{labels}}} 1" in metrics
    assert f"tokcheck_token_expiry_timestamp_seconds{{{labels}}}" not in metrics
    assert "tokcheck_refresh_total{" not in metrics


def test_it_is_valid_at_any_time(there: DeclaredLogins) -> None:
    grant = log_in(there)
    assert grant.is_valid_for(10 * 365 * 86_400, time.time())
    assert not grant._replace(access=type(grant.access)("")).is_valid_for(0, time.time())
