"""The processes that this one has started and not yet waited for."""

import os
import subprocess
from pathlib import Path


def child_process_ids() -> set[int]:
    """Return their ids. Other tests' may be among them, as a browser that serves several."""
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        lists = (task / "children" for task in tasks.iterdir())
        return {int(word) for one in lists for word in one.read_text().split()}
    # Where there is no such folder, as on macOS. ps sees itself, and is gone when this is read.
    with subprocess.Popen(("ps", "-A", "-o", "pid=,ppid="), stdout=subprocess.PIPE) as listing:
        out, _ = listing.communicate()
    rows = (line.split() for line in out.splitlines())
    return {int(child) for child, parent in rows if int(parent) == os.getpid()} - {listing.pid}
