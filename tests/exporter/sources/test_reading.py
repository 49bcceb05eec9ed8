"""Reading one file or variable: a paste, or an error message."""

import os
import re
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_redact import survives
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.cli.shared.paste_input import from_file
from tokcheck.core.secret import Secret
from tokcheck.exporter.sources import SourceReading, read_file
from tokcheck.exporter.sources.reading import (
    failed_reading,
    paste_from_bytes,
    paste_from_text,
    read_variable,
    version,
)
from tokcheck.paste.encoding.compression import LONGEST_PASTE


def _fault(path: Path) -> str:
    """Return the error message of a file."""
    try:
        read = read_file(str(path))
    except (OSError, ValueError) as error:
        read = failed_reading(str(path), error)
    assert read.paste is None
    assert "" == read.version
    return read.problem.replace(str(path), "@")


def _is_paste(text: str, read: SourceReading) -> bool:
    assert read.paste is not None
    return Secret(text).fingerprint == read.paste.fingerprint and read.problem == ""


@pytest.mark.parametrize(
    "data",
    [
        FITBIT.encode(),
        f"export T='{FITBIT}'\r\n".encode(),
        b"\xef\xbb\xbf" + FITBIT.encode(),
        FITBIT.encode("utf-16"),
        FITBIT.encode("utf-16-le"),
        FITBIT.encode("utf-32"),
        f"müller {GOOGLE}".encode(),
    ],
)
def test_any_paste_in_any_usual_encoding_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "anna").write_bytes(data)
    read = read_file(str(tmp_path / "anna"))
    text = data.decode("utf-8-sig") if b"\0" not in data else FITBIT
    assert _is_paste(text, read)
    assert version(text) == read.version


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "anna").write_text(FITBIT)
    (tmp_path / "link").symlink_to("anna")
    (tmp_path / "second").symlink_to(tmp_path / "link")
    assert _is_paste(FITBIT, read_file(str(tmp_path / "second")))


def test_a_file_of_1_mib_is_read_and_a_larger_one_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "anna").write_bytes(b"x" * LONGEST_PASTE)
    assert _is_paste("x" * LONGEST_PASTE, read_file(str(tmp_path / "anna")))
    (tmp_path / "anna").write_bytes(b"x" * (LONGEST_PASTE + 1))
    assert "@ cannot be read: it is larger than 1 MiB." == _fault(tmp_path / "anna")


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\t", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "anna").write_bytes(data)
    assert "The file @ is empty." == _fault(tmp_path / "anna")


@pytest.mark.parametrize("data", [b"\xff caf\xe9 %s\n" % FITBIT.encode(), b"\xff\xfex", b"\x80abc"])
def test_bytes_that_are_not_text_are_read_as_validate_reads_them(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "anna").write_bytes(data)
    text = from_file(str(tmp_path / "anna"))
    assert "\N{REPLACEMENT CHARACTER}" in text
    assert _is_paste(text, read_file(str(tmp_path / "anna")))


def test_a_path_that_is_not_a_file_is_an_error_and_never_opened(tmp_path: Path) -> None:
    assert "@ cannot be read: No such file or directory." == _fault(tmp_path / "anna")
    assert "@ cannot be read: it is a folder, not a regular file." == _fault(tmp_path)
    (tmp_path / "file").touch()
    assert "@ cannot be read: Not a directory." == _fault(tmp_path / "file" / "anna")
    (tmp_path / "loop").symlink_to("loop")
    assert "@ cannot be read: Too many levels of symbolic links." == _fault(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to("gone")
    dangling = "@ cannot be read: it is a link to gone, which does not exist."
    assert dangling == _fault(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    assert "@ cannot be read: it is a pipe, not a regular file." == _fault(tmp_path / "pipe")
    assert "@ cannot be read: it is a device, not a regular file." == _fault(Path("/dev/zero"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert "@ cannot be read: it is a socket, not a regular file." == _fault(
            tmp_path / "socket"
        )


def test_a_name_that_is_too_long_is_an_error(tmp_path: Path) -> None:
    assert _fault(tmp_path / ("a" * 5_000)).endswith("cannot be read: File name too long.")


def test_a_name_that_is_not_valid_on_this_system_is_an_error() -> None:
    path = Path("to\0kens")
    assert _fault(path).endswith("cannot be read: its name is not valid on this system.")


def test_an_unreadable_file_is_an_error() -> None:
    # Root may read everything, so the error is simulated.
    assert (
        "tokens/anna cannot be read: Permission denied."
        == failed_reading("tokens/anna", PermissionError(13, "Permission denied")).problem
    )
    assert (
        "tokens/anna cannot be read: Input/output error."
        == failed_reading("tokens/anna", OSError(5, "Input/output error")).problem
    )


def test_a_variable_is_read() -> None:
    assert _is_paste(FITBIT, read_variable("ANNA", {"ANNA": FITBIT}))
    assert SourceReading(problem="The variable ANNA is not set.") == read_variable("ANNA", {})
    assert SourceReading(problem="The variable ANNA is empty.") == read_variable(
        "ANNA", {"ANNA": " "}
    )


@pytest.mark.parametrize("path", [f"tokens/{FITBIT}", GOOGLE, f"/{FITBIT}/anna"])
def test_a_token_in_place_of_a_path_is_not_shown(path: str) -> None:
    for what in (
        failed_reading(path, FileNotFoundError(2, "No such file")),
        read_variable(path, {}),
        read_variable(path, {path: ""}),
    ):
        assert "[redacted]" in what.problem
        assert not survives(FITBIT, what.problem)
        assert not survives(GOOGLE, what.problem)


def test_a_version_is_the_same_after_a_restart() -> None:
    # The state of an account is stored under its version.
    assert "a09511325458fc3a" == version("token")


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_a_version_changes_with_the_text_and_does_not_reveal_it(one: str, other: str) -> None:
    assert (one == other) == (version(one) == version(other))
    assert re.fullmatch("[0-9a-f]{16}", version(one))
    assert not Secret(one).fingerprint.startswith(version(one)[:6])


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_are_a_paste_or_an_error(data: bytes) -> None:
    what = paste_from_bytes(data, lambda: "It")
    assert (what.paste is None) == bool(what.problem) == (not what.version)
    assert re.fullmatch(r"(?:It [^\n]+\.)?", what.problem)


def test_the_name_of_a_source_is_built_only_for_an_error() -> None:
    def never() -> str:
        raise AssertionError

    assert _is_paste("x", paste_from_text("x", never))
