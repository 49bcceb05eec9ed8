"""Commands that print a paste: real processes, killed if they misbehave."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.test_redact import survives
from tests.support.exporter.registries import PATH, Timer
from tests.support.suite.process_family import PARENT, ProcessFamily
from tests.support.tokens import FITBIT
from tokcheck.exporter.sources import CommandSource
from tokcheck.exporter.sources.commands import CommandResult, CommandRunner, check_program, run
from tokcheck.exporter.sources.reading import version
from tokcheck.paste.encoding.compression import LONGEST_PASTE

needs_sessions = pytest.mark.skipif(os.name == "nt", reason="Windows has no sessions")


def _python(script: str, *words: str, timeout: float = 30.0, every: float = 300.0) -> CommandSource:
    return CommandSource((sys.executable, "-c", script, *words), every, timeout)


def _run(source: CommandSource, environ: dict[str, str] | None = None) -> CommandResult:
    return asyncio.run(run(source, PATH | (environ or {})))


def _problem(source: CommandSource) -> str:
    ended = _run(source)
    assert ended.reading.paste is None
    return ended.reading.problem.replace(source.words[0], "@")


@pytest.fixture
def family() -> Iterator[ProcessFamily]:
    family = ProcessFamily()
    yield family
    family.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission to execute")
def test_a_program_that_exists_and_cannot_be_run_is_not_missing(tmp_path: Path) -> None:
    path = tmp_path / "program"
    problems = []
    for mode in (None, 0o600, 0o700):
        if mode is not None:
            path.touch()
            path.chmod(mode)
        problems.append(check_program(CommandSource((str(path),)), PATH).problem)
    sentence = f"The command {path} is not executable by this user."
    assert [f"The command {path} was not found.", sentence, ""] == problems


def test_the_output_of_a_command_is_its_paste() -> None:
    ended = _run(_python("import sys; print('x=' + sys.argv[1])", FITBIT))
    assert not ended.hung
    assert version(f"x={FITBIT}{os.linesep}") == ended.reading.version


def test_a_command_gets_no_shell_no_input_and_the_given_variables() -> None:
    script = "import sys, os; print(sys.argv[1:], sys.stdin.read(), os.environ['TOKEN'])"
    ended = _run(_python(script, "$HOME", "a b;c"), {"TOKEN": "x"})
    assert version(f"['$HOME', 'a b;c']  x{os.linesep}") == ended.reading.version


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("raise SystemExit(3)", "failed with exit code 3."),
        (f"print({FITBIT!r}); raise SystemExit(1)", "failed with exit code 1."),
        (f"import sys; sys.exit({FITBIT!r})", "failed with exit code 1."),
        ("import os; os.kill(os.getpid(), 15)", "was ended by signal 15."),
        ("", "printed nothing."),
        ("print()", "printed nothing."),
        (f"print('x' * {LONGEST_PASTE + 1})", "printed more than 1 MiB, so it was killed."),
        ("while True: print('x' * 9999)", "printed more than 1 MiB, so it was killed."),
    ],
)
def test_a_failed_command_is_reported_without_its_output(script: str, problem: str) -> None:
    assert f"The command @ {problem}" == _problem(_python(script))


def test_nothing_that_a_command_writes_reaches_the_output_or_the_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    script = f"import os, sys; os.write(2, b'{FITBIT}'); print(sys.argv[1])"
    assert version(f"printed{os.linesep}") == _run(_python(script, "printed")).reading.version
    assert ("", "") == capfd.readouterr()


def test_bytes_that_are_not_text_do_not_hide_a_token_in_the_output() -> None:
    source = _python(f"import sys; sys.stdout.buffer.write(b'\\xff {FITBIT}')")
    paste = _run(source).reading.paste
    assert paste is not None
    assert f"\N{REPLACEMENT CHARACTER} {FITBIT}" == paste.reveal()


def test_a_command_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    assert "The command @ was not found." == _problem(CommandSource(("no-such-program",)))
    assert "The command @ was not found." == _problem(CommandSource((str(tmp_path / "x"),)))
    assert "The command @ is not executable by this user." == _problem(
        CommandSource((str(tmp_path),))
    )
    (tmp_path / "text").write_text("hello")
    assert (
        "The command @ is not executable by this user."
        == _problem(CommandSource((str(tmp_path / "text"),)))
    )  # fmt: skip
    (tmp_path / "text").chmod(0o755)
    assert (
        "The command @ is not a program that this system can run."
        == _problem(CommandSource((str(tmp_path / "text"),)))
    )  # fmt: skip
    assert "The command @ has arguments that cannot be encoded here." == _problem(
        CommandSource(("true", "a\0b"))
    )
    assert "The command @ cannot be run: Argument list too long." == _problem(
        CommandSource(("true", "x" * 10_000_000))
    )


def test_a_program_is_named_without_arguments_or_tokens() -> None:
    problem = _run(CommandSource((f"/x/{FITBIT}", "word"))).reading.problem
    assert "The command /x/[redacted] was not found." == problem


def _run_past_deadline(source: CommandSource, family: ProcessFamily) -> CommandResult:
    """Run a command; its deadline passes as soon as all of its family are alive."""

    async def scenario() -> CommandResult:
        loop = asyncio.get_running_loop()
        real, passed = loop.time, 0.0
        loop.time = lambda: real() + passed  # type: ignore[method-assign]
        running = asyncio.create_task(run(source, PATH))
        await asyncio.to_thread(family.wait_alive)
        passed = source.timeout
        return await running

    return asyncio.run(scenario())


@pytest.mark.parametrize("ending", ["link.recv(1)", "sys.exit()"])
def test_a_hanging_command_is_killed_with_its_children(family: ProcessFamily, ending: str) -> None:
    # The child has its parent's output.
    ended = _run_past_deadline(_python(PARENT + ending, family.port), family)
    assert ended.hung
    assert ended.reading.problem.endswith("did not end within 30 s, so it was killed.")
    family.wait_dead()


@needs_sessions
def test_a_grandchild_in_its_own_session_delays_nothing(family: ProcessFamily) -> None:
    script = PARENT.replace("Popen(", "Popen(start_new_session=True, args=")
    source = _python(script + "link.recv(1)", family.port)
    assert _run_past_deadline(source, family).hung
    family.close()


def test_a_cancelled_command_is_killed_with_its_children(family: ProcessFamily) -> None:
    async def scenario() -> None:
        commands = CommandRunner(environ=PATH, timer=Timer())
        commands.poll({"anna": _python(PARENT + "link.recv(1)", family.port)})
        await asyncio.to_thread(family.wait_alive)
        await commands.aclose()
        assert {} == commands.poll({})

    asyncio.run(scenario())
    family.wait_dead()


@needs_sessions  # there, it does not run before it is held
def test_a_command_cancelled_while_it_starts_is_killed(family: ProcessFamily) -> None:
    async def scenario() -> None:
        commands = CommandRunner(environ=PATH, timer=Timer())
        commands.poll({"anna": _python(PARENT + "link.recv(1)", family.port)})
        for _ in range(2):
            await asyncio.sleep(0)
        # The process exists, but the event loop, which is busy here, has not noticed it.
        family.wait_alive()
        await commands.aclose()

    asyncio.run(scenario())
    family.wait_dead()


def test_a_timeout_shorter_than_a_second_is_shown_exactly() -> None:
    problem = _problem(_python("import time; time.sleep(600)", timeout=0.25))
    assert "The command @ did not end within 0.25 s, so it was killed." == problem


def test_no_error_repeats_the_output_of_a_command() -> None:
    scripts = (
        f"import sys; print({FITBIT!r}); print({FITBIT!r}, file=sys.stderr); sys.exit(2)",
        f"print({FITBIT!r} * 9999)",
        f"raise ValueError({FITBIT!r})",
    )
    for script in scripts:
        assert not survives(FITBIT, repr(_run(_python(script))))


def test_the_standard_error_of_a_command_is_not_inherited(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The log is the process's own standard error: what it inherits there, nothing redacts."""
    script = (
        "import os, subprocess, sys\n"
        f"sys.stderr.write({FITBIT!r})\n"
        f"os.write(2, {FITBIT!r}.encode())\n"
        "child = 'import sys; sys.stderr.write(sys.argv[1])'\n"
        f"subprocess.run([sys.executable, '-c', child, {FITBIT!r}])\n"
        "print('x' * 40)\n"
    )
    ended = _run(_python(script))
    assert ended.reading.paste is not None  # its standard error is no part of the paste either
    assert version("x" * 40 + os.linesep) == ended.reading.version
    assert ("", "") == capfd.readouterr()
