"""Every error of an authorization request has its own sentence and hint."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.tokens import FITBIT_CODE, GOOGLE_SECRET
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.authorization_error_table import (
    AUTHORIZATION_CAUSES,
    FOREIGN_REQUEST,
    OWN_REQUEST,
)
from tokcheck.accounts.oauth.authorization_errors import (
    error_from_page_text,
    error_from_redirect,
    timeout_error,
)
from tokcheck.core.errors import ExitCode
from tokcheck.providers import REGISTRY

FITBIT, GOOGLE = REGISTRY["fitbit"], REGISTRY["google-health"]
AGAIN = LoginCommand("fitbit", "kim o", "23ABCD", scopes=("sleep",), no_browser=True)

# The text of the pages, and the subject of the sentence.
FITBIT_PAGES = [
    ("does not know this client id", "unauthorized_client - Invalid client_id"),
    ("does not know this client id", "unauthorize_client - Invalid client_id: 123"),
    ("cannot be refreshed", "unauthorized_client - The client is not authorized to request an "
     "access token using this method"),
    ("not registered with the redirect", "invalid_request - Invalid redirect_uri parameter value"),
    ("not registered with the redirect", "invalid_request - Missing redirect_uri parameter value"),
    ("(PKCE)", "invalid_request - The code_challenge parameter is invalid"),
    ("(PKCE)", "invalid_request - Unsupported code_challenge_method"),
    ("(PKCE)", "invalid_request - The code_challenge parameter length must be between 43 and 128"),
    ("authorization code", "invalid_request - Missing response_type parameter value"),
    ("did not understand", "invalid_request - Missing parameters: client_id"),
    ("does not know a requested scope", "invalid_scope"),
    ("was switched off", "This page isn't working. HTTP ERROR 410"),
    ("was switched off", "410 Gone"),
    ("was switched off", "The Fitbit Web API has been turned off."),
    ("does not know this client id", "Invalid client_id"),
    ("not registered with the redirect", "Invalid redirect_uri parameter value"),
]  # fmt: skip
GOOGLE_PAGES = [
    ("not registered with the redirect", "Access blocked. Error 400: redirect_uri_mismatch"),
    ("does not know this client id", "The OAuth client was not found. Error 401: invalid_client"),
    ("was deleted", "Error 401: deleted_client"),
    ("among its testers", "Error 403: access_denied. It is currently being tested"),
    ("has not verified", "… has not completed the Google verification process. Error 403: "
     "access_denied"),
    ("warns of it", "Google hasn\N{RIGHT SINGLE QUOTATION MARK}t verified this app"),
    ("warns of it", "Google hasn't verified this app"),
    ("own organization only", "Error 403: org_internal"),
    ("The user's organization", "Error 400: admin_policy_enforced"),
    ("inside another program", "Error 403: disallowed_useragent"),
    ("does not know a requested scope",
     "Some requested scopes were invalid. Error 400: invalid_scope"),
    ("does not meet Google's rules", "doesn't comply with Google's OAuth 2.0 policy. Error 400: "
     "invalid_request"),
    ("(PKCE)", "Error 400: invalid_request. Invalid parameter value for code_challenge_method"),
    ("has disabled", "The OAuth client was disabled. Error 401: disabled_client"),
    ("Advanced Protection", "Access blocked. Error 400: policy_enforced"),
    ("too many new sign-ins", "Error 403: rate_limit_exceeded"),
    ("too many new sign-ins", "This app has reached its sign-in rate limit for now."),
    ("The user's school", "Error 400: access_not_configured"),
    ("has not verified", "tokcheck has not completed the Google verification process"),
    ("warns of it", "This app isn\N{RIGHT SINGLE QUOTATION MARK}t verified"),
    ("blocks the application", "To keep your account safe, Google blocked this access."),
    ("does not know this client id", "The OAuth client was not found."),
]  # fmt: skip


@pytest.mark.parametrize(("words", "page"), FITBIT_PAGES)
def test_errors_on_fitbits_page_are_explained(words: str, page: str) -> None:
    error = error_from_page_text(f"Developer information\n{page}", FITBIT, AGAIN)
    assert error is not None
    assert words in error.message
    assert error.hint


@pytest.mark.parametrize(("words", "page"), GOOGLE_PAGES)
def test_errors_on_googles_page_are_explained(words: str, page: str) -> None:
    error = error_from_page_text(page, GOOGLE, AGAIN)
    assert error is not None
    assert words in error.message
    assert error.hint


def test_a_page_without_an_error_gives_none() -> None:
    assert error_from_page_text("Choose an account", GOOGLE, AGAIN) is None
    assert error_from_page_text("client 100000000410, gone", FITBIT, AGAIN) is None


def test_an_unknown_error_is_named() -> None:
    error = error_from_page_text(
        "Access blocked\nError 403: restricted_client\nLearn more", GOOGLE, AGAIN
    )
    assert error is not None
    assert "The Google Health API refused the consent. It says: restricted_client." == error.message


def test_service_gone_and_rate_limit_have_their_own_codes() -> None:
    gone, limited = (
        error_from_page_text("HTTP ERROR 410", FITBIT, AGAIN),
        error_from_page_text("rate_limit_exceeded", GOOGLE, AGAIN),
    )
    assert gone is not None
    assert ("service_gone", ExitCode.NOT_USABLE) == (gone.code, gone.exit_code)
    assert gone.hint.endswith(
        "run: tokcheck login google-health --name 'kim o-google-health' --no-browser"
    )
    assert limited is not None
    assert ("rate_limit_exceeded", ExitCode.RATE_LIMITED) == (limited.code, limited.exit_code)


@pytest.mark.parametrize(
    ("words", "exit_code", "code", "description"),
    [
        ("The access was denied", 1, "access_denied", "The user denied the request."),
        ("does not know a requested scope", 1, "invalid_scope", "unknown or malformed"),
        ("or does not know it", 1, "unauthorized_client", ""),
        ("issues no authorization codes", 1, "unsupported_response_type", ""),
        ("requires the user to sign in", 1, "login_required", ""),
        ("requires the user's consent", 1, "consent_required", ""),
        ("has a question", 1, "interaction_required", ""),
        ("failed during the consent", 3, "server_error", ""),
        ("is temporarily unavailable", 3, "temporarily_unavailable", ""),
    ],
)
def test_errors_in_a_redirect_are_explained(
    words: str, exit_code: int, code: str, description: str
) -> None:
    for provider in (FITBIT, GOOGLE):
        error = error_from_redirect(code, description, provider, AGAIN)
        assert code == error.code
        assert words in error.message
        assert exit_code == error.exit_code
        assert error.hint


def test_an_unknown_error_is_redacted() -> None:
    error = error_from_redirect(
        "odd_error", f"see {FITBIT_CODE} and \x1b[31m{GOOGLE_SECRET}", FITBIT, AGAIN
    )
    shown = "odd_error: see [redacted] and [[redacted]."
    assert f"The Fitbit Web API refused the consent. It says: {shown}" == error.message
    assert "It says: an error without a name" in error_from_redirect("", "", GOOGLE, AGAIN).message


@given(st.text(), st.text())
def test_any_error_has_a_printable_message(code: str, description: str) -> None:
    error = error_from_redirect(code + FITBIT_CODE, description + FITBIT_CODE, FITBIT, AGAIN)
    assert error.message.isprintable()
    assert FITBIT_CODE not in error.message + error.hint


def test_every_cause_is_unique_and_has_full_sentences() -> None:
    for cause in AUTHORIZATION_CAUSES:
        assert cause.sentence.endswith(".")
        for parts in (OWN_REQUEST, FOREIGN_REQUEST):
            hint = cause.hint
            for name, part in parts.items():
                hint = hint.replace(f"{{{name}}}", part)
            assert re.search(r"(?:\.|: tokcheck login --help|: \{login[a-z:-]*\})\Z", hint)
            assert len(re.findall(r"\{login", hint)) == len(re.findall(r"\}\Z", hint))
        assert "{title}" not in cause.sentence.replace("The {title}", "")
    keys = [(cause.code, cause.words, cause.provider) for cause in AUTHORIZATION_CAUSES]
    assert len(keys) == len(set(keys))
    signs = [sign for cause in AUTHORIZATION_CAUSES for sign in cause.signs]
    assert len(signs) == len(set(signs))
    assert [sign.lower() for sign in signs] == signs


def test_no_cause_is_covered_by_an_earlier_one() -> None:
    for place, cause in enumerate(AUTHORIZATION_CAUSES):
        for wider in AUTHORIZATION_CAUSES[:place]:
            covers = wider.provider in {None, cause.provider} and set(wider.words) <= set(
                cause.words
            )
            assert not (wider.code == cause.code and covers), cause


def test_a_timeout_lists_the_errors_of_the_page() -> None:
    error = timeout_error(300, FITBIT, AGAIN)
    assert "Nothing came back from the consent page within 5 min." == error.message
    assert ExitCode.COULD_NOT_TELL == error.exit_code
    longer = f"This command waits up to 10 min: {replace(AGAIN, timeout=600.0)}\n"
    assert f"Log in again. {longer}" in error.hint
    assert "add --no-browser" in error.hint
    assert "unauthorized_client … client_id: " in error.hint
    assert "http 410: " in error.hint
    assert "redirect_uri_mismatch" not in error.hint
    assert "redirect_uri_mismatch" in timeout_error(300, GOOGLE, AGAIN).hint
