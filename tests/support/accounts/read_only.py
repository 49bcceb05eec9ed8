"""A folder that cannot be written: by its mode, or for root on a read-only mount."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder read-only for everyone in the block; skip the test where that cannot be."""
    if os.geteuid():
        folder.chmod(0o500)
        try:
            yield
        finally:
            folder.chmod(0o700)
        return
    copy = folder.with_name(f"{folder.name}-copy")
    shutil.copytree(folder, copy)
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "mode=0700", "none", folder], check=False
    ).returncode:
        pytest.skip("root cannot mount here")
    try:
        for path in copy.iterdir():
            shutil.copy2(path, folder)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)
        shutil.rmtree(copy)
