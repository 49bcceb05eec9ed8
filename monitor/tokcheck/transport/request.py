"""What leaves: one request with its secrets revealed, and the settings of whoever sends it."""

import re
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import NamedTuple, TypedDict

import httpx

from tokcheck import __version__
from tokcheck.core.errors import NetError, UsageError
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Request
from tokcheck.transport import errors
from tokcheck.transport.endpoints import Endpoints

CONNECT_SHARE = 0.75
AT_ONCE = 4  # httpx looks through all connections of a pool several times a request
_HEADERS = {
    "User-Agent": f"tokcheck/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # nothing to gain, and no bombs
}
_VISIBLE = re.compile(r"[!-~]+")


class Call(NamedTuple):
    """One call: where to, and what, with its secrets revealed."""

    host: str
    request: httpx.Request


class Settings(TypedDict):
    """What every client of httpx here is made with."""

    verify: ssl.SSLContext
    follow_redirects: bool
    cookies: CookieJar
    mounts: Mapping[str, None]


class _NoCookies(CookieJar):
    """Keeps none: a cookie would tie one person's token to the next person's."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them where they are."""


def call(endpoints: Endpoints, provider: Provider, request: Request) -> Call:
    """Put a request together.

    :raises NetError: if its token holds characters that no request can carry, or if its address
        is none.
    """
    headers = _HEADERS
    if request.bearer is not None:
        headers = headers | {"Authorization": f"Bearer {_sendable(request.bearer)}"}
    if request.basic is not None:
        pair = f"{request.basic[0]}:{_sendable(request.basic[1])}"
        headers = headers | {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    form = {name: _sendable(secret) for name, secret in (request.form or {}).items()}
    try:
        url, host = _place(endpoints.of(provider.name, request.service) + request.path)
    except (httpx.InvalidURL, UnicodeError):
        raise errors.no_address() from None
    return Call(host, httpx.Request(request.method, url, headers=headers, data=form or None))


def settings(verify: ssl.SSLContext | bool) -> Settings:  # noqa: FBT001 - as httpx has it
    """Return what a client is made with; ``verify`` as httpx takes it, loaded once.

    Connections and time are bounded by whoever makes the client.
    """
    loaded = verify if isinstance(verify, ssl.SSLContext) else httpx.create_ssl_context(verify)
    return {
        "verify": loaded,
        "follow_redirects": False,
        "cookies": _NoCookies(),
        # http:// is loopback, and a proxy would carry the token off it in clear.
        "mounts": {"http://": None},
    }


@contextmanager
def from_environment() -> Iterator[None]:
    """Say what of the environment cannot be used by a client that the block makes.

    :raises UsageError: if the environment's proxies or certificates cannot be used.
    """
    try:
        yield
    except (ValueError, ImportError, httpx.InvalidURL):
        raise UsageError(
            "The proxy that the environment names cannot be used.",
            "Check HTTPS_PROXY and ALL_PROXY: write http://host:port or https://host:port.",
        ) from None
    except OSError:
        raise UsageError(
            "The certificates that the environment names cannot be read.",
            "Check SSL_CERT_FILE and SSL_CERT_DIR.",
        ) from None


@lru_cache(maxsize=64)
def _place(address: str) -> tuple[httpx.URL, str]:
    """Return an address and its host: httpx takes its time to read one, and there are few."""
    url = httpx.URL(address)
    return url, url.host


def _sendable(secret: Secret) -> str:
    """Reveal a token, unless it could break out of a header: such a text is no token anyway."""
    raw = secret.reveal()
    if not _VISIBLE.fullmatch(raw):
        raise NetError(
            "token",
            "the token holds characters that no request can carry",
            "Copy it again, without blanks and line breaks.",
            reached=False,
        )
    return raw
