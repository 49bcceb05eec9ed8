"""Loopback addresses: which hosts are this machine and no other."""

from ipaddress import IPv6Address, ip_address


def loopback_address(host: str) -> str | None:
    """Return the IP address of a loopback host; ``None`` if the host is not loopback.

    ``host`` is ``localhost`` in any case, or an IP address, which IPv6 writes without brackets.
    No name is resolved, so ``localhost.`` and ``a.localhost`` are not loopback: what they resolve
    to is the resolver's decision.
    """
    if host.lower() == "localhost":
        return "127.0.0.1"
    try:
        address = ip_address(host)
    except ValueError:
        return None
    # Python before 3.13 does not look at the IPv4 address inside.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(address) if (mapped or address).is_loopback else None


def is_loopback(host: str) -> bool:
    """Return whether a host, as :func:`loopback_address` takes it, is this machine."""
    return loopback_address(host) is not None
