"""``tokcheck login`` and the commands of accounts with declared providers, against the sandbox."""

import json
import os
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.cli.commands.login.conftest import DeclaredLogins
from tests.cli.conftest import Run
from tests.support.cli.login_process import secrets_of, stored_grants
from tests.support.cli.serve_process import Serve
from tokcheck.accounts.store import Store
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.sandbox import SandboxState, serve_in_thread
from tokcheck.sandbox.state.clients import declared_client_id

NAMES = [name for name, table in TABLES.items() if "oauth" in table]


@pytest.mark.parametrize("name", NAMES)
def test_a_declared_provider_gives_an_account_that_lives(
    logins: DeclaredLogins, run: Run, name: str
) -> None:
    env = logins.env
    grant = logins.log_in(name)
    scopes = TABLES[name]["oauth"].get("default_scopes") or [TABLES[name]["check"]["scope"]]
    assert (name, tuple(scopes), "7ALEX2") == (grant.name, grant.scopes, grant.user_id)
    assert grant.refresh is not None
    assert grant.expires_at is not None
    assert 21_500 < grant.expires_at - time.time() <= 21_600

    refreshed = run("accounts", "refresh", name, env=env)
    assert (0, "") == (refreshed.code, refreshed.err)
    newer = next(one for one in stored_grants(logins.home) if one.name == name)
    assert newer.access.fingerprint != grant.access.fingerprint
    assert newer.refresh is not None
    assert newer.refresh.fingerprint != grant.refresh.fingerprint
    assert f"{newer.access.reveal()}\n" == run("token", name, env=env).out
    checked = run("validate", "--account", name, "--json", env=env)
    assert ("valid", name) == (
        json.loads(checked.out)["verdict"],
        json.loads(checked.out)["provider"],
    )


def test_the_commands_of_accounts_know_a_declared_provider(
    logins: DeclaredLogins, run: Run, tmp_path: Path
) -> None:
    env = logins.env | {"TOKCHECK_HOME": str(tmp_path / "home")}
    there = logins._replace(env=env, home=tmp_path / "home")
    grant = there.log_in("oura", "--scope", "personal,daily", "--name", "alex")
    assert ("personal", "daily") == grant.scopes
    shown = json.loads(run("accounts", "show", "alex", "--json", env=env).out)
    assert ("oura", "fine") == (shown["provider"], shown["state"])
    assert "Oura API" in run("accounts", "show", "alex", env=env).out
    assert "oura" in run("accounts", "list", env=env).out
    exported = run("accounts", "export", "alex", "--format", "token-response", env=env)
    assert 0 == exported.code, exported.err
    file = tmp_path / "token.json"
    file.write_text(exported.out)
    assert 0 == run("accounts", "remove", "alex", "--yes", "--forget", env=env).code
    imported = run(
        "accounts", "import", str(file), "--provider", "oura", "--name", "bo",
        "--client-id", declared_client_id("oura"), env=env,
    )  # fmt: skip
    assert 0 == imported.code, imported.err
    assert "bo: imported, an account of the Oura API" in imported.out
    assert 0 == run("accounts", "refresh", "bo", env=env).code


def test_an_account_without_a_declared_revocation_is_kept(
    logins: DeclaredLogins, run: Run, tmp_path: Path
) -> None:
    env = logins.env | {"TOKCHECK_HOME": str(tmp_path / "home")}
    logins._replace(env=env, home=tmp_path / "home").log_in("oura", "--name", "alex")
    removed = run("accounts", "remove", "alex", "--yes", env=env)
    assert 1 == removed.code
    assert "has no revocation endpoint" in removed.err


@pytest.mark.parametrize("name", ["gitlab", "strava", "whoop"])
def test_a_declared_revocation_ends_a_grant(
    logins: DeclaredLogins, run: Run, tmp_path: Path, name: str
) -> None:
    env = logins.env | {"TOKCHECK_HOME": str(tmp_path / "home")}
    there = logins._replace(env=env, home=tmp_path / "home")
    state = logins.sandbox.state

    grant = there.log_in(name, "--name", "alex")
    assert grant.refresh is not None
    removed = run("accounts", "remove", "alex", "--yes", env=env)
    assert (0, "alex: revoked and deleted\n") == (removed.code, removed.out), removed.err
    assert not state.can_refresh(grant.refresh.reveal())

    grant = there.log_in(name, "--name", "bo")
    assert grant.refresh is not None
    words = ("revoke", "--provider", name, "--yes", grant.access.reveal())
    revoked = run(*words, env=env)
    assert (0, True) == (revoked.code, "The stored account bo will need" in revoked.err), revoked
    assert "revoked: an access token of the" in revoked.out
    assert not state.can_refresh(grant.refresh.reveal())
    again = run(*words, env=env)
    # RFC 7009 calls an invalid token revoked; an endpoint of its own refuses it.
    assert (0 if name == "gitlab" else 1) == again.code, again
    assert [] == [one for one in secrets_of([grant]) if one in revoked.out + revoked.err]


def test_a_refresh_token_does_not_end_a_grant_where_an_access_token_does(
    logins: DeclaredLogins, run: Run, tmp_path: Path
) -> None:
    env = logins.env | {"TOKCHECK_HOME": str(tmp_path / "home")}
    grant = logins._replace(env=env, home=tmp_path / "home").log_in("strava", "--name", "alex")
    assert grant.refresh is not None
    text = f"strava refresh_token={grant.refresh.reveal()}"
    refused = run("revoke", "--provider", "strava", "--yes", text, env=env)
    assert (1, "") == (refused.code, refused.out), refused
    assert "An access token of the same consent ends it" in refused.err
    assert logins.sandbox.state.can_refresh(grant.refresh.reveal())


def test_a_token_that_has_expired_is_refreshed_to_end_its_grant(
    logins: DeclaredLogins, run: Run, tmp_path: Path
) -> None:
    env = logins.env | {"TOKCHECK_HOME": str(tmp_path / "home")}
    grant = logins._replace(env=env, home=tmp_path / "home").log_in("strava", "--name", "alex")
    with Store(tmp_path / "home") as store:
        store.put(grant._replace(expires_at=time.time() - 60))
    removed = run("accounts", "remove", "alex", "--yes", env=env)
    assert (0, "alex: revoked and deleted\n") == (removed.code, removed.out), removed.err
    assert [] == stored_grants(tmp_path / "home")


@pytest.mark.parametrize("name", ["oura", "strava", "github", "withings"])
def test_a_refused_refresh_leads_to_a_new_login(
    logins: DeclaredLogins, run: Run, tmp_path: Path, name: str
) -> None:
    env = logins.env | {"TOKCHECK_HOME": str(tmp_path / "home")}
    grant = logins._replace(env=env, home=tmp_path / "home").log_in(name, "--name", "alex")
    assert grant.refresh is not None
    logins.sandbox.state.revoke_grant(grant.refresh.reveal())
    refused = run("accounts", "refresh", "alex", env=env)
    assert 1 == refused.code
    assert f"tokcheck login {name} --name alex" in refused.err
    assert f"The {TABLES[name]['title']} refused the refresh token" in refused.err
    listed = run("accounts", "list", env=env)
    assert "needs a new login" in listed.out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
def test_the_exporter_refreshes_and_watches_a_declared_account(
    logins: DeclaredLogins, serve: Serve, serve_env: dict[str, str], tmp_path: Path
) -> None:
    env = {**serve_env, **logins.env, "TOKCHECK_HOME": str(tmp_path / "home")}
    there = logins._replace(env=env, home=tmp_path / "home")
    grant = there.log_in("strava", "--name", "alex")
    with Store(tmp_path / "home") as store:
        store.put(grant._replace(expires_at=grant.obtained_at))  # at its end
    running = serve("--accounts", env=env)
    running.wait_for("alex: its token changed")
    running.wait_for("alex: valid")
    labels = 'provider="strava",account="alex"'
    metrics = running.get()
    assert f"tokcheck_token_valid{{{labels}}} 1" in metrics
    assert f'tokcheck_refresh_total{{{labels},result="success"}} 1' in metrics
    assert f'tokcheck_quota_limit_requests{{{labels},window="read 900s"}} 100' in metrics


def test_a_provider_of_the_users_own_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "acme.toml"
    file.write_text(
        'name = "acme"\naddress = "https://api.acme.example"\ncheck = "/me"\n'
        '[oauth]\nauthorize = "https://acme.example/authorize"\n'
        'token = "https://acme.example/token"\nrevoke = "https://acme.example/revoke"\n'
    )
    with serve_in_thread(SandboxState(declared=[tomllib.loads(file.read_text())])) as served:
        state, base = served.state, f"{served.url}/providers/acme"
        client = state.clients.get("acme-public")
        code = state.issue_code(client.client_id, scopes=("read",))
        issued = state.exchange_code(client.client_id, code)
        env = {
            "TOKCHECK_HOME": str(tmp_path / "home"),
            "TOKCHECK_PROVIDERS": str(file),
            "TOKCHECK_ACME_URL": base,
            "TOKCHECK_ACME_OAUTH_URL": base,
        }
        text = json.dumps({"access_token": issued.access, "refresh_token": issued.refresh})
        imported = run(
            "accounts", "import", "-", "--provider", "acme", "--client-id", client.client_id,
            stdin=text, env=env,
        )  # fmt: skip
        assert 0 == imported.code, imported.err
        assert 0 == run("accounts", "refresh", "acme", env=env).code
        with Store(tmp_path / "home") as store:
            grant = store.grant("acme")
        assert grant.access.reveal() != issued.access
        assert 0 == run("accounts", "remove", "acme", "--yes", env=env).code
        assert not state.can_refresh(grant.refresh.reveal() if grant.refresh else "")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("garmin", "There is no provider 'garmin'."),
        ("docker-hub", "The declaration of the Docker Hub registry has no OAuth endpoints."),
    ],
)
def test_a_provider_without_a_login_is_refused(
    run: Run, tmp_path: Path, name: str, sentence: str
) -> None:
    refused = run("login", name, env={"TOKCHECK_HOME": str(tmp_path)})
    assert 2 == refused.code
    assert sentence in refused.err
    assert "Add [oauth]" not in refused.err  # the declaration may be one of tokcheck's own


def test_a_login_needs_the_secret_where_that_is_declared(run: Run, tmp_path: Path) -> None:
    env = {**os.environ, "TOKCHECK_HOME": str(tmp_path)}
    refused = run("login", "strava", "--client-id", "12345", env=env)
    assert 2 == refused.code
    assert "No client secret for the Strava API" in refused.err
    assert "TOKCHECK_STRAVA_CLIENT_SECRET" in refused.err
    assert "Google" not in refused.err
