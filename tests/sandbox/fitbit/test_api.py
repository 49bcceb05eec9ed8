import httpx
import pytest

from tests.sandbox.conftest import Get, SandboxClock
from tokcheck.sandbox import AccessMode, RateLimitRule, SandboxState

DEVICES = "/1/user/-/devices.json"
PROFILE = "/1/user/-/profile.json"
INTROSPECT = "/1.1/oauth2/introspect"
VISIT = (
    "Visit https://dev.fitbit.com/docs/oauth2 for more information on the "
    "Fitbit Web API authorization process."
)


def rate_headers(response: httpx.Response) -> tuple[str, str, str]:
    names = ("Limit", "Remaining", "Reset")
    limit, remaining, reset = (response.headers[f"Fitbit-Rate-Limit-{name}"] for name in names)
    return limit, remaining, reset


def test_devices_come_as_a_bare_list_with_local_times(state: SandboxState, get: Get) -> None:
    response = get(DEVICES, state.issue_fitbit_token(account="bo"))
    assert response.status_code == 200
    # 2026-05-28 20:26:40 UTC less a minute, two hours east of it.
    assert response.json()[0] == {
        "battery": "High",
        "batteryLevel": 91,
        "deviceVersion": "Versa 4",
        "features": [],
        "id": "1000000003",
        "lastSyncTime": "2026-05-28T22:25:40.000",
        "mac": "A0B1C2D3E4F6",
        "type": "TRACKER",
    }
    assert [device["deviceVersion"] for device in response.json()] == ["Versa 4", "Aria scale"]


def test_a_phone_has_no_battery_level(state: SandboxState, get: Get) -> None:
    phone = get(DEVICES, state.issue_fitbit_token(account="alex")).json()[1]
    assert phone["deviceVersion"] == "MobileTrack"
    assert "batteryLevel" not in phone


def test_the_own_id_may_stand_for_the_hyphen_and_no_other(state: SandboxState, get: Get) -> None:
    token = state.issue_fitbit_token(account="alex")
    assert get("/1/user/7ALEX2/devices.json", token).status_code == 200
    refused = get("/1/user/8BOBO3/devices.json", token)
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["errorType"] == "insufficient_permissions"


@pytest.mark.parametrize(
    ("scopes", "path", "status"),
    [
        (["settings"], DEVICES, 200),
        (["settings"], PROFILE, 403),
        (["profile"], DEVICES, 403),
        (["profile"], PROFILE, 200),
        (["sleep", "activity"], DEVICES, 403),
        ([], DEVICES, 403),
    ],
)
@pytest.mark.parametrize("access", ["read", "read-write"])
def test_scopes_gate(
    state: SandboxState, get: Get, scopes: list[str], path: str, status: int, access: AccessMode
) -> None:
    token = state.issue_fitbit_token(scopes=scopes, access=access)
    response = get(path, token)
    assert status == response.status_code
    assert rate_headers(response) == ("150", "149", "3600")
    if status == 403:
        what = "settings" if path == DEVICES else "profile"
        assert response.json() == {
            "errors": [
                {
                    "errorType": "insufficient_scope",
                    "message": (
                        f"This application does not have permission to access {what} data. {VISIT}"
                    ),
                }
            ],
            "success": False,
        }


def test_an_expired_token_is_repeated_whole_with_a_full_stop(
    state: SandboxState, clock: SandboxClock, get: Get
) -> None:
    token = state.issue_fitbit_token(lifetime=100)
    clock.seconds += 99
    assert get(DEVICES, token).status_code == 200
    clock.seconds += 1
    response = get(DEVICES, token)
    assert response.status_code == 401
    assert response.json() == {
        "errors": [
            {"errorType": "expired_token", "message": f"Access token expired: {token}. {VISIT}"}
        ],
        "success": False,
    }
    assert "Fitbit-Rate-Limit-Limit" not in response.headers


def test_revoked_foreign_and_invented_tokens_are_invalid(state: SandboxState, get: Get) -> None:
    revoked = state.issue_fitbit_token()
    assert state.revoke(revoked)
    for token in (revoked, state.issue_google_token(), "YOUR_ACCESS_TOKEN", revoked[:-1]):
        response = get(DEVICES, token)
        assert response.status_code == 401
        fitbit_error = response.json()["errors"][0]
        assert fitbit_error["errorType"] == "invalid_token"
        assert fitbit_error["message"] == f"Access token invalid: {token}. {VISIT}"


def test_a_revoked_token_stays_invalid_after_its_expiry(
    state: SandboxState, clock: SandboxClock, get: Get
) -> None:
    token = state.issue_fitbit_token(lifetime=10)
    state.revoke(token)
    clock.seconds += 11
    assert get(DEVICES, token).json()["errors"][0]["errorType"] == "invalid_token"


@pytest.mark.parametrize(
    ("headers", "kind", "message"),
    [
        ({}, "invalid_request", "Authorization header required."),
        (
            {"Authorization": "Basic c2VjcmV0"},
            "invalid_client",
            f"Invalid authorization header format. Received header = Basic c2VjcmV0. {VISIT}",
        ),
        (
            {"Authorization": "Bearer"},
            "invalid_client",
            f"Invalid authorization header format. Received header = Bearer. {VISIT}",
        ),
    ],
)
def test_missing_and_odd_headers(
    http: httpx.Client, headers: dict[str, str], kind: str, message: str
) -> None:
    response = http.get(DEVICES, headers=headers)
    assert response.status_code == 401
    fitbit_error = {"errorType": kind, "message": message}
    assert response.json() == {"errors": [fitbit_error], "success": False}


def test_the_scheme_may_be_written_in_any_case(state: SandboxState, http: httpx.Client) -> None:
    headers = {"Authorization": f"bearer {state.issue_fitbit_token()}"}
    assert http.get(DEVICES, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ("", ["00:00:00", "00:05:00", "00:10:00"]),
        ("/time/08:00/08:07", ["08:00:00", "08:05:00"]),
        ("/time/23:55/23:59", ["23:55:00"]),
        ("/time/09:00/08:00", []),
        ("/time/x/y:z", ["00:00:00", "00:05:00", "00:10:00"]),
    ],
)
def test_a_window_of_a_day_limits_the_points(
    state: SandboxState, get: Get, window: str, expected: list[str]
) -> None:
    token = state.issue_fitbit_token(scopes=["activity"])
    path = f"/1/user/-/activities/steps/date/2026-05-20/1d/5min{window}.json"
    dataset = get(path, token).json()["activities-steps-intraday"]["dataset"]
    assert expected == [point["time"] for point in dataset]


@pytest.mark.parametrize("path", ["/1/user/-/nothing.json", "/1.2/x", "/1/user/-/devices.json/"])
def test_an_unknown_path_has_a_json_body_of_its_own(
    state: SandboxState, get: Get, path: str
) -> None:
    response = get(path, state.issue_fitbit_token())
    assert response.status_code == 404
    assert response.json()["errors"] == [
        {
            "errorType": "not_found",
            "fieldName": "n/a",
            "message": "The API you are requesting could not be found.",
        }
    ]


def test_the_window_counts_refuses_and_opens_again(
    state: SandboxState, clock: SandboxClock, get: Get
) -> None:
    state.set_rate_limit("fitbit", RateLimitRule(2, 3600))
    token = state.issue_fitbit_token(lifetime=10_000)
    assert rate_headers(get(DEVICES, token)) == ("2", "1", "3600")
    clock.seconds += 100.5
    assert rate_headers(get(PROFILE, token)) == ("2", "0", "3500")
    refused = get(DEVICES, token)
    assert refused.status_code == 429
    assert rate_headers(refused) == ("2", "0", "3500")
    assert refused.headers["Retry-After"] == "3500"
    assert refused.text == (
        r'{"errors":[{"errorType":"system","fieldName":"n\/a","message":"Too Many Requests"}],'
        '"success":false}'
    )
    clock.seconds += int(refused.headers["Fitbit-Rate-Limit-Reset"])
    assert rate_headers(get(DEVICES, token)) == ("2", "1", "3600")


def test_the_date_follows_the_clock_of_the_world(
    state: SandboxState, clock: SandboxClock, get: Get
) -> None:
    response = get(DEVICES, state.issue_fitbit_token())
    assert response.headers.get_list("Date") == ["Thu, 28 May 2026 20:26:40 GMT"]
    clock.seconds += 61
    assert get("/nowhere", "x").headers["Date"] == "Thu, 28 May 2026 20:27:41 GMT"


def introspect(http: httpx.Client, bearer: str, **form: str) -> httpx.Response:
    return http.post(INTROSPECT, data=form, headers={"Authorization": f"Bearer {bearer}"})


def test_introspection_has_its_own_scope_format_and_milliseconds(
    state: SandboxState, http: httpx.Client
) -> None:
    token = state.issue_fitbit_token(scopes=["activity", "heartrate"])
    response = introspect(http, token, token=token)
    assert list(response.json().items()) == [
        ("active", True),
        ("scope", "{ACTIVITY=READ, HEARTRATE=READ}"),
        ("client_id", "23SBX1"),
        ("user_id", "7ALEX2"),
        ("token_type", "access_token"),
        ("exp", 1_780_028_800_000),
        ("iat", 1_780_000_000_000),
    ]
    assert rate_headers(response) == ("150", "149", "3600")
    writing = state.issue_fitbit_token(scopes=["settings"], access="read-write")
    assert introspect(http, token, token=writing).json()["scope"] == "{SETTINGS=READ_WRITE}"


def test_introspection_needs_a_live_bearer_and_a_token(
    state: SandboxState, clock: SandboxClock, http: httpx.Client
) -> None:
    live, dying = state.issue_fitbit_token(), state.issue_fitbit_token(lifetime=5)
    clock.seconds += 5
    assert introspect(http, live, token=dying).json() == {"active": False}
    assert introspect(http, live, token="anything").json() == {"active": False}
    assert introspect(http, dying, token=live).json()["errors"][0]["errorType"] == "expired_token"
    missing = introspect(http, live)
    assert missing.status_code == 400
    assert missing.json()["errors"][0]["message"] == f"Missing parameters: token {VISIT}"
    assert http.get(INTROSPECT).status_code == 404
