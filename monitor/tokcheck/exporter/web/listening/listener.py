"""The sockets that listen at the addresses: opened here, or passed by systemd."""

import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from tokcheck.core.addresses import bind_error
from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.listening.address import (
    ADDRESS_HINT,
    Address,
    Systemd,
    Target,
    UnixAddress,
)
from tokcheck.storage.regular_files import reason_of

_BACKLOG = 256
_NOBODY_ELSE = 0o117  # a socket of the file system is for its user and group
_FIRST_INHERITED = 3
_LONGEST_PATH = 103  # of a socket in bytes, on macOS; Linux has four more
_COUNT = re.compile(r"[1-9]\d?")


class Listener(NamedTuple):
    """A listening socket and the address that it has."""

    socket: socket.socket
    address: Address | UnixAddress

    def close(self) -> None:
        """Close it; a socket of the file system is removed."""
        self.socket.close()
        if isinstance(self.address, UnixAddress):
            with suppress(OSError):
                self.address.path.unlink()


@contextmanager
def open_listeners(
    targets: Sequence[Target], environment: Mapping[str, str]
) -> Iterator[list[Listener]]:
    """Open the sockets of all targets for the block.

    :raises UsageError: if one is not available; then none stays open.
    """
    with ExitStack() as stack:
        listeners: list[Listener] = []
        for target in targets:
            match target:
                case Systemd():
                    found = inherited_listeners(environment)
                case UnixAddress():
                    found = [Listener(_listen_unix(target.path), target)]
                case Address():
                    found = [Listener(listen(target), target)]
            for listener in found:
                stack.callback(
                    listener.close if target is listener.address else listener.socket.close
                )
            listeners += found
        yield listeners


def inherited_listeners(environment: Mapping[str, str]) -> list[Listener]:
    """Return the sockets that systemd opened for this process.

    https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html

    :raises UsageError: if there are none, or one that cannot be served.
    """
    hint = "Start it from a unit with a .socket unit beside it, or name an address with --listen."
    count = environment.get("LISTEN_FDS", "")
    if environment.get("LISTEN_PID") != str(os.getpid()) or not _COUNT.fullmatch(count):
        raise UsageError("systemd has passed no socket to this process.", hint)
    listeners = [
        _inherit(number) for number in range(_FIRST_INHERITED, _FIRST_INHERITED + int(count))
    ]
    if None in listeners:
        for listener in filter(None, listeners):
            listener.socket.close()
        raise UsageError(
            "systemd has passed a descriptor that is not a listening stream socket.", hint
        )
    return [listener for listener in listeners if listener is not None]


def _inherit(number: int) -> Listener | None:
    """Return a passed socket; ``None`` if it cannot be served."""
    try:
        os.set_inheritable(number, False)  # noqa: FBT003 - the function's own interface
        passed = socket.socket(fileno=number)
    except OSError:
        return None
    # Windows has no AF_UNIX, and no systemd.
    families = {socket.AF_INET, socket.AF_INET6, getattr(socket, "AF_UNIX", None)}
    is_stream = passed.family in families and passed.type is socket.SOCK_STREAM
    if not is_stream or not passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        passed.close()
        return None
    name = passed.getsockname()
    if passed.family in {socket.AF_INET, socket.AF_INET6}:
        address: Address | UnixAddress = Address(name[0], name[1])
        passed.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    else:
        address = UnixAddress(Path(os.fsdecode(name)))
    passed.setblocking(False)  # noqa: FBT003 - the socket's own interface
    return Listener(passed, address)


def _listen_unix(path: Path) -> socket.socket:
    """Return a listening socket of the file system, for this user and group.

    One that a killed process left behind is replaced.
    """
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise UsageError("This system has no sockets in the file system.", ADDRESS_HINT)
    check_socket_path(path)
    listener = socket.socket(family, socket.SOCK_STREAM)
    before = os.umask(_NOBODY_ELSE)
    try:
        if _is_abandoned(path, family):
            path.unlink()
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Cannot listen on {UnixAddress(path)}: {reason_of(error)}.",
            "Choose another path, or stop the program that uses it.",
        ) from error
    finally:
        os.umask(before)
    listener.setblocking(False)  # noqa: FBT003 - the socket's own interface
    return listener


def check_socket_path(path: Path) -> None:
    """Check that a socket can be at a path, or that the one there can be replaced.

    :raises UsageError: if it cannot.
    """
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise UsageError(
            f"The path of the socket {path} is too long.",
            f"Choose one of at most {_LONGEST_PATH} bytes.",
        )
    try:
        is_folder = path.parent.is_dir()
    except PermissionError:
        raise UsageError(
            f"The folder {path.parent} for the socket {path.name} cannot be entered by this user.",
            "Change its permissions, or choose another path.",
        ) from None
    if not is_folder:
        raise UsageError(
            f"There is no folder {path.parent} for the socket {path.name}.",
            "Create it, or choose another path.",
        )
    if os.path.lexists(path) and not path.is_socket():
        raise UsageError(f"{path} exists and is not a socket.", "Choose another path.")


def _is_abandoned(path: Path, family: int) -> bool:
    """Return whether there is a socket without a listener."""
    if not path.is_socket():
        return False
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return True
    return False


def listen(address: Address) -> socket.socket:
    """Return a listening socket; an empty host means IPv4 and, where there is one, IPv6.

    :raises UsageError: if the address or the port is not available.
    """
    everywhere = not address.host
    dual_stack = everywhere and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual_stack or ":" in address.host else socket.AF_INET
    try:
        listener = socket.create_server(
            ("::" if dual_stack else address.host, address.port),
            family=family,
            backlog=_BACKLOG,
            dualstack_ipv6=dual_stack,
        )
    except OSError as error:
        raise bind_error(
            error, address.host, address.port, port_option="--listen", address_option="--listen"
        ) from error
    # Accepted sockets inherit it: without it, head and body in two writes cost 40 ms a request.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setblocking(False)  # noqa: FBT003 - the socket's own interface
    return listener


def check_address(address: Address) -> None:
    """Check that an address is one of this computer, whichever port is in use.

    :raises UsageError: if it is not.
    """
    listen(address._replace(port=0)).close()


def url(address: Address | UnixAddress, listener: socket.socket, *, tls: bool) -> str:
    """Return the URL for a browser on this computer, without a final slash."""
    if isinstance(address, UnixAddress):
        return str(address)
    port = listener.getsockname()[1]
    host = address.host
    if address.wildcard:
        host = "localhost"
    netloc_host = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{netloc_host}:{port}"
