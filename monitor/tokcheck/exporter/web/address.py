"""Where to listen: an address as people write it."""

from ipaddress import ip_address
from typing import NamedTuple

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
        return bool(self.host) and ip_address(self.host).is_loopback

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
