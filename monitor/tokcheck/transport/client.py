"""One call at a time, for commands."""

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
from tokcheck.transport import request as outgoing
from tokcheck.transport.endpoints import Endpoints
from tokcheck.transport.request import Call
from tokcheck.transport.response import Body, answered


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
        with outgoing.from_environment():
            self._client = httpx.Client(
                # A connection that does not come about is told apart from an answer that does
                # not only if it is given up before the whole call is.
                timeout=httpx.Timeout(timeout, connect=timeout * outgoing.CONNECT_SHARE),
                limits=httpx.Limits(
                    max_connections=outgoing.AT_ONCE, max_keepalive_connections=outgoing.AT_ONCE
                ),
                **outgoing.settings(verify),
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
        call = outgoing.call(self._endpoints, provider, request)
        abandoned = threading.Event()  # its caller has stopped waiting for it
        answers: SimpleQueue[Response | BaseException] = SimpleQueue()

        def work() -> None:
            try:
                answers.put(self._with_retry(call, abandoned))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
                answers.put(error)

        # A system's name resolution cannot be interrupted, and httpx bounds each read, not
        # their sum: so the call runs beside, and whoever waits stops at the deadline.
        threading.Thread(target=work, daemon=True, name="tokcheck-call").start()
        try:
            answer = answers.get(timeout=self._timeout)
        except Empty:
            abandoned.set()
            raise errors.timed_out(call.host, self._timeout) from None
        if isinstance(answer, Response):
            return answer
        raise answer from None

    def _with_retry(self, call: Call, abandoned: threading.Event) -> Response:
        try:
            return self._once(call, abandoned)
        except NetError as error:
            if not errors.worth_a_retry(error):
                raise
            self._pause(errors.RETRY_PAUSE_SECONDS)
            if abandoned.is_set():  # nobody would read what a second call is spent on
                raise
        return self._once(call, abandoned)

    def _once(self, call: Call, abandoned: threading.Event) -> Response:
        body = Body()
        with (
            errors.explained(call.host, self._timeout),
            closing(self._client.send(call.request, stream=True)) as answer,
            body.arriving(),
        ):
            for chunk in answer.iter_raw():
                if not body.take(chunk) or abandoned.is_set():
                    break
        return answered(answer, body)
