"""The steps of a Containerfile, run in an empty folder in place of an image.

Both stages share the folder: what one copies from the other is there already. Absolute paths of the
image are moved below the folder; the base image is this machine.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "VOLUME", "USER", "EXPOSE"}
_KNOWN |= {"STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


class Instruction(NamedTuple):
    """One instruction, such as ``RUN`` and the rest of its line."""

    name: str
    rest: str


class Container(NamedTuple):
    """The programs that an image would start, with paths below the folder."""

    command: list[str]
    health: list[str]
    environment: dict[str, str]
    user: int
    stop_signal: str


def instructions(text: str) -> list[Instruction]:
    """Return the instructions of a Containerfile without comments."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [Instruction(*line.split(maxsplit=1)) for line in joined.splitlines() if line]


def build(containerfile: Path, context: Path, root: Path) -> Container:
    """Run the steps below ``root`` and return what the image would start.

    :raises AssertionError: for an instruction that this does not know, or a step that fails.
    """
    settings: dict[str, str] = {"WORKDIR": "/"}
    for name, rest in instructions(containerfile.read_text()):
        assert name in _KNOWN, name
        folder = Path(move_below(root, settings["WORKDIR"]))
        if name == "WORKDIR":
            Path(move_below(root, rest)).mkdir(parents=True)
        elif name == "COPY":
            _copy(rest.split(), context, folder, root)
        elif name == "RUN":
            _run(move_below(root, rest), folder)
        settings[name] = rest
    words = (word.partition("=") for word in shlex.split(settings["ENV"]))
    started = json.loads(settings["ENTRYPOINT"]) + json.loads(settings["CMD"])
    return Container(
        command=[move_below(root, word) for word in started],
        health=json.loads(settings["HEALTHCHECK"].partition(" CMD ")[2]),
        environment={name: move_below(root, value) for name, _, value in words},
        user=int(settings["USER"].partition(":")[0]),
        stop_signal=settings["STOPSIGNAL"],
    )


def move_below(root: Path, text: str) -> str:
    """Return ``text`` with the image's own folders moved below ``root``."""
    return re.sub(r"(?<![\w./-])(?=/(?:opt|src|var|run)\b)", str(root), text)


def _copy(words: list[str], context: Path, folder: Path, root: Path) -> None:
    if words[0].startswith("--from="):
        source, target = words[1:]
        assert source == target
        assert Path(move_below(root, source)).exists()
        return
    *sources, target = words
    for name in sources:
        if (context / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(context / name, folder / target, ignore=ignored)
        else:
            shutil.copy(context / name, folder / target)


def _run(step: str, folder: Path) -> None:
    if os.geteuid() != 0:
        step = re.sub(r" -[og] \d+", "", step)  # only root gives files away
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(folder)}
    result = subprocess.run(
        ["sh", "-ec", step],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{step}\n{result.stdout}{result.stderr}"
