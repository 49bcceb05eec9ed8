"""``tokcheck validate --lines``: one object a line, and the exit code of the worst."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.tokens import (
    FITBIT,
    GOOGLE,
    UNKNOWN_WORD,
)
from tokcheck.sandbox import Sandbox


def test_lines_of_an_empty_variable_are_none_and_it_is_named(run: Run) -> None:
    result = run("validate", "--lines", "--offline", "--env", "T", env={"T": ""})
    assert (1, "") == (result.code, result.out)
    note = "note: The variable T is empty, so there are no lines to check.\n"
    assert note == result.err


@pytest.mark.parametrize("text", ["\n", "\n\n", " \n\t\n", '""\n', "\ufeff\n''\n"])
def test_blank_lines_are_checked_and_a_note_says_that_there_are_no_others(
    run: Run, text: str
) -> None:
    result = run("validate", "--lines", "--offline", "-", stdin=text)
    assert 1 == result.code
    assert len(text.splitlines()) == len(result.out.splitlines())
    assert "note: Standard input has only blank lines, so no line contains a token.\n" == result.err


def test_lines_gives_one_object_a_line_in_order(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str]
) -> None:
    good = [sandbox.state.issue_fitbit_token(account="bo") for _ in range(9)]
    lines = [*good[:5], FITBIT, "", "Bearer <token>", *good[5:]]
    result = run("validate", "--lines", "-", stdin="\n".join(lines) + "\n", env=sandbox_env)
    verdicts = [json.loads(line)["verdict"] for line in result.out.splitlines()]
    assert ["valid"] * 5 + ["expired", "no_token", "placeholder"] + ["valid"] * 4 == verdicts
    assert 1 == result.code


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (0, [GOOGLE, GOOGLE]),
        (1, [GOOGLE, FITBIT]),
        (3, [UNKNOWN_WORD, GOOGLE]),
        (1, [UNKNOWN_WORD, FITBIT]),
        (1, [FITBIT, UNKNOWN_WORD]),
        (1, []),  # as an empty paste has
    ],
)
def test_the_code_of_many_lines_is_their_worst(run: Run, code: int, lines: list[str]) -> None:
    assert code == run("validate", "--lines", "--offline", "-", stdin="\n".join(lines)).code


@pytest.mark.parametrize(
    ("code", "others"), [(4, []), (3, [UNKNOWN_WORD]), (1, [UNKNOWN_WORD, FITBIT])]
)
def test_a_rate_limit_is_the_least_of_what_lines_may_have(
    run: Run, sandbox: Sandbox, sandbox_env: dict[str, str], code: int, others: list[str]
) -> None:
    lines = "\n".join([sandbox.state.issue_fitbit_token(), *others])
    address = f"{sandbox.url}/~too-many-requests"
    result = run("validate", "--lines", "--api-url", address, "-", stdin=lines, env=sandbox_env)
    assert code == result.code


def test_lines_reads_a_file_of_utf_16(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "tokens.txt"
    path.write_text(f"{GOOGLE}\n{FITBIT}\n", encoding="utf-16")
    result = run("validate", "--lines", "--offline", "--file", str(path))
    assert [json.loads(line)["verdict"] for line in result.out.splitlines()] == [
        "unverified",
        "expired",
    ]


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "tokens.txt"
    path.write_text(f"{GOOGLE}\n" * 5000)
    line = f"{sys.executable} -m tokcheck validate --lines --offline --file {path} | head -n 1"
    result = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert "" == result.stderr
    assert 1 == len(result.stdout.splitlines())
