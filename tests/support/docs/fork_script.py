"""Run a command in a fork of the server behind a socket (see ``fork_server``), and end as it does.

A script for a shell, which runs without the site and without tokcheck: it starts in a tenth of the
time that the command would take. The first argument is the descriptor of the socket; the words of
the command follow. The command gets no other descriptors than the first three.
"""

import json
import os
import signal
import socket
import struct
import sys
from collections.abc import Sequence

_ANSWER = struct.Struct("=i")  # that of fork_server, which imports what needs the site


def main(server: int, words: Sequence[str]) -> int:
    """Return the exit code of the command, which gets the signals of this process."""
    ours, theirs = socket.socketpair()
    with socket.socket(fileno=server) as control, theirs:
        socket.send_fds(control, [b"."], [theirs.fileno(), 0, 1, 2])
    mask = os.umask(0)
    command = {
        "words": words,
        "environment": dict(os.environ),
        "folder": os.getcwd(),  # noqa: PTH109 - pathlib takes as long to import as all of this
        "terminal": False,
        "mask": mask,
    }
    ours.sendall(json.dumps(command).encode())
    ours.shutdown(socket.SHUT_WR)
    pid = _read_answer(ours)
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, _: os.kill(pid, number))
    code = _read_answer(ours)
    return code if code >= 0 else 128 - code  # as a shell reports the end by a signal


def _read_answer(answers: socket.socket) -> int:
    number: int = _ANSWER.unpack(answers.recv(_ANSWER.size, socket.MSG_WAITALL))[0]
    return number


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
