"""Nothing that a client sends breaks the OAuth side, and nothing secret leaves it sideways."""

import json
import logging
import random
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import SandboxClock
from tests.support.providers.sandbox_requests import (
    FITBIT_PAGE,
    FITBIT_PARAMETERS,
    FITBIT_REVOKE,
    FITBIT_TOKEN,
    GOOGLE_CLIENT_FIELDS,
    GOOGLE_PAGE,
    GOOGLE_PARAMETERS,
    GOOGLE_REVOKE,
    GOOGLE_TOKEN,
    SLEEP,
    fitbit_refresh,
    google_refresh,
    redirect_fields,
    submit_consent,
)
from tokcheck.sandbox import (
    FITBIT_CLIENT,
    FITBIT_SECRET,
    FITBIT_SERVER_CLIENT,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    HttpRequest,
    SandboxState,
    handle_request,
    serve_in_thread,
)

_NAMES = st.sampled_from(
    [
        "grant_type", "code", "code_verifier", "redirect_uri", "client_id", "client_secret",
        "refresh_token", "token", "account", "scope", "decision", "prompt", "state",
        "response_type", "code_challenge", "code_challenge_method", "login_hint",
    ]
)  # fmt: skip
_VALUES = st.sampled_from(
    [
        FITBIT_CLIENT, FITBIT_SERVER_CLIENT, GOOGLE_CLIENT, GOOGLE_SECRET, "authorization_code",
        "refresh_token", "allow", "deny", "code", "sleep", SLEEP, "alex", "none", "S256",
        "http://127.0.0.1:19152/", "x" * 43,
    ]
) | st.text(max_size=20)  # fmt: skip
_FIELDS = st.dictionaries(_NAMES, _VALUES, max_size=8)
_STATE = SandboxState(now=SandboxClock(), random=random.Random(5))


def form(fields: dict[str, str]) -> bytes:
    return urlencode(fields, errors="replace").encode()


@settings(deadline=None)
@given(
    st.sampled_from([FITBIT_TOKEN, FITBIT_REVOKE, GOOGLE_TOKEN, GOOGLE_REVOKE]),
    st.binary(max_size=60) | _FIELDS.map(form),
    st.none() | st.text("Basic Og=:+/bearer23SX", max_size=30),
)
def test_any_form_gets_an_answer_in_json(path: str, raw: bytes, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    response = handle_request(_STATE, HttpRequest("POST", path, headers=headers, body=raw))
    assert response.status in {200, 400, 401}
    if response.status != 200:
        expected = json.loads(response.body)
        assert expected["errors"] if path.startswith("/oauth2/") else expected["error"]


@settings(deadline=None)
@given(
    st.sampled_from([(FITBIT_PAGE, FITBIT_PARAMETERS), (GOOGLE_PAGE, GOOGLE_PARAMETERS)]),
    _FIELDS,
    st.sampled_from(["GET", "POST"]),
    st.binary(max_size=60) | _FIELDS.map(form),
)
def test_any_authorization_request_gets_a_page_or_a_redirect(
    page: tuple[str, dict[str, str]], changed: dict[str, str], method: str, raw: bytes
) -> None:
    path, parameters = page
    query = urlencode(parameters | changed, errors="replace")
    response = handle_request(_STATE, HttpRequest(method, path, query=query, body=raw))
    assert response.status in {200, 302, 400, 401, 403}
    for name, value in response.headers:
        assert name.isascii()
        assert value.isascii()
        assert value.isprintable()
    if response.status == 302:
        assert dict(response.headers)["Location"].startswith("http://127.0.0.1:")


def test_secrets_reach_neither_logs_nor_counts_nor_the_terminal_nor_a_repr(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for client_log in ("httpx", "httpcore"):  # the client's own log is not the server's
        caplog.set_level(logging.CRITICAL, logger=client_log)
    state = SandboxState(now=SandboxClock(), random=random.Random(11))
    canaries = [FITBIT_SECRET, GOOGLE_SECRET]
    shown = [repr(state.clients.all())]
    with (
        serve_in_thread(state, slow_seconds=0.0) as served,
        httpx.Client(base_url=served.url) as http,
    ):
        codes = [
            redirect_fields(submit_consent(http, FITBIT_PAGE, FITBIT_PARAMETERS, ["sleep"]))[
                "code"
            ],
            redirect_fields(submit_consent(http, GOOGLE_PAGE, GOOGLE_PARAMETERS, [SLEEP]))["code"],
        ]
        canaries += codes
        for client_id, refreshing, path in (
            (FITBIT_CLIENT, fitbit_refresh, FITBIT_TOKEN),
            (GOOGLE_CLIENT, google_refresh, GOOGLE_TOKEN),
        ):
            issued = state.exchange_code(client_id, state.issue_code(client_id))
            canaries += [issued.access, issued.refresh or ""]
            shown.append(repr(issued))
            body = refreshing(issued.refresh)
            response = http.post(path, data=body).json()
            canaries += [response["access_token"], response.get("refresh_token", issued.access)]
            http.post(f"/~token-server-error{path}", data=body)
            http.post(f"/~slow{path}", data=body)
            for fault in ("answer-lost", "answer-cut"):
                with pytest.raises(httpx.RemoteProtocolError):
                    http.post(f"/~{fault}{path}", data=body)
            http.post(path, data=body | {"client_id": FITBIT_SERVER_CLIENT})
        http.post(FITBIT_TOKEN, auth=(FITBIT_SERVER_CLIENT, FITBIT_SECRET))
        http.post(GOOGLE_REVOKE, data={"token": canaries[-1]} | GOOGLE_CLIENT_FIELDS)
        shown += [http.get(f"/sandbox/{name}").text for name in ("requests", "grants", "tokens")]
    shown += [*capfd.readouterr(), caplog.text, repr(state.tokens()), repr(state.grants)]
    text = "\n".join(shown)
    assert 12 == len(canaries)
    for canary in canaries:
        assert canary not in text
        assert canary[-20:] not in text
