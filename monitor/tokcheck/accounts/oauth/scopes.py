"""Resolve the names of scopes, and compare requested with granted scopes. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import nearest_names
from tokcheck.core.redact import redact
from tokcheck.core.report import Scope
from tokcheck.providers.base import Provider

ALL = "all"
_READING = ".readonly"


class ScopeComparison(NamedTuple):
    """The names of the granted, refused (unticked) and unrequested scopes."""

    granted: tuple[str, ...]
    refused: tuple[str, ...]
    unasked: tuple[str, ...]


def resolve_scopes(
    provider: Provider, names: Sequence[str], providers: Mapping[str, Provider]
) -> tuple[str, ...]:
    """Return the scopes of these names in the provider's notation; its defaults for no names.

    :raises UsageError: if the provider has no scope of a name. If another of the ``providers``
        has it, the hint names its counterpart.
    """
    requested = [word for name in names for word in name.replace(",", " ").split()]
    scopes: dict[str, None] = {}
    for name in requested or provider.oauth.default_scopes:
        if name == ALL:
            scopes |= dict.fromkeys(provider.oauth.scopes.values())
        else:
            scopes[_resolve_scope(provider, name, providers)] = None
    return tuple(scopes)


def name_of(provider: Provider, scope: str) -> str:
    """Return the name of a scope in the provider's notation; of an unknown one, that itself."""
    return next((name for name, text in provider.oauth.scopes.items() if text == scope), scope)


def scopes_of_provider(provider: Provider, scopes: Sequence[str]) -> tuple[str, ...]:
    """Return the scopes that belong to the provider's API, unknown newer ones included.

    A token may be refused for scopes of another API from an earlier consent:
    https://github.com/tachibanayu24/google-health-sidecar
    """
    if provider.is_declared:
        return tuple(scopes)
    known = set(provider.oauth.scopes.values())
    return tuple(one for one in scopes if one in known or provider.scope(one).access is not None)


def compare_scopes(
    provider: Provider, requested: Sequence[str], granted: Sequence[str]
) -> ScopeComparison:
    """Compare requested with granted scopes, both in the provider's notation.

    A scope that a granted one contains is not refused: a server may leave it out of its response.
    """

    def names(scopes: Sequence[str]) -> tuple[str, ...]:
        return tuple(name_of(provider, scope) for scope in scopes)

    contained = {
        each for scope in granted for each in provider.contained_scopes.get(scope.lower(), ())
    }
    missing = [scope for scope in requested if scope not in granted]
    return ScopeComparison(
        names(granted),
        names([scope for scope in missing if scope.lower() not in contained]),
        names([scope for scope in granted if scope not in requested]),
    )


def _resolve_scope(provider: Provider, name: str, providers: Mapping[str, Provider]) -> str:
    known = provider.oauth.scopes
    short = name.lower().removesuffix(_READING)
    if short in known:
        return known[short]
    for text in known.values():
        if text == name or text.endswith(f"/{name}"):
            return text
    if provider.is_declared:
        return name  # a declaration need not list all of them
    similar = _similar_scopes(provider, short, providers)
    hint = f"Did you mean {', '.join(similar)}? " if similar else ""
    raise UsageError(
        f"The {provider.title} has no scope {redact(name)!r}.",
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
    return nearest_names(name, (*known, ALL), most=1, similarity=0.6)
