"""Errors of ``bind``, from the system and made up."""

import errno
import socket

import pytest

from tokcheck.core.addresses import bind_error


def _explain(error: OSError, host: str = "", port: int = 80) -> tuple[str, str]:
    explained = bind_error(error, host, port, port_option="--port", address_option="--host")
    return explained.message, explained.hint


@pytest.mark.parametrize(
    ("number", "message", "hint"),
    [
        (
            errno.EADDRINUSE,
            "Port 80 is already in use.",
            "Stop the program that uses it, or choose another port with --port. "
            "Port 0 means any free one.",
        ),
        (
            errno.EACCES,
            "This user may not listen on port 80.",
            "Choose a port from 1024 up with --port. Port 0 means any free one.",
        ),
        (
            errno.EPERM,
            "This user may not listen on port 80.",
            "Choose a port from 1024 up with --port. Port 0 means any free one.",
        ),
        (
            errno.ENETDOWN,
            "Port 80 cannot be used (ENETDOWN).",
            "Choose another address with --host, or choose another port with --port. "
            "Port 0 means any free one.",
        ),
        (
            errno.EAFNOSUPPORT,
            "Port 80 cannot be used (EAFNOSUPPORT).",
            "Choose another address with --host, or choose another port with --port. "
            "Port 0 means any free one.",
        ),
        (
            None,
            "Port 80 cannot be used (unknown error).",
            "Choose another address with --host, or choose another port with --port. "
            "Port 0 means any free one.",
        ),
    ],
)
def test_the_sentence_names_the_fact_and_the_option(
    number: int | None, message: str, hint: str
) -> None:
    assert (message, hint) == _explain(OSError() if number is None else OSError(number, ""))


def test_a_port_in_use_by_the_system() -> None:
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(OSError, match=r".") as caught:
            socket.create_server(("127.0.0.1", port))
    message, _ = _explain(caught.value, "127.0.0.1", port)
    assert f"Port {port} on 127.0.0.1 is already in use." == message


def test_an_address_of_another_computer() -> None:
    with pytest.raises(OSError, match=r".") as caught:
        socket.create_server(("192.0.2.1", 0))
    assert (
        "This computer has no address 192.0.2.1.",
        "Choose another address with --host; 127.0.0.1 always works.",
    ) == _explain(caught.value, "192.0.2.1", 0)
