"""Explain why a token endpoint returned no tokens (RFC 6749, section 5.2)."""

from http import HTTPStatus
from typing import NamedTuple

from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.login_command import LoginCommand, name_account
from tokcheck.accounts.oauth.cause import Cause, find_cause
from tokcheck.accounts.oauth.token_error_table import TOKEN_CAUSES
from tokcheck.accounts.oauth.token_failures import failure_error, unexplained_error
from tokcheck.accounts.oauth.token_request import TokenRequest
from tokcheck.core.humanize import end_sentence
from tokcheck.core.redact import redact
from tokcheck.core.report import Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.api_errors import ApiError
from tokcheck.providers.api_responses import responses
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.rate_limits.numbers import value_at


class Refusal(NamedTuple):
    """Why a token endpoint refused, and advice."""

    sentence: str
    advice: str
    """Ends with a colon where the command follows."""
    command: str
    """The command that helps; empty if none is known."""


def error_from_response(response: Response, request: TokenRequest) -> OAuthError:
    """Return the error of a response without tokens."""
    errors = read_errors(response, request)
    if response.status == HTTPStatus.GONE:
        gone = explain_gone_service(request.provider, request.login)
        return OAuthError(
            "service_gone", gone.sentence, f"{gone.advice} {gone.command}", refused=True
        )
    failure = failure_error(response, errors, request)
    if failure is not None:
        return failure
    for error in errors:
        cause = _find_cause(error, _subtype(response, request), request)
        if cause is not None:
            return _error_of_cause(cause, error, request)
    return unexplained_error(response, errors, request)


def read_errors(response: Response, request: TokenRequest) -> list[ApiError]:
    """Return the errors that a response of the token endpoint names; none if it is no refusal.

    Those of a declared provider are as its declaration says.
    """
    oauth = request.provider.oauth
    secrets = (*request.secrets, *_tokens_in(response, oauth.answer))
    own = oauth.read_refusal(response, secrets) if oauth.read_refusal else None
    errors = [own] if own is not None else responses.parse_errors(response, *secrets)
    is_success = 200 <= response.status < 300
    return [error for error in errors if not is_success or error.type or error.message]


def _tokens_in(response: Response, path: str) -> list[Secret]:
    """Return the tokens of a response that is an error all the same, and may repeat them.

    ``path`` is that of the object with the tokens.
    """
    value = responses.parse_json(response)
    objects = [value, value_at(value, path)] if path else [value]
    names = ("access_token", "refresh_token", "id_token")
    tokens = (each.get(name) for each in objects if isinstance(each, dict) for name in names)
    return [Secret(token) for token in tokens if isinstance(token, str) and token]


def explain_gone_service(provider: Provider, login: LoginCommand) -> Refusal:
    """Explain a token endpoint that was switched off (HTTP 410)."""
    oauth = provider.oauth
    variable = provider.services[oauth.service].variable
    advice = [f"If you use another server with this API, set {variable} to its address."]
    if oauth.successor:
        command = str(login.for_provider(oauth.successor))
        advice += [oauth.migration, "To log in there, run:"]
    else:
        command = str(login)
        remedy = provider.remedies.get(Verdict.SERVICE_GONE, ())[:1]
        advice += name_account(remedy, provider.name, login.name) if login.name else remedy
        advice.append("If it is back, log in again:")
    sentence = f"The {provider.title} was switched off: its token endpoint returns HTTP 410 Gone."
    return Refusal(sentence, " ".join(advice), command)


def explain_refused_application(
    provider: Provider, login: LoginCommand, code: str, text: str, *, secret_sent: bool
) -> Refusal:
    """Explain an application that the provider refuses.

    ``code`` and ``text`` are those of the response. ``login`` names the account.
    """
    request = TokenRequest(provider, "refresh", (), Secret("sent") if secret_sent else None, login)
    error = ApiError(code, text or None, {})
    cause = _find_cause(error, "", request)
    if cause is None:  # from another version of tokcheck
        sentence = _with_detail(f"The {provider.title} refused the application ({code}).", text)
        refusal = Refusal(sentence, "Check the application's registration.", "")
    else:
        refusal = _explain_cause(cause, error, request)
    if refusal.command:
        return refusal
    return refusal._replace(advice=f"{refusal.advice} Then run:", command=request.command)


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
    refusal = _explain_cause(cause, error, request)
    return OAuthError(
        cause.code,
        refusal.sentence,
        f"{refusal.advice} {refusal.command}".rstrip(),
        refused=True,
        sign_in=cause.sign_in,
        detail=error.message or "",
    )


def _explain_cause(cause: Cause, error: ApiError, request: TokenRequest) -> Refusal:
    provider = request.provider
    names = {
        "title": provider.title,
        "variable": provider.oauth.variable("CLIENT_SECRET"),
        "again": request.again,
        "check_id": request.check_id,
        "other_application": request.other_application,
    }
    return Refusal(
        sentence_of_cause(cause, cause.sentence.format_map(names), error.message or ""),
        cause.hint.format_map(names).rstrip(),
        request.command_of(cause.command),
    )


def sentence_of_cause(cause: Cause, sentence: str, detail: str) -> str:
    """Return the sentence of a cause; if its code has several meanings, the text helps."""
    return sentence if cause.words else _with_detail(sentence, detail)


def _with_detail(sentence: str, detail: str) -> str:
    return f"{sentence} It says: {end_sentence(detail)}" if detail else sentence


def _subtype(response: Response, request: TokenRequest) -> str:
    value = responses.parse_json(response)
    subtype = value.get("error_subtype") if isinstance(value, dict) else None
    return redact(subtype, *request.secrets) if isinstance(subtype, str) else ""


class RefusedToken(NamedTuple):
    """Why a provider refused a refresh token (``invalid_grant``)."""

    sentence: str
    """What happened."""
    advice: str
    """The advice; the command that logs in again follows."""
    names_reason: bool
    """Whether the provider's text says why, so that a usual reason says nothing."""
    is_final: bool
    """Whether the refresh token never works again."""


def explain_refused_refresh(
    provider: str, title: str, detail: str, *, sign_in: bool = False
) -> RefusedToken:
    """Explain a refresh token that a provider refused.

    ``detail`` is its text; ``sign_in`` is whether the user has to sign in again.
    """
    causes = [
        cause
        for cause in TOKEN_CAUSES
        if "refresh" in cause.requests
        and cause.provider in {None, provider}
        and cause.sign_in == sign_in
    ]
    cause = find_cause(causes, detail, "invalid_grant") or next(
        cause for cause in causes if cause.code == "invalid_grant"
    )
    sentence = sentence_of_cause(cause, cause.sentence.format_map({"title": title}), detail)
    return RefusedToken(sentence, cause.hint, bool(cause.words), cause.is_final)
