"""``login --like``: the scopes that give the access of an older API's token; nothing is sent."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import NamedTuple

from tokcheck.accounts.oauth import scopes
from tokcheck.check.checker import Checker
from tokcheck.cli.shared import paste_input
from tokcheck.core.errors import UsageError
from tokcheck.core.report import Report
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider

HISTORY_NOTE = (
    "note: a token on the command line stays in the shell's history; `--like -` asks for it.\n"
)
_QUESTION = "Paste the old token, or what holds it, then press Enter. It is not shown.\n"


def chosen(
    provider: Provider, names: Sequence[str], paste: str | None, former: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the scopes to ask for, as they are sent: those named, and those like a token's.

    ``former`` are those that the account has, which are asked for again where nothing is named.

    :raises UsageError: if a name is none of the provider's, or the paste holds no such token.
    """
    if paste is None and not names and former:
        listed = ", ".join(scopes.name_of(provider, scope) for scope in former)
        sys.stderr.write(f"Asking for what the account has: {listed}\n")
        return former
    if paste is None:
        return scopes.chosen(provider, names, REGISTRY)
    if paste != "-" and sys.stderr.isatty():
        sys.stderr.write(HISTORY_NOTE)
    found = scopes_like(paste, provider)
    listed = ", ".join(scopes.name_of(provider, scope) for scope in found.scopes)
    sys.stderr.write(f"The old token's scopes are matched by: {listed}\n")
    if found.unmatched:
        sys.stderr.write(
            f"note: the {provider.title} has nothing that matches: {', '.join(found.unmatched)}\n"
        )
    named = scopes.chosen(provider, names, REGISTRY) if names else ()
    return tuple(dict.fromkeys((*found.scopes, *named)))


class Like(NamedTuple):
    """Scopes as they are sent, and the names of those that have no counterpart."""

    scopes: tuple[str, ...]
    unmatched: tuple[str, ...]


def scopes_like(paste: str, provider: Provider) -> Like:
    """Return the provider's scopes that match the token in a paste; ``-`` reads standard input.

    :raises UsageError: if the paste holds no token that has such a match.
    """
    if paste != "-":
        text = paste
    elif sys.stdin.isatty():
        text = paste_input.ask(sys.stdin, sys.stderr, _QUESTION)
    else:
        text = paste_input.from_words(["-"], sys.stdin, sys.stderr)
    checker = Checker(REGISTRY, now=lambda: datetime.now(UTC), timer=monotonic)
    report = checker.check(text)
    matching = report.successors.get(provider.title, ())
    if not matching:
        raise UsageError(
            _unmatched(report, provider),
            "Give the access token of an API that it succeeds, such as a Fitbit one, which may "
            "have expired; or name the scopes with --scope.",
        )
    older = REGISTRY[report.provider or ""]
    return Like(
        matching,
        tuple(one.name for one in report.scopes if not older.same_access([one])),
    )


def _unmatched(report: Report, provider: Provider) -> str:
    if report.provider == provider.name:
        return f"--like was given a token of the {provider.title} itself."
    if report.scopes:
        listed = ", ".join(scope.name for scope in report.scopes)
        return f"The {provider.title} has nothing that matches the scopes of this token: {listed}."
    if report.claims is not None:
        return "The token that --like was given holds no scopes."
    return f"There is no access token in what --like was given: {report.summary}"
