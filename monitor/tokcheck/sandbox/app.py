"""The Starlette application: it connects the server with the request handlers.

The control API has no authentication, so a web page must not reach it: neither by a name that is
rebound to loopback, nor by a request across sites.
"""

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tokcheck.core.addresses import is_cross_origin, is_loopback_host
from tokcheck.sandbox.control.api import handle_request as handle_control_request
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse, json_response
from tokcheck.sandbox.router import handle_request
from tokcheck.sandbox.state.sandbox_state import SandboxState

_MAX_BODY_BYTES = 1024 * 1024
_READING = {"GET", "HEAD"}
_HELP = {"", "/sandbox"}  # a page of text, to which any page may link
ABORT_CONNECTION = "tokcheck.cut"  # key of the server's state: closes the connection


class _Endpoint:
    """An ASGI endpoint for every method, around a plain handler function.

    Starlette's own responses lower the case of header names and always match their length. The
    sandbox has to send what the real services have sent.
    """

    def __init__(
        self,
        state: SandboxState,
        handler: Callable[[SandboxState, HttpRequest], HttpResponse],
        slow_seconds: float = 0.0,
        *,
        is_control: bool = False,
    ) -> None:
        self._state = state
        self._handler = handler
        self._slow_seconds = slow_seconds
        self._is_control = is_control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            hint = "Send less."
            response = json_response(413, {"error": "The body is larger than 1 MiB.", "hint": hint})
        else:
            headers = {
                name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
            }
            query = scope["query_string"].decode("latin-1")
            request = HttpRequest(scope["method"], scope["path"], query, headers, body)
            response = _rejection(request, is_control=self._is_control) or self._handler(
                self._state, request
            )
        if response.delayed:
            with self._state.grants.refresh_in_progress(response.refresh_token):
                await asyncio.sleep(self._slow_seconds)
        if response.dropped:
            scope["state"][ABORT_CONNECTION]()
            await receive()  # until the connection is closed; otherwise the server sends a 500
        else:
            await _send(response, send)


def _rejection(request: HttpRequest, *, is_control: bool) -> HttpResponse | None:
    """Return the response to a request that a web page may have sent; ``None`` if it may pass.

    The consent pages send their own forms, and the APIs are for any client.
    """
    host = request.headers.get("host")
    if host is not None and not is_loopback_host(host):
        error = "The Host header does not name this computer."
        return json_response(421, {"error": error, "hint": "Use localhost or 127.0.0.1."})
    is_help = request.method in _READING and request.path.rstrip("/") in _HELP
    if is_control and not is_help and is_cross_origin(request.headers):
        error = "The control API takes no requests from pages of other sites."
        return json_response(403, {"error": error, "hint": "Send it from a program or a shell."})
    return None


async def _read(receive: Receive) -> bytes | None:
    """Return the whole request body; ``None`` if it is larger than 1 MiB."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MAX_BODY_BYTES:
            return None
        more = message.get("more_body", False)
    return body


async def _send(response: HttpResponse, send: Send) -> None:
    length = len(response.body) if response.declared_length is None else response.declared_length
    pairs = (*response.headers, ("Content-Length", str(length)))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    # If a longer body is declared, it stays unfinished and the server closes the connection.
    unfinished = length > len(response.body)
    await send({"type": "http.response.body", "body": response.body, "more_body": unfinished})


def build_app(state: SandboxState, *, slow_seconds: float = 1.0) -> Starlette:
    """Return the application; the fault ``slow`` waits ``slow_seconds`` before its response."""
    control = _Endpoint(state, handle_control_request, is_control=True)
    return Starlette(
        routes=[
            Route("/", control),
            Route("/sandbox", control),
            Route("/sandbox/{path:path}", control),
            Route("/{path:path}", _Endpoint(state, handle_request, slow_seconds)),
        ]
    )
