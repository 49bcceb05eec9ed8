"""The requests of an OAuth client, as plain values for the tests of the sandbox."""

from urllib.parse import parse_qs, urlsplit

import httpx

from tokcheck.sandbox import FITBIT_CLIENT, GOOGLE_CLIENT, GOOGLE_SECRET, HEALTH_SCOPE
from tokcheck.sandbox.state.codes import code_challenge

FITBIT_PAGE, FITBIT_TOKEN, FITBIT_REVOKE = "/oauth2/authorize", "/oauth2/token", "/oauth2/revoke"
GOOGLE_PAGE, GOOGLE_TOKEN, GOOGLE_REVOKE = "/o/oauth2/v2/auth", "/token", "/revoke"
REDIRECT_URI = "http://127.0.0.1:19152/callback"
LOOPBACK_REDIRECT_URI = "http://127.0.0.1:40123/"
VERIFIER = "made-up-by-the-tests-0123456789-0123456789-abc"
CHALLENGE = code_challenge(VERIFIER)
SETTINGS = f"{HEALTH_SCOPE}settings.readonly"
SLEEP = f"{HEALTH_SCOPE}sleep.readonly"

FITBIT_PARAMETERS = {
    "client_id": FITBIT_CLIENT,
    "response_type": "code",
    "scope": "settings sleep",
    "redirect_uri": REDIRECT_URI,
    "state": "st/a te",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
GOOGLE_PARAMETERS = {
    "client_id": GOOGLE_CLIENT,
    "response_type": "code",
    "scope": f"{SETTINGS} {SLEEP}",
    "redirect_uri": LOOPBACK_REDIRECT_URI,
    "state": "st/a te",
    "access_type": "offline",
}
GOOGLE_CLIENT_FIELDS = {"client_id": GOOGLE_CLIENT, "client_secret": GOOGLE_SECRET}


def fitbit_refresh(token: str | None, client_id: str = FITBIT_CLIENT) -> dict[str, str]:
    fields = {"grant_type": "refresh_token", "client_id": client_id}
    return fields | {"refresh_token": token or ""}


def google_refresh(token: str | None) -> dict[str, str]:
    return GOOGLE_CLIENT_FIELDS | {"grant_type": "refresh_token", "refresh_token": token or ""}


def submit_consent(
    http: httpx.Client,
    page: str,
    parameters: dict[str, str],
    scopes: list[str],
    *,
    account: str = "alex",
    decision: str = "allow",
) -> httpx.Response:
    """Send the consent page's form, as a browser does."""
    form = {"account": account, "scope": scopes, "decision": decision}
    return http.post(page, params=parameters, data=form)


def redirect_fields(response: httpx.Response) -> dict[str, str]:
    """Return the fields that came back to the application."""
    assert 302 == response.status_code, response.text
    query = urlsplit(response.headers["Location"]).query
    return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}


def fitbit_error(response: httpx.Response) -> tuple[int, str, str]:
    """Return status, kind and message of one of Fitbit's errors."""
    (entry,) = response.json()["errors"]
    assert response.json()["success"] is False
    return response.status_code, entry["errorType"], entry["message"].partition(" Visit ")[0]


def google_error(response: httpx.Response) -> tuple[int, str, str]:
    """Return status, error and description of one of Google's errors."""
    body = response.json()
    return response.status_code, body["error"], body["error_description"]
