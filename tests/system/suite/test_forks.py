"""A fork of a loaded process does what a new interpreter does, its end included."""

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.support.cli.fork_client import shell_words
from tests.support.cli.processes import Piped


@pytest.mark.parametrize(
    "words", [["--version"], ["no-such-command"], ["clean", "no", "token"]], ids=" ".join
)
def test_a_fork_ends_as_an_interpreter_does(words: Sequence[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tokcheck", *words], capture_output=True, text=True, check=False
    )
    fork = Piped(words, os.environ)
    assert (ended.stdout, ended.stderr) == fork.communicate()
    assert ended.returncode == fork.wait()
    assert ended.stdout + ended.stderr


def test_a_fork_whose_output_nobody_reads_ends_as_an_interpreter_does() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as output:
        ended = subprocess.run(
            [sys.executable, "-m", "tokcheck", "--help"],
            stdout=output, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    fork = Piped(["--help"], os.environ)
    fork.stdout.close()
    assert (("", ended.stderr), ended.returncode) == (fork.communicate(), fork.wait())


@pytest.mark.parametrize("words", [["--version"], ["no-such-command"]], ids=" ".join)
def test_a_fork_for_a_shell_ends_as_any_other(words: Sequence[str]) -> None:
    beginning, descriptors = shell_words()
    ended = subprocess.run(
        [*beginning, *words], capture_output=True, text=True, check=False, pass_fds=descriptors
    )
    fork = Piped(words, os.environ)
    assert (fork.communicate(), fork.wait()) == ((ended.stdout, ended.stderr), ended.returncode)
    assert ended.stdout + ended.stderr
