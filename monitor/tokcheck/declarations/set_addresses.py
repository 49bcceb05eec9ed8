"""The providers at the addresses that the user sets; without any, nothing is loaded."""

from collections.abc import Mapping, Sequence

from tokcheck.declarations.named_files import sets_addresses


def providers_at_set_addresses(
    option: Sequence[str] | None, environment: Mapping[str, str]
) -> Mapping[str, frozenset[str]]:
    """Return the names of the providers at each address in use, by its host and port.

    There are none if the environment sets no address: a service's own one needs no table.

    :raises UsageError: if a file of declarations cannot be used.
    """
    if not sets_addresses(environment):
        return {}
    from tokcheck.declarations.known_providers import providers_in_use
    from tokcheck.providers.base import providers_at_addresses

    return providers_at_addresses(providers_in_use(option, environment).values())
