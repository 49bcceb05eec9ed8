"""Why a token endpoint gave no tokens: one sentence and one hint for each cause."""

from typing import Literal, NamedTuple

from tokcheck.accounts.errors import OAuthError
from tokcheck.accounts.oauth.cause import Cause, find_cause
from tokcheck.accounts.oauth.token_error_table import CAUSES
from tokcheck.core.humanize import format_duration
from tokcheck.core.redact import redact
from tokcheck.core.report import Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers import responses
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.rate_limit_headers import retry_after


class TokenRequest(NamedTuple):
    """Whom a request asked and for what.

    ``tokens`` and ``secret``, the application's, are what the answer may repeat.
    """

    provider: Provider
    what: Literal["code", "refresh", "revoke"]
    tokens: tuple[Secret, ...]
    secret: Secret | None

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All that the answer may repeat."""
        return self.tokens if self.secret is None else (*self.tokens, self.secret)

    def again(self, otherwise: str) -> str:
        """Say what to do once more: a code has to be had anew, whatever became of it."""
        if self.what == "code":
            return f"begin again with: tokcheck login {self.provider.name}"
        return otherwise


def error_from_response(response: Response, asked: TokenRequest) -> OAuthError:
    """Return the error that an answer without tokens means."""
    errors = responses.parse_errors(response, *asked.secrets)
    status, title = response.status, asked.provider.title
    if 300 <= status < 400:
        return OAuthError(
            "redirected",
            f"{title} answered with a redirect (HTTP {status}), which is not followed.",
            "Check the address, and whether a login page of this network stands between.",
            refused=False,
        )
    if status == 410:
        return OAuthError(
            "service_gone",
            f"{title} was switched off: its token endpoint answers HTTP 410 Gone.",
            _successor_hint(asked.provider),
            refused=True,
        )
    later = _temporary_error(response, errors, asked)
    if later is not None:
        return later
    for error in errors:
        cause = _find_cause(error, _subtype(response), asked)
        if cause is not None:
            return _error_of_cause(cause, error, asked.provider)
    if errors and 400 <= status < 500:
        return _unknown_error(errors[0], response, asked)
    return malformed_response_error(response, asked)


def malformed_response_error(response: Response, asked: TokenRequest, why: str = "") -> OAuthError:
    """Return the error of an answer that nobody understands."""
    what = why or responses.describe_body(response)
    return OAuthError(
        "malformed",
        f"The answer of {asked.provider.title} (HTTP {response.status}) cannot be understood: "
        f"{what}.",
        "Check the address, and whether a proxy or a login page stands between. Then "
        f"{asked.again('try again')}.",
        refused=False,
    )


def _successor_hint(provider: Provider) -> str:
    told = list(provider.remedies.get(Verdict.SERVICE_GONE, ())[:1])
    if provider.oauth.successor:
        told.append(f"To log in there: tokcheck login {provider.oauth.successor}.")
    server = provider.services[provider.oauth.service].variable
    return " ".join((*told, f"Another server that speaks this API is named by {server}."))


def _temporary_error(
    response: Response, errors: list[responses.ApiError], asked: TokenRequest
) -> OAuthError | None:
    """Return the error of an answer that may be another one in a while."""
    status, title = response.status, asked.provider.title
    codes = {error.type for error in errors}
    if status == 429 or codes & {"rate_limit_exceeded", "slow_down", "RESOURCE_EXHAUSTED"}:
        until = retry_after(response.headers, response.received_at)
        seconds = None if until is None else (until - response.received_at).total_seconds()
        return OAuthError(
            "rate_limited",
            f"{title} has had too many requests (HTTP {status}).",
            f"Wait{'' if seconds is None else f' {format_duration(seconds)}'}, then "
            f"{asked.again('try again')}.",
            refused=False,
            retry_after=seconds,
        )
    if status == 409:
        return OAuthError(
            "conflict",
            f"{title} is busy with another request for the same token (HTTP 409).",
            f"Wait a few seconds, then {asked.again('try again')}.",
            refused=False,
        )
    if status >= 500 or codes & {"server_error", "temporarily_unavailable", "internal_failure"}:
        return OAuthError(
            "server_error",
            f"{title} failed (HTTP {status}).",
            "This says nothing about the application and its tokens. Wait a little, then "
            f"{asked.again('try again')}.",
            refused=False,
        )
    return None


def _find_cause(error: responses.ApiError, subtype: str, asked: TokenRequest) -> Cause | None:
    causes = (
        cause
        for cause in CAUSES
        if asked.what in cause.requests and cause.secret_sent in {None, asked.secret is not None}
    )
    return find_cause(causes, f"{error.message or ''} {subtype}", error.type or "")


def _error_of_cause(cause: Cause, error: responses.ApiError, provider: Provider) -> OAuthError:
    names = {
        "title": provider.title,
        "name": provider.name,
        "variable": provider.oauth.variable("CLIENT_SECRET"),
    }
    detail = "" if cause.words else error.message or ""  # of several meanings: its words help
    return OAuthError(
        cause.code,
        _with_detail(cause.sentence.format_map(names), detail),
        cause.hint.format_map(names),
        refused=True,
        sign_in=cause.sign_in,
        detail=detail,
    )


def refused_refresh(title: str, detail: str, *, sign_in: bool) -> str:
    """Return the sentence for a refresh token that the provider ``title`` refused."""
    sentence = next(
        cause.sentence
        for cause in CAUSES
        if cause.code == "invalid_grant"
        and "refresh" in cause.requests
        and cause.sign_in == sign_in
    )
    return _with_detail(sentence.format_map({"title": title}), detail)


def _with_detail(sentence: str, detail: str) -> str:
    return f"{sentence} It says: {_with_full_stop(detail)}" if detail else sentence


def _unknown_error(
    error: responses.ApiError, response: Response, asked: TokenRequest
) -> OAuthError:
    told = ": ".join(filter(None, (error.type, error.message)))
    return OAuthError(
        error.type or "unknown",
        f"{asked.provider.title} refused (HTTP {response.status})"
        f"{f': {_with_full_stop(told)}' if told else ' without a reason.'}",
        "Check the application's registration and the address of the endpoint. Then "
        f"{asked.again('try again')}.",
        refused=False,  # what is not known may also have been carried out
    )


def _with_full_stop(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _subtype(response: Response) -> str:
    value = responses.parse_json(response)
    subtype = value.get("error_subtype") if isinstance(value, dict) else None
    return redact(subtype) if isinstance(subtype, str) else ""
