"""The lines of a large file are checked in several processes, as those of a pipe are in one."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.tokens import FITBIT, fitbit

_LINES = 2_000


@pytest.fixture
def large_file(tmp_path: Path) -> Path:
    ends = int(time.time()) + 20_000
    token = fitbit(exp=ends)
    lines = [token if number % 3 else f"{token[:-1]}{number % 10}" for number in range(_LINES)]
    lines[700] = FITBIT  # long expired
    lines[1_500] = ""
    path = tmp_path / "tokens.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def _verdicts(result: "subprocess.CompletedProcess[str]") -> list[tuple[str, str]]:
    reports = [json.loads(line) for line in result.stdout.splitlines()]
    return [(each["verdict"], each["credential"]["fingerprint"]) for each in reports]


def _validate(path: Path, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    with path.open() as file:
        return subprocess.run(
            [sys.executable, "-m", "tokcheck", "validate", "--lines", "--offline", *words],
            stdin=file,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"TOKCHECK_HOME": str(home)},
        )


def test_the_reports_are_in_order_and_the_same_as_those_of_a_pipe(
    large_file: Path, tmp_path: Path
) -> None:
    from_file = _validate(large_file, tmp_path / "home", "--file", str(large_file))
    from_input = _validate(large_file, tmp_path / "home")
    piped = subprocess.run(
        [sys.executable, "-m", "tokcheck", "validate", "--lines", "--offline"],
        input=large_file.read_text(),
        capture_output=True,
        text=True,
        check=False,
    )
    expected = _verdicts(piped)
    assert _LINES == len(expected)
    assert expected == _verdicts(from_file) == _verdicts(from_input)
    assert (1, "") == (from_file.returncode, from_file.stderr)


def test_a_reader_that_goes_ends_all_processes(large_file: Path, tmp_path: Path) -> None:
    check = f"{sys.executable} -m tokcheck validate --lines --offline"
    result = subprocess.run(
        ["sh", "-c", f"{check} --file {large_file} | head -n 1"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"TOKCHECK_HOME": str(tmp_path)},
    )
    assert (1, "") == (len(result.stdout.splitlines()), result.stderr)


def test_what_stands_before_a_line_that_is_too_long_is_reported(
    large_file: Path, tmp_path: Path
) -> None:
    with large_file.open("a") as file:
        file.write("x" * (1 << 20) + "x\n")
    result = _validate(large_file, tmp_path / "home")
    assert (2, _LINES) == (result.returncode, len(result.stdout.splitlines()))
    assert "A line is longer than 1 MiB." in result.stderr
