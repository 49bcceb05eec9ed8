"""The address to listen on, as people write it, and the socket that listens there."""

import socket
from ipaddress import ip_address
from typing import NamedTuple

from tokcheck.core.addresses import is_loopback, loopback_address
from tokcheck.core.errors import UsageError
from tokcheck.core.ports import bind_error, check_port

_BACKLOG = 256
_HINT = (
    "Write ADDRESS:PORT, such as 127.0.0.1:19150 or [::1]:19150; "
    ":19150 for every address; or a port alone, for this computer only."
)


class Address(NamedTuple):
    """An address to listen on; an empty ``host`` means every address, port 0 any free one."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this computer can reach it."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Parse ``127.0.0.1:19150``, ``:19150``, ``[::1]:0``, or ``19150``, which means loopback.

    :raises UsageError: if it is none of these.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon:
        return Address("127.0.0.1", _parse_port(port, text))
    return Address(_parse_host(host, text), _parse_port(port, text))


def _parse_host(host: str, text: str) -> str:
    if host == "":
        return ""
    is_bracketed = host.startswith("[") and host.endswith("]")
    if is_bracketed is not (":" in host):
        raise UsageError(f"It is unclear where the port begins in {text[:80]!r}.", _HINT)
    bare = host[1:-1] if is_bracketed else host
    try:
        return loopback_address(bare) or str(ip_address(bare))
    except ValueError:
        raise UsageError(f"{text[:80]!r} has no valid IP address.", _HINT) from None


def _parse_port(port: str, text: str) -> int:
    if not (port.isascii() and port.isdigit()):
        raise UsageError(f"{text[:80]!r} has no port.", _HINT)
    return check_port("The port", port)


def listen(address: Address) -> socket.socket:
    """Return a listening socket; an empty host means IPv4 and, where there is one, IPv6.

    :raises UsageError: if the address or the port is not available.
    """
    everywhere = not address.host
    dual_stack = everywhere and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual_stack or ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server(
            ("::" if dual_stack else address.host, address.port),
            family=family,
            backlog=_BACKLOG,
            dualstack_ipv6=dual_stack,
        )
    except OSError as error:
        raise bind_error(
            error, address.host, address.port, port_option="--listen", address_option="--listen"
        ) from error
    # Accepted sockets inherit it: without it, head and body in two writes cost 40 ms a request.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setblocking(False)  # noqa: FBT003 - the socket's own interface
    return listener


def url(address: Address, listener: socket.socket, *, tls: bool) -> str:
    """Return the URL for a browser on this computer, without a final slash."""
    port = listener.getsockname()[1]
    host = address.host
    if not host or host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "localhost"
    netloc_host = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{netloc_host}:{port}"
