"""The requests to the token and revocation endpoints, for each type of application."""

from typing import Any

import pytest

from tests.support.accounts.fake_token_endpoint import response
from tests.support.tokens import FITBIT_CLIENT, FITBIT_CODE, FITBIT_REFRESH, FITBIT_SECRET
from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client
from tokcheck.accounts.oauth import exchange_code, refresh_tokens, revoke_token
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Request

FITBIT = REGISTRY["fitbit"]
GOOGLE = REGISTRY["google-health"]
SECRET = Secret(FITBIT_SECRET)
SERVER = Client("fitbit", FITBIT_CLIENT, SECRET)
PUBLIC = Client("fitbit", FITBIT_CLIENT, None)
DESKTOP = Client("google-health", "1-x.apps.googleusercontent.com", SECRET)
REDIRECT = "http://127.0.0.1:8080/?a=b c&d"


def request_and_form(flow: Any) -> tuple[Request, dict[str, str]]:
    request: Request = next(flow)
    assert request.form is not None
    assert "POST" == request.method
    assert request.bearer is None
    return request, {name: value.reveal() for name, value in request.form.items()}


def test_a_code_is_exchanged_with_its_redirect_uri_and_verifier() -> None:
    request, form = request_and_form(
        exchange_code(FITBIT, PUBLIC, Secret(FITBIT_CODE), REDIRECT, Secret("v" * 43))
    )
    assert ("api", "/oauth2/token", None) == (request.service, request.path, request.basic)
    assert {
        "grant_type": "authorization_code",
        "code": FITBIT_CODE,
        "redirect_uri": REDIRECT,
        "code_verifier": "v" * 43,
        "client_id": FITBIT_CLIENT,
    } == form


def test_each_provider_gets_the_secret_in_its_place() -> None:
    request, form = request_and_form(refresh_tokens(FITBIT, SERVER, Secret(FITBIT_REFRESH)))
    assert request.basic is not None
    assert (FITBIT_CLIENT, FITBIT_SECRET) == (request.basic[0], request.basic[1].reveal())
    assert {"grant_type": "refresh_token", "refresh_token": FITBIT_REFRESH} == form
    request, form = request_and_form(refresh_tokens(GOOGLE, DESKTOP, Secret("1//05x")))
    assert ("oauth", "/token", None) == (request.service, request.path, request.basic)
    assert {
        "grant_type": "refresh_token",
        "refresh_token": "1//05x",
        "client_id": DESKTOP.client_id,
        "client_secret": FITBIT_SECRET,
    } == form


def test_an_application_without_a_secret_names_itself() -> None:
    request, form = request_and_form(refresh_tokens(FITBIT, PUBLIC, Secret(FITBIT_REFRESH)))
    assert request.basic is None
    assert FITBIT_CLIENT == form["client_id"]


def test_the_same_refresh_is_the_same_request_to_the_letter() -> None:
    first, second = (
        next(refresh_tokens(GOOGLE, DESKTOP, Secret(FITBIT_REFRESH))).form for _ in range(2)
    )
    assert first is not None
    assert second is not None
    assert [*first] == [*second]
    assert [v.reveal() for v in first.values()] == [v.reveal() for v in second.values()]


@pytest.mark.parametrize(
    ("provider", "client", "form", "basic"),
    [
        (FITBIT, SERVER, {"token": "t"}, True),
        (FITBIT, PUBLIC, {"token": "t", "client_id": FITBIT_CLIENT}, False),
        (GOOGLE, DESKTOP, {"token": "t"}, False),
    ],
)
def test_a_revocation_sends_the_token_in_the_body(
    *, provider: Any, client: Client, form: dict[str, str], basic: bool
) -> None:
    request, body = request_and_form(revoke_token(provider, client, Secret("t")))
    assert provider.oauth.revoke == request.path
    assert form == body
    assert basic == (request.basic is not None)


@pytest.mark.parametrize(
    "answer",
    [
        response(200, {}),
        response(200, b""),
        response(400, {"error": "invalid_token", "error_description": "Token expired or revoked"}),
        response(400, {"errors": [{"errorType": "invalid_grant"}]}),
    ],
)
def test_an_invalid_token_counts_as_revoked(answer: Any) -> None:
    drive(revoke_token(GOOGLE, DESKTOP, Secret("t")), lambda _: answer)


def test_a_failed_revocation_is_an_error() -> None:
    with pytest.raises(OAuthError) as caught:
        drive(revoke_token(GOOGLE, DESKTOP, Secret("t")), lambda _: response(503, b"<html>"))
    assert "server_error" == caught.value.code


@pytest.mark.parametrize("raw", ["", "two words", "line\nbreak", "é", "\ud800"])
def test_a_secret_that_no_request_can_carry_is_not_sent(raw: str) -> None:
    for flow in (
        refresh_tokens(FITBIT, SERVER, Secret(raw)),
        refresh_tokens(FITBIT, SERVER._replace(secret=Secret(raw)), Secret("good")),
        exchange_code(FITBIT, SERVER, Secret(raw), REDIRECT, Secret("v")),
        exchange_code(FITBIT, SERVER, Secret("c"), REDIRECT, Secret(raw)),
        revoke_token(FITBIT, SERVER, Secret(raw)),
    ):
        with pytest.raises(OAuthError, match="cannot be sent in a request"):
            next(flow)
