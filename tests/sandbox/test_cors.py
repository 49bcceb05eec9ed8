"""A web page of another origin can send requests with a token, as to the real APIs."""

import httpx
import pytest

from tokcheck.sandbox import SandboxState

PAGE = "https://course.example"
PATHS = (
    "/1/user/-/profile.json", "/1.2/user/-/sleep/date/2026-01-01.json", "/oauth2/token",
    "/v4/users/me/settings", "/token", "/tokeninfo", "/oauth2/v3/userinfo",
)  # fmt: skip


def preflight(http: httpx.Client, path: str, **more: str) -> httpx.Response:
    headers = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}
    return http.options(path, headers=headers | more)


def test_a_preflight_request_is_allowed_without_a_token_and_costs_nothing(
    http: httpx.Client, state: SandboxState
) -> None:
    state.faults.add("server-error", 1)
    wrong = []
    for path in (*PATHS, *(f"/~expired{path}" for path in PATHS)):
        names = {"Access-Control-Request-Headers": "authorization,content-type"}
        response = preflight(http, path, **names)
        headers = response.headers
        got = (
            response.status_code,
            headers.get("access-control-allow-origin"),
            headers.get("access-control-allow-headers"),
            "GET" in headers.get("access-control-allow-methods", ""),
            response.content,
        )
        if got != (200, PAGE, "authorization,content-type", True, b""):
            wrong.append((path, got))
    assert [] == wrong
    assert 1 == len(state.faults.pending()), "the request that follows fails"


def test_the_page_can_read_the_response_and_the_error(
    http: httpx.Client, state: SandboxState
) -> None:
    token = state.issue_fitbit_token()
    wrong: list[tuple[str, object]] = []
    for path, bearer, status in (
        ("/1/user/-/profile.json", token, 200),
        ("/1/user/-/profile.json", "x", 401),
        ("/~too-many-requests/1/user/-/profile.json", token, 429),
        ("/v4/users/me/settings", state.issue_google_token(), 200),
        ("/v4/users/me/settings", "x", 401),
    ):
        response = http.get(path, headers={"Origin": PAGE, "Authorization": f"Bearer {bearer}"})
        got = (response.status_code, response.headers.get("access-control-allow-origin"))
        if got != (status, PAGE) or "Origin" not in response.headers.get("vary", ""):
            wrong.append((path, got))
        google = "access-control-allow-credentials" in response.headers
        if google != path.startswith("/v4"):
            wrong.append((path, "credentials"))
    assert [] == wrong


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/o/oauth2/v2/auth", "/sandbox/tokens", "/"])
def test_consent_pages_and_the_control_api_are_for_no_other_page(
    http: httpx.Client, path: str
) -> None:
    assert "access-control-allow-origin" not in preflight(http, path).headers
    assert "access-control-allow-origin" not in http.get(path, headers={"Origin": PAGE}).headers


def test_without_an_origin_nothing_is_added(http: httpx.Client, state: SandboxState) -> None:
    bearer = {"Authorization": f"Bearer {state.issue_fitbit_token()}"}
    assert "vary" not in http.get("/1/user/-/profile.json", headers=bearer).headers
    assert 404 == http.options("/1/user/-/profile.json", headers=bearer).status_code
