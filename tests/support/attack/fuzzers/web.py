"""Requests to the exporter: all are answered properly, and no other site changes anything."""

import asyncio
from functools import cache
from random import Random
from typing import Any, NamedTuple

import bcrypt
from starlette.types import Message

from tests.support.attack.fuzzer import Fuzzer
from tests.support.attack.mutation import odd_text
from tests.support.exporter.fake_backend import ALL, FakeBackend
from tokcheck.exporter.log.events import log_messages
from tokcheck.exporter.web import Address, build_app
from tokcheck.exporter.web.config.reloader import ConfigReloader
from tokcheck.exporter.web.middleware import Middleware
from tokcheck.exporter.web.options import WebOptions

_HERE = Address("127.0.0.1", 19_150)
_PATHS = (
    "/",
    "/metrics",
    "/-/healthy",
    "/-/ready",
    "/-/reload",
    "/-/probe",
    "/favicon.ico",
    "//",
    "/%2e%2e/",
)
_METHODS = ("GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "X")
_HOSTS = ("localhost:19150", "127.0.0.1:19150", "[::1]:19150", "evil.example", "evillocalhost")
_OWN_HOSTS = frozenset(_HOSTS[:3])
_ORIGINS = ("http://localhost:19150", "http://evil.example", "null", "http://localhost:19150.evil")
_STATUSES = {200, 304, 400, 403, 404, 405, 406, 421, 431, 503}
_HEADERS = (
    "accept", "accept-encoding", "authorization", "sec-fetch-site", "referer", "cookie", "range",
    "if-none-match", "x-forwarded-for", "content-length",
)  # fmt: skip


class WebRequest(NamedTuple):
    """A request as ASGI has it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


def _request(random: Random) -> WebRequest:
    headers = {"host": random.choice(_HOSTS) if random.random() < 0.9 else odd_text(random)}
    if random.random() < 0.4:
        headers["origin"] = random.choice(_ORIGINS)
    for name in random.sample(_HEADERS, random.randint(0, 3)):
        headers[name] = random.choice(
            (odd_text(random), "text/plain;q=0.5, application/openmetrics-text;version=1.0.0",
             "gzip;q=1.0, identity; q=0", "Basic " + odd_text(random), "cross-site", "*/*;q=")
        )  # fmt: skip
    path = random.choice(_PATHS) if random.random() < 0.8 else "/" + odd_text(random)
    query = random.choice(("", f"account={odd_text(random)}", f"page={odd_text(random)}&refresh=0"))
    return WebRequest(random.choice(_METHODS), path, query, headers)


class _Exporter(NamedTuple):
    """A running application without a network, and what it announced."""

    loop: asyncio.AbstractEventLoop
    backend: FakeBackend
    app: Middleware
    lines: list[str]


@cache
def _exporter() -> _Exporter:
    lines: list[str] = []
    backend = FakeBackend(ALL)
    reloader = ConfigReloader(None, log_messages(lines.append), lambda: 0.0, bcrypt.checkpw)
    app = Middleware(
        build_app(backend), reloader, _HERE, WebOptions(), log_messages(lines.append), 65_536
    )
    return _Exporter(asyncio.new_event_loop(), backend, app, lines)


async def _respond(app: Middleware, request: WebRequest) -> list[Message]:
    sent: list[Message] = []
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode("latin-1", "replace"),
        "root_path": "",
        "query_string": request.query.encode("latin-1", "replace"),
        "headers": [
            (name.encode(), value.encode("latin-1", "replace"))
            for name, value in request.headers.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 19_150),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def _check_request(request: WebRequest) -> None:
    exporter = _exporter()
    reloads = exporter.backend.reloads
    exporter.backend.scrapes.clear()
    messages = exporter.loop.run_until_complete(_respond(exporter.app, request))
    assert not exporter.lines, exporter.lines
    start = messages[0]
    assert start["status"] in _STATUSES, start
    for name, value in start["headers"]:
        assert not set(name + value) & set(b"\r\n\0"), start
        assert b"evil" not in value, start
    body = b"".join(message.get("body", b"") for message in messages[1:])
    assert b"evil" not in body, "the response repeats the request"
    if request.headers["host"] not in _OWN_HOSTS and "evil" in request.headers["host"]:
        assert start["status"] == 421
    if exporter.backend.reloads != reloads:
        assert request.method == "POST"
        assert "evil" not in request.headers.get("origin", "")


FUZZERS = (Fuzzer("web-requests", _request, _check_request),)
