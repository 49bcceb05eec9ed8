"""The client for one request at a time, for commands."""

import ssl
import threading
from collections.abc import Callable
from contextlib import closing
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import httpx

from tokcheck.core.errors import NetError
from tokcheck.providers.base import Provider, Request, Response
from tokcheck.transport import errors
from tokcheck.transport.endpoints import Endpoints
from tokcheck.transport.request import (
    CONNECT_SHARE,
    CONNECTIONS_PER_POOL,
    OutgoingRequest,
    build_request,
    client_settings,
    environment_errors,
)
from tokcheck.transport.response import (
    DEFAULT_RECEPTION,
    Body,
    Reception,
    Stopwatch,
    build_response,
    keep_location,
)


class Net:
    """Sends requests to providers; a context manager that owns its connections.

    ``timeout`` is the deadline of one request in seconds, its one retry included. A request is
    sent again only if the first certainly did not reach the server. ``pause`` waits before a retry.

    :raises UsageError: if the environment's proxies or certificates cannot be used.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        *,
        timeout: float,
        pause: Callable[[float], None],
        verify: ssl.SSLContext | bool = True,
        reception: Reception = DEFAULT_RECEPTION,
    ) -> None:
        self._endpoints = endpoints
        self._reception = reception
        self._timeout = timeout
        self._pause = pause
        with environment_errors():
            self._client = httpx.Client(
                # A failed connection can be distinguished from a missing response only if its
                # timeout ends before the deadline of the request.
                timeout=httpx.Timeout(timeout, connect=timeout * CONNECT_SHARE),
                limits=httpx.Limits(
                    max_connections=CONNECTIONS_PER_POOL,
                    max_keepalive_connections=CONNECTIONS_PER_POOL,
                ),
                event_hooks={"response": [keep_location]},
                **client_settings(verify),
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
        """Send one request and return its response.

        :raises NetError: if there is no response within the deadline.
        """
        outgoing = build_request(self._endpoints, provider, request)
        abandoned = threading.Event()  # set when the caller stops waiting
        outcomes: SimpleQueue[Response | BaseException] = SimpleQueue()

        def work() -> None:
            try:
                outcomes.put(self._send_with_retry(outgoing, abandoned))
            except BaseException as error:  # noqa: BLE001 - raised in the waiting thread
                outcomes.put(error)

        # Name resolution cannot be interrupted, and httpx limits each read, not their sum. So the
        # request runs in a thread, and the caller stops waiting at the deadline.
        threading.Thread(target=work, daemon=True, name="tokcheck-request").start()
        try:
            outcome = outcomes.get(timeout=self._timeout)
        except Empty:
            abandoned.set()
            raise errors.timeout_error(outgoing.host, self._timeout) from None
        if isinstance(outcome, Response):
            self._reception.observe(outcome)
            return outcome
        raise outcome from None

    def _send_with_retry(self, outgoing: OutgoingRequest, abandoned: threading.Event) -> Response:
        try:
            return self._send_once(outgoing, abandoned)
        except NetError as error:
            if not errors.is_retryable(error):
                raise
            self._pause(errors.RETRY_PAUSE_SECONDS)
            if abandoned.is_set():  # nothing would read the response to a second request
                raise
        return self._send_once(outgoing, abandoned)

    def _send_once(self, outgoing: OutgoingRequest, abandoned: threading.Event) -> Response:
        body, stopwatch = Body(), Stopwatch(self._reception.now)
        with (
            errors.convert_errors(outgoing.host, self._timeout),
            closing(self._client.send(outgoing.http_request, stream=True)) as http_response,
            body.receiving(),
        ):
            arrival = stopwatch.arrival()
            for chunk in http_response.iter_raw():
                if not body.append(chunk) or abandoned.is_set():
                    break
        return build_response(http_response, body, arrival)
