"""Requests that change something: the reload, probes on request, and observations of clients.

All are for POST requests only, not for pages of other sites, and beyond loopback only for clients
with a password or a certificate, unless the user allows everyone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from hmac import compare_digest
from math import ceil
from typing import NamedTuple, Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tokcheck.accounts.errors import StoreError
from tokcheck.core.addresses import is_cross_origin
from tokcheck.core.documents import DocumentError, parse_json
from tokcheck.core.errors import TokcheckError, UsageError
from tokcheck.exporter.web.options import MAY_CHANGE
from tokcheck.exporter.web.page.html import FORM_FIELD
from tokcheck.providers.observed.printed_response import read_status

_PROBE_SECONDS = 30.0
_LONGEST_OBSERVATION = 65_536  # bytes
_MOST_HEADERS = 200
_OBSERVATION = (
    'Send JSON: {"account": "anna", "status": 200, "headers": {"RateLimit-Remaining": "87"}}\n'
)
_RETRY_SECONDS = 60.0  # until a ledger that cannot be used may be usable


class RequestedProbe(NamedTuple):
    """The result of a probe that a client requested with ``POST /-/probe``."""

    sentence: str
    """The account's verdict, or why it was not probed."""
    sent: bool
    """Whether it was probed."""
    retry_after: float | None = None
    """Seconds until the next probe, if none was sent; ``None`` if that is not known, or never."""
    is_failure: bool = False
    """Whether the exporter itself is the reason, which cannot count requests."""


class ClientObservation(NamedTuple):
    """A response to a request of a client's own."""

    account: str
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""


class ActionBackend(Protocol):
    """The interface of the exporter for the actions; called in the event loop."""

    async def reload(self) -> None:
        """Read the configuration again.

        :raises UsageError: if it is invalid; the previous one then stays in force.
        :raises StoreError: if the store cannot be read; the same.
        """
        ...

    async def probe(self, name: str) -> RequestedProbe | None:
        """Probe an account now if that is allowed; ``None`` without such an account."""
        ...

    async def observe(self, observed: ClientObservation) -> str | None:
        """Record a client's observation, and return a sentence; ``None`` without such an account.

        :raises UsageError: if the account's provider is not known yet.
        :raises TokcheckError: if it cannot be recorded.
        """
        ...


def action_routes(backend: ActionBackend, form_token: str) -> Sequence[Route]:
    """Return the routes of all actions; ``form_token`` is the one in the page's own forms."""

    async def reload(request: Request) -> Response:
        return refusal(request) or await _reload(backend)

    async def probe(request: Request) -> Response:
        is_own_form = await _is_own_form(request, form_token)
        return refusal(request, is_own_form=is_own_form) or await _probe(backend, request)

    async def observe(request: Request) -> Response:
        return refusal(request) or await _observe(backend, request)

    return (
        Route("/-/reload", reload, methods=["POST"]),
        Route("/-/probe", probe, methods=["POST"]),
        Route("/-/observe", observe, methods=["POST"]),
    )


def may_change(request: Request) -> bool:
    """Return whether this client may reload the configuration and probe."""
    return bool(request.scope.get(MAY_CHANGE))


async def _is_own_form(request: Request, form_token: str) -> bool:
    """Return whether a form is one of the exporter's own page, by the token in it.

    Pages of other sites cannot read it. Needed only behind a proxy that changes ``Host``, which
    then differs from ``Origin``, and without ``Sec-Fetch-Site``, which browsers send neither over
    plain HTTP to another computer.
    """
    if "sec-fetch-site" in request.headers or not is_cross_origin(request.headers):
        return False
    expected, body = f"{FORM_FIELD}={form_token}".encode(), bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > len(expected):
            return False
    return compare_digest(bytes(body), expected)


def refusal(request: Request, *, is_own_form: bool = False) -> Response | None:
    """Return the response to a client that may not change anything; ``None`` if it may."""
    if is_cross_origin(request.headers) and not is_own_form:
        return PlainTextResponse(
            "Requests from pages of other sites are not allowed. "
            "If this was the exporter's own page, reload it.\n",
            403,
        )
    if not may_change(request):
        return PlainTextResponse(
            "Not allowed here: the exporter listens beyond loopback without authentication. "
            "Set up passwords with --web-config, or start it with --web.enable-lifecycle.\n",
            403,
        )
    return None


async def _reload(backend: ActionBackend) -> Response:
    try:
        await backend.reload()
    except (UsageError, StoreError) as error:
        lines = [error.message, error.hint, "The previous configuration stays in force."]
        return PlainTextResponse("".join(f"{line}\n" for line in lines if line), 500)
    return PlainTextResponse("Reloaded.\n")


async def _probe(backend: ActionBackend, request: Request) -> Response:
    names = request.query_params.getlist("account")
    if len(names) != 1 or not names[0]:
        return PlainTextResponse("Name one account: POST /-/probe?account=NAME\n", 400)
    (name,) = names
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            probed = await backend.probe(name)
    except TimeoutError:
        return PlainTextResponse("The probe has not ended yet.\n", 503)
    if probed is None:
        return PlainTextResponse("No account has this name.\n", 404)
    if probed.sent:
        if "text/html" in request.headers.get("accept", ""):  # the button of the page
            return Response(status_code=303, headers={"Location": f"../?account={quote(name)}"})
        return PlainTextResponse(f"{probed.sentence}\n")
    if probed.retry_after is None and not probed.is_failure:
        return PlainTextResponse(f"{probed.sentence}\n", 409)
    seconds = str(max(1, ceil(probed.retry_after or _RETRY_SECONDS)))
    status = 503 if probed.is_failure else 429
    return PlainTextResponse(f"{probed.sentence}\n", status, {"Retry-After": seconds})


async def _observe(backend: ActionBackend, request: Request) -> Response:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_OBSERVATION:
            return PlainTextResponse("The observation is longer than 64 KiB.\n", 413)
    observed = _parse_observation(bytes(body))
    if observed is None:
        return PlainTextResponse(_OBSERVATION, 400)
    try:
        sentence = await backend.observe(observed)
    except UsageError as error:
        return PlainTextResponse(f"{error.message}\n", 409)
    except TokcheckError as error:
        retry = {"Retry-After": str(int(_RETRY_SECONDS))}
        return PlainTextResponse(f"{error.message}\n", 503, retry)
    if sentence is None:
        return PlainTextResponse("No account has this name.\n", 404)
    return PlainTextResponse(f"{sentence}\n")


def _parse_observation(body: bytes) -> ClientObservation | None:
    """Return an observation; ``None`` if the body is none."""
    try:
        fields = parse_json(body.decode())
    except (DocumentError, UnicodeDecodeError):
        return None
    if not isinstance(fields, dict):
        return None
    account, headers = fields.get("account"), fields.get("headers")
    status = read_status(fields.get("status"))
    if not isinstance(account, str) or status is None or not isinstance(headers, dict):
        return None
    kept = {
        name.lower(): str(value)
        for name, value in list(headers.items())[:_MOST_HEADERS]
        if isinstance(value, str | int | float)
    }
    return ClientObservation(account, status, kept)
