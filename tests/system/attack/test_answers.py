"""A token that a response repeats, in any field and any form, is not shown."""

import json
import socket
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_redact_pieces import WRITTEN, leak
from tests.support.accounts.fake_token_endpoint import response
from tests.support.checks import ticks
from tests.support.exporter import simulated_exporter as simulated
from tests.support.exporter.simulated_exporter import HOUR, START
from tests.support.exporter.virtual_time import VirtualTime
from tests.support.providers.google_probe import PREFIX
from tests.support.providers.probe_responses import respond
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import (
    FITBIT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CLIENT,
    NOW,
    fitbit,
)
from tests.support.transport.raw_socket_server import RawServer, run_raw_server
from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.grant import Client
from tokcheck.accounts.oauth import exchange_code, refresh_tokens
from tokcheck.checks import Checker, render_json, render_text
from tokcheck.core.flow import drive
from tokcheck.core.secret import Secret
from tokcheck.exporter.sources.registry import Selection
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response

_STATUSES = (200, 301, 400, 401, 403, 404, 410, 412, 429, 500, 503)
_WORDS = ("Charge 5", "invalid_token", "expired_token", "insufficient_scope", "PERMISSION_DENIED")

written = st.sampled_from(sorted(WRITTEN)).map(WRITTEN.__getitem__)
texts = st.tuples(written, st.sampled_from(["@", "Access token invalid: @.", "@ @", "x@", "a/@"]))


def _text(token: str, drawn: tuple[Any, str]) -> str:
    write, around = drawn
    return around.replace("@", write(token))


# A strategy that is made again is also checked and described again: each is made once.
@cache
def _texts(token: str) -> st.SearchStrategy[str]:
    return texts.map(lambda drawn: _text(token, drawn)) | st.sampled_from(_WORDS)


@cache
def _fields(token: str, *names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {}, optional={name: _texts(token) | st.integers(0, 200) for name in names}
    )


@cache
def _bodies(token: str) -> st.SearchStrategy[Any]:
    """Every field that tokcheck reads from a provider's response, filled with the token."""
    text = _texts(token)
    device = _fields(
        token, "deviceVersion", "type", "deviceType", "battery", "batteryStatus", "batteryLevel",
        "lastSyncTime",
    )  # fmt: skip
    info = st.fixed_dictionaries(
        {
            "@type": st.sampled_from(
                [f"type.googleapis.com/google.rpc.{each}" for each in ("ErrorInfo", "RetryInfo")]
            )
        },
        optional={
            "reason": text | st.sampled_from(["RATE_LIMIT_EXCEEDED", "SERVICE_DISABLED"]),
            "retryDelay": text,
            "metadata": _fields(token, "consumer", "quota_limit", "service"),
        },
    )
    status = st.fixed_dictionaries(
        {"error": text | st.fixed_dictionaries(
            {"message": text, "status": text, "code": st.integers(400, 503)},
            optional={"details": st.lists(info, max_size=2), "errors": st.lists(
                _fields(token, "reason", "message"), min_size=1, max_size=1)},
        )},
        optional={"error_description": text},
    )  # fmt: skip
    old = st.fixed_dictionaries(
        {"errors": st.lists(_fields(token, "errorType", "message"), min_size=1, max_size=2)}
    )
    known = st.fixed_dictionaries(
        {
            "scope": st.lists(text | st.just(f"{PREFIX}settings.readonly"), min_size=1).map(
                " ".join
            ),
        },
        optional=dict.fromkeys(
            ("azp", "aud", "exp", "expires_in", "healthUserId", "legacyUserId", "name"), text
        ),
    )
    return st.one_of(
        st.lists(device, max_size=3), st.fixed_dictionaries({"pairedDevices": st.lists(device)}),
        status, old, known, text,
        st.fixed_dictionaries({"active": st.booleans()}),
    )  # fmt: skip


@cache
def _token_bodies(secret: str) -> st.SearchStrategy[Any]:
    fields = _fields(
        secret, "error", "error_description", "error_subtype", "scope", "user_id", "expires_in"
    )
    return fields | _bodies(secret)


@cache
def _headers(token: str) -> st.SearchStrategy[dict[str, str]]:
    names = (
        "fitbit-rate-limit-limit", "fitbit-rate-limit-remaining", "fitbit-rate-limit-reset",
        "retry-after", "date", "location", "content-type", "www-authenticate",
    )  # fmt: skip
    value = _texts(token).flatmap(
        lambda text: st.sampled_from([text, f"https://{text}.example/", f"https://a.b/{text}"])
    )
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, value))


@settings(max_examples=inputs(400), derandomize=True, deadline=None)
@given(st.data(), st.sampled_from([FITBIT, GOOGLE]))
def test_no_field_of_a_response_reaches_a_report_with_the_token(
    data: st.DataObject, token: str
) -> None:
    def send(_provider: Provider, _request: Request) -> Response:
        return respond(
            data.draw(st.sampled_from(_STATUSES)),
            data.draw(_bodies(token)),
            data.draw(_headers(token)),
        )

    report = Checker(REGISTRY, now=lambda: NOW, timer=ticks(), send=send).check(token)
    text = render_text.render(report, render_text.Style(), REGISTRY)
    for shown in (repr(report), render_json.render(report), text):
        assert None is leak(token, shown)


@pytest.mark.parametrize("provider", list(REGISTRY))
@settings(max_examples=inputs(200), derandomize=True, deadline=None)
@given(st.data(), st.sampled_from(["code", "refresh"]))
def test_no_field_of_a_token_response_is_shown_or_stored_with_a_secret(
    provider: str, data: st.DataObject, what: str
) -> None:
    sent = FITBIT_CODE if what == "code" else FITBIT_REFRESH
    new = {"access_token": FITBIT, "refresh_token": GOOGLE}
    secrets: tuple[str, ...] = (sent, FITBIT_SECRET, FITBIT, GOOGLE)
    secret = data.draw(st.sampled_from(secrets))
    body = data.draw(_token_bodies(secret))
    if isinstance(body, dict) and data.draw(st.booleans()):
        body = new | {name: value for name, value in body.items() if name != "error"}
    else:
        # Others are not known: no response has brought them. A refresh knows its access token.
        secrets = secrets[: 2 if what == "code" else 3]
    client = Client(provider, GOOGLE_CLIENT, Secret(FITBIT_SECRET))
    flow = (
        exchange_code(
            REGISTRY[provider], client, Secret(sent), "http://127.0.0.1", Secret("v" * 43)
        )
        if what == "code"
        else refresh_tokens(REGISTRY[provider], client, Secret(sent), access=Secret(FITBIT))
    )
    answer = response(data.draw(st.sampled_from(_STATUSES)), body)
    answer = answer._replace(headers=data.draw(_headers(secret)))
    try:
        tokens = drive(flow, lambda _: answer)
    except OAuthError as error:
        shown = f"{error.message} {error.hint} {error.code} {error.detail} {error!r}"
    else:
        shown = f"{tokens.scopes} {tokens.user_id} {tokens!r}"
    assert [None] * len(secrets) == [leak(each, shown) for each in secrets]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "form", ["its beginning", "backwards", "encoded twice", "spaced", "in pieces"]
)
@pytest.mark.parametrize("status", [200, 401, 429])
async def test_the_exporter_keeps_no_piece_of_a_token_that_comes_back(
    form: str, status: int, tmp_path: Path
) -> None:
    token = fitbit(exp=START + 2 * HOUR, iat=START - HOUR)
    again = WRITTEN[form](token)
    body = json.dumps(
        [dict.fromkeys(("deviceVersion", "type", "battery", "lastSyncTime"), again)]
        if status == 200
        else {"errors": [{"errorType": again, "message": f"Access token invalid: {again}."}]}
    ).encode()

    def repeat(server: RawServer, peer: socket.socket) -> None:
        server.read_request(peer)
        head = (
            f"HTTP/1.1 {status} {again[:30].encode('ascii', 'replace').decode()}\r\nX-Token: x\r\n"
        )
        peer.sendall(
            f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
        )

    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "anna").write_text(token)
    virtual = VirtualTime(START, START + HOUR)
    with run_raw_server(repeat) as server:
        chosen = simulated.settings(
            server.url, Selection(tokens_dir=tmp_path / "tokens"), tmp_path, {}
        )
        async with simulated.simulated_exporter(chosen, virtual) as exporter:
            await exporter.service.engine.run(virtual.stop)
            assert server.connections
            states = exporter.service.account_states()
            shown = [
                *exporter.log,
                exporter.service.respond_to_scrape("", "").body.decode(),
                repr([state._replace(version="") for state in states]),
            ]
    shown += [path.read_bytes().decode("latin-1") for path in (tmp_path / "home").iterdir()]
    assert "anna" in "".join(shown)
    assert [None] * len(shown) == [leak(token, each) for each in shown]
