"""Git LFS: the object that a pointer names, or that it is not here."""

import gzip
import io
from hashlib import sha256
from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.scan.archives import zip_of
from tests.support.scan.source_contents import contents, read_all, unreadable
from tokcheck.scan.sources import files, git_changes, lfs
from tokcheck.scan.sources.chunks import InMemorySource
from tokcheck.scan.sources.git_history import history_sources, parse_range

_FETCH = "Fetch it: git lfs fetch --all"
_MISSING = f"It is a Git LFS pointer, and its object is not here. {_FETCH}"


def _pointer(data: bytes) -> bytes:
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (
        sha256(data).hexdigest().encode(),
        len(data),
    )


def _store(folder: Path, data: bytes) -> None:
    name = sha256(data).hexdigest()
    file = folder / "objects" / name[:2] / name[2:4] / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def test_a_pointer_is_followed_to_its_object_or_reported(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit("before")
    (repository.folder / "sub").mkdir()
    for name in ("sub/here", "sub/gone"):
        repository.add(name, _pointer(name.encode()))
    packed = gzip.compress(b"packed")
    repository.add("packed.gz", _pointer(packed))
    repository.add("plain", "version https://git-lfs.github.com/spec/v1\nother\n")
    _store(repository.folder / ".git/lfs", b"sub/here")
    _store(repository.folder / ".git/lfs", packed)
    expected = {
        "sub/here": b"sub/here",
        "packed.gz": packed,
        "packed.gz!packed": b"packed",
        "plain": (repository.folder / "plain").read_bytes(),
    }
    staged = list(git_changes.staged_sources())
    assert expected == contents(staged)
    assert {"sub/gone": _MISSING} == unreadable(git_changes.staged_sources())
    plain = list(files.file_sources(["."]))
    assert (expected, {"sub/gone": _MISSING}) == (contents(plain), unreadable(plain))
    repository.git("commit", "-qm", "Pointers")
    read = contents(history_sources(parse_range("HEAD~1..HEAD")))
    assert expected == {path: data for path, data in read.items() if not path.startswith("<")}
    monkeypatch.chdir("sub")
    assert {"here": b"sub/here"} == contents(files.file_sources(["here"]))


def test_a_store_elsewhere_and_a_worktree(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit("x", a=_pointer(b"content").decode())
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"))
    for folder in (repository.folder / ".git/lfs", tmp_path / "store"):
        if folder.name == "store":
            repository.git("config", "lfs.storage", str(folder))
            lfs._store.cache_clear()  # noqa: SLF001 - a process sees one configuration
        assert {"a": _MISSING} == unreadable(files.file_sources(["."]))
        _store(folder, b"content")
        for place in (repository.folder, tmp_path / "tree"):
            monkeypatch.chdir(place)
            assert {"a": b"content"} == contents(files.file_sources(["."]))
        monkeypatch.chdir(repository.folder)


def test_a_pointer_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_bytes(_pointer(b"content"))
    assert {"a": _MISSING} == unreadable(files.file_sources(["a"]))


def test_an_object_of_another_size_is_read_and_reported(repository: Repository) -> None:
    repository.add("a", _pointer(b"content"))
    _store(repository.folder / ".git/lfs", b"content")
    [file] = (repository.folder / ".git/lfs/objects").rglob(sha256(b"content").hexdigest())
    file.write_bytes(b"cont")
    for sources in (files.file_sources(["a"]), git_changes.staged_sources()):
        read = [InMemorySource(*read_all(sources))]
        assert {"a": b"cont"} == contents(read)
        assert {"a": f"Its Git LFS object is damaged. {_FETCH}"} == unreadable(read)


def test_a_pointer_in_a_stream_is_followed_or_reported(repository: Repository) -> None:
    repository.commit()
    _store(repository.folder / ".git/lfs", b"here")
    here = files.stdin_source(io.BytesIO(_pointer(b"here")))
    assert {files.STDIN: b"here"} == contents([here])
    gone = files.stdin_source(io.BytesIO(_pointer(b"gone")))
    assert {files.STDIN: _MISSING} == unreadable([gone])


def test_a_pointer_in_an_archive_is_reported(repository: Repository) -> None:
    repository.write("a.zip", zip_of(member=_pointer(b"content")))
    assert {"a.zip!member": _MISSING} == unreadable(files.file_sources(["."]))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("a" * 64, f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 1\n"),
        ("a" * 64, f"version https://hawser.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 1"),
        (
            "a" * 64,
            "version https://git-lfs.github.com/spec/v1\n"
            f"ext-0-foo sha256:{'b' * 64}\noid sha256:{'a' * 64}\nsize 1\n",
        ),
        (None, f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\n"),
        (None, f"oid sha256:{'a' * 64}\nsize 1\n"),
        (
            None,
            "version https://git-lfs.github.com/spec/v1\n"
            f"oid sha256:{'a' * 64}\nsize 1\nmore {'c' * 64}\n",
        ),
    ],
)
def test_what_is_a_pointer(expected: str | None, text: str) -> None:
    pointer = None if expected is None else lfs.Pointer(expected, 1)
    assert pointer == lfs.read_pointer(text.encode())
    # As a checkout with the line ends of Windows writes it.
    assert pointer == lfs.read_pointer(text.replace("\n", "\r\n").encode())
