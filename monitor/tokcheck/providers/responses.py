"""Read the bodies of responses: JSON or not, and the shapes of errors.

The Fitbit Web API returns ``{"errors": [{"errorType", "message"}], "success": false}``; Google's
APIs, and since April 2026 the Fitbit Web API too, return a ``google.rpc.Status`` in ``error``
(https://google.aip.dev/193). OAuth endpoints return ``{"error", "error_description"}``.
"""

from datetime import datetime
from typing import Any

from tokcheck.core.documents import parse_json as parse_document
from tokcheck.core.humanize import format_duration
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import plain, redact, redact_known
from tokcheck.core.report import Outcome, Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.api_errors import (
    ApiError,
    parse_google_error,
    redacted_message,
    short_text,
)
from tokcheck.providers.base import Response
from tokcheck.providers.rate_limit_headers import delay_end, retry_after

_SILENT_MESSAGES = {
    "",
    "access denied",
    "forbidden",
    "permission denied",
    "permission_denied",
    "the caller does not have permission",
}
_BEARER = LazyRegex(r"(?i)(?:^|,)\s*bearer\b")


def parse_json(response: Response) -> Any:  # noqa: ANN401 - any JSON value
    """Return the body's JSON value, or ``None`` if it is not JSON."""
    try:
        return parse_document(response.body.decode("utf-8"))
    except ValueError:  # of the encoding, too
        return None


def parse_errors(response: Response, *secrets: Secret) -> list[ApiError]:
    """Return the errors that a body names, in either shape; none if it is not an error body."""
    value = _parse_error_body(response)
    if value is None:
        return []
    if isinstance(value.get("errors"), list):
        return [
            ApiError(
                short_text(entry.get("errorType"), secrets),
                redacted_message(entry.get("message"), secrets),
                {},
            )
            for entry in value["errors"]
            if isinstance(entry, dict)
        ]
    error = value.get("error")
    if isinstance(error, dict):
        return [parse_google_error(error, secrets)]
    if isinstance(error, str):
        return [
            ApiError(
                short_text(error, secrets),
                redacted_message(value.get("error_description"), secrets),
                {},
            )
        ]
    return []


def clean_text(value: object, *secrets: Secret, longest: int = 100) -> str | None:
    """Return a text field, fit to be shown; ``None`` if it is no text or an empty one.

    Only ``secrets`` and their pieces are taken out: an id may look like one and is none.
    """
    if not isinstance(value, str):
        return None
    shown = redact_known(plain(value, longest=10_000), *secrets)
    return plain(shown, longest=longest) or None


def parse_percent(value: object) -> int | None:
    """Return a whole number from 0 to 100; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= 100 else None


def describe_body(response: Response) -> str:
    """Return a clause that describes the body of a response that cannot be understood."""
    if response.cut:
        return "its body is incomplete or too long"
    if not response.body.strip():
        return "its body is empty"
    if is_page(response):
        return "its body is a web page, not JSON"
    if parse_json(response) is None:
        return "its body is not JSON"
    return "its body is JSON of an unknown shape"


def is_page(response: Response) -> bool:
    """Return whether the body is a web page, as of a proxy or a login portal."""
    if response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):  # no JSON begins so
        return True
    return (
        "html" in response.headers.get("content-type", "").lower() and parse_json(response) is None
    )


def has_foreign_challenge(response: Response) -> bool:
    """Return whether the response requires a login that no API of a provider has, such as Basic.

    APIs of OAuth take bearer tokens (RFC 6750), so that is a gateway or a proxy on the way.
    """
    challenge = response.headers.get("www-authenticate", "").strip()
    return bool(challenge) and _BEARER.search(challenge) is None


def is_api_refusal(response: Response) -> bool:
    """Return whether a 401 is a provider's own, and not a gateway's: it has a provider's form.

    Without a body, its challenge must say ``invalid_token``.
    """
    if has_foreign_challenge(response):
        return False
    if not response.body.strip():
        return 'error="invalid_token"' in response.headers.get("www-authenticate", "")
    return has_error_form(response)


def has_error_form(response: Response) -> bool:
    """Return whether the body is an error of the Fitbit Web API or of one of Google's APIs."""
    value = _parse_error_body(response)
    if value is None:
        return False
    entries, error = value.get("errors"), value.get("error")
    if isinstance(entries, list):
        return any(isinstance(one, dict) and "errorType" in one for one in entries)
    return isinstance(error, dict) and (
        isinstance(error.get("status"), str) or isinstance(error.get("errors"), list)
    )


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
    from_cloudflare = b"cloudflare" in response.body.lower() or (
        response.headers.get("server", "").strip().lower() == "cloudflare"
    )
    who = "Cloudflare, in front of the API," if from_cloudflare else "a server in front of the API"
    return Outcome(
        Verdict.UNDETERMINED,
        f"{who} accepts no more requests from here for now (HTTP 429)",
        (
            "This says nothing about the token, nor about how many requests its user has left.",
            f"{_pause_sentence(response)} Such a server usually counts the requests from one "
            "address, whatever token they carry.",
        ),
        response.status,
        retry_at=pause_end(response),
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
        return Outcome(
            Verdict.UNDETERMINED,
            f"the server failed (HTTP {status})",
            (f"This says nothing about the token. {_pause_sentence(response, error)}",),
            status,
            shown,
            retry_at=pause_end(response, error),
        )
    if has_foreign_challenge(response):
        reason = f"a gateway in front of the API requires a login of its own (HTTP {status})"
    elif error is not None and error.message:
        reason = f"the server returned HTTP {status}: {error.message}"
    else:
        reason = f"the response (HTTP {status}) cannot be understood: {describe_body(response)}"
    if (
        own_advice
        and 400 <= status < 500
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


def has_telling_message(error: ApiError) -> bool:
    """Return whether an error's message says more than that something is not permitted."""
    return (error.message or "").strip().rstrip(".").lower() not in _SILENT_MESSAGES


def _parse_error_body(response: Response) -> dict[str, Any] | None:
    """Return the object of an error body; Google's methods that stream put it into a list."""
    value = parse_json(response)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0] if isinstance(value[0].get("error"), dict) else None
    return value if isinstance(value, dict) else None


def pause_end(response: Response, error: ApiError | None = None) -> datetime | None:
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


def _pause_sentence(response: Response, error: ApiError | None = None) -> str:
    """Return the sentence that says when to try again."""
    until = pause_end(response, error)
    if until is None or until <= response.received_at:
        return "Try again in a few minutes."
    seconds = (until - response.received_at).total_seconds()
    return f"Try again in {format_duration(seconds)}, as the response says."


def _redirect_host(response: Response) -> str:
    from urllib.parse import urlsplit  # noqa: PLC0415 - on this rare path only

    try:
        host = urlsplit(response.headers.get("location", "")).hostname
    except ValueError:
        host = None
    return redact(host) if host else "another address"
