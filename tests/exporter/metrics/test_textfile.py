"""The textfile collector's file is replaced atomically, and every error says what to do."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tokcheck.core.errors import UsageError
from tokcheck.exporter.metrics.textfile import check_path, write, write_error

_BODY = b"# TYPE tokcheck_accounts gauge\ntokcheck_accounts 1\n"


def _write_failure(path: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        write(path, _BODY)
    return caught.value


def test_the_file_is_readable_by_everybody_and_nothing_else_is_left(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(tmp_path / "tokcheck.prom", _BODY)
    finally:
        os.umask(before)
    assert [tmp_path / "tokcheck.prom"] == list(tmp_path.iterdir())
    assert _BODY == (tmp_path / "tokcheck.prom").read_bytes()
    assert 0o644 == (tmp_path / "tokcheck.prom").stat().st_mode & 0o777


def test_the_file_is_replaced_by_a_rename(tmp_path: Path) -> None:
    path = tmp_path / "tokcheck.prom"
    path.write_bytes(b"the scrape before")
    with path.open("rb") as reader:
        write(path, _BODY)
        assert b"the scrape before" == reader.read()
    assert _BODY == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("metrics.txt", "Call it metrics.prom."),
        ("metrics", "Call it metrics.prom."),
        ("metrics.prom.tmp", "Call it metrics.prom."),
        (".prom", "Call it tokcheck.prom."),
        ("metrics.PROM", "Call it metrics.prom."),
    ],
)
def test_a_name_that_the_collector_ignores_is_an_error(
    name: str, hint: str, tmp_path: Path
) -> None:
    error = _write_failure(tmp_path / name)
    assert "does not end in .prom, so node_exporter would not read it" in error.message
    assert hint == error.hint
    assert [] == list(tmp_path.iterdir())


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = _write_failure(tmp_path / "textfile" / "tokcheck.prom")
    path = tmp_path / "textfile" / "tokcheck.prom"
    assert f"{path} cannot be written: no such file" in error.message
    assert "Create the folder first" in error.hint


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "textfile").write_text("a file")
    error = _write_failure(tmp_path / "textfile" / "tokcheck.prom")
    assert "not a directory" in error.message
    assert "Give a file in the folder" in error.hint


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokcheck.prom").mkdir()
    error = _write_failure(tmp_path / "tokcheck.prom")
    assert "is a directory" in error.message
    assert "such as tokcheck.prom" in error.hint
    assert [tmp_path / "tokcheck.prom"] == list(tmp_path.iterdir())


def test_a_pipe_in_place_of_the_file_is_named_and_kept(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tokcheck.prom")
    assert "it is a pipe, not a file" in _write_failure(tmp_path / "tokcheck.prom").message
    assert (tmp_path / "tokcheck.prom").is_fifo()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("folder", ["/proc", "/proc/self/fd", "/sys"])
def test_a_folder_that_takes_no_files_is_named_before_anything_is_probed(folder: str) -> None:
    """Its permissions allow root to write there, but nothing can be created."""
    with pytest.raises(UsageError) as caught:
        check_path(Path(folder, "tokcheck.prom"))
    error = caught.value
    assert error.message.startswith(f"The file {folder}/tokcheck.prom cannot be written: ")
    assert "no such file" not in error.message
    assert error.hint
    if folder == "/proc":
        assert error.message.endswith(": no file can be created in /proc.")
    assert error.message == _write_failure(Path(folder, "tokcheck.prom")).message


@pytest.mark.skipif(os.name != "posix", reason="Windows calls it a file that is not found")
def test_a_name_that_is_too_long_is_named(tmp_path: Path) -> None:
    error = _write_failure(tmp_path / f"{'a' * 300}.prom")
    assert "cannot be written: file name too long" in error.message
    assert "shorter name" in error.hint


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on the size of files")
def test_a_write_that_ends_midway_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "tokcheck.prom"
    write(path, _BODY)
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from tokcheck.core.errors import UsageError\n"
        "from tokcheck.exporter.metrics.textfile import write\n"
        "before = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))\n"
        "try:\n"
        "    write(Path(sys.argv[1]), b'x' * 100_000)\n"
        "except UsageError as error:\n"
        "    print(error.message, error.hint)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, before)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )
    assert "cannot be written: file too large" in ended.stdout
    assert [path] == list(tmp_path.iterdir())
    assert _BODY == path.read_bytes()


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EROFS, "in a writable folder"),
        (errno.EACCES, "Check that this user may write to the folder"),
    ],
)
def test_each_system_error_has_a_hint(number: int, hint: str) -> None:
    path = Path("/srv/tokcheck.prom")
    error = write_error(path, OSError(number, os.strerror(number)))
    assert f"The file {path} cannot be written: {os.strerror(number).lower()}." == error.message
    assert hint in error.hint


def test_an_error_without_a_number_has_a_message() -> None:
    error = write_error(Path("a.prom"), OSError())
    assert "The file a.prom cannot be written: unknown error." == error.message
