"""No output or file of a command contains a planted token."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.tokens import fitbit, google
from tokcheck.sandbox import FAULT_NAMES, serve_in_thread

_FITBIT = fitbit(sub="CANARY", exp=4_000_000_000)
_GOOGLE = google("canary")


def _pieces(token: str) -> set[str]:
    """Return every long piece of the token; the masked form shows six characters and four."""
    edges = range(0, len(token) - 12, 6)
    return {token[start : start + 12] for start in edges} | {
        token[a:b] for a, b in pairwise(range(0, len(token), 16)) if b - a == 16
    }


@pytest.mark.parametrize("token", [_FITBIT, _GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["text", "json"])
def test_no_response_of_a_provider_reveals_the_token(
    token: str, form: list[str], tmp_path: Path
) -> None:
    program = (
        "import logging, sys\n"
        "logging.basicConfig(level=0)\n"
        "from tokcheck.cli.main import main\n"
        "for line in sys.stdin:\n"
        "    url, token = line.split()\n"
        "    main(['validate', '--api-url', url, '--env', 'CANARY', *sys.argv[1:]])\n"
    )
    with serve_in_thread() as sandbox:
        lines = "".join(f"{sandbox.url}/~{name} -\n" for name in FAULT_NAMES if name != "slow")
        ended = subprocess.run(
            [sys.executable, "-X", "dev", "-c", program, *form],
            input=lines,
            capture_output=True,
            text=True,
            check=True,
            cwd=tmp_path,
            env={
                "CANARY": token,
                "HOME": str(tmp_path),
                "SSL_CERT_FILE": os.environ["SSL_CERT_FILE"],
                "TOKCHECK_GOOGLE_OAUTH_URL": sandbox.url,
                "PYTHONPATH": ":".join(sys.path),
            },
        )
    assert len(FAULT_NAMES) - 1 <= ended.stdout.count("UNDETERMINED") + ended.stdout.count("\n")
    printed = ended.stdout + ended.stderr
    assert "HTTP Request" in ended.stderr  # the logs of the network's library are in it
    assert set() == {piece for piece in _pieces(token) if piece in printed}
    assert [] == list(tmp_path.iterdir())
