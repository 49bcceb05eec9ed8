"""A server of raw bytes on loopback, for responses that no well-behaved server sends."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class RawServer:
    """A server that counts ``connections`` and stores whole ``requests`` as bytes.

    ``stopping`` is set at the end of a test, for handlers that would otherwise never end.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.connections = 0
        self.requests: list[bytes] = []
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def read_request(self, peer: socket.socket) -> bytes:
        """Read and store one request with its body; return its head."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = peer.recv(65_536)
            if not more:
                return data
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(body) < length:
            body += peer.recv(65_536)
        self.requests.append(head + b"\r\n\r\n" + body)
        return head

    def drip(self, peer: socket.socket, endless: bytes) -> None:
        """Send ``endless`` again and again, faster than a read times out, until the test ends."""
        while not self.stopping.wait(0.02):
            peer.sendall(endless)


Handler = Callable[[RawServer, socket.socket], None]


def bind_refusing_socket() -> socket.socket:
    """Return a bound socket, which refuses connections until it listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind(("127.0.0.1", 0))
    return bound


@contextmanager
def run_raw_server(
    handler: Handler, *, bound: socket.socket | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    """Run ``handler`` for every connection, each in a thread, while the block runs."""
    listener = bind_refusing_socket() if bound is None else bound
    raw_server = RawServer(listener)
    threads: list[threading.Thread] = []

    def one(peer: socket.socket) -> None:
        # Tests cover clients that disconnect or that reject a certificate.
        with suppress(OSError), peer:
            if tls is None:
                handler(raw_server, peer)
            else:
                with tls.wrap_socket(peer, server_side=True) as wrapped:
                    handler(raw_server, wrapped)

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            raw_server.connections += 1
            peer.settimeout(5)
            thread = threading.Thread(target=one, args=(peer,), daemon=True)
            threads.append(thread)
            thread.start()

    listener.listen()
    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield raw_server
    finally:
        raw_server.stopping.set()
        with suppress(OSError):  # on Windows, closing it ends the wait, and nothing else
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(5)
        for thread in threads:
            thread.join(5)


def respond_with(raw: bytes) -> Handler:
    """Return a handler that reads one request, sends ``raw`` and closes the connection."""

    def handle(raw_server: RawServer, peer: socket.socket) -> None:
        raw_server.read_request(peer)
        peer.sendall(raw)

    return handle


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def drip_headers(raw_server: RawServer, peer: socket.socket) -> None:
    raw_server.read_request(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    raw_server.drip(peer, b"X-Wait: 1\r\n")


def drip_body(raw_server: RawServer, peer: socket.socket) -> None:
    raw_server.read_request(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    raw_server.drip(peer, b" ")


def never_respond(raw_server: RawServer, peer: socket.socket) -> None:
    raw_server.read_request(peer)
    raw_server.stopping.wait(5)
