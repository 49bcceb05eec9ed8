"""The loopback server of a login: it takes one redirect of a consent page, and nothing else.

Each connection carries one request, of a bounded size and within seconds, and is closed after the
response. h11 reads and writes HTTP. Nothing of a request is logged or shown, because it may hold
a code; nor does the page that the browser lands on repeat anything of it. That page has no script.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from html import escape
from http import HTTPStatus
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

import h11

from tokcheck.accounts.errors import ForeignError
from tokcheck.accounts.login.redirect_uri import LoopbackEndpoint
from tokcheck.core.addresses import bind_error, handle_loop_error
from tokcheck.core.errors import TokcheckError

HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    # The page's own address holds the code: no link and no frame may pass it on.
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
)

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} (tokcheck)</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; padding: 1rem; font: 1.125rem/1.5 system-ui, sans-serif; }}
main {{ max-width: 34rem; margin: 10vh auto 0; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; }}
p {{ overflow-wrap: anywhere; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p role="{role}">{text}</p>
{more}</main>
</body>
</html>
"""
_MORE = "<p>The terminal says what to do next. You can close this window.</p>\n"


def render_page(title: str, text: str, *, failed: bool) -> bytes:
    """Return the page that the browser lands on; ``failed`` makes its text an alert."""
    return _PAGE.format(
        title=escape(title),
        text=escape(text),
        role="alert" if failed else "status",
        more=_MORE if failed else "",
    ).encode("utf-8", "backslashreplace")


MAX_REQUEST_BYTES = 16 * 1024
CONNECTION_SECONDS = 5.0
_MOST_CONNECTIONS = 32
_CHUNK = 4096
# A redirect has at least one of these; a request without them is a mere visit.
_FIELDS = ("code=", "error=", "state=")
_WITHOUT_PORT = "Or add --no-browser and paste the redirect: no port is needed then."

Result = TypeVar("Result")


class LoopbackServer:
    """Listens from the moment that it is made; a context manager.

    ``connection_seconds`` is how long one connection may take; ``port_advice`` is a sentence
    about the choice of the port.

    :raises UsageError: if the port cannot be opened.
    """

    def __init__(
        self,
        endpoint: LoopbackEndpoint,
        *,
        connection_seconds: float = CONNECTION_SECONDS,
        port_advice: str = "",
    ) -> None:
        self._endpoint = endpoint
        self._connection_seconds = connection_seconds
        self._socket = _bind_socket(endpoint, port_advice)
        self.port: int = self._socket.getsockname()[1]

    @property
    def redirect_uri(self) -> str:
        """The redirect URI: where the consent page sends the browser."""
        return self._endpoint.redirect_uri(self.port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def wait(self, read: Callable[[str], Result], seconds: float) -> Result:
        """Return what ``read`` returns for the query of the first redirect of this login.

        The browser shows the result, or the message of a :class:`TokcheckError` that ``read``
        raises. That error is raised here too, except a :class:`ForeignError`: the redirect was
        another login's, and the wait continues. A server waits only once.

        :raises TimeoutError: if there was no redirect within ``seconds``.
        """
        # The default loop of Windows stops listening when a client is gone before it is accepted.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(self._wait(read, seconds))

    async def _wait(self, read: Callable[[str], Result], seconds: float) -> Result:
        asyncio.get_running_loop().set_exception_handler(handle_loop_error)
        receiver = _RedirectReceiver(self._endpoint.path, read, self._connection_seconds)
        server = await asyncio.start_server(receiver.handle_connection, sock=self._socket)
        try:
            async with asyncio.timeout(seconds):
                return await receiver.result
        finally:
            server.close()
            await receiver.close()


class _Page(NamedTuple):
    status: HTTPStatus
    title: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()


class _RedirectReceiver(Generic[Result]):
    """Handles all connections until one of them brings the redirect."""

    def __init__(self, path: str, read: Callable[[str], Result], seconds: float) -> None:
        self.result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._path = path
        self._read = read
        self._seconds = seconds
        self._is_received = False
        self._open: dict[asyncio.Task[object], None] = {}  # the oldest first

    async def close(self) -> None:
        """Close the connections that are open."""
        current = asyncio.current_task()
        left = [task for task in self._open if task is not current]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def handle_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Respond to the one request of a connection, and close it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - each connection is a task of its own
        if len(self._open) >= _MOST_CONNECTIONS:
            # The connection that has been silent for longest goes: the new one may be the browser.
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.cancel()
        self._open[task] = None
        try:
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(self._seconds):
                    await self._respond(reader, writer)
        except asyncio.CancelledError:
            pass  # the wait is over, or another connection needed the slot
        finally:
            self._open.pop(task, None)
            writer.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_REQUEST_BYTES)
        finish: Callable[[], None] | None = None
        head = False
        try:
            request = await _read_request(connection, reader)
            if request is None:
                return
            head = request.method == b"HEAD"
            page, finish = self._page_for(request)
        except h11.RemoteProtocolError as error:
            page = _refusal_page(HTTPStatus(error.error_status_hint))
        try:
            writer.write(_render_response(connection, page, head=head))
            await writer.drain()
        finally:
            if finish is not None:
                finish()

    def _page_for(self, request: h11.Request) -> tuple[_Page, Callable[[], None] | None]:
        """Return the page for a request, and a function that ends the wait once it is sent."""
        target = request.target.decode("ascii", "replace").partition("#")[0]
        path, _, query = target.partition("?")
        if path != self._path:
            return _refusal_page(HTTPStatus.NOT_FOUND), None
        if request.method != b"GET":
            return _refusal_page(HTTPStatus.METHOD_NOT_ALLOWED, ("Allow", "GET")), None
        if not any(field.startswith(_FIELDS) for field in query.split("&")):
            return _refusal_page(HTTPStatus.BAD_REQUEST), None
        if self._is_received:
            return _refusal_page(HTTPStatus.GONE), None
        try:
            value = self._read(query)
        except ForeignError as error:
            return _failure_page(error.message), None
        except Exception as error:  # noqa: BLE001 - raised by wait()
            text = (
                error.message
                if isinstance(error, TokcheckError)
                else "The terminal shows the error."
            )
            failure = error
            self._is_received = True
            return _failure_page(text), lambda: self._set_error(failure)
        self._is_received = True
        text = "tokcheck continues in the terminal. You can close this window."
        return _Page(HTTPStatus.OK, "Consent received", text), lambda: self._set_result(value)

    def _set_result(self, value: Result) -> None:
        if not self.result.done():  # or the wait ended meanwhile
            self.result.set_result(value)

    def _set_error(self, error: Exception) -> None:
        if not self.result.done():
            self.result.set_exception(error)


async def _read_request(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> h11.Request | None:
    """Return the request, or ``None`` if the connection ended before it was whole."""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            return event
        if event is not h11.NEED_DATA:
            return None
        connection.receive_data(await reader.read(_CHUNK))


def _failure_page(text: str) -> _Page:
    return _Page(HTTPStatus.BAD_REQUEST, "This did not work", text)


def _refusal_page(status: HTTPStatus, *more: tuple[str, str]) -> _Page:
    text = "This address only takes the redirect of a consent page that tokcheck has opened."
    return _Page(status, status.phrase, text, more)


def _render_response(connection: h11.Connection, page: _Page, *, head: bool) -> bytes:
    body = render_page(page.title, page.text, failed=page.status is not HTTPStatus.OK)
    headers = [
        *HEADERS, *page.headers, ("Content-Length", str(len(body))), ("Connection", "close")
    ]  # fmt: skip
    response = h11.Response(
        status_code=page.status, headers=headers, reason=page.status.phrase.encode()
    )
    return b"".join(
        (
            connection.send(response) or b"",
            b"" if head else connection.send(h11.Data(data=body)) or b"",
        )
    )


def _bind_socket(endpoint: LoopbackEndpoint, port_advice: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in endpoint.host else socket.AF_INET
    try:
        return socket.create_server((endpoint.host, endpoint.port), family=family, backlog=16)
    except OSError as error:
        raise bind_error(
            error,
            endpoint.host,
            endpoint.port,
            port_option="--port or --redirect-uri",
            address_option="--redirect-uri",
            advice=f"{port_advice} {_WITHOUT_PORT}".lstrip(),
        ) from None
