"""Stands in for the provider of an error message that does not name it."""

from collections.abc import Mapping

from tokcheck.providers.base import OAuth, Provider


class _AnyOAuth(OAuth):
    """The OAuth endpoints of any provider: what differs is a choice of all."""

    def variable(self, what: str) -> str:
        """Return the names of the variables of all providers."""
        return f"TOKCHECK_FITBIT_{what} or TOKCHECK_GOOGLE_{what}"


def unknown_provider(providers: Mapping[str, Provider]) -> Provider:
    """Return a provider without a name, for sentences about one that is not known."""
    some = next(iter(providers.values()))
    oauth = _AnyOAuth(*some.oauth)._replace(successor=None, migration="")
    variables = (one.services[one.oauth.service].variable for one in providers.values())
    address = some.services[oauth.service]._replace(variable=" or ".join(variables))
    return some._replace(
        name="PROVIDER",
        title="provider",
        remedies={},
        endpoints=oauth,
        services={**some.services, oauth.service: address},
    )
