"""The scopes that a login requests: named, of the stored account, or like an old token's."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from tokcheck.accounts.oauth import scopes
from tokcheck.checks.checker import Checker
from tokcheck.checks.message_explanation import Explain
from tokcheck.core.errors import UsageError, join_lines
from tokcheck.core.report import Report
from tokcheck.providers.base import Provider


class RequestedScopes(NamedTuple):
    """The scopes of an authorization request, and why these."""

    scopes: tuple[str, ...]
    """As the provider writes them."""
    source: Literal["names", "account", "old_token"]
    matching: tuple[str, ...] = ()
    """Those of them that give the access which an old token has."""
    unmatched: tuple[str, ...] = ()
    """The names of the old token's scopes that have no counterpart."""


def choose_scopes(
    provider: Provider,
    providers: Mapping[str, Provider],
    names: Sequence[str],
    old_token: str | None,
    stored: tuple[str, ...],
    now: Callable[[], float],
    explain: Explain | None = None,
) -> RequestedScopes:
    """Return the scopes to request: those in ``names``, and those like an old token's.

    ``old_token`` is the paste that holds that token. Without either, the scopes ``stored`` with
    the account are requested again, or else the provider's default ones. ``now`` returns Unix
    seconds, and ``explain`` the meaning of an error message.

    :raises UsageError: if a name is none of the provider's, or the paste holds no such token.
    """
    if old_token is not None:
        matching, unmatched = match_scopes(old_token, provider, providers, now, explain)
        named = scopes.resolve_scopes(provider, names, providers) if names else ()
        together = tuple(dict.fromkeys((*matching, *named)))
        return RequestedScopes(together, "old_token", matching, unmatched)
    if not names and stored:
        return RequestedScopes(stored, "account")
    return RequestedScopes(scopes.resolve_scopes(provider, names, providers), "names")


def reject_old_tokens(provider: Provider, providers: Mapping[str, Provider]) -> None:
    """Raise a :class:`UsageError` if no old token can name scopes of the provider."""
    if _predecessor(provider, providers) is not None:
        return
    successor = provider.oauth.successor
    other = "" if successor is None else f", such as `tokcheck login {successor} --like -`"
    raise UsageError(
        f"The {provider.title} is the successor of no API, so --like has nothing to match.",
        f"Name the scopes with --scope; --like is for a login to a successor{other}.",
    )


def _predecessor(provider: Provider, providers: Mapping[str, Provider]) -> Provider | None:
    able = (one for one in providers.values() if one.endpoints is not None)
    return next((one for one in able if one.oauth.successor == provider.name), None)


def match_scopes(
    paste: str,
    provider: Provider,
    providers: Mapping[str, Provider],
    now: Callable[[], float],
    explain: Explain | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the provider's scopes that match an older API's token, and the names of the rest.

    Nothing is sent: the token itself says which scopes it has.

    :raises UsageError: if the paste holds no token that has such a match.
    """
    checker = Checker(
        providers, now=lambda: datetime.fromtimestamp(now(), UTC), timer=now, explain=explain
    )
    report = checker.check(paste)
    if report.explains is not None:
        raise UsageError(
            f"The paste of --like is an error message, not a token. {report.explains.summary}",
            join_lines(*report.explains.advice),
        )
    matching = dict(report.successors).get(provider.title, ())
    if not matching:
        raise UsageError(
            _describe_mismatch(report, provider), _advise_on_old_token(provider, providers)
        )
    older = providers[report.provider or ""]
    return matching, tuple(one.name for one in report.scopes if not older.same_access([one]))


def _advise_on_old_token(provider: Provider, providers: Mapping[str, Provider]) -> str:
    older = _predecessor(provider, providers)
    if older is None:
        return "Leave out --like, and name the scopes with --scope."
    return (
        f"Pass an access token of the {older.title}; an expired one will do. Or name the scopes "
        "with --scope."
    )


def _describe_mismatch(report: Report, provider: Provider) -> str:
    if report.provider == provider.name:
        return f"The token of --like is already one of the {provider.title}."
    if report.scopes:
        names = ", ".join(scope.name for scope in report.scopes)
        return f"The {provider.title} has nothing that matches the scopes of this token: {names}."
    if report.claims is not None:
        return "The token of --like contains no scopes."
    return f"The paste of --like contains no access token: {report.summary}"
