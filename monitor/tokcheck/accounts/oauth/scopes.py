"""Scopes by name: what is asked for, what was granted of it, and what that means. Pure."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import redact
from tokcheck.core.report import Scope
from tokcheck.providers.base import Provider

ALL = "all"
_READING = ".readonly"


class ScopeComparison(NamedTuple):
    """The names of the scopes that were granted, refused (not ticked), and given unasked."""

    granted: tuple[str, ...]
    refused: tuple[str, ...]
    unasked: tuple[str, ...]


def resolve_scopes(
    provider: Provider, names: Sequence[str], providers: Mapping[str, Provider]
) -> tuple[str, ...]:
    """Return what is sent for these names; for none, what tokcheck and most fetchers need.

    :raises UsageError: if a name is none of the provider's; where it is one of another of the
        ``providers``, its counterpart is named.
    """
    asked = [word for name in names for word in name.replace(",", " ").split()]
    sent: dict[str, None] = {}
    for name in asked or provider.oauth.default_scopes:
        if name == ALL:
            sent |= dict.fromkeys(provider.oauth.scopes.values())
        else:
            sent[_resolve_scope(provider, name, providers)] = None
    return tuple(sent)


def name_of(provider: Provider, sent: str) -> str:
    """Return the name of a scope as the provider writes it; an unknown one is its own."""
    return next((name for name, text in provider.oauth.scopes.items() if text == sent), sent)


def scopes_of_provider(provider: Provider, sent: Sequence[str]) -> tuple[str, ...]:
    """Return those scopes that belong to the provider's API, newer ones than are known among them.

    https://github.com/tachibanayu24/google-health-sidecar tells of tokens that were refused for
    what an earlier consent of another API had added to them.
    """
    known = set(provider.oauth.scopes.values())
    return tuple(one for one in sent if one in known or provider.scope(one).access is not None)


def compare_scopes(
    provider: Provider, asked: Sequence[str], granted: Sequence[str]
) -> ScopeComparison:
    """Compare what was asked for with what was granted, both as the provider writes them."""

    def names(scopes: Sequence[str]) -> tuple[str, ...]:
        return tuple(name_of(provider, scope) for scope in scopes)

    return ScopeComparison(
        names(granted),
        names([scope for scope in asked if scope not in granted]),
        names([scope for scope in granted if scope not in asked]),
    )


def _resolve_scope(provider: Provider, name: str, providers: Mapping[str, Provider]) -> str:
    known = provider.oauth.scopes
    short = name.lower().removesuffix(_READING)
    if short in known:
        return known[short]
    for text in known.values():
        if text == name or text.endswith(f"/{name}"):
            return text
    meant = _similar_scopes(provider, short, providers)
    hint = f"Did you mean {', '.join(meant)}? " if meant else ""
    raise UsageError(
        f"{provider.title} has no scope {redact(name)!r}.",
        f"{hint}Its scopes are: {', '.join(known)}; or {ALL}.",
    )


def _similar_scopes(
    provider: Provider, name: str, providers: Mapping[str, Provider]
) -> Sequence[str]:
    for other in providers.values():
        matching = other.same_access([Scope(name, name, None, None)]).get(provider.title, ())
        if matching:
            return [name_of(provider, text) for text in matching]
    known = provider.oauth.scopes
    parts = name.rpartition("/")[2].split(".")
    families = [part for part in parts if part in known]
    if families:
        return [one for one in known if one.partition(".")[0] == families[0]]
    return get_close_matches(name, known, 1)
