"""Run a command that lasts until it takes requests, interrupt it, and print what it said.

It listens on any free port, and its output shows the port that it listens on by default. Of an
exporter's log, only the line with its address is printed, and it runs on a copy of the data folder:
what else it logs and remembers until it hears of the interrupt depends on the moment.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

_READY = re.compile(r"Listening on|for Prometheus")
_DEFAULT_PORTS = {"serve": 19150, "sandbox": 19151, "demo": 19150}


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    name, *options = words
    if name == "serve":
        if "--listen" in options:
            del options[(at := options.index("--listen")) : at + 2]
        options += ["--listen", "127.0.0.1:0"]
    if name == "sandbox":
        options += ["--port", "0"]
    lines: list[str] = []
    # A session's shell has a server that forks commands; elsewhere each is a new process.
    server = os.environ.get("FORK_SERVER")
    command = ["tokcheck-fork"] if server else [sys.executable, "-m", "tokcheck"]
    with (
        TemporaryDirectory() as folder,
        subprocess.Popen(
            [*command, name, *options],
            env=os.environ | {"TOKCHECK_HOME": str(_home_copy(Path(folder)))},
            pass_fds=[] if server is None else [int(server)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if _READY.search(line):
                process.send_signal(signal.SIGINT)
    if name == "serve" and process.returncode == 0:
        lines = [line for line in lines if _READY.search(line)]
    port = f"127.0.0.1:{_DEFAULT_PORTS[name]}"
    sys.stdout.write(re.sub(r"127\.0\.0\.1:\d+", port, "".join(lines)))
    return process.returncode


def _home_copy(folder: Path) -> Path:
    copy = folder / "home"
    home = os.environ.get("TOKCHECK_HOME")
    if home and Path(home).exists():
        shutil.copytree(home, copy)
    return copy


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
