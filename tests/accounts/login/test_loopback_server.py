"""The loopback server by raw sockets: it takes one redirect, bounded in size, time and number."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from tests.support.suite.cases import each_case
from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.login import LoopbackEndpoint, default_endpoint
from tokcheck.accounts.login.callback import open_callback
from tokcheck.accounts.login.loopback_server import MAX_REQUEST_BYTES, LoopbackServer
from tokcheck.core.errors import UsageError
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

CANARY = "canary0123456789canary"
GOOD = f"GET /callback?code={CANARY}&state=s HTTP/1.1\r\nHost: here\r\n\r\n"
END = "GET /callback?code=end&state=s HTTP/1.1\r\nHost: here\r\n\r\n"


def read(query: str) -> str:
    if "error" in query:
        raise ConsentError("access_denied", "It was <denied>.", "Try again.")
    if "state=x" in query:
        raise ForeignError("state_mismatch", "It is another's.", "Begin again.")
    return query


@contextmanager
def run_loopback_server(
    *, seconds: float = 30, connection_seconds: float = 30, endpoint: LoopbackEndpoint | None = None
) -> Iterator[tuple[int, Future[str]]]:
    """Wait for a redirect in a thread; yield the port and the result to come."""
    with (
        LoopbackServer(
            endpoint or default_endpoint(0), connection_seconds=connection_seconds
        ) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        result = pool.submit(server.wait, read, seconds)
        yield server.port, result
        if not result.done():
            exchange(server.port, END)


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def read_all(connection: socket.socket) -> str:
    text = b""
    while chunk := connection.recv(65_536):
        text += chunk
    return text.decode()


def is_closed(connection: socket.socket) -> bool:
    """Return whether the other side closes without a word, whatever it has left unread."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def exchange(port: int, request: str | bytes) -> str:
    """Send this, and return all that comes until the other side closes."""
    with closing(connect(port)) as connection:
        connection.sendall(request if isinstance(request, bytes) else request.encode())
        return read_all(connection)


def status(answer: str) -> str:
    return answer.partition("\r\n")[0].removeprefix("HTTP/1.1 ")


def test_a_redirect_is_taken_and_its_page_shows_nothing_of_it() -> None:
    with run_loopback_server() as (port, result):
        answer = exchange(port, GOOD)
        assert f"code={CANARY}&state=s" == result.result(30)
    assert "200 OK" == status(answer)
    assert "You can close this window." in answer
    assert '<html lang="en">' in answer
    assert "<h1>Consent received</h1>" in answer
    assert '<p role="status">' in answer
    assert CANARY not in answer
    head = answer.partition("\r\n\r\n")[0].lower()
    for header in (
        "connection: close",
        "cache-control: no-store",
        "referrer-policy: no-referrer",
        "content-security-policy: default-src 'none'; style-src 'unsafe-inline'",
        "x-content-type-options: nosniff",
    ):
        assert header in head
    assert "server:" not in head


def test_an_error_is_shown_in_the_browser_and_raised() -> None:
    with run_loopback_server() as (port, result):
        answer = exchange(port, f"GET /callback?error={CANARY} HTTP/1.1\r\nHost: here\r\n\r\n")
        with pytest.raises(ConsentError) as caught:
            result.result(30)
    assert "It was <denied>." == caught.value.message
    assert "400 Bad Request" == status(answer)
    assert '<p role="alert">It was &lt;denied&gt;.</p>' in answer
    assert CANARY not in answer


def test_a_redirect_of_another_login_is_passed_over_and_the_wait_goes_on() -> None:
    with run_loopback_server() as (port, result):
        for _ in range(2):
            answer = exchange(port, "GET /callback?code=a&state=x HTTP/1.1\r\nHost: here\r\n\r\n")
            assert "400 Bad Request" == status(answer)
            assert '<p role="alert">It is another&#x27;s.</p>' in answer
            assert not result.done()
        exchange(port, GOOD)
        assert f"code={CANARY}&state=s" == result.result(30)


@pytest.mark.parametrize(
    ("expected", "first_line"),
    [
        ("404 Not Found", "GET / HTTP/1.1"),
        ("404 Not Found", "GET /favicon.ico HTTP/1.1"),
        ("404 Not Found", "GET /callback/?code=a HTTP/1.1"),
        ("404 Not Found", "GET //callback?code=a HTTP/1.1"),
        ("404 Not Found", "GET /other?code=a&state=s HTTP/1.1"),
        ("404 Not Found", "GET http://here/callback?code=a HTTP/1.1"),
        ("404 Not Found", "POST /callback2 HTTP/1.1"),
        ("405 Method Not Allowed", "HEAD /callback?code=a&state=s HTTP/1.1"),
        ("405 Method Not Allowed", "POST /callback?code=a&state=s HTTP/1.1"),
        ("400 Bad Request", "GET /callback HTTP/1.1"),
        ("400 Bad Request", "GET /callback?x=code=1 HTTP/1.1"),
        ("400 Bad Request", "GET /callback#code=a HTTP/1.1"),
        ("400 Bad Request", "no HTTP at all"),
        ("400 Bad Request", "GET /call back?code=a HTTP/1.1"),
        ("400 Bad Request", "\x16\x03\x01\x02"),
    ],
)
def test_anything_else_is_refused_and_the_wait_goes_on(expected: str, first_line: str) -> None:
    with run_loopback_server() as (port, result):
        answer = exchange(port, f"{first_line}\r\nHost: here\r\n\r\n")
        assert not result.done()
        exchange(port, GOOD)
        assert f"code={CANARY}&state=s" == result.result(30)
    assert expected == status(answer)
    if first_line.startswith("HEAD"):
        assert "allow: GET" in answer.replace("Allow", "allow")
        assert answer.endswith("\r\n\r\n")


def test_a_huge_request_is_refused_before_it_is_whole() -> None:
    with run_loopback_server() as (port, result):
        answer = exchange(port, b"GET /callback?code=" + b"a" * (MAX_REQUEST_BYTES + 1))
        assert not result.done()
    assert "431 Request Header Fields Too Large" == status(answer)


def test_a_long_but_bounded_request_is_taken() -> None:
    long = "a" * (MAX_REQUEST_BYTES // 2)
    with run_loopback_server() as (port, result):
        exchange(port, f"GET /callback?code={long} HTTP/1.1\r\nHost: here\r\n\r\n")
        assert f"code={long}" == result.result(30)


def test_a_request_in_single_bytes_is_taken() -> None:
    with run_loopback_server() as (port, result), closing(connect(port)) as connection:
        for byte in GOOD.encode():
            connection.send(bytes([byte]))
        assert "200 OK" == status(read_all(connection))
        assert f"code={CANARY}&state=s" == result.result(30)


def test_a_silent_client_is_closed() -> None:
    with (
        run_loopback_server(connection_seconds=0.05) as (port, result),
        closing(connect(port)) as slow,
    ):
        slow.sendall(b"GET /callb")
        assert "" == read_all(slow)
        assert not result.done()


def test_silent_clients_do_not_keep_the_browser_out() -> None:
    with run_loopback_server() as (port, result):
        silent = [connect(port) for _ in range(10)]
        exchange(port, GOOD)
        assert f"code={CANARY}&state=s" == result.result(30)
        for one in silent:
            assert "" == read_all(one)
            one.close()


def test_beyond_the_most_connections_the_oldest_is_closed() -> None:
    with run_loopback_server() as (port, result):
        silent = [connect(port) for _ in range(40)]
        for one in silent:  # so that each of them has arrived
            one.sendall(b"GET /")
        for gone in silent[:8]:
            assert is_closed(gone)
        assert "200 OK" == status(exchange(port, GOOD))
        assert f"code={CANARY}&state=s" == result.result(30)
        for one in silent:
            one.close()


def test_of_two_redirects_the_first_counts() -> None:
    started, go_on = threading.Event(), threading.Event()

    read_times: list[str] = []

    def slowly(query: str) -> str:
        read_times.append(query)
        started.set()
        assert go_on.wait(30)
        return query

    with LoopbackServer(default_endpoint(0)) as server, ThreadPoolExecutor(2) as pool:
        result = pool.submit(server.wait, slowly, 30)
        with closing(connect(server.port)) as first, closing(connect(server.port)) as late:
            first.sendall(GOOD.encode())
            assert started.wait(30)
            late.sendall(END.encode())  # arrives before the first is answered
            go_on.set()
            assert "200 OK" == status(read_all(first))
            assert status(read_all(late)) in {"", "410 Gone"}
        assert f"code={CANARY}&state=s" == result.result(30)
    assert 1 == len(read_times)


def test_a_browser_that_is_gone_does_not_lose_the_redirect() -> None:
    with run_loopback_server() as (port, result):
        with closing(connect(port)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(GOOD.encode())
        assert f"code={CANARY}&state=s" == result.result(30)


def test_without_a_redirect_the_wait_ends_in_time() -> None:
    with LoopbackServer(default_endpoint(0)) as server, pytest.raises(TimeoutError):
        server.wait(read, 0.01)


def test_the_port_is_free_again_afterwards() -> None:
    with LoopbackServer(default_endpoint(0)) as server:
        port = server.port
    with LoopbackServer(default_endpoint(port)) as again:
        assert f"http://127.0.0.1:{port}/callback" == again.redirect_uri


def test_a_port_in_use_is_an_error() -> None:
    with LoopbackServer(default_endpoint(0)) as server, pytest.raises(UsageError) as caught:
        LoopbackServer(default_endpoint(server.port))
    assert f"Port {server.port} on 127.0.0.1 is already in use." == caught.value.message
    assert "--port or --redirect-uri" in caught.value.hint
    assert "--no-browser" in caught.value.hint


_PROVIDERS = [
    *REGISTRY.values(),
    *(provider_of(table) for table in TABLES.values() if "oauth" in table),
]


@each_case("provider", _PROVIDERS)
def test_the_advice_on_a_port_in_use_is_of_the_own_provider(provider: Provider) -> None:
    with (
        LoopbackServer(default_endpoint(0)) as server,
        pytest.raises(UsageError) as caught,
        open_callback(provider, None, server.port, listen=True),
    ):
        pass
    sentence = f"An application of the {provider.title} accepts only the redirect URI"
    assert (not provider.oauth.any_port) == (sentence in caught.value.hint)
    others = {each.title for each in _PROVIDERS} - {provider.title}
    assert [] == [title for title in others if title in caught.value.hint]
    assert "Or add --no-browser" in caught.value.hint


def test_it_listens_on_loopback_alone() -> None:
    with LoopbackServer(default_endpoint(0)) as server:
        assert server.redirect_uri.startswith("http://127.0.0.1:")


def test_an_exception_of_the_reader_is_raised_and_not_shown() -> None:
    def raise_error(query: str) -> str:
        raise ValueError(query)

    with LoopbackServer(default_endpoint(0)) as server, ThreadPoolExecutor(1) as pool:
        result = pool.submit(server.wait, raise_error, 30)
        assert CANARY not in exchange(server.port, GOOD)
        with pytest.raises(ValueError, match=CANARY):
            result.result(30)


def test_of_redirects_that_arrive_together_one_is_read() -> None:
    queries: list[str] = []

    def record(query: str) -> str:
        queries.append(query)
        return query

    with LoopbackServer(default_endpoint(0)) as server:
        connections = [connect(server.port) for _ in range(8)]
        for connection in connections:
            connection.sendall(GOOD.encode())
        assert f"code={CANARY}&state=s" == server.wait(record, 30)
        for connection in connections:
            connection.close()
    assert 1 == len(queries)
