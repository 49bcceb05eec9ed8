"""The finder of the credentials of some providers, and the addresses that show their owner."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from tokcheck.core.credential import KnownService
from tokcheck.paste.finder import CredentialFinder, Issuer
from tokcheck.providers.base.provider import Provider


def finder_for(providers: Mapping[str, Provider]) -> CredentialFinder:
    """Return the finder of these providers' credentials."""
    issuers: dict[str, Issuer] = {}
    for provider in providers.values():
        issuers |= provider.issuers
    declared = tuple(each.recognition for each in providers.values() if each.recognition)
    return CredentialFinder(
        {name: provider.forms for name, provider in providers.items()},
        issuers,
        partial(_load_services, declared),
        partial(providers_at_addresses, tuple(providers.values())),
        declared,
    )


def providers_at_addresses(providers: Iterable[Provider]) -> Mapping[str, frozenset[str]]:
    """Return the names of the providers at each address in use, by its host and port.

    A provider's own address names it as well where the user has set another one.
    """
    from tokcheck.paste.context.owners.hosts import address_key  # noqa: PLC0415 - seldom needed

    in_use: dict[str, frozenset[str]] = {}
    for provider in providers:
        for name, service in provider.services.items():
            for key in {address_key(provider.address_of(name)), address_key(service.address)}:
                in_use[key] = in_use.get(key, frozenset()) | {provider.name}
    in_use.pop("", None)
    return in_use


def _load_services(declared: tuple[KnownService, ...]) -> Sequence[KnownService]:
    """Return the services of declared providers that are in use, and those only recognised."""
    # Most pastes hold a provider's token alone.
    from tokcheck.providers.known_services import KNOWN_SERVICES  # noqa: PLC0415

    if not declared:
        return KNOWN_SERVICES
    names = {name for service in declared for name in service.names}
    return (*declared, *(each for each in KNOWN_SERVICES if not names & set(each.names)))
