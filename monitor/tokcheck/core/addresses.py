"""Addresses of this computer: which hosts are loopback, who sends requests there, and listening.

A page in a browser can send requests to any address, this computer's loopback included. It cannot
forge ``Host``, ``Origin`` and ``Sec-Fetch-Site``, so these show where a request comes from.
"""

from collections.abc import Mapping
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EPERM, errorcode
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import read_in_range
from tokcheck.core.lazy import LazyRegex

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_AUTHORITY = LazyRegex(r"\[[^\[\]]*\](?::[0-9]*)?|[^\[\]]*")
_TOKEN = LazyRegex(r"(?<![0-9A-Za-z])(?:eyJ|ya29\.)[\w-]{8}")


def has_token(address: str) -> bool:
    """Return whether a token stands in an address.

    One that is pasted in its place would end up in a DNS query or in a server's log.
    """
    return _TOKEN.search(address) is not None


def has_stray_bracket(authority: str) -> bool:
    """Return whether brackets stand elsewhere than around the whole host of ``HOST:PORT``.

    Python before 3.13.4 ignores what is before or behind them: it reads ``[::1].evil.example`` and
    ``evil.example[::1]`` as ``::1``.
    """
    return _AUTHORITY.fullmatch(authority) is None


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
    # Python before 3.13 ignores the IPv4 address inside.
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
    if split.netloc != host or "@" in host or has_stray_bracket(host) or split.hostname is None:
        return False
    name = split.hostname
    return is_localhost(name, subdomains=True) or is_loopback(name.removesuffix("."))


def is_cross_origin(headers: Mapping[str, str]) -> bool:
    """Return whether a browser sent this request for a page of another origin.

    Other programs send neither header and are not restricted. ``Sec-Fetch-Site`` decides where it
    is sent, over TLS and to this computer: no page can set it, it holds behind a proxy that
    changes ``Host``, and ``Origin`` may be ``null`` for a page's own form.
    https://www.w3.org/TR/fetch-metadata/
    """
    if site := headers.get("sec-fetch-site"):
        return site.lower() not in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        origin_host = urlsplit(origin).netloc
    except ValueError:
        return True
    return not origin_host or origin_host.lower() != headers.get("host", "").lower()


def check_port(option: str, text: str) -> int:
    """Return the number of a port.

    :raises UsageError: if there is no such port.
    """
    return read_in_range(option, text, "0", "65535", int)


def bind_error(
    error: OSError,
    host: str,
    port: int,
    *,
    port_option: str,
    address_option: str,
    advice: str = "Port 0 means any free one.",
) -> UsageError:
    """Return the explanation of an error of ``bind``; an empty ``host`` means every address.

    ``port_option`` and ``address_option`` name the options to change; ``advice`` is a further
    remedy if the port is the cause.
    """
    place = f"port {port}" + (f" on {host}" if host else "")
    other_port = f"choose another port with {port_option}. {advice}"
    if error.errno == EADDRINUSE:
        return UsageError(
            f"P{place[1:]} is already in use.", f"Stop the program that uses it, or {other_port}"
        )
    if error.errno in {EACCES, EPERM}:
        return UsageError(
            f"This user may not listen on {place}.",
            f"Choose a port from 1024 up with {port_option}. {advice}",
        )
    if host and error.errno in {EADDRNOTAVAIL, EAFNOSUPPORT}:
        return UsageError(
            f"This computer has no address {host}.",
            f"Choose another address with {address_option}; 127.0.0.1 always works.",
        )
    return UsageError(
        f"P{place[1:]} cannot be used ({errorcode.get(error.errno or 0, 'unknown error')}).",
        f"Choose another address with {address_option}, or {other_port}",
    )


def handle_loop_error(loop: "AbstractEventLoop", context: Mapping[str, Any]) -> None:
    """Handle an error outside of all tasks: a client that is gone before it is accepted is none."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(dict(context))
