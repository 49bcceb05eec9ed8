"""Draw the picture of the README: what a real terminal shows, as an SVG that loads nothing."""

import io
import os
import pty
import re
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.support.docs.session import Session, session, steady
from tests.support.paths import DOCS

PICTURE = DOCS / "images" / "validate.svg"
_COLUMNS = 80
_COMMANDS = (
    "pbpaste | tokcheck validate -",
    "tokcheck validate --file curl.txt",
)
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_SVG = "{http://www.w3.org/2000/svg}"


def _prepare(session: Session) -> None:
    """Leave a token that lost its end, and a refresh token in place of an access token."""
    session.clipboard(f"Try this one: {session.fitbit()[:-3]}\n")
    url = "https://api.fitbit.com/1/user/-/devices.json"
    refresh = sha256(b"made up").hexdigest()
    session.write("curl.txt", f'curl "{url}" -H "authorization: Bearer {refresh}"\n')


def _on_terminal(session: Session, command: str) -> str:
    """Run a command on a terminal of its own and return what it wrote there, colours included."""
    primary, secondary = pty.openpty()
    env = {**session.env, "TERM": "xterm-256color", "COLUMNS": str(_COLUMNS)}
    process = subprocess.Popen(
        ["/bin/bash", "--noprofile", "--norc", "-c", command],
        cwd=session.folder, env=env, stdin=subprocess.DEVNULL, stdout=secondary, stderr=secondary,
        pass_fds=[int(env["FORK_SERVER"])],
    )  # fmt: skip
    os.close(secondary)
    screen = b""
    with os.fdopen(primary, "rb", 0) as terminal:
        try:
            while chunk := terminal.read(65_536):
                screen += chunk
        except OSError:  # the program has closed the other end
            pass
    process.wait()
    return screen.decode().replace("\r\n", "\n")


def capture() -> str:
    """Return what the terminal shows today, with its escape sequences."""
    with tempfile.TemporaryDirectory() as folder, session(Path(folder) / "picture") as prepared:
        _prepare(prepared)
        return "\n".join(
            f"\x1b[32m$\x1b[0m {command}\n{_on_terminal(prepared, command)}"
            for command in _COMMANDS
        )


def strip_colours(screen: str) -> str:
    """Return a screen's text without colours."""
    return Text.from_ansi(screen).plain


def svg_text(svg: str) -> str:
    """Return the text of a picture, line by line."""
    lines: dict[float, str] = {}
    for element in ET.fromstring(svg).iter(f"{_SVG}text"):
        if "clip-path" in element.attrib:
            height = float(element.attrib["y"])
            lines[height] = lines.get(height, "") + (element.text or "").strip("\n").replace(
                "\xa0", " "
            )
    return "\n".join(lines[height] for height in sorted(lines))


def draw(screen: str) -> str:
    """Return a screen as an SVG; the fonts are those that the reader's system has."""
    console = Console(
        record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True, color_system="256"
    )
    console.print(Text.from_ansi(screen.rstrip()))
    svg = console.export_svg(title="tokcheck", theme=MONOKAI, unique_id="tokcheck")
    return re.sub(r" +$", "", _FONT_FACE.sub("", svg), flags=re.MULTILINE)


def write() -> None:
    """Draw the picture again if it shows anything else than the commands print today."""
    screen = capture()
    if PICTURE.exists() and steady(svg_text(PICTURE.read_text())) == steady(strip_colours(screen)):
        return
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(screen))
    sys.stdout.write(f"{PICTURE} is new\n")
