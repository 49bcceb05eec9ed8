"""The providers by name, of which the declared ones are loaded when one is looked up."""

from collections.abc import Iterator, Mapping
from typing import Any

from tokcheck.declarations.named_files import are_files_named, sets_declared_addresses
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, provider_key
from tokcheck.providers.base.addresses_in_use import with_addresses


class ProvidersOnDemand(Mapping[str, Provider]):
    """The built-in providers, and the declared ones that were looked up so far.

    The environment may name files of declarations. They are read for a name that is not built-in:
    most accounts need none of them.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._known: dict[str, Provider] = dict(with_addresses(REGISTRY, environment))
        self._all: Mapping[str, Provider] | None = None

    def __getitem__(self, name: str) -> Provider:
        if name not in self._known:
            if self._all is None:
                # It loads pydantic if there are files to read.
                from tokcheck.declarations.known_providers import providers_in_use

                self._all = providers_in_use(None, self._environment)
            self._known[name] = self._all[name]
        return self._known[name]

    def load_for(self, text: str) -> None:
        """Load all declared providers if a text may be about one, or the address of one is set."""
        from tokcheck.providers.known_services.mentions import may_be_ready_made

        is_set = sets_declared_addresses(self._environment)
        if is_set or are_files_named(None, self._environment) or may_be_ready_made(text):
            from tokcheck.declarations.known_providers import providers_in_use

            self._known = dict(providers_in_use(None, self._environment))

    def __contains__(self, name: Any) -> bool:  # noqa: ANN401 - as the class has it
        """Return whether there is a provider of a name; a declared one is loaded."""
        try:
            self[name]
        except KeyError:
            return False
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def login_provider(
    name: str, providers: Mapping[str, Provider], environment: Mapping[str, str]
) -> Provider:
    """Return the provider that a login or an import names, in any case.

    :raises UsageError: if there is none, or if it declares no OAuth endpoints.
    """
    word = provider_key(name)
    if word not in providers:
        from tokcheck.declarations.known_providers import unknown_provider_error

        raise unknown_provider_error(name, environment)
    provider = providers[word]
    provider.require_oauth()
    return provider
