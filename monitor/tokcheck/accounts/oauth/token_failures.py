"""The errors of responses of a token endpoint that are no refusal of its own.

They are of servers that fail or are busy, of proxies, gateways and login pages, or have no known
form. None says anything about the grant or the application.
"""

from collections.abc import Sequence
from http import HTTPStatus

from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.oauth.token_error_table import FAILURE_CODES, LIMIT_CODES
from tokcheck.accounts.oauth.token_request import TokenRequest
from tokcheck.core.humanize import end_sentence
from tokcheck.core.redact import plain, redact
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses import responses
from tokcheck.providers.api_responses.unclear_responses import (
    find_stop,
    pause_seconds,
    pause_words,
    redirect_host,
)
from tokcheck.providers.base import Response

_MOVED = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
# Where the body is JSON, it is of a server that carries out nothing.
_TURNED_AWAY = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}


def failure_error(
    response: Response, errors: Sequence[ApiError], request: TokenRequest
) -> OAuthError | None:
    """Return the error of a response that is no refusal, whatever its code says.

    ``errors`` are those in its body. ``None`` if the code decides.
    """
    status = response.status
    if 300 <= status < 400:
        return _redirect_error(response, request)
    stop = find_stop(response)
    if stop is not None and (status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED or not errors):
        return OAuthError(
            "malformed",
            f"The request did not reach the {request.provider.title}: {stop.reason} "
            f"(HTTP {status}).",
            f"The application and its tokens are not the cause. {stop.advice}"
            f"{_code_again(request)}",
            refused=False,
            is_lasting=_is_lasting(status),
            was_turned_away=True,
        )
    temporary = _temporary_error(response, errors, request)
    if temporary is not None:
        return temporary
    if _is_gateway(response, errors):
        gateway = malformed_response_error(
            response, request, "a gateway in front of the provider requires a login of its own"
        )
        gateway.was_turned_away = True
        return gateway
    return None


def unexplained_error(
    response: Response, errors: Sequence[ApiError], request: TokenRequest
) -> OAuthError:
    """Return the error of a response with an unknown code, or without one."""
    if response.status in _TURNED_AWAY and isinstance(responses.parse_json(response), dict):
        return _turned_away_error(errors[0] if errors else None, response, request)
    if errors and (response.status < 300 or 400 <= response.status < 500):
        return _unknown_error(errors[0], response, request)
    return malformed_response_error(response, request)


def _redirect_error(response: Response, request: TokenRequest) -> OAuthError:
    status, host = response.status, redirect_host(response, *request.secrets)
    checks = "the endpoint's URL, and whether a login page of this network is in between"
    advice = f"Check {checks}."
    if status in _MOVED:
        advice = (
            f"If the endpoint has moved, set {_address_variable(request)}. If not, check {checks}."
        )
    return OAuthError(
        "redirected",
        f"The {request.provider.title} responded with a redirect (HTTP {status}) to {host}, which "
        "is not followed.",
        f"The grant is not the cause. {advice}{_code_again(request)}",
        refused=False,
        is_lasting=True,
        was_turned_away=True,
    )


def _temporary_error(
    response: Response, errors: Sequence[ApiError], request: TokenRequest
) -> OAuthError | None:
    """Return the error of a temporary failure, or ``None``."""
    status, title = response.status, f"The {request.provider.title}"
    codes, seconds = {error.type for error in errors}, pause_seconds(response)
    if status == 429 or codes & LIMIT_CODES:
        is_foreign = not errors and responses.is_page(response)
        who = f"A server in front of the {request.provider.title}" if is_foreign else title
        return OAuthError(
            "rate_limited",
            f"{who} has received too many requests ({_reason_of(status, codes & LIMIT_CODES)}).",
            f"Wait{'' if seconds is None else f' {pause_words(seconds)}'}, then "
            f"{request.retry_advice}",
            refused=False,
            retry_after=seconds,
        )
    if status == 409:
        return OAuthError(
            "conflict",
            f"{title} is busy with another request for the same token (HTTP 409).",
            "Another program may refresh it at this moment: only one of them should. Wait a few "
            f"seconds, then {request.retry_advice}",
            refused=False,
        )
    if status >= 500 or codes & FAILURE_CODES:
        return OAuthError(
            "server_error",
            f"{title} failed ({_reason_of(status, codes & FAILURE_CODES)}).",
            "The application and its tokens are not the cause. Wait "
            f"{'a moment' if seconds is None else pause_words(seconds)}, then "
            f"{request.retry_advice}",
            refused=False,
            retry_after=seconds,
        )
    return None


def _reason_of(status: int, codes: set[str | None]) -> str:
    """Return the sign of a temporary failure: its status, or else its code."""
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500:
        return f"HTTP {status}"
    return min(filter(None, codes))


def _is_gateway(response: Response, errors: Sequence[ApiError]) -> bool:
    """Return whether a gateway or a proxy refused, which says nothing about a grant.

    A token endpoint may require Basic of the application, as RFC 6749 has it, but not because of a
    code or a token.
    """
    about_client = {"invalid_client", "invalid_request", "unauthorized_client"}
    is_challenge = responses.has_foreign_challenge(response)
    return is_challenge and not any(error.type in about_client for error in errors)


def malformed_response_error(
    response: Response, request: TokenRequest, why: str = ""
) -> OAuthError:
    """Return the error of a response that cannot be understood."""
    what = why or responses.describe_body(response)
    return OAuthError(
        "malformed",
        f"The response of the {request.provider.title} (HTTP {response.status}) cannot be "
        f"understood: {what}.",
        "Check the endpoint's URL, and whether a proxy or a login page is in between. Then "
        f"{request.retry_advice}",
        refused=False,
        is_lasting=_is_lasting(response.status),
    )


def _turned_away_error(
    error: ApiError | None, response: Response, request: TokenRequest
) -> OAuthError:
    """Return the error of a server that does not know the address, or does not admit the client."""
    status, title = response.status, f"The {request.provider.title}"
    if status == HTTPStatus.FORBIDDEN:
        sentence = f"{title} does not admit this client (HTTP {status})"
        advice = (
            "Check whether the application may still be used, by its registration, and whether "
            "this network is blocked."
        )
    else:
        sentence = f"{title} has no token endpoint at this address (HTTP {status})"
        advice = f"Check {_address_variable(request)}, and the proxies in between."
    reason = _reason(error) if error is not None else _message_of(response, request)
    if error is not None and not reason:
        sentence += ", without a reason"
    return OAuthError(
        (error and error.type) or "unknown",
        f"{sentence}: {end_sentence(reason)}" if reason else f"{sentence}.",
        f"The grant is not the cause. {advice}{_code_again(request)}",
        refused=False,
        is_lasting=True,
        was_turned_away=True,
    )


def _code_again(request: TokenRequest) -> str:
    """Return that a code, which lives for minutes, needs a new login after a correction."""
    return f" Then {request.retry_advice}" if request.what == "code" else ""


def _address_variable(request: TokenRequest) -> str:
    return request.provider.services[request.provider.oauth.service].variable


def _message_of(response: Response, request: TokenRequest) -> str:
    """Return the text of a gateway's JSON, which has another form than an error of OAuth."""
    value = responses.parse_json(response)
    message = value.get("message") if isinstance(value, dict) else None
    return redact(plain(message), *request.secrets) if isinstance(message, str) else ""


def _reason(error: ApiError) -> str:
    return ": ".join(filter(None, (error.type, error.message)))


def _unknown_error(error: ApiError, response: Response, request: TokenRequest) -> OAuthError:
    reason = _reason(error)
    return OAuthError(
        error.type or "unknown",
        f"The {request.provider.title} refused (HTTP {response.status})"
        f"{f': {end_sentence(reason)}' if reason else ' without a reason.'}",
        f"Check the application's registration and the endpoint's URL. Then {request.retry_advice}",
        refused=False,  # an unknown error does not show that nothing was carried out
        is_lasting=_is_lasting(response.status),
    )


def _is_lasting(status: int) -> bool:
    """Return whether a status says that the same request fails again."""
    return 400 <= status < 500 and status not in _PASSING
