"""Examples of command lines, for the shells of this system."""

import re
import sys
from collections.abc import Iterable

_CLIPBOARD = "powershell -c Get-Clipboard"
_PASTE = re.compile(r"\b(?:pbpaste|wl-paste)\b")
_ASSIGNMENT = re.compile(r"^(?:export )?[A-Z]+=\$\((.*)\)(?: && export [A-Z]+)?$")


def shell_examples(lines: Iterable[str], platform: str = sys.platform) -> Iterable[str]:
    """Return examples, written for bash or zsh, as the shells of this system take them."""
    # The clipboards of macOS and Linux are one on Windows.
    return dict.fromkeys(map(windows_example, lines)) if platform == "win32" else lines


def windows_example(line: str) -> str:
    """Return an example as cmd and PowerShell take it, which set variables each in its way."""
    line = _ASSIGNMENT.sub(r"\1", line)
    return _PASTE.sub(_CLIPBOARD, line)
