"""Which proxy stands between this computer and a host, for error messages."""

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit
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


def proxy_for(host: str) -> Proxy | None:
    """Return the proxy that a request to a host goes through; ``None`` if there is none.

    ``http://`` is loopback only and never sent to a proxy.
    """
    known = getproxies()
    address = known.get("https") or known.get("all")
    if not address or is_loopback_host(host):
        return None
    if proxy_bypass(host):
        return None
    return Proxy(_place_of(address), proxy_source(os.environ))


def proxy_source(environ: Mapping[str, str]) -> str:
    """Return the variable, or the settings, that name the proxy of ``https://``."""
    return next((name for name in _VARIABLES if environ.get(name)), _SYSTEM)


def is_socks(environ: Mapping[str, str]) -> bool:
    """Return whether the proxy of ``https://`` is a SOCKS proxy."""
    return environ.get(proxy_source(environ), "").strip().lower().startswith("socks")


def _place_of(address: str) -> str:
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return "the proxy"
    place = f"[{host}]" if host and ":" in host else host
    return f"{place or 'the proxy'}{'' if port is None else f':{port}'}"
