"""The help of the live view: a list of its keys."""

from rich.text import Text

_HELP = """Keys

  q              quit
  ↑ k, ↓ j       scroll by a line
  Page Up b, Page Down space
                 scroll by a page
  Home g, End G  go to the first or last account
  /              filter: accounts with this text in the name
  Esc            show all accounts again
  p              probe the first account on the screen now
  ?              show or hide this help

The worst accounts come first, as on tokcheck serve's page.
A narrow window leaves out columns: next probe, resets,
expires, runs out. Empty ones go first."""


def render_help(*, blocks: bool) -> Text:
    """Return the help; ``blocks`` is whether the terminal can show other characters than ASCII."""
    text = _HELP if blocks else _HELP.replace("↑", "Up").replace("↓", "Down")
    return Text(text, no_wrap=True, overflow="crop")
