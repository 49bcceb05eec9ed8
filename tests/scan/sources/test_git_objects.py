"""Objects that are read through ``git cat-file``."""

import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.conftest import Repository
from tests.support.scan.child_processes import child_process_ids
from tests.support.scan.source_contents import contents, read_all, unreadable
from tokcheck.scan import Unreadable
from tokcheck.scan.sources import git_changes, git_objects

_OBJECT = st.text("0123456789abcdef", min_size=40, max_size=40)


def _entries() -> tuple[git_objects.ObjectEntry | Unreadable, ...]:
    """Return what is staged, to be read in another way."""
    (source,) = git_changes.staged_sources()
    read_all([source])
    return source.entries


def test_an_object_that_is_missing_is_unreadable(repository: Repository) -> None:
    repository.add("a", "1")
    repository.add("b", "2")
    blob = repository.git("rev-parse", ":a").decode()
    (repository.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert {"b": b"2"} == contents(git_changes.staged_sources())
    assert {
        "a": f"Git object {blob[:12]} is missing; git fsck --full lists what is damaged."
    } == unreadable(git_changes.staged_sources())


def test_a_git_that_ends_early_leaves_every_file_unreadable(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.add("a", "1")
    repository.add("b", "2")
    sources = git_objects.ObjectSource(_entries())
    false = tmp_path / "bin/git"
    false.parent.mkdir()
    for script in ("exit 1", "read x; echo $x blob 99; echo", "read x; echo something else"):
        false.write_text(f"#!/bin/sh\n{script}\n")
        false.chmod(0o755)
        with monkeypatch.context() as context:
            context.setenv("PATH", f"{false.parent}{os.pathsep}{os.environ['PATH']}")
            found = unreadable([sources])
        assert {"a", "b"} == set(found)
        assert all("git ended before" in message for message in found.values())


def test_thousands_of_objects_and_large_ones_pass_through_the_pipes(
    repository: Repository,
) -> None:
    for number in range(3_000):
        repository.write(f"many/{number}", f"{number}")
    noise = os.urandom(3 << 20)
    repository.write("large", noise)
    repository.git("add", "-A")
    entries = _entries()
    small = git_objects.ObjectSource(entries, size=1 << 16, overlap=1 << 10)
    read = contents([small])
    assert 3_001 == len(read)
    assert noise == read["large"]
    assert b"2999" == read["many/2999"]


def test_a_reader_that_stops_early_leaves_no_process(repository: Repository) -> None:
    repository.add("large", os.urandom(4 << 20))
    repository.add("more", "x")
    entries = _entries()
    before = child_process_ids()
    pieces = iter(git_objects.ObjectSource(entries, size=1 << 16, overlap=1 << 10))
    next(pieces)
    next(pieces)
    assert 1 == len(child_process_ids() - before)
    pieces.close()  # type: ignore[attr-defined]
    assert set() == child_process_ids() - before


def test_a_staged_archive_is_looked_into(repository: Repository) -> None:
    file = repository.write("a.zip")
    noise = os.urandom(9_000)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("member", noise)
    repository.git("add", "a.zip")
    repository.add("b", "after")
    entries = _entries()
    for size in (1 << 20, 1 << 10):
        read = contents([git_objects.ObjectSource(entries, size=size, overlap=100)])
        assert noise == read["a.zip!member"]
        assert b"after" == read["b"]


@given(_OBJECT, st.integers(0, 1 << 40))
def test_the_header_of_an_object(wanted: str, size: int) -> None:
    assert size == git_objects.parse_header(f"{wanted} blob {size}\n".encode(), wanted)
    assert str(git_objects.parse_header(f"{wanted} missing\n".encode(), wanted)).endswith(
        " is missing; git fsck --full lists what is damaged."
    )


@given(st.binary(max_size=80))
def test_any_header_is_a_size_or_a_sentence(answer: bytes) -> None:
    found = git_objects.parse_header(answer, "a" * 40)
    assert (isinstance(found, int) and found >= 0) or str(found).endswith(".")
