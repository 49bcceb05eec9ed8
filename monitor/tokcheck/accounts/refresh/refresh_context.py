"""The resources of a refresh besides the network."""

from collections.abc import Callable, Mapping
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.grant import Grant
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import UsageError
from tokcheck.providers.base import Provider
from tokcheck.storage.shell_words import quote


class RefreshContext(NamedTuple):
    """The store, the clocks, how long to wait, and where settings come from."""

    store: GrantStore
    providers: Mapping[str, Provider]
    now: Callable[[], float]
    """Returns Unix seconds."""
    timer: Callable[[], float]
    """Returns the seconds of a monotonic clock."""
    patience: float
    """How many seconds one refresh may take, its pauses included."""
    holder: str
    """The name of this process, for the store and for messages."""
    environment: Mapping[str, str] = MappingProxyType({})
    """Where the addresses and the secrets of applications may be set."""
    safe_patience: float = inf
    """The same as ``patience`` for a request by which no grant can be lost."""


def provider_of(grant: Grant, providers: Mapping[str, Provider]) -> Provider:
    """Return the provider of a grant.

    :raises UsageError: if this version does not know it.
    """
    provider = providers.get(grant.client.provider)
    if provider is None:
        raise UsageError(
            f"The account {grant.name} belongs to the provider {grant.client.provider}, which "
            "this version of tokcheck does not know.",
            "Set TOKCHECK_PROVIDERS to the whole path of its declaration, update tokcheck, or "
            f"remove the account: tokcheck accounts remove {quote(grant.name)} --forget",
        )
    return provider
