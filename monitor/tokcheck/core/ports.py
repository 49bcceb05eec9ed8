"""Ports to listen on: their range, and an error of ``bind`` as a sentence with the next step."""

from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EPERM, errorcode

from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import read_in_range


def check_port(option: str, text: str) -> int:
    """Return the number of a port.

    :raises UsageError: if there is no such port.
    """
    return read_in_range(option, text, "0", "65535", int)


def bind_error(
    error: OSError,
    host: str,
    port: int,
    *,
    port_option: str,
    address_option: str,
    advice: str = "Port 0 means any free one.",
) -> UsageError:
    """Return the explanation of an error of ``bind``; an empty ``host`` means every address.

    ``port_option`` and ``address_option`` name what the user can change, ``advice`` what else
    helps if the port is the fault.
    """
    place = f"port {port}" + (f" on {host}" if host else "")
    other_port = f"choose another port with {port_option}. {advice}"
    if error.errno == EADDRINUSE:
        return UsageError(
            f"P{place[1:]} is already in use.", f"Stop the program that uses it, or {other_port}"
        )
    if error.errno in {EACCES, EPERM}:
        return UsageError(
            f"This user may not listen on {place}.",
            f"Choose a port from 1024 up with {port_option}. {advice}",
        )
    if host and error.errno in {EADDRNOTAVAIL, EAFNOSUPPORT}:
        return UsageError(
            f"This computer has no address {host}.",
            f"Choose another address with {address_option}; 127.0.0.1 always works.",
        )
    return UsageError(
        f"P{place[1:]} cannot be used ({errorcode.get(error.errno or 0, 'unknown error')}).",
        f"Choose another address with {address_option}, or {other_port}",
    )
