"""The scopes of a provider that give the access of another one's scope. Pure."""

from collections.abc import Mapping

from tokcheck.core.report import Scope
from tokcheck.providers.base import Provider

_ADDRESS = "https://"
_MODES = (".readonly", ".writeonly")


def has_addresses(provider: Provider) -> bool:
    """Return whether the provider's scopes are addresses, which have shorter names."""
    scopes = {} if provider.endpoints is None else provider.endpoints.scopes
    return any(code.startswith(_ADDRESS) for code in scopes.values())


def bare_name(written: str) -> str:
    """Return the name of a scope's address, without what it gives access to it for."""
    name = written.lower().rpartition("googlehealth.")[2]
    for mode in _MODES:
        name = name.removesuffix(mode)
    return name


def find_counterparts(
    written: str, provider: Provider, providers: Mapping[str, Provider]
) -> tuple[str, ...]:
    """Return the names of the provider's scopes that give the access of another one's scope.

    Both ways: of a newer API for a scope of the older one, and of the older one for a newer scope.
    """
    found: dict[str, None] = {}
    for other in providers.values():
        if other is provider:
            continue
        newer = other.same_access([other.scope(written.lower())]).get(provider.title, ())
        found |= dict.fromkeys(_name_of(code, provider) for code in newer)
        name = bare_name(written) if has_addresses(other) else other.scope(written.lower()).name
        found |= dict.fromkeys(
            own for own in provider.scopes if name in _newer(own, provider, other)
        )
    return tuple(found)


def _name_of(code: str, provider: Provider) -> str:
    """Return the name by which a login requests a scope, and which a requirement may have."""
    scopes = {} if provider.endpoints is None else provider.endpoints.scopes
    names = (name for name, text in scopes.items() if text == code)
    return next(names, provider.scope(code).name)


def _newer(name: str, provider: Provider, other: Provider) -> set[str]:
    """Return the names of another provider's scopes that replace one of the provider's."""
    codes = provider.same_access([Scope(name, name, None, None)]).get(other.title, ())
    return {other.scope(code).name for code in codes}
