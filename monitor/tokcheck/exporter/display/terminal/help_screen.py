"""The help of the live view: a list of its keys, in fewer lines where the window is small."""

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_KEYS = (
    ("q", "quit"),
    ("↑ k, ↓ j", "scroll by a line"),
    ("Page Up b, Page Down space", "scroll by a page"),
    ("Home g, End G", "go to the first or last account"),
    ("/", "filter: accounts with this text in the name"),
    ("Esc", "show all accounts again"),
    ("p", "probe the first account on the screen now"),
    ("?", "show or hide this help"),
)
_NOTES = (
    "The worst accounts come first, as on tokcheck serve's page.",
    "A narrow window leaves out columns: next probe, resets,",
    "expires, runs out. Empty ones go first.",
)
_COLUMN = 15
"""Cells of the keys before what they do; longer ones have a line of their own."""


def render_help(console: Console, *, blocks: bool) -> Text:
    """Return the help for the console's size; the notes are left out if only the keys fit.

    ``blocks`` is whether the terminal can show other characters than ASCII.
    """
    text = _list_keys()
    lines = text.split("\n")
    if len(lines) > console.height or max(map(cell_len, lines)) > console.width:
        text = _fit_keys(console)
    if not blocks:
        text = text.replace("↑", "Up").replace("↓", "Down").replace(" · ", " | ")
    return Text(text, no_wrap=True, overflow="crop")


def _list_keys() -> str:
    lines = ["Keys", ""]
    for keys, effect in _KEYS:
        is_long = len(keys) >= _COLUMN
        lines += [f"  {keys}"] if is_long else []
        lines.append(f"  {'' if is_long else keys:{_COLUMN}}{effect}")
    return "\n".join((*lines, "", *_NOTES))


def _fit_keys(console: Console) -> str:
    """Return the keys one after another, and the notes below them if there is room."""
    keys = _wrap(" · ".join(f"{keys} {effect}" for keys, effect in _KEYS), console)
    lines = [*keys, *_wrap(" ".join(_NOTES), console)]
    return "\n".join(lines if len(lines) <= console.height else keys)


def _wrap(text: str, console: Console) -> list[str]:
    return [line.plain for line in Text(text).wrap(console, console.width)]
