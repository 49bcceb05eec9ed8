"""Polling of files: read only if changed, and one failed poll is ignored."""

import os
from pathlib import Path

import pytest

from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.exporter.sources import SourceReading, read_file
from tokcheck.exporter.sources.file_watcher import FileState, list_folder, poll_file
from tokcheck.exporter.sources.reading import version
from tokcheck.paste.encoding.compression import LONGEST_PASTE


class _Reader:
    """Reads files and counts how often."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self, path: str) -> SourceReading:
        self.reads += 1
        return read_file(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a file that holds a token."""
    (tmp_path / "anna").write_text(FITBIT)
    return tmp_path / "anna"


def _confirmed_state(path: Path) -> FileState:
    return poll_file(str(path), poll_file(str(path), None))


def _replace(path: Path, text: str) -> None:
    """Replace the file atomically."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


def test_an_unchanged_file_is_read_twice_and_never_again(path: Path) -> None:
    reader = _Reader()
    seen = poll_file(str(path), None, reader)
    assert not seen.confirmed, "a change within the clock's tick would not be seen"
    for _ in range(10):
        seen = poll_file(str(path), seen, reader)
        assert seen.confirmed
    assert 2 == reader.reads
    assert seen is poll_file(str(path), seen, reader)


@pytest.mark.parametrize("how", ["write", "replace", "same size", "same size and time", "touch"])
def test_a_changed_file_is_read(path: Path, how: str) -> None:
    reader = _Reader()
    seen = _confirmed_state(path)
    before = path.stat()
    text = {"touch": FITBIT, "write": GOOGLE, "replace": GOOGLE}.get(how, FITBIT[::-1])
    if how == "replace":
        _replace(path, text)
    else:
        path.write_text(text)
    if how == "same size and time":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    if how == "touch":
        os.utime(path)
    seen = poll_file(str(path), seen, reader)
    assert version(text) == seen.reading.version
    assert 1 == reader.reads


def test_a_second_change_under_the_same_signature_is_found(path: Path) -> None:
    first = poll_file(str(path), None)
    path.write_text(FITBIT[::-1])
    # As with a coarse clock: the signature of the first poll is that of the second text.
    stale = poll_file(str(path), None)._replace(reading=first.reading)
    assert version(FITBIT[::-1]) == poll_file(str(path), stale).reading.version


@pytest.mark.parametrize("bad", ["empty", "missing"])
def test_one_failed_poll_of_a_good_file_is_ignored(path: Path, bad: str) -> None:
    good = _confirmed_state(path)
    path.unlink()
    if bad != "missing":
        path.write_bytes(b"")
    once = poll_file(str(path), good)
    assert good.reading is once.reading
    assert once.suspect
    twice = poll_file(str(path), once)
    assert twice.reading.paste is None
    assert "" == twice.reading.version
    assert twice.reading.problem
    assert not twice.reading.unread, "it is known to hold nothing"


def _make_unreadable(path: Path, how: str) -> None:
    path.unlink()
    if how == "a folder":
        path.mkdir()
    elif how == "a dangling link":
        path.symlink_to(path.parent / "nowhere")
    elif how == "a loop of links":
        path.symlink_to(path)
    elif how == "too large":
        path.write_bytes(b"x" * (LONGEST_PASTE + 1))
    else:
        path.parent.rmdir()


_UNREADABLE = ["a folder", "a dangling link", "a loop of links", "too large", "an unmounted folder"]


@pytest.mark.parametrize("how", _UNREADABLE)
def test_a_good_file_that_cannot_be_read_keeps_its_text_beside_the_fault(
    path: Path, how: str
) -> None:
    good = _confirmed_state(path)
    _make_unreadable(path, how)
    once = poll_file(str(path), good)
    assert good.reading is once.reading
    kept = poll_file(str(path), once)
    assert (version(FITBIT), True) == (kept.reading.version, kept.reading.unread)
    assert kept.reading.problem
    assert kept is poll_file(str(path), kept), "nothing changes while it lasts"
    path.parent.mkdir(exist_ok=True)
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_text(FITBIT)
    again = poll_file(str(path), kept).reading
    assert (version(FITBIT), "", False) == (again.version, again.problem, again.unread)


@pytest.mark.parametrize("how", _UNREADABLE)
def test_a_file_that_could_never_be_read_is_not_said_to_hold_no_token(path: Path, how: str) -> None:
    _make_unreadable(path, how)
    reading = poll_file(str(path), None).reading
    assert (None, True) == (reading.paste, reading.unread)


def test_a_file_that_was_empty_for_a_moment_stays_good(path: Path) -> None:
    good = _confirmed_state(path)
    path.write_text("")
    once = poll_file(str(path), good)
    path.write_text(GOOGLE)
    again = poll_file(str(path), once)
    assert version(GOOGLE) == again.reading.version
    assert not again.suspect
    path.write_text("")
    assert version(GOOGLE) == poll_file(str(path), again).reading.version, (
        "each failure is ignored once"
    )


def test_a_bad_file_takes_effect_at_once_without_a_previous_paste(path: Path) -> None:
    path.write_text("")
    seen = poll_file(str(path), None)
    assert "is empty" in seen.reading.problem
    path.unlink()
    seen = poll_file(str(path), seen)
    assert "cannot be read: No such file or directory." in seen.reading.problem
    path.write_text(FITBIT)
    assert version(FITBIT) == poll_file(str(path), seen).reading.version


def test_a_file_with_bad_content_is_read_twice_and_never_again(path: Path) -> None:
    path.write_bytes(b"\xff" * 100)
    reader = _Reader()
    seen = None
    for _ in range(5):
        seen = poll_file(str(path), seen, reader)
    assert 2 == reader.reads


def test_an_unreadable_file_is_tried_at_every_poll(path: Path) -> None:
    tries: list[str] = []

    def refuse(path: str) -> SourceReading:
        tries.append(path)
        raise PermissionError(13, "Permission denied")

    seen = None
    for _ in range(5):
        seen = poll_file(str(path), seen, refuse)
        assert "cannot be read: Permission denied." in seen.reading.problem
    assert 5 == len(tries)
    assert seen is not None
    assert version(FITBIT) == poll_file(str(path), seen).reading.version


def test_an_invalid_path_is_an_error_of_its_account() -> None:
    assert (
        "cannot be read: its name is not valid on this system."
        in poll_file("a\0b", None).reading.problem
    )


def test_a_changed_link_is_read(tmp_path: Path) -> None:
    for name, text in (("one", FITBIT), ("two", GOOGLE)):
        (tmp_path / name).write_text(text)
    (tmp_path / "link").symlink_to("one")
    seen = _confirmed_state(tmp_path / "link")
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").replace(tmp_path / "link")
    assert version(GOOGLE) == poll_file(str(tmp_path / "link"), seen).reading.version


def test_a_folder_lists_files_and_links_with_valid_names(tmp_path: Path) -> None:
    for name in ("anna", "Ben Müller", "cleo.txt", ".hidden", "x~", "x.swp", "x.tmp", FITBIT[:80]):
        (tmp_path / name).touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "a folder").symlink_to("below")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("anna")
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "loop").symlink_to("loop")
    found = list_folder(str(tmp_path))
    assert {"anna", "Ben Müller", "cleo.txt", "link", "nowhere", "loop"} == found.names
    (note,) = found.notes
    assert note.sentence.replace(str(tmp_path), "@") == (
        "The file [redacted] in @ is not watched: its name is not a valid account name, since "
        "it looks like a token, and names are shown to everyone."
    )


def test_an_undecodable_name_is_skipped_with_a_note(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"an\xffna")).touch()
    found = list_folder(str(tmp_path))
    assert frozenset() == found.names
    assert "The file an\\xffna in" in found.notes[0].sentence
    assert "invisible characters" in found.notes[0].sentence
