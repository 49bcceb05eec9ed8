"""What every request passes before the application: size, rate, host and password checks."""

import asyncio
from collections.abc import Callable, Mapping
from email.utils import formatdate

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokcheck.core.addresses import is_loopback_host
from tokcheck.exporter.web.basic_auth import BasicAuth, BusyError
from tokcheck.exporter.web.config.reloader import ConfigReloader, WebSettings
from tokcheck.exporter.web.listener import Address

_MAX_ANNOUNCED = 20  # bugs announced in all, each place once
_DEFAULT_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
}


class Middleware:
    """Wraps an application with the checks and headers of the web configuration.

    A request line with headers of more than ``head_bytes`` is rejected. An unexpected exception
    becomes a bare 500 response, and one line to ``announce`` with its type and place; its text
    is left out, because it may contain a token.
    """

    def __init__(
        self,
        app: ASGIApp,
        reloader: ConfigReloader,
        address: Address,
        announce: Callable[[str], None],
        head_bytes: int,
    ) -> None:
        self._app = app
        self._reloader = reloader
        self._address = address
        self._announce = announce
        self._head_bytes = head_bytes
        self._announced: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reject a request, or pass it on to the application."""
        settings = self._reloader.settings
        headers = Headers(scope=scope)
        has_started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                _add_headers(MutableHeaders(scope=message), headers, settings)
            await send(message)

        try:
            rejection = await self._rejection(scope, receive, headers, settings)
            await (rejection or self._app)(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - the last resort, which must not leak
            self._announce_bug(error)
            if has_started:
                # The client must notice that the body is incomplete.
                raise ConnectionError from None
            response = PlainTextResponse("This is a bug in tokcheck.\n", 500)
            await response(scope, receive, send_with_headers)

    async def _rejection(
        self, scope: Scope, receive: Receive, headers: Headers, settings: WebSettings
    ) -> Response | None:
        """Return the response to a request that may not pass; ``None`` if it may."""
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
        try:
            authorized = await _is_authorized(settings.basic_auth, headers, scope, receive)
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

    def _announce_bug(self, error: BaseException) -> None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code if trace is not None else None
        file = code.co_filename.replace("\\", "/").rpartition("/")[2] if code is not None else ""
        place = f"{type(error).__name__} at {file}:{trace.tb_lineno if trace is not None else 0}"
        if place not in self._announced and len(self._announced) < _MAX_ANNOUNCED:
            self._announced.add(place)
            self._announce(f"A request failed because of a bug in tokcheck: {place}.")


async def _is_authorized(
    basic_auth: BasicAuth, headers: Headers, scope: Scope, receive: Receive
) -> bool:
    """Return whether a request has a right password; a client that goes away no longer waits.

    :raises BusyError: if too many passwords wait, or if the client has gone.
    """
    authorization = headers.get("authorization")
    known = basic_auth.recall(authorization)
    if known is not None:
        return known
    address = (scope.get("client") or ("",))[0]
    check = asyncio.ensure_future(basic_auth.is_authorized(authorization, address))
    gone = asyncio.ensure_future(_wait_for_disconnect(receive))
    try:
        await asyncio.wait((check, gone), return_when=asyncio.FIRST_COMPLETED)
        if check.done():
            return check.result()
        raise BusyError
    finally:
        check.cancel()
        gone.cancel()
        await asyncio.gather(check, gone, return_exceptions=True)


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # a piece of the body, which nothing reads


def is_own_host(host: str, address: Address) -> bool:
    """Return whether a ``Host`` header names this listener.

    Always true unless it listens on loopback: others may know this computer by any name.
    """
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
    # Request bodies are never read, so a connection with one cannot take a further request.
    if request.get("content-length", "0") != "0" or "transfer-encoding" in request:
        response["Connection"] = "close"
