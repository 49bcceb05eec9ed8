import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Get, SandboxClock
from tokcheck.sandbox import FAULT_NAMES, FAULTS, HttpRequest, SandboxState
from tokcheck.sandbox.control.api import handle_request as handle_control_request

DEVICES = "/1/user/-/devices.json"


def check_created(response: httpx.Response) -> Any:
    assert response.status_code == 201, response.text
    return response.json()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_token_is_issued_from_a_form_or_from_json(
    http: httpx.Client, get: Get, *, as_json: bool
) -> None:
    fields = {"account": "bo", "scopes": "settings profile", "lifetime": 60, "client_id": "22ZZZZ"}
    response = (
        http.post("/sandbox/tokens", json=fields)
        if as_json
        else http.post("/sandbox/tokens", data={k: str(v) for k, v in fields.items()})
    )
    minted = check_created(response)
    assert minted.pop("fingerprint")
    token = minted.pop("token")
    assert minted == {
        "provider": "fitbit",
        "account": "bo",
        "client_id": "22ZZZZ",
        "scopes": ["rset", "rpro"],
        "issued_at": 1_780_000_000,
        "expires_at": 1_780_000_060,
    }
    assert get(DEVICES, token).json()[0]["deviceVersion"] == "Versa 4"


def test_defaults_and_other_choices_of_a_token(http: httpx.Client, get: Get) -> None:
    plain = check_created(http.post("/sandbox/tokens"))
    assert (plain["account"], plain["expires_at"] - plain["issued_at"]) == ("alex", 28_800)
    assert get(DEVICES, plain["token"]).status_code == 200
    google = check_created(
        http.post(
            "/sandbox/tokens",
            json={
                "provider": "google-health",
                "scopes": ["settings", "openid"],
                "access": "read-write",
                "issued_at": 1_780_000_000 - 10,
            },
        )
    )
    assert google["expires_at"] == 1_780_003_590
    assert len(google["scopes"]) == 3
    assert get("/v4/users/me/identity", google["token"]).status_code == 200
    dead = check_created(http.post("/sandbox/tokens", data={"lifetime": "-5"}))
    assert get(DEVICES, dead["token"]).json()["errors"][0]["errorType"] == "expired_token"


def test_listed_tokens_have_no_text(
    http: httpx.Client, state: SandboxState, clock: SandboxClock
) -> None:
    revoked, expired = state.issue_fitbit_token(), state.issue_google_token(lifetime=1)
    clock.seconds += 1
    assert http.post("/sandbox/revoke", data={"token": revoked}).json() == {"revoked": True}
    listed = http.get("/sandbox/tokens")
    assert revoked not in listed.text
    assert expired not in listed.text
    assert [(token["revoked"], token["expired"]) for token in listed.json()["tokens"]] == [
        (True, False),
        (False, True),
    ]


def test_an_account_of_ones_own(http: httpx.Client, get: Get) -> None:
    account = {
        "name": "casey",
        "user_id": "7CASEY",
        "utc_offset_minutes": -300,
        "devices": [
            "Charge 5",
            {
                "version": "Aria scale",
                "type": "SCALE",
                "battery": "Empty",
                "battery_level": 100,
                "synced_seconds_ago": 40,
                "id": "ABC",
                "mac": "001122334455",
            },
        ],
    }
    shown = check_created(http.post("/sandbox/accounts", json=account))
    assert shown.pop("health_user_id").isdigit()
    assert shown == {**account, "health": "linked", "devices": ["Charge 5", "Aria scale"]}
    token = check_created(http.post("/sandbox/tokens", data={"account": "casey"}))["token"]
    assert get(DEVICES, token).json()[1] == {
        "battery": "Empty",
        "batteryLevel": 100,
        "deviceVersion": "Aria scale",
        "features": [],
        "id": "ABC",
        "lastSyncTime": "2026-05-28T15:26:00.000",
        "mac": "001122334455",
        "type": "SCALE",
    }


def test_an_account_from_a_form_in_another_state_of_health(http: httpx.Client, get: Get) -> None:
    fields = {"name": "dana", "health": "profile-missing", "devices": "Charge 5, Versa 4"}
    shown = check_created(http.post("/sandbox/accounts", data=fields))
    assert shown["devices"] == ["Charge 5", "Versa 4"]
    assert len(shown["user_id"]) == 6
    assert "dana" in [a["name"] for a in http.get("/sandbox/accounts").json()["accounts"]]
    form = {"provider": "google-health", "account": "dana"}
    token = check_created(http.post("/sandbox/tokens", data=form))["token"]
    assert get("/v4/users/me/identity", token).status_code == 412


def test_requests_and_spending(http: httpx.Client, get: Get, state: SandboxState) -> None:
    token = state.issue_fitbit_token()
    get(DEVICES, token)
    get(DEVICES, token)
    get("/~server-error/v4/users/me/identity", "x")
    assert http.get("/sandbox/requests").json() == {
        "requests": [
            {"method": "GET", "path": DEVICES, "status": 200, "count": 2},
            {"method": "GET", "path": "/v4/users/me/identity", "status": 500, "count": 1},
        ],
        "spending": [
            {
                "provider": "fitbit",
                "account": "alex",
                "client_id": "23SBX1",
                "total": 2,
                "limit": 150,
                "remaining": 148,
                "reset_in_seconds": 3600,
            }
        ],
    }
    assert http.delete("/sandbox/requests").json()["requests"] == []
    assert len(http.get("/sandbox/requests").json()["spending"]) == 1


def test_windows_can_be_set_and_reset(http: httpx.Client, get: Get, state: SandboxState) -> None:
    response = http.post("/sandbox/window", data={"limit": "1", "length": "90s"})
    assert response.json()["windows"] == {
        "fitbit": {"limit": 1, "seconds": 90},
        "google-health": {"limit": 300, "seconds": 60},
    }
    token = state.issue_fitbit_token()
    assert [get(DEVICES, token).status_code for _ in range(2)] == [200, 429]
    http.delete("/sandbox/window?account=bo")
    assert get(DEVICES, token).status_code == 429
    http.delete("/sandbox/window?account=alex")
    assert get(DEVICES, token).status_code == 200
    http.delete("/sandbox/window")
    assert get(DEVICES, token).status_code == 200
    http.post("/sandbox/window", json={"provider": "google-health", "limit": 0})
    assert get("/v4/users/me/identity", state.issue_google_token()).status_code == 429
    assert http.get("/sandbox/window").json()["windows"]["google-health"]["limit"] == 0


def test_the_api_of_a_client(http: httpx.Client, get: Get, state: SandboxState) -> None:
    token = state.issue_google_token()
    http.post("/sandbox/clients", data={"api_enabled": "false"})
    assert get("/v4/users/me/identity", token).status_code == 403
    http.post("/sandbox/clients", json={"api_enabled": True})
    assert get("/v4/users/me/identity", token).status_code == 200


def test_faults_by_request(http: httpx.Client, get: Get, state: SandboxState) -> None:
    token = state.issue_fitbit_token()
    request = http.post("/sandbox/faults", data={"fault": "service-gone", "times": "1"})
    assert request.json() == {"asked": [{"fault": "service-gone", "times": 1}]}
    assert [get(DEVICES, token).status_code for _ in range(2)] == [410, 200]
    http.post("/sandbox/faults", json={"fault": "server-error"})
    assert http.get("/sandbox/faults").json()["asked"] == [{"fault": "server-error", "times": None}]
    assert [get(DEVICES, token).status_code for _ in range(2)] == [500, 500]
    assert http.delete("/sandbox/faults").json() == {"asked": []}
    assert get(DEVICES, token).status_code == 200


def test_all_faults_are_listed(http: httpx.Client) -> None:
    listed = http.get("/sandbox/faults").json()["faults"]
    assert len(FAULTS) == len(listed)
    assert set(FAULT_NAMES) == {fault["name"] for fault in listed}
    assert {"fitbit", "google-health", "declared", "both"} == {
        fault["provider"] for fault in listed
    }
    assert all(fault["title"] and fault["concerns"] for fault in listed)
    assert ["answer-lost"] == [fault["name"] for fault in listed if not fault["status"]]


@pytest.mark.parametrize("path", ["/", "/sandbox", "/sandbox/"])
def test_the_help_page_names_everything(http: httpx.Client, path: str) -> None:
    page = http.get(path)
    assert page.headers["Content-Type"] == "text/plain; charset=utf-8"
    for name in (*FAULT_NAMES, "/sandbox/tokens", "/sandbox/window", "/v4/users/me/pairedDevices"):
        assert name in page.text


@pytest.mark.parametrize(
    ("path", "fields", "sentence"),
    [
        ("tokens", {"account": "nobody"}, "There is no account named 'nobody'."),
        ("tokens", {"provider": "garmin"}, "'garmin' is not a valid provider."),
        ("tokens", {"scopes": ["x"]}, "Fitbit has no scope named 'x'."),
        ("tokens", {"scopes": 3}, "The field 'scopes' is not a list of strings."),
        ("tokens", {"scope": "x"}, "There is no field named 'scope' here."),
        ("tokens", {"access": "write"}, "'write' is not a valid access."),
        (
            "tokens",
            {"lifetime": "1h"},
            "The field 'lifetime' is not a whole number from -315360000 to 315360000.",
        ),
        (
            "tokens",
            {"lifetime": True},
            "The field 'lifetime' is not a whole number from -315360000 to 315360000.",
        ),
        ("tokens", {"account": ""}, "The field 'account' is missing or is not a string."),
        ("revoke", {}, "The field 'token' is missing or is not a string."),
        ("revoke", {"token": "x"}, "This sandbox did not issue such a token."),
        ("accounts", {}, "The field 'name' is missing or is not a string."),
        (
            "accounts",
            {"name": "A B"},
            "An account's name has 1 to 32 lower-case letters, digits or '-'.",
        ),
        ("accounts", {"name": "a", "user_id": "abc"}, "A user id has six of 0-9 and A-Z."),
        ("accounts", {"name": "a", "health": "well"}, "'well' is not a valid health."),
        ("accounts", {"name": "a", "devices": 1}, "The field 'devices' is not a list."),
        ("accounts", {"name": "a", "devices": [1]}, "A device is a name or an object."),
        (
            "accounts",
            {"name": "a", "devices": [{"version": "x", "id": "-"}]},
            "A device's id has 1 to 16 letters and digits.",
        ),
        (
            "accounts",
            {"name": "a", "devices": [{"version": "x", "battery": "Full"}]},
            "'Full' is not a valid battery.",
        ),
        ("window", {"length": "soon"}, "'soon' is not a duration."),
        (
            "window",
            {"limit": -1},
            "The field 'limit' is not a whole number from 0 to 1000000000.",
        ),
        ("clients", {"api_enabled": "maybe"}, "The field 'api_enabled' is neither true nor false."),
        ("faults", {"fault": "none"}, "There is no fault named 'none'."),
        (
            "faults",
            {"fault": "server-error", "times": 0},
            "The field 'times' is not a whole number from 1 to 1000000000.",
        ),
    ],
)
def test_bad_input_is_reported_in_a_sentence_with_a_hint(
    state: SandboxState, path: str, fields: dict[str, object], sentence: str
) -> None:
    headers = {"content-type": "application/json"}
    raw = json.dumps(fields).encode()
    response = handle_control_request(
        state, HttpRequest("POST", f"/sandbox/{path}", headers=headers, body=raw)
    )
    expected = json.loads(response.body)
    assert (response.status, expected["error"]) == (400, sentence)
    assert expected["hint"].endswith(".") or expected["hint"].startswith("Send ")


@pytest.mark.parametrize("raw", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(state: SandboxState, raw: bytes) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    response = handle_control_request(
        state, HttpRequest("POST", "/sandbox/tokens", headers=headers, body=raw)
    )
    assert response.status == 400
    assert json.loads(response.body)["error"] == "The body is not a JSON object."


def test_unknown_paths_and_methods(http: httpx.Client) -> None:
    dropped = http.get("/sandbox/token")
    assert dropped.status_code == 404
    assert "/sandbox/tokens" in dropped.json()["hint"]
    wrong = http.put("/sandbox/tokens")
    assert wrong.status_code == 405
    assert wrong.json()["hint"] == "Use GET or POST."
    assert http.request("DELETE", "/sandbox/faults?fault=x").status_code == 400


def test_a_huge_request_is_refused(http: httpx.Client) -> None:
    assert http.post("/sandbox/tokens", content=b"x" * (1024 * 1024 + 1)).status_code == 413


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["account", "name", "devices", "scopes", "lifetime", "times", "fault", "limit", "length"]
)


@settings(deadline=None)
@given(
    st.sampled_from(["accounts", "tokens", "revoke", "clients", "window", "faults"]),
    st.dictionaries(names, json_values, max_size=4),
)
def test_no_json_makes_the_control_api_fail(path: str, fields: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    request = HttpRequest(
        "POST", f"/sandbox/{path}", headers=headers, body=json.dumps(fields).encode()
    )
    response = handle_control_request(SandboxState(), request)
    assert response.status in {200, 201, 400}
    assert isinstance(json.loads(response.body), dict)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["tokens", "faults"]))
def test_no_form_makes_the_control_api_fail(raw: bytes, path: str) -> None:
    response = handle_control_request(
        SandboxState(), HttpRequest("POST", f"/sandbox/{path}", body=raw)
    )
    assert response.status in {200, 201, 400}
