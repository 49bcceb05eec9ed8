"""``tokcheck scan --update-baseline`` of a part, and paths and settings in every folder."""

import json
from pathlib import Path

import pytest

from tests.scan.conftest import Repository, Scan
from tests.support.tokens import FITBIT, GOOGLE, GOOGLE_REFRESH, fitbit
from tokcheck.scan import Baseline, BaselineEntry

_UPDATE = ("--baseline", "known.json", "--update-baseline")


def _entries(file: str = "known.json") -> list[tuple[str, str]]:
    """Return the paths and reasons of a baseline."""
    return sorted((entry.path, entry.reason) for entry in Baseline.read(file).entries)


def _give_reasons(file: str = "known.json") -> None:
    lines = []
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        if line.startswith("{") and "fingerprint" in line:
            entry = json.loads(line.removesuffix(","))
            lines.append(json.dumps({**entry, "reason": f"why {entry['path']}"}) + ",")
        else:
            lines.append(line)
    Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def project(repository: Repository, scan: Scan) -> Repository:
    """A repository with a baseline of three files, with reasons."""
    for name, token in (("a.txt", FITBIT), ("sub/b.txt", GOOGLE), ("c.txt", GOOGLE_REFRESH)):
        repository.add(name, f'refresh_token = "{token}"\n')
    repository.write(".gitignore", "known.json\n")
    assert 0 == scan(*_UPDATE).code
    _give_reasons()
    return repository


_ALL = [
    ("a.txt", "why a.txt"),
    ("c.txt", "why c.txt"),
    ("sub/b.txt", "why sub/b.txt"),
]


def test_the_entries_of_what_was_not_looked_at_stay(project: Repository, scan: Scan) -> None:
    project.write("a.txt", "harmless")
    for words in (["sub"], ["c.txt"], ["sub/b.txt", "-"], ["missing"], ["--message", "c.txt"]):
        scan(*words, *_UPDATE, stdin=b"x")
        assert _ALL == _entries(), words
    project.write("d.txt", fitbit(user_id="NEW"))
    result = scan("d.txt", *_UPDATE)
    assert (0, "1 finding written to known.json in 1 file\n") == (result.code, result.err)
    assert sorted([*_ALL, ("d.txt", "")]) == _entries()
    result = scan("a.txt", "d.txt", *_UPDATE)
    assert [
        "Removed from known.json: access token in a.txt: why a.txt",
        "1 finding written to known.json in 2 files",
    ] == result.err.splitlines()
    assert [("c.txt", "why c.txt"), ("d.txt", ""), ("sub/b.txt", "why sub/b.txt")] == _entries()


def test_what_could_not_be_read_is_excluded_or_ignored_stays(
    project: Repository, scan: Scan
) -> None:
    project.write("sub/b.txt").unlink()
    (project.folder / "sub/b.txt").mkdir()
    assert 3 == scan("a.txt", "c.txt", "missing", *_UPDATE).code
    assert 0 == scan("--exclude", "a.txt", "--exclude", "sub", *_UPDATE).code
    assert _ALL == _entries()
    # Once it is gone, its entry goes as well.
    (project.folder / "sub/b.txt").rmdir()
    project.git("rm", "-q", "--cached", "sub/b.txt")
    assert (
        "Removed from known.json: access token in sub/b.txt: why sub/b.txt"
        == (scan(*_UPDATE).err.splitlines()[0])
    )
    project.write("tokcheck.toml", "[scan]\nkinds = ['access_token']\n")
    scan(*_UPDATE)
    assert _ALL[:2] == _entries(), "the refresh token is there and not reported"


def test_what_is_staged_and_commits_are_parts(project: Repository, scan: Scan) -> None:
    project.git("commit", "-qm", "x")
    project.add("a.txt", "harmless")
    result = scan("--staged", *_UPDATE)
    assert (
        "Removed from known.json: access token in a.txt: why a.txt" == (result.err.splitlines()[0])
    )
    assert _ALL[1:] == _entries()
    project.git("commit", "-qm", "Clean")
    commit = project.git("rev-parse", "--short=12", "HEAD~1").decode()
    assert 0 == scan("--range", "HEAD~1", *_UPDATE).code
    of_history = [(f"{path} (commit {commit})", reason) for path, reason in _ALL[1:]]
    first = (f"a.txt (commit {commit})", "")
    assert sorted([*_ALL[1:], *of_history, first]) == _entries()
    # Neither a later range nor the folder says anything about that commit.
    scan("--range", "HEAD~1..HEAD", *_UPDATE)
    scan(*_UPDATE)
    assert sorted([*_ALL[1:], *of_history, first]) == _entries()
    assert 0 == scan("--history", "--baseline", "known.json").code
    project.git("checkout", "-q", "--orphan", "new")
    project.git("rm", "-q", "-r", "--cached", ".")
    project.commit("new", new="x")
    project.git("branch", "-q", "-D", "main")
    scan("--history", *_UPDATE)
    assert _ALL[1:] == _entries()


def test_paths_are_those_of_the_repository_in_every_folder(
    project: Repository, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [
        [],
        ["--staged"],
        ["a.txt", "sub", "c.txt"],
        [str(project.folder), "sub/b.txt"],
    ]
    expected = ["a.txt", "c.txt", "sub/b.txt"]
    for words in places:
        found = json.loads(scan("--format", "json", *words).out)["findings"]
        assert expected == [one["path"] for one in found], words
    monkeypatch.chdir("sub")
    for below, paths in {
        (): ["sub/b.txt"],
        ("--staged",): expected,
        ("b.txt", "../a.txt"): ["a.txt", "sub/b.txt"],
        ("..",): expected,
        (str(project.folder),): expected,
    }.items():
        found = json.loads(scan("--format", "json", *below).out)["findings"]
        assert paths == [one["path"] for one in found], below
    assert 0 == scan("--baseline", "../known.json", "--update-baseline").code
    assert _ALL == _entries("../known.json")
    monkeypatch.chdir("../..")
    name = project.folder.name
    for words in ([name], [f"{name}/a.txt", str(project.folder)]):
        found = json.loads(scan("--format", "json", *words).out)["findings"]
        assert expected == [one["path"] for one in found], words
    monkeypatch.chdir(name)
    monkeypatch.setenv("GIT_DIR", str(project.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(project.folder))
    found = json.loads(scan("--format", "json", "--staged").out)["findings"]
    assert expected == [one["path"] for one in found]


def test_the_settings_of_a_project_count_for_every_scan_of_it(
    repository: Repository, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("web/tokcheck.toml", "[scan]\nexclude = ['/data/']\nbaseline = 'own.json'\n")
    repository.write("api/pyproject.toml", "[tool.tokcheck.scan]\nkinds = ['access_token']\n")
    repository.add("web/data/x", FITBIT)
    repository.add("web/known", GOOGLE)
    repository.add("api/x", f'refresh_token = "{GOOGLE_REFRESH}"\n')
    monkeypatch.chdir("web")
    result = scan("--update-baseline", "..")
    assert result.err.startswith("1 finding written to "), result.err
    monkeypatch.chdir("..")
    assert [("web/known", "")] == _entries("web/own.json")
    repository.git("commit", "-qm", "x")
    repository.add("web/known", f"{GOOGLE}\n")
    repository.add("web/data/x", f"{FITBIT}\n")
    for words in ([], ["--staged"], ["--range", "HEAD"], ["web"], ["--pre-commit", "web/known"]):
        assert 0 == scan(*words).code, words
    repository.add("web/new", fitbit(user_id="NEW"))
    for words in ([], ["--staged"], ["web/new"]):
        assert 1 == scan(*words).code, words
    monkeypatch.chdir("web")
    assert 1 == scan().code
    assert 0 == scan("--exclude", "new").code


def test_findings_of_a_project_without_a_baseline_stay_findings(
    repository: Repository, scan: Scan
) -> None:
    repository.write("tokcheck.toml", "[scan]\nbaseline = 'top.json'\n")
    repository.write("own/tokcheck.toml", "[scan]\n")
    repository.write("a", FITBIT)
    repository.write("own/b", GOOGLE)
    result = scan("--update-baseline")
    assert (1, True) == (result.code, result.out.startswith("own/b:1:1: "))
    summary = (
        f"1 finding written to {repository.folder}/top.json; 1 finding in no baseline, in 4 files"
    )
    assert [summary] == result.err.splitlines()
    assert [("a", "")] == _entries("top.json")


def test_an_entry_of_history_is_known_by_its_path() -> None:
    paths = {"a.py": False, "a.py (commit 0123456789ab)": True, "<commit 0123456789ab>": True}
    assert paths == {path: BaselineEntry("0" * 24, path, "").is_of_history for path in paths}


def test_a_baseline_without_findings_is_said_to_list_none(
    repository: Repository, scan: Scan
) -> None:
    repository.write("a", "harmless")
    known = ["--update-baseline", "--baseline", "known.json"]
    found = scan(*known)
    assert (0, "no findings in 1 file; known.json lists none\n") == (found.code, found.err)
    repository.write("tokcheck.toml", "[scan]\nbaseline = 'top.json'\n")
    repository.write("own/tokcheck.toml", "[scan]\nbaseline = 'own.json'\n")
    repository.write("own/own.json", (repository.folder / "known.json").read_text())
    folder = repository.folder
    found = scan("--update-baseline")
    assert f"no findings in 5 files; {folder}/own/own.json and {folder}/top.json list none\n" == (
        found.err
    )
    repository.write("own/b", GOOGLE)
    assert (
        f"1 finding written to {folder}/own/own.json in 7 files; {folder}/top.json lists none\n"
        == scan("--update-baseline").err
    )


def test_a_baseline_with_entries_of_other_files_is_not_said_to_list_none(
    repository: Repository, scan: Scan
) -> None:
    repository.write("a", GOOGLE)
    repository.write("b", "harmless")
    known = ["--update-baseline", "--baseline", "known.json"]
    scan(*known)
    assert "no findings in 1 file\n" == scan("b", *known).err
