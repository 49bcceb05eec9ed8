"""Explain why an authorization request returned no code (RFC 6749, section 4.1.2.1).

Some errors arrive with the redirect. Others are only shown on the authorization page, and are
recognised when the user pastes its text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tokcheck.accounts.errors import ConsentError
from tokcheck.accounts.login_command import DEFAULT_TIMEOUT, LONGEST_TIMEOUT, LoginCommand
from tokcheck.accounts.oauth.authorization_error_table import (
    AUTHORIZATION_CAUSES,
    FOREIGN_REQUEST,
    LIMITED,
    OWN_REQUEST,
    UNNAMED,
)
from tokcheck.accounts.oauth.cause import Cause, find_cause
from tokcheck.core.errors import ExitCode, join_lines
from tokcheck.core.humanize import end_sentence, format_duration
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import mask_random, redact
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

# As in Fitbit's documentation.
_SPELLINGS = {"unauthorize_client": "unauthorized_client"}
_EXIT_CODES = {
    "server_error": ExitCode.COULD_NOT_TELL,
    "temporarily_unavailable": ExitCode.COULD_NOT_TELL,
    LIMITED: ExitCode.RATE_LIMITED,
}
# As Google's page writes it.
_ERROR = LazyRegex(r"\berror \d{3}: ([a-z_]{3,40})\b")
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"


def error_from_redirect(
    code: str,
    description: str,
    provider: Provider,
    login: LoginCommand,
    secrets: Iterable[Secret] = (),
    *,
    own: bool = True,
) -> ConsentError:
    """Return the error for the parameters of a redirect; ``login`` is the command to repeat.

    ``own`` is whether tokcheck sent the request, and not another program.

    ``secrets`` came with it, and no part of them is shown. Neither is anything random: it may be
    a part of a code that is not among them.
    """
    name = _SPELLINGS.get(code, code)
    cause = find_cause(_causes_of(provider), f"{description} {name}", name)
    if cause is not None:
        return _error_of(cause, provider, login, own=own)
    shown = mask_random(redact(": ".join(filter(None, (code, description))), *secrets))
    shown = shown.strip(" .") or "an error without a name"
    return ConsentError(
        "unknown",
        f"The {provider.title} refused the consent. It says: {end_sentence(shown)}",
        f"Check the application's registration. Then log in again: {login}",
    )


def error_from_page_text(
    text: str, provider: Provider, login: LoginCommand, *, own: bool = True
) -> ConsentError | None:
    """Return the error in the pasted text of an authorization page, or ``None``.

    ``own`` is whether tokcheck sent the request, and not another program.
    """
    page = text.lower().replace(_APOSTROPHE, "'")
    for spelling, code in _SPELLINGS.items():
        page = page.replace(spelling, code)
    causes = _causes_of(provider)
    named_cause = find_cause(causes, page)
    if named_cause is not None:
        return _error_of(named_cause, provider, login, own=own)
    for cause in causes:
        if any(sign in page for sign in cause.signs):
            return _error_of(cause, provider, login, own=own)
    match = _ERROR.search(page)
    return None if match is None else error_from_redirect(match[1], "", provider, login, own=own)


def timeout_error(seconds: float, provider: Provider, login: LoginCommand) -> ConsentError:
    """Return the error of an authorization request without a response in time.

    Its hint lists the errors that the page may have shown.
    """
    longer = replace(login, timeout=min(LONGEST_TIMEOUT, max(DEFAULT_TIMEOUT, 2 * login.timeout)))
    page_errors = [
        f"  {_label(cause)}: {_format(cause.sentence, provider, login)}"
        for cause in _causes_of(provider)
        if cause.is_shown
    ]
    return ConsentError(
        "timeout",
        f"Nothing came back from the consent page within {format_duration(seconds)}.",
        join_lines(
            f"Log in again. This command waits up to {format_duration(longer.timeout)}: {longer}",
            "If the browser runs on another computer, add --no-browser, and paste the address "
            "that it ends at. If the page shows an error, paste its text in the same way. "
            "Errors that it may show:",
            *page_errors,
        ),
        exit_code=ExitCode.COULD_NOT_TELL,
    )


def _label(cause: Cause) -> str:
    """Return the words of an error that the authorization page shows."""
    return cause.signs[0] if cause.code in UNNAMED else " … ".join((cause.code, *cause.words))


def _causes_of(provider: Provider) -> list[Cause]:
    return [cause for cause in AUTHORIZATION_CAUSES if cause.provider in {None, provider.name}]


def _error_of(cause: Cause, provider: Provider, login: LoginCommand, *, own: bool) -> ConsentError:
    return ConsentError(
        cause.code,
        _format(cause.sentence, provider, login),
        _format(cause.hint, provider, login, OWN_REQUEST if own else FOREIGN_REQUEST),
        exit_code=_EXIT_CODES.get(cause.code, ExitCode.NOT_USABLE),
    )


def _format(
    text: str, provider: Provider, login: LoginCommand, parts: Mapping[str, str] = OWN_REQUEST
) -> str:
    return text.format_map({"title": provider.title, "login": login, **parts})
