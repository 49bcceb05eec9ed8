"""The checks of every request before the application: size, rate, host and password."""

import asyncio
import re
from collections import deque
from collections.abc import Mapping
from email.utils import formatdate
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokcheck.core.addresses import is_loopback_host
from tokcheck.exporter.log.events import Event, EventLog
from tokcheck.exporter.web.basic_auth import BasicAuth, BusyError
from tokcheck.exporter.web.config.reloader import ConfigReloader, WebSettings
from tokcheck.exporter.web.listening.address import Address, UnixAddress
from tokcheck.exporter.web.options import HEALTH_PATH, MAY_CHANGE, WebOptions

_HTTP_VERSIONS = ("1.0", "1.1")
_ABSOLUTE_FORM = re.compile(rb"(?i:https?)://([^/]+)(/.*)?", re.DOTALL)
_MOST_KEPT = 1 << 16  # bytes of a body, while a password is checked
_MAX_ANNOUNCED = 20  # bugs announced in all, each place once
_DEFAULT_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",  # without a referrer, the page's own forms have no origin
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
}


class Middleware:
    """Wraps an application with the checks and headers of the web configuration.

    A request line with headers of more than ``head_bytes`` is rejected. An unexpected exception
    becomes a bare 500 response, and one event for ``announce`` with its type and place; its text
    is left out, because it may contain a token.
    """

    def __init__(
        self,
        app: ASGIApp,
        reloader: ConfigReloader,
        address: Address | UnixAddress,
        options: WebOptions,
        announce: EventLog,
        head_bytes: int,
    ) -> None:
        self._app = app
        self._reloader = reloader
        self._address = address
        self._options = options
        self._announce = announce
        self._head_bytes = head_bytes
        self._announced: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reject a request, or pass it on to the application."""
        scope = origin_form(scope)
        settings = self._reloader.settings
        scope = {**scope, MAY_CHANGE: self._may_change(settings)}
        headers = Headers(scope=scope)
        has_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                _add_headers(MutableHeaders(scope=message), headers, settings)
            await send(message)

        received = _Received(receive)
        try:
            rejection = await self._rejection(scope, received, headers, settings)
            await (rejection or self._app)(scope, received, send_with_headers)
        except Exception as error:  # noqa: BLE001 - the last resort, which must not leak
            self._announce_bug(error)
            if has_started:
                # The client must notice that the body is incomplete.
                raise ConnectionError from None
            response = PlainTextResponse("This is a bug in tokcheck.\n", 500)
            await response(scope, received, send_with_headers)

    async def _rejection(
        self, scope: Scope, received: "_Received", headers: Headers, settings: WebSettings
    ) -> Response | None:
        """Return the response to a request that may not pass; ``None`` if it may."""
        if scope["http_version"] not in _HTTP_VERSIONS:  # such as the preface of HTTP/2
            return PlainTextResponse("This server speaks HTTP/1.1.\n", 505, {"Connection": "close"})
        # h11 limits only what arrives in several chunks.
        if _head_size(scope) > self._head_bytes:
            return PlainTextResponse(
                "The request line and headers are too large.\n", 431, {"Connection": "close"}
            )
        if settings.rate_limit is not None and not settings.rate_limit.allow():
            return PlainTextResponse("Too many requests.\n", 429)
        host = headers.get("host")
        if host is not None and not is_own_host(host, self._address):
            return PlainTextResponse(
                "The Host header does not name this computer. "
                "Use localhost or the IP address that the exporter listens on.\n",
                421,
            )
        if self._options.open_health and scope["path"] == HEALTH_PATH:
            return None
        try:
            authorized = await _is_authorized(settings.basic_auth, headers, scope, received)
        except BusyError:
            return PlainTextResponse(
                "Too many passwords wait to be checked. Try again in a second.\n",
                503,
                {"Retry-After": "1"},
            )
        if not authorized:
            challenge = {"WWW-Authenticate": 'Basic realm="tokcheck", charset="UTF-8"'}
            return PlainTextResponse("Unauthorized\n", 401, challenge)
        return None

    def _may_change(self, settings: WebSettings) -> bool:
        """Return whether clients with a right password may reload the configuration and probe."""
        trusted = self._address.loopback or settings.authenticates
        return trusted or self._options.enable_lifecycle

    def _announce_bug(self, error: BaseException) -> None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code if trace is not None else None
        file = code.co_filename.replace("\\", "/").rpartition("/")[2] if code is not None else ""
        place = f"{type(error).__name__} at {file}:{trace.tb_lineno if trace is not None else 0}"
        if place not in self._announced and len(self._announced) < _MAX_ANNOUNCED:
            self._announced.add(place)
            self._announce(
                Event.REQUEST_BUG,
                f"A request failed because of a bug in tokcheck: {place}.",
                place=place,
            )


class _Received:
    """What a client sends: kept for the application while the password is checked."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept: deque[Message] = deque()

    async def __call__(self) -> Message:
        """Return the next message."""
        return self._kept.popleft() if self._kept else await self._receive()

    async def wait_for_disconnect(self) -> None:
        """Return once the client has gone; one that sends too long a body is never noticed."""
        size = 0
        while size <= _MOST_KEPT:
            message = await self._receive()
            self._kept.append(message)
            if message["type"] == "http.disconnect":
                return
            size += len(message.get("body", b""))
        await asyncio.Future()


async def _is_authorized(
    basic_auth: BasicAuth, headers: Headers, scope: Scope, received: _Received
) -> bool:
    """Return whether a request has a right password; a client that goes away no longer waits.

    :raises BusyError: if too many passwords wait, or if the client has gone.
    """
    authorization = headers.get("authorization")
    known = basic_auth.cached_result(authorization)
    if known is not None:
        return known
    address = (scope.get("client") or ("",))[0]
    check = asyncio.ensure_future(basic_auth.is_authorized(authorization, address))
    gone = asyncio.ensure_future(received.wait_for_disconnect())
    try:
        await asyncio.wait((check, gone), return_when=asyncio.FIRST_COMPLETED)
        if check.done():
            return check.result()
        raise BusyError
    finally:
        check.cancel()
        gone.cancel()
        await asyncio.gather(check, gone, return_exceptions=True)


def origin_form(scope: Scope) -> Scope:
    """Return a request for a whole address as one for its path alone.

    The host of the address takes the place of the header's:
    https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    """
    match = _ABSOLUTE_FORM.fullmatch(scope["raw_path"])
    if match is None:
        return scope
    path = match[2] or b"/"
    others = [(name, value) for name, value in scope["headers"] if name != b"host"]
    return {
        **scope,
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "headers": [(b"host", match[1]), *others],
    }


def is_own_host(host: str, address: Address | UnixAddress) -> bool:
    """Return whether a ``Host`` header names this listener.

    Always true unless it listens on loopback: others may know this computer by any name.
    """
    if isinstance(address, UnixAddress):  # which no page can name
        return True
    return not address.loopback or is_loopback_host(host)


def _head_size(scope: Scope) -> int:
    """Return the size in bytes of a request's path, query and headers."""
    target = len(scope["raw_path"]) + len(scope["query_string"])
    return target + sum(len(name) + len(value) + 4 for name, value in scope["headers"])


def _add_headers(response: MutableHeaders, request: Headers, settings: WebSettings) -> None:
    """Add the headers of every response; those of the web configuration replace the page's own."""
    response["Date"] = formatdate(usegmt=True)
    for name, value in _DEFAULT_HEADERS.items():
        response.setdefault(name, value)
    for name, value in settings.config.headers.items():
        response[name] = value
    # A body may not have been read to its end, so its connection cannot take a further request.
    if request.get("content-length", "0") != "0" or "transfer-encoding" in request:
        response["Connection"] = "close"
