"""The consent page and the token endpoint of declared APIs."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.suite.cases import each_case
from tokcheck.providers.known_services.ready_made import TABLES as TABLES_READY_MADE
from tokcheck.providers.rate_limits.numbers import value_at
from tokcheck.sandbox import Sandbox, SandboxState, serve_in_thread
from tokcheck.sandbox.state.clients import DECLARED_SECRET

URI = "http://127.0.0.1:19152/callback"


def declare(name: str, **oauth: Any) -> dict[str, Any]:
    endpoints = {"authorize": "https://a.example/authorize", "token": "https://a.example/token"}
    return {
        "name": name,
        "address": "https://api.a.example",
        "check": {"path": "/me", "success": {"path": "status", "equals": 0}},
        "oauth": {**endpoints, "revoke": "https://a.example/revoke", **oauth},
    }


TABLES = [
    declare("plain"),
    declare("basic", client_login="basic", separator=","),
    declare("odd", token_form={"action": "get"}, answer="body", user="owner.id"),
    declare("lasting", single_use=False, refresh_form={"scope": "offline"}),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve_in_thread(SandboxState(declared=TABLES)) as served:
        yield served


@pytest.fixture(scope="module")
def ready_made() -> Iterator[Sandbox]:
    with serve_in_thread(SandboxState(declared=TABLES_READY_MADE.values())) as served:
        yield served


def url(sandbox: Sandbox, name: str, path: str) -> str:
    return f"{sandbox.url}/providers/{name}/{path}"


def grant(sandbox: Sandbox, name: str) -> dict[str, str]:
    """Return the form that exchanges a new code."""
    state = sandbox.state
    code = state.issue_code(f"{name}-sandbox", scopes=("a", "b"), redirect_uri=URI)
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": URI}


def in_body(name: str) -> dict[str, str]:
    return {"client_id": f"{name}-sandbox", "client_secret": DECLARED_SECRET}


@each_case(
    ("expected", "name", "form", "basic"),
    [
        (200, "plain", in_body("plain"), False),
        (401, "plain", {"client_id": "plain-sandbox"}, False),
        (401, "plain", {**in_body("plain"), "client_secret": "x"}, False),
        (401, "plain", in_body("basic"), False),
        (401, "plain", {}, True),
        (200, "basic", {}, True),
        (401, "basic", in_body("basic"), False),
        (400, "odd", in_body("odd"), False),
        (200, "odd", {**in_body("odd"), "action": "get"}, False),
    ],
)
def test_a_client_logs_in_where_it_is_declared(
    sandbox: Sandbox,
    expected: int,
    name: str,
    form: dict[str, str],
    basic: bool,  # noqa: FBT001 - a column of the table
) -> None:
    auth = (f"{name}-sandbox", DECLARED_SECRET) if basic else None
    fields = {**grant(sandbox, name), **form}
    response = httpx.post(url(sandbox, name, "token"), data=fields, auth=auth or httpx.Auth())
    assert expected == response.status_code


def test_an_odd_response_has_its_tokens_where_they_are_declared(sandbox: Sandbox) -> None:
    fields = {**grant(sandbox, "odd"), **in_body("odd"), "action": "get"}
    value = httpx.post(url(sandbox, "odd", "token"), data=fields).json()
    assert (0, "7ALEX2", "a b") == (
        value["status"],
        value["body"]["owner"]["id"],
        value["body"]["scope"],
    )
    assert {"access_token", "refresh_token"} < value["body"].keys()


@each_case(("name", "statuses"), [("plain", [200, 400]), ("lasting", [200, 200])])
def test_a_refresh_token_works_as_often_as_is_declared(
    sandbox: Sandbox, name: str, statuses: list[int]
) -> None:
    fields = {**grant(sandbox, name), **in_body(name)}
    issued = httpx.post(url(sandbox, name, "token"), data=fields).json()
    refresh = {
        "grant_type": "refresh_token",
        "refresh_token": issued["refresh_token"],
        "scope": "offline",
        **in_body(name),
    }
    responses = [httpx.post(url(sandbox, name, "token"), data=refresh) for _ in range(2)]
    assert statuses == [each.status_code for each in responses]
    if statuses[1] == 400:
        assert "invalid_grant" == responses[1].json()["error"]


def test_the_consent_page_gives_a_code_for_the_ticked_scopes(sandbox: Sandbox) -> None:
    params = {
        "client_id": "basic-public",
        "response_type": "code",
        "redirect_uri": URI,
        "scope": "read,write",
        "state": "s",
    }
    page = url(sandbox, "basic", "authorize")
    assert 'value="write"' in httpx.get(page, params=params).text
    form = {"account": "bo", "decision": "allow", "scope": "read"}
    location = httpx.URL(httpx.post(page, params=params, data=form).headers["Location"])
    assert "s" == location.params["state"]
    fields = {
        "grant_type": "authorization_code",
        "code": location.params["code"],
        "redirect_uri": URI,
        "client_id": "basic-public",
    }
    issued = httpx.post(url(sandbox, "basic", "token"), data=fields).json()
    assert ("read", "8BOBO3") == (issued["scope"], issued["user_id"])
    denied = httpx.post(page, params=params, data={"decision": "deny"}).headers["Location"]
    assert "error=access_denied" in denied
    for wrong in (
        {"client_id": "x"},
        {"redirect_uri": "https://x.example/"},
        {"response_type": "t"},
    ):
        assert 400 == httpx.get(page, params=params | wrong).status_code


def test_a_revoked_grant_ends_its_tokens(sandbox: Sandbox) -> None:
    fields = {**grant(sandbox, "plain"), **in_body("plain")}
    issued = httpx.post(url(sandbox, "plain", "token"), data=fields).json()
    headers = {"Authorization": f"Bearer {issued['access_token']}"}
    assert 200 == httpx.get(url(sandbox, "plain", "me"), headers=headers).status_code
    form = {"token": issued["refresh_token"], **in_body("plain")}
    assert 200 == httpx.post(url(sandbox, "plain", "revoke"), data=form).status_code
    assert 401 == httpx.get(url(sandbox, "plain", "me"), headers=headers).status_code


def test_an_application_of_a_declared_provider_is_registered(sandbox: Sandbox) -> None:
    clients = f"{sandbox.url}/sandbox/clients"
    form = {"kind": "confidential", "provider": "plain", "redirect_uris": "http://127.0.0.1:1/"}
    client = httpx.post(clients, data=form).json()
    assert ("plain", "confidential", ["http://127.0.0.1:1/"]) == (
        client["provider"],
        client["kind"],
        client["redirect_uris"],
    )
    assert client["secret"]
    changed = {"client_id": client["client_id"], "kind": "public"}
    assert "plain" == httpx.post(clients, data=changed).json()["provider"]
    for wrong in ({"kind": "public"}, {"kind": "web", "provider": "plain"}):
        assert 400 == httpx.post(clients, data=wrong).status_code


@each_case(
    ("name", "status", "path", "value"),
    [
        ("github", 200, "error", "bad_refresh_token"),
        ("strava", 400, "errors.0.resource", "RefreshToken"),
        ("withings", 200, "error", "refresh_token"),
        ("oura", 400, "error", "invalid_grant"),
    ],
)
def test_a_refused_refresh_token_has_the_declared_form(
    ready_made: Sandbox, name: str, status: int, path: str, value: str
) -> None:
    refresh = {"grant_type": "refresh_token", "refresh_token": "unknown", **in_body(name)}
    refresh |= TABLES_READY_MADE[name]["oauth"].get("token_form", {})
    token = ready_made.state.declared.get(name).oauth_path("token")
    response = httpx.post(f"{ready_made.url}/providers/{name}{token}", data=refresh)
    assert (status, value) == (response.status_code, value_at(response.json(), path))
