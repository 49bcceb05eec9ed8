from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from tests.sandbox.conftest import Get, SandboxClock
from tests.support.providers.sandbox_requests import (
    FITBIT_PAGE,
    FITBIT_PARAMETERS,
    FITBIT_REVOKE,
    REDIRECT_URI,
    submit_consent,
)
from tokcheck.sandbox import FITBIT_CLIENT

IMPLICIT = {**FITBIT_PARAMETERS, "response_type": "token"}
DAY = 86_400


def fragment_fields(response: httpx.Response) -> dict[str, str]:
    """Return the fields of a redirect with an empty query."""
    assert 302 == response.status_code, response.text
    address = urlsplit(response.headers["Location"])
    assert (REDIRECT_URI, "") == (address._replace(fragment="").geturl(), address.query)
    fields = parse_qs(address.fragment, keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


@pytest.mark.parametrize(
    ("changed", "seconds"),
    [
        ({}, DAY),
        ({"expires_in": "86400"}, DAY),
        ({"expires_in": "604800"}, 7 * DAY),
        ({"expires_in": "2592000"}, 30 * DAY),
        ({"expires_in": "31536000"}, 365 * DAY),
    ],
)
def test_the_implicit_flow_returns_a_token_in_the_fragment(
    http: httpx.Client, get: Get, clock: SandboxClock, changed: dict[str, str], seconds: int
) -> None:
    fields = fragment_fields(
        submit_consent(http, FITBIT_PAGE, IMPLICIT | changed, ["settings", "sleep"])
    )
    token = fields.pop("access_token")
    expected = {
        "user_id": "7ALEX2",
        "scope": "settings sleep",
        "token_type": "Bearer",
        "expires_in": str(seconds),
        "state": "st/a te",
    }
    assert expected == fields
    claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
    assert (FITBIT_CLIENT, seconds) == (claims["aud"], claims["exp"] - claims["iat"])
    assert 200 == get("/1/user/-/devices.json", token).status_code
    clock.seconds += seconds
    assert 401 == get("/1/user/-/devices.json", token).status_code


def test_an_implicit_grant_is_denied_and_mistaken_in_the_fragment(http: httpx.Client) -> None:
    denied = submit_consent(http, FITBIT_PAGE, IMPLICIT, ["sleep"], decision="deny")
    fields = fragment_fields(denied)
    assert ("access_denied", "st/a te") == (fields["error"], fields["state"])
    wrong = http.get(FITBIT_PAGE, params=IMPLICIT | {"scope": "steps"})
    assert "invalid_scope" == fragment_fields(wrong)["error"]


def test_a_token_of_the_implicit_flow_ends_its_grant(http: httpx.Client, get: Get) -> None:
    token = fragment_fields(submit_consent(http, FITBIT_PAGE, IMPLICIT, ["settings"]))[
        "access_token"
    ]
    form = {"client_id": FITBIT_CLIENT, "token": token}
    assert 200 == http.post(FITBIT_REVOKE, data=form).status_code
    assert 401 == get("/1/user/-/devices.json", token).status_code
