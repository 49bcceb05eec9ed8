"""What ``login`` prints about the account that it stored."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from shlex import quote

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.naming import Named
from tokcheck.accounts.scopes import Granted
from tokcheck.cli.output import LocalZone
from tokcheck.providers.base import Provider
from tokcheck.words import duration, moment

# What tokcheck itself cannot do without a scope, by its name.
_NEEDED = {"settings": "tokcheck cannot list devices and their batteries"}


def print_stored(grant: Grant, provider: Provider) -> None:
    """Print the account and what can be done with it, on stdout."""
    rows = [
        ("provider", provider.title),
        ("user", grant.user_id or "not told"),
        ("token", grant.access.masked),
        ("expires", _until(grant.expires_at, grant.obtained_at)),
        ("scopes", _names(grant, provider)),
    ]
    name = quote(grant.name)
    sys.stdout.write(
        f"Stored the account {grant.name}.\n\n"
        + "".join(f"  {label:<9} {text}\n" for label, text in rows)
        + "\nNext:\n"
        f"  tokcheck validate --account {name}   # what it is, and what is left\n"
        f"  tokcheck token {name}   # prints a fresh access token, for $(...)\n"
    )


def notes(grant: Grant, provider: Provider, scopes: Granted, named: Named) -> Iterator[str]:
    """Yield what a person should know about the consent, one sentence or two each."""
    if scopes.refused:
        yield (
            f"Not granted, for its box was not ticked: {', '.join(scopes.refused)}. "
            + "".join(f"So {_NEEDED[one]}. " for one in scopes.refused if one in _NEEDED)
            + f"To have it, tick it in: tokcheck login {provider.name} --name {quote(grant.name)}"
        )
    if scopes.unasked:
        yield f"Granted unasked, most likely by an earlier consent: {', '.join(scopes.unasked)}."
    if grant.refresh is None:
        yield (
            f"No refresh token came, so the account ends {_until(grant.expires_at, None)}. "
            "Remove the application from the person's account there, which for Google is "
            "https://myaccount.google.com/connections, and log in again."
        )
    elif grant.refresh_expires_at is not None:
        yield (
            "The consent itself ends "
            f"{_until(grant.refresh_expires_at, grant.obtained_at)}: the refresh token dies then. "
            "That is so 7 days after each consent while the application's consent screen is in "
            "Testing; publish it under Audience in the Google Cloud console, then log in again."
        )
    if named.taken is not None:
        yield (
            f"The account {named.taken} is another person's or application's and was left as it "
            f"is; this one is called {grant.name}."
        )
    yield from (twin_note(provider, twin) for twin in named.twins)


def twin_note(provider: Provider, twin: str) -> str:
    """Return what to know about another account of the same person and application."""
    ended = ", whose earlier refresh token this consent may have ended"
    return (
        f"The account {twin} is the same person and application"
        f"{ended if provider.oauth.single_use else ''}. If it is not needed: "
        f"tokcheck accounts remove {quote(twin)} --forget"
    )


def print_notes(sentences: Iterator[str]) -> None:
    """Print notes on stderr."""
    for sentence in sentences:
        sys.stderr.write(f"note: {sentence}\n")


def _names(grant: Grant, provider: Provider) -> str:
    from tokcheck.accounts.scopes import name_of

    return ", ".join(name_of(provider, scope) for scope in grant.scopes) or "none"


def _until(seconds: float | None, now: float | None) -> str:
    if seconds is None:
        return "at a time that was not told"
    text = moment(datetime.fromtimestamp(seconds, UTC), LocalZone())
    return text if now is None else f"{text}, in {duration(seconds - now)}"
