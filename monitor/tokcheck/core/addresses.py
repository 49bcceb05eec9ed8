"""Loopback addresses: which hosts are this computer and no other, and who sends requests to them.

A page in a browser can send requests to any address, this computer's loopback included. It cannot
forge ``Host``, ``Origin`` and ``Sec-Fetch-Site``, so these show where a request comes from.
"""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit


def is_localhost(name: str, *, subdomains: bool = False) -> bool:
    """Return whether a name is ``localhost``, in any case.

    With ``subdomains``, a name below it counts too, and a final dot: browsers resolve those to
    loopback by themselves, so a request that names them comes from this computer. Without it, the
    caller connects to the name or listens there, and must not depend on a resolver.
    https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    """
    name = name.lower()
    if subdomains:
        name = name.removesuffix(".")
        return name == "localhost" or name.endswith(".localhost")
    return name == "localhost"


def loopback_address(host: str) -> str | None:
    """Return the IP address of a loopback host; ``None`` if the host is not loopback.

    ``host`` is ``localhost`` in any case, or an IP address, which IPv6 writes without brackets.
    No name is resolved, so ``localhost.`` and ``a.localhost`` are not loopback: what they resolve
    to is the resolver's decision.
    """
    if is_localhost(host):
        return "127.0.0.1"
    try:
        address = ip_address(host)
    except ValueError:
        return None
    # Python before 3.13 does not look at the IPv4 address inside.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(address) if (mapped or address).is_loopback else None


def is_loopback(host: str) -> bool:
    """Return whether a host, as :func:`loopback_address` takes it, is this computer."""
    return loopback_address(host) is not None


def is_loopback_host(host: str) -> bool:
    """Return whether a ``Host`` header names this computer.

    A name that an attacker's DNS server resolves to loopback does not.
    """
    try:
        split = urlsplit(f"//{host}")
        _ = split.port  # raises if it is not a number
    except ValueError:
        return False
    if split.netloc != host or "@" in host or split.hostname is None:
        return False
    name = split.hostname
    return is_localhost(name, subdomains=True) or is_loopback(name.removesuffix("."))


def is_cross_origin(headers: Mapping[str, str]) -> bool:
    """Return whether a browser sent this request for a page of another origin.

    Other programs send neither header, and may do what they like.
    """
    if headers.get("sec-fetch-site", "none").lower() not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        origin_host = urlsplit(origin).netloc
    except ValueError:
        return True
    return not origin_host or origin_host.lower() != headers.get("host", "").lower()
