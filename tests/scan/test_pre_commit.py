"""The sources that the pre-commit program requests."""

import os
from functools import partial
from pathlib import Path

from tests.scan.conftest import Repository
from tests.support.scan.source_contents import contents
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.scan import Searcher, pre_commit, runner


def _read_requested(*names: str, **environ: str) -> dict[str, bytes]:
    return contents(pre_commit.pre_commit_sources(names, environ))


def test_the_names_of_a_commit_are_read_as_they_are_staged(repository: Repository) -> None:
    repository.commit(a="old", b="old", c="committed")
    repository.add("a", "staged")
    repository.add("b", "staged, and excluded by pre-commit")
    repository.write("a", "not staged")
    assert {"a": b"staged"} == _read_requested("a")
    assert {} == _read_requested()


def test_the_names_of_all_files_are_read_where_they_lie(repository: Repository) -> None:
    repository.commit(a="a", b="b")
    (repository.folder / "link").symlink_to("target")
    repository.git("add", "link")
    assert {"a": b"a", "b": b"b", "link": b"target"} == _read_requested("a", "b", "link")


def test_staged_files_and_others_are_scanned_by_several_processes(repository: Repository) -> None:
    repository.commit(a=FITBIT)
    repository.add("b", GOOGLE)
    repository.add("c", FITBIT)
    sources = [*pre_commit.pre_commit_sources(["a", "b", "c"], {})]
    # Git is at work already on the staged ones, for this process alone.
    assert [True, False] == [source.weight == 0 for source in sources]
    scanned = runner.scan(sources, Searcher(0), lambda *_: False, 2, worth=0)
    assert (["a", "b", "c"], ()) == ([each.path for each in scanned.findings], scanned.errors)


def test_a_submodule_that_is_named_is_left_out(repository: Repository) -> None:
    commit = repository.commit(a="a")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},module")
    (repository.folder / "module").mkdir()
    assert {"a": b"a"} == _read_requested("a", "module")


def test_what_no_working_tree_holds_is_read_though_it_is_not_named(repository: Repository) -> None:
    blob = repository.git("hash-object", "-w", "--stdin", text=b"hidden").decode()
    repository.git("update-index", "--add", "--cacheinfo", f"100644,{blob},sparse")
    assert {"sparse": b"hidden"} == _read_requested()


def test_two_commits_are_a_range_whatever_is_named(repository: Repository) -> None:
    first = repository.commit("1", a="a")
    repository.commit("2", b="deleted later")
    repository.git("rm", "-q", "b")
    last = repository.commit("3")
    read = _read_requested("a", PRE_COMMIT_FROM_REF=first, PRE_COMMIT_TO_REF=last)
    assert {b"deleted later", b"2\n", b"3\n"} == set(read.values())


def test_the_first_push_of_a_history_is_all_of_it(repository: Repository, tmp_path: Path) -> None:
    repository.commit("1", a="a")
    repository.git("init", "-q", "--bare", str(tmp_path / "remote"))
    repository.git("remote", "add", "origin", str(tmp_path / "remote"))
    variables = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main", "PRE_COMMIT_REMOTE_NAME": "origin"}
    assert {b"a", b"1\n"} == set(_read_requested("a", **variables).values())
    repository.git("push", "-q", "origin", "main")
    assert {} == _read_requested("a", **variables)


def test_what_is_excluded_is_not_read(repository: Repository) -> None:
    repository.commit(a="a")
    repository.add("b", "b")
    sources = pre_commit.pre_commit_sources(["a", "b"], {}, lambda _path: False)
    assert {} == contents(sources)


def test_hostile_names_are_compared_as_bytes(repository: Repository) -> None:
    name = os.fsdecode(b"new\nline\xff")
    repository.add(name, "staged")
    repository.write(name, "not staged")
    assert {name: b"staged"} == _read_requested(name)


def test_several_calls_for_one_list_of_names_read_the_rest_once(repository: Repository) -> None:
    first = repository.commit("1", a="a")
    repository.commit("2", b="b", c="c")
    blob = repository.git("hash-object", "-w", "--stdin", text=b"hidden").decode()
    repository.git("update-index", "--add", "--cacheinfo", f"100644,{blob},sparse")
    repository.add("b", "staged b")
    repository.add("c", "staged c")
    run = {"PRE_COMMIT": "1"}

    def read(name: str, parent: str, **environ: str) -> dict[str, bytes]:
        is_first = partial(pre_commit.note_call, environ, ["--x"], lambda: parent)
        return contents(pre_commit.pre_commit_sources([name], environ, is_first=is_first))

    assert {"b": b"staged b", "sparse": b"hidden"} == read("b", "parent", **run)
    assert {"c": b"staged c"} == read("c", "parent", **run)
    assert {"c": b"staged c", "sparse": b"hidden"} == read("c", "another run", **run)
    assert {"c": b"staged c", "sparse": b"hidden"} == read("c", "another run")
    between = {**run, "PRE_COMMIT_FROM_REF": first, "PRE_COMMIT_TO_REF": "HEAD"}
    assert {b"2\n", b"b", b"c"} == set(read("a", "parent", **between).values())
    assert {} == read("b", "parent", **between)


def test_what_makes_a_call_the_first_one(repository: Repository) -> None:
    run = {"PRE_COMMIT": "1"}

    def note(parent: str = "1", option: str = "", **environ: str) -> bool:
        return pre_commit.note_call({**run, **environ}, [option], lambda: parent)

    assert [True, False, True, False, True] == [
        note(), note(), note("2"), note("2"), note("2", "--ignore-expired"),
    ]  # fmt: skip
    assert [True, False] == [note(PRE_COMMIT_TO_REF="x") for _ in range(2)]
    assert [True, True] == [pre_commit.note_call({}, [], lambda: "1") for _ in range(2)]
    assert [True, False] == [pre_commit.note_call(run, []) for _ in range(2)]
    path = repository.folder / ".git/tokcheck-pre-commit"
    path.unlink()
    path.mkdir()
    assert [True, True] == [note() for _ in range(2)]
