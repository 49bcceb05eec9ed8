import gzip
import logging
import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
import zlib
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.tokens import FITBIT, GOOGLE
from tests.wire import Handler, Wire, answering, response, serving, unheard
from tokcheck.endpoints import Endpoints
from tokcheck.errors import NetError, UsageError
from tokcheck.net import LONGEST_BODY, Net
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Request, Response
from tokcheck.secret import Secret

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading real ones takes its time
DEVICES = Request("GET", "api", "/1/user/-/devices.json", bearer=Secret(FITBIT))
FORM = Request("POST", "api", "/tokeninfo", form={"access_token": Secret(GOOGLE)})
SHORT = 0.3


def send(
    url: str,
    request: Request = DEVICES,
    *,
    timeout: float = 5.0,
    pauses: list[float] | None = None,
    verify: ssl.SSLContext = NO_CERTIFICATES,
) -> Response:
    pause = (lambda _: None) if pauses is None else pauses.append
    endpoints = Endpoints({("fitbit", "api"): url})
    with Net(endpoints, timeout=timeout, pause=pause, verify=verify) as net:
        return net.send(REGISTRY["fitbit"], request)


def refused(
    url: str,
    request: Request = DEVICES,
    *,
    timeout: float = 5.0,
    pauses: list[float] | None = None,
    verify: ssl.SSLContext = NO_CERTIFICATES,
) -> NetError:
    """Return the error of a call, after looking for its token wherever that could show."""
    try:
        send(url, request, timeout=timeout, pauses=pauses, verify=verify)
    except NetError as caught:
        error, trace = caught, traceback.format_exc()
    else:
        raise AssertionError("the call went through")
    assert error.message
    assert error.hint.endswith(".")
    shown = "\n".join([error.message, error.hint, repr(error), trace])
    for secret in (request.bearer, *(request.form or {}).values()):
        raw = "no secret" if secret is None else secret.reveal()
        assert [part for part in (raw, raw[:20], raw[-20:]) if part in shown] == []
    return error


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
    gone = threading.Event()

    def pause(_: float) -> None:
        gone.wait(5)

    with unheard() as bound:
        endpoints = Endpoints({("fitbit", "api"): f"http://127.0.0.1:{bound.getsockname()[1]}"})
        net = Net(endpoints, timeout=SHORT, pause=pause, verify=NO_CERTIFICATES)
        with net, pytest.raises(NetError, match=r"did not answer within 0\.3 s"):
            net.send(REGISTRY["fitbit"], DEVICES)
        (worker,) = (t for t in threading.enumerate() if t.name == "tokcheck-call")
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


def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answering(response(b"", status="403 Forbidden"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = refused("https://nothing.invalid")
    assert error.kind == "proxy"
    assert "HTTPS_PROXY" in error.hint
    assert error.reached is False
    assert len(proxy.requests) == 2
    assert [asked for asked in proxy.requests if not asked.startswith(b"CONNECT ")] == []
    assert FITBIT.encode() not in b"".join(proxy.requests)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_loopback_is_never_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with serving(answering(response(b"[]"))) as wire, serving(answering(b"")) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert send(wire.url).status == 200
    assert proxy.connections == 0


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1", "ftp://127.0.0.1", "http://[::1"])
def test_a_proxy_of_an_unknown_kind_is_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(UsageError, match="proxy that the environment names") as caught:
        send("https://nothing.invalid")
    assert "HTTPS_PROXY" in caught.value.hint


def test_certificates_that_are_not_there_are_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(UsageError, match="certificates that the environment names"):
        Net(Endpoints({}), timeout=1, pause=lambda _: None)


def test_the_libraries_log_no_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(answering(response(b"[]"))) as wire:
        send(wire.url)
        send(wire.url, FORM)
    names = {record.name.partition(".")[0] for record in caplog.records}
    assert {"httpx", "httpcore"} <= names
    assert FITBIT not in caplog.text
    assert GOOGLE not in caplog.text


Certificate = tuple[ssl.SSLContext, ssl.SSLContext]


def certificate(folder: Path, name: str, dates: tuple[str, str] | None = None) -> Certificate:
    """Make a certificate; return the server's context, and a client's that trusts it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the command openssl, which makes the certificates, is not installed")
    key, request, made = folder / "key.pem", folder / "request.pem", folder / "made.pem"
    config = folder / "openssl.cnf"
    config.write_text(
        "[req]\ndistinguished_name=who\nprompt=no\n[who]\nCN=tokcheck test\n"
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\n"
        "default_md=sha256\npolicy=any\nx509_extensions=names\nunique_subject=no\n"
        f"[any]\ncommonName=supplied\n[names]\nsubjectAltName={name}\n"
        "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n"
    )
    (folder / "index.txt").touch()
    (folder / "serial").write_text("01\n")
    start, end = dates or ("20250101000000Z", "20991231235959Z")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for command in (
        ["req", "-new", *curve, "-keyout", str(key), "-out", str(request)],
        [
            *("ca", "-batch", "-selfsign", "-notext", "-in", str(request), "-out", str(made)),
            *("-keyfile", str(key), "-startdate", start, "-enddate", end),
        ],
    ):
        words = [openssl, *command, "-config", str(config)]
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made, key)
    return server, ssl.create_default_context(cafile=str(made))


def test_a_trusted_certificate_is_taken(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "IP:127.0.0.1")
    with serving(answering(response(b"[]")), tls=server) as wire:
        answer = send(f"https://127.0.0.1:{wire.port}", verify=client)
    assert answer.status == 200


@pytest.mark.parametrize("wrong", ["unknown", "expired", "other name"])
def test_a_certificate_that_cannot_be_verified_gets_no_token(tmp_path: Path, wrong: str) -> None:
    name = "DNS:elsewhere.invalid" if wrong == "other name" else "IP:127.0.0.1"
    dates = ("20200101000000Z", "20200102000000Z") if wrong == "expired" else None
    server, client = certificate(tmp_path, name, dates)
    with serving(answering(response(b"[]")), tls=server) as wire:
        pauses: list[float] = []
        error = refused(
            f"https://127.0.0.1:{wire.port}",
            verify=NO_CERTIFICATES if wrong == "unknown" else client,
            pauses=pauses,
        )
    assert error.kind == "tls"
    assert error.message == "the certificate of 127.0.0.1 could not be verified"
    assert error.reached is False
    assert (wire.requests, wire.connections, pauses) == ([], 1, [])


def test_plain_http_behind_an_https_address_gets_no_token() -> None:
    heard: list[bytes] = []

    def plain(_: Wire, peer: socket.socket) -> None:
        heard.append(peer.recv(65_536))
        peer.sendall(response(b"", status="400 Bad Request"))

    with serving(plain) as wire:
        error = refused(f"https://127.0.0.1:{wire.port}")
    assert error.kind == "tls"
    assert error.message == "no encrypted connection to 127.0.0.1 came about"
    assert FITBIT.encode() not in b"".join(heard)


def test_tls_behind_an_http_address_is_no_http(tmp_path: Path) -> None:
    server, _ = certificate(tmp_path, "IP:127.0.0.1")
    with serving(answering(response(b"[]")), tls=server) as wire:
        error = refused(wire.url)
    assert error.kind in {"protocol", "dropped"}
    assert wire.requests == []
