"""The addresses that the user sets for the services of providers."""

from collections.abc import Mapping
from types import MappingProxyType

from tokcheck.providers.base import Provider


def with_addresses(
    providers: Mapping[str, Provider], environment: Mapping[str, str], api_url: str | None = None
) -> Mapping[str, Provider]:
    """Return the providers with the addresses that an environment sets for their services.

    ``api_url`` replaces the address of the ``api`` service of each.
    """
    own = {name: _set_addresses(one, environment, api_url) for name, one in providers.items()}
    if all(own[name] == one.set_addresses for name, one in providers.items()):
        return providers
    return MappingProxyType(
        {name: one._replace(set_addresses=own[name]) for name, one in providers.items()}
    )


def _set_addresses(
    provider: Provider, environment: Mapping[str, str], api_url: str | None
) -> dict[str, str]:
    found = {
        name: service.in_use(environment)
        for name, service in provider.services.items()
        if environment.get(service.variable)
    }
    if api_url is not None and "api" in provider.services:
        found["api"] = api_url
    return found
