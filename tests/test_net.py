import gzip
import logging
import socket
import threading
import time
import zlib
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from tests.calls import DEVICES, FORM, NO_CERTIFICATES, SHORT, refused, send
from tests.tokens import FITBIT, GOOGLE
from tests.wire import Handler, Wire, answering, response, serving, unheard
from tokcheck.endpoints import Endpoints
from tokcheck.errors import NetError
from tokcheck.net import LONGEST_BODY, Net
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Request
from tokcheck.secret import Secret


def test_a_bearer_travels_in_its_header_alone() -> None:
    with serving(answering(response(b"[]", "X-Odd: 1"))) as wire:
        answer = send(wire.url)
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "GET /1/user/-/devices.json HTTP/1.1"
    assert [f"Authorization: Bearer {FITBIT}"] == [line for line in lines if FITBIT in line]
    assert body == b""
    assert (answer.status, answer.body, answer.cut) == (200, b"[]", False)
    assert answer.headers["x-odd"] == "1"
    assert answer.received_at.tzinfo is UTC
    assert abs((datetime.now(UTC) - answer.received_at).total_seconds()) < 60


def test_a_form_travels_in_the_body_alone() -> None:
    with serving(answering(response(b"{}"))) as wire:
        send(wire.url, FORM)
    head, _, body = wire.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /tokeninfo HTTP/1.1\r\n")
    assert b"application/x-www-form-urlencoded" in head
    assert b"authorization" not in head.lower()
    assert GOOGLE.encode() not in head
    assert b"access_token=" + GOOGLE.encode() == body


@pytest.mark.parametrize(
    "token", ["a\nb", "a\r\nX-Evil: 1", "a b", "a\x00b", "a\x7fb", "é", "\ud800", ""]
)
def test_a_token_that_could_break_out_of_a_header_is_never_sent(token: str) -> None:
    secret = Secret(f"{token}{FITBIT}" if token else "")
    with serving(answering(response(b"[]"))) as wire:
        for request in (
            Request("GET", "api", "/", bearer=secret),
            Request("POST", "api", "/", form={"token": secret}),
        ):
            with pytest.raises(NetError, match="characters that no request can carry") as caught:
                send(wire.url, request)
            assert caught.value.reached is False
            assert FITBIT not in repr(caught.value)
    assert wire.connections == 0


def test_a_refused_connection_is_tried_once_more_after_a_pause() -> None:
    pauses: list[float] = []
    with unheard() as bound:
        error = refused(f"http://127.0.0.1:{bound.getsockname()[1]}", pauses=pauses)
    assert error.kind == "refused"
    assert error.message == "127.0.0.1 refused the connection"
    assert error.reached is False
    assert pauses == [0.3]


def test_the_second_try_is_the_answer_if_the_first_never_reached_the_server() -> None:
    with ExitStack() as stack:
        bound = unheard()
        wires: list[Wire] = []

        def start(_: float) -> None:
            wires.append(stack.enter_context(serving(answering(response(b"[]")), bound=bound)))

        endpoints = Endpoints({("fitbit", "api"): f"http://127.0.0.1:{bound.getsockname()[1]}"})
        with Net(endpoints, timeout=5, pause=start, verify=NO_CERTIFICATES) as net:
            answer = net.send(REGISTRY["fitbit"], DEVICES)
        assert answer.status == 200
        assert [(wire.connections, len(wire.requests)) for wire in wires] == [(1, 1)]


def test_a_call_whose_caller_is_gone_is_not_sent_again() -> None:
    gone, before = threading.Event(), threading.enumerate()

    def pause(_: float) -> None:
        gone.wait(5)

    with unheard() as bound:
        endpoints = Endpoints({("fitbit", "api"): f"http://127.0.0.1:{bound.getsockname()[1]}"})
        net = Net(endpoints, timeout=SHORT, pause=pause, verify=NO_CERTIFICATES)
        with net, pytest.raises(NetError, match=r"did not answer within 0\.3 s"):
            net.send(REGISTRY["fitbit"], DEVICES)
        (worker,) = (t for t in threading.enumerate() if t not in before)
        with serving(answering(response(b"[]")), bound=bound.dup()) as wire:
            gone.set()
            worker.join(5)
            assert wire.connections == 0


def drop_at_once(_: Wire, peer: socket.socket) -> None:
    peer.close()


def drop_hard(wire: Wire, peer: socket.socket) -> None:
    wire.take(peer)
    # Lingering for no time ends a connection by a reset.
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.parametrize(
    ("kind", "handler"),
    [
        ("dropped", drop_at_once),
        ("dropped", drop_hard),
        ("dropped", answering(b"")),
        ("dropped", answering(b"HTTP/1.1 200 OK\r\nContent-Type: appl")),
        ("protocol", answering(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")),
        ("protocol", answering(b"\x15\x03\x01\x00\x02\x02\x16\r\n\r\n")),
        ("protocol", answering(b"HTTP/1.1 OK\r\n\r\n")),
        ("protocol", answering(f"HTTP/1.1 200 OK\r\n{FITBIT}\r\n\r\n".encode())),
        ("protocol", answering(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")),
    ],
)
def test_what_may_have_reached_the_server_is_never_sent_twice(kind: str, handler: Handler) -> None:
    pauses: list[float] = []
    with serving(handler) as wire:
        error = refused(wire.url, pauses=pauses)
    assert kind == error.kind
    assert error.reached is True
    assert wire.connections == 1
    assert pauses == []


@pytest.mark.parametrize("status", ["500 Oops", "503 Later", "429 Slow down", "408 Timeout"])
def test_no_answer_is_asked_for_twice(status: str) -> None:
    pauses: list[float] = []
    with serving(answering(response(b"", "Retry-After: 1", status=status))) as wire:
        assert int(status[:3]) == send(wire.url, pauses=pauses).status
    assert len(wire.requests) == 1
    assert pauses == []


def test_a_body_that_ends_too_early_is_marked_as_cut() -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{"
    with serving(answering(raw)) as wire:
        answer = send(wire.url)
    assert (answer.status, answer.body, answer.cut) == (200, b"[{", True)


@pytest.mark.parametrize(("extra", "cut"), [(0, False), (1, True), (3 * LONGEST_BODY, True)])
def test_a_body_is_read_up_to_a_mebibyte(*, extra: int, cut: bool) -> None:
    with serving(answering(response(b"x" * (LONGEST_BODY + extra)))) as wire:
        answer = send(wire.url)
    assert (LONGEST_BODY, cut) == (len(answer.body), answer.cut)


def test_an_endless_body_is_left_off() -> None:
    def endless(wire: Wire, peer: socket.socket) -> None:
        wire.take(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not wire.stopping.is_set():
            peer.sendall(b" " * 65_536)

    with serving(endless) as wire:
        answer = send(wire.url)
    assert (len(answer.body), answer.cut) == (LONGEST_BODY, True)


BOMB = gzip.compress(b" " * (20 * LONGEST_BODY))


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
        (b" " * LONGEST_BODY, True, BOMB, "gzip"),
        # Decompressed once only: a bomb in a bomb stays folded.
        (gzip.compress(BOMB), False, gzip.compress(BOMB), "gzip, gzip"),
    ],
    ids=["gzip", "capitals", "deflate", "none", "empty", "broken", "unknown", "bomb", "twice"],
)
def test_a_compressed_body_that_nobody_asked_for_is_bounded(
    *, body: bytes, cut: bool, raw: bytes, encoding: str
) -> None:
    with serving(answering(response(raw, f"Content-Encoding: {encoding}"))) as wire:
        answer = send(wire.url)
    assert body == answer.body
    assert cut == answer.cut
    assert b"accept-encoding: identity" in wire.requests[0].lower()


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_a_body_is_an_answer(status: str) -> None:
    with serving(answering(f"HTTP/1.1 {status}\r\n\r\n".encode())) as wire:
        answer = send(wire.url)
    assert (int(status[:3]), b"", False) == (answer.status, answer.body, answer.cut)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_returned_and_not_followed(code: int) -> None:
    with serving(answering(response(b"[]"))) as other:
        moved = response(b"", f"Location: {other.url}/elsewhere", status=f"{code} Moved")
        with serving(answering(moved)) as wire:
            assert code == send(wire.url).status
    assert other.connections == 0


def test_no_cookie_ties_one_call_to_the_next() -> None:
    with serving(answering(response(b"[]", "Set-Cookie: session=abc; Path=/"))) as wire:
        endpoints = Endpoints({("fitbit", "api"): wire.url})
        with Net(endpoints, timeout=5, pause=lambda _: None, verify=NO_CERTIFICATES) as net:
            for _ in range(2):
                net.send(REGISTRY["fitbit"], DEVICES)
    assert len(wire.requests) == 2
    assert [head for head in wire.requests if b"cookie" in head.lower()] == []


def drip_headers(wire: Wire, peer: socket.socket) -> None:
    wire.take(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    wire.drip(peer, b"X-Wait: 1\r\n")


def drip_body(wire: Wire, peer: socket.socket) -> None:
    wire.take(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    wire.drip(peer, b" ")


def never(wire: Wire, peer: socket.socket) -> None:
    wire.take(peer)
    wire.stopping.wait(5)


@pytest.mark.parametrize("handler", [drip_headers, drip_body, never])
def test_one_deadline_holds_for_the_whole_call(handler: Handler) -> None:
    started = time.monotonic()
    with serving(handler) as wire:
        error = refused(wire.url, timeout=SHORT)
        took = time.monotonic() - started
        assert error.kind == "timeout"
        assert error.message == "127.0.0.1 did not answer within 0.3 s"
        assert error.reached is True
        assert took < SHORT + 2
    assert len(wire.requests) == 1


def test_a_connection_that_never_comes_about_is_told_from_a_missing_answer() -> None:
    def mute(wire: Wire, _: socket.socket) -> None:
        wire.stopping.wait(5)

    pauses: list[float] = []
    with serving(mute) as wire:
        error = refused(f"https://127.0.0.1:{wire.port}", timeout=2 * SHORT, pauses=pauses)
        assert error.kind == "connect-timeout"
        assert error.message == "no connection to 127.0.0.1 came about in time"
        assert error.reached is False
    assert (wire.connections, pauses) == (1, [])


def test_an_error_of_the_program_itself_is_not_swallowed() -> None:
    def broken(_: float) -> None:
        raise RuntimeError("a bug")

    with unheard() as bound:
        endpoints = Endpoints({("fitbit", "api"): f"http://127.0.0.1:{bound.getsockname()[1]}"})
        net = Net(endpoints, timeout=5, pause=broken, verify=NO_CERTIFICATES)
        with net, pytest.raises(RuntimeError, match="a bug"):
            net.send(REGISTRY["fitbit"], DEVICES)


def test_a_call_that_drips_its_body_ends_behind_its_deadline() -> None:
    with serving(drip_body) as wire:
        refused(wire.url, timeout=SHORT)
        for worker in (t for t in threading.enumerate() if t.name == "tokcheck-call"):
            worker.join(5)
            assert not worker.is_alive()


def test_a_name_that_does_not_exist_is_said_so() -> None:
    pauses: list[float] = []
    error = refused("https://nothing.invalid", pauses=pauses, timeout=20)
    assert error.kind == "dns"
    assert error.message == "the name nothing.invalid could not be resolved"
    assert error.reached is False
    assert pauses == [0.3]


@pytest.mark.parametrize("url", ["https://xn--", "https://xn--a.invalid"])
def test_an_address_that_cannot_be_used_is_said_so(url: str) -> None:
    error = refused(url)
    assert error.reached is False
    assert error.kind == "address"


def test_the_libraries_log_no_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(answering(response(b"[]"))) as wire:
        send(wire.url)
        send(wire.url, FORM)
    names = {record.name.partition(".")[0] for record in caplog.records}
    assert {"httpx", "httpcore"} <= names
    assert FITBIT not in caplog.text
    assert GOOGLE not in caplog.text
