"""Redirect URIs: where a consent page sends the browser, and whether a server can listen there."""

from typing import NamedTuple
from urllib.parse import urlsplit

from tokcheck.core.addresses import has_stray_bracket, loopback_address
from tokcheck.core.errors import UsageError

_HTTP_PORT = 80
# For applications that are registered with a fixed port.
DEFAULT_PORT = 19152
_HINT = (
    "Write it exactly as in the application's registration (such as "
    "http://127.0.0.1:19152/callback or https://localhost/)."
)


class LoopbackEndpoint(NamedTuple):
    """Where a loopback server listens for a redirect."""

    host: str
    """The IP address to listen on."""
    port: int
    """The port to listen on; 0 is any free one."""
    path: str
    """The path of the redirect URI."""
    uri_host: str
    """The host as it stands in the redirect URI."""

    def redirect_uri(self, port: int) -> str:
        """Return the redirect URI of a server that listens on ``port``."""
        return f"http://{self.uri_host}:{port}{self.path}"


def default_endpoint(port: int, path: str = "/callback") -> LoopbackEndpoint:
    """Return the endpoint on 127.0.0.1, which needs no name to be resolved.

    https://www.rfc-editor.org/rfc/rfc8252#section-8.3
    """
    return LoopbackEndpoint("127.0.0.1", port, path, "127.0.0.1")


def endpoint_of(redirect_uri: str) -> LoopbackEndpoint | None:
    """Return the endpoint of a registered redirect URI.

    ``None`` means that no server can listen there, as with ``https://``: the redirect must be
    pasted.

    :raises UsageError: if no application can be registered with it.
    """
    try:
        parts = urlsplit(redirect_uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError("The redirect URI cannot be parsed.", _HINT) from None
    plain = (
        redirect_uri.isascii()
        and redirect_uri.isprintable()
        and not set(redirect_uri) & set(' "<>\\')
        and not has_stray_bracket(parts.netloc.rpartition("@")[2])
    )
    if not plain or not host or parts.scheme not in {"http", "https"} or port == 0:
        raise UsageError("The redirect URI is not a web address.", _HINT)
    if "#" in redirect_uri or "@" in parts.netloc:
        raise UsageError("The redirect URI contains more than a host, a path and a query.", _HINT)
    if parts.scheme == "https":
        return None
    listen_on = loopback_address(host)
    if listen_on is None:
        raise UsageError(
            "The redirect URI is unencrypted and not on this computer: others could read the code.",
            _HINT,
        )
    uri_host = f"[{host}]" if ":" in host else host
    return LoopbackEndpoint(listen_on, port or _HTTP_PORT, parts.path or "/", uri_host)
