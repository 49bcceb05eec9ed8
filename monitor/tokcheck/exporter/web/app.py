"""The web application: the metrics, the page, health checks, the reload and probes on request."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from secrets import token_urlsafe
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tokcheck.exporter.display import accounts_json
from tokcheck.exporter.display.overview import SEVERITY_WORDS, build_overview
from tokcheck.exporter.metrics.exposition import ScrapeResponse
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.severity import Notice
from tokcheck.exporter.web.actions import ActionBackend, action_routes, may_change
from tokcheck.exporter.web.options import HEALTH_PATH, METRICS_PATH
from tokcheck.exporter.web.page import document
from tokcheck.exporter.web.page.document import View


class Backend(ActionBackend, Protocol):
    """The interface of the exporter for the web application.

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

    def probeable_accounts(self) -> frozenset[str]:
        """Return the names of the accounts that may be probed now."""
        ...

    def notices(self) -> Sequence[Notice]:
        """Return what keeps the exporter itself from working."""
        ...

    def is_database_away(self) -> bool:
        """Return whether the server of accounts and ledger cannot be reached."""

    def is_ready(self) -> bool:
        """Return whether the first round of probes has ended."""
        ...

    def now(self) -> float:
        """Return the present time in Unix seconds."""
        ...


_MAX_RENDERING = 2  # responses rendered at once
_CHUNK = 262_144  # bytes


def _readiness(backend: Backend) -> Response:
    if backend.is_database_away():
        return PlainTextResponse("Not ready: the database cannot be reached.\n", 503)
    if backend.is_ready():
        return PlainTextResponse("Ready.\n")
    lines = [
        "Not ready: the first round of probes has not ended.",
        *(each.sentence for each in backend.notices()),
    ]
    return PlainTextResponse("".join(f"{line}\n" for line in lines), 503)


def build_app(
    backend: Backend, *, refresh: int = 15, metrics_path: str = METRICS_PATH
) -> Starlette:
    """Return the application that shows ``backend``, with its metrics at ``metrics_path``.

    The page reloads every ``refresh`` seconds.
    """
    form_token = token_urlsafe()  # an older page's is refused after a restart
    # Rendering is slow and runs in threads, because the event loop has probes to send.
    rendering = asyncio.Semaphore(_MAX_RENDERING)

    async def metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        encoding = request.headers.get("accept-encoding", "")
        async with rendering:
            response = await asyncio.to_thread(backend.respond_to_scrape, accept, encoding)
        return _ChunkedResponse(response)

    async def page(request: Request) -> Response:
        view = _read_view(request, backend.now(), refresh)._replace(metrics_path=metrics_path)
        if not view.is_known:
            return _unknown_severity()
        if may_change(request):
            view = view._replace(probeable=backend.probeable_accounts(), form_token=form_token)
        states, titles = backend.account_states(), dict(backend.titles)
        draw = partial(document.render, states, titles, view, notices=backend.notices())
        async with rendering:
            html = await asyncio.to_thread(draw)
        return Response(
            html, media_type="text/html", headers={"Content-Security-Policy": document.POLICY}
        )

    async def accounts(request: Request) -> Response:
        view, states = _read_view(request, backend.now(), refresh), backend.account_states()
        if not view.is_known:
            return _unknown_severity()
        async with rendering:
            body = await asyncio.to_thread(_render_json, states, view)
        return Response(body, media_type="application/json")

    async def healthy(_request: Request) -> Response:
        return PlainTextResponse("Healthy.\n")

    async def ready(_request: Request) -> Response:
        return _readiness(backend)

    app = Starlette(
        routes=[
            Route("/", page),
            Route(metrics_path, metrics),
            Route("/api/v1/accounts", accounts),
            Route(HEALTH_PATH, healthy),
            Route("/-/ready", ready),
            *action_routes(backend, form_token),
        ],
        exception_handlers={HTTPException: _http_error},
    )
    app.router.redirect_slashes = False  # a redirect would repeat the Host header
    return app


def _read_view(request: Request, now: float, refresh: int) -> View:
    """Return which accounts a request selects."""
    query = request.query_params
    return View(
        now=now,
        refresh=0 if query.get("refresh") == "0" else refresh,
        account=query.get("account", ""),
        page=query.get("page", ""),
        severity=query.get("severity", ""),
    )


def _unknown_severity() -> Response:
    words = ", ".join(SEVERITY_WORDS)
    return PlainTextResponse(f"There is no such severity. The severities are {words}.\n", 400)


def _render_json(states: Sequence[AccountState], view: View) -> str:
    return accounts_json.render(build_overview(states, view.now, document.select(view))) + "\n"


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
