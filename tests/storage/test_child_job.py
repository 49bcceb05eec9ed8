"""Child processes on Windows: held ones end with their parent, released ones live on."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.suite.process_family import PARENT, ProcessFamily, child_words
from tokcheck.storage.child_job import ChildJob

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="job objects are of Windows")

# Holds a process that has a child of its own; what it does then is its second argument.
_HOLDER = f"""
import subprocess, sys
from tokcheck.storage.child_job import CREATION_FLAGS, ChildJob
words = [sys.executable, "-c", {PARENT + "link.recv(1)"!r}, sys.argv[1]]
child = subprocess.Popen(words, creationflags=CREATION_FLAGS)
job = ChildJob(child.pid)
sys.stdin.read(1)
exec(sys.argv[2])
"""


@pytest.fixture
def family() -> Iterator[ProcessFamily]:
    family = ProcessFamily()
    yield family
    family.close()


def _start(family: ProcessFamily, then: str) -> "subprocess.Popen[bytes]":
    words = [*child_words(family.port, _HOLDER), then]
    holder = subprocess.Popen(words, stdin=subprocess.PIPE)
    family.wait_alive()
    return holder


def test_the_children_of_a_killed_process_end_with_it(family: ProcessFamily) -> None:
    with _start(family, "") as holder:
        holder.kill()
        family.wait_dead()


def test_a_job_kills_the_children_of_a_child(family: ProcessFamily) -> None:
    with _start(family, "job.kill(); sys.stdin.read()") as holder:
        assert holder.stdin is not None
        holder.stdin.write(b"x")
        holder.stdin.flush()
        family.wait_dead()
        assert holder.poll() is None


def test_what_is_released_outlives_the_process(family: ProcessFamily) -> None:
    with _start(family, "job.release(); job.release()") as holder:
        holder.communicate(b"x")
    assert 2 == family.alive_count()


def test_a_child_that_has_ended_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
        job = ChildJob(child.pid)
    job.kill()
    job.release()
