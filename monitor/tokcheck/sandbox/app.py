"""The Starlette application: it carries requests and answers between the network and the rules."""

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tokcheck.sandbox.control.api import control
from tokcheck.sandbox.messages import Answer, Asked, json_answer
from tokcheck.sandbox.router import respond
from tokcheck.sandbox.state.world import World

_MOST_BYTES = 1024 * 1024
CUT = "tokcheck.cut"  # the name under which a server's state holds what ends a connection


class _Door:
    """An ASGI endpoint for every method, which leaves the answer to a plain function.

    Starlette's own responses lower the case of header names and always match their length;
    neither suits a stand-in that must show what the real services have sent.
    """

    def __init__(
        self, world: World, answer: Callable[[World, Asked], Answer], slow_seconds: float = 0.0
    ) -> None:
        self._world = world
        self._answer = answer
        self._slow_seconds = slow_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            hint = "Send less."
            answer = json_answer(413, {"error": "The body is larger than 1 MiB.", "hint": hint})
        else:
            headers = {
                name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
            }
            query = scope["query_string"].decode("latin-1")
            answer = self._answer(
                self._world, Asked(scope["method"], scope["path"], query, headers, body)
            )
        if answer.slow:
            with self._world.grants.holding(answer.holds):
                await asyncio.sleep(self._slow_seconds)
        if answer.lost:
            scope["state"][CUT]()
            await receive()  # until the server has noticed; it would answer with 500 otherwise
        else:
            await _send(answer, send)


async def _read(receive: Receive) -> bytes | None:
    """Return the whole request body; ``None`` if it is larger than the bound."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MOST_BYTES:
            return None
        more = message.get("more_body", False)
    return body


async def _send(answer: Answer, send: Send) -> None:
    length = len(answer.body) if answer.declared_length is None else answer.declared_length
    pairs = (*answer.headers, ("Content-Length", str(length)))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    # A body that is announced as longer stays unfinished: the server then cuts the connection.
    unfinished = length > len(answer.body)
    await send({"type": "http.response.body", "body": answer.body, "more_body": unfinished})


def build_app(world: World, *, slow_seconds: float = 1.0) -> Starlette:
    """Return the application; the fault ``slow`` waits ``slow_seconds`` before its answer."""
    own = _Door(world, control)
    return Starlette(
        routes=[
            Route("/", own),
            Route("/sandbox", own),
            Route("/sandbox/{path:path}", own),
            Route("/{path:path}", _Door(world, respond, slow_seconds)),
        ]
    )
