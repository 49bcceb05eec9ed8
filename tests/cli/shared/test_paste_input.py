"""Where a paste comes from: words, the name of a file, standard input."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.cli.shared.paste_input import describe_path
from tokcheck.cli.shared.pasted_argv import is_paste

_READ = "tokcheck validate --file {}"


def test_the_name_of_a_file_or_a_folder_is_recognized(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my curl.txt").write_text(FITBIT)
    (tmp_path / "logs").mkdir()
    file = ("my curl.txt is the name of a file, which was not read.",
            "To read it: tokcheck validate --file 'my curl.txt'")  # fmt: skip
    assert file == describe_path(["my curl.txt"], _READ)
    assert file == describe_path(["my", "curl.txt"], _READ)
    folder = ("logs is a folder.", "To search it: tokcheck scan logs")
    assert folder == describe_path(["logs"], _READ)
    for words in ([], ["-"], ["curl.txt"], ["a\0b"], [FITBIT], ["x" * 100_000]):
        assert describe_path(words, _READ) is None


def test_a_file_that_is_named_like_a_token_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(GOOGLE[:40]).touch()
    assert GOOGLE[5:40] not in str(describe_path([GOOGLE[:40]], _READ))


def test_each_command_with_a_paste_names_the_option_for_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "curl.txt"
    path.write_text(f"Bearer {FITBIT}")
    for words, step in {
        ("validate", "--offline", "--json"): f"To read it: tokcheck validate --file {path}",
        ("clean",): f"To read it: tokcheck clean < {path}",
        ("revoke", "--yes"): f"To read it: tokcheck revoke - --yes < {path}",
        (
            "login",
            "google-health",
            "--like",
        ): f"To read it: tokcheck login google-health --like - < {path}",
    }.items():
        result = run(*words, str(path), env={"TOKCHECK_HOME": str(tmp_path / "home")})
        # In JSON, a backslash is two.
        assert step in (result.out + result.err).replace("\\\\", "\\"), words
        assert result.code in {1, 2}


def test_a_dash_as_the_file_is_standard_input(run: Run) -> None:
    for more in (("--json",), ("--lines",)):
        piped = run("validate", "--offline", *more, "--file", "-", stdin=FITBIT)
        assert '"verdict": "expired"' in piped.out
        assert (1, "") == (piped.code, piped.err)
    assert "Standard input is empty" in run("validate", "--offline", "--file", "-").out


def test_a_token_in_the_place_of_a_command_is_checked(run: Run) -> None:
    assert run("validate", "--offline", FITBIT).out == run(FITBIT, "--offline").out
    curl = ("curl", "-X", "GET", "https://x", "-H", f"authorization: Bearer {FITBIT}", "--offline")
    assert run("validate", *curl).out == run(*curl).out


def test_only_a_paste_stands_in_the_place_of_a_command() -> None:
    pastes = (FITBIT, FITBIT[:60], GOOGLE, f"Bearer {GOOGLE}", f'{{"access_token": "{GOOGLE}"}}')
    assert [] == [text for text in pastes if not is_paste([text])]
    assert is_paste(["Authorization:", "Bearer", GOOGLE])
    names = ("vaildate", "help", "eyj", "README.md", "-", "", "0", "a:b")
    assert [] == [name for name in names if is_paste([name, FITBIT])]
