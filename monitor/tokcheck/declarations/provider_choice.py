"""The providers that a check begins with: declarations are slow to load, and seldom needed."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from tokcheck.declarations.named_files import are_files_named, sets_declared_addresses
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider
from tokcheck.providers.base.addresses_in_use import with_addresses


class ProviderChoice(NamedTuple):
    """The providers of a check."""

    known: Mapping[str, Provider]
    """Those to begin with, by name."""
    wanted: str | None
    """The name of the one that the caller expects."""
    more: Callable[[], Mapping[str, Provider]] | None
    """Returns these and the ready-made ones, for a token of theirs; ``None`` if these are all."""


def choose_providers(
    name: str | None,
    declarations: Sequence[str] | None,
    environment: Mapping[str, str],
    *,
    option: str = "--providers PATH",
    api_url: str | None = None,
) -> ProviderChoice:
    """Return the providers for a caller who expects the one of this name.

    Declarations are loaded if a file of them is named, the address of a declared provider is set,
    or a provider is named that is none of the built-in ones; or later, for a token of theirs.
    Errors name ``declarations`` as ``option``. ``api_url`` replaces the addresses of all APIs.

    :raises UsageError: if there is no such provider, or if a file of declarations cannot be used.
    """
    is_declared = are_files_named(declarations, environment) or sets_declared_addresses(environment)
    if not is_declared and name in {None, *REGISTRY}:
        known = with_addresses(REGISTRY, environment, api_url)
        return ProviderChoice(known, name, partial(_load_ready_made, environment, api_url))
    from tokcheck.declarations.known_providers import find_provider, providers_in_use

    known = with_addresses(providers_in_use(declarations, environment), environment, api_url)
    wanted = None if name is None else find_provider(name, known, f"Pass {option}")
    return ProviderChoice(known, wanted, None)


def has_listed_scopes(
    wanted: str | None, declarations: Sequence[str] | None, environment: Mapping[str, str]
) -> bool:
    """Return whether the scopes of the providers that may be meant are known by name.

    A declaration in a file need not list its scopes.
    """
    return wanted in REGISTRY or (wanted is None and not are_files_named(declarations, environment))


def _load_ready_made(environment: Mapping[str, str], api_url: str | None) -> Mapping[str, Provider]:
    from tokcheck.declarations.known_providers import providers_in_use

    return with_addresses(providers_in_use(None, {}), environment, api_url)
