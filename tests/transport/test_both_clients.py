import gzip
import logging
import socket
import ssl
import time
import zlib
from base64 import b64encode
from contextlib import ExitStack
from datetime import UTC, datetime

import httpx
import pytest

from tests.support.tokens import FITBIT, FITBIT_SECRET, GOOGLE
from tests.support.transport.client_calls import DEVICES, FORM, SHORT, Send, SendExpectingError
from tests.support.transport.raw_socket_server import (
    Handler,
    RawServer,
    bind_refusing_socket,
    drip_body,
    drip_headers,
    never_respond,
    respond_with,
    response,
    run_raw_server,
)
from tokcheck import transport
from tokcheck.core.errors import NetError
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Request
from tokcheck.transport.request import client_settings
from tokcheck.transport.response import MAX_BODY_BYTES


def test_a_bearer_travels_in_its_header_alone(send: Send) -> None:
    with run_raw_server(respond_with(response(b"[]", "X-Odd: 1"))) as raw_server:
        respond_to_all = send(raw_server.url)
    head, _, body = raw_server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "GET /1/user/-/devices.json HTTP/1.1"
    assert [f"Authorization: Bearer {FITBIT}"] == [line for line in lines if FITBIT in line]
    assert body == b""
    assert (respond_to_all.status, respond_to_all.body, respond_to_all.cut) == (200, b"[]", False)
    assert respond_to_all.headers["x-odd"] == "1"
    assert respond_to_all.received_at.tzinfo is UTC
    assert abs((datetime.now(UTC) - respond_to_all.received_at).total_seconds()) < 60


def test_a_form_travels_in_the_body_alone(send: Send) -> None:
    with run_raw_server(respond_with(response(b"{}"))) as raw_server:
        send(raw_server.url, FORM)
    head, _, body = raw_server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /tokeninfo HTTP/1.1\r\n")
    assert b"application/x-www-form-urlencoded" in head
    assert b"authorization" not in head.lower()
    assert GOOGLE.encode() not in head
    assert b"access_token=" + GOOGLE.encode() == body


def test_an_application_signs_in_by_its_header_alone(send: Send) -> None:
    secret = Secret(FITBIT_SECRET)
    requested = Request(
        "POST", "api", "/oauth2/token", form={"a": Secret("b")}, basic=("23T", secret)
    )
    with run_raw_server(respond_with(response(b"{}"))) as raw_server:
        send(raw_server.url, requested)
    head, _, body = raw_server.requests[0].partition(b"\r\n\r\n")
    pair = b64encode(f"23T:{FITBIT_SECRET}".encode())
    assert b"\r\nAuthorization: Basic " + pair + b"\r\n" in head
    assert body == b"a=b"
    bad = requested._replace(basic=("23T", Secret(f"x\r\n{FITBIT_SECRET}")))
    with pytest.raises(NetError, match="cannot be sent in a request"):
        send(raw_server.url, bad)


@pytest.mark.parametrize(
    "token", ["a\nb", "a\r\nX-Evil: 1", "a b", "a\x00b", "a\x7fb", "é", "\ud800", ""]
)
def test_a_token_that_could_break_out_of_a_header_is_never_sent(send: Send, token: str) -> None:
    secret = Secret(f"{token}{FITBIT}" if token else "")
    with run_raw_server(respond_with(response(b"[]"))) as raw_server:
        for request in (
            Request("GET", "api", "/", bearer=secret),
            Request("POST", "api", "/", form={"token": secret}),
        ):
            with pytest.raises(NetError, match="characters that cannot be sent") as caught:
                send(raw_server.url, request)
            assert caught.value.reached is False
            assert FITBIT not in repr(caught.value)
    assert raw_server.connections == 0


def test_a_refused_connection_is_tried_once_more_after_a_pause(
    request_error: SendExpectingError,
) -> None:
    pauses: list[float] = []
    with bind_refusing_socket() as bound:
        error = request_error(f"http://127.0.0.1:{bound.getsockname()[1]}", pause=pauses.append)
    assert error.kind == "refused"
    assert error.message == "127.0.0.1 refused the connection."
    assert error.reached is False
    assert pauses == [0.3]


def test_the_second_try_is_the_answer_if_the_first_never_reached_the_server(send: Send) -> None:
    with ExitStack() as stack:
        bound = bind_refusing_socket()
        wires: list[RawServer] = []

        def start(_: float) -> None:
            wires.append(
                stack.enter_context(run_raw_server(respond_with(response(b"[]")), bound=bound))
            )

        assert send(f"http://127.0.0.1:{bound.getsockname()[1]}", pause=start).status == 200
        assert [(raw_server.connections, len(raw_server.requests)) for raw_server in wires] == [
            (1, 1)
        ]


def drop_at_once(_: RawServer, peer: socket.socket) -> None:
    peer.close()


def drop_hard(raw_server: RawServer, peer: socket.socket) -> None:
    raw_server.read_request(peer)
    # Lingering for no time ends a connection by a reset.
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.parametrize(
    ("kind", "handler"),
    [
        ("dropped", drop_at_once),
        ("dropped", drop_hard),
        ("dropped", respond_with(b"")),
        ("dropped", respond_with(b"HTTP/1.1 200 OK\r\nContent-Type: appl")),
        ("protocol", respond_with(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")),
        ("protocol", respond_with(b"\x15\x03\x01\x00\x02\x02\x16\r\n\r\n")),
        ("protocol", respond_with(b"HTTP/1.1 OK\r\n\r\n")),
        ("protocol", respond_with(f"HTTP/1.1 200 OK\r\n{FITBIT}\r\n\r\n".encode())),
        ("protocol", respond_with(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")),
    ],
)
def test_what_may_have_reached_the_server_is_never_sent_twice(
    request_error: SendExpectingError, kind: str, handler: Handler
) -> None:
    pauses: list[float] = []
    with run_raw_server(handler) as raw_server:
        error = request_error(raw_server.url, pause=pauses.append)
    assert kind == error.kind
    assert error.reached is True
    assert raw_server.connections == 1
    assert pauses == []


@pytest.mark.parametrize("status", ["500 Oops", "503 Later", "429 Slow down", "408 Timeout"])
def test_no_request_with_a_response_is_repeated(send: Send, status: str) -> None:
    pauses: list[float] = []
    with run_raw_server(respond_with(response(b"", "Retry-After: 1", status=status))) as raw_server:
        assert int(status[:3]) == send(raw_server.url, pause=pauses.append).status
    assert len(raw_server.requests) == 1
    assert pauses == []


def test_a_body_that_ends_too_early_is_marked_as_cut(send: Send) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{"
    with run_raw_server(respond_with(raw)) as raw_server:
        respond_to_all = send(raw_server.url)
    assert (respond_to_all.status, respond_to_all.body, respond_to_all.cut) == (200, b"[{", True)


@pytest.mark.parametrize(("extra", "cut"), [(0, False), (1, True), (3 * MAX_BODY_BYTES, True)])
def test_a_body_is_read_up_to_a_mebibyte(send: Send, *, extra: int, cut: bool) -> None:
    with run_raw_server(respond_with(response(b"x" * (MAX_BODY_BYTES + extra)))) as raw_server:
        respond_to_all = send(raw_server.url)
    assert (MAX_BODY_BYTES, cut) == (len(respond_to_all.body), respond_to_all.cut)


def test_an_endless_body_is_left_off(send: Send) -> None:
    def endless(raw_server: RawServer, peer: socket.socket) -> None:
        raw_server.read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not raw_server.stopping.is_set():
            peer.sendall(b" " * 65_536)

    with run_raw_server(endless) as raw_server:
        respond_to_all = send(raw_server.url)
    assert (len(respond_to_all.body), respond_to_all.cut) == (MAX_BODY_BYTES, True)


BOMB = gzip.compress(b" " * (20 * MAX_BODY_BYTES))


@pytest.mark.parametrize(
    ("body", "cut", "raw", "encoding"),
    [
        (b"[]", False, gzip.compress(b"[]"), "gzip"),
        (b"[]", False, gzip.compress(b"[]"), " GZIP"),
        (b"[]", False, zlib.compress(b"[]"), "deflate"),
        (b"[]", False, b"[]", "identity"),
        (b"", False, b"", "gzip"),
        (b"", True, b"no gzip", "gzip"),
        (b"\x01\x02", False, b"\x01\x02", "br"),
        (b" " * MAX_BODY_BYTES, True, BOMB, "gzip"),
        # Decompressed once only: a bomb in a bomb stays folded.
        (gzip.compress(BOMB), False, gzip.compress(BOMB), "gzip, gzip"),
    ],
    ids=["gzip", "capitals", "deflate", "none", "empty", "broken", "unknown", "bomb", "twice"],
)
def test_a_compressed_body_that_was_not_requested_is_bounded(
    send: Send, *, body: bytes, cut: bool, raw: bytes, encoding: str
) -> None:
    with run_raw_server(respond_with(response(raw, f"Content-Encoding: {encoding}"))) as raw_server:
        respond_to_all = send(raw_server.url)
    assert body == respond_to_all.body
    assert cut == respond_to_all.cut
    assert b"accept-encoding: identity" in raw_server.requests[0].lower()


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_is_an_answer(send: Send, status: str) -> None:
    with run_raw_server(respond_with(f"HTTP/1.1 {status}\r\n\r\n".encode())) as raw_server:
        respond_to_all = send(raw_server.url)
    assert (int(status[:3]), b"", False) == (
        respond_to_all.status,
        respond_to_all.body,
        respond_to_all.cut,
    )


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_returned_and_not_followed(send: Send, code: int) -> None:
    with run_raw_server(respond_with(response(b"[]"))) as other:
        moved = response(b"", f"Location: {other.url}/elsewhere", status=f"{code} Moved")
        with run_raw_server(respond_with(moved)) as raw_server:
            assert code == send(raw_server.url).status
    assert other.connections == 0


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "http://[::1", "http://x:99999999/", "", ":", "//", "http://\x7f/",
     "https://x.example/" + "a" * 30_000, "\u00e9", "data:,x", "http://%zz/", "?"],
)  # fmt: skip
def test_a_redirect_to_no_address_is_a_response(send: Send, address: str) -> None:
    moved = response(b"", f"Location: {address}", status="302 Found")
    with run_raw_server(respond_with(moved)) as raw_server:
        received = send(raw_server.url)
    assert 302 == received.status
    assert address == received.headers["location"]


def test_no_cookie_ties_one_request_to_the_next(send: Send) -> None:
    with run_raw_server(
        respond_with(response(b"[]", "Set-Cookie: session=abc; Path=/"))
    ) as raw_server:
        send(raw_server.url, DEVICES, DEVICES)
    assert len(raw_server.requests) == 2
    assert [head for head in raw_server.requests if b"cookie" in head.lower()] == []


def test_the_settings_alone_keep_cookies_out() -> None:
    """A client that is used in another way stores and returns none either."""
    heads: list[httpx.Headers] = []

    def respond(request: httpx.Request) -> httpx.Response:
        heads.append(request.headers)
        return httpx.Response(200, headers={"Set-Cookie": f"session{len(heads)}=abc; Path=/"})

    settings = client_settings(ssl.create_default_context())
    with httpx.Client(transport=httpx.MockTransport(respond), **settings) as client:
        client.get("https://api.example/")
        client.get("https://api.example/")
        assert [] == list(client.cookies.jar)
    assert [False, False] == ["cookie" in head for head in heads]


@pytest.mark.parametrize("handler", [drip_headers, drip_body, never_respond])
def test_one_deadline_holds_for_the_whole_request(
    request_error: SendExpectingError, handler: Handler
) -> None:
    started = time.monotonic()
    with run_raw_server(handler) as raw_server:
        error = request_error(raw_server.url, timeout=SHORT)
        took = time.monotonic() - started
        assert error.kind == "timeout"
        assert error.message == "127.0.0.1 did not respond within 0.3 s."
        assert error.reached is True
        assert took < SHORT + 2
    assert len(raw_server.requests) == 1


def test_a_failed_connection_is_distinguished_from_a_missing_response(
    request_error: SendExpectingError,
) -> None:
    def mute(raw_server: RawServer, _: socket.socket) -> None:
        raw_server.stopping.wait(5)

    pauses: list[float] = []
    with run_raw_server(mute) as raw_server:
        error = request_error(
            f"https://127.0.0.1:{raw_server.port}", timeout=2 * SHORT, pause=pauses.append
        )
        assert error.kind == "connect-timeout"
        assert error.message == "no connection to 127.0.0.1 in time."
        assert error.reached is False
    assert (raw_server.connections, pauses) == (1, [])


def test_an_error_of_the_program_itself_is_not_swallowed(send: Send) -> None:
    def fail_to_pause(_: float) -> None:
        raise RuntimeError("a bug")

    with bind_refusing_socket() as bound, pytest.raises(RuntimeError, match="a bug"):
        send(f"http://127.0.0.1:{bound.getsockname()[1]}", pause=fail_to_pause)


def test_a_name_that_does_not_exist_is_reported(request_error: SendExpectingError) -> None:
    pauses: list[float] = []
    error = request_error("https://nothing.invalid", pause=pauses.append, timeout=20)
    assert error.kind == "dns"
    assert error.message == "the name nothing.invalid could not be resolved."
    assert error.reached is False
    assert pauses == [0.3]


@pytest.mark.parametrize(
    "url", ["https://xn--", "https://xn--a.invalid", f"https://{'a' * 64}.invalid"]
)
def test_an_unusable_address_is_reported(request_error: SendExpectingError, url: str) -> None:
    error = request_error(url)
    assert error.reached is False
    assert error.kind == "address"


def test_the_room_has_no_other_names() -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        transport.Nothing  # noqa: B018 - asking is what is tested


def test_the_libraries_log_no_token(send: Send, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with run_raw_server(respond_with(response(b"[]"))) as raw_server:
        send(raw_server.url)
        send(raw_server.url, FORM)
    names = {record.name.partition(".")[0] for record in caplog.records}
    assert {"httpx", "httpcore"} <= names
    assert FITBIT not in caplog.text
    assert GOOGLE not in caplog.text
