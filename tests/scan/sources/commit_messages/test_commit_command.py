"""The options of the running git command."""

import pytest

from tokcheck.scan.sources.commit_messages.commit_command import (
    CommitOptions,
    parse_options,
    running_options,
)


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (None, "commit"),
        ("strip", "commit --cleanup=strip"),
        ("strip", "commit --cleanup strip -m x"),
        ("verbatim", "-c a.b=c commit -am x --clea=strip --cleanup=verbatim"),
        (None, "commit -m --cleanup=strip"),
        (None, "commit -am --cleanup=strip"),
        ("strip", "commit -mx --cleanup=strip"),
        ("strip", "commit -mam --cleanup=strip"),
        (None, "commit --message --cleanup=strip"),
        ("strip", "commit --message=x --cleanup=strip"),
        (None, "commit -- --cleanup=strip"),
        ("scissors", "merge --cleanup=scissors side"),
        (None, "commit --cleanup"),
        (None, "status --cleanup=strip"),
    ],
)
def test_the_mode_is_the_last_option(expected: str | None, line: str) -> None:
    assert expected == parse_options(line.split()).cleanup


@pytest.mark.parametrize(
    ("expected", "line"),
    [
        (True, "commit -e -m x"),
        (True, "commit -am x --edit"),
        (True, "commit -aem x"),
        (True, "commit -m x --ed"),
        (False, "commit -e --no-edit"),
        (True, "commit --no-edit -e"),
        (False, "commit -m -e"),
        (False, "commit -me"),
        (False, "commit -ame"),
        (False, "commit --mess -e"),
        (False, "commit --author -e"),
        (False, "commit -Se -m x"),
        (False, "commit -ue -m x"),
        (False, "commit -m x -- -e"),
        (False, "commit -m x"),
    ],
)
def test_an_editor_is_requested(expected: bool, line: str) -> None:  # noqa: FBT001
    assert expected == parse_options(line.split()).edit


def test_the_nearest_git_above_the_hook_counts() -> None:
    files = {
        "/proc/4/cmdline": b"sh\0.git/hooks/commit-msg\0",
        "/proc/4/stat": b"4 (a ) b) S 3 4 4",
        "/proc/3/cmdline": b"/usr/bin/git\0commit\0--cleanup=strip\0",
        "/proc/3/stat": b"3 (git) S 2 3 3",
        "/proc/2/cmdline": b"git\0merge\0--cleanup=verbatim\0",
        "/proc/2/stat": b"2 (git) S 1 2 2",
    }

    def read(path: str) -> bytes:
        try:
            return files[path]
        except KeyError:
            raise FileNotFoundError from None

    assert CommitOptions("strip") == running_options(read, 4)
    assert CommitOptions("verbatim") == running_options(read, 2)
    assert CommitOptions() == running_options(read, 1)
    files["/proc/4/stat"] = b"?"
    assert CommitOptions() == running_options(read, 4)
