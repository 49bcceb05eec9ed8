"""How this program was installed, and the command that adds an optional part of it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple

from tokcheck.storage.shell_words import quote

_PACKAGE = "tokcheck"
EXTRA_MODULES = {"encryption": "nacl", "keyring": "keyring", "postgres": "psycopg"}


class Installation(NamedTuple):
    """Where and how the program is installed."""

    prefix: Path
    """Its environment, in which uv and pipx leave a file of their own."""
    python: str
    origin: str = ""
    """Where the package came from if that was no index, as PEP 610 records it in JSON."""
    extras: tuple[str, ...] = ()
    """The optional parts that it has."""
    is_windows: bool = False


def extra_command(extra: str, installation: Installation | None = None) -> str:
    """Return the command that adds an optional part to an installation, this one by default.

    An environment that uv made has no pip. The double quotes are those of every shell, cmd and
    PowerShell included.
    """
    here = _this_installation() if installation is None else installation
    wanted = _requirement({extra, *here.extras}, here.origin)
    if (here.prefix / "uv-receipt.toml").is_file():
        return f"uv tool install {wanted}"
    if (here.prefix / "pipx_metadata.json").is_file():
        return f"pipx install --force {wanted}"
    place = quote(str(here.prefix))
    if "\nuv = " in f"\n{_read(here.prefix / 'pyvenv.cfg')}":
        return f"uv pip install --python {place} {wanted}"
    python = quote(here.python)
    if here.is_windows and python[0] in "\"'":
        # PowerShell runs no quoted program without &, at which cmd begins another command.
        return f"py -m pip --python {python} install {wanted}"
    return f"{python} -m pip install {wanted}"


def command_here(environment: Mapping[str, str]) -> str:
    """Return how the command is called here, from the folder that the process was started in.

    ``uv run`` puts it on the ``PATH`` of this process alone. uv itself may be on none, as with
    ``pipx run uv``; ``UV`` is then its path.
    """
    if not environment.get("UV_RUN_RECURSION_DEPTH"):
        return _PACKAGE
    uv = environment.get("UV", "")
    if which("uv", path=environment.get("PATH")) or not uv:
        run = "uv run"
    elif "pipx" in Path(uv).parts:  # it deletes old environments, so that their paths change
        run = "pipx run uv run"
    else:
        run = f"{_program(uv, is_windows=sys.platform == 'win32')} run"
    return f"{run} --no-dev {_PACKAGE}"


def module_command(arguments: str, python: str = "", *, is_windows: bool | None = None) -> str:
    """Return the command that runs a module, such as ``keyring --list-backends``, of this Python.

    pipx and uv put only this program on the ``PATH``, not the Python that has its packages.
    """
    on_windows = sys.platform == "win32" if is_windows is None else is_windows
    return f"{_program(python or sys.executable, is_windows=on_windows)} -m {arguments}"


def _program(path: str, *, is_windows: bool) -> str:
    """Return the path of a program as a command begins with it."""
    program = quote(path)
    # PowerShell runs no quoted program without &, and cmd runs it for both shells.
    return f"cmd /c {program}" if is_windows and program[0] in "\"'" else program


def _this_installation() -> Installation:
    from importlib.metadata import PackageNotFoundError, distribution
    from importlib.util import find_spec

    try:
        origin = distribution(_PACKAGE).read_text("direct_url.json") or ""
    except (PackageNotFoundError, OSError, UnicodeDecodeError):
        origin = ""
    return Installation(
        Path(sys.prefix),
        sys.executable,
        origin,
        tuple(extra for extra, module in EXTRA_MODULES.items() if find_spec(module)),
        sys.platform == "win32",
    )


def _requirement(extras: set[str], origin: str) -> str:
    """Return the quoted requirement to install: of an index, a folder, an archive, a repository."""
    wanted = f"{_PACKAGE}[{','.join(sorted(extras))}]"
    try:
        source: dict[str, Any] = json.loads(origin)
        url: str = source["url"]
    except (ValueError, KeyError, TypeError):
        return f'"{wanted}"'
    if source.get("dir_info", {}).get("editable"):
        return f'-e "{wanted} @ {url}"'
    if vcs := source.get("vcs_info"):
        url = f"{vcs['vcs']}+{url}"
        if revision := vcs.get("requested_revision"):
            url += f"@{revision}"
    return f'"{wanted} @ {url}"'


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
