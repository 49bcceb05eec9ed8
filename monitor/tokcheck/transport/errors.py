"""Errors of a request, each with one line that never holds a token."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx

from tokcheck.core.errors import NetError
from tokcheck.transport.proxy import Proxy, proxy_for

RETRY_PAUSE_SECONDS = 0.3
_RETRYABLE_KINDS = {"refused", "connect", "dns", "proxy"}


@contextmanager
def convert_errors(host: str, timeout: float) -> Iterator[None]:
    """Turn the exceptions of httpx in the block into a :class:`NetError`.

    ``timeout`` is the deadline of the whole request, in seconds.
    """
    try:
        yield
    except (httpx.ConnectTimeout, httpx.PoolTimeout):
        raise connect_timeout_error(host) from None
    except httpx.TimeoutException:
        raise timeout_error(host, timeout) from None
    except (httpx.HTTPError, UnicodeError, OSError) as error:
        raise _to_net_error(error, host) from None


def is_retryable(error: NetError) -> bool:
    """Return whether a request certainly did not reach the server, and a retry may."""
    return not error.reached and error.kind in _RETRYABLE_KINDS


def timeout_error(host: str, timeout: float) -> NetError:
    """Return the error of a request after its deadline of ``timeout`` seconds."""
    return NetError(
        "timeout",
        f"{host} did not respond within {timeout:g} s",
        "Check the network connection, and try again.",
        reached=True,
    )


def connect_timeout_error(host: str) -> NetError:
    """Return the error of a request that had no connection when most of its time had passed."""
    proxy = proxy_for(host)
    return NetError(
        "connect-timeout",  # not retried: most of the time has passed
        f"no connection to {host} in time",
        "Check the network, and whether a firewall blocks the connection."
        if proxy is None
        else f"Check the network, and the proxy {proxy.name} of {proxy.source}.",
        reached=False,
    )


def cancellation_error(host: str, *, reached: bool) -> NetError:
    """Return the error of a request that was in progress when the program ended."""
    return NetError(
        "given-up",
        f"the request to {host} was cancelled because the program is ending",
        "No action is needed.",
        reached=reached,
    )


def address_error() -> NetError:
    """Return the error of a request with an invalid address."""
    return NetError(
        "address",
        "the address of the request is not a valid URL",
        "Check the server's address, which may come from a variable TOKCHECK_…_URL.",
        reached=False,
    )


def _to_net_error(error: Exception, host: str) -> NetError:
    """Return the error for an exception, without its text, which may repeat a token."""
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return NetError(
            "tls",
            f"the certificate of {host} could not be verified",
            "Check this computer's clock, and whether a proxy decrypts the connection. To trust "
            "its certificate, set SSL_CERT_FILE to a file that contains it.",
            reached=False,
        )
    proxy = proxy_for(host)
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        is_connected = not isinstance(error, httpx.ConnectError)
        return _failed_handshake(host, None if is_connected else proxy, is_connected=is_connected)
    if isinstance(error, httpx.ProxyError):
        return _refusal_by_proxy(error, host, proxy)
    if proxy is not None and isinstance(error, httpx.ConnectError):
        return _dead_proxy(proxy, host, causes)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return NetError(
            "dns",
            f"the name {host} could not be resolved",
            "Check the network connection and the spelling of the host.",
            reached=False,
        )
    if isinstance(error, httpx.ConnectError):
        refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
        return NetError(
            "refused" if refused else "connect",
            f"{host} {'refused the connection' if refused else 'could not be reached'}",
            "Check the network connection and the address. If the network needs a proxy, set "
            "HTTPS_PROXY.",
            reached=False,
        )
    if isinstance(error, UnicodeError):
        return address_error()
    if any(type(cause).__module__.partition(".")[0] == "h11" for cause in causes):
        return NetError(
            "protocol",
            f"{host} did not respond in HTTP",
            "Check the address: its port, and whether it is http:// or https://.",
            reached=True,
        )
    return NetError(
        "dropped",
        f"{host} dropped the connection without a response",
        "Try again in a few minutes.",
        reached=True,
    )


def _failed_handshake(host: str, proxy: Proxy | None, *, is_connected: bool) -> NetError:
    """Return the error of TLS that fails with a host, or with an encrypted proxy before it."""
    if proxy is not None and proxy.is_encrypted:
        what = f"the proxy {proxy.name} or {host}"
        hint = (
            "Most proxies are reached without TLS, for https:// addresses as well: write http:// "
            f"in front of the proxy in {proxy.source}."
        )
    else:
        what = host
        hint = (
            "Check that the server speaks TLS at this address, and whether a proxy is in between."
        )
    return NetError("tls", f"the TLS handshake with {what} failed", hint, reached=is_connected)


def _refusal_by_proxy(error: httpx.ProxyError, host: str, proxy: Proxy | None) -> NetError:
    """Return the error of a proxy that refuses to connect: httpx gives its status and a phrase."""
    name, source, has_password, _ = proxy or Proxy("", "HTTPS_PROXY")
    status = str(error)[:3]
    is_password = status == f"{HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}"
    if is_password and has_password:
        return NetError(
            "proxy-password",
            f"the proxy {name} refuses the user and password in {source} (HTTP 407)",
            f"Correct them in {source}; write special characters as in addresses, such as %40 for "
            "@. The token is not the cause.",
            reached=False,
        )
    if is_password:
        return NetError(
            "proxy-password",
            f"the proxy {name} requires a password (HTTP 407)".replace("  ", " "),
            f"Write http://USER:PASSWORD@HOST:PORT into {source}, with the proxy's user and "
            "password. The token is not the cause.",
            reached=False,
        )
    with_status = f" (HTTP {status})" if status.isascii() and status.isdecimal() else ""
    return NetError(
        "proxy",
        f"the proxy {name} refused the request to {host}{with_status}".replace("  ", " "),
        f"Check the proxy in {source}. To reach {host} without it, add the host to NO_PROXY.",
        reached=False,
    )


def _dead_proxy(proxy: Proxy, host: str, causes: list[BaseException]) -> NetError:
    """Return the error of a proxy that is not there."""
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        kind, what = "dns", "has a name that could not be resolved"
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        kind, what = "refused", "refused the connection"
    else:
        kind, what = "connect", "could not be reached"
    return NetError(
        kind,
        f"the proxy {proxy.name}, which {proxy.source} names, {what}",
        f"Start the proxy or correct {proxy.source}. To reach {host} without it, unset the "
        "variable or add the host to NO_PROXY.",
        reached=False,
    )


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in causes:
        causes.append(current)
        current = current.__cause__ or current.__context__
    return causes
