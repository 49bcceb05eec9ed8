"""The only room that talks to a network: requests with a deadline, a bound and no redirects.

httpx sends; this room adds what a token needs on top: one deadline for a whole call, name
resolution and slow drips included, a bound on the body, and errors that say in one line what
went wrong and never hold a token.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import httpx

from tokcheck import __version__
from tokcheck.endpoints import Endpoints
from tokcheck.errors import NetError
from tokcheck.providers.base import Provider, Request, Response

LONGEST_BODY = 1024 * 1024
_RETRY_PAUSE_SECONDS = 0.3


class Net:
    """Sends requests to their providers; a context manager that owns its connections.

    ``timeout`` is the deadline of one call in seconds, its one retry included. A call is sent
    again only if the first certainly did not reach the server.
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
        self._client = httpx.Client(
            verify=verify,
            follow_redirects=False,
            timeout=httpx.Timeout(timeout),
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=4),
            headers={"User-Agent": f"tokcheck/{__version__}", "Accept": "application/json"},
        )

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
        address = self._endpoints.of(provider.name, request.service)
        host = httpx.URL(address).host
        answers: SimpleQueue[Response | NetError | BaseException] = SimpleQueue()

        def work() -> None:
            try:
                answers.put(self._with_retry(address, request, host))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
                answers.put(error)

        # A system's name resolution cannot be interrupted, and httpx bounds each read, not
        # their sum: so the call runs beside, and whoever waits stops at the deadline.
        threading.Thread(target=work, daemon=True, name="tokcheck-call").start()
        try:
            answer = answers.get(timeout=self._timeout)
        except Empty:
            raise _timed_out(host, self._timeout) from None
        if isinstance(answer, Response):
            return answer
        raise answer from None

    def _with_retry(self, address: str, request: Request, host: str) -> Response:
        try:
            return self._once(address, request, host)
        except NetError as error:
            if error.reached or error.kind == "tls":
                raise
        self._pause(_RETRY_PAUSE_SECONDS)
        return self._once(address, request, host)

    def _once(self, address: str, request: Request, host: str) -> Response:
        headers = {}
        if request.bearer is not None:
            headers["Authorization"] = f"Bearer {request.bearer.reveal()}"
        form = {name: secret.reveal() for name, secret in (request.form or {}).items()}
        body = bytearray()
        cut = False
        try:
            with self._client.stream(
                request.method, address + request.path, headers=headers, data=form or None
            ) as answer:
                status, answer_headers = answer.status_code, _headers(answer.headers)
                try:
                    for chunk in answer.iter_bytes():
                        body += chunk
                        if len(body) > LONGEST_BODY:
                            cut = True
                            break
                except (httpx.RemoteProtocolError, httpx.ReadError, httpx.DecodingError):
                    cut = True
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
                raise _no_connection(host) from None
            raise _timed_out(host, self._timeout) from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError) as error:
            raise _explained(error, host) from None
        return Response(status, answer_headers, bytes(body[:LONGEST_BODY]), datetime.now(UTC), cut)


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
        "connect",
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
            reached=False,
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
            "Check the network and the address, and that the server runs.",
            reached=False,
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | UnicodeError):
        return NetError("address", "the address cannot be used", "Check it.", reached=False)
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
