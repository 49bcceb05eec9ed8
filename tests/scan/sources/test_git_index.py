"""Files that git has and the folder lacks: sparse checkouts and filters."""

from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import contents, read_all, unreadable
from tokcheck.scan import Chunk, pre_commit
from tokcheck.scan.sources import files
from tokcheck.scan.sources.chunks import Name


def _sparse(repository: Repository) -> None:
    repository.commit("x", **{"in/a": "a", "out/b": "b", "out/c": "c", "top": "t"})
    repository.git("sparse-checkout", "set", "in")


def test_the_files_outside_a_sparse_checkout_are_read_from_git(repository: Repository) -> None:
    _sparse(repository)
    expected = {"in/a": b"a", "out/b": b"b", "out/c": b"c", "top": b"t"}
    assert not (repository.folder / "out").exists()
    assert expected == contents(files.file_sources(["."]))
    repository.git("config", "index.sparse", "true")
    repository.git("sparse-checkout", "reapply", "--sparse-index")
    assert expected == contents(files.file_sources(["."], keep=lambda path: path != "x"))
    assert (
        expected.keys() - {"out/b"}
        == contents(files.file_sources(["."], keep=lambda path: path != "out/b")).keys()
    )
    # A file that somebody deleted is in the way of nothing, and one that is back counts itself.
    (repository.folder / "top").unlink()
    repository.write("out/b", "on disk")
    assert {"in/a": b"a", "out/b": b"on disk", "out/c": b"c"} == contents(files.file_sources(["."]))


def test_all_files_of_pre_commit_are_those_of_git(repository: Repository) -> None:
    _sparse(repository)
    named = ["in/a", "top"]
    expected = {"in/a": b"a", "out/b": b"b", "out/c": b"c", "top": b"t"}
    assert expected == contents(pre_commit.pre_commit_sources(named, {}))
    assert {"in/a": b"a"} == contents(
        pre_commit.pre_commit_sources(["in/a"], {}, lambda p: p == "in/a")
    )
    for number in range(4):
        repository.add(f"in/{number}")
    repository.git("commit", "-qm", "More")
    assert {"in/a": b"a"} == contents(pre_commit.pre_commit_sources(["in/a"], {}))


def test_a_sparse_and_partial_clone_is_summarized(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit("x", **{"in/a": "a", **{f"out/{number}": str(number) for number in range(5)}})
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = Repository(tmp_path / "clone")
    source = repository.folder.as_uri()
    repository.git("clone", "-q", "--filter=blob:none", "--sparse", source, str(clone.folder))
    clone.git("sparse-checkout", "set", "in")
    monkeypatch.chdir(clone.folder)
    reported = unreadable(files.file_sources(["."]))
    assert ["out/0", "out/1"] == sorted(reported)
    assert "4 more files that only git has could not be read either." == reported["out/1"]


@pytest.mark.parametrize("name", ["hide", "hide.it", "hide+it"])
def test_what_a_filter_changes_is_read_as_git_has_it(repository: Repository, name: str) -> None:
    repository.git("config", f"filter.{name}.smudge", "sed s/secret/hidden/")
    repository.git("config", "filter.lfs.smudge", "cat")
    repository.write(".gitattributes", f"*.conf filter={name}\n*.bin filter=lfs\n")
    repository.add("a.conf", "secret")
    repository.add("b.txt", "text")
    repository.add("c.bin", "binary")
    repository.git("commit", "-qm", "x")
    (repository.folder / "a.conf").unlink()
    repository.git("checkout", "--", "a.conf")
    assert "hidden" == (repository.folder / "a.conf").read_text()

    def read(path: str, *names: str) -> list[bytes]:
        return sorted(
            chunk.data
            for chunk in read_all(files.file_sources(names or ["."]))
            if isinstance(chunk, Chunk) and not isinstance(chunk, Name) and chunk.path == path
        )

    assert [b"hidden", b"secret"] == read("a.conf")
    assert [[b"text"], [b"binary"]] == [read("b.txt"), read("c.bin")]
    # A file that is named is read in both ways, too, and once in each.
    place = str(repository.folder / "a.conf")
    for names in (["a.conf"], ["a.conf", "./a.conf", "."], ["b.txt", place, "a.conf"]):
        shown = place if names[0] == "b.txt" else "a.conf"
        assert [b"hidden", b"secret"] == read(shown, *names), names
    assert [[b"text"], [b"binary"]] == [read(name, name) for name in ("b.txt", "c.bin")]


def test_a_file_without_git_is_read_alone(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.git("config", "filter.hide.clean", "rev")
    repository.write(".gitattributes", "* filter=hide\n")
    repository.write("new[1]", "new")
    outside = tmp_path / "outside"
    outside.write_text("o")
    named = ["new[1]", str(outside)]
    assert {"new[1]": b"new", str(outside): b"o"} == contents(files.file_sources(named))
    repository.git("add", "new[1]")
    assert b"wen" in {
        chunk.data for chunk in read_all(files.file_sources(named)) if isinstance(chunk, Chunk)
    }
    monkeypatch.setenv("PATH", "")
    assert {"new[1]": b"new"} == contents(files.file_sources(["new[1]"], gitignore=False))
