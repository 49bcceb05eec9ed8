"""Explain why a token endpoint returned no tokens (RFC 6749, section 5.2)."""

from http import HTTPStatus
from typing import NamedTuple

from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.cause import Cause, find_cause
from tokcheck.accounts.oauth.token_error_table import TOKEN_CAUSES
from tokcheck.accounts.oauth.token_request import TokenRequest
from tokcheck.core.humanize import format_duration
from tokcheck.core.redact import redact
from tokcheck.core.report import Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers import responses
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.unclear_responses import find_stop, pause_seconds

_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}


class Refusal(NamedTuple):
    """Why a token endpoint refused, and what to do."""

    sentence: str
    advice: str
    """Ends with a colon: the command follows."""
    command: str


def error_from_response(response: Response, request: TokenRequest) -> OAuthError:
    """Return the error of a response without tokens."""
    errors = responses.parse_errors(response, *request.secrets, *_tokens_in(response))
    status, title = response.status, f"The {request.provider.title}"
    if 300 <= status < 400:
        return OAuthError(
            "redirected",
            f"{title} responded with a redirect (HTTP {status}), which is not followed.",
            "Check the endpoint's URL, and whether a login page of this network is in between.",
            refused=False,
            is_lasting=True,
        )
    if status == 410:
        gone = explain_gone_service(request.provider, request.login)
        return OAuthError(
            "service_gone", gone.sentence, f"{gone.advice} {gone.command}", refused=True
        )
    stop = find_stop(response)
    if stop is not None and (status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED or not errors):
        return OAuthError(
            "malformed",
            f"The request did not reach the {request.provider.title}: {stop.reason} "
            f"(HTTP {status}).",
            f"The application and its tokens are not the cause. {stop.advice}"
            f"{f' Then {request.retry_advice}' if request.what == 'code' else ''}",
            refused=False,
            is_lasting=_is_lasting(status),
        )
    temporary_error = _temporary_error(response, errors, request)
    if temporary_error is not None:
        return temporary_error
    if _is_gateway(response, errors):
        return malformed_response_error(
            response, request, "a gateway in front of the provider requires a login of its own"
        )
    for error in errors:
        cause = _find_cause(error, _subtype(response, request), request)
        if cause is not None:
            return _error_of_cause(cause, error, request)
    if errors and 400 <= status < 500:
        return _unknown_error(errors[0], response, request)
    return malformed_response_error(response, request)


def _tokens_in(response: Response) -> list[Secret]:
    """Return the tokens of a response that is an error all the same, and may repeat them."""
    value = responses.parse_json(response)
    fields = value if isinstance(value, dict) else {}
    tokens = (fields.get(name) for name in ("access_token", "refresh_token", "id_token"))
    return [Secret(token) for token in tokens if isinstance(token, str)]


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


def explain_gone_service(provider: Provider, login: LoginCommand) -> Refusal:
    """Return what to say about a token endpoint that was switched off (HTTP 410)."""
    server = provider.services[provider.oauth.service].variable
    remedies = [f"For another server with this API, set {server}."]
    remedies += provider.remedies.get(Verdict.SERVICE_GONE, ())[:1]
    if provider.oauth.successor:
        command = str(login.for_provider(provider.oauth.successor))
        remedies.append("To log in there, run:")
    else:
        command = str(login)
        remedies.append("If it is back, log in again:")
    sentence = f"The {provider.title} was switched off: its token endpoint returns HTTP 410 Gone."
    return Refusal(sentence, " ".join(remedies), command)


def explain_refused_application(
    provider: Provider, login: LoginCommand, code: str, text: str, *, secret_sent: bool
) -> Refusal:
    """Return what to say about an application with which no tokens are refreshed.

    ``code`` and ``text`` are those of the response. ``login`` names the account.
    """
    request = TokenRequest(provider, "refresh", (), Secret("sent") if secret_sent else None, login)
    error = ApiError(code, text or None, {})
    cause = _find_cause(error, "", request)
    if cause is None:  # from another version of tokcheck
        sentence = _with_detail(f"The {provider.title} refused the application ({code}).", text)
        hint = "Check the application's registration."
    else:
        refused = _error_of_cause(cause, error, request)
        sentence, hint = refused.message, refused.hint
    advice, colon, words = hint.rpartition(": tokcheck ")
    if colon:
        return Refusal(sentence, f"{advice}:", f"tokcheck {words}")
    return Refusal(sentence, f"{hint} Then run:", request.command)


def _temporary_error(
    response: Response, errors: list[ApiError], request: TokenRequest
) -> OAuthError | None:
    """Return the error of a temporary failure, or ``None``."""
    status, title = response.status, f"The {request.provider.title}"
    codes, seconds = {error.type for error in errors}, pause_seconds(response)
    if status == 429 or codes & {"rate_limit_exceeded", "slow_down", "RESOURCE_EXHAUSTED"}:
        is_foreign = not errors and responses.is_page(response)
        who = f"A server in front of the {request.provider.title}" if is_foreign else title
        return OAuthError(
            "rate_limited",
            f"{who} has received too many requests (HTTP {status}).",
            f"Wait{'' if seconds is None else f' {format_duration(seconds)}'}, then "
            f"{request.retry_advice}",
            refused=False,
            retry_after=seconds,
        )
    if status == 409:
        return OAuthError(
            "conflict",
            f"{title} is busy with another request for the same token (HTTP 409).",
            f"Wait a few seconds, then {request.retry_advice}",
            refused=False,
        )
    if status >= 500 or codes & {"server_error", "temporarily_unavailable", "internal_failure"}:
        return OAuthError(
            "server_error",
            f"{title} failed (HTTP {status}).",
            "The application and its tokens are not the cause. Wait "
            f"{'a moment' if seconds is None else format_duration(seconds)}, then "
            f"{request.retry_advice}",
            refused=False,
            retry_after=seconds,
        )
    return None


def _is_gateway(response: Response, errors: list[ApiError]) -> bool:
    """Return whether a gateway or a proxy refused, whose refusal says nothing about a grant.

    A token endpoint may require Basic of the application, as RFC 6749 has it, but not because of a
    code or a token.
    """
    about_client = {"invalid_client", "invalid_request", "unauthorized_client"}
    is_challenge = responses.has_foreign_challenge(response)
    return is_challenge and not any(error.type in about_client for error in errors)


def _find_cause(error: ApiError, subtype: str, request: TokenRequest) -> Cause | None:
    causes = (
        cause
        for cause in TOKEN_CAUSES
        if request.what in cause.requests
        and cause.provider in {None, request.provider.name}
        and cause.secret_sent in {None, request.secret is not None}
    )
    return find_cause(causes, f"{error.message or ''} {subtype}", error.type or "")


def _error_of_cause(cause: Cause, error: ApiError, request: TokenRequest) -> OAuthError:
    provider = request.provider
    names = {
        "title": provider.title,
        "login": request.login,
        "variable": provider.oauth.variable("CLIENT_SECRET"),
        "again": request.again,
        "other_application": request.other_application,
    }
    detail = error.message or ""
    return OAuthError(
        cause.code,
        sentence_of_cause(cause, cause.sentence.format_map(names), detail),
        cause.hint.format_map(names).rstrip(),
        refused=True,
        sign_in=cause.sign_in,
        detail=detail,
    )


def sentence_of_cause(cause: Cause, sentence: str, detail: str) -> str:
    """Return the sentence of a cause; if its code has several meanings, the text helps."""
    return sentence if cause.words else _with_detail(sentence, detail)


def _with_detail(sentence: str, detail: str) -> str:
    return f"{sentence} It says: {_with_full_stop(detail)}" if detail else sentence


def _unknown_error(error: ApiError, response: Response, request: TokenRequest) -> OAuthError:
    reason = ": ".join(filter(None, (error.type, error.message)))
    return OAuthError(
        error.type or "unknown",
        f"The {request.provider.title} refused (HTTP {response.status})"
        f"{f': {_with_full_stop(reason)}' if reason else ' without a reason.'}",
        f"Check the application's registration and the endpoint's URL. Then {request.retry_advice}",
        refused=False,  # an unknown error does not show that nothing was carried out
        is_lasting=_is_lasting(response.status),
    )


def _is_lasting(status: int) -> bool:
    """Return whether a status says that the same request fails again."""
    return 400 <= status < 500 and status not in _PASSING


def _with_full_stop(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _subtype(response: Response, request: TokenRequest) -> str:
    value = responses.parse_json(response)
    subtype = value.get("error_subtype") if isinstance(value, dict) else None
    return redact(subtype, *request.secrets) if isinstance(subtype, str) else ""
