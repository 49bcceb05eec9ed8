"""Requests through the real clients to a server on loopback, and the errors they raise."""

import asyncio
import ssl
import traceback
from collections.abc import Callable
from typing import Protocol

from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.core.errors import NetError
from tokcheck.core.secret import Secret
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Request, Response
from tokcheck.transport import AsyncNet, Net
from tokcheck.transport.endpoints import Endpoints

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading real ones is slow
DEVICES = Request("GET", "api", "/1/user/-/devices.json", bearer=Secret(FITBIT))
FORM = Request("POST", "api", "/tokeninfo", form={"access_token": Secret(GOOGLE)})
SHORT = 0.3

Pause = Callable[[float], None]


def endpoints_at(url: str) -> Endpoints:
    return Endpoints({("fitbit", "api"): url})


def no_pause(_: float) -> None:
    pass


class Send(Protocol):
    """Sends requests one after the other through one client; returns the last response."""

    def __call__(
        self,
        url: str,
        *requests: Request,
        timeout: float = 5.0,
        pause: Pause = no_pause,
        verify: ssl.SSLContext = NO_CERTIFICATES,
    ) -> Response: ...


def send(
    url: str,
    *requests: Request,
    timeout: float = 5.0,
    pause: Pause = no_pause,
    verify: ssl.SSLContext = NO_CERTIFICATES,
) -> Response:
    with Net(endpoints_at(url), timeout=timeout, pause=pause, verify=verify) as net:
        return [net.send(REGISTRY["fitbit"], request) for request in requests or [DEVICES]][-1]


def send_async(
    url: str,
    *requests: Request,
    timeout: float = 5.0,
    pause: Pause = no_pause,
    verify: ssl.SSLContext = NO_CERTIFICATES,
) -> Response:
    async def wait(seconds: float) -> None:
        pause(seconds)

    async def main() -> Response:
        async with AsyncNet(endpoints_at(url), timeout=timeout, pause=wait, verify=verify) as net:
            return [
                await net.send(REGISTRY["fitbit"], request) for request in requests or [DEVICES]
            ][-1]

    return asyncio.run(main(), debug=True)


class SendExpectingError(Protocol):
    """Returns the error of a request, after checking that it shows no token."""

    def __call__(
        self,
        url: str,
        request: Request = DEVICES,
        *,
        timeout: float = 5.0,
        pause: Pause = no_pause,
        verify: ssl.SSLContext = NO_CERTIFICATES,
    ) -> NetError: ...


def expecting_error(send: Send) -> SendExpectingError:
    def error_of(
        url: str,
        request: Request = DEVICES,
        *,
        timeout: float = 5.0,
        pause: Pause = no_pause,
        verify: ssl.SSLContext = NO_CERTIFICATES,
    ) -> NetError:
        try:
            send(url, request, timeout=timeout, pause=pause, verify=verify)
        except NetError as caught:
            check_silent(caught, traceback.format_exc(), request)
            return caught
        raise AssertionError("the request succeeded")

    return error_of


def check_silent(error: NetError, trace: str, request: Request = DEVICES) -> None:
    assert error.message
    assert error.hint.endswith(".")
    shown = "\n".join([error.message, error.hint, repr(error), trace])
    for secret in (request.bearer, *(request.form or {}).values()):
        raw = "no secret" if secret is None else secret.reveal()
        assert [part for part in (raw, raw[:20], raw[-20:]) if part in shown] == []
