"""What leaves: one request with its secrets revealed, and the settings of whoever sends it."""

import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import NamedTuple, TypedDict
from urllib.parse import urlsplit

import httpx

from tokcheck import __version__
from tokcheck.endpoints import Endpoints
from tokcheck.errors import NetError, UsageError
from tokcheck.providers.base import Provider, Request
from tokcheck.secret import Secret

CONNECT_SHARE = 0.75
AT_ONCE = 4  # httpx looks through all connections of a pool several times a request


class Call(NamedTuple):
    """One call: what goes where, ready to be sent."""

    host: str
    method: str
    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str] | None

    def __repr__(self) -> str:
        return f"Call({self.method} to {self.host})"  # its parts hold the token


class Settings(TypedDict):
    """What every client of httpx here is made with."""

    verify: ssl.SSLContext
    follow_redirects: bool
    headers: Mapping[str, str]
    cookies: CookieJar
    mounts: Mapping[str, None]


def call(endpoints: Endpoints, provider: Provider, request: Request) -> Call:
    """Put a request together.

    :raises NetError: if its token holds characters that no request can carry.
    """
    _check((request.bearer, *(request.form or {}).values()))
    address = endpoints.of(provider.name, request.service)
    headers = {}
    if request.bearer is not None:
        headers["Authorization"] = f"Bearer {request.bearer.reveal()}"
    form = {name: secret.reveal() for name, secret in (request.form or {}).items()}
    host = urlsplit(address).hostname or ""
    return Call(host, request.method, address + request.path, headers, form or None)


def settings(verify: ssl.SSLContext | bool) -> Settings:  # noqa: FBT001 - as httpx has it
    """Return what a client is made with; ``verify`` as httpx takes it, loaded once.

    Name resolution, connections and reading are bounded by whoever makes the client.
    """
    return {
        "verify": verify
        if isinstance(verify, ssl.SSLContext)
        else httpx.create_ssl_context(verify),
        "follow_redirects": False,
        "headers": {
            "User-Agent": f"tokcheck/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # nothing to gain, and no bombs
        },
        # A cookie would tie one person's token to the next person's.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),
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


def _check(secrets: Iterable[Secret | None]) -> None:
    """Refuse to send what could break out of a header; such a text is no token anyway."""
    for secret in secrets:
        raw = "x" if secret is None else secret.reveal()
        if not raw or not all("!" <= character <= "~" for character in raw):
            raise NetError(
                "token",
                "the token holds characters that no request can carry",
                "Copy it again, without blanks and line breaks.",
                reached=False,
            )
