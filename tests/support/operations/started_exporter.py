"""An exporter started by a command line from a unit, a manifest or an image."""

import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tokcheck.sandbox import Sandbox


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as channel:
        channel.bind(("127.0.0.1", 0))
        port: int = channel.getsockname()[1]
    return port


def wait_for_success(address: str, within: float = 30) -> None:
    """Ask as the kubelet does: again and again until the answer is a success."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address).close()
        except urllib.error.HTTPError as error:
            error.close()
        else:
            return
    raise AssertionError(f"no success from {address}")


@contextmanager
def started_exporter(
    command: Sequence[str],
    sandbox: Sandbox,
    environment: Mapping[str, str],
    *,
    user: int | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the exporter over the sandbox, wait until it is ready, stop it with SIGTERM.

    It must say that it is ready as it says it to systemd, and end with 0.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
    ):
        Path(folder).chmod(0o755)
        manager.bind(f"{folder}/notify")
        Path(folder, "notify").chmod(0o777)
        manager.settimeout(60)
        process = subprocess.Popen(
            command,
            env={
                "PATH": os.environ["PATH"],
                "TOKCHECK_FITBIT_URL": sandbox.url,
                "TOKCHECK_GOOGLE_HEALTH_URL": sandbox.url,
                "TOKCHECK_GOOGLE_OAUTH_URL": sandbox.url,
                "NOTIFY_SOCKET": f"{folder}/notify",
                **environment,
            },
            user=user,
            cwd="/",
        )
        try:
            assert b"READY=1" == manager.recv(100)
            yield process
            process.send_signal(signal.SIGTERM)
            assert 0 == process.wait(20)
        finally:
            process.kill()
            process.wait()
