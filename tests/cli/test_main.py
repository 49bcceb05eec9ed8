"""The entry point: fast commands, errors, and secrets typed in the wrong place."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest

import tokcheck
from tests.cli.conftest import Run
from tests.support.tokens import FITBIT, GOOGLE
from tokcheck.cli import fast_commands, typer_app


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version(run: Run, option: str) -> None:
    assert (0, f"tokcheck {tokcheck.__version__}\n", "") == run(option)


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize("words", [["vaildate"], ["demo"], ["sandbox"], ["validate", "--provider"]])
def test_a_token_in_the_wrong_place_is_not_repeated(run: Run, words: list[str], token: str) -> None:
    result = run(*words, token)
    assert (2, "") == (result.code, result.out)
    assert token not in result.err
    assert token[10:40] not in result.err
    assert "--help" in result.err


def test_a_wrong_command_name_is_explained(run: Run) -> None:
    assert "To check a token: `tokcheck validate TOKEN`." in run("vaildate", FITBIT).err


_IN_A_DELETED_FOLDER = """
import os, sys
os.chdir(sys.argv[1])
os.rmdir(sys.argv.pop(1))
from tokcheck.cli.main import console
sys.exit(console())
"""
_NEEDING_A_FOLDER = (
    "scan",
    "scan .",
    "scan --staged",
    "scan --install-hook",
    "revoke --yes --finding 0123456789ab",
    "serve --check-config --config tokcheck.toml",
    "watch --json --config tokcheck.toml",
)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that is in use")
@pytest.mark.parametrize("line", _NEEDING_A_FOLDER)
def test_a_deleted_current_folder_is_reported(line: str, tmp_path: Path) -> None:
    (tmp_path / "deleted").mkdir()
    # -P: the installed command does not import from the current folder, either.
    words = ["-P", "-c", _IN_A_DELETED_FOLDER, str(tmp_path / "deleted"), *line.split()]
    done = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "TOKCHECK_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (
        2,
        "",
        "tokcheck: The current folder does not exist any more.\n"
        "Change to another folder, such as `cd ~`, and run the command again.\n",
    ) == (done.returncode, done.stdout, done.stderr)


_LIGHT_AND_TYPED = [["clean", FITBIT], ["accounts", "list", "--json"]]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("words", _LIGHT_AND_TYPED, ids=lambda words: words[0])
def test_output_to_a_full_disk_is_reported(words: list[str], tmp_path: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        result = _run(words, tmp_path, stdout=full)
    assert (
        3,
        "tokcheck: The output could not be written: No space left on device.\n"
        "Free some space, or write the output elsewhere.\n",
    ) == result


@pytest.mark.parametrize("words", _LIGHT_AND_TYPED, ids=lambda words: words[0])
def test_output_to_a_closed_pipe_is_no_failure(words: list[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert (0, "") == _run(words, tmp_path, stdout=writing)
    os.close(writing)


@pytest.mark.parametrize("words", _LIGHT_AND_TYPED, ids=lambda words: words[0])
def test_streams_that_are_closed_are_no_failure(words: list[str], tmp_path: Path) -> None:
    closed = ["sh", "-c", 'exec "$@" <&- >&-', "sh"]
    assert (0, "") == _run(words, tmp_path, before=closed)
    assert [] == [path for path in tmp_path.rglob("*.sqlite3*") if FITBIT in path.read_text("l1")]


def _run(
    words: list[str], home: Path, stdout: int | IO[str] | None = None, before: Sequence[str] = ()
) -> tuple[int, str]:
    result = subprocess.run(
        [*before, sys.executable, "-m", "tokcheck", *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TOKCHECK_HOME": str(home / "home")},
        check=False,
    )
    return result.returncode, result.stderr


@pytest.mark.parametrize("name", typer_app.COMMANDS)
def test_every_command_of_the_list_resolves(name: str) -> None:
    assert [name] == list(typer_app.build([name]).commands)
    if name in fast_commands.COMMANDS:
        assert callable(fast_commands.load_main(name))


def test_a_group_holds_the_wanted_subcommand_or_all() -> None:
    for name in ("list", "import"):
        group = typer_app.build(["accounts"], name).commands["accounts"]
        assert [name] == list(getattr(group, "commands"))  # noqa: B009 - of another class
    for wanted in (None, "nosuch", "--help"):
        group = typer_app.build(["accounts"], wanted).commands["accounts"]
        names = [
            "list",
            "show",
            "refresh",
            "remove",
            "import",
            "export",
            "migrate",
            "rekey",
            "recover",
        ]
        assert names == list(getattr(group, "commands"))  # noqa: B009 - of another class


_HEAVY = {
    "httpx", "typer", "rich", "cryptography", "prometheus_client", "starlette", "uvicorn", "jwt",
    "dataclasses", "asyncio",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "may"),
    [
        (["--version"], set()),
        (["clean", FITBIT], set()),
        (["clean", GOOGLE], set()),
        (["clean", FITBIT[:-4]], set()),
        (["validate", "--offline", FITBIT], set()),
        (["validate", "--offline", "--json", GOOGLE], set()),
        (["validate", "--offline", "--lines", FITBIT], set()),
        ([FITBIT, "--offline"], set()),
        (["accounts", "list"], {"typer", "dataclasses"}),
        (["--help"], {"typer", "dataclasses"}),
    ],
    ids=[
        "version", "clean", "clean-google", "clean-flawed", "offline", "google", "lines", "bare",
        "accounts", "help",
    ],
)  # fmt: skip
def test_a_command_loads_only_what_it_needs(
    words: list[str], may: set[str], tmp_path: Path
) -> None:
    loaded = _loaded_modules(words, tmp_path)
    assert "tokcheck" in loaded
    assert set() == loaded & (_HEAVY - may)


@pytest.mark.parametrize(
    ("words", "without"),
    [
        (["--version"], {"argparse", "typing"}),
        (["clean", FITBIT], {"_hashlib", "argparse", "urllib"}),
        (["validate", "--offline", FITBIT], {"_hashlib", "difflib", "urllib"}),
        (["validate", "hello"], {"httpx", "ssl", "asyncio"}),  # there is nothing to send
    ],
    ids=["version", "clean", "offline", "no token"],
)
def test_what_is_slow_to_load_is_left_out_where_people_wait(
    words: list[str], without: set[str], tmp_path: Path
) -> None:
    assert set() == _loaded_modules(words, tmp_path) & without


def _loaded_modules(words: list[str], home: Path) -> set[str]:
    """Return the modules and packages that a command loads."""
    program = (
        "import sys\n"
        "from tokcheck.cli.main import main\n"
        "main(sys.argv[1:])\n"
        "sys.stderr.write(' '.join(sys.modules))\n"
    )
    # Isolated from what a coverage hook loads into every process.
    result = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path = {sys.path!r}\n{program}", *words],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"TOKCHECK_HOME": str(home / "data")},
    )
    return {name.partition(".")[0] for name in result.stderr.rpartition("\n")[2].split()}


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_a_bare_token_needs_no_pattern_of_wrapped_ones(token: str) -> None:
    """They take as long to compile as everything else that ``clean`` does."""
    program = (
        "import gc, re, sys\n"
        "from tokcheck.cli.main import main\n"
        "main(sys.argv[1:])\n"
        "from tokcheck.core.lazy import LazyRegex\n"
        "from tokcheck.paste.grammar import BREAK\n"
        "used = [each for each in gc.get_objects()\n"
        "        if isinstance(each, LazyRegex) and BREAK in each.pattern\n"
        "        and any(isinstance(one, re.Pattern) for one in gc.get_referents(each))]\n"
        "sys.exit(f'{len(used)} are compiled' if used else 0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "clean", token], capture_output=True, text=True, check=False
    )
    assert (0, f"{token}\n") == (result.returncode, result.stdout), result.stderr


_PROGRAM = """
import atexit, sys
{registration}
sys.argv = ["tokcheck", "scan", "-"]
from tokcheck.cli.main import console
sys.exit(console())
"""


@pytest.mark.parametrize(
    ("registration", "last"), [("", []), ("atexit.register(print, 'end')", ["end"])]
)
def test_the_end_of_a_fast_command_loses_nothing(registration: str, last: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(registration=registration)],
        input=f"{FITBIT}\n" * 3_000,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = result.stdout.splitlines()
    assert 1 == result.returncode
    assert 3_000 == sum(line.strip().startswith("<stdin>:") for line in lines)
    assert last == [line for line in lines if line == "end"]
