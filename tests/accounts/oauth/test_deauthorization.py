"""Endpoints at which an access token ends its grant, as a declaration has them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client
from tokcheck.accounts.oauth.token_endpoint import revoke_token
from tokcheck.core.credential import Kind
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

_TOKEN = Secret("made-up-access-token")
_STANDARD = "https://auth.acme.example/oauth/revoke"
_BOTH = {Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN}


def _provider(revoke: Any, **more: Any) -> Provider:
    oauth = {
        "authorize": "https://acme.example/authorize",
        "token": "https://api.acme.example/token",
    }
    if revoke is not None:
        oauth["revoke"] = revoke
    return provider_of(
        {"name": "acme", "address": "https://api.acme.example", "check": "/me", "oauth": oauth}
        | more
    )


def _revoke(provider: Provider, status: int, body: bytes = b"") -> tuple[bool, Request]:
    """Return whether a grant was revoked, and the request for it."""
    sent: list[Request] = []

    def send(request: Request) -> Response:
        sent.append(request)
        return Response(status, {}, body, datetime(2026, 1, 1, tzinfo=UTC))

    client = Client(provider.name, "an-id", Secret("a-secret"))
    return drive(revoke_token(provider, client, _TOKEN), send), sent[0]


def test_the_token_is_in_the_declared_field_or_in_the_header_of_the_api() -> None:
    in_form = _provider({"address": "https://acme.example/deauthorize", "field": "access_token"})
    ended, request = _revoke(in_form, 200)
    assert (True, "POST", {"access_token": _TOKEN}, None, None) == (
        ended,
        request.method,
        request.form,
        request.key,
        request.basic,
    )
    address = in_form.services[request.service].address + request.path
    assert "https://acme.example/deauthorize" == address

    credential = {"header": "X-Key", "scheme": ""}
    table = {"address": "https://api.acme.example/access", "method": "DELETE"}
    ended, request = _revoke(_provider(table, credential=credential), 204)
    assert (True, "DELETE", None, ("X-Key", "", _TOKEN), "/access") == (
        ended,
        request.method,
        request.form,
        request.key,
        request.path,
    )


def test_an_endpoint_on_another_host_is_requested_there() -> None:
    provider = _provider(_STANDARD)
    _, request = _revoke(provider, 200)
    assert _STANDARD == provider.services[request.service].address + request.path
    assert "TOKCHECK_ACME_REVOKE_URL" == provider.services[request.service].variable
    assert request.form is not None
    assert {"token", "client_id", "client_secret"} == set(request.form)


def test_a_token_that_the_api_refuses_ends_nothing() -> None:
    provider = _provider({"address": "https://api.acme.example/access"})
    assert not _revoke(provider, 401, b'{"message": "Authorization Error"}')[0]
    for status, body in ((403, b""), (500, b""), (200, b"<html>")):
        with pytest.raises(OAuthError):
            _revoke(provider, status, body)


def test_what_a_provider_can_revoke_is_known_before() -> None:
    access = {Kind.ACCESS_TOKEN}
    table = {"address": "https://api.acme.example/access"}
    assert [set(), _BOTH, access] == [
        set(_provider(one).revocable) for one in (None, _STANDARD, table)
    ]
    expected = {"gitlab": _BOTH, "strava": access, "whoop": access}
    ready_made = {name: set(provider_of(table).revocable) for name, table in TABLES.items()}
    assert expected == {name: kinds for name, kinds in ready_made.items() if kinds}
    assert all(each.revocable == _BOTH for each in REGISTRY.values())
