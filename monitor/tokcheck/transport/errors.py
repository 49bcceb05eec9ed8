"""What went wrong in a call, in one line that never holds a token."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tokcheck.core.errors import NetError

RETRY_PAUSE_SECONDS = 0.3
_WORTH_A_RETRY = {"refused", "connect", "dns", "proxy"}


@contextmanager
def explained(host: str, timeout: float) -> Iterator[None]:
    """Turn whatever httpx raises while the block runs into a :class:`NetError`.

    ``timeout`` is that of the whole call, in seconds.
    """
    try:
        yield
    except (httpx.ConnectTimeout, httpx.PoolTimeout):
        raise no_connection(host) from None
    except httpx.TimeoutException:
        raise timed_out(host, timeout) from None
    except (httpx.HTTPError, UnicodeError, OSError) as error:
        raise _explained(error, host) from None


def worth_a_retry(error: NetError) -> bool:
    """Tell whether a call certainly did not reach the server, and may do so the next time."""
    return not error.reached and error.kind in _WORTH_A_RETRY


def timed_out(host: str, timeout: float) -> NetError:
    """Return the error of a call whose deadline has passed; ``timeout`` is in seconds."""
    return NetError(
        "timeout",
        f"{host} did not answer within {timeout:g} s",
        "Try again, or allow more time with --timeout.",
        reached=True,
    )


def no_connection(host: str) -> NetError:
    """Return the error of a call that had no connection when most of its time was gone."""
    return NetError(
        "connect-timeout",  # not tried again: most of the time is gone
        f"no connection to {host} came about in time",
        "Check the network, and whether a firewall or a proxy stands between.",
        reached=False,
    )


def given_up(host: str, *, reached: bool) -> NetError:
    """Return the error of a call that was under way when the program ended."""
    return NetError(
        "given-up",
        f"the call to {host} was given up, as the program ends",
        "Nothing has to be done.",
        reached=reached,
    )


def no_address() -> NetError:
    """Return the error of a call whose address is none."""
    return NetError("address", "the address cannot be used", "Check it.", reached=False)


def _explained(error: Exception, host: str) -> NetError:
    """Say in one line what went wrong. No text of the error itself: it may repeat a token."""
    causes = _causes(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return NetError(
            "tls",
            f"the certificate of {host} could not be verified",
            "Check this machine's clock and certificates, and whether a proxy opens the "
            "connection; SSL_CERT_FILE names further authorities.",
            reached=False,
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return NetError(
            "tls",
            f"no encrypted connection to {host} came about",
            "Check that the address speaks TLS, and whether a proxy stands between.",
            reached=not isinstance(error, httpx.ConnectError),
        )
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return NetError(
            "dns",
            f"the name {host} could not be resolved",
            "Check the network and the address.",
            reached=False,
        )
    if isinstance(error, httpx.ProxyError):
        return NetError(
            "proxy",
            f"the proxy did not let the request to {host} through",
            "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY.",
            reached=False,
        )
    if isinstance(error, httpx.ConnectError):
        refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
        return NetError(
            "refused" if refused else "connect",
            f"{host} {'refused the connection' if refused else 'could not be reached'}",
            "Check the network and the address, that the server runs, and the proxy if one is set.",
            reached=False,
        )
    if isinstance(error, UnicodeError):
        return no_address()
    if any(type(cause).__module__.partition(".")[0] == "h11" for cause in causes):
        return NetError(
            "protocol",
            f"{host} did not answer in HTTP",
            "Check the address: its port, and whether it is http:// or https://.",
            reached=True,
        )
    return NetError(
        "dropped",
        f"{host} dropped the connection without an answer",
        "Try again in a few minutes.",
        reached=True,
    )


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in causes:
        causes.append(current)
        current = current.__cause__ or current.__context__
    return causes
