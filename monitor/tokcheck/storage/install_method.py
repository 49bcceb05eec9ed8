"""How this program was installed, and the command that adds an optional part of it."""

import sys
from pathlib import Path

from tokcheck.storage.shell_words import quote

_PACKAGE = "tokcheck"


def extra_command(extra: str, prefix: Path = Path(sys.prefix)) -> str:
    """Return the command that adds an optional part to the installation in ``prefix``.

    uv and pipx leave a file of their own in the environment of a tool. An environment that uv made
    has no pip.
    """
    wanted = quote(f"{_PACKAGE}[{extra}]")
    if (prefix / "uv-receipt.toml").is_file():
        return f"uv tool install {wanted}"
    if (prefix / "pipx_metadata.json").is_file():
        return f"pipx install --force {wanted}"
    place = quote(str(prefix))
    if "\nuv = " in f"\n{_read(prefix / 'pyvenv.cfg')}":
        return f"uv pip install --python {place} {wanted}"
    return f"{quote(sys.executable)} -m pip install {wanted}"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
