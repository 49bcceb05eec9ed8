"""The providers in use: the built-in ones, ready-made declarations, and the user's own."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import nearest_names, suggestion
from tokcheck.core.redact import plain, redact
from tokcheck.declarations.own_tables import own_tables
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, provider_key
from tokcheck.providers.base.addresses_in_use import with_addresses
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


def find_provider(
    name: str, known: Mapping[str, Any], advice: str = "Pass --providers PATH"
) -> str:
    """Return the name of a provider as it is written in any case.

    ``advice`` is how to read further declarations, the beginning of a sentence.

    :raises UsageError: if there is no such provider.
    """
    word = provider_key(name)
    if word in known:
        return word
    raise _no_provider(
        name,
        known,
        f"The providers are: {', '.join(known)}. {advice} to read declarations of more. See "
        "tokcheck providers --help.",
    )


def unknown_provider_error(name: str, environment: Mapping[str, str]) -> UsageError:
    """Return the error for the name of a provider to log in to that there is not."""
    known = providers_in_use(None, environment)
    able = [each for each, provider in known.items() if provider.endpoints is not None]
    return _no_provider(
        name,
        able,
        f"Those with OAuth endpoints are: {', '.join(able)}. Set TOKCHECK_PROVIDERS to the whole "
        "path of declarations of more.",
    )


def _no_provider(name: str, known: Iterable[str], choice: str) -> UsageError:
    """Return the error for the name of no provider; ``choice`` are the sentences on the others."""
    return UsageError(
        f"There is no provider {plain(redact(name), longest=60)!r}.",
        f"{suggestion(nearest_names(name, known))} {choice}".lstrip(),
    )
