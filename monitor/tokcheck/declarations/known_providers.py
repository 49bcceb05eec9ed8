"""The providers in use: the built-in ones, ready-made declarations, and the user's own."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import plain, redact
from tokcheck.declarations.own_tables import own_tables
from tokcheck.providers import REGISTRY
from tokcheck.providers.addresses_in_use import with_addresses
from tokcheck.providers.base import Provider, provider_key, providers_at_addresses
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.known_services.ready_made import TABLES

Origin = Literal["built-in", "ready-made", "own"]


class KnownProvider(NamedTuple):
    """A provider, where it comes from, and the table of its declaration, if it is one."""

    provider: Provider
    origin: Origin
    table: Mapping[str, Any] | None = None


def known_providers(
    option: Sequence[str] | None, environment: Mapping[str, str]
) -> Mapping[str, KnownProvider]:
    """Return all providers by name; ``option`` and the environment name files with more.

    A declaration of the user replaces a ready-made one of its name.

    :raises UsageError: if a file of declarations cannot be used.
    """
    known = {name: KnownProvider(one, "built-in") for name, one in REGISTRY.items()}
    known |= _ready_made()
    for name, table in own_tables(option, environment).items():
        known[name] = _provider_of_table(table, "own")
    return MappingProxyType(known)


def providers_in_use(
    option: Sequence[str] | None, environment: Mapping[str, str]
) -> Mapping[str, Provider]:
    """Return the providers of :func:`known_providers` alone, with the addresses in use."""
    known = known_providers(option, environment)
    providers = MappingProxyType({name: one.provider for name, one in known.items()})
    return with_addresses(providers, environment)


def providers_at_set_addresses(
    option: Sequence[str] | None, environment: Mapping[str, str]
) -> Mapping[str, frozenset[str]]:
    """Return the names of the providers at each address in use, by its host and port."""
    return providers_at_addresses(providers_in_use(option, environment).values())


def providers_of_tables(
    tables: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Provider],
    environment: Mapping[str, str],
) -> Mapping[str, Provider]:
    """Return the providers ``known`` with those of further tables, which replace declared ones."""
    added = {name: provider_of(table) for name, table in tables.items()}
    return MappingProxyType({**known, **with_addresses(added, environment)})


@cache
def _ready_made() -> Mapping[str, KnownProvider]:
    return {name: _provider_of_table(table, "ready-made") for name, table in TABLES.items()}


def _provider_of_table(table: Mapping[str, Any], origin: Origin) -> KnownProvider:
    return KnownProvider(provider_of(table), origin, table)


def find_provider(name: str, known: Mapping[str, Any], option: str = "--providers PATH") -> str:
    """Return the name of a provider as it is written in any case.

    ``option`` is what reads further declarations.

    :raises UsageError: if there is no such provider.
    """
    word = provider_key(name)
    if word in known:
        return word
    raise UsageError(
        _no_provider(name),
        f"The providers are: {', '.join(known)}. Pass {option} to read declarations of more. See "
        "tokcheck providers --help.",
    )


def unknown_provider_error(name: str, environment: Mapping[str, str]) -> UsageError:
    """Return the error for the name of a provider to log in to that there is not."""
    known = providers_in_use(None, environment)
    able = ", ".join(each for each, provider in known.items() if provider.endpoints is not None)
    return UsageError(
        _no_provider(name),
        f"Those with OAuth endpoints are: {able}. Set TOKCHECK_PROVIDERS to the whole path of "
        "declarations of more.",
    )


def _no_provider(name: str) -> str:
    return f"There is no provider {plain(redact(name), longest=60)!r}."
