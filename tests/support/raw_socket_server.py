"""A server of raw bytes on loopback, for answers that no well-behaved server would give."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Wire:
    """Counts what comes: ``connections``, and whole ``requests`` as bytes.

    ``stopping`` is set at the end of a test, for handlers that would go on for ever.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.connections = 0
        self.requests: list[bytes] = []
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def take(self, peer: socket.socket) -> bytes:
        """Read one request with its body, and count it."""
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
        """Send byte by byte, each long before a read would time out, until the test ends."""
        while not self.stopping.wait(0.02):
            peer.sendall(endless)


Handler = Callable[[Wire, socket.socket], None]


def unheard() -> socket.socket:
    """Return a bound socket that refuses connections until somebody listens on it."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind(("127.0.0.1", 0))
    return bound


@contextmanager
def serving(
    handler: Handler, *, bound: socket.socket | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Wire]:
    """Hand every connection to ``handler`` while the block runs, each in a thread."""
    listener = unheard() if bound is None else bound
    wire = Wire(listener)
    threads: list[threading.Thread] = []

    def one(peer: socket.socket) -> None:
        # A client that goes away, or that does not like a certificate, is what is tested.
        with suppress(OSError), peer:
            if tls is None:
                handler(wire, peer)
            else:
                with tls.wrap_socket(peer, server_side=True) as wrapped:
                    handler(wire, wrapped)

    def accept() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            wire.connections += 1
            peer.settimeout(5)
            thread = threading.Thread(target=one, args=(peer,), daemon=True)
            threads.append(thread)
            thread.start()

    listener.listen()
    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield wire
    finally:
        wire.stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(5)
        for thread in threads:
            thread.join(5)


def answering(raw: bytes) -> Handler:
    """Return a handler that takes one request, sends these bytes and hangs up."""

    def handle(wire: Wire, peer: socket.socket) -> None:
        wire.take(peer)
        peer.sendall(raw)

    return handle


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


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
