import logging
import random
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import SandboxClock
from tokcheck.core.errors import UsageError
from tokcheck.sandbox import HttpRequest, Sandbox, SandboxState, handle_request, serve_in_thread
from tokcheck.sandbox.router import redact_url_path

DEVICES = "/1/user/-/devices.json"


def test_a_fresh_world_is_served_on_a_free_port() -> None:
    with serve_in_thread() as one, serve_in_thread() as two:
        assert one.port != two.port
        assert one.url == f"http://127.0.0.1:{one.port}"
        headers = {"Authorization": f"Bearer {one.state.issue_fitbit_token()}"}
        assert httpx.get(one.url + DEVICES, headers=headers).status_code == 200
        assert httpx.get(two.url + DEVICES, headers=headers).status_code == 401
    # Reset, where a process that another thread starts just now holds the socket until it begins.
    with pytest.raises((httpx.ConnectError, httpx.ReadError)):
        httpx.get(one.url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1", "[::1]"])
def test_other_names_of_loopback(host: str) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.bind((host.strip("[]"), 0))
    except OSError:
        pytest.skip(f"this computer has no {host}")
    if host == "127.0.0.2":
        with serve_in_thread(host=host) as served:
            assert served.url == f"http://127.0.0.2:{served.port}"
        return
    with serve_in_thread(host=host) as served:
        assert httpx.get(f"{served.url}/sandbox/accounts").status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org", ""])
def test_an_address_that_others_reach_is_refused(host: str) -> None:
    with (
        pytest.raises(UsageError, match="listens on loopback only") as caught,
        serve_in_thread(host=host),
    ):
        pass
    assert caught.value.hint == "Use 127.0.0.1, ::1 or localhost."


def test_a_port_in_use_is_named_in_a_sentence(sandbox: Sandbox) -> None:
    with pytest.raises(UsageError) as caught, serve_in_thread(port=sandbox.port):
        pass
    assert caught.value.message == f"Port {sandbox.port} on 127.0.0.1 is already in use."
    assert "choose another port with --port. Port 0 means any free one." in caught.value.hint


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_cannot_be(port: int) -> None:
    with pytest.raises(UsageError, match="is out of range"), serve_in_thread(port=port):
        pass


def test_eight_clients_at_once_are_counted_exactly(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {sandbox.state.issue_fitbit_token()}"}

    def many(_: int) -> list[int]:
        with httpx.Client(base_url=sandbox.url, headers=headers) as client:
            return [client.get(DEVICES).status_code for _ in range(25)]

    with ThreadPoolExecutor(8) as pool:
        statuses = [status for part in pool.map(many, range(8)) for status in part]
    assert (statuses.count(200), statuses.count(429)) == (150, 50)
    assert [usage.total for usage in sandbox.state.usage()] == [150]
    counts = {status: count for (_, _, status), count in sandbox.state.request_counts().items()}
    assert counts == {200: 150, 429: 50}


def test_tokens_reach_neither_logs_nor_counts_nor_the_terminal(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for client_log in ("httpx", "httpcore"):  # the client's own log is not the server's
        caplog.set_level(logging.CRITICAL, logger=client_log)
    state = SandboxState(now=SandboxClock(), random=random.Random(11))
    canaries = [
        state.issue_fitbit_token(),
        state.issue_google_token(),
        "1//0canary-of-a-refresh-token-0123456789",
    ]
    with (
        serve_in_thread(state, slow_seconds=0.0) as served,
        httpx.Client(base_url=served.url) as client,
    ):
        for token in canaries:
            headers = {"Authorization": f"Bearer {token}"}
            for prefix in ("", "/~expired-token", "/~slow", "/~too-many-requests-for-token"):
                client.get(f"{prefix}{DEVICES}?access_token={token}", headers=headers)
                client.get(f"{prefix}/v4/users/me/identity", headers=headers)
            client.get(f"/1/user/{token}/devices.json")
            client.get(f"/~{token}/tokeninfo")
            client.get(f"/{token}")
            client.post("/tokeninfo", data={"access_token": token})
            client.post("/sandbox/revoke", data={"token": token})
            with pytest.raises(httpx.RemoteProtocolError):
                client.get("/~truncated-body/v4/", headers=headers)
        counts = client.get("/sandbox/requests").text
        listed = client.get("/sandbox/tokens").text
    out, err = capfd.readouterr()
    shown = "\n".join([counts, listed, out, err, caplog.text, repr(state.tokens())])
    for token in canaries:
        assert token not in shown
        assert token[-20:] not in shown


def test_a_head_request_is_answered_as_a_get_without_its_body() -> None:
    with serve_in_thread() as served:
        headers = {"Authorization": f"Bearer {served.state.issue_fitbit_token()}"}
        response = httpx.head(served.url + DEVICES, headers=headers)
        assert (200, b"") == (response.status_code, response.content)
        assert "Fitbit-Rate-Limit-Limit" in response.headers
        assert 404 == httpx.head(served.url + "/1/nothing.json", headers=headers).status_code


def test_a_long_path_is_counted_whole() -> None:
    path = "/1/user/-/activities/steps/date/2026-05-20/1d/1min/time/08:00/08:10.json"
    assert path == redact_url_path(path)


def test_version_2_of_userinfo_has_other_names() -> None:
    with serve_in_thread() as served:
        scope = "https://www.googleapis.com/auth/userinfo.email"
        token = served.state.issue_google_token(scopes=(scope,))
        headers = {"Authorization": f"Bearer {token}"}
        response = httpx.get(served.url + "/oauth2/v2/userinfo", headers=headers)
        assert {"id", "email", "verified_email"} == response.json().keys()


@given(st.text(alphabet="abcXYZ019._-:", min_size=28, max_size=400))
def test_a_long_segment_is_never_shown(segment: str) -> None:
    assert redact_url_path(f"/1/user/{segment}/x") == "/1/user/…/x"


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["GET", "POST", "PUT"]), st.binary(max_size=40))
def test_no_path_makes_an_answer_fail(path: str, method: str, raw: bytes) -> None:
    state = SandboxState()
    for start in ("/", "/~", "/v4/users/", "/1/user/-/", "/tokeninfo"):
        response = handle_request(state, HttpRequest(method, start + path, query=path, body=raw))
        assert 200 <= response.status < 600


def test_the_counts_do_not_grow_without_end(state: SandboxState) -> None:
    for number in range(1500):
        state.record("GET", f"/{number}", 404)
    counts = state.request_counts()
    assert len(counts) == 1001
    assert sum(counts.values()) == 1500
    state.reset_request_counts()
    assert state.request_counts() == {}


def test_reprs_show_no_token(state: SandboxState) -> None:
    token = state.issue_fitbit_token()
    request = HttpRequest(
        "GET", "/x", headers={"authorization": f"Bearer {token}"}, body=token.encode()
    )
    assert repr(request) == "HttpRequest(method='GET')"
    response = handle_request(
        state, HttpRequest("GET", f"/~expired-token{DEVICES}", headers=request.headers)
    )
    assert token.encode() in response.body
    assert token not in repr(response)
