"""The web application: the metrics, the page, health checks and the reload."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tokcheck.accounts.errors import StoreError
from tokcheck.core.addresses import is_cross_origin
from tokcheck.core.errors import UsageError
from tokcheck.exporter.metrics.exposition import ScrapeResponse
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.web.page import document
from tokcheck.exporter.web.page.document import View


class Backend(Protocol):
    """What the web application needs from the exporter.

    :meth:`respond_to_scrape` is called in worker threads, several at once; all others in the event
    loop.
    """

    @property
    def titles(self) -> Mapping[str, str]:
        """Each provider's title by its name."""
        ...

    def respond_to_scrape(self, accept: str, accept_encoding: str) -> ScrapeResponse:
        """Return the metrics in the format and encoding that these two headers request."""
        ...

    def account_states(self) -> Sequence[AccountState]:
        """Return the state of each account."""
        ...

    def is_ready(self) -> bool:
        """Return whether the first round of probes has ended."""
        ...

    async def reload(self) -> None:
        """Read the configuration again.

        :raises UsageError: if it is invalid; the previous one then stays in force.
        :raises StoreError: if the store cannot be read; the same.
        """
        ...

    def now(self) -> float:
        """Return the present time in Unix seconds."""
        ...


# Called with an account's state and the present time: when its quota runs out, in Unix seconds.
RunsOut: TypeAlias = Callable[[AccountState, float], float | None]

_MAX_RENDERING = 2  # responses rendered at once
_CHUNK = 262_144  # bytes


def build_app(backend: Backend, *, refresh: int = 15, runs_out: RunsOut | None = None) -> Starlette:
    """Return the application that shows ``backend``.

    The page reloads every ``refresh`` seconds. ``runs_out`` returns when an account's quota runs
    out at its present rate; without it, the page does not show that.
    """
    # Rendering is slow and runs in threads, because the event loop has probes to send.
    rendering = asyncio.Semaphore(_MAX_RENDERING)

    async def metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        encoding = request.headers.get("accept-encoding", "")
        async with rendering:
            response = await asyncio.to_thread(backend.respond_to_scrape, accept, encoding)
        return _ChunkedResponse(response)

    async def page(request: Request) -> Response:
        query = request.query_params
        view = View(
            now=backend.now(),
            refresh=0 if query.get("refresh") == "0" else refresh,
            account=query.get("account", ""),
            page=query.get("page", ""),
        )
        states, titles = backend.account_states(), dict(backend.titles)
        async with rendering:
            html = await asyncio.to_thread(document.render, states, titles, view, runs_out)
        return Response(
            html, media_type="text/html", headers={"Content-Security-Policy": document.POLICY}
        )

    async def healthy(_request: Request) -> Response:
        return PlainTextResponse("Healthy.\n")

    async def ready(_request: Request) -> Response:
        if backend.is_ready():
            return PlainTextResponse("Ready.\n")
        return PlainTextResponse("Not ready: the first round of probes has not ended.\n", 503)

    async def reload(request: Request) -> Response:
        if is_cross_origin(request.headers):
            return PlainTextResponse("Requests from pages of other sites are not allowed.\n", 403)
        try:
            await backend.reload()
        except (UsageError, StoreError) as error:
            lines = [error.message, error.hint, "The previous configuration stays in force."]
            return PlainTextResponse("".join(f"{line}\n" for line in lines if line), 500)
        return PlainTextResponse("Reloaded.\n")

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/metrics", metrics),
            Route("/-/healthy", healthy),
            Route("/-/ready", ready),
            Route("/-/reload", reload, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _http_error},
    )
    app.router.redirect_slashes = False  # a redirect would repeat the Host header
    return app


async def _http_error(_request: Request, error: Exception) -> Response:
    """Return the response to a request without a route; it repeats nothing of the request."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)


class _ChunkedResponse(Response):
    """A large body, sent in chunks: at most one of them waits for the client to read."""

    def __init__(self, response: ScrapeResponse) -> None:
        super().__init__(response.body, headers=dict(response.headers))

    async def __call__(
        self,
        scope: Scope,  # noqa: ARG002 - ASGI's interface
        receive: Receive,  # noqa: ARG002 - the same
        send: Send,
    ) -> None:
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        body = memoryview(self.body)
        for start in range(0, len(body), _CHUNK):
            chunk = bytes(body[start : start + _CHUNK])
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await asyncio.sleep(0)  # lets other tasks run, however fast this client reads
        await send({"type": "http.response.body", "body": b"", "more_body": False})
