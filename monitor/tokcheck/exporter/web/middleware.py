"""The door: what every request passes before the application sees it.

Whether a request comes from where it should: rebound names and other sites' pages.

A browser sends whatever a page tells it to, to this computer's loopback too. What it cannot be
made to do is lie in ``Host``, ``Origin`` and ``Sec-Fetch-Site``.
"""

from collections.abc import Callable, Mapping
from email.utils import formatdate
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokcheck.core.addresses import is_loopback
from tokcheck.exporter.web.basic_auth import BusyError
from tokcheck.exporter.web.config.reloader import Current, Settings
from tokcheck.exporter.web.listen import Address


def names_us(host: str, address: Address) -> bool:
    """Tell whether a ``Host`` header names this listener; only loopback ones can know."""
    if not address.loopback:
        return True
    name = _name(host)
    if name is None:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        number = ip_address(name)
    except ValueError:
        return False
    return is_loopback(name) or str(number) == address.host


def from_another_site(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser sent this request for a page of another origin.

    Programs send neither header, and are not what this guards against.
    """
    if headers.get("sec-fetch-site", "none").lower() not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        own = urlsplit(origin).netloc
    except ValueError:
        return True
    return not own or own.lower() != headers.get("host", "").lower()


def _name(host: str) -> str | None:
    try:
        split = urlsplit(f"//{host}")
        _ = split.port  # raises if it is none
    except ValueError:
        return None
    if split.netloc != host or "@" in host:
        return None
    return (split.hostname or "").removesuffix(".") or None


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
