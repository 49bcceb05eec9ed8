import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.providers.sandbox_requests import (
    FITBIT_TOKEN,
    GOOGLE_TOKEN,
    fitbit_error,
    fitbit_refresh,
    google_refresh,
)
from tokcheck.providers.known_services.ready_made import TABLES
from tokcheck.sandbox import (
    FITBIT_CLIENT,
    GOOGLE_CLIENT,
    RefreshCounts,
    SandboxState,
    serve_in_thread,
)
from tokcheck.sandbox.declared.dispatch import base_path

_ENDPOINTS = [
    pytest.param(FITBIT_TOKEN, FITBIT_CLIENT, fitbit_refresh, id="fitbit"),
    pytest.param(GOOGLE_TOKEN, GOOGLE_CLIENT, google_refresh, id="google"),
]


@pytest.mark.parametrize("fault", ["answer-lost", "answer-cut"])
def test_a_lost_answer_was_carried_out_and_can_be_had_again(
    http: httpx.Client, state: SandboxState, fault: str
) -> None:
    form = fitbit_refresh(
        state.exchange_code(FITBIT_CLIENT, state.issue_code(FITBIT_CLIENT)).refresh
    )
    state.faults.add(fault, 1)
    with pytest.raises(httpx.RemoteProtocolError):
        http.post(FITBIT_TOKEN, data=form)
    assert RefreshCounts(1, 0, 0) == state.refresh_counts()
    refresh_once = http.post(FITBIT_TOKEN, data=form).json()
    assert RefreshCounts(1, 1, 0) == state.refresh_counts()
    assert state.can_refresh(refresh_once["refresh_token"])


@pytest.mark.parametrize(("path", "client_id", "form"), _ENDPOINTS)
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("token-server-error", 500),
        ("token-unavailable", 503),
        ("token-too-many-requests", 429),
    ],
)
def test_a_failure_of_the_token_endpoint_leaves_the_grant_and_the_api_alone(
    http: httpx.Client,
    state: SandboxState,
    path: str,
    client_id: str,
    form: Callable[[str | None], dict[str, str]],
    fault: str,
    status: int,
) -> None:
    issued = state.exchange_code(client_id, state.issue_code(client_id))
    state.faults.add(fault, 1)
    headers = {"Authorization": f"Bearer {issued.access}"}
    where = "/1/user/-/devices.json" if client_id == FITBIT_CLIENT else "/v4/users/me/identity"
    assert 200 == http.get(where, headers=headers).status_code
    failed = http.post(path, data=form(issued.refresh))
    assert status == failed.status_code
    assert (status == 429) == ("Retry-After" in failed.headers)
    assert RefreshCounts(0, 0, 0) == state.refresh_counts()
    assert 200 == http.post(path, data=form(issued.refresh)).status_code


def test_a_refresh_while_another_is_under_way_is_a_conflict(
    http: httpx.Client, state: SandboxState
) -> None:
    refresh = state.exchange_code(FITBIT_CLIENT, state.issue_code(FITBIT_CLIENT)).refresh or ""
    with state.grants.refresh_in_progress(refresh):
        expected = fitbit_error(http.post(FITBIT_TOKEN, data=fitbit_refresh(refresh)))
        assert (409, "request", "Conflicting requests for the same token.") == expected
    assert 200 == http.post(FITBIT_TOKEN, data=fitbit_refresh(refresh)).status_code


def test_google_takes_two_refreshes_at_once(http: httpx.Client, state: SandboxState) -> None:
    refresh = state.exchange_code(GOOGLE_CLIENT, state.issue_code(GOOGLE_CLIENT)).refresh or ""
    with state.grants.refresh_in_progress(refresh):
        assert 200 == http.post(GOOGLE_TOKEN, data=google_refresh(refresh)).status_code


def test_a_slow_answer_holds_its_token_until_it_is_sent() -> None:
    state = SandboxState()
    form = fitbit_refresh(
        state.exchange_code(FITBIT_CLIENT, state.issue_code(FITBIT_CLIENT)).refresh
    )
    state.faults.add("slow", 1)
    ended = threading.Event()
    with serve_in_thread(state, slow_seconds=0.5) as served, ThreadPoolExecutor(1) as pool:
        other = pool.submit(httpx.post, served.url + FITBIT_TOKEN, data=form)
        other.add_done_callback(lambda _: ended.set())
        statuses = set()
        with httpx.Client(base_url=served.url) as client:
            while not ended.is_set():  # whichever comes first is the slow one
                statuses.add(client.post(FITBIT_TOKEN, data=form).status_code)
        statuses.add(other.result().status_code)
        assert {200, 409} == statuses
        assert 200 == httpx.post(served.url + FITBIT_TOKEN, data=form).status_code


def test_sixteen_clients_at_once_refresh_each_grant_once(
    http: httpx.Client, state: SandboxState
) -> None:
    refresh = state.exchange_code(FITBIT_CLIENT, state.issue_code(FITBIT_CLIENT)).refresh or ""

    def refresh_once(_: int) -> str:
        with httpx.Client(base_url=http.base_url) as client:
            response = client.post(FITBIT_TOKEN, data=fitbit_refresh(refresh)).json()
            return str(response["refresh_token"])

    with ThreadPoolExecutor(8) as pool:
        assert 1 == len(set(pool.map(refresh_once, range(16))))
    assert RefreshCounts(1, 15, 0) == state.refresh_counts()


@pytest.mark.parametrize("provider", ["fitbit", "google-health", "strava"])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "GET"])
def test_a_request_without_effect_takes_no_fault_and_is_no_token_request(
    provider: str, method: str
) -> None:
    state = SandboxState(declared=[TABLES["strava"]])
    declared = f"{base_path('strava')}{state.declared.get('strava').oauth_path('token')}"
    path = {"fitbit": FITBIT_TOKEN, "google-health": GOOGLE_TOKEN}.get(provider, declared)
    state.faults.add("token-unavailable", 1)
    state.faults.add("answer-lost", 1)
    waiting = state.faults.pending()
    with serve_in_thread(state) as served, httpx.Client(base_url=served.url) as http:
        for prefix in ("", "/~answer-lost", "/~token-unavailable"):
            assert http.request(method, prefix + path).status_code in {404, 405}
        assert waiting == state.faults.pending()
        assert {method} == {used for used, _, _ in state.request_counts()}
        assert RefreshCounts(0, 0, 0) == state.refresh_counts()
        assert 400 == http.get(f"/~no-such-fault{path}").status_code
        assert 503 == http.post(path).status_code
