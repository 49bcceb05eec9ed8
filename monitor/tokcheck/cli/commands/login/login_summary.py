"""The summary that ``login`` prints about the stored account."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.login.code_exchange import StoredLogin
from tokcheck.accounts.oauth.scopes import name_of
from tokcheck.cli.shared.notes import print_notes, twin_note
from tokcheck.cli.shared.output import LocalZone, style_for
from tokcheck.core.humanize import format_duration, format_moment, wrap_text
from tokcheck.providers.base import Provider
from tokcheck.storage.shell_words import quote

# Limits of tokcheck without a scope, by the scope's name.
_NEEDED = {"settings": "tokcheck cannot list devices and their batteries"}
_DAY = 86_400
_ABOUT = 3_600
_TESTING = (
    "That happens {days} days after each consent while the application's consent screen is in "
    "Testing. Publish it under Audience in the Google Cloud console. Then log in again: "
)
_LIMITED = "The user chose that time; after it, they have to consent again."


def print_login(login: StoredLogin, provider: Provider) -> None:
    """Print the stored account on stdout, and the notes about it on stderr."""
    print_stored(login.grant, provider)
    sys.stdout.flush()
    print_notes(notes(login, provider))


def print_stored(grant: Grant, provider: Provider) -> None:
    """Print the account and the next commands for it, on stdout."""
    rows = [
        ("provider", provider.title),
        ("user", grant.user_id or "unknown"),
        ("token", grant.access.masked),
        ("expires", _access_expiry(grant)),
        ("scopes", _scope_names(grant, provider)),
    ]
    name = quote(grant.name)
    width = style_for(sys.stdout, os.environ).width
    sys.stdout.write(
        f"Stored the account {grant.name}.\n\n"
        + "".join(f"{line}\n" for label, text in rows for line in _row(label, text, width))
        + "\nNext:\n"
        f"  tokcheck validate --account {name}   # its verdict, scopes and quota\n"
        f"  tokcheck token {name}   # prints a fresh access token, for $(...)\n"
    )


def _row(label: str, text: str, width: int) -> Iterator[str]:
    left = f"  {label:<9} "
    for line in wrap_text(text, width - len(left)):
        yield f"{left}{line}"
        left = " " * len(left)


def notes(login: StoredLogin, provider: Provider) -> Iterator[str]:
    """Yield notes for the user about the consent, one or two sentences each."""
    grant, scopes, named, before = login.grant, login.scopes, login.name, login.replaced
    had = [] if before is None else [name_of(provider, scope) for scope in before.scopes]
    lost = [one for one in had if one not in (*scopes.granted, *scopes.refused)]
    names = (*scopes.granted, *scopes.refused, *lost)
    wanted = [one for one in names if one in provider.oauth.scopes]
    again = replace(login.command, scopes=(",".join(wanted),), like=False)
    if scopes.refused:
        yield (
            f"Not granted: {', '.join(scopes.refused)}. "
            + "".join(
                f"Without {one}, {_NEEDED[one]}. " for one in scopes.refused if one in _NEEDED
            )
            + f"To have it, allow it on the consent page: {again}"
        )
    if lost:
        yield (
            f"The account no longer has these scopes, which were not requested: {', '.join(lost)}. "
            f"To get them back: {again}"
        )
    if scopes.unasked:
        unrequested = ", ".join(scopes.unasked)
        yield f"Granted but not requested, most likely from an earlier consent: {unrequested}."
    if grant.is_lasting:
        yield (
            "The provider sent no expiry and no refresh token: the token works until it is "
            f"revoked. Once it is refused, log in again: {login.command}"
        )
    elif grant.refresh is None:
        yield (
            "The provider sent no refresh token, so the account stops working "
            f"{_expiry(grant.expires_at, None)}. "
            "Remove the application from the user's account there (for Google: "
            f"https://myaccount.google.com/connections). Then log in again: {login.command}"
        )
    elif grant.refresh_expires_at is not None:
        yield (
            "The consent itself ends "
            f"{_expiry(grant.refresh_expires_at, grant.obtained_at)}; so does the refresh token. "
            + _reason_of_end(login, provider)
        )
    if named.taken is not None:
        yield _explain_taken_name(login, named.taken)
    yield from (twin_note(provider, twin) for twin in named.twins)


def _reason_of_end(login: StoredLogin, provider: Provider) -> str:
    """Return why the consent ends: the application is in testing, or the user chose the time."""
    days = provider.oauth.testing_days
    life = (login.grant.refresh_expires_at or 0.0) - login.grant.obtained_at
    if days and abs(life - days * _DAY) < _ABOUT:
        return f"{_TESTING.format(days=days)}{login.command}"
    return _LIMITED


def _explain_taken_name(login: StoredLogin, other: Grant) -> str:
    """Return why the account of the wanted name was not replaced, and the new one's name."""
    grant = login.grant
    left = f"and was not changed; this one is called {grant.name}."
    remove = f"tokcheck accounts remove {quote(other.name)}"
    again = f"Then log in again: {replace(login.command, name=other.name)}"
    if None in {grant.user_id, other.user_id}:
        return (
            f"The account {other.name} may be the same user's or another's, {left} "
            f"If it is the same user's, remove both: {remove} && tokcheck accounts remove "
            f"{quote(grant.name)}\n{again}"
        )
    if grant.user_id != other.user_id:
        return f"The account {other.name} is another user's, {left}"
    return (
        f"The account {other.name} is the same user's for another application, {left} To use "
        f"that name for this one, remove the other: {remove}\n{again}"
    )


def _scope_names(grant: Grant, provider: Provider) -> str:
    return ", ".join(name_of(provider, scope) for scope in grant.scopes) or "none"


def _access_expiry(grant: Grant) -> str:
    if grant.is_lasting:
        return "not known: the provider sent no expiry"
    return _expiry(grant.expires_at, grant.obtained_at)


def _expiry(seconds: float | None, now: float | None) -> str:
    if seconds is None:
        return "at an unknown time"
    text = format_moment(datetime.fromtimestamp(seconds, UTC), LocalZone())
    return text if now is None else f"{text}, in {format_duration(seconds - now)}"
