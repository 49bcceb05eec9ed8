import hashlib
import subprocess
from base64 import urlsafe_b64decode
from typing import Any

import httpx
import jwt
import pytest

from tests.sandbox.conftest import Get
from tests.support.providers.sandbox_requests import (
    CHALLENGE,
    GOOGLE_CLIENT_FIELDS,
    GOOGLE_PAGE,
    GOOGLE_PARAMETERS,
    GOOGLE_TOKEN,
    LOOPBACK_REDIRECT_URI,
    VERIFIER,
    google_error,
    google_refresh,
    redirect_fields,
    submit_consent,
)
from tokcheck.sandbox import Sandbox, SandboxState

DISCOVERY = "/.well-known/openid-configuration"
UNCHECKED: Any = {"verify_signature": False, "verify_exp": False, "verify_aud": False}


def decode_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def has_valid_signature(id_token: str, key: dict[str, str]) -> bool:
    """Return whether the signature is RSASSA-PKCS1-v1_5 with SHA-256 by ``key``."""
    signed, _, signature = id_token.rpartition(".")
    modulus, exponent = (int.from_bytes(decode_base64url(key[name])) for name in "ne")
    opened = pow(int.from_bytes(decode_base64url(signature)), exponent, modulus).to_bytes(256)
    digest = hashlib.sha256(signed.encode()).digest()
    start, padding, rest = opened[:2], opened[2:-52], opened[-52:]
    plain = (b"\x00\x01", {0xFF}, b"\x00", digest)
    return plain == (start, set(padding), rest[:1], rest[-32:]) and len(padding) == 202


def sign_in(http: httpx.Client, scope: str, **more: str) -> dict[str, Any]:
    """Return the token response to a whole login."""
    parameters = GOOGLE_PARAMETERS | {"scope": scope, "code_challenge": CHALLENGE} | more
    parameters |= {"code_challenge_method": "S256"}
    code = redirect_fields(submit_consent(http, GOOGLE_PAGE, parameters, []))["code"]
    form = GOOGLE_CLIENT_FIELDS | {"grant_type": "authorization_code", "code": code}
    form |= {"redirect_uri": LOOPBACK_REDIRECT_URI, "code_verifier": VERIFIER}
    response = http.post(GOOGLE_TOKEN, data=form)
    assert 200 == response.status_code, response.text
    body: dict[str, Any] = response.json()
    return body


def test_a_whole_login_runs_by_the_older_paths(http: httpx.Client, get: Get) -> None:
    parameters = GOOGLE_PARAMETERS | {"scope": "openid", "access_type": "offline"}
    code = redirect_fields(submit_consent(http, "/o/oauth2/auth", parameters, []))["code"]
    form = GOOGLE_CLIENT_FIELDS | {"grant_type": "authorization_code", "code": code}
    tokens = http.post(
        "/o/oauth2/token", data=form | {"redirect_uri": LOOPBACK_REDIRECT_URI}
    ).json()
    form = GOOGLE_CLIENT_FIELDS | {"grant_type": "refresh_token"}
    form |= {"refresh_token": tokens["refresh_token"]}
    for path in ("/oauth2/v3/token", "/oauth2/v4/token", "/o/oauth2/token"):
        assert 200 == http.post(path, data=form).status_code, path
        fault = http.post(f"/~refresh-token-invalid{path}", data=form)
        assert "invalid_grant" == fault.json()["error"], path
    for version in ("v1", "v2"):
        assert "id" in get(f"/oauth2/{version}/userinfo", tokens["access_token"]).json()
    revoked = http.post("/o/oauth2/revoke", data={"token": tokens["refresh_token"]})
    assert 200 == revoked.status_code
    assert 400 == http.post("/oauth2/v4/token", data=form).status_code
    counted = http.get("/sandbox/requests").text
    assert "/oauth2/v4/token" in counted
    http.post("/sandbox/answers", data={"path": "/oauth2/v4/token", "method": "POST", "body": "{}"})
    assert {} == http.post("/oauth2/v4/token", data=form).json()


def test_the_discovery_document_names_the_endpoints_of_the_sandbox(
    http: httpx.Client, sandbox: Sandbox
) -> None:
    found = http.get(DISCOVERY).json()
    assert "https://accounts.google.com" == found["issuer"]
    endpoints = [value for name, value in found.items() if name.endswith(("_endpoint", "_uri"))]
    assert 5 == len(endpoints)
    assert all(value.startswith(f"{sandbox.url}/") for value in endpoints)
    assert {404} != {http.get(value).status_code for value in endpoints}


def test_the_public_key_verifies_an_id_token(http: httpx.Client) -> None:
    (key,) = http.get(http.get(DISCOVERY).json()["jwks_uri"]).json()["keys"]
    id_token = sign_in(http, "openid", nonce="n-0S6_WzA2Mj")["id_token"]
    header = jwt.get_unverified_header(id_token)
    assert (key["kid"], key["alg"]) == (header["kid"], header["alg"])
    assert has_valid_signature(id_token, key)
    signed, _, signature = id_token.rpartition(".")
    assert not has_valid_signature(f"{signed}x.{signature}", key)


def test_the_certificate_has_the_same_key(http: httpx.Client) -> None:
    (key,) = http.get("/oauth2/v3/certs").json()["keys"]
    ((kid, certificate),) = http.get("/oauth2/v1/certs").json().items()
    assert key["kid"] == kid
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-modulus"],
        input=certificate,
        capture_output=True,
        text=True,
        check=True,
    )
    modulus = int.from_bytes(decode_base64url(key["n"]))
    assert f"Modulus={modulus:X}\n" == shown.stdout


def test_the_nonce_is_in_the_first_id_token_alone(http: httpx.Client) -> None:
    first = sign_in(http, "openid", nonce="n-0S6_WzA2Mj")
    claims = jwt.decode(first["id_token"], options=UNCHECKED)
    assert "n-0S6_WzA2Mj" == claims["nonce"]
    again = http.post(GOOGLE_TOKEN, data=google_refresh(first["refresh_token"])).json()
    assert "nonce" not in jwt.decode(again["id_token"], options=UNCHECKED)


def test_userinfo_has_the_claims_that_the_scopes_allow(http: httpx.Client, get: Get) -> None:
    everything = {
        "sub": "1" * 21,
        "email": "alex@sandbox.invalid",
        "email_verified": True,
        "name": "Alex Sandbox",
        "given_name": "Alex",
        "family_name": "Sandbox",
    }
    token = sign_in(http, "openid email profile")["access_token"]
    for path in ("/v1/userinfo", "/oauth2/v3/userinfo"):
        assert everything == get(path, token).json()
    assert {"sub": "1" * 21} == get("/v1/userinfo", sign_in(http, "openid")["access_token"]).json()
    assert http.get("/sandbox/requests").json()["spending"] == []


def test_userinfo_refuses_other_tokens(state: SandboxState, http: httpx.Client, get: Get) -> None:
    health = get("/v1/userinfo", state.issue_google_token())
    refused = (403, "insufficient_scope", "Request had insufficient authentication scopes.")
    assert refused == google_error(health)
    for response in (
        http.get("/v1/userinfo"),
        get("/v1/userinfo", "x"),
        get("/v1/userinfo", state.issue_fitbit_token()),
    ):
        assert (401, "invalid_request", "Invalid Credentials") == google_error(response)
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "path", [DISCOVERY, "/oauth2/v1/certs", "/oauth2/v3/certs", "/v1/userinfo"]
)
def test_other_methods_are_not_found(http: httpx.Client, path: str) -> None:
    assert 404 == http.request("DELETE", path).status_code
