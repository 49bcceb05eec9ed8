"""The base addresses of the providers' services: defaults, or overrides by the user."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.providers.base import Provider, ServiceAddress

# A name that never resolves (RFC 6761), for a declaration that fits many APIs.
_NO_HOST = ".invalid"


class Endpoints(NamedTuple):
    """Base addresses by provider name and service name, without a trailing slash."""

    addresses: Mapping[tuple[str, str], str]
    environment: Mapping[str, str] = MappingProxyType({})
    api_url: str | None = None
    """Replaces the address of the ``api`` service of every provider."""
    option: str = "--api-url"
    """Its name in errors."""

    def address_of(self, provider: Provider, service: str) -> str:
        """Return one base address.

        That of a provider which was not among those resolved before is resolved now.

        :raises UsageError: if it is not ``https://``, or ``http://`` on loopback.
        """
        known = self.addresses.get((provider.name, service))
        if known is not None:
            return known
        if self.api_url is not None and service == "api":
            return _check_address(self.api_url, self.option)
        address = provider.services[service].in_use(self.environment)
        if not provider.is_declared and address == provider.services[service].address:
            return address
        variable = provider.services[service].variable
        if _is_missing(provider.services[service], self.environment):
            raise UsageError(
                f"The provider {provider.name} has no address of its own.",
                f"Set {variable}, or pass its address with {self.option}.",
            )
        return _check_address(address, variable)

    def request_url(self, provider: Provider, service: str, path: str) -> str:
        """Return the URL of a request: the base address with a path behind it.

        The path ``/`` stands for the base address itself. If that has a path of its own, a slash
        at its end counts as it was written: ``/me`` and ``/me/`` may be two resources.

        :raises UsageError: as :meth:`address_of`.
        """
        base = self.address_of(provider, service)
        ends_in_slash = self._address_as_written(provider, service).endswith("/")
        return base if path == "/" and _has_path(base) and not ends_in_slash else base + path

    def _address_as_written(self, provider: Provider, service: str) -> str:
        """Return one base address as the user or the provider writes it."""
        if self.api_url is not None and service == "api":
            return self.api_url.strip()
        address = provider.services[service]
        return (self.environment.get(address.variable) or address.address).strip()

    def find(self, provider: Provider, service: str) -> str:
        """Return one base address; empty if it cannot be used."""
        try:
            return self.address_of(provider, service)
        except UsageError:
            return ""


def resolve_endpoints(
    providers: Mapping[str, Provider],
    environment: Mapping[str, str],
    api_url: str | None = None,
    *,
    option: str = "--api-url",
) -> Endpoints:
    """Return each base address: from ``api_url``, the environment or the provider, in that order.

    ``api_url`` replaces the address of the ``api`` service of every provider; errors name it as
    ``option``. A provider without an address of its own is left out.

    :raises UsageError: if an address is not ``https://``, or ``http://`` on loopback.
    """
    endpoints = Endpoints({}, environment, api_url, option)
    return endpoints._replace(
        addresses={
            (provider.name, name): endpoints.address_of(provider, name)
            for provider in providers.values()
            for name, service in provider.services.items()
            if api_url is not None or not _is_missing(service, environment)
        }
    )


def token_endpoint(provider: Provider, environment: Mapping[str, str]) -> str:
    """Return the address of a provider's token endpoint, or its override.

    :raises UsageError: if it is not ``https://``, or ``http://`` on loopback.
    """
    service = provider.services[provider.oauth.service]
    return _check_address(service.in_use(environment), service.variable) + provider.oauth.token


def authorization_endpoint(provider: Provider, environment: Mapping[str, str]) -> str:
    """Return the address of a provider's authorization endpoint, or its override.

    :raises UsageError: if it is not ``https://``, or ``http://`` on loopback.
    """
    page = provider.oauth.authorize
    return _check_address(page.in_use(environment), page.variable)


def _is_missing(service: ServiceAddress, environment: Mapping[str, str]) -> bool:
    """Return whether a service has no address: none of its own, and none from the user."""
    address = service.in_use(environment)
    return address == service.address and address.endswith(_NO_HOST)


def _has_path(base: str) -> bool:
    return "/" in base.partition("://")[2]


def _check_address(address: str, source: str) -> str:
    # Most commands use the addresses of the providers, and these modules are slow to load.
    from urllib.parse import urlsplit  # noqa: PLC0415

    from tokcheck.core.addresses import has_stray_bracket, has_token, is_loopback  # noqa: PLC0415

    hint = (
        "Write https://host, or http:// only for this computer, such as http://127.0.0.1:19151: "
        "a token is never sent unencrypted over a network."
    )
    address = address.strip()
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError(f"The address in {source} is not a valid URL.", hint) from None
    # urlsplit accepts these, but other parsers would split the address at another place.
    ambiguous = "\\" in address or not address.isprintable() or " " in address
    if port == 0 or ambiguous or has_stray_bracket(parts.netloc.rpartition("@")[2]):
        raise UsageError(f"The address in {source} is not a valid URL.", hint)
    if "@" in parts.netloc or "?" in address or "#" in address or has_token(address):
        raise UsageError(
            f"The address in {source} contains more than a host and a path.",
            "Leave out user names, passwords and the part from ? on; never put a token there.",
        )
    if not host or parts.scheme not in {"http", "https"}:
        raise UsageError(f"The address in {source} is not a web address.", hint)
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"The address in {source} is unencrypted and not on this computer.", hint)
    return address.rstrip("/")
