"""Calls through the real client to a server on loopback, and the errors they end in."""

import ssl
import traceback

from tests.tokens import FITBIT, GOOGLE
from tokcheck.endpoints import Endpoints
from tokcheck.errors import NetError
from tokcheck.net import Net
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Request, Response
from tokcheck.secret import Secret

NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading real ones takes its time
DEVICES = Request("GET", "api", "/1/user/-/devices.json", bearer=Secret(FITBIT))
FORM = Request("POST", "api", "/tokeninfo", form={"access_token": Secret(GOOGLE)})
SHORT = 0.3


def send(
    url: str,
    request: Request = DEVICES,
    *,
    timeout: float = 5.0,
    pauses: list[float] | None = None,
    verify: ssl.SSLContext = NO_CERTIFICATES,
) -> Response:
    pause = (lambda _: None) if pauses is None else pauses.append
    endpoints = Endpoints({("fitbit", "api"): url})
    with Net(endpoints, timeout=timeout, pause=pause, verify=verify) as net:
        return net.send(REGISTRY["fitbit"], request)


def refused(
    url: str,
    request: Request = DEVICES,
    *,
    timeout: float = 5.0,
    pauses: list[float] | None = None,
    verify: ssl.SSLContext = NO_CERTIFICATES,
) -> NetError:
    """Return the error of a call, after looking for its token wherever that could show."""
    try:
        send(url, request, timeout=timeout, pauses=pauses, verify=verify)
    except NetError as caught:
        error, trace = caught, traceback.format_exc()
    else:
        raise AssertionError("the call went through")
    assert error.message
    assert error.hint.endswith(".")
    shown = "\n".join([error.message, error.hint, repr(error), trace])
    for secret in (request.bearer, *(request.form or {}).values()):
        raw = "no secret" if secret is None else secret.reveal()
        assert [part for part in (raw, raw[:20], raw[-20:]) if part in shown] == []
    return error
