"""The Starlette application: it connects the server with the request handlers."""

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tokcheck.sandbox.control.api import handle_request as handle_control_request
from tokcheck.sandbox.messages import HttpRequest, HttpResponse, json_response
from tokcheck.sandbox.router import handle_request
from tokcheck.sandbox.state.sandbox_state import SandboxState

_MAX_BODY_BYTES = 1024 * 1024
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
    ) -> None:
        self._state = state
        self._handler = handler
        self._slow_seconds = slow_seconds

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
            response = self._handler(
                self._state, HttpRequest(scope["method"], scope["path"], query, headers, body)
            )
        if response.delayed:
            with self._state.grants.refresh_in_progress(response.refresh_token):
                await asyncio.sleep(self._slow_seconds)
        if response.dropped:
            scope["state"][ABORT_CONNECTION]()
            await receive()  # until the connection is closed; otherwise the server sends a 500
        else:
            await _send(response, send)


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
    control = _Endpoint(state, handle_control_request)
    return Starlette(
        routes=[
            Route("/", control),
            Route("/sandbox", control),
            Route("/sandbox/{path:path}", control),
            Route("/{path:path}", _Endpoint(state, handle_request, slow_seconds)),
        ]
    )
