"""Explain the messages of OAuth: of a token endpoint, of a consent page, of a client library."""

import json
from collections.abc import Mapping
from datetime import datetime

from tokcheck.accounts.errors import ConsentError, OAuthError
from tokcheck.accounts.explanation.client_errors import BY_CODE, MISSING_SCOPES
from tokcheck.accounts.explanation.error_codes import OAUTH_CODES
from tokcheck.accounts.explanation.error_messages.error_message import ErrorMessage
from tokcheck.accounts.explanation.service_account_errors import (
    advice_on,
    find_service_account_error,
)
from tokcheck.accounts.explanation.unknown_provider import unknown_provider
from tokcheck.accounts.grant_errors import usual_reason
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.authorization_errors import (
    error_from_page_text,
    error_from_redirect,
)
from tokcheck.accounts.oauth.cause import verdict_of
from tokcheck.accounts.oauth.token_error_table import DEVICE_CODES
from tokcheck.accounts.oauth.token_errors import error_from_response, explain_refused_refresh
from tokcheck.accounts.oauth.token_request import TokenRequest
from tokcheck.checks.scopes.missing_scopes import name_missing_scopes
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Response

_BLOCKED = LazyRegex(r"(?i)\bThis app.s request is invalid\b")
_CONSENT_AGAIN = "Have the user authorize the application again, in the program that uses it."
_CODE_WORDS = (
    "authorization code", "auth code", "redirect", "verifier", "code invalid",
    # Strava's, Withings' and GitHub's
    "authorizationcode", "invalid code", "verification_code",
)  # fmt: skip


def explain_token_error(
    message: ErrorMessage,
    provider: Provider | None,
    providers: Mapping[str, Provider],
    status: int,
    now: datetime,
) -> ErrorExplanation | None:
    """Explain an error of a token endpoint, which came with that status of HTTP."""
    if provider is None and (message.code not in OAUTH_CODES or message.is_in_own_words):
        return None
    signed = find_service_account_error(message.text)
    if signed is not None and provider is not None and provider.name == "google-health":
        return ErrorExplanation(provider.name, signed.verdict, signed.sentence, advice_on(signed))
    endpoint = provider or unknown_provider(providers)
    if endpoint.endpoints is None:
        return None
    words = f"{message.text} {json.dumps(message.body or {}, default=str)}".lower()
    is_refresh = "refresh token" in words or not any(each in words for each in _CODE_WORDS)
    request = TokenRequest(
        endpoint,
        "device" if message.code in DEVICE_CODES else "refresh" if is_refresh else "code",
        (),
        Secret("sent"),
        _login(endpoint),
    )
    raw = json.dumps(message.body or {}, default=str).encode()
    error = error_from_response(Response(status, {}, raw, now), request)
    advice: tuple[str, ...] = (error.hint,) if error.hint else ()
    if error.code == "invalid_grant" and is_refresh and provider is not None:
        refusal = explain_refused_refresh(
            provider.name, provider.title, error.detail, sign_in=error.sign_in
        )
        reason = "" if refusal.names_reason else usual_reason(provider)
        advice = (*filter(None, (reason,)), _CONSENT_AGAIN, *advice)
    return explain_oauth_error(error, provider, advice, message.text)


def explain_consent_error(
    message: ErrorMessage, provider: Provider | None, providers: Mapping[str, Provider]
) -> ErrorExplanation | None:
    """Explain an error of an authorization request, as a redirect or a page has it."""
    page = provider or unknown_provider(providers)
    if page.endpoints is None:
        return None
    error: ConsentError | None
    if message.code:
        error = error_from_redirect(message.code, message.text, page, _login(page), own=False)
    else:
        error = error_from_page_text(message.text, page, _login(page), own=False)
    if error is None:
        return _explain_blocked_request(message, provider)
    advice = (error.hint,) if error.hint else ()
    return explain_oauth_error(error, provider, advice, message.text)


def _explain_blocked_request(
    message: ErrorMessage, provider: Provider | None
) -> ErrorExplanation | None:
    """Explain Google's page about a request of which the text lacks the reason."""
    if provider is None or _BLOCKED.search(message.text) is None:
        return None
    return ErrorExplanation(
        provider.name,
        Verdict.UNDETERMINED,
        "Google's consent page refused the application's request, and the text does not contain "
        "the reason.",
        (
            "The page shows it behind the link `error details`, such as Error 400: "
            "redirect_uri_mismatch. Paste that.",
        ),
    )


def explain_client_error(
    message: ErrorMessage, provider: Provider | None
) -> ErrorExplanation | None:
    """Explain an error that a library raised before anything was sent."""
    known = BY_CODE[message.code]
    if known.needs_owner and provider is None:
        return None
    texts = {
        "title": provider.title if provider else "provider",
        "refresh": _refresh_advice(provider),
    }
    advice: tuple[str, ...] = (known.hint.format_map(texts),)
    if provider is not None:
        scopes = message.text.partition(MISSING_SCOPES)[2].split(",")
        missing = [scope.strip(" .") for scope in scopes]
        advice = name_missing_scopes(advice, provider, None, [*filter(None, missing)])
    return ErrorExplanation(
        provider.name if provider else None,
        known.verdict,
        known.sentence.format_map(texts),
        advice,
    )


def _refresh_advice(provider: Provider | None) -> str:
    if provider is not None and provider.endpoints is None:
        return (
            "Refresh it with its refresh token, or have the user authorize the application again."
        )
    name = "PROVIDER" if provider is None else provider.name
    return (
        "Refresh it with its refresh token: `tokcheck accounts import FILE` stores both tokens and "
        "refreshes them. Or have the user authorize the application again: "
        f"`tokcheck login {name}`."
    )


def _login(provider: Provider) -> LoginCommand:
    return LoginCommand(provider.name)


def explain_oauth_error(
    error: OAuthError | ConsentError,
    provider: Provider | None,
    advice: tuple[str, ...],
    detail: str = "",
) -> ErrorExplanation:
    """Return the explanation of an error with its advice; ``detail`` is the message's own text."""
    return ErrorExplanation(
        provider.name if provider else None,
        verdict_of(error.code, detail),
        error.message,
        tuple(line for text in advice for line in text.split("\n")),
    )
