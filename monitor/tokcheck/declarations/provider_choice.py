"""The providers that a check begins with: declarations are slow to load, and seldom needed."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from tokcheck.declarations.named_files import are_files_named
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider


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
) -> ProviderChoice:
    """Return the providers for a caller who expects the one of this name.

    Declarations are loaded if a file of them is named, or a provider that is none of the built-in
    ones; or later, for a token of theirs. Errors name ``declarations`` as ``option``.

    :raises UsageError: if there is no such provider, or if a file of declarations cannot be used.
    """
    if not are_files_named(declarations, environment) and name in {None, *REGISTRY}:
        return ProviderChoice(REGISTRY, name, _load_ready_made)
    from tokcheck.declarations.known_providers import find_provider, providers_in_use

    known = providers_in_use(declarations, environment)
    wanted = None if name is None else find_provider(name, known, option)
    return ProviderChoice(known, wanted, None)


@cache
def _load_ready_made() -> Mapping[str, Provider]:
    from tokcheck.declarations.known_providers import providers_in_use

    return providers_in_use(None, {})
