"""The commits of findings: the first one of each path, every path, and whether HEAD has it."""

import json
import os
from pathlib import Path

import pytest

from tests.scan.conftest import Repository
from tests.support.scan.archives import zip_of
from tests.support.tokens import FITBIT, GOOGLE, GOOGLE_SECRET
from tokcheck.scan.annotation.history import complete_history
from tokcheck.scan.detect.searcher import Searcher
from tokcheck.scan.finding import Finding
from tokcheck.scan.formats import NAMES, render, sarif
from tokcheck.scan.runner import scan
from tokcheck.scan.sources.git_changes import Copies, range_sources
from tokcheck.scan.sources.git_history import all_revisions, history_sources

_NOW = 1_800_000_000.0


def _history(*revisions: str) -> tuple[Finding, ...]:
    copies, search = Copies(), Searcher(_NOW)
    sources = range_sources(revisions or ["HEAD"], copies=copies)
    found = scan(sources, search, lambda _finding, _piece: False)
    return complete_history(found.findings, copies, search)


def _places(found: tuple[Finding, ...]) -> dict[str, tuple[str, bool | None]]:
    return {
        f"{one.path}:{one.line}": (one.commit.id, one.commit.in_head)
        for one in found
        if one.commit is not None
    }


def test_the_first_commit_that_adds_a_credential_counts(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(other="1")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ünal Özgür")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+02:00")
    first = repository.commit(a=FITBIT)
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2025-01-02T03:04:05")  # a clock that runs behind
    repository.commit(a=f"1\n{FITBIT}\n")
    repository.commit(a=f"1\n2\n{FITBIT}\n")
    (found,) = _history()
    assert found.commit is not None
    assert (first, "Ünal Özgür", "2026-01-02T01:04:05Z", True) == found.commit[:4]
    assert (first[:12], 1) == (found.commit.short, found.line)


def test_both_places_of_the_first_commit_are_findings(repository: Repository) -> None:
    first = repository.commit(a=f"{FITBIT}\n{FITBIT}\n")
    repository.commit(a=f"\n\n{FITBIT}\n{FITBIT}\n")
    assert {"a:1": (first, True), "a:2": (first, True)} == _places(_history())


def test_every_path_of_a_credential_is_a_finding_of_its_own_commit(repository: Repository) -> None:
    first = repository.commit(a=FITBIT, b=FITBIT)
    repository.git("mv", "a", "c")
    moved = repository.commit()
    assert {"a:1": (first, True), "b:1": (first, True), "c:1": (moved, True)} == _places(_history())


def test_head_lacks_what_was_deleted_or_replaced(repository: Repository) -> None:
    first = repository.commit(a=FITBIT, b=f"{GOOGLE} ")
    repository.git("rm", "-q", "a")
    repository.commit(b="clean")
    assert {"a:1": (first, False), "b:1": (first, False)} == _places(_history())


def test_head_has_what_it_has_at_another_path_or_in_another_text(repository: Repository) -> None:
    first = repository.commit(a=FITBIT, b=f"{GOOGLE} ")
    repository.git("mv", "a", "new name")
    last = repository.commit(b=f"more {GOOGLE} ")
    # The range ends before HEAD, and does not read its blobs.
    assert {"a:1": (first, True), "b:1": (first, True)} == _places(_history(f"{last}~1"))


def test_head_has_the_messages_of_its_ancestors_alone(repository: Repository) -> None:
    kept = repository.commit(f"Says {FITBIT}", a="1")
    repository.git("checkout", "-q", "-b", "side")
    side = repository.commit(f"Says {GOOGLE} ", b="2")
    repository.git("checkout", "-q", "main")
    found = _history("main", "side")
    assert {
        f"<commit {kept[:12]}>:1": (kept, True),
        f"<commit {side[:12]}>:1": (side, False),
    } == _places(found)
    # A file stands for a message: one that the commit changes, or else another one of HEAD.
    assert ["a", "a"] == [one.stand_in for one in found]


def test_the_message_of_a_tag_has_the_commit_of_the_tag_and_is_not_in_head(
    repository: Repository,
) -> None:
    first = repository.commit("one", a="1")
    repository.git("tag", "-am", f"Says {FITBIT}", "v1")
    repository.git("tag", "-am", f"Says {GOOGLE} ", "nested", "v1")
    repository.commit("two", a=GOOGLE)
    copies, search = Copies(), Searcher(_NOW)
    sources = history_sources(all_revisions(), copies=copies)
    found = scan(sources, search, lambda _finding, _piece: False).findings
    completed = complete_history(found, copies, search)
    assert {"<tag v1>:1": (first, False), "<tag nested>:1": (first, True)} == {
        place: commit for place, commit in _places(completed).items() if place.startswith("<")
    }
    assert {"a"} == {one.stand_in for one in completed if one.path[0] == "<"}


def test_a_place_that_exists_stands_for_all_that_a_tag_has(repository: Repository) -> None:
    repository.commit("one", a="1", b="2")
    lines = f"\n\n{GOOGLE}\n\n"
    blob = repository.git("hash-object", "-w", "--stdin", text=lines.encode()).decode()
    repository.git("tag", "of-commit", "-am", f"Says {FITBIT}")
    repository.git("tag", "of-tree", "HEAD^{tree}", "-am", f"Says {FITBIT}")
    repository.git("tag", "of-file", blob, "-am", f"Says {FITBIT}")
    repository.git("tag", "file", blob)
    copies, search = Copies(), Searcher(_NOW)
    sources = history_sources(all_revisions(), copies=copies)
    found = scan(sources, search, lambda _finding, _piece: False)
    completed = complete_history(found.findings, copies, search)
    paths = {one.path for one in completed}
    assert {"<tag of-commit>", "<tag of-tree>", "<tag of-file>"} < paths
    assert any(path.startswith("<file of tag ") for path in paths)
    written = json.loads(sarif.render(found._replace(findings=completed)))
    places = [one["locations"][0]["physicalLocation"] for one in written["runs"][0]["results"]]
    assert len(completed) == len(places)
    assert {("a", 1)} == {
        (place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places
    }


def test_a_member_of_an_archive_keeps_its_name_at_every_path(repository: Repository) -> None:
    data = zip_of(**{"in/side.txt": f"{'x' * 999}\n{FITBIT}"})
    repository.add("a.zip", data)
    repository.add("b.zip", data)
    first = repository.commit()
    places = _places(_history())
    assert {"a.zip!in/side.txt:2", "b.zip!in/side.txt:2"} == set(places)
    assert {(first, True)} == set(places.values())


def test_without_a_head_nothing_is_said_about_it(repository: Repository) -> None:
    first = repository.commit(a=FITBIT)
    repository.git("checkout", "-q", "--orphan", "empty")
    assert {"a:1": (first, None)} == _places(_history("main"))


def test_a_damaged_repository_loses_no_finding(repository: Repository) -> None:
    first = repository.commit(a=FITBIT)
    repository.commit(f"Says {GOOGLE} ", b="2")
    tree = repository.git("rev-parse", "HEAD^{tree}").decode()
    copies, search = Copies(), Searcher(_NOW)
    sources = list(range_sources(["HEAD"], copies=copies))
    found = scan(sources, search, lambda _finding, _piece: False).findings
    (repository.folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
    completed = complete_history(found, copies, search)
    assert 2 == len(completed)
    assert (first, None) == _places(completed)["a:1"]
    (repository.folder / ".git/objects" / first[:2] / first[2:]).unlink()
    assert 2 == len(complete_history(found, copies, search))


def test_hostile_paths_and_authors(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", f"\x1b[31m::error::{GOOGLE}")
    hostile = b"new\nline\xff"
    repository.add(hostile, FITBIT)
    first = repository.commit()
    of_author = f"<commit {first[:12]}>:1"
    expected = {of_author: (first, True), f"{os.fsdecode(hostile)}:1": (first, True)}
    assert expected == _places(_history())


def test_a_credential_of_a_person_is_found_in_the_first_commit_alone(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(a="1")
    for variable in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(variable, f"{GOOGLE}@example.org")
        first = repository.commit(a=variable)
        repository.commit(a=f"{variable} again")
        (found,) = _history("HEAD~2..HEAD")
        assert found.commit is not None
        assert (first, f"<commit {first[:12]}>", "a") == (
            found.commit.id,
            found.path,
            found.stand_in,
        )
        assert "in a name, an address" in found.advice
        monkeypatch.delenv(variable)
        monkeypatch.setenv(variable, "tester@example.org")
        repository.commit(a="back")


def test_the_names_of_branches_and_tags_are_searched(repository: Repository) -> None:
    repository.commit(a="1")
    repository.git("branch", f"fix/{GOOGLE}")
    repository.git("tag", GOOGLE_SECRET)
    copies, search = Copies(), Searcher(_NOW)
    sources = history_sources(all_revisions(), copies=copies)
    found = scan(sources, search, lambda _finding, _piece: False)
    completed = complete_history(found.findings, copies, search)
    paths = {f"<refs/heads/fix/{GOOGLE}>", f"<refs/tags/{GOOGLE_SECRET}>"}
    assert paths == {one.path for one in completed}
    assert {"a"} == {one.stand_in for one in completed}
    for name in NAMES:
        written = render(name, found._replace(findings=completed))
        assert GOOGLE not in written
        assert GOOGLE_SECRET not in written


def test_outside_of_history_no_git_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert () == complete_history((), Copies(), Searcher(_NOW))
