import random
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.conftest import SandboxClock
from tokcheck.core.errors import UsageError
from tokcheck.sandbox import (
    FAULT_NAMES,
    FAULTS,
    Area,
    Fault,
    HttpRequest,
    RateLimitRule,
    Sandbox,
    SandboxState,
    handle_request,
    serve_in_thread,
)
from tokcheck.sandbox.faults.catalogue import find_faults
from tokcheck.sandbox.faults.fault import area_of

DEVICES = "/1/user/-/devices.json"
IDENTITY = "/v4/users/me/identity"
PATHS = {
    Area.FITBIT_API: ("GET", DEVICES),
    Area.FITBIT_OAUTH: ("POST", "/oauth2/token"),
    Area.FITBIT_CONSENT: ("GET", "/oauth2/authorize"),
    Area.GOOGLE_API: ("GET", IDENTITY),
    Area.TOKENINFO: ("GET", "/tokeninfo"),
    Area.GOOGLE_OAUTH: ("POST", "/token"),
    Area.GOOGLE_OPENID: ("GET", "/.well-known/openid-configuration"),
    Area.GOOGLE_CONSENT: ("GET", "/o/oauth2/v2/auth"),
    Area.DECLARED_API: ("GET", "/providers/acme/me"),
    Area.DECLARED_OAUTH: ("POST", "/providers/acme/token"),
    Area.DECLARED_CONSENT: ("GET", "/providers/acme/authorize"),
}
ACME = {
    "name": "acme",
    "address": "https://api.acme.example",
    "check": "/me",
    "oauth": {
        "authorize": "https://acme.example/authorize",
        "token": "https://acme.example/token",
    },
}
CASES = [
    pytest.param(fault, area, id=f"{fault.name}-{area.value}")
    for fault in FAULTS
    for area in sorted(fault.areas)
]
ABORT_CONNECTION = {
    "truncated-body": "without sending complete message",
    "answer-cut": "without sending complete message",
    "answer-lost": "disconnected without sending a response",
}
EMPTY = {
    Area.FITBIT_OAUTH: 401,  # the header is there, but it is not Basic
    Area.FITBIT_CONSENT: 400,
    Area.GOOGLE_OAUTH: 400,
    Area.GOOGLE_CONSENT: 400,
    Area.DECLARED_OAUTH: 401,
    Area.DECLARED_CONSENT: 400,
}
VISIT = (
    "Visit https://dev.fitbit.com/docs/oauth2 for more information on the "
    "Fitbit Web API authorization process."
)


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """One server for all rows: a prefix leaves nothing behind but a spent request."""
    state = SandboxState(
        now=SandboxClock(),
        random=random.Random(3),
        fitbit=RateLimitRule(100_000, 3600),
        declared=[ACME],
    )
    with serve_in_thread(state, slow_seconds=0.0) as served:
        yield served


def send_request(
    sandbox: Sandbox, area: Area, prefix: str = "", *, token: str = ""
) -> httpx.Response:
    issue = sandbox.state.issue_fitbit_token
    if area in {Area.GOOGLE_API, Area.TOKENINFO}:
        issue = sandbox.state.issue_google_token
    token = token or (
        sandbox.state.issue_declared_token("acme") if area is Area.DECLARED_API else issue()
    )
    method, path = PATHS[area]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=sandbox.url + prefix, headers=headers) as client:
        return client.request(method, path)


@pytest.mark.parametrize(("fault", "area"), CASES)
def test_every_fault_happens_behind_its_prefix(
    shared_sandbox: Sandbox, fault: Fault, area: Area
) -> None:
    if fault.name in ABORT_CONNECTION:
        with pytest.raises(httpx.RemoteProtocolError, match=ABORT_CONNECTION[fault.name]):
            send_request(shared_sandbox, area, f"/~{fault.name}")
        return
    # The slow answer is the normal one, and that is to a request with nothing in it.
    expected = EMPTY.get(area, 200) if fault.name == "slow" else fault.status
    response = send_request(shared_sandbox, area, f"/~{fault.name}")
    assert expected == response.status_code
    for name, value in fault.headers:
        assert response.headers[name] == value
    if fault.body is not None and not response.is_success and response.content:
        html_content = response.headers["Content-Type"].startswith("text/html")
        assert html_content == (response.content.lstrip()[:1] == b"<")
        assert html_content or isinstance(response.json(), dict)


def test_each_name_is_lower_case_words_and_once_per_area() -> None:
    assert tuple(sorted(set(FAULT_NAMES))) == FAULT_NAMES
    for name in FAULT_NAMES:
        assert name.replace("-", "").isascii()
        assert name == name.lower()
        areas = [area for fault in find_faults(name) for area in fault.areas]
        assert len(areas) == len(set(areas))


def test_each_title_is_a_phrase_of_its_own() -> None:
    for provider in ("fitbit", "google-health", "declared", "both"):
        titles = [fault.title for fault in FAULTS if fault.provider == provider]
        assert len(titles) == len(set(titles))
    assert [fault.title for fault in FAULTS if not fault.title or fault.title.endswith(".")] == []


def body(sandbox: Sandbox, area: Area, name: str, token: str = "") -> object:
    return send_request(sandbox, area, f"/~{name}", token=token).json()


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("expired-token", "expired_token", f"Access token expired: ab.cd.ef. {VISIT}"),
        ("invalid-token", "invalid_token", f"Access token invalid: ab.cd.ef. {VISIT}"),
        ("authorization-missing", "invalid_request", "Authorization header required."),
        ("invalid-client", "invalid_client", f"Invalid authorization header format. {VISIT}"),
        (
            "invalid-client-header",
            "invalid_client",
            f"Invalid authorization header format. Received header = Bearer ab.cd.ef. {VISIT}",
        ),
        (
            "insufficient-scope",
            "insufficient_scope",
            f"This application does not have permission to access settings data. {VISIT}",
        ),
        (
            "insufficient-scope-unauthorized",
            "authorization",
            f"This application does not have permission to access settings data. {VISIT}",
        ),
        (
            "insufficient-permissions",
            "insufficient_permissions",
            f"API client is not authorized by Fitbit to access the resource requested. {VISIT}",
        ),
    ],
)
def test_fitbit_bodies_repeat_what_the_real_ones_do(
    shared_sandbox: Sandbox, name: str, kind: str, message: str
) -> None:
    fitbit_error = {"errorType": kind, "message": message}
    expected = {"errors": [fitbit_error], "success": False}
    assert expected == body(shared_sandbox, Area.FITBIT_API, name, "ab.cd.ef")


def test_a_refusal_in_googles_form_keeps_the_headers_of_the_capture(
    shared_sandbox: Sandbox,
) -> None:
    response = send_request(shared_sandbox, Area.FITBIT_API, "/~permission-denied")
    assert response.json() == {
        "error": {
            "code": 403,
            "message": "The caller does not have permission",
            "status": "PERMISSION_DENIED",
        }
    }
    raw = dict(response.headers.raw)
    assert raw[b"Fitbit-rate-limit-remaining"] == b"121"
    assert raw[b"Fitbit-rate-limit-reset"] == b"1201"


def test_the_multi_entry_list(shared_sandbox: Sandbox) -> None:
    got = body(shared_sandbox, Area.FITBIT_API, "several-errors", "ab")
    assert isinstance(got, dict)
    assert [fitbit_error["errorType"] for fitbit_error in got["errors"]] == [
        "invalid_token",
        "not_found",
    ]


def rate_names(response: httpx.Response) -> set[str]:
    return {n for n in response.headers if n.startswith("fitbit-rate") or n == "retry-after"}


LIMIT, LEFT, RESET = (f"fitbit-rate-limit-{what}" for what in ("limit", "remaining", "reset"))


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("too-many-requests", {LIMIT, LEFT, RESET, "retry-after"}),
        ("too-many-requests-no-retry-after", {LIMIT, LEFT, RESET}),
        ("too-many-requests-no-reset", {LIMIT, LEFT}),
        ("too-many-requests-no-headers", set()),
        ("too-many-requests-retry-after-only", {"retry-after"}),
        ("too-many-requests-garbage-headers", {LIMIT, LEFT, RESET, "retry-after"}),
        ("rate-headers-missing", set()),
        ("rate-headers-text", {LIMIT, LEFT, RESET}),
        ("service-gone", set()),
        ("expired-token", set()),
    ],
)
def test_rate_limit_headers_by_response(
    shared_sandbox: Sandbox, name: str, headers: set[str]
) -> None:
    assert headers == rate_names(send_request(shared_sandbox, Area.FITBIT_API, f"/~{name}"))


def test_header_faults_leave_the_answer_good(shared_sandbox: Sandbox) -> None:
    good = send_request(shared_sandbox, Area.FITBIT_API)
    negative = send_request(shared_sandbox, Area.FITBIT_API, "/~rate-headers-negative")
    assert good.content == negative.content
    assert (negative.headers[LEFT], negative.headers[RESET]) == ("-1", "-60")
    odd = dict(send_request(shared_sandbox, Area.FITBIT_API, "/~rate-headers-odd-case").headers.raw)
    assert odd[b"Fitbit-rate-limit-limit"] == b"100000"
    assert b"Fitbit-Rate-Limit-Limit" not in odd


@pytest.mark.parametrize(
    ("name", "content"),
    [("service-gone", b"{"), ("service-gone-html", b"<"), ("service-gone-empty", b"")],
)
def test_the_announced_end_comes_with_three_bodies(
    shared_sandbox: Sandbox, name: str, content: bytes
) -> None:
    for area in (Area.FITBIT_API, Area.FITBIT_OAUTH):
        response = send_request(shared_sandbox, area, f"/~{name}")
        assert response.status_code == 410
        assert content == response.content[:1]


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("insufficient-scope", ["ACCESS_TOKEN_SCOPE_INSUFFICIENT"]),
        ("insufficient-scope-missing", ["MISSING_OAUTH_SCOPE"]),
        ("api-disabled", ["SERVICE_DISABLED"]),
        ("account-not-linked", ["ACCOUNT_NOT_LINKED"]),
        ("grant-broken", ["RESOURCE_PERMISSION_DENIED"]),
        ("authorization-missing", ["CREDENTIALS_MISSING"]),
        ("too-many-requests", ["RATE_LIMIT_EXCEEDED"]),
        ("too-many-requests-retry-info", ["RATE_LIMIT_EXCEEDED", None]),
        ("too-many-requests-message-only", []),
        ("expired-token", []),
        ("permission-denied", []),
        ("profile-missing", []),
    ],
)
def test_google_reasons(shared_sandbox: Sandbox, name: str, reasons: list[str | None]) -> None:
    got = body(shared_sandbox, Area.GOOGLE_API, name)
    assert isinstance(got, dict)
    assert reasons == [detail.get("reason") for detail in got["error"].get("details", [])]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("insufficient-scope-legacy", "insufficientPermissions"),
        ("rate-limit-legacy", "rateLimitExceeded"),
        ("user-rate-limit-legacy", "userRateLimitExceeded"),
    ],
)
def test_google_reasons_in_the_old_place(shared_sandbox: Sandbox, name: str, reason: str) -> None:
    got = body(shared_sandbox, Area.GOOGLE_API, name)
    assert isinstance(got, dict)
    assert [reason] == [entry["reason"] for entry in got["error"]["errors"]]


def test_the_recorded_body_of_an_unlinked_account(shared_sandbox: Sandbox) -> None:
    assert body(shared_sandbox, Area.GOOGLE_API, "account-not-linked") == {
        "error": {
            "code": 400,
            "message": "The account is not linked to Google Health.",
            "status": "FAILED_PRECONDITION",
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "ACCOUNT_NOT_LINKED",
                    "domain": "health.googleapis.com",
                    "metadata": {"redirect_uri": "https://fitbit.google.com/auth/signup"},
                }
            ],
        }
    }


def test_a_fault_concerns_its_own_endpoint_alone(shared_sandbox: Sandbox) -> None:
    assert send_request(shared_sandbox, Area.TOKENINFO, "/~api-disabled").status_code == 200
    assert (
        send_request(shared_sandbox, Area.GOOGLE_API, "/~tokeninfo-invalid-token").status_code
        == 200
    )
    assert send_request(shared_sandbox, Area.GOOGLE_API, "/~service-gone").status_code == 200
    assert send_request(shared_sandbox, Area.FITBIT_API, "/~grant-broken").status_code == 200


def test_a_path_of_neither_api_fails_as_well(shared_sandbox: Sandbox) -> None:
    assert httpx.get(f"{shared_sandbox.url}/~service-gone").status_code == 410
    assert httpx.get(f"{shared_sandbox.url}/~service-gone/").status_code == 410
    assert httpx.get(f"{shared_sandbox.url}/~grant-broken/else").status_code == 403


def test_an_unknown_fault_is_reported(shared_sandbox: Sandbox) -> None:
    response = httpx.get(f"{shared_sandbox.url}/~service-gnoe{DEVICES}")
    assert response.status_code == 400
    assert response.json() == {
        "error": "There is no fault named 'service-gnoe'. Did you mean service-gone or "
        "service-gone-html?",
        "hint": "GET /sandbox/faults lists all of them.",
    }


def test_every_fault_name_with_a_slip_gets_its_own_name_back() -> None:
    wrong = []
    for name in FAULT_NAMES:
        for slip in (name[:-1], name[1:], name.upper(), name.replace("-", "_"), f"{name}x"):
            if slip in FAULT_NAMES:
                continue
            with pytest.raises(UsageError) as caught:
                find_faults(slip)
            if name not in str(caught.value):
                wrong.append((slip, str(caught.value)))
    assert [] == wrong
    for name in ("", "none", "q" * 1_000_000):
        with pytest.raises(UsageError) as caught:
            find_faults(name)
        assert "GET /sandbox/faults lists all of them." == caught.value.hint


def test_odd_successes(shared_sandbox: Sandbox) -> None:
    assert send_request(shared_sandbox, Area.FITBIT_API, "/~empty-body").content == b""
    assert body(shared_sandbox, Area.GOOGLE_API, "wrong-shape") == ["unexpected", 42]
    with pytest.raises(ValueError, match="Unterminated string"):
        body(shared_sandbox, Area.FITBIT_API, "broken-json")
    assert len(send_request(shared_sandbox, Area.FITBIT_API, "/~huge-body").content) > 1024 * 1024
    assert send_request(shared_sandbox, Area.FITBIT_API, "/~html-page").headers["Content-Type"] == (
        "text/html; charset=UTF-8"
    )


def test_a_redirect_names_another_host_and_no_token(shared_sandbox: Sandbox) -> None:
    token = shared_sandbox.state.issue_fitbit_token()
    response = send_request(shared_sandbox, Area.FITBIT_API, "/~redirect", token=token)
    assert response.headers["Location"] == "https://elsewhere.invalid/"
    assert token not in str(response.headers)


def test_a_slow_answer_is_a_good_one(shared_sandbox: Sandbox) -> None:
    assert (
        send_request(shared_sandbox, Area.FITBIT_API, "/~slow").json()[0]["deviceVersion"]
        == "Charge 5"
    )
    request = HttpRequest("GET", f"/~slow{DEVICES}", headers={"authorization": "Bearer x"})
    assert handle_request(shared_sandbox.state, request).delayed


def test_a_replaced_answer_costs_no_quota_and_an_altered_one_does(state: SandboxState) -> None:
    headers = {"authorization": f"Bearer {state.issue_fitbit_token()}"}
    handle_request(state, HttpRequest("GET", f"/~server-error{DEVICES}", headers=headers))
    assert state.usage() == ()
    handle_request(state, HttpRequest("GET", f"/~rate-headers-missing{DEVICES}", headers=headers))
    assert [usage.total for usage in state.usage()] == [1]


def test_requested_faults_wait_for_a_request_that_they_concern(state: SandboxState) -> None:
    def status(path: str, token: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        return handle_request(state, HttpRequest("GET", path, headers=headers)).status

    fitbit, google = state.issue_fitbit_token(), state.issue_google_token()
    state.faults.add("service-gone", 2)
    state.faults.add("api-disabled", 1)
    state.faults.add("server-error")
    assert [
        status(DEVICES, fitbit),
        status(IDENTITY, google),
        status("/tokeninfo", google),
        status(DEVICES, fitbit),
    ] == [410, 403, 200, 410]
    assert state.faults.pending() == (("server-error", None),)
    assert [
        status(DEVICES, fitbit),
        status(DEVICES, fitbit),
        status(IDENTITY, google),
    ] == [500, 500, 500]
    state.faults.clear()
    assert status(DEVICES, fitbit) == 200
    with pytest.raises(UsageError, match="at least once"):
        state.faults.add("server-error", 0)


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("/1/user/-/devices.json", Area.FITBIT_API),
        ("/1.1/oauth2/introspect", Area.FITBIT_API),
        ("/oauth2/token", Area.FITBIT_OAUTH),
        ("/oauth2/v3/tokeninfo", Area.TOKENINFO),
        ("/v4/users/me/identity", Area.GOOGLE_API),
        ("/revoke", Area.GOOGLE_OAUTH),
        ("/oauth2/v3/certs", Area.GOOGLE_OPENID),
        ("/o/oauth2/auth", Area.GOOGLE_CONSENT),
        ("/o/oauth2/token", Area.GOOGLE_OAUTH),
        ("/oauth2/v3/token", Area.GOOGLE_OAUTH),
        ("/oauth2/v4/token", Area.GOOGLE_OAUTH),
        ("/o/oauth2/revoke", Area.GOOGLE_OAUTH),
        ("/oauth2/v1/userinfo", Area.GOOGLE_OPENID),
        ("/", None),
        ("/v1/users", None),
    ],
)
def test_areas(path: str, area: Area | None) -> None:
    assert area == area_of(path)


def test_a_fault_that_leaves_requests_alone_says_what_it_concerns() -> None:
    resources = {Area.FITBIT_API, Area.GOOGLE_API, Area.DECLARED_API}
    for fault in FAULTS:
        concerns = "requests" if fault.areas & resources else "token endpoint"
        if Area.TOKENINFO in fault.areas - resources and concerns != "requests":
            concerns = "tokeninfo"
        assert concerns == fault.concerns, fault.name
