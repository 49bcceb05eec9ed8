"""Starting a program, in both ways."""

import os
import shutil
import sys
from collections.abc import Iterator

import pytest

from tests.support.cli.coverage_hook import COVERAGE_HOOK
from tests.support.scan.child_processes import child_process_ids
from tokcheck.scan.sources.git_process import Portable, Process, Spawned

_KINDS = pytest.mark.parametrize("kind", [Spawned, Portable])
_Kind = type[Spawned] | type[Portable]


def _python(kind: _Kind, program: str, *, keep_errors: bool = True) -> Process:
    # None of them runs tokcheck, and some are killed: they are not measured.
    environment = {name: value for name, value in os.environ.items() if name != COVERAGE_HOOK}
    return kind((sys.executable, "-c", program), environment, keep_errors=keep_errors)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = child_process_ids()
    yield
    assert set() == child_process_ids() - before


@_KINDS
def test_output_errors_and_code(kind: _Kind) -> None:
    running = _python(kind, "import sys; print('out'); sys.exit('err')")
    assert b"out\n" == b"".join(running.blocks())
    assert (1, b"err\n") == (running.code, running.errors)


@_KINDS
def test_much_on_both_pipes_blocks_neither(kind: _Kind) -> None:
    program = "import os\nfor _ in range(40): os.write(2, b'e' * 9999); os.write(1, b'o' * 9999)"
    running = _python(kind, program)
    assert 399_960 == sum(map(len, running.blocks()))
    assert 399_960 == len(running.errors)


def test_a_program_that_writes_nothing_is_not_waited_for() -> None:
    running = Spawned((shutil.which("sleep") or "", "60"), dict(os.environ), patience=0.05)
    with pytest.raises(TimeoutError):
        list(running.blocks())
    assert -9 == running.code


@_KINDS
def test_prompt_and_answer(kind: _Kind) -> None:
    running = _python(kind, "while True: print(input()[::-1], flush=True)", keep_errors=False)
    for word in (b"one\n", b"two\n"):
        running.write(word)
        assert word.strip()[::-1] == running.stdout.readline().strip()
    running.end()
    running.end()
    assert -9 == running.code


@_KINDS
def test_a_program_that_reads_no_more(kind: _Kind) -> None:
    running = _python(kind, "print(1)", keep_errors=False)
    assert b"1\n" == running.stdout.read()
    # More than a pipe holds: the end of the other side is met sooner or later.
    with pytest.raises(OSError, match="Broken pipe"):
        running.write(b"x" * 10_000_000)
    running.end()


@_KINDS
def test_a_program_that_is_not_there_leaves_nothing_open(kind: _Kind) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    os.close(writer)
    with pytest.raises(FileNotFoundError):
        kind(("no-such-program",), {})
    again = os.pipe()
    assert (reader, writer) == again
    for end in again:
        os.close(end)


def test_what_nobody_waits_for_is_ended() -> None:
    before = child_process_ids()
    running = _python(Spawned, "input()")
    assert 1 == len(child_process_ids() - before)
    del running
