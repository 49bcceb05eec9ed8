"""All of history, ranges, and what a push sends."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import contents, read_all, unreadable
from tests.support.tokens import GOOGLE
from tokcheck.core.errors import UsageError
from tokcheck.scan import Chunk
from tokcheck.scan.sources.chunks import Name
from tokcheck.scan.sources.git_history import (
    Revisions,
    all_revisions,
    history_sources,
    parse_range,
    pushed_revisions,
)

_ZEROS = "0" * 40


def _texts(revisions: Revisions) -> list[str]:
    """Return the messages and files of these commits, those of tags with their names."""
    return sorted(
        f"{chunk.path}: {text}" if chunk.path.startswith("<tag ") else text
        for chunk in read_all(history_sources(revisions))
        if isinstance(chunk, Chunk) and not isinstance(chunk, Name)
        for text in [chunk.data.decode().rstrip()]
    )


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (("A..B",), "A..B"),
        (("A...B",), "A...B"),
        (("A..",), "A.."),
        (("HEAD~3",), "HEAD~3"),
        (("B",), f"{_ZEROS}..B"),
        (("B",), f"{_ZEROS}...B"),
        (("B",), f"{'0' * 64}..B"),
        (("B",), "0000..B"),
        (("HEAD",), f"{_ZEROS}.."),
        ((), f"A..{_ZEROS}"),
        ((), f"{_ZEROS}..{_ZEROS}"),
        ((), _ZEROS),
        (("10000000..B",), "10000000..B"),
    ],
)
def test_zeros_are_no_commit(expected: tuple[str, ...], text: str) -> None:
    assert Revisions(expected) == parse_range(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "...",
        "..HEAD",
        "...HEAD",
        "..@",
        "..main",
        "...main",
        "..HEAD~1",
        f"..{'a1' * 20}",
    ],
)
def test_a_range_without_a_beginning_is_no_empty_one(text: str) -> None:
    with pytest.raises(UsageError, match="has no start"):
        parse_range(text)


@pytest.mark.parametrize(
    "text",
    ["--output=x", "-p", f"-{GOOGLE}", f"{_ZEROS}..--output=x", f"{_ZEROS}...-p{GOOGLE}"],
)
def test_an_option_is_no_range(text: str) -> None:
    with pytest.raises(UsageError, match="is not a range of commits") as raised:
        parse_range(text)
    assert GOOGLE not in raised.value.message
    assert raised.value.hint.endswith("--history.")


@pytest.fixture
def branches(repository: Repository) -> Repository:
    """A repository with something in every corner of its history."""
    repository.commit("first", a="a")
    repository.commit("second", a="b")
    repository.git("tag", "-a", "-m", "of the first", "v1", "HEAD~1")
    repository.git("tag", "light")
    repository.git("tag", "-a", "-m", "of a tag", "nested", "v1")
    repository.git("tag", "-a", "-m", "of a blob", "blob", "HEAD:a")
    repository.write("key", "a key in no commit")
    repository.git("tag", "key", repository.git("hash-object", "-w", "key").decode())
    (repository.folder / "key").unlink()
    repository.git("checkout", "-q", "-b", "side", "HEAD~1")
    repository.commit("on the side", side="s")
    repository.git("checkout", "-q", "main")
    for number in "12":
        repository.write("a", f"stashed {number}")
        repository.write(f"new{number}", f"untracked {number}")
        repository.git("stash", "-q", "-u", "-m", f"stash {number}")
    repository.git("checkout", "-q", "--detach")
    repository.git("commit", "-q", "--allow-empty", "-m", "detached")
    return repository


def test_the_files_of_a_tagged_tree_are_read_in_history_and_at_its_push(
    repository: Repository,
) -> None:
    repository.commit("first", a="a")
    blob = repository.git("hash-object", "-w", "--stdin", text=b"in a tree").decode()
    inner = repository.git("mktree", text=f"100644 blob {blob}\tfile".encode()).decode()
    tree = repository.git("mktree", text=f"040000 tree {inner}\tfolder".encode()).decode()
    repository.git("tag", "light", tree)
    repository.git("tag", "-a", "-m", "of a tree", "noted", tree)
    repository.git("tag", "-a", "-m", "of a tag", "outer", "noted")
    assert "in a tree" in _texts(all_revisions())
    for tag in ("light", "noted", "outer"):
        local = repository.git("rev-parse", f"refs/tags/{tag}").decode()
        line = f"refs/tags/{tag} {local} refs/tags/{tag} {_ZEROS}\n"
        sources = [*history_sources(pushed_revisions([line.encode()], "origin"))]
        assert b"in a tree" in contents(sources).values(), tag
    paths = {chunk.path for chunk in read_all(sources) if isinstance(chunk, Chunk)}
    assert "<tree of tag noted>/folder/file" in paths
    excluded = history_sources(all_revisions(), lambda path: "folder" not in path)
    assert b"in a tree" not in contents(excluded).values()


def test_a_tagged_tree_that_is_missing_is_reported(repository: Repository) -> None:
    repository.commit("first", a="a")
    listing = f"040000 tree {'1' * 40}\tfolder\n".encode()
    tree = repository.git("mktree", "--missing", text=listing).decode()
    repository.git("tag", "gone", tree)
    line = f"refs/tags/gone {tree} refs/tags/gone {_ZEROS}\n"
    errors = unreadable(history_sources(pushed_revisions([line.encode()], "origin")))
    assert "git fsck" in errors["<tree of tag gone>"]


def test_a_tagged_tree_of_a_commit_is_read_once(repository: Repository) -> None:
    repository.commit("first", a="a", b="b")
    repository.git("tag", "-a", "-m", "of a tree", "noted", "HEAD^{tree}")
    assert ["<tag noted>: of a tree", "a", "b", "first"] == _texts(all_revisions())


_TAGS = ["<tag nested>: of a tag", "<tag v1>: of the first"]


def test_all_of_history_is_every_branch_tag_and_stash(branches: Repository) -> None:
    read = _texts(all_revisions())
    expected = {"first", "second", "on the side", "detached", "a", "b", "s"}
    expected |= {f"{what} {number}" for what in ("stashed", "untracked") for number in "12"}
    expected |= {f"On main: stash {number}" for number in "12"}
    expected |= {*_TAGS, "<tag blob>: of a blob", "a key in no commit"}
    assert set() == expected - set(read)
    assert {"index on main", "untracked files on main"} == {
        text.partition(":")[0] for text in read if text not in expected
    }
    assert branches.git("branch", "--format=%(refname:short)")


def test_history_of_nothing(repository: Repository) -> None:
    assert [] == _texts(all_revisions())
    assert [] == _texts(Revisions(()))
    repository.add("a", "1")
    assert [] == _texts(all_revisions())


def test_a_range_has_the_tags_of_its_commits_and_those_that_it_names(
    branches: Repository,
) -> None:
    commit = branches.git("rev-parse", "main").decode()
    tables = {
        "main": ["a", "b", "first", "second", *_TAGS],
        "main~1": ["a", "first", *_TAGS],
        "main~1..main": ["b", "second"],
        "main..v1": ["<tag v1>: of the first"],
        "main..nested": _TAGS,
        f"{_ZEROS}..v1": ["a", "first", *_TAGS],
        "light..blob": ["<tag blob>: of a blob", "b"],
        "light..key": ["a key in no commit"],
        f"{commit}..light": [],
    }
    assert {text: sorted(expected) for text, expected in tables.items()} == {
        text: _texts(parse_range(text)) for text in tables
    }


def test_a_push_sends_what_the_remote_is_not_known_to_have(
    branches: Repository, tmp_path: Path
) -> None:
    branches.git("init", "-q", "--bare", str(tmp_path / "remote"))
    branches.git("remote", "add", "origin", str(tmp_path / "remote"))
    branches.git("push", "-q", "origin", "main~1:refs/heads/main")
    ids = {
        name: branches.git("rev-parse", name).decode()
        for name in ("main", "main~1", "side", "v1", "nested")
    }

    def send(*pushed: tuple[str, str], remote: str = "origin") -> list[str]:
        lines = [f"refs/x {sent} refs/y {before}\n".encode() for sent, before in pushed]
        return _texts(pushed_revisions([*lines, b"\n"], remote))

    # The tags of the first commit were not sent with it.
    assert ["b", "second"] == send((ids["main"], ids["main~1"]))
    assert ["on the side", "s"] == send((ids["side"], _ZEROS))
    assert ["b", "on the side", "s", "second"] == send(
        (ids["side"], _ZEROS), (ids["main"], ids["main~1"])
    )
    assert [] == send((_ZEROS, ids["side"]))
    assert ["<tag v1>: of the first"] == send((ids["v1"], _ZEROS))
    assert _TAGS == send((ids["nested"], _ZEROS))
    # Nor is a tag of what is sent, unless git names it.
    branches.git("tag", "-a", "-m", "of the second", "v2", "main")
    assert ["b", "second"] == send((ids["main"], ids["main~1"]))
    assert ["<tag v2>: of the second", "b", "second"] == send(
        (ids["main"], ids["main~1"]), (branches.git("rev-parse", "v2").decode(), _ZEROS)
    )
    # Somebody else has pushed a commit that is not here.
    assert ["b", "second"] == send((ids["main"], "1" * 40))
    every_text = ["a", "b", "first", "second"]
    assert sorted(every_text) == send((ids["main"], _ZEROS), remote="https://host.test/x.git")
    assert ["b", "second"] == send((ids["main"], ids["main~1"]), remote="https://host.test/x.git")


def test_a_push_by_an_expression_with_blanks_is_read(branches: Repository) -> None:
    """Git prints what the user wrote: ``git push origin 'HEAD^{/on the}:refs/heads/x'``."""
    side = branches.git("rev-parse", "side").decode()
    line = f"HEAD^{{/on the}} {side} refs/heads/x {_ZEROS}\n".encode()
    assert ["a", "first", "on the side", "s"] == _texts(pushed_revisions([line], "origin"))


@pytest.mark.parametrize(
    "line",
    [
        f"refs/x --output=x refs/y {_ZEROS}",
        f"refs/x {'1' * 40} refs/y --output=x",
        f"refs/x {'1' * 40}",
        f"refs/x main refs/y {_ZEROS}",
        f"-1x {GOOGLE} a -p",
    ],
)
def test_a_push_that_is_not_understood_is_an_error(line: str) -> None:
    with pytest.raises(UsageError, match="a list of what is pushed that") as raised:
        pushed_revisions([line.encode()], "origin")
    assert GOOGLE not in raised.value.message


def test_where_a_shallow_clone_ends_is_reported(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("one", "two", "three"):
        repository.commit(name, **{name: name})
    clone = Repository(tmp_path / "clone")
    repository.git("clone", "-q", "--depth=2", repository.folder.as_uri(), str(clone.folder))
    monkeypatch.chdir(clone.folder)
    end = clone.git("rev-parse", "HEAD~1").decode()
    message = (
        "Its parents are not in this shallow clone. Fetch them: git fetch --unshallow; with "
        "actions/checkout of GitHub: fetch-depth: 0"
    )
    for revisions in (all_revisions(), parse_range("HEAD"), parse_range(f"{_ZEROS}..HEAD")):
        sources = list(history_sources(revisions))
        assert {f"<commit {end[:12]}>": message} == unreadable(sources)
        assert {"one", "two", "three"} <= contents(sources).keys()
    assert {} == unreadable(history_sources(parse_range("HEAD~1..HEAD")))
    clone.git("fetch", "-q", "--unshallow")
    assert {} == unreadable(history_sources(all_revisions()))


def _sources_of(text: str) -> Callable[[], object]:
    return lambda: read_all(history_sources(parse_range(text)))


def test_an_id_stays_in_the_message_and_a_token_does_not(repository: Repository) -> None:
    repository.commit()
    id_ = "0123456789abcdef0123456789abcdef01234567"
    with pytest.raises(UsageError, match=f"{id_}"):
        _sources_of(f"{id_}..HEAD")()
    with pytest.raises(UsageError) as raised:
        _sources_of(f"{GOOGLE}..HEAD")()
    assert GOOGLE[12:] not in raised.value.message
