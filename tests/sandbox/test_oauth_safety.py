"""Nothing that a client sends breaks the OAuth side, and nothing secret leaves it sideways."""

import json
import logging
import random
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Clock
from tests.support.sandbox_requests import (
    FITBIT_PAGE,
    FITBIT_REVOKE,
    FITBIT_TOKEN,
    FITBIT_WISH,
    GOOGLE_LOGIN,
    GOOGLE_PAGE,
    GOOGLE_REVOKE,
    GOOGLE_TOKEN,
    GOOGLE_WISH,
    SLEEP,
    decided,
    fitbit_refresh,
    google_refresh,
    returned,
)
from tokcheck.sandbox.messages import Asked
from tokcheck.sandbox.router import respond
from tokcheck.sandbox.server import running
from tokcheck.sandbox.state.clients import FITBIT_SECRET, FITBIT_SERVER_CLIENT, GOOGLE_SECRET
from tokcheck.sandbox.state.mint import FITBIT_CLIENT, GOOGLE_CLIENT
from tokcheck.sandbox.state.world import World

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
_WORLD = World(now=Clock(), chooser=random.Random(5))


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
    answer = respond(_WORLD, Asked("POST", path, headers=headers, body=raw))
    assert answer.status in {200, 400, 401}
    if answer.status != 200:
        told = json.loads(answer.body)
        assert told["errors"] if path.startswith("/oauth2/") else told["error"]


@settings(deadline=None)
@given(
    st.sampled_from([(FITBIT_PAGE, FITBIT_WISH), (GOOGLE_PAGE, GOOGLE_WISH)]),
    _FIELDS,
    st.sampled_from(["GET", "POST"]),
    st.binary(max_size=60) | _FIELDS.map(form),
)
def test_any_wish_gets_a_page_or_a_clean_way_back(
    page: tuple[str, dict[str, str]], changed: dict[str, str], method: str, raw: bytes
) -> None:
    path, wish = page
    query = urlencode(wish | changed, errors="replace")
    answer = respond(_WORLD, Asked(method, path, query=query, body=raw))
    assert answer.status in {200, 302, 400, 401, 403}
    for name, value in answer.headers:
        assert name.isascii()
        assert value.isascii()
        assert value.isprintable()
    if answer.status == 302:
        assert dict(answer.headers)["Location"].startswith("http://127.0.0.1:")


def test_secrets_reach_neither_logs_nor_counts_nor_the_terminal_nor_a_repr(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for client_log in ("httpx", "httpcore"):  # the client's own log is not the server's
        caplog.set_level(logging.CRITICAL, logger=client_log)
    world = World(now=Clock(), chooser=random.Random(11))
    canaries = [FITBIT_SECRET, GOOGLE_SECRET]
    shown = [repr(world.clients.all())]
    with running(world, slow_seconds=0.0) as served, httpx.Client(base_url=served.url) as http:
        codes = [
            returned(decided(http, FITBIT_PAGE, FITBIT_WISH, ["sleep"]))["code"],
            returned(decided(http, GOOGLE_PAGE, GOOGLE_WISH, [SLEEP]))["code"],
        ]
        canaries += codes
        for client_id, refreshing, path in (
            (FITBIT_CLIENT, fitbit_refresh, FITBIT_TOKEN),
            (GOOGLE_CLIENT, google_refresh, GOOGLE_TOKEN),
        ):
            issued = world.exchange(client_id, world.consent(client_id))
            canaries += [issued.access, issued.refresh or ""]
            shown.append(repr(issued))
            body = refreshing(issued.refresh)
            answer = http.post(path, data=body).json()
            canaries += [answer["access_token"], answer.get("refresh_token", issued.access)]
            http.post(f"/~token-server-error{path}", data=body)
            http.post(f"/~slow{path}", data=body)
            for fault in ("answer-lost", "answer-cut"):
                with pytest.raises(httpx.RemoteProtocolError):
                    http.post(f"/~{fault}{path}", data=body)
            http.post(path, data=body | {"client_id": FITBIT_SERVER_CLIENT})
        http.post(FITBIT_TOKEN, auth=(FITBIT_SERVER_CLIENT, FITBIT_SECRET))
        http.post(GOOGLE_REVOKE, data={"token": canaries[-1]} | GOOGLE_LOGIN)
        shown += [http.get(f"/sandbox/{name}").text for name in ("requests", "grants", "tokens")]
    shown += [*capfd.readouterr(), caplog.text, repr(world.tokens()), repr(world.grants)]
    text = "\n".join(shown)
    assert 12 == len(canaries)
    for canary in canaries:
        assert canary not in text
        assert canary[-20:] not in text
