"""The door: what every request passes before the application sees it."""

from collections.abc import Callable, Mapping
from email.utils import formatdate

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokcheck.exporter.web.address import Address
from tokcheck.exporter.web.auth import BusyError
from tokcheck.exporter.web.current import Current, Settings
from tokcheck.exporter.web.origin import names_us

_TOLD = 20
_BARE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "deny",
}


class Door:
    """Wraps an application with the rate limit, host names, users and headers of the settings.

    A request line and headers of more than ``head_bytes`` are refused. An error that nobody
    expected becomes a bare 500, and one line to ``announce`` with its type and place: its text may
    repeat a token.
    """

    def __init__(
        self,
        app: ASGIApp,
        current: Current,
        address: Address,
        announce: Callable[[str], None],
        head_bytes: int,
    ) -> None:
        self._app = app
        self._current = current
        self._address = address
        self._announce = announce
        self._head_bytes = head_bytes
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the application do it."""
        settings = self._current.settings
        headers = Headers(scope=scope)
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                _complete(MutableHeaders(scope=message), headers, settings)
            await send(message)

        try:
            refusal = await self._refusal(scope, headers, settings)
            await (refusal or self._app)(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - the last resort, which must not leak
            self._tell(error)
            if begun:
                raise ConnectionError from None  # a broken body must not look like a whole one
            await PlainTextResponse("This is a bug in tokcheck.\n", 500)(scope, receive, sent)

    async def _refusal(self, scope: Scope, headers: Headers, settings: Settings) -> Response | None:
        # h11 bounds only what comes in pieces.
        if _size(scope) > self._head_bytes:
            return PlainTextResponse("Too long a request.\n", 431, {"Connection": "close"})
        if settings.bucket is not None and not settings.bucket.allow():
            return PlainTextResponse("Too many requests.\n", 429)
        host = headers.get("host")
        if host is not None and not names_us(host, self._address):
            return PlainTextResponse(
                "This is only for this computer: ask by localhost or by the address itself.\n", 421
            )
        try:
            admitted = await settings.users.admit(headers.get("authorization"))
        except BusyError:
            return PlainTextResponse("Too many passwords to check.\n", 503, {"Retry-After": "1"})
        if not admitted:
            challenge = {"WWW-Authenticate": 'Basic realm="tokcheck", charset="UTF-8"'}
            return PlainTextResponse("Unauthorized\n", 401, challenge)
        return None

    def _tell(self, error: BaseException) -> None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        code = trace.tb_frame.f_code if trace is not None else None
        file = code.co_filename.replace("\\", "/").rpartition("/")[2] if code is not None else ""
        where = f"{type(error).__name__} at {file}:{trace.tb_lineno if trace is not None else 0}"
        if where not in self._told and len(self._told) < _TOLD:
            self._told.add(where)
            self._announce(f"A request failed by a bug in tokcheck: {where}.")


def _size(scope: Scope) -> int:
    head = len(scope["raw_path"]) + len(scope["query_string"])
    return head + sum(len(name) + len(value) + 4 for name, value in scope["headers"])


def _complete(response: MutableHeaders, request: Headers, settings: Settings) -> None:
    """Add what every response bears; the file's headers replace the page's own."""
    response["Date"] = formatdate(usegmt=True)
    for name, value in _BARE.items():
        response.setdefault(name, value)
    for name, value in settings.config.headers.items():
        response[name] = value
    # A body is never read here: whoever sends one must not use the connection for more.
    if request.get("content-length", "0") != "0" or "transfer-encoding" in request:
        response["Connection"] = "close"
