"""Which proxy stands between this computer and a host, for error messages."""

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from tokcheck.core.addresses import is_loopback_host

# The first that is set counts: https:// comes before all, and small letters before capital ones.
# Windows does not tell them apart, and shows capital ones.
_VARIABLES = (
    ("HTTPS_PROXY", "ALL_PROXY")
    if sys.platform == "win32"
    else ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
)
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

    ``http://`` is loopback only and never sent to a proxy.
    """
    address = _address()
    if not address or is_loopback_host(host):
        return None
    if proxy_bypass(host):
        return None
    source = proxy_source(os.environ)
    try:
        parts = _split(address)
    except ValueError:
        return Proxy("the proxy", source)
    name = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    if parts.port is not None:
        name += f":{parts.port}"
    return Proxy(name, source, parts.username is not None, parts.scheme == "https")


def check_proxy() -> None:
    """Check the address of the proxy in use.

    :raises ValueError: if it has no host, or a port that is none.
    """
    if address := _address():
        _split(address)


def proxy_source(environ: Mapping[str, str]) -> str:
    """Return the variable, or the settings, that name the proxy of ``https://``."""
    return next((name for name in _VARIABLES if environ.get(name)), _SYSTEM)


def is_socks(environ: Mapping[str, str]) -> bool:
    """Return whether the proxy of ``https://`` is a SOCKS proxy."""
    return environ.get(proxy_source(environ), "").strip().lower().startswith("socks")


def _address() -> str | None:
    known = getproxies()
    return known.get("https") or known.get("all")


def _split(address: str) -> SplitResult:
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if not parts.hostname or parts.port == 0:  # a port above 65535 raises an error itself
        raise ValueError
    return parts
