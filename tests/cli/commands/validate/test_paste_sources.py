"""A paste comes from a file, a variable, standard input or the arguments, compressed or not."""

import bz2
import gzip
import json
import lzma
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.cli.conftest import Run
from tests.support.tokens import (
    GOOGLE,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_may_be_in_any_of_the_usual_encodings(
    run: Run, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "token.txt"
    path.write_text(f"export TOKEN='{GOOGLE}'\r\n", encoding=encoding)
    result = run("validate", "--offline", "--json", "--file", str(path))
    assert "unverified" == json.loads(result.out)["verdict"]
    assert len(GOOGLE) == json.loads(result.out)["credential"]["length"]


def test_a_variable_is_read(run: Run) -> None:
    result = run("validate", "--offline", "--env", "MY_TOKEN", env={"MY_TOKEN": GOOGLE})
    assert 0 == result.code


@pytest.mark.parametrize("value", ["", " \n"])
def test_an_empty_variable_is_named(run: Run, value: str) -> None:
    env = {"MY_TOKEN": value}
    result = run("validate", "--offline", "--env", "MY_TOKEN", env=env)
    assert (1, "") == (result.code, result.err)
    text = " ".join(result.out.split())
    assert text.startswith("NO TOKEN The variable MY_TOKEN is empty, so it contains no token. ")
    assert "Check that it has the token where the command runs." in text
    report = json.loads(run("validate", "--json", "--env", "MY_TOKEN", env=env).out)
    assert ("no_token", "The variable MY_TOKEN is empty, so it contains no token.") == (
        report["verdict"],
        report["summary"],
    )


@pytest.mark.parametrize("value", ['""', "''", ' "" ', '"\n"', "``", "\ufeff", '\u200b""'])
def test_a_pair_of_quotation_marks_or_what_is_invisible_is_empty(run: Run, value: str) -> None:
    result = run("validate", "--offline", "--env", "MY_TOKEN", env={"MY_TOKEN": value})
    assert (1, "") == (result.code, result.err)
    text = " ".join(result.out.split())
    assert text.startswith("NO TOKEN The variable MY_TOKEN is empty")
    assert ("quotation marks" in text) is (value.strip("\ufeff") != "")
    cleaned = run("clean", "-", stdin=value)
    assert (1, "") == (cleaned.code, cleaned.out)
    assert cleaned.err.startswith("Standard input is empty")


def test_more_than_a_mebibyte_is_refused(run: Run) -> None:
    result = run("validate", "--offline", "-", stdin="x" * (1024 * 1024 + 1))
    assert 2 == result.code
    assert "The input is larger than 1 MiB." in result.err


_MESSAGE = '{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'


def test_an_error_message_is_explained_in_text(run: Run, snapshot: SnapshotAssertion) -> None:
    result = run("validate", "--offline", "-", stdin=_MESSAGE)
    assert snapshot == f"exit {result.code}\n{result.out}"
    assert "" == result.err


@pytest.mark.parametrize("channel", ["stdin", "--env", "--file", "--lines", "words"])
def test_an_error_message_is_explained_from_every_channel(
    run: Run, tmp_path: Path, channel: str
) -> None:
    path = tmp_path / "message.txt"
    path.write_text(_MESSAGE)
    options = {
        "stdin": ("-",),
        "--env": ("--env", "MESSAGE"),
        "--file": ("--file", str(path)),
        "--lines": ("--lines",),
        "words": (_MESSAGE,),
    }[channel]
    stdin = _MESSAGE if channel in {"stdin", "--lines"} else ""
    result = run("validate", "--json", *options, stdin=stdin, env={"MESSAGE": _MESSAGE})
    report = json.loads(result.out)
    assert (1, "no_token") == (result.code, report["verdict"])
    keys = list(report)
    assert keys.index("quota") + 1 == keys.index("explains") == keys.index("devices") - 1
    assert ["provider", "verdict", "summary", "advice"] == list(report["explains"])
    assert "google-health" == report["explains"]["provider"]
    assert "revoked_or_invalid" == report["explains"]["verdict"]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_source_is_named(run: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.txt"
    path.write_text(text)
    for options, name in (
        (("--file", str(path)), f"The file {path}"),
        (("-",), "Standard input"),
        (("",), "The argument"),
    ):
        result = run("validate", "--json", "--offline", *options, stdin=text)
        report = json.loads(result.out)
        assert (1, "no_token", None) == (result.code, report["verdict"], report["explains"])
        assert f"{name} is empty, so it contains no token." == report["summary"]
    for words, name in ((["--file", str(path)], f"The file {path}"), ([], "Standard input")):
        result = run("validate", "--lines", "--offline", *words, stdin=text)
        note = f"{name} has only blank lines, so no line contains a token"
        if not text:
            note = f"{name} is empty, so there are no lines to check"
        assert f"note: {note}.\n" == result.err


@pytest.mark.parametrize("channel", ["stdin", "--file", "--lines", "--lines --file", "clean"])
def test_a_compressed_paste_is_read_from_every_channel(
    run: Run, tmp_path: Path, channel: str
) -> None:
    path = tmp_path / "paste.gz"
    path.write_bytes(gzip.compress(f"Bearer {GOOGLE}\n".encode()))
    words = {
        "stdin": ("validate", "--offline", "--json", "-"),
        "--file": ("validate", "--offline", "--json", "--file", str(path)),
        "--lines": ("validate", "--offline", "--lines"),
        "--lines --file": ("validate", "--offline", "--lines", "--file", str(path)),
        "clean": ("clean",),
    }[channel]
    result = run(*words, stdin=path.read_bytes())
    assert 0 == result.code
    found = (
        result.out.strip() == GOOGLE if channel == "clean" else json.loads(result.out)["verdict"]
    )
    assert found in (True, "unverified")


def test_what_was_unpacked_is_listed_with_what_was_stripped(run: Run, tmp_path: Path) -> None:
    path, wrong = tmp_path / "paste", []
    text = f"Bearer {GOOGLE}\n".encode()
    zipped = BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("paste.txt", text)
    for expected, data in (
        ([], text),
        (["gzip"], gzip.compress(text)),
        (["bzip2"], bz2.compress(text)),
        (["xz"], lzma.compress(text)),
        (["zip"], zipped.getvalue()),
        (["xz", "gzip"], lzma.compress(gzip.compress(text))),
    ):
        path.write_bytes(data)
        notes = [*(f"the {packer} compression" for packer in expected), "the word Bearer"]
        listed = [
            json.loads(run("validate", "--offline", "--json", *words, stdin=data).out)["cleaned"]
            for words in (("-",), ("--file", str(path)))
        ]
        shown = run("clean", stdin=data).err
        if listed != [notes, notes] or shown != f"stripped: {'; '.join(notes)}\n":
            wrong.append((expected, listed, shown))
    assert [] == wrong


@pytest.mark.parametrize("options", [("-",), ("--lines",)])
@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"x" * 900)[:-9], b"\x1f\x8b\x08" + b"\xff" * 30],
    ids=["cut", "damaged"],
)
def test_a_damaged_compressed_paste_is_wrong_usage(
    run: Run, options: tuple[str, ...], data: bytes
) -> None:
    result = run("validate", "--offline", *options, stdin=data)
    assert (2, "") == (result.code, result.out)
    assert "Copy or compress it again." in result.err


def test_a_decompression_bomb_is_wrong_usage(run: Run) -> None:
    bomb = gzip.compress(b"\0" * (64 << 20))
    for options in (("-",), ("--lines",)):
        result = run("validate", "--offline", *options, stdin=bomb)
        assert 2 == result.code
        assert "1 MiB" in result.err
