"""Whether a request comes from where it should: rebound names and other sites' pages.

A browser sends whatever a page tells it to, to this computer's loopback too. What it cannot be
made to do is lie in ``Host``, ``Origin`` and ``Sec-Fetch-Site``.
"""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from tokcheck.exporter.web.address import Address


def names_us(host: str, address: Address) -> bool:
    """Tell whether a ``Host`` header names this listener; only loopback ones can know."""
    if not address.loopback:
        return True
    name = _name(host)
    if name is None:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        number = ip_address(name)
    except ValueError:
        return False
    return number.is_loopback or str(number) == address.host


def from_another_site(headers: Mapping[str, str]) -> bool:
    """Tell whether a browser sent this request for a page of another origin.

    Programs send neither header, and are not what this guards against.
    """
    if headers.get("sec-fetch-site", "none").lower() not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        own = urlsplit(origin).netloc
    except ValueError:
        return True
    return not own or own.lower() != headers.get("host", "").lower()


def _name(host: str) -> str | None:
    try:
        split = urlsplit(f"//{host}")
        _ = split.port  # raises if it is none
    except ValueError:
        return None
    if split.netloc != host or "@" in host:
        return None
    return (split.hostname or "").removesuffix(".") or None
