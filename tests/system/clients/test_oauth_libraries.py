"""Libraries for OAuth and OpenID Connect in general: requests-oauthlib and Authlib."""

from urllib.parse import urlsplit

import pytest

from tests.system.clients.conftest import REDIRECT_URI, ConsentingUser, load_client
from tokcheck.sandbox import (
    FITBIT_CLIENT,
    FITBIT_PUBLIC_CLIENT,
    GOOGLE_SECRET,
    GOOGLE_WEB_CLIENT,
    HEALTH_SCOPE,
    Sandbox,
)

SLEEP = f"{HEALTH_SCOPE}sleep.readonly"


@pytest.mark.usefixtures("_plain_http")
def test_requests_oauthlib_with_pkce(sandbox: Sandbox, user: ConsentingUser) -> None:
    sessions = load_client("requests_oauthlib")
    session = sessions.OAuth2Session(
        FITBIT_CLIENT, scope=["settings", "sleep"], redirect_uri=REDIRECT_URI, pkce="S256"
    )
    address, _ = session.authorization_url(f"{sandbox.url}/oauth2/authorize")
    back = user.allow(address, "settings", "sleep")
    token_url = f"{sandbox.url}/oauth2/token"
    token = session.fetch_token(token_url, authorization_response=back, include_client_id=True)
    assert ["settings", "sleep"] == token["scope"]
    night = session.get(f"{sandbox.url}/1.2/user/-/sleep/date/today.json")
    assert (200, "149") == (night.status_code, night.headers["Fitbit-Rate-Limit-Remaining"])
    renewed = session.refresh_token(token_url, client_id=FITBIT_CLIENT)
    assert token["refresh_token"] != renewed["refresh_token"]
    assert 200 == session.get(f"{sandbox.url}/1/user/-/devices.json").status_code


@pytest.mark.usefixtures("_plain_http")
def test_requests_oauthlib_with_the_implicit_flow(sandbox: Sandbox, user: ConsentingUser) -> None:
    sessions = load_client("requests_oauthlib")
    implicit = load_client("oauthlib.oauth2").MobileApplicationClient(FITBIT_PUBLIC_CLIENT)
    session = sessions.OAuth2Session(client=implicit, scope=["profile"], redirect_uri=REDIRECT_URI)
    address, _ = session.authorization_url(f"{sandbox.url}/oauth2/authorize", expires_in=604800)
    token = session.token_from_fragment(user.allow(address, "profile"))
    assert (604800, "7ALEX2") == (int(token["expires_in"]), token["user_id"])
    person = session.get(f"{sandbox.url}/1/user/-/profile.json").json()
    assert "Alex" == person["user"]["displayName"]


def test_authlib_with_discovery_and_an_id_token(sandbox: Sandbox, user: ConsentingUser) -> None:
    clients = load_client("authlib.integrations.requests_client")
    oidc = load_client("authlib.oidc.core")
    jose = load_client("joserfc.jwt")
    key_set = load_client("joserfc.jwk").KeySet
    with clients.OAuth2Session(
        GOOGLE_WEB_CLIENT,
        GOOGLE_SECRET,
        scope=f"openid email {SLEEP}",
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
    ) as client:
        found = client.get(
            f"{sandbox.url}/.well-known/openid-configuration", withhold_token=True
        ).json()
        verifier = "made-up-by-the-tests-0123456789-0123456789-abc"
        address, state = client.create_authorization_url(
            found["authorization_endpoint"],
            code_verifier=verifier,
            nonce="made-up-nonce",
            access_type="offline",
        )
        token = client.fetch_token(
            found["token_endpoint"],
            authorization_response=user.allow(address, SLEEP),
            code_verifier=verifier,
            state=state,
        )
        keys = key_set.import_key_set(client.get(found["jwks_uri"], withhold_token=True).json())
        id_token = jose.decode(token["id_token"], keys)
        claims = oidc.CodeIDToken(
            id_token.claims,
            id_token.header,
            {"iss": {"value": found["issuer"]}, "aud": {"value": GOOGLE_WEB_CLIENT}},
            {"nonce": "made-up-nonce", "access_token": token["access_token"]},
        )
        claims.validate()
        person = client.get(found["userinfo_endpoint"]).json()
        assert claims["email"] == person["email"] == "alex@sandbox.invalid"
        points = f"{sandbox.url}/v4/users/me/dataTypes/sleep/dataPoints"
        assert "STAGES" == client.get(points).json()["dataPoints"][0]["sleep"]["type"]
        renewed = client.refresh_token(found["token_endpoint"], token["refresh_token"])
        assert token["access_token"] != renewed["access_token"]
        assert 200 == client.get(points).status_code


def test_authlib_with_a_refresh_token_that_rotates(sandbox: Sandbox, user: ConsentingUser) -> None:
    clients = load_client("authlib.integrations.requests_client")
    with clients.OAuth2Session(
        FITBIT_CLIENT,
        scope="settings",
        redirect_uri=REDIRECT_URI,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
    ) as client:
        verifier = "made-up-by-the-tests-0123456789-0123456789-abc"
        address, state = client.create_authorization_url(
            f"{sandbox.url}/oauth2/authorize", code_verifier=verifier
        )
        back = urlsplit(user.allow(address, "settings"))._replace(fragment="").geturl()
        token_url = f"{sandbox.url}/oauth2/token"
        token = client.fetch_token(
            token_url, authorization_response=back, code_verifier=verifier, state=state
        )
        assert 200 == client.get(f"{sandbox.url}/1/user/-/devices.json").status_code
        renewed = client.refresh_token(token_url, token["refresh_token"])
        assert token["refresh_token"] != renewed["refresh_token"]
        assert 200 == client.get(f"{sandbox.url}/1/user/-/devices.json").status_code
