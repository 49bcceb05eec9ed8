"""The outcomes of responses that say nothing about the token.

They are of failing servers, proxies, captive portals and front ends such as Cloudflare's, or are
redirects, or cannot be understood.
"""

from datetime import datetime
from typing import NamedTuple

from tokcheck.core.humanize import DatedSentence, format_duration, format_wait
from tokcheck.core.redact import redact
from tokcheck.core.report import Outcome, Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses.responses import (
    describe_body,
    has_error_form,
    has_foreign_challenge,
    is_page,
    parse_json,
)
from tokcheck.providers.base import Response
from tokcheck.providers.rate_limits.pauses import (
    LONGEST_PAUSE,
    cap_pause,
    delay_end,
    retry_after,
)


class Stop(NamedTuple):
    """An obstacle on the way to the provider: a clause, and advice."""

    reason: str
    advice: str


# Statuses that no API sends.
_STOPS = {
    407: Stop(
        "a proxy on the way requires a password of its own",
        "Write http://USER:PASSWORD@HOST:PORT into the variable HTTPS_PROXY, with the proxy's user "
        "and password.",
    ),
    408: Stop("the server got no whole request in time", "Try again in a few minutes."),
    511: Stop(
        "the network requires a login",
        "Sign in to the network with a browser, then try again.",
    ),
}
# https://google.aip.dev/193; every refusal has one of them.
_STATUS_WORDS = frozenset(
    {"ALREADY_EXISTS", "DEADLINE_EXCEEDED", "FAILED_PRECONDITION", "INVALID_ARGUMENT",
     "NOT_FOUND", "OUT_OF_RANGE", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"}
)  # fmt: skip
_HEAD = 20_000
_BLOCK = Stop(
    "Cloudflare, in front of the API, blocks the request",
    "Cloudflare usually blocks an address, such as that of a VPN or a data center: try from "
    "another network.",
)
# After two requests at once, of which the API refuses one.
_CONFLICT = (
    "This says nothing about the token. Two requests for its user collided, as another program may "
    "use it at this moment: try again in a few seconds.",
)


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
            retry_sentence(
                response,
                until,
                after=" Such a server usually counts the requests from one address, whatever token "
                "they carry.",
            ),
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
            f"the server redirects to {redirect_host(response)} (HTTP {status})",
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
            (retry_sentence(response, until, before="This says nothing about the token. "),),
            status,
            shown,
            retry_at=until,
        )
    if is_googles_page(response):
        return Outcome(
            Verdict.UNDETERMINED,
            f"Google refuses the request with an error page of its own (HTTP {status})",
            (
                "This says nothing about the token. Check the API's address and version; Google "
                "may also block this network for now.",
            ),
            status,
            shown,
        )
    reason = _reason_of(response, error)
    if _is_collision(response):
        return Outcome(Verdict.UNDETERMINED, reason, _CONFLICT, status, shown)
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


def _is_collision(response: Response) -> bool:
    return response.status == 409 and not is_page(response) and not has_foreign_challenge(response)


def _reason_of(response: Response, error: ApiError | None) -> str:
    status = response.status
    if has_foreign_challenge(response):
        return f"a gateway in front of the API requires a login of its own (HTTP {status})"
    if error is not None and (error.message or _own_reason(error)):
        message = f": {error.message}" if error.message else ""
        return f"the server returned HTTP {status}{_own_reason(error)}{message}"
    if _is_collision(response):
        return f"the server reports a conflict with another request (HTTP {status})"
    return f"the response (HTTP {status}) cannot be understood: {describe_body(response)}"


def _own_reason(error: ApiError) -> str:
    """Return the reason of an error in brackets, unless its message or its status says it."""
    kind = error.type or ""
    is_reason = "_" in kind and kind.isupper() and kind not in _STATUS_WORDS
    return f" ({kind})" if is_reason and kind not in (error.message or "") else ""


def is_googles_page(response: Response) -> bool:
    """Return whether the body is the page that Google's own servers show with an error."""
    body = response.body[:_HEAD].lower()
    return is_page(response) and (
        (b"<title>error " in body and b"!!1" in body) or "that\u2019s an error".encode() in body
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
    pauses = (google, retry_after(response.headers, response.received_at), cloudflare)
    return max(filter(None, pauses), default=None)


def _pause_end(response: Response, error: ApiError | None = None) -> datetime | None:
    """Return when a requested pause ends, at most a day after the response."""
    until = _requested_pause_end(response, error)
    return None if until is None else cap_pause(until, response.received_at)


def pause_seconds(response: Response, error: ApiError | None = None) -> float | None:
    """Return for how long an OAuth endpoint wants no further request, at most a day.

    ``None`` if it does not say.
    """
    until = _pause_end(response, error)
    if until is None or until <= response.received_at:
        return None
    return (until - response.received_at).total_seconds()


def pause_words(seconds: float) -> str:
    """Return the length of such a pause for people."""
    is_capped = seconds >= LONGEST_PAUSE.total_seconds()
    return "at least a day" if is_capped else format_duration(seconds)


def retry_sentence(
    response: Response, until: datetime | None, *, before: str = "", after: str = ""
) -> DatedSentence:
    """Return the sentence that says when to try again, between two other texts.

    That is not before ``until``, which the response requests, if it does.
    """
    is_requested = until is not None and until > response.received_at

    def render(now: datetime) -> str:
        if until is None or not is_requested:
            words = "Try again in a few minutes."
        elif until - now >= LONGEST_PAUSE:
            words = "Try again in a day: the response says to wait for that long, or for longer."
        elif now < until:
            left = format_wait((until - now).total_seconds())
            words = f"Try again in {left}, as the response says."
        else:
            words = "Try again: the pause that the response requested is over."
        return f"{before}{words}{after}"

    return DatedSentence(render, response.received_at)


def redirect_host(response: Response, *secrets: Secret) -> str:
    """Return the host that a redirect names, without ``secrets`` and their pieces."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - on this rare path only

    try:
        host = urlsplit(response.headers.get("location", "")).hostname
    except ValueError:
        host = None
    return redact(host, *secrets) if host else "another address"
