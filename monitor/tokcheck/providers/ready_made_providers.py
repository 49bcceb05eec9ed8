"""The built-in providers and the ready-made declarations, by name."""

from functools import lru_cache

from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider


def find_packaged(name: str) -> Provider | None:
    """Return the provider of a name that comes with tokcheck; ``None`` if there is none."""
    return REGISTRY.get(name) or _find_ready_made(name)


@lru_cache(maxsize=64)
def _find_ready_made(name: str) -> Provider | None:
    # Most accounts are those of built-in providers.
    from tokcheck.providers.known_services.ready_made import TABLES  # noqa: PLC0415

    if name not in TABLES:
        return None
    from tokcheck.providers.declared.declared_provider import provider_of  # noqa: PLC0415

    return provider_of(TABLES[name])
