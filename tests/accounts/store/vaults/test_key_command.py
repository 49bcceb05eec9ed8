"""The command that prints the key: it is ended in time, and its output is bounded."""

import os
import shlex
import subprocess
import sys

import pytest

from tests.support.suite.cases import each_case
from tokcheck.accounts.store.vaults.key_command import run_key_command
from tokcheck.core.errors import UsageError

_ENDLESS = "import os\nwhile True: os.write(1, b'x' * 65536)"


def _python(program: str) -> str:
    words = [sys.executable, "-c", program]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


@each_case(
    "program, expected",
    [
        ("print('x' * 4094)", f"{'x' * 4094}\n"),
        ("", ""),
        ("import os; os.write(1, bytes([65, 255]))", "A\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_the_output_is_returned(program: str, expected: str) -> None:
    output = run_key_command(_python(program), os.environ)
    assert expected == output.replace("\r\n", "\n")


@each_case(
    "program, wait_seconds, expected",
    [
        (_ENDLESS, 30, "printed more than 4096 bytes"),
        ("print('x' * 5000)", 30, "printed more than 4096 bytes"),
        ("import time; print('x', flush=True); time.sleep(60)", 1, "did not end within 1 s"),
        ("import os, time; os.close(1); time.sleep(60)", 1, "did not end within 1 s"),
        ("import sys; print('x'); sys.exit(3)", 30, "ended with exit code 3"),
    ],
)
def test_what_is_no_key_is_explained(program: str, wait_seconds: float, expected: str) -> None:
    with pytest.raises(UsageError) as caught:
        run_key_command(_python(program), os.environ, wait_seconds)
    assert f"The command of the key {expected}." == caught.value.message
