"""The addresses to listen on, as people write them."""

from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, TypeAlias

from tokcheck.core.addresses import check_port, is_loopback, loopback_address
from tokcheck.core.errors import UsageError

ADDRESS_HINT = (
    "Write ADDRESS:PORT, such as 127.0.0.1:19150 or [::1]:19150; "
    ":19150 for every address; a port alone, for this computer only; unix:/PATH for a socket in "
    "the file system; or systemd for the sockets of the unit."
)


_WILDCARDS = {
    "": "every address",
    "0.0.0.0": "every IPv4 address",  # noqa: S104 - compared, not bound
    "::": "every IPv6 address",
}


class Address(NamedTuple):
    """An address to listen on; an empty ``host`` means every address, port 0 any free one."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this computer can reach it."""
        return is_loopback(self.host)

    @property
    def wildcard(self) -> str:
        """The addresses that it stands for if more than one: ``every IPv4 address``."""
        return _WILDCARDS.get(self.host, "")

    def includes(self, other: "Address") -> bool:
        """Return whether it stands for another address, too, with the same port."""
        if self.port != other.port or not self.port or not self.wildcard:
            return False
        return not self.host or (bool(other.host) and (":" in self.host) is (":" in other.host))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class UnixAddress(NamedTuple):
    """A socket in the file system, which only processes of this computer can reach."""

    path: Path

    @property
    def loopback(self) -> bool:
        """Whether only this computer can reach it, under a name that pages cannot use."""
        return True

    def __str__(self) -> str:
        return f"unix:{self.path}"


class Systemd(NamedTuple):
    """The sockets that systemd passes to the service."""

    def __str__(self) -> str:
        return "systemd"


Target: TypeAlias = Address | UnixAddress | Systemd


def parse_target(text: str) -> Target:
    """Parse ``unix:/run/tokcheck.sock``, ``systemd``, or what :func:`parse_address` takes.

    :raises UsageError: if it is none of these.
    """
    word = text.strip()
    if word == "systemd":
        return Systemd()
    if not word.startswith("unix:"):
        return parse_address(text)
    path = word.removeprefix("unix:")
    if not path.startswith("/"):
        raise UsageError(f"{text[:80]!r} has no absolute path.", ADDRESS_HINT)
    return UnixAddress(Path("/" + path.lstrip("/")))


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
        raise UsageError(f"It is unclear where the port begins in {text[:80]!r}.", ADDRESS_HINT)
    bare = host[1:-1] if is_bracketed else host
    try:
        return loopback_address(bare) or str(ip_address(bare))
    except ValueError:
        raise UsageError(f"{text[:80]!r} has no valid IP address.", ADDRESS_HINT) from None


def _parse_port(port: str, text: str) -> int:
    if not (port.isascii() and port.isdigit()):
        raise UsageError(f"{text[:80]!r} has no port.", ADDRESS_HINT)
    return check_port("The port", port)
