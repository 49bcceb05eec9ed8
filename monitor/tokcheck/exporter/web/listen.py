"""The listening socket.

Where to listen: an address as people write it.
"""

import errno
import socket
from ipaddress import ip_address
from typing import NamedTuple

from tokcheck.core.addresses import is_loopback
from tokcheck.core.errors import UsageError

_LAST_PORT = 65_535
_HINT = "Write 127.0.0.1:19150, [::1]:19150, :19150 for every address, or a port alone."


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


def parse(text: str) -> Address:
    """Read ``127.0.0.1:19150``, ``:19150``, ``[::1]:0``, or ``19150``, which means loopback.

    :raises UsageError: if it is none of these.
    """
    written = text.strip()
    host, colon, port = written.rpartition(":")
    if not colon:
        return Address("127.0.0.1", _port(port, text))
    return Address(_host(host, text), _port(port, text))


def _host(written: str, text: str) -> str:
    if written == "":
        return ""
    if written.lower() == "localhost":
        return "127.0.0.1"
    bracketed = written.startswith("[") and written.endswith("]")
    if bracketed is not (":" in written):
        raise UsageError(f"In {text[:80]!r} the address and the port cannot be told apart.", _HINT)
    try:
        return str(ip_address(written[1:-1] if bracketed else written))
    except ValueError:
        raise UsageError(f"{text[:80]!r} is no address to listen on.", _HINT) from None


def _port(written: str, text: str) -> int:
    if not (written.isascii() and written.isdigit()):
        raise UsageError(f"{text[:80]!r} has no port.", _HINT)
    if len(written) > len(str(_LAST_PORT)) or int(written) > _LAST_PORT:
        raise UsageError(f"{written[:20]} is not a port.", f"Choose one from 0 to {_LAST_PORT}.")
    return int(written)


_BACKLOG = 256


def listen(address: Address) -> socket.socket:
    """Return a socket that listens; an empty host means IPv4 and, where there is one, IPv6.

    :raises UsageError: if the address or the port cannot be had.
    """
    everywhere = not address.host
    both = everywhere and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both or ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server(
            ("::" if both else address.host, address.port),
            family=family,
            backlog=_BACKLOG,
            dualstack_ipv6=both,
        )
    except OSError as error:
        raise refusal(address, error) from error
    # Accepted sockets inherit it: without it, head and body in two writes cost 40 ms a request.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setblocking(False)  # noqa: FBT003 - the socket's own interface
    return listener


def url(address: Address, listener: socket.socket, *, tls: bool) -> str:
    """Return the address at which a browser on this computer finds it, without a slash."""
    port = listener.getsockname()[1]
    host = address.host
    if not host or host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "localhost"
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def refusal(address: Address, error: OSError) -> UsageError:
    """Return why the operating system did not let us listen, and what to do next."""
    where = f"Port {address.port}" + (f" on {address.host}" if address.host else "")
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError(
            f"This computer has no address {address.host}.",
            "Choose one of its own; 127.0.0.1 always is.",
        )
    if error.errno == errno.EADDRINUSE:
        return UsageError(
            f"{where} is already in use.", "Choose another port; 0 means any free one."
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return UsageError(
            f"{where} needs more rights than this user has.", "Choose a port from 1024 up."
        )
    return UsageError(
        f"{where} cannot be used ({errno.errorcode.get(error.errno or 0, 'unknown error')}).",
        "Choose another address or port; port 0 means any free one.",
    )
