"""The settings of a scan: where they are looked for, and what is wrong with them in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tokens import FITBIT, FITBIT_REFRESH, GOOGLE
from tokcheck.core.credential import Kind
from tokcheck.core.errors import UsageError
from tokcheck.core.redact import redact_pieces
from tokcheck.scan import ScanSettings
from tokcheck.scan.settings import KINDS, ProjectSettings
from tokcheck.scan.sources import git

_ALL = """
[%s]
exclude = ["tests/data/", "*.har"]
kinds = ["access_token", "refresh_token"]
ignore-expired = true
baseline = "known.json"
"""


def load_settings(folder: str) -> ScanSettings:
    """Return the settings of a folder, as a scan in it has them."""
    folder = str(Path(folder).absolute())
    return ProjectSettings(git.repository_root(folder) or folder, folder).current


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a folder that is the root of a repository."""
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    return tmp_path / "repository"


@pytest.mark.parametrize(
    ("name", "table"), [("tokcheck.toml", "scan"), ("pyproject.toml", "tool.tokcheck.scan")]
)
def test_every_key_is_read(root: Path, name: str, table: str) -> None:
    (root / name).write_text(_ALL % table, encoding="utf-8")
    read = load_settings(str(root))
    assert ("tests/data/", "*.har") == read.exclude
    assert {Kind.ACCESS_TOKEN, Kind.REFRESH_TOKEN} == read.kinds
    assert read.ignore_expired
    assert str(root / "known.json") == read.baseline
    assert str(root / name) == read.file


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": "[project]\nname = 'x'\n"},
        {"pyproject.toml": "this is no TOML, and says nothing of us"},
        {"pyproject.toml": "[tool.tokcheck]\n[tool.tokcheckscan]\n"},
        {"tokcheck.toml": ""},
        {"tokcheck.toml": "[serve]\n"},
    ],
)
def test_without_its_table_the_defaults_hold(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    read = load_settings(str(root))
    assert (False, None, None, frozenset()) == (
        read.ignore_expired,
        read.baseline,
        read.file,
        read.kinds,
    )
    assert not read.excludes("a.har")


@pytest.mark.parametrize("what", ["note", "fail", "ignore"])
def test_what_old_tokens_in_tests_are(root: Path, what: str) -> None:
    text = f'[scan]\nold-tokens-in-tests = "{what}"\n'
    (root / "tokcheck.toml").write_text(text, encoding="utf-8")
    assert what == load_settings(str(root)).old_tokens_in_tests


def test_the_nearest_file_counts_and_tokcheck_toml_goes_before_pyproject(root: Path) -> None:
    below = root / "a" / "b"
    below.mkdir(parents=True)
    table = '[%s]\nbaseline = "%s"\n'
    (root.parent / "tokcheck.toml").write_text(table % ("scan", "outside"), encoding="utf-8")
    assert load_settings(str(below)).baseline is None, "nothing above the repository's root"
    (root / "pyproject.toml").write_text(table % ("tool.tokcheck.scan", "python"), encoding="utf-8")
    assert str(root / "python") == load_settings(str(below)).baseline
    (root / "tokcheck.toml").write_text("[serve]\n", encoding="utf-8")
    assert str(root / "python") == load_settings(str(below)).baseline, "it has no such table"
    (root / "tokcheck.toml").write_text("[scan]\nignore-expired = true\n", encoding="utf-8")
    read = load_settings(str(below))
    assert (True, None) == (read.ignore_expired, read.baseline), "never mixed"
    (root / "a" / "tokcheck.toml").write_text(table % ("scan", "near"), encoding="utf-8")
    assert str(root / "a" / "near") == load_settings(str(below)).baseline


def test_outside_a_repository_only_the_folder_itself_is_searched_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "tokcheck.toml").write_text("[scan]\nignore-expired = true\n", encoding="utf-8")
    (tmp_path / "below").mkdir()
    assert load_settings(str(tmp_path)).ignore_expired
    assert not load_settings(str(tmp_path / "below")).ignore_expired


def test_a_worktree_has_a_file_for_its_git_folder(root: Path) -> None:
    tree = root.parent / "tree"
    (tree / "below").mkdir(parents=True)
    (tree / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")
    (tree / "tokcheck.toml").write_text("[scan]\nignore-expired = true\n", encoding="utf-8")
    assert load_settings(str(tree / "below")).ignore_expired


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("[scan]\nexcludes = []", "unknown key 'excludes'", "exclude, kinds, ignore-expired"),
        ("[scan]\nexclude = 'a'", "exclude is not a list of strings", "exclude = ["),
        ("[scan]\nexclude = [1]", "exclude is not a list of strings", "exclude = ["),
        ("[scan]\nkinds = 'all'", "kinds is not a list of strings", "kinds = ["),
        ("[scan]\nkinds = ['token']", "unknown kind 'token'", "access_token, refresh_token"),
        ("[scan]\nkinds = ['placeholder']", "unknown kind 'placeholder'", "access_token"),
        ("[scan]\nignore-expired = 'yes'", "ignore-expired is 'yes'", "true or false"),
        ("[scan]\nbaseline = true", "baseline is True", "path of a file"),
        ("[scan]\nbaseline = ''", "baseline is ''", "path of a file"),
        ("scan = 1", "[scan] is not a table", "[scan]"),
        ("[scan]\nbaseline =", "line 2, column 11: not valid TOML", "Correct that line"),
    ],
)
def test_an_error_names_the_file_and_the_valid_values(
    root: Path, text: str, said: str, hint: str
) -> None:
    (root / "tokcheck.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_settings(str(root))
    assert refused.value.message.startswith(str(root / "tokcheck.toml"))
    assert said in refused.value.message
    assert hint in refused.value.hint


def test_a_file_that_cannot_be_read_is_refused(root: Path) -> None:
    (root / "tokcheck.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        load_settings(str(root))
    (root / "tokcheck.toml").rmdir()
    (root / "tokcheck.toml").write_bytes(b"[scan]\nbaseline = '\xff'")
    with pytest.raises(UsageError, match="cannot be read: line 2 is not UTF-8"):
        load_settings(str(root))


def test_every_kind_can_be_named() -> None:
    assert {*Kind} - {Kind.PLACEHOLDER, Kind.UNKNOWN} == {*KINDS}


def test_patterns_are_counted_from_the_folder_of_the_file(root: Path) -> None:
    (root / "sub").mkdir()
    (root / "tokcheck.toml").write_text("[scan]\nexclude = ['/sub/data/']\n", encoding="utf-8")
    (root / "other").mkdir()
    text = "[scan]\nexclude = ['/data/', 'deep/x', '*.har']\n"
    (root / "other" / "tokcheck.toml").write_text(text, encoding="utf-8")
    for current in ("", "sub", "other/data"):
        read = ProjectSettings(str(root), str(root / current))
        out = ["sub/data/a", "other/data/a", "other/deep/x", "other/y/z.har", "other/a.zip!b.har"]
        assert out == [path for path in out if read.excludes(path)]
        kept = ["data/a", "other/sub/data/a", "sub/x.har", "a.har", "../sub/data/a", "/data/a"]
        assert [] == [path for path in kept if read.excludes(path)]


@pytest.mark.parametrize("token", [FITBIT, FITBIT_REFRESH, GOOGLE])
def test_a_token_in_place_of_a_word_is_not_repeated(root: Path, token: str) -> None:
    for line in (f"{token.replace('.', '-')} = 1", f"kinds = ['{token}']", f"exclude = '{token}'"):
        (root / "tokcheck.toml").write_text(f"[scan]\n{line}\n", encoding="utf-8")
        with pytest.raises(UsageError) as raised:
            load_settings(str(root))
        text = raised.value.message
        assert text == redact_pieces(text, [token, token.replace(".", "-")])


def test_the_nearest_file_of_each_path_counts_in_whatever_folder_the_scan_runs(root: Path) -> None:
    for folder, table in {
        "": "ignore-expired = true\nbaseline = 'top'\n",
        "a": "kinds = ['refresh_token']\n",
        "a/b": "baseline = 'own'\n",
    }.items():
        (root / folder).mkdir(exist_ok=True)
        (root / folder / "tokcheck.toml").write_text(f"[scan]\n{table}", encoding="utf-8")
    for current in (".", "a", "a/b", "a/b/none"):
        read = ProjectSettings(str(root), str(root / current))
        files = {
            path: read.for_path(path).file for path in ("x", "c/d/x", "a/x", "a/b/c/x.zip!y/z")
        }
        assert {
            "x": str(root / "tokcheck.toml"),
            "c/d/x": str(root / "tokcheck.toml"),
            "a/x": str(root / "a/tokcheck.toml"),
            "a/b/c/x.zip!y/z": str(root / "a/b/tokcheck.toml"),
        } == files
        own, top = str(root / "a/b/own"), str(root / "top")
        assert [own, top] == read.baselines()
        elsewhere = [read.for_path(path) for path in ("../x", "/x", "<stdin>")]
        assert [read.current, read.current, read.for_path("x")] == elsewhere
        given = ProjectSettings(
            str(root), str(root / current), baseline="given", ignore_expired=True
        )
        assert {("given", True)} == {
            (given.for_path(path).baseline, given.for_path(path).ignore_expired) for path in files
        }
    (root / "bad").mkdir()
    (root / "bad" / "tokcheck.toml").write_text("[scan]\nx = 1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="unknown key"):
        ProjectSettings(str(root)).for_path("bad/x")


def test_from_outside_the_settings_are_those_of_the_repository(root: Path) -> None:
    (root / "tokcheck.toml").write_text("[scan]\nignore-expired = true\n", encoding="utf-8")
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "tokcheck.toml").write_text("[scan]\nbaseline = 'x'\n", encoding="utf-8")
    for current in (elsewhere, root.parent, Path("/")):
        read = ProjectSettings(str(root), str(current))
        assert (True, None) == (read.current.ignore_expired, read.current.baseline)


def test_patterns_of_the_command_line_count_from_the_top_or_from_here(root: Path) -> None:
    (root / "sub").mkdir()
    read = ProjectSettings(str(root), str(root / "sub"), exclude=("/data/x", "/sub/y", "*.har"))
    assert [True, True, True, False, False] == [
        read.excludes(path) for path in ("sub/data/x", "sub/y", "a/b.har", "other/data/x", "y")
    ]


def test_two_dots_that_begin_a_name_do_not_lead_outside(root: Path) -> None:
    (root / "tokcheck.toml").write_text("[scan]\nexclude = ['*.har']\n", encoding="utf-8")
    read = load_settings(str(root))
    paths = ["..a.har", "..a/b.har", "..", "../a.har", "../..a.har"]
    assert ["..a.har", "..a/b.har"] == [path for path in paths if read.excludes(path)]


def test_members_of_an_archive_are_files_of_a_folder() -> None:
    read = ScanSettings(exclude=("*.zip", "/a.tar/tests/"))
    assert read.excludes("x/some.zip!member.txt")
    assert read.excludes("a.tar!tests/one.py")
    assert not read.excludes("a.tar!one.py")


def test_a_relative_folder_is_as_good_as_an_absolute_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    (root / "tokcheck.toml").write_text("[scan]\nexclude = ['*.x']\n", encoding="utf-8")
    assert load_settings(".").excludes("a.x")
    assert os.fspath(root) == load_settings(".").root


def test_a_commit_without_findings_loads_no_parser(root: Path) -> None:
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    code = (
        "import sys; before = set(sys.modules)\n"
        "from tokcheck.scan.allowlist import Allowlist\n"
        "from tokcheck.scan.ignore.baseline import Baseline\n"
        "from tokcheck.scan.settings import ProjectSettings\n"
        "Allowlist(ProjectSettings('.'), None, {'x': Baseline()})\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    # -S: an installation's own start-up files may load anything.
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(Path(ProjectSettings.for_path.__code__.co_filename).parents[2])},
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    heavy = {"json", "tomllib", "hashlib", "datetime", "dataclasses", "logging", "pathlib", "jwt"}
    assert set() == heavy & {name.partition(".")[0] for name in loaded}
