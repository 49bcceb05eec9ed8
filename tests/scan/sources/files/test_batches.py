"""Files that are searched together: which of them are read one by one, and that none is lost."""

import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.scan.planted_tokens import PLANTED, Planted
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE, GOOGLE_REFRESH, NOW
from tokcheck.scan import Chunk, Searcher, Unreadable
from tokcheck.scan.detect.first_pass import anchors
from tokcheck.scan.finding import Clean
from tokcheck.scan.runner import scan
from tokcheck.scan.sources.archives.kinds import GZIP_MARKS
from tokcheck.scan.sources.archives.zip_end import ZIP_END
from tokcheck.scan.sources.files import file_sources
from tokcheck.scan.sources.files.batches import CAN_READ_INTO, sift_files
from tokcheck.scan.sources.files.listing import FileEntry

pytestmark = pytest.mark.skipif(not CAN_READ_INTO, reason="this system reads files one by one")

_SEARCH = Searcher(NOW.timestamp())
_SMALL = 40_000
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def _sift(
    folder: Path, names: list[str], size: int = _SMALL
) -> tuple[set[str], set[str], int, list[Unreadable]]:
    """Return the files to read, the others, their bytes, and what is unreadable."""
    entries = [FileEntry(str(folder / name), name) for name in names]
    parts = list(sift_files(entries, _SEARCH, _FLAGS, size=size))
    clean = [part for part in parts if isinstance(part, Clean)]
    return (
        {part.path for part in parts if isinstance(part, FileEntry)},
        {path for part in clean for path in part.paths},
        sum(part.bytes for part in clean),
        [part for part in parts if isinstance(part, Unreadable)],
    )


def _write(folder: Path, contents: dict[str, bytes]) -> list[str]:
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return list(contents)


def test_files_with_nothing_in_them_are_counted_and_not_read_again(tmp_path: Path) -> None:
    contents = {f"{number:02}": b"text " * number * 100 for number in range(60)}
    names = _write(tmp_path, contents)
    read, others, size, errors = _sift(tmp_path, names)
    assert (set(), set(names), sum(map(len, contents.values())), []) == (read, others, size, errors)


@each_case("planted", PLANTED, ids=lambda planted: planted.name)
def test_a_file_with_a_credential_is_read(tmp_path: Path, planted: Planted) -> None:
    filler = {f"filler{number}": b"x" * 5_000 for number in range(3)}
    names = _write(tmp_path, {**filler, planted.name: planted.data, "last": b"x" * 5_000})
    read, others, _, _ = _sift(tmp_path, names)
    assert ({planted.name}, {*filler, "last"}) == (read, others)


_TOKENS = [
    FITBIT,
    GOOGLE,
    f"fitbit refresh_token = {FITBIT_REFRESH}",
    f"FITBIT client_secret: {FITBIT_SECRET}",
    f"{FITBIT_REFRESH} {FITBIT}",
    "ghp_" + "a1B2" * 9,
    f"strava token: {'0a1b2c3d' * 5}",
    FITBIT[:80] + "\n" + FITBIT[80:],
]


@given(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.sampled_from([*_TOKENS, ""]), st.integers(0, 5_000)),
        min_size=1,
        max_size=8,
    )
)
@example([(0, FITBIT, 0), (0, GOOGLE, 0)])
# Larger than the buffer, with something at the edge of a part.
@example([(1, "", 5_000), (9_800, FITBIT, 20_000), (9_000, "ghp_" + "a1B2" * 9, 3_000)])
def test_what_the_search_finds_is_never_sifted_out(parts: list[tuple[int, str, int]]) -> None:
    contents = {
        str(number): (b". " * before + text.encode() + b" ." * behind)
        for number, (before, text, behind) in enumerate(parts)
    }
    found = {name for name, data in contents.items() if [*_SEARCH(Chunk(name, data))]}
    with tempfile.TemporaryDirectory() as folder:
        read, others, _, _ = _sift(Path(folder), _write(Path(folder), contents), size=20_000)
    assert found <= read
    assert set(contents) == read | others


def test_no_anchor_goes_on_in_the_next_file(tmp_path: Path) -> None:
    names = _write(tmp_path, {"a": b". 1/", "b": GOOGLE_REFRESH[2:].encode()})
    assert (set(), set(names)) == _sift(tmp_path, names)[:2]


@pytest.mark.parametrize("before", range(1, 60))
@pytest.mark.parametrize(
    "text",
    [
        "fitbit refresh_token",
        "client_secret fitbit",
        FITBIT,
        GOOGLE,
        "".join(f"\\x{ord(letter):02x}" for letter in GOOGLE),
        "\0\0\0".join("ya29."),
        r"\061\057\057\060",
    ],
)
def test_an_anchor_at_the_edge_of_a_part_is_found(tmp_path: Path, text: str, before: int) -> None:
    data = b"." * (_SMALL - before) + text.encode() + b"." * _SMALL
    whole = Chunk("a", data)
    expected = {"a"} if _SEARCH.places(memoryview(data)) else set()
    assert expected == _sift(tmp_path, _write(tmp_path, {whole.path: data}))[0]


@pytest.mark.parametrize("room", [0, 1, 2])
def test_a_file_as_long_as_what_is_left_of_the_buffer_is_searched(
    tmp_path: Path, room: int
) -> None:
    first = GOOGLE.encode() + b"\n"
    second = b"." * (_SMALL - len(first) - room)
    read, others, _, _ = _sift(tmp_path, _write(tmp_path, {"a": first, "b": second, "c": first}))
    assert ({"a", "c"}, {"b"}) == (read, others)


@pytest.mark.parametrize("size", [_SMALL - 1, _SMALL, _SMALL + 1])
@pytest.mark.parametrize("end", [b"", GOOGLE.encode()])
def test_a_file_as_long_as_the_buffer_is_searched(tmp_path: Path, size: int, end: bytes) -> None:
    names = _write(tmp_path, {"a": b"." * (size - len(end)) + end, "b": b"x"})
    read, others, _, _ = _sift(tmp_path, names)
    assert ({"a"} if end else set(), names[1:] if end else names) == (read, sorted(others))


@pytest.mark.parametrize("name", [GOOGLE, "my-FitBit.txt", "Strava.txt"])
@pytest.mark.parametrize("size", [10, 2 * _SMALL])
def test_a_file_whose_name_counts_is_read(tmp_path: Path, name: str, size: int) -> None:
    contents = {"a": b"x", name: b"x" * size, "z": b"x"}
    read, others, _, _ = _sift(tmp_path, _write(tmp_path, contents))
    assert ({name}, {"a", "z"}) == (read, others)


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "a" * 100)
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return file.getvalue()


@pytest.mark.parametrize("padding", [0, 2 * _SMALL])
@pytest.mark.parametrize(
    "make",
    [
        lambda padding: _zip() + b"\0" * padding,
        lambda padding: _tar() + b"\0" * padding,
        lambda padding: b"#!/bin/sh\n" + b"\n" * padding + _zip(),
        lambda padding: b"\x7fELF" + b"\n" * padding + _zip(),
        lambda padding: b"#!/bin/sh\nexit\n\x1f\x8b\x08" + b"\0" * padding,
    ],
)
def test_what_holds_other_files_is_read(
    tmp_path: Path, make: Callable[[int], bytes], padding: int
) -> None:
    names = _write(tmp_path, {"a": b"x", "archive": make(padding), "z": b"x"})
    read, others, _, _ = _sift(tmp_path, names)
    assert ({"archive"}, {"a", "z"}) == (read, others)


def test_the_first_pass_knows_the_marks_of_archives() -> None:
    assert (ZIP_END, GZIP_MARKS) == (anchors.ZIP_END, anchors.GZIP_MARKS)


def _constants(*records: bytes) -> bytes:
    """Return the constants of a program that reads and writes zip archives."""
    return b"PK\x03\x04\0PK\x01\x02\0" + b"\0".join(b"PK\x05\x06" + each for each in records)


@pytest.mark.parametrize("start", [b"\x7fELF", b"MZ"])
@pytest.mark.parametrize(
    "record",
    [
        b"end-of-central record not found\0in the archive",
        b"\0" * 40,
        b"\xff" * 40,
        b"\0\0\0\0\1\0\1\0" + (1 << 30).to_bytes(4, "little") + b"\0" * 30,
        b"\0\0\0\0\1\0\1\0" + (46).to_bytes(4, "little") + b"\0" * 30,
        b"",
    ],
)
def test_a_program_that_reads_archives_is_none(tmp_path: Path, start: bytes, record: bytes) -> None:
    for padding in (b"x" * 300, b"x" * 2 * _SMALL):
        program = start + padding + _constants(record, record)
        _write(tmp_path, {"program": program})
        sources = [*file_sources([str(tmp_path / "program")])]
        scanned = scan(sources, _SEARCH, lambda _finding, _chunk: False, sieve=_SEARCH)
        assert ((), 1, ()) == (scanned.findings, scanned.files, scanned.errors)
        names = _write(tmp_path, {"packed": program + _zip()})
        assert ({"packed"}, set()) == _sift(tmp_path, names)[:2]


@pytest.mark.parametrize("start", [b"#!/bin/sh\n", b"\x7fELF", b"MZ"])
def test_a_program_without_an_archive_is_not_read_again(tmp_path: Path, start: bytes) -> None:
    names = _write(tmp_path, {"program": start + b"x" * 100})
    assert (set(), {"program"}) == _sift(tmp_path, names)[:2]


def test_what_is_no_file_is_read_in_its_own_way(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("empty")
    (tmp_path / "folder").mkdir()
    names = _write(tmp_path, {"empty": b"", "pointer": b"version https://git-lfs.github.com\n"})
    odd = ["pipe", "link", "folder", "missing", "pointer"]
    read, others, _, _ = _sift(tmp_path, [*names, *odd])
    assert (set(odd), {"empty"}) == (read, others)


@pytest.mark.skipif(not os.path.exists("/proc/version"), reason="a file of Linux")  # noqa: PTH110 - no path is made of it
def test_a_file_that_does_not_say_how_long_it_is_is_read_in_its_own_way() -> None:
    assert {"version"} == _sift(Path("/proc"), ["version"])[0]


def test_what_is_unreadable_is_passed_on() -> None:
    error = Unreadable("a", "Why.")
    assert [error] == list(sift_files([error], _SEARCH, _FLAGS))
