"""The built-in providers and the ready-made declarations, by name."""

from collections.abc import Mapping
from functools import lru_cache

from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider


def find_packaged(name: str) -> Provider | None:
    """Return the provider of a name that comes with tokcheck; ``None`` if there is none."""
    return REGISTRY.get(name) or _find_ready_made(name)


def load_packaged() -> Mapping[str, Provider]:
    """Return all providers that come with tokcheck, by name."""
    from tokcheck.providers.known_services.ready_made import TABLES  # noqa: PLC0415 - slow to load

    found = {name: _find_ready_made(name) for name in TABLES}
    return {**REGISTRY, **{name: one for name, one in found.items() if one is not None}}


@lru_cache(maxsize=64)
def _find_ready_made(name: str) -> Provider | None:
    # Most accounts are those of built-in providers.
    from tokcheck.providers.known_services.ready_made import TABLES  # noqa: PLC0415

    if name not in TABLES:
        return None
    from tokcheck.providers.declared.declared_provider import provider_of  # noqa: PLC0415

    return provider_of(TABLES[name])
