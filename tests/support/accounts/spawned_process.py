"""Processes of the kill run where the system cannot fork; they are started ahead of their use.

``python -m tests.support.accounts.spawned_process`` imports what a refresh needs and waits for a
line of JSON with what to do.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from queue import Empty, Queue

from tests.support.paths import ROOT

_AHEAD = 2
_DIED = 3
_waiting: deque["subprocess.Popen[bytes]"] = deque()


class SpawnedProcess:
    """A process of its own that refreshes in a loop; it reports its steps on a pipe."""

    def __init__(self, url: str, folder: Path, seed: int, mode: str) -> None:
        self._process = _take_process()
        self._marks: Queue[bytes] = Queue()
        assert self._process.stdin is not None
        words = {"url": url, "folder": str(folder), "seed": seed, "mode": mode}
        self._process.stdin.write(json.dumps(words).encode() + b"\n")
        self._process.stdin.flush()
        threading.Thread(target=self._read_marks, daemon=True).start()

    def _read_marks(self) -> None:
        assert self._process.stdout is not None
        while mark := self._process.stdout.read(1):
            self._marks.put(mark)
        self._marks.put(b"")

    def wait_for(self, mark: bytes, seconds: float) -> bool:
        """Wait for a mark; return whether it arrived."""
        until = time.monotonic() + seconds
        while True:
            try:
                received = self._marks.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                return False
            if received == mark:
                return True
            if not received:
                return False

    def kill(self) -> bool:
        """Kill the process; return whether that ended it."""
        self._process.kill()
        return self._process.wait() != _DIED


def end_waiting() -> None:
    """End the processes that were started ahead."""
    while _waiting:
        process = _waiting.popleft()
        process.kill()
        process.wait()


def _take_process() -> "subprocess.Popen[bytes]":
    while len(_waiting) <= _AHEAD:
        _waiting.append(
            subprocess.Popen(
                [sys.executable, "-m", __name__],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
            )
        )
    return _waiting.popleft()


def main() -> None:
    """Do what the line on standard input says."""
    from tests.support.accounts.kill_harness import MODES  # noqa: PLC0415 - it imports this module

    todo = json.loads(sys.stdin.buffer.readline())
    try:
        MODES[todo["mode"]](todo["url"], Path(todo["folder"]), todo["seed"], sys.stdout.fileno())
    except BaseException as error:  # noqa: BLE001 - it is the end of the process
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    os._exit(_DIED)


if __name__ == "__main__":
    main()
