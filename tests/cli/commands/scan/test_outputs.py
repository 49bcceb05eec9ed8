"""Formats and their files: which belong together, and what is written."""

import json
import os
from pathlib import Path

import pytest

from tests.scan.conftest import Repository, Scan
from tests.support.scan.findings import finding
from tests.support.tokens import FITBIT
from tokcheck.cli.commands.scan.outputs import (
    Output,
    OutputError,
    check_folders,
    pair_outputs,
    write_outputs,
)
from tokcheck.core.errors import UsageError
from tokcheck.scan.finding import ScanResult

_ONE = ScanResult((finding(FITBIT),), 1, 300, ())
_CLEAN = ScanResult((), 1, 300, ())


@pytest.mark.parametrize(
    ("outputs", "options"),
    [
        ([("text", None)], ""),
        ([("json", None)], "--format json"),
        ([("text", "f")], "--output f"),
        ([("json", "f")], "--output f --format json"),
        ([("json", "f")], "--format json --output f"),
        ([("text", None)], "--output -"),
        ([("text", None), ("sarif", "f")], "--format text --format sarif --output f"),
        ([("json", "g"), ("sarif", "f")], "--format json --output g --format sarif --output f"),
        ([("json", "g"), ("text", None)], "--output g --format json --format text"),
    ],
)
def test_a_file_belongs_to_the_format_before_it(
    outputs: list[tuple[str, str | None]], options: str
) -> None:
    assert tuple(outputs) == pair_outputs(_options(options))


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("Two formats cannot both go to standard output.", "--format text --format json"),
        (
            "Two formats cannot both go to standard output.",
            "--format text --format json --output -",
        ),
        ("An --output has no --format of its own.", "--output f --output g"),
        ("An --output has no --format of its own.", "--format json --output f --output g"),
        (
            "Two formats cannot both go to the same file.",
            "--format json --output f --format sarif --output ./f",
        ),
    ],
)
def test_outputs_that_do_not_fit_are_refused(message: str, options: str) -> None:
    with pytest.raises(UsageError) as refused:
        pair_outputs(_options(options))
    assert message == refused.value.message


def _options(text: str) -> list[tuple[str, str]]:
    words = text.replace("--", "").split()
    return list(zip(words[::2], words[1::2], strict=True))


def test_the_folder_of_a_file_must_exist(tmp_path: Path) -> None:
    check_folders([Output("json", str(tmp_path / "a")), Output("text")])
    for path in (tmp_path, tmp_path / "missing" / "a", ""):
        with pytest.raises(UsageError):
            check_folders([Output("json", str(path))])


def test_each_format_is_written_to_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "link").symlink_to("target")
    outputs = [Output("text"), Output("json", str(tmp_path / "link"))]
    write_outputs(outputs, _ONE, {})
    assert capsys.readouterr().out.startswith("a.py:3:7: ")
    assert 1 == len(json.loads((tmp_path / "target").read_text())["findings"])
    assert (tmp_path / "link").is_symlink()
    write_outputs([Output("text", str(tmp_path / "link"))], _CLEAN, {})
    assert "" == (tmp_path / "target").read_text()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_is_written_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_outputs([Output("json", str(pipe))], _CLEAN, {})
    assert b"tokcheck.scan/1" in os.read(reader, 1000)
    os.close(reader)
    assert pipe.is_fifo()


def test_a_file_that_cannot_be_written_names_no_token(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as failed:
        write_outputs([Output("json", f"{tmp_path}/missing/{FITBIT}")], _CLEAN, {})
    assert "/[redacted] cannot be written: No such file or directory." in failed.value.message


def test_the_page_of_a_workflow_is_appended_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "summary.md"
    page.write_text("Before\n")
    write_outputs([Output("json")], _ONE, {"GITHUB_STEP_SUMMARY": str(page)})
    assert "Before\n" == page.read_text()
    write_outputs([Output("github")], _ONE, {"GITHUB_STEP_SUMMARY": str(page)})
    assert page.read_text().startswith("Before\n### tokcheck scan\n\n1 credential in 1 place, ")
    capsys.readouterr()
    write_outputs([Output("github")], _CLEAN, {"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert (
        "note: GITHUB_STEP_SUMMARY cannot be written: Is a directory\n" == capsys.readouterr().err
    )


def test_the_command_writes_every_format(repository: Repository, scan: Scan) -> None:
    repository.write("a", f"x\n{FITBIT}\n")
    words = ("--format", "text", "--format", "sarif", "--output", "scan.sarif", "a")
    result = scan(*words, "--format", "gitlab", "--output", "gl.json")
    assert (1, "1 finding in 1 file\n") == (result.code, result.err)
    assert result.out.startswith("a:2:1: ")
    (run,) = json.loads((repository.folder / "scan.sarif").read_text())["runs"]
    (found,) = run["results"]
    region = {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": len(FITBIT) + 1}
    assert region == found["locations"][0]["physicalLocation"]["region"]
    assert found["partialFingerprints"]["primaryLocationLineHash"].endswith(":1")
    report = json.loads((repository.folder / "gl.json").read_text())
    assert report["scan"]["start_time"] <= report["scan"]["end_time"]
    assert report["scan"]["start_time"].startswith("20")
    result = scan("a", "--output", "missing/f")
    assert (2, "") == (result.code, result.out)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_that_nobody_reads_is_not_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsageError) as refused:
        write_outputs([Output("json", str(pipe))], _CLEAN, {})
    assert f"{pipe} cannot be written: it is a pipe that no program reads." == refused.value.message
    write_outputs([Output("github")], _CLEAN, {"GITHUB_STEP_SUMMARY": str(pipe)})
    assert "it is a pipe that no program reads\n" in capsys.readouterr().err


def test_an_open_descriptor_is_written_to(repository: Repository, scan: Scan) -> None:
    repository.write("a", f"{FITBIT}\n")
    result = scan("a", "--format", "json", "--output", "/dev/stdout")
    assert (1, "1 finding in 1 file\n") == (result.code, result.err)
    assert 1 == len(json.loads(result.out)["findings"])
