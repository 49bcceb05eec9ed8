"""Patterns of paths: samples, random ones compared with git, and what is no pattern."""

import os
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.suite.thoroughness import inputs
from tokcheck.core.errors import UsageError
from tokcheck.scan import Globs
from tokcheck.scan.ignore.gitignore import pattern_of_system


def _ignored_by_git(folder: Path, globs: Sequence[str], paths: Sequence[str]) -> set[str]:
    """Return those of the paths that git ignores, by one process."""
    (folder / ".git" / "info" / "exclude").write_bytes("".join(f"{g}\n" for g in globs).encode())
    check = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=folder,
        input="".join(f"{path}\0" for path in paths).encode(),
        capture_output=True,
        check=False,
    )
    assert check.returncode in {0, 1}, check.stderr.decode()
    return set(check.stdout.decode().split("\0")[:-1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository; each example replaces its patterns."""
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", os.fspath(folder)], check=True)
    (folder / ".git" / "info").mkdir(exist_ok=True)
    return folder


_PATTERNS = [
    ("*.har", ["a.har", "x/y/a.har"], ["a.har.txt", "har"]),
    ("data", ["data", "data/a", "x/data/y/z"], ["data.txt", "mydata/a"]),
    ("data/", ["data/a", "x/data/a"], ["data"]),
    ("/data", ["data", "data/a"], ["x/data"]),
    ("tests/data", ["tests/data", "tests/data/a"], ["x/tests/data"]),
    ("tests/*.py", ["tests/a.py"], ["tests/x/a.py", "a.py"]),
    ("**/tests", ["tests", "a/tests/b"], ["a/test"]),
    ("tests/**", ["tests/a", "tests/a/b"], ["tests", "x/tests/a"]),
    ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az", "z"]),
    ("a/***/z", ["a/z", "a/b/c/z"], ["az"]),
    ("a**z", ["az", "abz"], ["a/z"]),
    ("a?c", ["abc"], ["a/c", "ac"]),
    ("[ab].txt", ["a.txt", "x/b.txt"], ["c.txt", "ab.txt"]),
    ("[!ab].txt", ["c.txt"], ["a.txt", "/.txt"]),
    ("[^]-a].x", ["b.x"], ["].x", "a.x"]),
    ("x[/]y", [], ["x/y"]),
    ("[--/].x", ["-.x", "..x"], ["+.x", "a.x"]),
    ("[&&~~||a-].x", ["&.x", "a.x", "-.x"], ["b.x"]),
    ("[[a].x", ["[.x", "a.x"], ["b.x"]),
    ("\\[a.txt", ["[a.txt"], ["a.txt"]),
    ("\\*.py", ["*.py"], ["a.py"]),
    ("\\!a", ["!a"], ["a"]),
    ("a.b", ["a.b"], ["axb"]),
    ("line\nbreak*", ["line\nbreaks"], ["line"]),
]


@pytest.mark.parametrize(("pattern", "out", "kept"), _PATTERNS)
def test_patterns_are_those_of_gitignore(pattern: str, out: list[str], kept: list[str]) -> None:
    globs = Globs((pattern,))
    assert out == [path for path in out + kept if globs.match(path)]


@pytest.mark.parametrize(("pattern", "out", "kept"), _PATTERNS)
def test_git_itself_reads_them_so(
    folder: Path, pattern: str, out: list[str], kept: list[str]
) -> None:
    if "\n" in pattern:
        pytest.skip("a line of .gitignore holds no line break")
    paths = [path for path in out + kept if not path.startswith("/")]
    assert set(out) == _ignored_by_git(folder, [pattern], paths)


def test_the_last_pattern_that_fits_decides_but_not_below_a_folder_that_is_out() -> None:
    globs = Globs(("*.har", "!keep.har", "out/", "!out/keep.txt"))
    paths = ["a.har", "keep.har", "x/keep.har", "out/keep.txt", "out/keep.har"]
    assert ["a.har", "out/keep.txt", "out/keep.har"] == [p for p in paths if globs.match(p)]


def _matches(glob: str, path: str) -> bool:
    """Match a pattern of stars, slashes and letters by trying everything."""
    if glob.startswith("**/"):
        below = path.find("/")
        return _matches(glob.lstrip("*")[1:], path) or (
            below >= 0 and _matches(glob, path[below + 1 :])
        )
    if glob.startswith("*"):
        rest = glob.lstrip("*")
        return _matches(rest, path) or (path[:1] not in {"", "/"} and _matches(glob, path[1:]))
    if not glob:
        return not path
    return path.startswith(glob[0]) and _matches(glob[1:], path[1:])


_STARRED = st.lists(st.sampled_from(["*", "a", "b", "ab"]), min_size=1, max_size=6).map(
    lambda parts: re.sub(r"\*+", "*", "".join(parts))
)


@pytest.mark.untraced
@given(
    st.lists(_STARRED | st.just("**"), min_size=2, max_size=6).filter(
        lambda names: names[-1] != "**"
    ),
    st.lists(st.text("ab", min_size=1, max_size=6), min_size=1, max_size=6),
)
@settings(max_examples=inputs(500))
def test_a_match_without_going_back_is_that_of_trying_everything(
    globs: list[str], names: list[str]
) -> None:
    glob, path = "/".join(globs), "/".join(names)
    folders = ["/".join(names[:depth]) for depth in range(1, len(names))]
    assert any(_matches(glob, each) for each in [*folders, path]) == Globs((glob,)).match(path)


def test_very_many_or_very_long_patterns_are_refused() -> None:
    with pytest.raises(UsageError, match="more than 1,000 patterns"):
        Globs(("a",) * 1_001).match("a")
    with pytest.raises(UsageError, match="more than 4,096 characters"):
        Globs(("a" * 4_097,)).match("a")
    assert Globs(("a" * 4_096,)).match("a" * 4_096)
    assert not Globs(("a" * 4_096, "*")).match("a" * 4_097), "no system has such a path"


@pytest.mark.parametrize("pattern", ["", "/", "!", "[z-a]", "[a.txt", "[!]a"])
def test_a_pattern_that_means_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match=r"(matches nothing|is not valid)"):
        Globs((pattern,)).match("a")


@given(st.text("ab/*?[]!^-\\.", max_size=12), st.text("ab/.[", min_size=1, max_size=12))
def test_no_pattern_breaks_it(pattern: str, path: str) -> None:
    with suppress(UsageError):
        assert Globs((pattern,)).match(path) in {True, False}


# Few letters, so that patterns and paths often fit each other.
_LETTERS = "ab-.!#] "
_WILDCARDS = [
    "*", "**", "***", "?", "[ab]", "[!a]", "[^b.]", "[a-c]", "[]a]", "[!]-]", "[--/]", "\\*", "\\a",
]  # fmt: skip
_SEPARATORS = ["/", "/**/", "/*/", "**/", "/**"]

_NAMES = st.text(st.sampled_from(_LETTERS + "c*"), min_size=1, max_size=3).filter(
    lambda name: name not in {".", ".."}
)
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map("/".join)
_GLOBS = (
    st.tuples(
        st.sampled_from(["", "", "", "!"]),
        st.lists(
            st.sampled_from([*_LETTERS, *_WILDCARDS, *_SEPARATORS]), min_size=1, max_size=5
        ).map("".join),
        st.sampled_from(["", "", "/"]),
    )
    .map("".join)
    # A .gitignore has comments and loses spaces at the end of a line; a list of patterns does not.
    .filter(lambda glob: not glob.startswith("#") and not glob.endswith(" "))
    .filter(lambda glob: glob.strip("!/") and "//" not in glob)
    # git compares the text before the first wildcard by itself, and so takes the stars of "a**/b"
    # for those of "**/b"; its documentation calls them regular asterisks, as here.
    .filter(lambda glob: not re.search(r"[^/*!]\*\*.*/|/.*[^/*]\*\*", glob))
)


@pytest.mark.untraced
@given(
    st.lists(_GLOBS, min_size=1, max_size=4),
    st.lists(_PATHS, min_size=1, max_size=30, unique=True),
)
@settings(max_examples=inputs(150))
def test_git_ignores_the_same_files(folder: Path, globs: list[str], paths: list[str]) -> None:
    patterns = Globs(tuple(globs))
    assert _ignored_by_git(folder, globs, paths) == {path for path in paths if patterns.match(path)}


@pytest.mark.parametrize(
    ("pattern", "typed"),
    [
        ("src/a.py", r"src\a.py"),
        ("src/a.py", r"src\\a.py"),
        ("src/*.py", r"src\*.py"),
        ("!src/data/", "!src\\data\\"),
        ("**/cassettes/**", r"**\cassettes\**"),
        (r"\[a.txt", r"\[a.txt"),
        (r"src/\!a", r"src/\!a"),
        ("src/a.py", "src/a.py"),
    ],
)
def test_a_pattern_may_have_the_separators_of_windows(pattern: str, typed: str) -> None:
    assert pattern == pattern_of_system(typed, "\\")
    assert typed == pattern_of_system(typed, "/"), "elsewhere a backslash is an escape"
