"""Outgoing requests, with their secrets revealed, and the settings of the httpx clients."""

import errno
import os
import re
import ssl
import stat
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from http.cookiejar import CookieJar
from typing import NamedTuple, TypedDict

import httpx

from tokcheck.core.errors import NetError, UsageError
from tokcheck.core.secret import Secret
from tokcheck.core.version import __version__
from tokcheck.providers.base import Provider, Request
from tokcheck.transport import errors
from tokcheck.transport.endpoints import Endpoints
from tokcheck.transport.proxy import (
    hosts_error,
    proxy_error,
    read_hosts_without_proxy,
    read_proxy,
)

CONNECT_SHARE = 0.75
CONNECTIONS_PER_POOL = 4  # httpx scans all connections of a pool several times a request
_HEADERS = {
    "User-Agent": f"tokcheck/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # small bodies gain nothing, and no decompression bombs
}
# http:// is loopback only; a proxy would send the token elsewhere unencrypted. Nor can one reach
# this computer by the names that it has for itself.
_WITHOUT_PROXY = ("http://", "https://127.0.0.1", "https://[::1]", "https://localhost")
_VISIBLE = re.compile(r"[!-~]+")


class OutgoingRequest(NamedTuple):
    """One request ready to send, with its secrets revealed."""

    host: str
    """For error messages."""
    http_request: httpx.Request


class ClientSettings(TypedDict):
    """The keyword arguments that every httpx client is made with."""

    verify: ssl.SSLContext
    follow_redirects: bool
    cookies: CookieJar
    trust_env: bool
    proxy: str | None
    mounts: Mapping[str, None]


class _NoCookies(CookieJar):
    """A jar that stores no cookies, because a cookie would link the tokens of different users."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Store nothing."""


def build_request(endpoints: Endpoints, provider: Provider, request: Request) -> OutgoingRequest:
    """Return the HTTP request for a provider's request.

    :raises NetError: if the token holds characters that no header can carry, or if the address
        is not valid.
    """
    headers = _HEADERS | dict(request.headers or {})
    if request.bearer is not None:
        headers = headers | {"Authorization": f"Bearer {_reveal_for_header(request.bearer)}"}
    if request.basic is not None:
        pair = f"{request.basic[0]}:{_reveal_for_header(request.basic[1])}"
        headers = headers | {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    if request.key is not None:
        name, word, secret = request.key
        value = _reveal_for_header(secret)
        headers = headers | {name: f"{word} {value}" if word else value}
    form = {name: _reveal_for_header(secret) for name, secret in (request.form or {}).items()}
    form |= request.fields or {}
    try:
        url, host = _parse_address(endpoints.request_url(provider, request.service, request.path))
    except (httpx.InvalidURL, UnicodeError):
        raise errors.address_error() from None
    body = request.json.encode() if request.json else None
    if body is not None:
        headers = {"Content-Type": "application/json"} | headers
    return OutgoingRequest(
        host, httpx.Request(request.method, url, headers=headers, data=form or None, content=body)
    )


def client_settings(verify: ssl.SSLContext | bool) -> ClientSettings:  # noqa: FBT001 - as in httpx
    """Return the settings of an httpx client; ``verify`` is as in httpx, and is loaded once.

    Timeouts and limits on connections are left to the caller.

    :raises UsageError: if the environment's proxy cannot be used.
    """
    proxy, without_proxy = _read_proxies()
    ssl_context = verify if isinstance(verify, ssl.SSLContext) else httpx.create_ssl_context(verify)
    return {
        "verify": ssl_context,
        "follow_redirects": False,
        "cookies": _NoCookies(),
        # httpx fails at a proxy in the environment that cannot be used, even if it is not needed.
        "trust_env": False,
        "proxy": proxy,
        "mounts": dict.fromkeys((*_WITHOUT_PROXY, *without_proxy)),
    }


def load_certificates() -> ssl.SSLContext:
    """Return the context of the certificates that the environment selects.

    :raises UsageError: if they cannot be read.
    """
    with environment_errors():
        return httpx.create_ssl_context()


def _check_certificate_file() -> None:
    """Raise an error if SSL_CERT_FILE names a pipe or a device: reading it may never end."""
    path = os.environ.get("SSL_CERT_FILE")
    if path and not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - as a text of the system
        raise OSError(errno.EINVAL, "not a regular file")


@contextmanager
def environment_errors() -> Iterator[None]:
    """Report proxy and certificate variables that a client made in the block cannot use.

    :raises UsageError: if the proxies or certificates of the environment cannot be used.
    """
    try:
        _check_certificate_file()
        yield
        _read_proxies()
    except OSError:
        raise UsageError(
            "The certificates in SSL_CERT_FILE or SSL_CERT_DIR cannot be read.",
            "Check that the path exists and contains PEM certificates, or unset the variable.",
        ) from None


def _read_proxies() -> tuple[str | None, tuple[str, ...]]:
    """Return the environment's proxy, and the patterns of the hosts that need none."""
    proxy = read_proxy()
    if proxy is None:
        return None, ()
    try:
        httpx.Proxy(proxy)
    except (ValueError, httpx.InvalidURL):
        raise proxy_error() from None
    patterns = read_hosts_without_proxy()
    try:
        for pattern in patterns:
            httpx.URL(pattern)
    except httpx.InvalidURL:
        raise hosts_error() from None
    return proxy, patterns


@lru_cache(maxsize=64)
def _parse_address(address: str) -> tuple[httpx.URL, str]:
    """Return the URL of an address and its host; cached, because httpx parses URLs slowly."""
    url = httpx.URL(address)
    return url, url.host


def _reveal_for_header(secret: Secret) -> str:
    """Return the text of a token; raises :class:`NetError` if it could break out of a header."""
    raw = secret.reveal()
    if not _VISIBLE.fullmatch(raw):
        raise NetError(
            "token",
            "the token contains characters that cannot be sent in a request",
            "Copy it again, without spaces and line breaks.",
            reached=False,
        )
    return raw
