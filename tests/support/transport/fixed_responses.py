"""An HTTP server on loopback with a fixed response for each request, which it records."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl


class FixedResponse(NamedTuple):
    """A status, a body (JSON unless it is text), and headers."""

    status: int
    body: Any = ""
    headers: Mapping[str, str] = {}


class ReceivedRequest(NamedTuple):
    """A request: its method and path, its headers, and its form."""

    line: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


class FixedServer:
    """The address of a running server, its responses by method and path, and what it received."""

    def __init__(self, url: str, responses: dict[str, FixedResponse]) -> None:
        self.url = url
        self.responses = responses
        self.once: dict[str, FixedResponse] = {}
        """The response to the next request of a line, before the usual one."""
        self.received: list[ReceivedRequest] = []

    @property
    def lines(self) -> list[str]:
        """The method and path of each request."""
        return [request.line for request in self.received]


_MISSING = FixedResponse(404, {"errors": [{"errorType": "not_found", "message": "n/a"}]})


@contextmanager
def serve_fixed_responses(**responses: FixedResponse) -> Iterator[FixedServer]:
    """Serve responses; ``POST_oauth2_token`` is the name of one to ``POST /oauth2/token``."""
    fixed: FixedServer

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            line = f"{self.command} {self.path}"
            fixed.received.append(
                ReceivedRequest(line, dict(self.headers.items()), dict(parse_qsl(body)))
            )
            response = fixed.once.pop(line, None) or fixed.responses.get(line, _MISSING)
            text = response.body if isinstance(response.body, str) else json.dumps(response.body)
            self.send_response(response.status)
            headers = {"Content-Type": "application/json", **response.headers}
            for name, value in {**headers, "Content-Length": str(len(text.encode()))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        do_GET = respond  # noqa: N815 - as the class has it
        do_HEAD = respond  # noqa: N815 - as the class has it
        do_POST = respond  # noqa: N815 - as the class has it

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    named = {name.replace("_", " /", 1).replace("_", "/"): one for name, one in responses.items()}
    fixed = FixedServer(f"http://127.0.0.1:{server.server_port}", named)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fixed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
