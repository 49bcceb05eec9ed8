"""The accounts that cannot be refreshed: why, by when, and the command that helps."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from tokcheck.accounts.names import LONGEST
from tokcheck.core.humanize import format_relative
from tokcheck.core.redact import plain
from tokcheck.exporter.display.terminal.column_widths import LONGEST_NAME, shorten_name
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.remediation import (
    Remediation,
    explain_broken_grant,
    find_remediation,
)

_MOST = 5  # more would push the table out of the window


def render_logins(ranked: Sequence[AccountState], now: float, *, most: int = _MOST) -> Group | None:
    """Return which accounts cannot be refreshed, why, and the commands; ``None`` if all can.

    Of the accounts, the worst first, at most ``most`` are shown and the others counted.
    """
    needs = [
        (state, need) for state in ranked if (need := find_remediation(state, now)) is not None
    ]
    if not needs:
        return None
    lines = [line for state, need in needs[:most] for line in _login(state, need, now)]
    rest = len(needs) - most
    if rest > 0:
        words = "1 more needs" if rest == 1 else f"{rest} more need"
        lines.append(Text(f"{words} attention; `tokcheck accounts list` shows all."))
    return Group(*lines)


def _login(state: AccountState, need: Remediation, now: float) -> Iterator[RenderableType]:
    left = "" if need.by is None else f" {format_relative(need.by - now)}"
    name = shorten_name(plain(state.name, longest=LONGEST), LONGEST_NAME)
    yield Text(f"{name} {need.needs}: {need.why}{left}.", style="bold red")
    words = explain_broken_grant(state)
    if words is not None:
        yield Padding(Text(plain(words.sentence), style="dim"), (0, 0, 0, 2))
    yield Padding(Text(plain(need.command)), (0, 0, 0, 2))
