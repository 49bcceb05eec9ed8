"""The whole screen of the live view, and the effects of keys on it, without any input or output."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.console import Console, Group, RenderableType
from rich.text import Text

from tokcheck.core.redact import plain
from tokcheck.exporter.display.overview import (
    AccountFilter,
    Overview,
    build_overview,
    count_words,
    tally_words,
)
from tokcheck.exporter.display.terminal.account_table import render_accounts, shorten
from tokcheck.exporter.display.terminal.help_screen import render_help
from tokcheck.exporter.display.terminal.logins import render_logins
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.severity import Notice

_LONGEST_FILTER = 100
_LOW_HEIGHT = 16  # below this many lines, the messages beside the table are left out
_MOST_LOGINS = 5
_KEYS = "q quit · ? help · / filter · p probe · arrows, Page Up/Down scroll"


class Screen(NamedTuple):
    """The reader's choice."""

    top: int = 0
    """The number of the first account that is shown."""
    filter: str = ""
    """Text that the names contain."""
    is_typing: bool = False
    """Whether the filter is being typed."""
    shows_help: bool = False
    wants_probe: bool = False
    """Whether the first account on the screen is to be probed now."""
    answer: str = ""
    """The result of that probe, until the next key."""
    is_closed: bool = False


class Frame(NamedTuple):
    """A screen as it is drawn."""

    content: RenderableType
    rows: int
    """How many accounts fit on it."""
    screen: Screen
    """The reader's choice, within what there is to be seen."""
    first: str | None = None
    """The name of the first account on it."""


class Messages(NamedTuple):
    """The messages beside the table."""

    notes: Sequence[str] = ()
    """The newest lines of the log."""
    notices: Sequence[Notice] = ()
    """What keeps the exporter itself from working."""


NO_MESSAGES = Messages()
# By how many lines and by how many pages a key scrolls.
_SCROLLING: Mapping[str, tuple[int, int]] = {
    "up": (-1, 0), "k": (-1, 0), "down": (1, 0), "j": (1, 0), "enter": (1, 0),
    "page-up": (0, -1), "b": (0, -1), "page-down": (0, 1), " ": (0, 1),
}  # fmt: skip
_END = 1_000_000_000  # drawing limits it to the last page
# The changes by the other keys.
_CHANGES: Mapping[str, Mapping[str, Any]] = {
    "q": {"is_closed": True}, "/": {"is_typing": True}, "?": {"shows_help": True},
    "p": {"wants_probe": True}, "escape": {"filter": "", "top": 0},
    "home": {"top": 0}, "g": {"top": 0}, "end": {"top": _END}, "G": {"top": _END},
}  # fmt: skip


def press(screen: Screen, key: str, rows: int) -> Screen:
    """Return the screen after a key; ``rows`` is how many accounts it shows at once."""
    screen = screen._replace(answer="")
    if screen.is_typing:
        return _type(screen, key)
    if screen.shows_help:
        return screen._replace(shows_help=False, is_closed=key == "q")
    if key in _SCROLLING:
        lines, pages = _SCROLLING[key]
        return screen._replace(top=max(0, screen.top + lines + pages * max(1, rows)))
    return screen._replace(**_CHANGES.get(key, {}))


def _type(screen: Screen, key: str) -> Screen:
    match key:
        case "enter":
            return screen._replace(is_typing=False)
        case "escape":
            return screen._replace(is_typing=False, filter="", top=0)
        case "backspace":
            return screen._replace(filter=screen.filter[:-1], top=0)
    if len(key) == 1 and key.isprintable() and len(screen.filter) < _LONGEST_FILTER:
        return screen._replace(filter=screen.filter + key, top=0)
    return screen


def draw(
    states: Sequence[AccountState],
    now: float,
    screen: Screen,
    console: Console,
    *,
    messages: Messages = NO_MESSAGES,
    blocks: bool = True,
    has_keys: bool = True,
) -> Frame:
    """Draw the accounts, the worst first, on as many lines as the console has.

    ``has_keys`` is whether keys can be pressed.
    """
    width, height = console.size
    overview = build_overview(states, now, AccountFilter(screen.filter), messages.notices)
    if screen.shows_help:
        return Frame(render_help(console, blocks=blocks), 1, screen)
    notes = messages.notes if height >= _LOW_HEIGHT else ()
    above: list[RenderableType] = [shorten(_title(overview, screen), width, blocks=blocks)]
    if height >= _LOW_HEIGHT:
        above += [
            shorten(Text(plain(notice.sentence), style="bold red"), width, blocks=blocks)
            for notice in messages.notices
        ]
        above += _logins(overview, console, height // 2)
    taken = len(console.render_lines(Group(*above), pad=False))
    below = [Text(plain(note), style="dim") for note in notes]
    most = max(1, height - taken - 1 - 2 - len(below))
    count = len(overview.selected)
    keys = [_keys(screen, has_keys)]
    if screen.answer:
        keys = _lines_of(keys[0], console, max(1, most - 1))
    # The position in the footer needs as many digits with a row less.
    top = max(0, min(screen.top, count - most))
    footer_lines = 2 if height >= _LOW_HEIGHT else 1
    footer = _lines_of(
        _footer(overview, top, most, screen.filter, blocks=blocks), console, footer_lines
    )
    rows = max(1, most - (len(footer) - 1) - (len(keys) - 1))
    top = max(0, min(screen.top, count - rows))
    visible = overview.selected[top : top + rows]
    table = render_accounts(overview.views(visible), now, width=width, blocks=blocks)
    gap = [Text()] if len(visible) < rows else []
    footer = _lines_of(
        _footer(overview, top, len(visible), screen.filter, blocks=blocks), console, footer_lines
    )
    tail = (*gap, *footer, *below, *keys)
    lines = [*table, *(shorten(line, width, blocks=blocks) for line in tail)]
    for line in lines:
        line.no_wrap, line.overflow = True, "crop"
    first = visible[0].name if visible else None
    return Frame(Group(*above, *lines), rows, screen._replace(top=top), first)


def _lines_of(text: Text, console: Console, most: int) -> list[Text]:
    """Return a text in at most this many lines; the last one may be too long."""
    lines = [text] if most == 1 else list(text.wrap(console, console.width))
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], Text(" ").join(lines[most - 1 :])]


def _logins(overview: Overview, console: Console, most_lines: int) -> list[RenderableType]:
    """Return the logins that are needed, as many as fit on these lines, and an empty line."""
    for most in range(_MOST_LOGINS, 0, -1):
        logins = render_logins(overview.ranked, overview.now, most=most)
        if logins is None:
            return []
        if len(console.render_lines(logins, pad=False)) < most_lines:
            return [logins, Text()]
    return [Text("Logins are needed: tokcheck accounts list", no_wrap=True, overflow="ellipsis")]


def _title(overview: Overview, screen: Screen) -> Text:
    title = Text(overview.headline, style="bold", no_wrap=True)
    if screen.filter and not screen.is_typing:
        found = count_words(len(overview.selected), "account")
        title.append(f" · {found} with {plain(screen.filter)!r} in the name, Esc shows all")
    return title


def _footer(overview: Overview, top: int, shown: int, words: str, *, blocks: bool) -> Text:
    """Return the totals of all accounts, the selection, and how many of it are not shown."""
    count, total = len(overview.selected), len(overview.ranked)
    more = count - top - shown
    parts = []
    if more or top:
        parts.append(f"{top + 1:,} to {top + shown:,} of {count:,}")
    if more:
        parts.append(f"{'…' if blocks else '...'} {more:,} more")
    if not total:
        parts.append("There are no accounts yet.")
    tally = tally_words(overview)
    if words:
        parts.append(f"filter {plain(words)!r}: {count:,} of {count_words(total, 'account')}")
        tally = tally and f"all: {tally}"
    parts.append(tally)
    return Text((" · " if blocks else " | ").join(filter(None, parts)), style="dim")


def _keys(screen: Screen, has_keys: bool) -> Text:  # noqa: FBT001 - one of the two
    if screen.is_typing:
        return Text(f"/{plain(screen.filter)}_   Enter keeps the filter, Esc removes it")
    if screen.answer:
        return Text(plain(screen.answer), style="bold")
    return Text(_KEYS if has_keys else "Ctrl-C quits", style="dim")
