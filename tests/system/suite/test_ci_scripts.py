"""The scripts of the CI name what they could not do; a hosted CI, which could, fails instead."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

_AUDIT = "the audit of known vulnerabilities: their data could not be read\n"
_PYTHONS = "not to be had here: Python 3.12 3.13 3.14\n"
# A replacement of uv: it fails, and leaves a list of the files that it found.
_FAILS = "exit 1"
_FINDS = 'while [ "$1" != --output ]; do shift; done; echo "{}" >"$2"; exit 1'
_PASSES = "exit 0"


# It finds every version of Python. Tests fail in the first run, or in the next one as well.
_PYTHON = '[ "$1" != python ] || { echo echo; exit; }; '
_FAILS_ONCE = _PYTHON + '[[ "$*" == *--last-failed* ]]'
_FAILS_TWICE = _PYTHON + "exit 1"


def _run(script: str, uv: str, folder: Path, *words: str, **variables: str) -> tuple[int, str, str]:
    """Run a script with stand-ins, and return its exit code, its output and what it did not do."""
    programs = folder / "bin"
    programs.mkdir()
    for name, work in {"uv": f'[ "$1" = export ] || {{ {uv}; }}', "apt-get": _FAILS}.items():
        (programs / name).write_text(f"#!/bin/bash\n{work}\n")
        (programs / name).chmod(0o755)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "PYENV_ROOT": str(folder),
        "NOT_DONE": str(folder / "not-done"),
    }
    done = subprocess.run(
        ["bash", str(ROOT / ".ci" / script), *words],
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    undone = folder / "not-done"
    return done.returncode, done.stdout, undone.read_text() if undone.exists() else ""


@pytest.mark.parametrize(
    ("script", "uv", "expected"),
    [
        ("audit", _PASSES, (0, "no known vulnerability\n", "")),
        ("audit", _FINDS, (1, "{}\n", "")),
        ("audit", _FAILS, (0, _AUDIT, _AUDIT)),
        ("pythons", _FAILS, (0, _PYTHONS, _PYTHONS)),
    ],
)
def test_what_could_not_be_done_is_listed(
    script: str, uv: str, expected: tuple[int, str, str], tmp_path: Path
) -> None:
    assert expected == _run(script, uv, tmp_path)


@pytest.mark.parametrize("script", ["audit", "pythons"])
def test_a_hosted_ci_fails_for_what_it_could_not_do(script: str, tmp_path: Path) -> None:
    code, _, undone = _run(script, _FAILS, tmp_path, GITHUB_ACTIONS="true")
    assert (1, True) == (code, bool(undone))


@pytest.mark.parametrize("versions", [("3.14",), ()])
@pytest.mark.parametrize(("uv", "code"), [(_FAILS_ONCE, 0), (_FAILS_TWICE, 1)])
def test_tests_that_fail_twice_are_an_error_after_every_version(
    uv: str, code: int, versions: tuple[str, ...], tmp_path: Path
) -> None:
    every = versions or ("3.12", "3.13", "3.14")
    expected = "".join(
        f"Python {version}: --version, echo\nonce more, those that failed\n" for version in every
    )
    if code:
        expected += f"tests failed on Python {' '.join(every)}\n"
    assert (code, expected, "") == _run("pythons", uv, tmp_path, *versions, "-m", "fast")


@pytest.mark.parametrize(
    ("undone", "expected"), [(_AUDIT, f"\n== not done\n{_AUDIT}"), ("", ""), (None, "")]
)
def test_the_list_stands_at_the_end_of_the_run(
    undone: str | None, expected: str, tmp_path: Path
) -> None:
    if undone is not None:
        (tmp_path / "not-done").write_text(undone)
    assert (expected, "") == _run_functions("trap finish EXIT", tmp_path)
    assert not tmp_path.exists()


@pytest.mark.parametrize("step", ["bounded", "record"])
@pytest.mark.parametrize(
    ("limit", "spent", "command", "output", "undone"),
    [
        (60, 0, "echo end", "end\n", ""),
        (60, 40, "echo end", "end\n", ""),
        (1, 0, "sleep 60", "", "slow: not through within 1 s\n"),
        (60, 80, "echo end", "", "slow: not started, the 80 s of a run are spent\n"),
        (60, 200, "echo end", "", "slow: not started, the 80 s of a run are spent\n"),
    ],
)
def test_a_step_takes_what_is_left_of_the_budget(
    step: str, limit: int, spent: int, command: str, output: str, undone: str, tmp_path: Path
) -> None:
    line = f"SECONDS={spent}; {step} slow {limit} {command}"
    assert (output + undone, "") == _run_functions(line, tmp_path, budget=80)
    listed = tmp_path / "not-done"
    assert undone == (listed.read_text() if listed.exists() else "")


def test_the_last_step_has_less_than_its_limit(tmp_path: Path) -> None:
    # It ends at once, as one that is stopped in the end.
    line = "timeout() { return 124; }; SECONDS=40; bounded slow 60 true"
    output, _ = _run_functions(line, tmp_path, budget=80)
    # Between the assignment and its use, the clock may go on.
    assert output in [f"slow: not through within {left} s\n" for left in (40, 39, 38)]


@pytest.mark.parametrize(("step", "expected"), [("bounded", ""), ("record", "next\n")])
def test_a_failure_ends_the_run_unless_it_is_for_the_record(
    step: str, expected: str, tmp_path: Path
) -> None:
    line = f"{step} failing 60 false; echo next"
    assert (expected, "") == _run_functions(line, tmp_path, check=bool(expected))


def _run_functions(
    line: str, scratch: Path, budget: int = 4800, *, check: bool = True
) -> tuple[str, str]:
    """Run a line with the functions of the script, and return what it writes."""
    script = (ROOT / ".ci" / "run").read_text()
    functions = script[script.index("step() {") : script.index(". .ci/uv")]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{functions}\n{line}"],
        env={
            "PATH": os.environ["PATH"],
            "BUDGET": str(budget),
            "scratch": str(scratch),
            "NOT_DONE": f"{scratch}/not-done",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert check == (done.returncode == 0)
    return done.stdout, done.stderr
