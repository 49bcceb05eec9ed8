"""The first round of an exporter: CPU time an account, and memory.

    uv run python -m benchmarks.exporter.first_round [ACCOUNTS] [ACCOUNTS_FOR_MEMORY]

``tokcheck serve --once`` as a whole process, over a folder with a file for each token. A server on
this computer answers its requests. What the same process takes for one account is
subtracted from the CPU time, but not from the memory.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.support.goals import Figure, report
from benchmarks.support.ratios import SCRIPT, run
from benchmarks.support.servers import run_server
from tests.support.tokens import fitbit
from tokcheck.sandbox import SandboxState, serve_in_thread

_ACCOUNTS = 5_000
_MEMORY_ACCOUNTS = 10_000


def _response() -> bytes:
    """Return the sandbox's response to a probe, with its headers."""
    with serve_in_thread(SandboxState()) as sandbox:
        bearer = {"Authorization": f"Bearer {sandbox.state.issue_fitbit_token()}"}
        response = httpx.get(f"{sandbox.url}/1/user/-/devices.json", headers=bearer)
    head = [f"{name}: {value}" for name, value in response.headers.items()]
    return "\r\n".join(["HTTP/1.1 200 OK", *head, "", ""]).encode() + response.content


def _first_round(count: int, url: str) -> tuple[float, float]:
    """Return the CPU seconds and the peak MiB of a first round of so many accounts."""
    ends = int(time.time()) + 20_000
    with tempfile.TemporaryDirectory() as folder:
        tokens = Path(folder) / "tokens"
        tokens.mkdir(mode=0o700)
        for number in range(count):
            file = tokens / f"account-{number:05}"
            file.touch(mode=0o600)
            file.write_text(fitbit(exp=ends, sub=f"{number:06}"))
        environment = {
            **os.environ,
            "TOKCHECK_HOME": f"{folder}/home",
            "TOKCHECK_FITBIT_URL": url,
        }
        words = [SCRIPT, "serve", "--once", "--tokens-dir", str(tokens)]
        usage = run([*words, "--textfile", f"{folder}/metrics.prom"], environment)
        text = (Path(folder) / "metrics.prom").read_text()
    assert text.count("\ntokcheck_token_valid{") == count, text[:2_000]
    assert text.count("\ntokcheck_probe_success{") == count
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(accounts: int = _ACCOUNTS, memory_accounts: int = _MEMORY_ACCOUNTS) -> list[Figure]:
    """Run the first round of three numbers of accounts."""
    repeating = [sys.executable, "-m", "benchmarks.support.answering"]
    with run_server(repeating, _response()) as server:
        url = f"http://127.0.0.1:{server.first_line}"
        one, _ = _first_round(1, url)
        many, memory = _first_round(accounts, url)
        if memory_accounts != accounts:
            _, memory = _first_round(memory_accounts, url)
    return [
        Figure("first round, an account", (many - one) / accounts * 1000, "ms of CPU", 1.4),
        Figure(f"first round of {memory_accounts:,}", memory, "MiB at most", 100),
    ]


if __name__ == "__main__":
    report(measure)
