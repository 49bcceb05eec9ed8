"""The providers that tokcheck knows: one folder and one line here for each."""

from collections.abc import Mapping
from types import MappingProxyType

from tokcheck.providers import fitbit, google_health
from tokcheck.providers.base import Provider, finder_for

REGISTRY: Mapping[str, Provider] = MappingProxyType(
    {provider.name: provider for provider in (fitbit.PROVIDER, google_health.PROVIDER)}
)

# Finds the credentials of all providers.
FINDER = finder_for(REGISTRY)
