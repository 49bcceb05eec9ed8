"""Wildcards that the shells of Windows leave to the program."""

from pathlib import Path

import pytest

from tokcheck.cli.shared.system.wildcards import expand_wildcards


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.txt", "a.txt", "c.py", "[d].txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        (["[d].txt", "a.txt", "b.txt"], ["*.txt"]),
        (["c.py", "a.txt", "b.txt"], ["c.py", "?.txt"]),
        (["*.md"], ["*.md"]),  # so that it is reported as missing
        (["-", "[d].txt", "no such file"], ["-", "[d].txt", "no such file"]),
    ],
)
def test_a_pattern_stands_for_the_files_that_it_matches_on_windows(
    expected: list[str], given: list[str]
) -> None:
    assert expected == expand_wildcards(given, "win32")


def test_elsewhere_the_shell_has_done_it_and_a_star_is_a_name() -> None:
    assert ["*.txt"] == expand_wildcards(["*.txt"], "linux")
