import httpx
import pytest

from tests.support.providers.sandbox_requests import (
    FITBIT_TOKEN,
    GOOGLE_PAGE,
    GOOGLE_PARAMETERS,
    REDIRECT_URI,
    SLEEP,
    fitbit_refresh,
    submit_consent,
)
from tokcheck.core.errors import UsageError
from tokcheck.sandbox import (
    FITBIT_CLIENT,
    FITBIT_SERVER_CLIENT,
    GOOGLE_CLIENT,
    GOOGLE_TESTING_CLIENT,
    REDIRECT_URIS,
    RegisteredClient,
    SandboxState,
)
from tokcheck.sandbox.state.clients import Clients


def test_the_samples_are_of_every_type(http: httpx.Client) -> None:
    listed = http.get("/sandbox/clients").json()["clients"]
    kinds = ["personal", "client", "server", "desktop", "web", "desktop"]
    assert kinds == [client["kind"] for client in listed]
    assert [False, False, True, True, True, True] == [bool(client["secret"]) for client in listed]
    assert {
        "client_id": GOOGLE_TESTING_CLIENT,
        "provider": "google-health",
        "kind": "desktop",
        "name": "Testing sample",
        "secret": listed[-1]["secret"],
        "redirect_uris": list(REDIRECT_URIS),
        "testing": True,
        "testers": None,
        "verified": False,
        "api_enabled": True,
    } == listed[-1]
    assert "read-write" == listed[2]["access"]


@pytest.mark.parametrize(
    ("kind", "start", "secret"),
    [("personal", "23", ""), ("server", "23", None), ("desktop", "", "GOCSPX-")],
)
def test_a_new_application_gets_what_it_needs(
    http: httpx.Client, state: SandboxState, kind: str, start: str, secret: str | None
) -> None:
    shown = http.post("/sandbox/clients", data={"kind": kind, "redirect_uris": REDIRECT_URI}).json()
    assert shown["client_id"].startswith(start)
    assert (start == "") == shown["client_id"].endswith(".apps.googleusercontent.com")
    length = {"personal": 0, "server": 32, "desktop": 35}[kind]
    assert length == len(shown["secret"])
    assert shown["secret"].startswith(secret or "")
    assert ([REDIRECT_URI], kind) == (shown["redirect_uris"], shown["kind"])
    client = state.clients.get(shown["client_id"])
    assert shown["secret"] == client.secret


def test_a_change_keeps_the_rest_and_the_grants(http: httpx.Client, state: SandboxState) -> None:
    issued = state.exchange_code(FITBIT_SERVER_CLIENT, state.issue_code(FITBIT_SERVER_CLIENT))
    before = state.clients.get(FITBIT_SERVER_CLIENT)
    change = {"client_id": FITBIT_SERVER_CLIENT, "name": "New name", "access": "read"}
    assert 200 == http.post("/sandbox/clients", json=change).status_code
    after = state.clients.get(FITBIT_SERVER_CLIENT)
    assert ("New name", "read", before.secret) == (after.name, after.access, after.secret)
    form = fitbit_refresh(issued.refresh)
    login = (FITBIT_SERVER_CLIENT, after.secret)
    assert 200 == http.post(FITBIT_TOKEN, data=form, auth=login).status_code


def test_an_application_leaves_testing_and_its_api_is_switched_off(
    http: httpx.Client, state: SandboxState
) -> None:
    change = {"client_id": GOOGLE_TESTING_CLIENT, "testing": False, "api_enabled": False}
    shown = http.post("/sandbox/clients", json=change).json()
    assert (False, False) == (shown["testing"], shown["api_enabled"])
    issued = state.exchange_code(GOOGLE_TESTING_CLIENT, state.issue_code(GOOGLE_TESTING_CLIENT))
    assert issued.refresh_expires_at is None
    assert not state.is_api_enabled(GOOGLE_TESTING_CLIENT)
    parameters = GOOGLE_PARAMETERS | {"client_id": GOOGLE_TESTING_CLIENT}
    assert 302 == submit_consent(http, GOOGLE_PAGE, parameters, [SLEEP]).status_code


def test_how_refreshes_went_and_the_rule_of_repeated_ones(
    http: httpx.Client, state: SandboxState
) -> None:
    refresh = state.exchange_code(FITBIT_CLIENT, state.issue_code(FITBIT_CLIENT)).refresh
    assert "until-used" == http.get("/sandbox/grants").json()["grace"]
    http.post(FITBIT_TOKEN, data=fitbit_refresh(refresh))
    http.post(FITBIT_TOKEN, data=fitbit_refresh(refresh))
    shown = http.post("/sandbox/grants", data={"grace": "none"}).json()
    http.post(FITBIT_TOKEN, data=fitbit_refresh(refresh))
    counts = {"renewed": 1, "repeated": 1, "refused": 0}
    assert {"grace": "none", "refreshes": counts} == shown
    assert 1 == http.get("/sandbox/grants").json()["refreshes"]["refused"]


def test_the_control_api_revokes_a_refresh_token_too(
    http: httpx.Client, state: SandboxState
) -> None:
    refresh = state.exchange_code(GOOGLE_CLIENT, state.issue_code(GOOGLE_CLIENT)).refresh or ""
    assert {"revoked": True} == http.post("/sandbox/revoke", data={"token": refresh}).json()
    assert not state.can_refresh(refresh)
    assert 400 == http.post("/sandbox/revoke", data={"token": refresh}).status_code


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "phone"}, "'phone' is not a valid kind."),
        ({"client_id": "a b", "kind": "client"}, "A client id has letters, digits, '-' and '.'."),
        ({"kind": "web", "secret": 3}, "The field 'secret' is not a string."),
        ({"redirect_uris": "ftp://x/"}, "'ftp://x/' is not a redirect URI."),
        ({"redirect_uris": ["http://x/\r\nX: y"]}, "'http://x/\\r\\nX: y' is not a redirect URI."),
        ({"redirect_uris": ["http://["]}, "'http://[' is not a redirect URI."),
        ({"redirect_uris": []}, "An application needs a redirect URI."),
        ({"testers": ["nobody"]}, "There is no account named 'nobody'."),
        ({"colour": "red"}, "There is no field named 'colour' here."),
        ({"testing": "maybe"}, "The field 'testing' is neither true nor false."),
    ],
)
def test_bad_input_is_reported_in_a_sentence(
    http: httpx.Client, fields: dict[str, object], sentence: str
) -> None:
    response = http.post("/sandbox/clients", json=fields)
    assert (400, sentence) == (response.status_code, response.json()["error"])


def test_an_application_with_a_secret_cannot_be_without() -> None:
    with pytest.raises(UsageError, match="of the type web needs a secret"):
        RegisteredClient("x", "web")
    with pytest.raises(UsageError, match="no application with the client id 'x'"):
        Clients([]).get("x")
