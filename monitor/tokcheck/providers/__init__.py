"""The providers that tokcheck knows: one file and one line here for each."""

from collections.abc import Mapping
from types import MappingProxyType

from tokcheck.providers import fitbit, google_health
from tokcheck.providers.base import Provider

REGISTRY: Mapping[str, Provider] = MappingProxyType(
    {provider.name: provider for provider in (fitbit.PROVIDER, google_health.PROVIDER)}
)

FORMS = MappingProxyType({name: provider.forms for name, provider in REGISTRY.items()})
ISSUERS = MappingProxyType(
    {claim: issuer for provider in REGISTRY.values() for claim, issuer in provider.issuers.items()}
)
