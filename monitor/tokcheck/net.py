"""The only room that talks to a network: requests with a deadline, a bound and no redirects.

httpx sends; this room adds what a token needs on top: one deadline for a whole call, name
resolution and slow drips included, a bound on the body, and errors that say in one line what
went wrong and never hold a token.
"""

import socket
import ssl
import threading
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import httpx

from tokcheck import __version__
from tokcheck.endpoints import Endpoints
from tokcheck.errors import NetError, UsageError
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.secret import Secret

LONGEST_BODY = 1024 * 1024
_RETRY_PAUSE_SECONDS = 0.3
_CONNECT_SHARE = 0.75
_WORTH_A_RETRY = {"refused", "connect", "dns", "proxy"}


class _Call(NamedTuple):
    """One call: where to, what, and whether its caller has stopped waiting for it."""

    address: str
    host: str
    request: Request
    abandoned: threading.Event


class Net:
    """Sends requests to their providers; a context manager that owns its connections.

    ``timeout`` is the deadline of one call in seconds, its one retry included. A call is sent
    again only if the first certainly did not reach the server.

    :raises UsageError: if the environment's proxies or certificates cannot be used.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        *,
        timeout: float,
        pause: Callable[[float], None],
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._endpoints = endpoints
        self._timeout = timeout
        self._pause = pause
        try:
            self._client = httpx.Client(
                verify=verify,
                follow_redirects=False,
                # A connection that does not come about is told apart from an answer that does
                # not only if it is given up before the whole call is.
                timeout=httpx.Timeout(timeout, connect=timeout * _CONNECT_SHARE),
                limits=httpx.Limits(max_connections=4, max_keepalive_connections=4),
                headers={
                    "User-Agent": f"tokcheck/{__version__}",
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",  # nothing to gain, and no bombs
                },
                # A cookie would tie one person's token to the next person's.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                # http:// is loopback, and a proxy would carry the token off it in clear.
                mounts={"http://": None},
            )
        except (ValueError, ImportError, httpx.InvalidURL):
            raise UsageError(
                "The proxy that the environment names cannot be used.",
                "Check HTTPS_PROXY and ALL_PROXY: write http://host:port or https://host:port.",
            ) from None
        except OSError:
            raise UsageError(
                "The certificates that the environment names cannot be read.",
                "Check SSL_CERT_FILE and SSL_CERT_DIR.",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def send(self, provider: Provider, request: Request) -> Response:
        """Send one request and return its answer.

        :raises NetError: if there was no answer within the deadline.
        """
        _check((request.bearer, *(request.form or {}).values(), *(request.basic or ())[1:]))
        address = self._endpoints.of(provider.name, request.service)
        call = _Call(address, urlsplit(address).hostname or "", request, threading.Event())
        answers: SimpleQueue[Response | BaseException] = SimpleQueue()

        def work() -> None:
            try:
                answers.put(self._with_retry(call))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
                answers.put(error)

        # A system's name resolution cannot be interrupted, and httpx bounds each read, not
        # their sum: so the call runs beside, and whoever waits stops at the deadline.
        threading.Thread(target=work, daemon=True, name="tokcheck-call").start()
        try:
            answer = answers.get(timeout=self._timeout)
        except Empty:
            call.abandoned.set()
            raise _timed_out(call.host, self._timeout) from None
        if isinstance(answer, Response):
            return answer
        raise answer from None

    def _with_retry(self, call: _Call) -> Response:
        try:
            return self._once(call)
        except NetError as error:
            if error.reached or error.kind not in _WORTH_A_RETRY:
                raise
            self._pause(_RETRY_PAUSE_SECONDS)
            if call.abandoned.is_set():  # nobody would read what a second call is spent on
                raise
        return self._once(call)

    def _once(self, call: _Call) -> Response:
        request, host = call.request, call.host
        headers = {}
        if request.bearer is not None:
            headers["Authorization"] = f"Bearer {request.bearer.reveal()}"
        if request.basic is not None:
            name, secret = request.basic
            pair = f"{name}:{secret.reveal()}".encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        form = {field: value.reveal() for field, value in (request.form or {}).items()}
        body = bytearray()
        cut = False
        try:
            with self._client.stream(
                request.method, call.address + request.path, headers=headers, data=form or None
            ) as answer:
                status, answer_headers = answer.status_code, _headers(answer.headers)
                try:
                    for chunk in answer.iter_raw():
                        body += chunk
                        if len(body) > LONGEST_BODY or call.abandoned.is_set():
                            cut = True
                            break
                except (httpx.RemoteProtocolError, httpx.ReadError):
                    cut = True
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
                raise _no_connection(host) from None
            raise _timed_out(host, self._timeout) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
            raise _explained(error, host) from None
        decoded, whole = _decoded(bytes(body[:LONGEST_BODY]), answer_headers)
        return Response(status, answer_headers, decoded, datetime.now(UTC), cut or not whole)


def _check(secrets: Iterable[Secret | None]) -> None:
    """Refuse to send what could break out of a header; such a text is no token anyway."""
    for secret in secrets:
        raw = "x" if secret is None else secret.reveal()
        if not raw or not all("!" <= character <= "~" for character in raw):
            raise NetError(
                "token",
                "the token holds characters that no request can carry",
                "Copy it again, without blanks and line breaks.",
                reached=False,
            )


def _decoded(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """Undo a compression that was not asked for, up to the bound; tell if that was all of it."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in {"gzip", "x-gzip", "deflate"} or not body:
        return body, True
    decoder = zlib.decompressobj(wbits=47)  # a gzip or zlib header, whichever stands there
    try:
        return decoder.decompress(body, LONGEST_BODY), decoder.eof
    except zlib.error:
        return b"", False


def _headers(headers: httpx.Headers) -> Mapping[str, str]:
    # httpx joins repeated headers with commas; a joined number is no number, and says so later.
    return dict(headers.items())


def _timed_out(host: str, timeout: float) -> NetError:
    return NetError(
        "timeout",
        f"{host} did not answer within {timeout:g} s",
        "Try again, or allow more time with --timeout.",
        reached=True,
    )


def _no_connection(host: str) -> NetError:
    return NetError(
        "connect-timeout",  # not tried again: most of the time is gone
        f"no connection to {host} came about in time",
        "Check the network, and whether a firewall or a proxy stands between.",
        reached=False,
    )


def _explained(error: Exception, host: str) -> NetError:
    """Say in one line what went wrong. No text of the error itself: it may repeat a token."""
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return NetError(
            "tls",
            f"the certificate of {host} could not be verified",
            "Check this machine's clock and certificates, and whether a proxy opens the "
            "connection; SSL_CERT_FILE names further authorities.",
            reached=False,
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return NetError(
            "tls",
            f"no encrypted connection to {host} came about",
            "Check that the address speaks TLS, and whether a proxy stands between.",
            reached=not isinstance(error, httpx.ConnectError),
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return NetError(
            "dns",
            f"the name {host} could not be resolved",
            "Check the network and the address.",
            reached=False,
        )
    if isinstance(error, httpx.ProxyError):
        return NetError(
            "proxy",
            f"the proxy did not let the request to {host} through",
            "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
            reached=False,
        )
    if isinstance(error, httpx.ConnectError):
        refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
        return NetError(
            "refused" if refused else "connect",
            f"{host} {'refused the connection' if refused else 'could not be reached'}",
            "Check the network and the address, that the server runs, and the proxy if one is set.",
            reached=False,
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | UnicodeError):
        return NetError("address", "the address cannot be used", "Check it.", reached=False)
    if any(type(cause).__module__.partition(".")[0] == "h11" for cause in causes):
        return NetError(
            "protocol",
            f"{host} did not answer in HTTP",
            "Check the address: its port, and whether it is http:// or https://.",
            reached=True,
        )
    return NetError(
        "dropped",
        f"{host} dropped the connection without an answer",
        "Try again in a few minutes.",
        reached=True,
    )


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in causes:
        causes.append(current)
        current = current.__cause__ or current.__context__
    return causes
