"""The base addresses of the providers' services: defaults, or overrides by the user."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from tokcheck.core.addresses import is_loopback
from tokcheck.core.errors import UsageError
from tokcheck.providers.base import Provider

# A token pasted in place of an address would end up in a DNS query or in a server's log.
_TOKEN = re.compile(r"(?<![0-9A-Za-z])(?:eyJ|ya29\.)[\w-]{8}")


class Endpoints(NamedTuple):
    """Base addresses by provider name and service name, without a trailing slash."""

    addresses: Mapping[tuple[str, str], str]

    def of(self, provider: str, service: str) -> str:
        """Return one base address."""
        return self.addresses[provider, service]


def resolve_endpoints(
    providers: Mapping[str, Provider], environment: Mapping[str, str], api_url: str | None = None
) -> Endpoints:
    """Return each base address: from ``api_url``, the environment or the provider, in that order.

    ``api_url`` replaces the address of the ``api`` service of every provider.

    :raises UsageError: if an address is not ``https://``, or ``http://`` on loopback.
    """
    addresses: dict[tuple[str, str], str] = {}
    for provider in providers.values():
        for name, service in provider.services.items():
            address = service.in_use(environment)
            source = service.variable
            if api_url is not None and name == "api":
                address, source = api_url, "--api-url"
            addresses[provider.name, name] = _check_address(address, source)
    return Endpoints(addresses)


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


def _check_address(address: str, source: str) -> str:
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
    if port == 0 or "\\" in address or not address.isprintable() or " " in address:
        raise UsageError(f"The address in {source} is not a valid URL.", hint)
    if "@" in parts.netloc or "?" in address or "#" in address or _TOKEN.search(address):
        raise UsageError(
            f"The address in {source} contains more than a host and a path.",
            "Leave out user names, passwords and the part from ? on; never put a token there.",
        )
    if not host or parts.scheme not in {"http", "https"}:
        raise UsageError(f"The address in {source} is not a web address.", hint)
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"The address in {source} is unencrypted and not on this computer.", hint)
    return address.rstrip("/")
