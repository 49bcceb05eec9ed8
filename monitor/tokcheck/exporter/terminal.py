"""The accounts as a table for the terminal, and the logins that they need, rendered with rich."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import draw_bar, format_duration, format_relative
from tokcheck.core.redact import plain
from tokcheck.core.report import Quota
from tokcheck.exporter.state.account_state import SKIP_WORDS, AccountState
from tokcheck.exporter.state.forecast import exhaustion_time
from tokcheck.exporter.state.severity import (
    Remediation,
    consent_ends_soon,
    explain_broken_grant,
    find_remediation,
    is_grant_lost,
    is_past_reset,
    refresh_not_before,
    severity_sort_key,
    shown_verdict,
    token_expires_soon,
)

_BAR = 12
_LOW = 0.1
_LOGINS = 5  # more would push the table out of the window
_COLOURS = {True: "green", False: "bold red", None: "yellow"}


def render_accounts(states: Sequence[AccountState], now: float, *, blocks: bool = True) -> Table:
    """Return the accounts as a table, the worst first; ``now`` in Unix seconds.

    ``blocks`` is whether the terminal can show block characters.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("account", "verdict", "quota", "resets", "runs out", "expires", "next probe"):
        table.add_column(name, no_wrap=name not in {"account", "verdict"}, overflow="fold")
    for state in sorted(states, key=lambda one: severity_sort_key(one, now)):
        quota = state.quota[0] if state.quota else None
        table.add_row(
            plain(state.name, longest=40),
            _verdict(state, now),
            _quota_bar(quota, now, blocks=blocks),
            _resets(quota, now),
            _runs_out(state, now),
            _expires(state, now),
            _next(state, now),
        )
    return table


def render_logins(states: Sequence[AccountState], now: float) -> Group | None:
    """Return which accounts cannot be refreshed, why, and the commands; ``None`` if all can."""
    needs = [
        (state, need)
        for state in sorted(states, key=lambda one: severity_sort_key(one, now))
        if (need := find_remediation(state, now)) is not None
    ]
    if not needs:
        return None
    lines = [line for state, need in needs[:_LOGINS] for line in _login(state, need, now)]
    rest = len(needs) - _LOGINS
    if rest > 0:
        words = "1 more needs" if rest == 1 else f"{rest} more need"
        lines.append(Text(f"{words} attention; tokcheck accounts list shows all."))
    return Group(*lines)


def _login(state: AccountState, need: Remediation, now: float) -> Iterator[RenderableType]:
    left = "" if need.by is None else f" in {format_duration(need.by - now)}"
    name = plain(state.name, longest=40)
    yield Text(f"{name} {need.needs}: {need.why}{left}.", style="bold red")
    words = explain_broken_grant(state)
    if words is not None:
        yield Padding(Text(plain(words.sentence), style="dim"), (0, 0, 0, 2))
    yield Padding(Text(plain(need.command)), (0, 0, 0, 2))


def _verdict(state: AccountState, now: float) -> Text:
    shown = shown_verdict(state)
    word = shown.value.replace("_", " ") if shown else "not probed yet"
    verdict = Text(word, style=_COLOURS[state.usable] if shown else "dim")
    if consent_ends_soon(state, now):
        return verdict.append(", consent ends soon", style="yellow")
    need = find_remediation(state, now)
    if need is not None:
        return verdict.append(f", {need.needs}", style="bold red")
    until = refresh_not_before(state, now)
    if until is None:
        return verdict
    return verdict.append(f", no refresh for {format_duration(until - now)}", style="yellow")


def _quota_bar(quota: Quota | None, now: float, *, blocks: bool) -> Text:
    if quota is None or quota.limit is None:
        return Text("not known", style="dim")
    if quota.remaining is None or is_past_reset(quota, now):
        documented = ", documented" if quota.source == "documented" else ""
        return Text(f"? of {quota.limit}{documented}", style="dim")
    share = min(1.0, quota.remaining / quota.limit) if quota.limit else 0.0
    bar = "".join(draw_bar(quota.remaining, quota.limit, _BAR, blocks=blocks))
    return Text(f"{bar} {quota.remaining} of {quota.limit}", style="red" if share <= _LOW else "")


def _resets(quota: Quota | None, now: float) -> str:
    if quota is None or quota.reset_at is None:
        return ""
    return format_relative(quota.reset_at.timestamp() - now)


def _runs_out(state: AccountState, now: float) -> Text:
    moment = exhaustion_time(state, now)
    return Text("" if moment is None else format_relative(moment - now), style="bold red")


def _expires(state: AccountState, now: float) -> Text:
    if state.expires_at is None:
        return Text("not known", style="dim")
    left = state.expires_at - now
    if is_expired(state.expires_at, now):
        style = "red"
    elif is_grant_lost(state, now):
        style = "bold red"
    else:
        style = "yellow" if token_expires_soon(state, now) else ""
    return Text(format_relative(left), style=style)


def _next(state: AccountState, now: float) -> str:
    if state.waiting is not None:
        return SKIP_WORDS[state.waiting].short
    if state.next_probe_at is None:
        return ""
    left = state.next_probe_at - now
    return f"in {format_duration(left)}" if left >= 1 else "now"
