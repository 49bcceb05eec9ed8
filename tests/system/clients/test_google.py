"""Clients of Google: google-auth with google-auth-oauthlib, and fitbitapp."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.system.clients.conftest import ConsentingUser, load_client, run_documented_code
from tokcheck.sandbox import (
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    HEALTH_SCOPE,
    IssuedTokens,
    Sandbox,
)

REDIRECT_URI = "http://127.0.0.1:19152/"
STEPS = f"{HEALTH_SCOPE}activity_and_fitness.readonly"
SETTINGS = f"{HEALTH_SCOPE}settings.readonly"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"


@pytest.mark.usefixtures("_plain_http")
def test_google_auth_with_google_auth_oauthlib(sandbox: Sandbox, user: ConsentingUser) -> None:
    flows = load_client("google_auth_oauthlib.flow")
    requests = load_client("google.auth.transport.requests")
    id_token = load_client("google.oauth2.id_token")
    installed = {
        "client_id": GOOGLE_CLIENT,
        "client_secret": GOOGLE_SECRET,
        "auth_uri": f"{sandbox.url}/o/oauth2/v2/auth",
        "token_uri": f"{sandbox.url}/token",
        "redirect_uris": [REDIRECT_URI],
    }
    flow = flows.Flow.from_client_config(
        {"installed": installed}, ["openid", EMAIL, STEPS, SETTINGS], redirect_uri=REDIRECT_URI
    )
    address, _ = flow.authorization_url(
        access_type="offline", prompt="consent", nonce="made-up-nonce"
    )
    flow.fetch_token(authorization_response=user.allow(address, STEPS, SETTINGS))
    credentials = flow.credentials

    for version in ("v1", "v3"):
        claims = id_token.verify_token(
            credentials.id_token,
            requests.Request(),
            audience=GOOGLE_CLIENT,
            certs_url=f"{sandbox.url}/oauth2/{version}/certs",
        )
        assert ("made-up-nonce", "alex@sandbox.invalid") == (claims["nonce"], claims["email"])

    points = f"{sandbox.url}/v4/users/me/dataTypes/steps/dataPoints"
    session = requests.AuthorizedSession(credentials)
    assert "97" == session.get(points).json()["dataPoints"][0]["steps"]["count"]

    before = credentials.token
    credentials.refresh(requests.Request())
    assert before != credentials.token
    assert 200 == session.get(f"{sandbox.url}/v4/users/me/pairedDevices").status_code

    sandbox.state.revoke(credentials.token)  # the session refreshes after a 401
    assert 200 == session.get(points).status_code


@pytest.mark.usefixtures("_plain_http")
def test_google_auth_narrows_the_scopes_of_a_refresh(sandbox: Sandbox) -> None:
    oauth2 = load_client("google.oauth2.credentials")
    requests = load_client("google.auth.transport.requests")
    exceptions = load_client("google.auth.exceptions")

    def credentials(*scopes: str) -> Any:
        return oauth2.Credentials(
            None,
            refresh_token=login(sandbox).refresh,
            token_uri=f"{sandbox.url}/token",
            client_id=GOOGLE_CLIENT,
            client_secret=GOOGLE_SECRET,
            scopes=scopes,
        )

    narrow = credentials(SETTINGS)
    narrow.refresh(requests.Request())
    assert [SETTINGS] == narrow.granted_scopes
    with pytest.raises(exceptions.RefreshError, match="invalid_scope"):
        credentials(SETTINGS, EMAIL).refresh(requests.Request())


def test_fitbitapp(sandbox: Sandbox, tmp_path: Path) -> None:
    load_client("fitbitApp.fitbitApp")
    client_class = run_documented_code(sandbox, "fitbitapp")["SandboxApp"]
    (tmp_path / "Config.json").write_text(json.dumps({"CLIENT_SECRET": GOOGLE_SECRET}))
    issued = login(sandbox)
    client = client_class(issued.access, issued.refresh, GOOGLE_CLIENT, f"{tmp_path}/")
    assert "7ALEX2" == client.get_identity()["legacyUserId"]
    assert "Charge 5" == client.get_paired_devices()["pairedDevices"][0]["deviceVersion"]
    assert "97" == client.list_data_points("steps")["dataPoints"][0]["steps"]["count"]
    assert [] == client.Steps("2026-05-20")["rollupDataPoints"]
    assert client.refresh()
    assert issued.access != json.loads((tmp_path / "Token.json").read_text())["access_token"]
    assert "7ALEX2" == client.get_identity()["legacyUserId"]


def login(sandbox: Sandbox) -> IssuedTokens:
    """Return the tokens of a login, for a client that has no consent page."""
    code = sandbox.state.issue_code(GOOGLE_CLIENT, scopes=["settings", "activity_and_fitness"])
    return sandbox.state.exchange_code(GOOGLE_CLIENT, code)
