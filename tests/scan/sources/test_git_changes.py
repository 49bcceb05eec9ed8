"""Staged changes and ranges of commits, in real repositories."""

import os
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import contents, names, read_all, unreadable
from tokcheck.core.errors import UsageError
from tokcheck.scan import Chunk
from tokcheck.scan.sources import git_changes
from tokcheck.scan.sources.chunks import CHUNK, Name, Source


def test_an_empty_index_has_no_sources(repository: Repository) -> None:
    assert [] == read_all(git_changes.staged_sources())
    repository.commit(a="1")
    assert [] == read_all(git_changes.staged_sources())


def test_the_first_commit_of_a_repository(repository: Repository) -> None:
    repository.add("a", "1")
    repository.add("empty")
    assert {"a": b"1", "empty": b""} == contents(git_changes.staged_sources())
    assert ["a", "empty"] == names(git_changes.staged_sources())


def test_what_is_staged_counts_and_not_what_lies_in_the_folder(repository: Repository) -> None:
    repository.commit(a="old", b="same", c="gone")
    repository.add("a", "staged")
    repository.write("a", "not staged")
    repository.write("untracked", "x")
    repository.git("rm", "-q", "c")
    assert {"a": b"staged"} == contents(git_changes.staged_sources())
    (repository.folder / "a").unlink()
    assert {"a": b"staged"} == contents(git_changes.staged_sources())


def test_a_part_of_a_file_that_is_staged(repository: Repository) -> None:
    repository.commit(a="1\n2\n")
    repository.write("a", "1\nstaged\n2\nlater\n")
    patch = b"--- a/a\n+++ b/a\n@@ -1,2 +1,3 @@\n 1\n+staged\n 2\n"
    repository.git("apply", "--cached", text=patch)
    assert {"a": b"1\nstaged\n2\n"} == contents(git_changes.staged_sources())


def test_a_replacement_hides_no_object_that_is_pushed(repository: Repository) -> None:
    repository.commit("clean", a="clean")
    dirty = repository.commit("dirty", a="dirty")
    blobs = [repository.git("rev-parse", f"{each}:a").decode() for each in ("HEAD", "HEAD~1")]
    repository.git("replace", *blobs)
    assert b"dirty" == contents(git_changes.range_sources(["HEAD~1..HEAD"]))["a"]
    repository.git("replace", "-d", blobs[0])
    repository.git("replace", dirty, f"{dirty}~1")
    assert b"dirty" == contents(git_changes.range_sources([f"{dirty}~1..{dirty}"]))["a"]


def test_renames_and_modes(repository: Repository) -> None:
    repository.commit(a="a long text that is the same\n" * 9, b="b")
    repository.git("config", "diff.renames", "copies")
    repository.git("mv", "a", "new")
    repository.git("update-index", "--chmod=+x", "b")
    assert {"new", "b"} == set(contents(git_changes.staged_sources()))


def test_links_and_changes_of_type(repository: Repository) -> None:
    repository.commit(file="text", other="x")
    for name in ("file", "link"):
        (repository.folder / name).unlink(missing_ok=True)
        (repository.folder / name).symlink_to("to/here")
    repository.git("add", "-A")
    assert {"file": b"to/here", "link": b"to/here"} == contents(git_changes.staged_sources())


def test_submodules_are_left_out(repository: Repository) -> None:
    commit = repository.commit()
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    repository.add("a", "1")
    assert {"a": b"1"} == contents(git_changes.staged_sources())


def test_hostile_names(repository: Repository) -> None:
    hostile = [b"new\nline", b"\xff\xfe", "é\u202e".encode(), b"-x", b':(top)"\\', b" ", b"::x y M"]
    for number, name in enumerate(hostile):
        repository.add(b"d/" + name, str(number))
    expected = {os.fsdecode(b"d/" + name): b"%d" % number for number, name in enumerate(hostile)}
    assert expected == contents(git_changes.staged_sources())


def test_a_path_is_counted_from_the_top_whatever_is_configured(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add("sub/a", "1")
    repository.add("b", "2")
    repository.git("config", "diff.relative", "true")
    repository.git("config", "core.quotePath", "true")
    repository.git("config", "diff.noprefix", "true")
    repository.git("config", "color.ui", "always")
    monkeypatch.chdir(repository.folder / "sub")
    assert {"sub/a": b"1", "b": b"2"} == contents(git_changes.staged_sources())


def test_a_worktree_has_an_index_of_its_own(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    repository.commit(a="1")
    repository.add("here", "x")
    repository.git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    tree = Repository(tmp_path / "tree")
    tree.add("there", "y")
    assert {"here": b"x"} == contents(git_changes.staged_sources())
    monkeypatch.chdir(tree.folder)
    assert {"there": b"y"} == contents(git_changes.staged_sources())


def test_the_index_that_a_running_commit_names(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(a="1", b="2")
    other = repository.folder / "other-index"
    repository.write("a", "new")
    with monkeypatch.context() as context:
        context.setenv("GIT_INDEX_FILE", str(other))
        repository.git("read-tree", "HEAD")
        repository.git("add", "a")
        (repository.folder / ".git/index.lock").touch()  # as while git commit runs
        assert {"a": b"new"} == contents(git_changes.staged_sources())
    assert {} == contents(git_changes.staged_sources())


def test_a_merge_that_is_being_made(repository: Repository) -> None:
    repository.commit(a="1\n")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit(a="side\n", b="theirs")
    repository.git("checkout", "-q", "main")
    repository.commit(a="main\n")
    repository.git("merge", "-q", "side", code=1)
    assert {"b": b"theirs"} == contents(git_changes.staged_sources())
    reason = "It has an unresolved merge conflict and cannot be committed."
    assert {"a": reason} == unreadable(git_changes.staged_sources())
    repository.add("a", "both\n")
    assert {"a": b"both\n", "b": b"theirs"} == contents(git_changes.staged_sources())


def test_what_is_excluded_is_left_out(repository: Repository) -> None:
    repository.add("a", "1")
    repository.add("b", "2")
    assert {"b": b"2"} == contents(git_changes.staged_sources(lambda path: path != "a"))


def test_a_range_holds_what_was_deleted_later_and_each_blob_once(repository: Repository) -> None:
    first = repository.commit(old="old", unchanged="x")
    repository.commit("Adds", token="token", copy="token")
    repository.git("rm", "-q", "token", "old")
    repository.commit("Deletes")
    read = contents(git_changes.range_sources([f"{first}..HEAD"]))
    assert [b"Adds\n", b"Deletes\n", b"token"] == sorted(read.values())


def test_a_range_names_commits_by_their_ids(repository: Repository) -> None:
    commit = repository.commit("Subject\n\nBody é")
    expected = {f"<commit {commit[:12]}>": "Subject\n\nBody é\n".encode()}
    assert expected == contents(git_changes.range_sources(["HEAD"]))


def test_a_merge_adds_what_neither_parent_has(repository: Repository) -> None:
    repository.commit(a="1")
    repository.git("checkout", "-q", "-b", "side")
    side = repository.commit("Side", b="side")
    repository.git("checkout", "-q", "main")
    main = repository.commit("Main", c="main")
    repository.git("merge", "-q", "--no-commit", "side")
    repository.add("evil", "evil")
    repository.add("b", "changed")
    repository.commit("Merge")
    new = _texts(git_changes.range_sources(["HEAD", f"^{main}", f"^{side}"]))
    assert {b"evil", b"changed", b"Merge\n"} == new
    # From main's side the other branch is new as well, and main is not.
    assert new | {b"side", b"Side\n"} == _texts(git_changes.range_sources([f"{main}..HEAD"]))


def _texts(sources: Iterable[Source]) -> set[bytes]:
    """Return what was read, where a path may have several contents."""
    chunks = read_all(sources)
    return {p.data for p in chunks if isinstance(p, Chunk) and not isinstance(p, Name)}


def test_a_range_with_hostile_names_links_and_submodules(repository: Repository) -> None:
    commit = repository.commit()
    repository.add(b"new\nline\xff", "1")
    (repository.folder / "link").symlink_to("target")
    repository.git("add", "link")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    repository.commit("x")
    read = contents(git_changes.range_sources([f"{commit}.."]))
    assert {os.fsdecode(b"new\nline\xff"): b"1", "link": b"target"} == {
        path: data for path, data in read.items() if not path.startswith("<")
    }


def test_a_range_does_not_depend_on_settings(repository: Repository) -> None:
    for key, value in {
        "log.showSignature": "true",
        "log.showRoot": "false",
        "log.date": "relative",
        "log.diffMerges": "off",
        "color.ui": "always",
        "format.pretty": "fuller",
        "diff.relative": "true",
    }.items():
        repository.git("config", key, value)
    repository.commit("Root", a="1")
    assert {b"1", b"Root\n"} == set(contents(git_changes.range_sources(["HEAD"])).values())


def test_a_range_with_nothing_in_it_is_nothing(repository: Repository) -> None:
    repository.commit(a="1")
    assert [] == read_all(git_changes.range_sources(["HEAD..HEAD"]))


def test_a_long_range_comes_in_shares(repository: Repository) -> None:
    for number in range(1_100):
        repository.write(f"f/{number}", f"{number}")
    repository.git("add", "-A")
    repository.commit()
    sources = list(git_changes.range_sources(["HEAD"]))
    assert 3 == len(sources)
    assert 1_101 == len(contents(sources))
    assert all(source.weight for source in sources)


def test_an_excluded_path_does_not_hide_the_same_text_elsewhere(repository: Repository) -> None:
    repository.commit("x", a="same", b="same")
    assert b"same" == contents(git_changes.range_sources(["HEAD"], lambda path: path != "a"))["b"]


_OBJECT = st.text("0123456789abcdef", min_size=40, max_size=40)
_MODE = st.sampled_from(["000000", "100644", "100755", "120000", "160000"])
_PATH = st.binary(min_size=1, max_size=20).filter(lambda path: b"\0" not in path)


@st.composite
def _change(draw: st.DrawFn) -> tuple[bytes, git_changes.Change]:
    parents = draw(st.integers(1, 3))
    modes = draw(st.lists(_MODE, min_size=parents + 1, max_size=parents + 1))
    objects = draw(st.lists(_OBJECT, min_size=parents + 1, max_size=parents + 1))
    status = draw(st.sampled_from("AMTU")) * parents
    path = draw(_PATH)
    line = ":" * parents + " ".join([*modes, *objects, status])
    return line.encode() + b"\0" + path + b"\0", git_changes.Change(
        path, modes[-1], objects[-1], status
    )


_COMMIT = _OBJECT.map(lambda each: (each.encode() + b"\0\n", git_changes.Change(b"", "", each, "")))


@given(st.lists(st.one_of(_change(), _COMMIT), max_size=9))
def test_a_list_of_changes_is_read_as_it_is_written(
    written: list[tuple[bytes, git_changes.Change]],
) -> None:
    fields = b"".join(line for line, _ in written).split(b"\0")
    assert [change for _, change in written] == list(git_changes.parse_changes(fields))


@given(st.lists(st.binary(max_size=60), max_size=9))
def test_any_list_is_read_or_refused(fields: list[bytes]) -> None:
    try:
        found = list(git_changes.parse_changes(fields))
    except UsageError:
        return
    assert len(found) <= len(fields)


def test_memory_does_not_grow_with_the_largest_blob(repository: Repository) -> None:
    with repository.write("large").open("wb") as file:
        file.truncate(150 << 20)
    repository.git("add", "large")
    tracemalloc.start()
    try:
        total = sum(
            len(chunk.data) - chunk.seen
            for source in git_changes.staged_sources()
            for chunk in source
            if isinstance(chunk, Chunk)
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (150 << 20) + len("large") == total
    assert peak < 5 * CHUNK  # from Python 3.14 on, a little more than 4


@pytest.mark.parametrize("word", ["--output=x", "-1x", "HEAD", "gpg:", "0" * 39, "0" * 65])
@pytest.mark.parametrize("field", ["{}", ":100644 100644 " + "0" * 40 + " {} M"])
def test_a_word_that_is_no_id_is_an_error(field: str, word: str) -> None:
    with pytest.raises(UsageError, match="does not understand"):
        list(git_changes.parse_changes([field.format(word).encode(), b"path"]))
