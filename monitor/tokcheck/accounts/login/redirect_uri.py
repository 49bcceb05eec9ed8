"""Where a consent page sends the browser back to: an address, and whether it can be waited at."""

from typing import NamedTuple
from urllib.parse import urlsplit

from tokcheck.core.errors import UsageError

_HOSTS = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"}
_HTTP_PORT = 80
# For applications that have to be registered with one.
DEFAULT_PORT = 19152
_HINT = (
    "Write it as the application is registered with it, such as http://127.0.0.1:19152/callback "
    "or https://localhost/."
)


class LoopbackEndpoint(NamedTuple):
    """A place on loopback: what to listen on, and the path that answers.

    Port 0 means any free one. ``written`` is the host as it stands in the address.
    """

    host: str
    port: int
    path: str
    written: str

    def address(self, port: int) -> str:
        """Return the redirect address when this very port is listened on."""
        return f"http://{self.written}:{port}{self.path}"


def default_endpoint(port: int, path: str = "/callback") -> LoopbackEndpoint:
    """Return the place on this machine that needs no name to be looked up.

    https://www.rfc-editor.org/rfc/rfc8252#section-8.3
    """
    return LoopbackEndpoint("127.0.0.1", port, path, "127.0.0.1")


def endpoint_of(address: str) -> LoopbackEndpoint | None:
    """Return the place of a registered redirect address.

    ``None`` means that nothing can wait there, as with ``https://``: the browser's address has to
    be pasted.

    :raises UsageError: if no application can be registered with it.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError("The redirect address cannot be read.", _HINT) from None
    plain = address.isascii() and address.isprintable() and not set(address) & set(' "<>\\')
    if not plain or not host or parts.scheme not in {"http", "https"} or port == 0:
        raise UsageError("The redirect address is not a web address.", _HINT)
    if "#" in address or "@" in parts.netloc:
        raise UsageError("The redirect address holds more than a host, a path and a query.", _HINT)
    if parts.scheme == "https":
        return None
    if host not in _HOSTS:
        raise UsageError(
            "The redirect address is unencrypted and not on this machine: others could read the "
            "code.",
            _HINT,
        )
    written = f"[{host}]" if ":" in host else host
    return LoopbackEndpoint(_HOSTS[host], port or _HTTP_PORT, parts.path or "/", written)
