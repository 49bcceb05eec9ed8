"""The routes: metrics, health, reload, and the page.

What the web side needs from the exporter behind it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tokcheck.core.errors import UsageError
from tokcheck.exporter.state.account_state import Standing
from tokcheck.exporter.web.middleware import from_another_site
from tokcheck.exporter.web.page import document
from tokcheck.exporter.web.page.document import View


class Answer(Protocol):
    """A scrape's answer: the headers that describe the body, and the body."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers by name, ``Content-Type`` among them."""
        ...

    @property
    def body(self) -> bytes:
        """The body, in the encoding that the headers name."""
        ...


class Site(Protocol):
    """What is shown, and what can be asked of it.

    :meth:`answer` is called in worker threads, several at once; everything else in the event loop.
    """

    @property
    def titles(self) -> Mapping[str, str]:
        """Each provider's title by its name."""
        ...

    def answer(self, accept: str, accept_encoding: str) -> Answer:
        """Return the metrics in the form that these two request headers ask for."""
        ...

    def standings(self) -> Sequence[Standing]:
        """Return what is known about each account."""
        ...

    def ready(self) -> bool:
        """Tell whether the first round of probes has ended."""
        ...

    async def reload(self) -> None:
        """Read the configuration again.

        :raises UsageError: if it is broken; the old one is then still in force.
        """
        ...

    def now(self) -> float:
        """Return the present moment in Unix seconds."""
        ...


# Called with a standing and the present moment: when its quota runs out, in Unix seconds.
RunsOut: TypeAlias = Callable[[Standing, float], float | None]

_RENDERED_AT_ONCE = 2
_CHUNK = 262_144


def build_app(site: Site, *, refresh: int = 15, runs_out: RunsOut | None = None) -> Starlette:
    """Return the application that shows ``site``.

    The page loads itself again every ``refresh`` seconds; ``runs_out`` tells when an account's
    quota is gone at its present rate, and is left out of the page without.
    """
    # What renders takes its time, and the loop has probes to send.
    rendering = asyncio.Semaphore(_RENDERED_AT_ONCE)

    async def metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        encoding = request.headers.get("accept-encoding", "")
        async with rendering:
            answer = await asyncio.to_thread(site.answer, accept, encoding)
        return _InPieces(answer)

    async def page(request: Request) -> Response:
        query = request.query_params
        view = View(
            now=site.now(),
            refresh=0 if query.get("refresh") == "0" else refresh,
            account=query.get("account", ""),
            page=query.get("page", ""),
        )
        standings, titles = site.standings(), dict(site.titles)
        async with rendering:
            html = await asyncio.to_thread(document.render, standings, titles, view, runs_out)
        return Response(
            html, media_type="text/html", headers={"Content-Security-Policy": document.POLICY}
        )

    async def healthy(_request: Request) -> Response:
        return PlainTextResponse("Healthy.\n")

    async def ready(_request: Request) -> Response:
        if site.ready():
            return PlainTextResponse("Ready.\n")
        return PlainTextResponse("Not ready: the first round of probes has not ended.\n", 503)

    async def reload(request: Request) -> Response:
        if from_another_site(request.headers):
            return PlainTextResponse("A page of another site cannot ask for this.\n", 403)
        try:
            await site.reload()
        except UsageError as error:
            lines = [error.message, error.hint, "What was in force before stays so."]
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
        exception_handlers={HTTPException: _refused},
    )
    app.router.redirect_slashes = False  # a redirect would repeat whatever Host says
    return app


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer what has no route, without a word of what was asked."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)


class _InPieces(Response):
    """A large body, sent so that no more than a piece of it waits for the client to read."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body, headers=dict(answer.headers))

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
            piece = bytes(body[start : start + _CHUNK])
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)  # others have their turn, however fast this client reads
        await send({"type": "http.response.body", "body": b"", "more_body": False})
