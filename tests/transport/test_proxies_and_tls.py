"""Proxies, certificates, and servers that do not speak TLS."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support.tokens import FITBIT
from tests.support.transport.client_calls import NO_CERTIFICATES, Send, SendExpectingError
from tests.support.transport.raw_socket_server import (
    Handler,
    RawServer,
    respond_with,
    response,
    run_raw_server,
)
from tokcheck.core.errors import NetError, UsageError
from tokcheck.transport import Net
from tokcheck.transport.endpoints import Endpoints
from tokcheck.transport.errors import convert_errors
from tokcheck.transport.proxy import proxy_for

_PASSWORD_WANTED = respond_with(response(b"", status="407 Proxy Authentication Required"))


def test_a_proxy_that_refuses_is_named(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_raw_server(respond_with(response(b"", status="403 Forbidden"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = request_error("https://nothing.invalid")
    assert error.kind == "proxy"
    assert "HTTPS_PROXY" in error.hint
    assert error.reached is False
    assert len(proxy.requests) == 2
    assert [
        requested for requested in proxy.requests if not requested.startswith(b"CONNECT ")
    ] == []
    assert FITBIT.encode() not in b"".join(proxy.requests)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_loopback_is_never_reached_through_a_proxy(
    send: Send, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with (
        run_raw_server(respond_with(response(b"[]"))) as raw_server,
        run_raw_server(respond_with(b"")) as proxy,
    ):
        monkeypatch.setenv(variable, proxy.url)
        assert send(raw_server.url).status == 200
    assert proxy.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_is_not_reached_through_a_proxy_with_tls_either(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with run_raw_server(respond_with(b"")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = request_error(f"https://{host}:{port}")
    assert proxy.connections == 0
    assert "proxy" not in error.message


def test_a_proxy_that_requires_a_password_is_named_without_it(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_raw_server(_PASSWORD_WANTED) as proxy:
        place = proxy.url.removeprefix("http://")
        monkeypatch.setenv("HTTPS_PROXY", f"http://{place}")
        error = request_error("https://nothing.invalid")
    assert f"the proxy {place} requires a password (HTTP 407)." == error.message
    assert "Write http://USER:PASSWORD@HOST:PORT into HTTPS_PROXY" in error.hint
    assert 1 == len(proxy.requests), "a second request would be refused as well"


def test_a_proxy_that_refuses_the_password_is_named_without_it(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_raw_server(_PASSWORD_WANTED) as proxy:
        place = proxy.url.removeprefix("http://")
        monkeypatch.setenv("HTTPS_PROXY", f"http://kim:wrong-word@{place}")
        error = request_error("https://nothing.invalid")
    expected = f"the proxy {place} refuses the user and password in HTTPS_PROXY (HTTP 407)."
    assert expected == error.message
    assert "%40 for @" in error.hint
    assert "wrong-word" not in f"{error.message} {error.hint}"


def test_an_encrypted_connection_to_a_proxy_without_tls_blames_the_proxys_address(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plain(_: RawServer, peer: socket.socket) -> None:
        peer.recv(65_536)
        peer.sendall(response(b"", status="400 Bad Request"))

    with run_raw_server(plain) as proxy:
        place = proxy.url.removeprefix("http://")
        monkeypatch.setenv("HTTPS_PROXY", f"https://kim:secret-word@{place}")
        error = request_error("https://nothing.invalid")
    assert ("tls", False) == (error.kind, error.reached)
    assert f"the TLS handshake with the proxy {place} or nothing.invalid failed." == error.message
    assert "write http:// in front of the proxy in HTTPS_PROXY" in error.hint
    assert "secret-word" not in f"{error.message} {error.hint}"


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_dead_proxy_is_named_with_its_variable(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        place = f"127.0.0.1:{unused.getsockname()[1]}"
    monkeypatch.setenv(variable, f"http://kim:secret-word@{place}")
    error = request_error("https://nothing.invalid")
    named = variable.upper() if sys.platform == "win32" else variable
    assert f"the proxy {place}, which {named} names, refused the connection." == error.message
    assert f"correct {named}" in error.hint
    assert not error.reached


def test_a_host_that_needs_no_proxy_is_blamed_itself(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "nothing.invalid")
    assert "nothing.invalid" in request_error("https://nothing.invalid").message
    assert proxy_for("nothing.invalid") is None
    assert proxy_for("127.0.0.1") is None
    assert ("127.0.0.1:1", "HTTPS_PROXY", False, False) == proxy_for("api.fitbit.com")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("socks5://127.0.0.1:1", "is a SOCKS proxy, which is not supported"),
        ("socks5h://127.0.0.1:1", "is a SOCKS proxy, which is not supported"),
        ("ftp://127.0.0.1", "cannot be used"),
        ("http://[::1", "cannot be used"),
        ("http://127.0.0.1:99999", "cannot be used"),
        ("http://", "cannot be used"),
        ("http://:3128", "cannot be used"),
    ],
)
def test_a_proxy_of_an_unknown_kind_is_wrong_usage(
    send: Send, monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(UsageError, match=f"The proxy in HTTPS_PROXY {why}") as caught:
        send("https://nothing.invalid")
    assert "unset the variable" in caught.value.hint


def test_a_proxy_of_another_scheme_is_not_read(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_raw_server(respond_with(response(b"", status="403 Forbidden"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1")
        monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = request_error("https://nothing.invalid")
    assert "HTTPS_PROXY" in error.hint
    assert proxy.requests


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ALL_PROXY": "socks5://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}, "ALL_PROXY"),
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1", "ALL_PROXY": "http://[::1"}, "HTTPS_PROXY"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_own_variable(
    send: Send, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=f"The proxy in {named} is a SOCKS proxy"):
        send("https://nothing.invalid")


@pytest.mark.skipif(sys.platform == "win32", reason="variables have no case there")
def test_an_empty_variable_in_small_letters_hides_the_one_in_capitals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:2")
    assert ("127.0.0.1:2", "all_proxy", False, False) == proxy_for("api.fitbit.com")


@pytest.mark.parametrize("hosts", ["[::1", "example.com:x"])
def test_hosts_without_a_proxy_that_cannot_be_read_are_named_by_their_variable(
    send: Send, monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    monkeypatch.setenv("NO_PROXY", f"example.org,{hosts}")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with pytest.raises(UsageError, match="A host in NO_PROXY cannot be read"):
        send("https://nothing.invalid")


@pytest.mark.parametrize(
    "hosts", ["*", "nothing.invalid", " other.example , nothing.invalid", "[::1],invalid"]
)
def test_hosts_without_a_proxy_are_reached_directly(
    request_error: SendExpectingError, monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    monkeypatch.setenv("NO_PROXY", hosts)
    with run_raw_server(respond_with(response(b"", status="403 Forbidden"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error = request_error("https://nothing.invalid")
    assert ("dns", []) == (error.kind, proxy.requests)


def test_hosts_without_a_proxy_are_not_read_where_there_is_none(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "[::1")
    with run_raw_server(respond_with(response(b"[]"))) as raw_server:
        assert 200 == send(raw_server.url).status


def test_certificates_that_are_not_there_are_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(UsageError, match="certificates in SSL_CERT_FILE or SSL_CERT_DIR"):
        Net(Endpoints({}), timeout=1, pause=lambda _: None)


@pytest.mark.skipif(os.name != "posix", reason="Windows has no pipe with a name of a file")
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_certificates_whose_reading_would_not_end_are_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "certificates" if kind == "pipe" else Path("/dev/zero")
    if kind == "pipe":
        os.mkfifo(path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(UsageError, match="certificates in SSL_CERT_FILE or SSL_CERT_DIR"):
        Net(Endpoints({}), timeout=1, pause=lambda _: None)


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


def test_a_trusted_certificate_is_taken(send: Send, tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "IP:127.0.0.1")
    with run_raw_server(respond_with(response(b"[]")), tls=server) as raw_server:
        respond_to_all = send(f"https://127.0.0.1:{raw_server.port}", verify=client)
    assert respond_to_all.status == 200


@pytest.mark.parametrize("wrong", ["unknown", "expired", "other name"])
def test_a_certificate_that_cannot_be_verified_gets_no_token(
    request_error: SendExpectingError, tmp_path: Path, wrong: str
) -> None:
    name = "DNS:elsewhere.invalid" if wrong == "other name" else "IP:127.0.0.1"
    dates = ("20200101000000Z", "20200102000000Z") if wrong == "expired" else None
    server, client = certificate(tmp_path, name, dates)
    with run_raw_server(respond_with(response(b"[]")), tls=server) as raw_server:
        pauses: list[float] = []
        error = request_error(
            f"https://127.0.0.1:{raw_server.port}",
            verify=NO_CERTIFICATES if wrong == "unknown" else client,
            pause=pauses.append,
        )
    assert error.kind == "tls"
    assert error.message == "the certificate of 127.0.0.1 could not be verified."
    assert error.reached is False
    assert (raw_server.requests, raw_server.connections, pauses) == ([], 1, [])


def hang_up(_: RawServer, peer: socket.socket) -> None:
    peer.recv(65_536)


def reset(_: RawServer, peer: socket.socket) -> None:
    peer.recv(65_536)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.parametrize(
    ("handler", "kind", "connections"), [(hang_up, "tls", 1), (reset, "connect", 2)]
)
def test_a_failed_handshake_is_distinguished_from_an_unreachable_host(
    request_error: SendExpectingError, handler: Handler, kind: str, connections: int
) -> None:
    with run_raw_server(handler) as raw_server:
        error = request_error(f"https://127.0.0.1:{raw_server.port}")
    assert (kind, False) == (error.kind, error.reached)
    assert connections == raw_server.connections


def test_a_proxy_sees_nothing_but_the_address_of_an_encrypted_request(
    send: Send, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, client = certificate(tmp_path, "DNS:fitbit.invalid")

    def tunnel(proxy: RawServer, peer: socket.socket) -> None:
        proxy.read_request(peer)
        peer.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with server.wrap_socket(peer, server_side=True) as wrapped:
            inner = RawServer(wrapped)
            inner.read_request(wrapped)
            heard.extend(inner.requests)
            wrapped.sendall(response(b"[]"))

    heard: list[bytes] = []
    with run_raw_server(tunnel) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        respond_to_all = send("https://fitbit.invalid", verify=client)
    assert respond_to_all.body == b"[]"
    assert FITBIT.encode() in heard[0]
    assert proxy.requests[0].startswith(b"CONNECT fitbit.invalid:443 ")
    assert FITBIT.encode() not in proxy.requests[0]


def test_plain_http_behind_an_https_address_gets_no_token(
    request_error: SendExpectingError,
) -> None:
    heard: list[bytes] = []

    def plain(_: RawServer, peer: socket.socket) -> None:
        heard.append(peer.recv(65_536))
        peer.sendall(response(b"", status="400 Bad Request"))

    with run_raw_server(plain) as raw_server:
        error = request_error(f"https://127.0.0.1:{raw_server.port}")
    assert error.kind == "tls"
    assert error.message == "the TLS handshake with 127.0.0.1 failed."
    assert FITBIT.encode() not in b"".join(heard)


def test_tls_behind_an_http_address_is_no_http(
    request_error: SendExpectingError, tmp_path: Path
) -> None:
    server, _ = certificate(tmp_path, "IP:127.0.0.1")
    with run_raw_server(respond_with(response(b"[]")), tls=server) as raw_server:
        error = request_error(raw_server.url)
    assert error.kind in {"protocol", "dropped"}
    assert raw_server.requests == []


@pytest.mark.parametrize(
    ("reached", "kind"),
    [
        (False, httpx.ConnectError),
        (True, httpx.ReadError),
        (True, httpx.WriteError),
        (True, httpx.RemoteProtocolError),
    ],
)
def test_tls_that_breaks_after_the_handshake_may_have_carried_the_request(
    *, reached: bool, kind: type[httpx.TransportError]
) -> None:
    with pytest.raises(NetError) as caught, convert_errors("api.example", 1):
        raise kind(FITBIT) from ssl.SSLError(1, FITBIT)
    assert ("tls", reached) == (caught.value.kind, caught.value.reached)
    assert FITBIT not in repr(caught.value)
    assert caught.value.__cause__ is None
