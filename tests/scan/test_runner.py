"""The drive: order, duplicates, counting, and several processes."""

import functools
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.paths import ROOT
from tests.support.suite.process_family import ProcessFamily
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.scan import Chunk, Finding, Searcher, Unreadable, runner, workers
from tokcheck.scan.finding import ScanResult
from tokcheck.scan.sources import files, git_objects
from tokcheck.scan.sources.chunks import InMemorySource, Source, name_chunk

_SEARCH = Searcher(0)


class _FunctionSearch(NamedTuple):
    """A search by a function, which can read everything."""

    find: Callable[[Chunk], Iterable[Finding]]

    def __call__(self, chunk: Chunk) -> Iterable[Finding]:
        return self.find(chunk)

    def take_unread(self) -> Iterable[Unreadable]:
        return ()


def _allow_nothing(_finding: Finding, _chunk: Chunk) -> bool:
    return False


def _places(*chunks: Chunk | Unreadable) -> list[tuple[str, int, int]]:
    found = runner.scan([InMemorySource(*chunks)], _SEARCH, _allow_nothing).findings
    return [(one.path, one.line, one.column) for one in found]


_TOKEN = FITBIT.encode()


def test_findings_are_in_the_order_of_path_line_and_column() -> None:
    expected = [("a", 1, 1), ("a", 2, 3), ("a", 10, 1), ("b", 1, 1)]
    assert expected == _places(
        Chunk("b", _TOKEN), Chunk("a", _TOKEN + b"\n. " + _TOKEN + b"\n" * 8 + _TOKEN)
    )


def test_a_finding_read_twice_is_reported_once_beside_another_one() -> None:
    versions = [Chunk("a", _TOKEN), Chunk("a", _TOKEN), Chunk("a", GOOGLE.encode())]
    assert [("a", 1, 1)] * 2 == _places(*versions)


def test_a_token_of_an_archive_is_reported_where_it_is_innermost() -> None:
    other = GOOGLE.encode()
    chunks = [
        Chunk("x.zip", _TOKEN + b" " + other),
        Chunk("x.zip!a.zip", _TOKEN),
        Chunk("x.zip!a.zip!b", _TOKEN),
        Chunk("x.zip!c", _TOKEN),
        # No member of an archive, whatever its name says.
        Chunk("y", _TOKEN),
        Chunk("z", b""),
        Chunk("y!z", _TOKEN),
    ]
    assert ["x.zip", "x.zip!a.zip!b", "x.zip!c", "y", "y!z"] == [
        path for path, _, _ in _places(*chunks)
    ]


def test_allowed_findings_are_not_reported() -> None:
    def is_allowed(finding: Finding, chunk: Chunk) -> bool:
        return finding.line == 1 and chunk.path == "a"

    chunks = Chunk("a", _TOKEN + b"\n" + _TOKEN), Chunk("b", _TOKEN), name_chunk(f"a{GOOGLE}")
    found = runner.scan([InMemorySource(*chunks)], _SEARCH, is_allowed).findings
    assert [("a", 2), (f"a{GOOGLE}", 1), ("b", 1)] == [(one.path, one.line) for one in found]


def test_files_bytes_and_errors_are_counted_and_names_are_not() -> None:
    error = Unreadable("c", "It is gone.")
    parts = InMemorySource(
        name_chunk("a"), Chunk("a", b"12345"), Chunk("a", b"4567", seen=2), error
    )
    scanned = runner.scan([parts, InMemorySource(Chunk("b", b""))], _SEARCH, _allow_nothing)
    assert ((), 2, 7, (error,)) == scanned[:4]


def test_nothing_is_read_before_it_is_searched() -> None:
    read: list[str] = []

    class Lazy:
        weight = 0

        def __iter__(self) -> Iterator[Chunk | Unreadable]:
            for path in "ab":
                read.append(path)
                yield Chunk(path, b"")

    def search(chunk: Chunk) -> Iterator[Finding]:
        assert read[-1] == chunk.path
        return iter(())

    assert 2 == runner.scan([Lazy()], _FunctionSearch(search), _allow_nothing).files


@pytest.fixture
def large_folder(tmp_path: Path) -> Path:
    """A folder with enough in it for several processes."""
    for number in range(12):
        (tmp_path / f"{number:02}").write_bytes(b"." * (3 << 20) + b"\n" + _TOKEN + b"\n")
    (tmp_path / "pipe").symlink_to("nowhere")
    return tmp_path


_WORTH = 32 << 20


@pytest.fixture(params=["copies", "a pool"])
def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to share the work; Linux uses the first, other systems the second."""
    if request.param == "copies" and not hasattr(os, "fork"):
        pytest.skip("this system copies no process")
    monkeypatch.setattr(workers, "_CAN_FORK", request.param == "copies")


@pytest.mark.usefixtures("processes")
def test_several_processes_find_what_one_does(large_folder: Path) -> None:
    search = runner.ProcessLocalSearch(functools.partial(Searcher, 0))
    shares = list(
        files.file_sources([str(large_folder), str(large_folder / "missing")], weigh=True)
    )
    first = InMemorySource(Chunk("<stdin>", _TOKEN))
    one = runner.scan([first, *shares], search, _allow_nothing)
    assert (13, 14, 1) == (len(one.findings), one.files, len(one.errors))
    several = runner.scan([first, *shares], search, _allow_nothing, 3, worth=_WORTH, sieve=search)
    assert one == several


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The copies of this process that are made."""
    if not hasattr(os, "fork"):
        pytest.skip("this system copies no process")
    made: list[int] = []
    fork = os.fork

    def count() -> int:
        made.append(fork())
        return made[-1]

    monkeypatch.setattr(os, "fork", count)
    return made


@pytest.mark.parametrize(("copies", "jobs"), [(0, 1), (2, 3), (3, 40)])
def test_there_are_no_more_processes_than_turns(
    copies: int, jobs: int, large_folder: Path, forks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_CAN_FORK", True)
    monkeypatch.setattr(workers, "_MOST_TURNS", 4)
    shares = list(files.file_sources([str(large_folder)], weigh=True))
    assert 12 == len(runner.scan(shares, _SEARCH, _allow_nothing, jobs, worth=_WORTH).findings)
    assert copies == len(forks)


class _Weighed(InMemorySource):
    """A source with a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = 5


@pytest.mark.parametrize(
    ("shared", "count", "worth"), [([2], 2, 10), ([], 2, 11), ([], 1, 5), ([], 0, 0)]
)
def test_the_work_is_shared_where_there_is_enough(
    shared: list[int], count: int, worth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def share(own: list[Source], others: list[Source], *_: object) -> Iterator[ScanResult]:
        calls.append(len(others))
        return map(_scan_one, [*own, *others])

    def _scan_one(_source: Source) -> ScanResult:
        return ScanResult((), 0, 0, ())

    monkeypatch.setattr(workers, "_CAN_FORK", False)
    monkeypatch.setattr(workers, "_scan_in_pool", share)
    sources = [InMemorySource(), *(_Weighed() for _ in range(count))]
    assert count + 1 == len(list(workers.scan_in_processes(iter(sources), _scan_one, 2, worth)))
    assert shared == calls


def test_more_sources_than_turns_are_all_scanned(
    large_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_MOST_TURNS", 4)
    shares = list(files.file_sources([str(large_folder)], weigh=True))
    assert 12 == len(runner.scan(shares, _SEARCH, _allow_nothing, 2, worth=_WORTH).findings)


def test_a_harmless_piece_is_hardly_searched(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    unpicklable: list[Chunk] = []

    def search(chunk: Chunk) -> Iterator[Finding]:
        unpicklable.append(chunk)
        return iter(())

    sources = files.file_sources([str(tmp_path)], weigh=True)
    runner.scan(sources, _FunctionSearch(search), _allow_nothing, 8)
    assert 2 == len(unpicklable)


_HERE = os.getpid()


# A process of a pool may have neither the memory nor the variables of this one: from Python 3.14
# on, a server that was started earlier forks it.
def _die(here: int, died: Path, _chunk: Chunk) -> Iterator[Finding]:
    """End the other process; this one waits for that before it takes a turn."""
    if os.getpid() != here:
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    while not died.exists():
        os.sched_yield()
    return iter(())


@pytest.mark.usefixtures("processes")
def test_a_killed_process_is_reported(large_folder: Path, tmp_path: Path) -> None:
    shares = list(files.file_sources([str(large_folder)], weigh=True))
    with pytest.raises(workers.WorkerLostError, match="was killed"):
        runner.scan(
            shares,
            _FunctionSearch(partial(_die, _HERE, tmp_path / "died")),
            _allow_nothing,
            2,
            worth=_WORTH,
        )


def _need_ignored_interrupts(here: int, died: Path, _chunk: Chunk) -> Iterator[Finding]:
    """Fail in the other process if Ctrl-C would end it; this one waits for it."""
    if os.getpid() != here:
        died.touch()
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            raise LookupError
    while not died.exists():
        os.sched_yield()
    return iter(())


@pytest.mark.usefixtures("processes")
def test_the_other_processes_leave_an_interrupt_to_this_one(
    large_folder: Path, tmp_path: Path
) -> None:
    shares = list(files.file_sources([str(large_folder)], weigh=True))
    scanned = runner.scan(
        shares,
        _FunctionSearch(partial(_need_ignored_interrupts, _HERE, tmp_path / "died")),
        _allow_nothing,
        2,
        worth=_WORTH,
    )
    assert 13 == scanned.files + len(scanned.errors)


def _fail_here(_chunk: Chunk) -> Iterator[Finding]:
    """Fail in this process; a copy waits for its end."""
    while os.getpid() != _HERE:
        signal.pause()
    raise LookupError


def test_no_copy_outlives_an_error_of_this_process(
    large_folder: Path, forks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_CAN_FORK", True)
    shares = list(files.file_sources([str(large_folder)], weigh=True))
    with pytest.raises(LookupError):
        runner.scan(
            [InMemorySource(Chunk("a", b"")), *shares],
            _FunctionSearch(_fail_here),
            _allow_nothing,
            3,
            worth=_WORTH,
        )
    assert 2 == len(forks)
    left = [process for process in forks if _is_child(process)]
    for process in left:
        os.kill(process, signal.SIGKILL)
    assert [] == left


def _is_child(process: int) -> bool:
    try:
        return os.waitpid(process, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def _wait_connected(_chunk: Chunk) -> Iterator[Finding]:
    with socket.create_connection(("127.0.0.1", int(os.environ["PORT"]))) as link:
        link.sendall(b"alive")
        link.recv(1)
    return iter(())


def scan_in_a_pool(folder: str) -> None:
    """Scan a folder in two other processes, each of which waits; for a process of its own."""
    workers._CAN_FORK = False  # noqa: SLF001 - for this process alone
    shares = list(files.file_sources([folder], weigh=True))
    runner.scan(shares, _FunctionSearch(_wait_connected), _allow_nothing, 2, worth=_WORTH)


def test_a_pool_ends_with_its_killed_main_process(large_folder: Path) -> None:
    family = ProcessFamily()
    script = f"from {__name__} import scan_in_a_pool\nscan_in_a_pool({str(large_folder)!r})"
    variables = os.environ | {"PORT": family.port}
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=variables) as main:
        family.wait_alive()
        main.kill()
        family.wait_dead()
    family.close()


def _fail(_chunk: Chunk) -> Iterator[Finding]:
    raise LookupError


@pytest.mark.usefixtures("processes")
def test_an_error_in_another_process_arrives(large_folder: Path) -> None:
    shares = list(files.file_sources([str(large_folder)], weigh=True))
    with pytest.raises(LookupError):
        runner.scan(shares, _FunctionSearch(_fail), _allow_nothing, 2, worth=_WORTH)


def test_what_is_sent_to_another_process_arrives_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    entry = files.FileEntry(str(tmp_path / "a"), "a")
    source = pickle.loads(pickle.dumps(files.PathSource((entry,))))
    assert 1 == runner.scan([source], _SEARCH, _allow_nothing).files
    blobs = pickle.loads(pickle.dumps(git_objects.ObjectSource((Unreadable("a", "Why."),))))
    assert [Unreadable("a", "Why.")] == list(blobs)
    search = pickle.loads(pickle.dumps(runner.ProcessLocalSearch(functools.partial(Searcher, 0))))
    assert 1 == len(list(search(Chunk("a", _TOKEN))))
