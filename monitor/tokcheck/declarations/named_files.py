"""Whether the user names files of declarations, or sets addresses of providers' services."""

from collections.abc import Container, Mapping, Sequence

VARIABLE = "TOKCHECK_PROVIDERS"
"""Files and folders, separated as those of ``PATH``."""
_NO_SERVICE = "_AUTHORIZE_URL"  # a page for a browser


def are_files_named(option: Sequence[str] | None, environment: Mapping[str, str]) -> bool:
    """Return whether there are declarations to read; reading them loads pydantic."""
    return bool(option) or bool(environment.get(VARIABLE))


def sets_addresses(environment: Mapping[str, str], known: Container[str] = ()) -> bool:
    """Return whether an environment may set the address of a service.

    The variables ``known`` do not count.
    """
    return any(
        name.startswith("TOKCHECK_") and name.endswith("_URL") and name not in known
        for name in environment
        if not name.endswith(_NO_SERVICE)
    )


def sets_declared_addresses(environment: Mapping[str, str]) -> bool:
    """Return whether an environment may set the address of a declared provider."""
    from tokcheck.providers import REGISTRY

    services = (service for one in REGISTRY.values() for service in one.services.values())
    return sets_addresses(environment, {service.variable for service in services})
