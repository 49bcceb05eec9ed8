from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conftest import Get, SandboxClock
from tokcheck.sandbox import HttpRequest, SandboxState, handle_request
from tokcheck.sandbox.control.api import handle_request as handle_control_request

ANSWERS = "/sandbox/answers"
SLEEP = "/1.2/user/-/sleep/date/today.json"
STEPS = "/v4/users/me/dataTypes/steps/dataPoints"


def test_an_answer_replaces_the_body_behind_a_path(
    http: httpx.Client, state: SandboxState, get: Get
) -> None:
    fields = {"path": SLEEP, "body": {"sleep": [], "own": "ü"}}
    created = http.post(ANSWERS, json=fields)
    shown = {
        "path": SLEEP,
        "method": "GET",
        "status": 200,
        "headers": {"Content-Type": "application/json; charset=UTF-8"},
        "bytes": 23,
    }
    assert (201, shown) == (created.status_code, created.json())
    assert {"answers": [shown]} == http.get(ANSWERS).json()
    response = get(SLEEP, state.issue_fitbit_token(scopes=["sleep"]))
    assert (200, {"sleep": [], "own": "ü"}) == (response.status_code, response.json())
    assert "149" == response.headers["Fitbit-Rate-Limit-Remaining"]
    assert {"answers": []} == http.delete(ANSWERS).json()
    assert "own" not in get(SLEEP, state.issue_fitbit_token(scopes=["sleep"])).json()


def test_token_scope_and_window_come_first(
    http: httpx.Client, state: SandboxState, get: Get
) -> None:
    for path in (SLEEP, STEPS):
        http.post(ANSWERS, data={"path": path, "body": "{}"})
    http.post("/sandbox/window", data={"limit": "2"})
    token = state.issue_fitbit_token(scopes=["sleep"])
    statuses = [
        get(SLEEP, "x").status_code,
        get(SLEEP, state.issue_fitbit_token(scopes=["settings"])).status_code,
        get(SLEEP, token).status_code,
        get(SLEEP, token).status_code,
        get(STEPS, "x").status_code,
        get(STEPS, state.issue_google_token(scopes=["sleep"])).status_code,
        get(STEPS, state.issue_google_token(scopes=["activity_and_fitness"])).status_code,
    ]
    assert [401, 403, 200, 429, 401, 403, 200] == statuses


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/1/user/-/glucose/date/today.json"),
        ("POST", "/1/user/-/body/log/weight.json"),
        ("DELETE", "/1/user/-/sleep/1.json"),
    ],
)
def test_an_answer_makes_a_path_known(
    http: httpx.Client, state: SandboxState, method: str, path: str
) -> None:
    fields = {"path": path, "method": method, "status": 201, "headers": {"X-Own": "1"}}
    token = state.issue_fitbit_token(scopes=["weight", "sleep"], access="read-write")
    headers = {"Authorization": f"Bearer {token}"}
    assert 404 == http.request(method, path, headers=headers).status_code
    http.post(ANSWERS, json=fields)
    assert 401 == http.request(method, path).status_code
    response = http.request(method, path, headers=headers)
    assert (201, "1", b"") == (response.status_code, response.headers["x-own"], response.content)
    assert "149" == response.headers["Fitbit-Rate-Limit-Remaining"]


def test_paths_of_the_google_api_and_of_neither(
    http: httpx.Client, state: SandboxState, get: Get
) -> None:
    for path in ("/v4/users/me/nothing", "/api/v3/athlete", "/oauth2/v3/certs"):
        http.post(ANSWERS, data={"path": path, "body": '{"own": 1}'})
    assert {"own": 1} == get("/v4/users/me/nothing", state.issue_google_token()).json()
    assert 401 == http.get("/v4/users/me/nothing").status_code
    assert [{"own": 1}, {"own": 1}] == [
        http.get(path).json() for path in ("/api/v3/athlete", "/oauth2/v3/certs")
    ]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/1/user/-/activities.json", "activity"),
        ("GET", "/1/user/-/activities/12.tcx", "activity"),
        ("DELETE", "/1/user/-/activities/12.json", "activity"),
        ("GET", "/1/user/-/activities/heart/new/thing.json", "heartrate"),
        ("POST", "/1/user/-/body/log/weight.json", "weight"),
        ("POST", "/1.2/user/-/sleep.json", "sleep"),
        ("PUT", "/1/user/-/foods/log/5.json", "nutrition"),
        ("POST", "/1/user/-/profile.json", "profile"),
        ("POST", "/1/user/-/devices/tracker/1/alarms.json", "settings"),
        ("GET", "/1/user/-/spo2/new.json", "oxygen_saturation"),
        ("GET", "/v4/users/me/dataTypes/steps/new", "activity_and_fitness"),
        ("POST", "/v4/users/me/dataTypes/sleep/dataPoints", "sleep"),
        ("PATCH", "/v4/users/me/settings", "settings"),
        ("DELETE", "/v4/users/me/dataTypes/weight/dataPoints/1", "health_metrics_and_measurements"),
    ],
)
def test_an_unknown_path_needs_the_scope_of_its_kind(
    http: httpx.Client, state: SandboxState, method: str, path: str, scope: str
) -> None:
    http.post(ANSWERS, json={"path": path, "method": method, "status": 201})
    issue = state.issue_google_token if path.startswith("/v4") else state.issue_fitbit_token
    other = "nutrition" if scope != "nutrition" else "sleep"

    def status(*scopes: str, access: Any = "read", at: str = path) -> int:
        token = issue(scopes=list(scopes), access=access)
        return http.request(method, at, headers={"Authorization": f"Bearer {token}"}).status_code

    assert 403 == status(other, access="read-write")
    assert 201 == status(other, scope, access="read-write")
    assert (201 if method == "GET" else 403) == status(scope)
    foreign = path.replace("/-/", "/7OTHER/").replace("/me/", "/7OTHER/")
    http.post(ANSWERS, json={"path": foreign, "method": method, "status": 201})
    assert 403 == status(scope, access="read-write", at=foreign)


def test_an_application_that_may_not_write_is_refused(
    http: httpx.Client, state: SandboxState
) -> None:
    path = "/1/user/-/activities.json"
    http.post(ANSWERS, json={"path": path, "method": "POST"})
    token = state.issue_fitbit_token(scopes=["activity"])
    refused = http.post(path, headers={"Authorization": f"Bearer {token}"})
    (error,) = refused.json()["errors"]
    assert "insufficient_permissions" == error["errorType"]
    assert "149" == refused.headers["Fitbit-Rate-Limit-Remaining"]


def test_own_headers_win_over_those_of_the_window(
    http: httpx.Client, state: SandboxState, get: Get
) -> None:
    lines = "fitbit-rate-limit-remaining: 3\nContent-Type: text/csv\nRetry-After: 7"
    fields = {"path": SLEEP, "status": "429", "headers": lines, "body": "a,b"}
    assert 201 == http.post(ANSWERS, data=fields).status_code
    response = get(SLEEP, state.issue_fitbit_token(scopes=["sleep"]))
    got = [response.headers[name] for name in ("Content-Type", "Retry-After")]
    assert (429, ["text/csv", "7"], "a,b") == (response.status_code, got, response.text)
    assert ["3"] == response.headers.get_list("Fitbit-Rate-Limit-Remaining")
    assert "150" == response.headers["Fitbit-Rate-Limit-Limit"]


@pytest.mark.parametrize("status", [204, 205, 304, 503])
def test_a_response_may_have_no_body(http: httpx.Client, status: int) -> None:
    http.post(ANSWERS, data={"path": "/own", "status": str(status)})
    for _ in range(2):  # over one connection
        response = http.get("/own")
        assert (status, b"", None) == (
            response.status_code,
            response.content,
            response.headers.get("Content-Type"),
        )


def test_a_fault_comes_before_an_answer(http: httpx.Client, state: SandboxState, get: Get) -> None:
    http.post(ANSWERS, data={"path": SLEEP, "body": "{}"})
    token = state.issue_fitbit_token(scopes=["sleep"])
    assert 410 == get(f"/~service-gone{SLEEP}", token).status_code


def test_one_path_is_removed(http: httpx.Client) -> None:
    for path in (SLEEP, STEPS):
        http.post(ANSWERS, data={"path": path})
    left = http.delete(ANSWERS, params={"path": f"{SLEEP}?x=1"}).json()["answers"]
    assert [STEPS] == [answer["path"] for answer in left]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "'path' is missing"),
        ({"path": "1/user"}, "is not a path"),
        ({"path": "/"}, "is not a path"),
        ({"path": "/sandbox/answers"}, "is not a path"),
        ({"path": "/~slow/1/user/-/devices.json"}, "is not a path"),
        ({"path": "/1/a b"}, "is not a path"),
        ({"path": SLEEP, "method": "HEAD"}, "is not a valid method"),
        ({"path": SLEEP, "status": 199}, "from 200 to 599"),
        ({"path": SLEEP, "headers": ["X: y"]}, "not a header"),
        ({"path": SLEEP, "headers": {"X Y": "z"}}, "not a header"),
        ({"path": SLEEP, "headers": {"X": "a\r\nY: b"}}, "not a header"),
        ({"path": SLEEP, "headers": "nocolon"}, "not a header"),
        ({"path": SLEEP, "status": 204, "body": "{}"}, "has no body"),
        ({"path": SLEEP, "headers": {"Content-Length": "9"}}, "sets the header Content-Length"),
        ({"path": SLEEP, "header": "X: y"}, "no field named"),
    ],
)
def test_wrong_fields_are_explained(http: httpx.Client, fields: Any, error: str) -> None:
    response = http.post(ANSWERS, json=fields)
    assert (400, True) == (response.status_code, error in response.json()["error"])
    assert {"answers": []} == http.get(ANSWERS).json()


def test_the_number_of_answers_is_limited(state: SandboxState) -> None:
    def put(number: int) -> int:
        request = HttpRequest("POST", ANSWERS, query=f"path=/1/{number}.json")
        return handle_control_request(state, request).status

    assert {201} == {put(number) for number in range(1000)}
    assert (400, 201) == (put(1000), put(0))


@given(
    st.text(max_size=30) | st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
    st.text(max_size=40),
)
def test_any_headers_and_body_are_sent_whole_or_refused(headers: Any, body: str) -> None:
    state = SandboxState(now=SandboxClock())
    fields = {"path": "/own", "headers": headers, "body": body}
    request = HttpRequest(
        "POST", ANSWERS, headers={"content-type": "application/json"}, body=_encode(fields)
    )
    if handle_control_request(state, request).status != 201:
        return
    response = handle_request(state, HttpRequest("GET", "/own"))
    assert body.encode("utf-8", "backslashreplace") == response.body
    for name, value in response.headers:
        assert f"{name}{value}".isascii()
        assert f"{name}{value}".isprintable()


def _encode(fields: object) -> bytes:
    return httpx.Request("POST", "http://x", json=fields).content
