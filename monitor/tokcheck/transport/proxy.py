"""Which proxy stands between this computer and a host, for error messages."""

import os
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from tokcheck.core.addresses import is_loopback
from tokcheck.core.errors import UsageError

_SYSTEM = "the system's settings"


class Proxy(NamedTuple):
    """A proxy in use."""

    name: str
    """Its host and port, without its user and password."""
    source: str
    """The variable that names it, or the system's settings."""
    has_password: bool = False
    """Whether its address has a user."""
    is_encrypted: bool = False
    """Whether it is reached by ``https://``."""


def proxy_for(host: str) -> Proxy | None:
    """Return the proxy that a request to a host goes through; ``None`` if there is none.

    Nothing for loopback is sent to a proxy.
    """
    address, source = _address()
    if not address or is_loopback(host):
        return None
    if proxy_bypass(host):
        return None
    try:
        parts = _split(address)
    except ValueError:
        return Proxy("the proxy", source)
    name = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    if parts.port is not None:
        name += f":{parts.port}"
    return Proxy(name, source, parts.username is not None, parts.scheme == "https")


def read_proxy() -> str | None:
    """Return the address of the proxy of ``https://``; ``None`` if there is none.

    :raises UsageError: if it cannot be used.
    """
    address, _ = _address()
    if not address:
        return None
    try:
        parts = _split(address)
    except ValueError:
        raise proxy_error() from None
    if parts.scheme not in {"http", "https"}:
        raise proxy_error()
    return parts.geturl()


def read_hosts_without_proxy() -> tuple[str, ...]:
    """Return the patterns of httpx for the hosts that are reached without the proxy.

    A name stands for those below it as well.
    """
    names = [name.strip() for name in getproxies().get("no", "").split(",")]
    return tuple(_pattern(name) for name in names if name)


def proxy_error() -> UsageError:
    """Return the error of a proxy of ``https://`` that cannot be used."""
    address, source = _address()
    is_socks = address.strip().lower().startswith("socks")
    return UsageError(
        f"The proxy in {source} is a SOCKS proxy, which is not supported."
        if is_socks
        else f"The proxy in {source} cannot be used.",
        "Write http://HOST:PORT or https://HOST:PORT, or unset the variable.",
    )


def hosts_error() -> UsageError:
    """Return the error of hosts without a proxy that cannot be read."""
    return UsageError(
        f"A host in {_variable('no', getproxies().get('no', ''))} cannot be read.",
        "Write names and addresses separated by commas, such as example.com,10.0.0.1, or unset "
        "the variable.",
    )


def _address() -> tuple[str, str]:
    """Return the address of the proxy, empty for none, and the variable that names it."""
    known = getproxies()
    scheme = "https" if known.get("https") else "all"
    address = known.get(scheme, "")
    return address, _variable(scheme, address)


def _variable(scheme: str, value: str) -> str:
    """Return the variable with this value; small letters come before capital ones."""
    wanted = f"{scheme}_proxy"
    found = (name for name, text in os.environ.items() if name.lower() == wanted and text == value)
    return max(found, default=_SYSTEM)


def _pattern(name: str) -> str:
    if name == "*":
        return "all://"
    if "://" in name:
        return name
    if name[0] == "[" and name[-1] == "]":
        name = name[1:-1]
    try:
        address = ip_address(name.partition("/")[0])
    except ValueError:
        return f"all://{name}" if name.lower() == "localhost" else f"all://*{name}"
    return f"all://[{address}]" if address.version == 6 else f"all://{address}"  # noqa: PLR2004


def _split(address: str) -> SplitResult:
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if not parts.hostname or parts.port == 0:  # a port above 65535 raises an error itself
        raise ValueError
    return parts
