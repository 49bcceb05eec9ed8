"""The outcomes of responses that say nothing about the token.

They are of failing servers, proxies, captive portals and front ends such as Cloudflare's, or are
redirects, or cannot be understood.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from tokcheck.core.humanize import format_duration
from tokcheck.core.redact import redact
from tokcheck.core.report import Outcome, Verdict
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.base import Response
from tokcheck.providers.rate_limit_headers import delay_end, retry_after
from tokcheck.providers.responses import (
    describe_body,
    has_error_form,
    has_foreign_challenge,
    is_page,
    parse_json,
)


class Stop(NamedTuple):
    """What stops a request on its way to the provider: a clause, and what to do."""

    reason: str
    advice: str


# Statuses that no API sends.
_STOPS = {
    407: Stop(
        "a proxy on the way requires a login of its own",
        "Check the proxy's user and password in the variable HTTPS_PROXY.",
    ),
    408: Stop("the server got no whole request in time", "Try again in a few minutes."),
    511: Stop(
        "the network requires a login",
        "Sign in to the network with a browser, then try again.",
    ),
}
_BLOCK = Stop(
    "Cloudflare, in front of the API, blocks the request",
    "Cloudflare usually blocks an address, such as that of a VPN or a data center: try from "
    "another network.",
)
# No server is down for longer, and no rate limit lasts longer.
_LONGEST_PAUSE = timedelta(days=1)


def find_stop(response: Response) -> Stop | None:
    """Return what stopped the request on its way; ``None`` if nothing is known to have."""
    if response.status == 403 and is_page(response) and is_from_cloudflare(response):
        return _BLOCK
    return _STOPS.get(response.status)


def is_front_end_limit(response: Response) -> bool:
    """Return whether a 429 comes from a server in front of the API, such as Cloudflare's.

    It has a body, which is not of a provider's form. Its limit counts other things than the API's,
    such as the requests from one address.
    """
    return (
        response.status == 429
        and bool(response.body.strip())
        and (has_foreign_challenge(response) or not has_error_form(response))
    )


def front_end_limit_outcome(response: Response) -> Outcome:
    """Return the outcome of such a 429, which says nothing about the token and its own limit."""
    is_cloudflare, until = is_from_cloudflare(response), _pause_end(response)
    who = "Cloudflare, in front of the API," if is_cloudflare else "a server in front of the API"
    return Outcome(
        Verdict.UNDETERMINED,
        f"{who} accepts no more requests from here for now (HTTP 429)",
        (
            "This says nothing about the token, nor about how many requests its user has left.",
            f"{_pause_sentence(response, until)} Such a server usually counts the requests from "
            "one address, whatever token they carry.",
        ),
        response.status,
        retry_at=until,
    )


def undetermined_outcome(
    response: Response, error: ApiError | None = None, own_advice: tuple[str, ...] = ()
) -> Outcome:
    """Return the outcome of a response that says nothing about the token.

    ``own_advice`` is that for a refusal of the provider's own form, which no proxy writes.
    """
    status = response.status
    shown = error.probe_error if error else None
    if 300 <= status < 400:
        return Outcome(
            Verdict.UNDETERMINED,
            f"the server redirects to {_redirect_host(response)} (HTTP {status})",
            ("tokcheck does not follow redirects with a token. Check the API's address.",),
            status,
            shown,
        )
    stop = find_stop(response)
    if stop is not None:
        advice = f"This says nothing about the token. {stop.advice}"
        return Outcome(
            Verdict.UNDETERMINED, f"{stop.reason} (HTTP {status})", (advice,), status, shown
        )
    if status == 501:
        message = f": {error.message}" if error is not None and error.message else ""
        return Outcome(
            Verdict.UNDETERMINED,
            f"the server does not have what was requested (HTTP 501){message}",
            ("This says nothing about the token. Check the API's address and version.",),
            status,
            shown,
        )
    if status >= 500:
        until = _pause_end(response, error)
        return Outcome(
            Verdict.UNDETERMINED,
            f"the server failed (HTTP {status})",
            (f"This says nothing about the token. {_pause_sentence(response, until)}",),
            status,
            shown,
            retry_at=until,
        )
    if has_foreign_challenge(response):
        reason = f"a gateway in front of the API requires a login of its own (HTTP {status})"
    elif error is not None and error.message:
        reason = f"the server returned HTTP {status}: {error.message}"
    else:
        reason = f"the response (HTTP {status}) cannot be understood: {describe_body(response)}"
    if (
        own_advice
        and status < 500
        and has_error_form(response)
        and not has_foreign_challenge(response)
    ):
        return Outcome(Verdict.UNDETERMINED, reason, own_advice, status, shown)
    return Outcome(
        Verdict.UNDETERMINED,
        reason,
        (
            "This says nothing about the token. Check the API's address, and whether a proxy or "
            "a login page intercepts the request.",
        ),
        status,
        shown,
    )


def is_from_cloudflare(response: Response) -> bool:
    """Return whether Cloudflare wrote a response, or passed one of its own form on."""
    return b"cloudflare" in response.body.lower() or (
        response.headers.get("server", "").strip().lower() == "cloudflare"
    )


def _requested_pause_end(response: Response, error: ApiError | None = None) -> datetime | None:
    """Return the moment before which a response wants no further request.

    Google's RetryInfo has it, or ``Retry-After``, or Cloudflare's JSON in ``retry_after``.
    """
    body = parse_json(response)
    seconds = body.get("retry_after") if isinstance(body, dict) else None
    delays = (error.details.get("retryDelay", "") if error else "", f"{seconds}s")
    google, cloudflare = (
        delay_end(delay, response.headers, response.received_at) for delay in delays
    )
    return google or retry_after(response.headers, response.received_at) or cloudflare


def _pause_end(response: Response, error: ApiError | None = None) -> datetime | None:
    """Return the same for a response of the API, without a moment that is more than a day away."""
    until = _requested_pause_end(response, error)
    return until if until is None or until <= response.received_at + _LONGEST_PAUSE else None


def pause_seconds(response: Response, error: ApiError | None = None) -> float | None:
    """Return for how long an OAuth endpoint wants no further request, at most a day.

    ``None`` if it does not say.
    """
    until = _requested_pause_end(response, error)
    if until is None or until <= response.received_at:
        return None
    return min(until - response.received_at, _LONGEST_PAUSE).total_seconds()


def _pause_sentence(response: Response, until: datetime | None) -> str:
    """Return the sentence that says when to try the API again, which is not before ``until``."""
    return retry_sentence(None if until is None else (until - response.received_at).total_seconds())


def retry_sentence(seconds: float | None) -> str:
    """Return the sentence that says to try again after a pause that a response requests, if any."""
    if seconds is None or seconds <= 0:
        return "Try again in a few minutes."
    return f"Try again in {format_duration(seconds)}, as the response says."


def _redirect_host(response: Response) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 - on this rare path only

    try:
        host = urlsplit(response.headers.get("location", "")).hostname
    except ValueError:
        host = None
    return redact(host) if host else "another address"
