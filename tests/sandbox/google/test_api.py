from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conftest import Get, SandboxClock
from tokcheck.core.errors import UsageError
from tokcheck.sandbox import GOOGLE_CLIENT, SandboxState
from tokcheck.sandbox.google.resources import page_token, read_page_parameters

URL = "https://www.googleapis.com/auth/googlehealth."
ME = "/v4/users/me"
REALM = 'Bearer realm="https://accounts.google.com/"'


def error(response: httpx.Response) -> tuple[int, str, str, str | None]:
    body: dict[str, Any] = response.json()["error"]
    details = body.get("details", [{}])
    assert body["code"] == response.status_code
    return body["code"], body["status"], body["message"], details[0].get("reason")


def test_identity_opens_with_any_scope_that_reads(state: SandboxState, get: Get) -> None:
    for scope in ("sleep", "ecg", "settings"):
        response = get(f"{ME}/identity", state.issue_google_token(scopes=[scope]))
        assert response.json() == {
            "name": "users/me/identity",
            "legacyUserId": "7ALEX2",
            "healthUserId": "1000000000000000001",
        }
        assert [name for name in response.headers if "rate" in name or "quota" in name] == []
    for scope in (f"{URL}sleep.writeonly", "openid", f"{URL}sleep"):
        assert get(f"{ME}/identity", state.issue_google_token(scopes=[scope])).status_code == 403


@pytest.mark.parametrize(
    ("scopes", "path", "status"),
    [
        (["settings"], "pairedDevices", 200),
        (["settings"], "settings", 200),
        (["settings"], "profile", 403),
        (["profile"], "profile", 200),
        (["profile"], "pairedDevices", 403),
        (["profile"], "settings", 403),
        ([f"{URL}settings"], "pairedDevices", 403),
    ],
)
def test_scopes_gate(
    state: SandboxState, get: Get, scopes: list[str], path: str, status: int
) -> None:
    response = get(f"{ME}/{path}", state.issue_google_token(scopes=scopes))
    assert status == response.status_code
    if status == 403:
        assert error(response) == (
            403,
            "PERMISSION_DENIED",
            "Request had insufficient authentication scopes.",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        )
        method = {"pairedDevices": "ListPairedDevices"}.get(path, f"Get{path.capitalize()}")
        assert response.json()["error"]["details"][0]["metadata"] == {
            "service": "health.googleapis.com",
            "method": f"google.devicesandservices.health.v4.HealthProfileService.{method}",
        }


def test_a_paired_device_has_a_time_in_utc(state: SandboxState, get: Get) -> None:
    token = state.issue_google_token(account="bo")
    listed = get(f"{ME}/pairedDevices", token).json()
    assert listed["pairedDevices"][1] == {
        "name": "users/1000000000000000002/pairedDevices/Q7RSTUVWXYZA2BCD",
        "deviceType": "SCALE",
        "batteryStatus": "Low",
        "lastSyncTime": "2026-05-26T12:53:20.000Z",
        "deviceVersion": "Aria scale",
        "macAddress": "A0B1C2D3E4F7",
        "features": [],
    }
    assert "nextPageToken" not in listed
    one = get(f"/v4/{listed['pairedDevices'][0]['name']}", token)
    assert one.json() == listed["pairedDevices"][0]
    missing = get(f"{ME}/pairedDevices/1", token)
    assert error(missing) == (404, "NOT_FOUND", "Requested entity was not found.", None)


def test_profile_and_settings(state: SandboxState, get: Get) -> None:
    token = state.issue_google_token(account="bo")
    assert get(f"{ME}/settings", token).json()["utcOffset"] == "7200s"
    assert get(f"{ME}/profile", token).json()["age"] == 40


def test_pages(state: SandboxState, get: Get) -> None:
    token = state.issue_google_token(account="drawer")
    first = get(f"{ME}/pairedDevices", token).json()
    assert len(first["pairedDevices"]) == 5
    second = get(f"{ME}/pairedDevices?pageToken={first['nextPageToken']}", token).json()
    assert len(second["pairedDevices"]) == 2
    assert "nextPageToken" not in second
    whole = get(f"{ME}/pairedDevices?pageSize=100", token).json()
    assert whole["pairedDevices"] == first["pairedDevices"] + second["pairedDevices"]
    empty = get(f"{ME}/pairedDevices", state.issue_google_token(account="nodevices")).json()
    assert empty == {"pairedDevices": []}


@pytest.mark.parametrize("query", ["pageSize=-1", "pageSize=x", "pageToken=x", "pageToken=Zm9v"])
def test_odd_pages_are_invalid_arguments(state: SandboxState, get: Get, query: str) -> None:
    response = get(f"{ME}/pairedDevices?{query}", state.issue_google_token())
    assert error(response)[:2] == (400, "INVALID_ARGUMENT")


@given(st.integers(0, 10**8), st.integers(0, 10**10))
def test_page_tokens_come_back(start: int, size: int) -> None:
    expected = 5 if size == 0 else min(size, 100)
    got, begin = read_page_parameters({"pageSize": str(size), "pageToken": page_token(start)})
    assert begin == start
    assert 1 <= got <= 100
    if size < 10**9:
        assert expected == got


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_page_text_is_read_or_refused(size: str, token: str) -> None:
    try:
        got, begin = read_page_parameters({"pageSize": size, "pageToken": token})
    except UsageError:
        return
    assert 1 <= got <= 100
    assert begin >= 0


def test_without_a_token_credentials_are_missing(http: httpx.Client) -> None:
    response = http.get(f"{ME}/identity")
    assert error(response)[1::2] == ("UNAUTHENTICATED", "CREDENTIALS_MISSING")
    assert response.headers["WWW-Authenticate"] == REALM
    key = http.get(f"{ME}/identity?key=abc")
    assert error(key)[2].startswith("API keys are not supported by this API.")


def test_expired_revoked_and_foreign_tokens_look_alike(
    state: SandboxState, clock: SandboxClock, get: Get
) -> None:
    expired, revoked = state.issue_google_token(lifetime=10), state.issue_google_token()
    clock.seconds += 10
    state.revoke(revoked)
    answers = [
        get(f"{ME}/identity", t) for t in (expired, revoked, state.issue_fitbit_token(), "x")
    ]
    assert {401} == {response.status_code for response in answers}
    assert len({response.text for response in answers}) == 1
    assert answers[0].headers["WWW-Authenticate"] == f'{REALM}, error="invalid_token"'
    assert "details" not in answers[0].json()["error"]


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (
            "unlinked",
            (
                400,
                "FAILED_PRECONDITION",
                "The account is not linked to Google Health.",
                "ACCOUNT_NOT_LINKED",
            ),
        ),
        ("newcomer", (412, "FAILED_PRECONDITION", "Precondition check failed.", None)),
        ("oldtimer", (403, "PERMISSION_DENIED", "The caller does not have permission", None)),
        (
            "broken",
            (
                403,
                "PERMISSION_DENIED",
                "The caller does not have permission",
                "RESOURCE_PERMISSION_DENIED",
            ),
        ),
    ],
)
def test_accounts_that_are_not_linked(
    state: SandboxState, get: Get, account: str, expected: tuple[int, str, str, str | None]
) -> None:
    token = state.issue_google_token(account=account)
    for path in ("identity", "pairedDevices"):
        assert expected == error(get(f"{ME}/{path}", token))
    assert get("/tokeninfo", token).status_code == 200


def test_another_user_is_refused(state: SandboxState, get: Get) -> None:
    assert (
        get("/v4/users/1000000000000000001/identity", state.issue_google_token()).status_code == 200
    )
    assert (
        get("/v4/users/1000000000000000002/identity", state.issue_google_token()).status_code == 403
    )


def test_the_api_can_be_off_for_a_client(state: SandboxState, get: Get) -> None:
    token = state.issue_google_token()
    state.enable_api(GOOGLE_CLIENT, enabled=False)
    code, status, message, reason = error(get(f"{ME}/identity", token))
    assert (code, status, reason) == (403, "PERMISSION_DENIED", "SERVICE_DISABLED")
    assert "in project 100000000001 before or it is disabled" in message
    assert get(f"{ME}/identity", state.issue_google_token(client_id="7-x")).status_code == 200
    state.enable_api(GOOGLE_CLIENT, enabled=True)
    assert get(f"{ME}/identity", token).status_code == 200


def test_the_minute_counts_and_opens_again(
    state: SandboxState, clock: SandboxClock, get: Get
) -> None:
    token = state.issue_google_token()
    statuses = [get(f"{ME}/identity", token).status_code for _ in range(301)]
    assert statuses == [200] * 300 + [429]
    response = get(f"{ME}/identity", token)
    assert error(response)[1::2] == ("RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")
    assert "Retry-After" not in response.headers
    clock.seconds += 60
    assert get(f"{ME}/identity", token).status_code == 200


@pytest.mark.parametrize("path", ["/v4/users/me/devices", "/v5/users/me/identity", "/devices"])
def test_routing_comes_before_authentication_and_ends_in_html(
    http: httpx.Client, path: str
) -> None:
    for response in (http.get(path), http.get(path, headers={"Authorization": "Bearer x"})):
        assert response.status_code == 404
        assert response.headers["Content-Type"].startswith("text/html")
    assert http.post(f"{ME}/identity").status_code == 404


def test_tokeninfo_takes_a_token_in_three_places_and_answers_in_strings(
    state: SandboxState, clock: SandboxClock, http: httpx.Client, get: Get
) -> None:
    token = state.issue_google_token(
        scopes=["settings"], client_id="9-x.apps.googleusercontent.com"
    )
    clock.seconds += 0.5
    expected = {
        "azp": "9-x.apps.googleusercontent.com",
        "aud": "9-x.apps.googleusercontent.com",
        "scope": f"{URL}settings.readonly",
        "exp": "1780003600",
        "expires_in": "3599",
        "access_type": "online",
    }
    assert expected == get("/tokeninfo", token).json()
    assert expected == http.post("/tokeninfo", data={"access_token": token}).json()
    assert expected == http.get("/tokeninfo", params={"access_token": token}).json()
    assert expected == get("/oauth2/v3/tokeninfo", token).json()
    assert state.usage() == ()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_older_versions_of_tokeninfo_have_other_fields(
    state: SandboxState, get: Get, version: str
) -> None:
    token = state.issue_google_token(scopes=["sleep"])
    fields = get(f"/oauth2/{version}/tokeninfo", token).json()
    expected = {
        "issued_to": GOOGLE_CLIENT,
        "audience": GOOGLE_CLIENT,
        "scope": f"{URL}sleep.readonly",
        "expires_in": 3600,
    }
    assert expected == {name: fields[name] for name in expected}
    assert 400 == get(f"/oauth2/{version}/tokeninfo", "ya29.invented").status_code


def test_tokeninfo_names_the_person_only_with_the_scope_for_it(
    state: SandboxState, get: Get
) -> None:
    plain = get("/tokeninfo", state.issue_google_token(scopes=["openid"])).json()
    assert plain["sub"] == "1" * 21
    assert "email" not in plain
    find_tags = get("/tokeninfo", state.issue_google_token(scopes=["email"])).json()
    assert (find_tags["email"], find_tags["email_verified"]) == ("alex@sandbox.invalid", "true")
    assert {str} == {type(value) for value in find_tags.values()}


def test_tokeninfo_refuses_expired_revoked_and_invented_tokens_alike(
    state: SandboxState, clock: SandboxClock, http: httpx.Client, get: Get
) -> None:
    expired, revoked = state.issue_google_token(lifetime=10), state.issue_google_token()
    clock.seconds += 10
    state.revoke(revoked)
    for token in (expired, revoked, "ya29.invented", state.issue_fitbit_token()):
        response = get("/tokeninfo", token)
        assert response.status_code == 400
        assert response.json() == {
            "error": "invalid_token",
            "error_description": "Invalid Value",
        }
    missing = http.get("/tokeninfo")
    assert missing.status_code == 400
    assert "access_token, id_token, or token_handle" in missing.json()["error_description"]
    assert http.put("/tokeninfo").status_code == 404
