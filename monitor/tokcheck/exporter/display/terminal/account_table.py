"""The accounts as the lines of a table for the terminal."""

from collections.abc import Callable, Mapping, Sequence

from rich.text import Text

from tokcheck.accounts.names import LONGEST
from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import draw_bar, format_relative_to_minute, format_wait, list_names
from tokcheck.core.redact import plain
from tokcheck.exporter.display.account_view import AccountView
from tokcheck.exporter.display.terminal.column_widths import (
    GAP,
    LONGEST_NAME,
    NAMES,
    QuotaWidths,
    fit_columns,
    shorten_name,
)
from tokcheck.exporter.state.remediation import is_grant_lost
from tokcheck.exporter.state.severity import (
    LOW_SHARE,
    Severity,
    is_past_reset,
    quota_share_left,
    token_expires_soon,
)

_BAR = 12
_REFUSAL_SECONDS = 3_600.0  # for so long, a refusal is shown
_COLOURS = {"critical": "bold red", "warning": "yellow", None: "green"}


def render_accounts(
    views: Sequence[AccountView], now: float, *, width: int, blocks: bool = True
) -> list[Text]:
    """Return a heading and one line for each account, none wider than ``width`` cells.

    ``now`` is in Unix seconds; ``blocks`` is whether the terminal can show other characters than
    ASCII.
    """
    cells = {name: [_CELLS[name](view, now) for view in views] for name in NAMES}
    has_bar = [_bar_share(view, now) is not None for view in views]
    texts = list(zip(cells["quota"], has_bar, strict=True))
    quota_widths = QuotaWidths(
        max((cell.cell_len for cell, bar in texts if bar), default=0),
        max((cell.cell_len for cell, bar in texts if not bar), default=0),
    )
    natural = {
        name: max([len(name), *(cell.cell_len for cell in column)])
        for name, column in cells.items()
    }
    natural["account"] = min(natural["account"], LONGEST_NAME)
    natural["quota"] = quota_widths.with_bar(_BAR)
    empty = frozenset(name for name, column in cells.items() if not any(map(len, column)))
    sizes = fit_columns(natural, width, quota=quota_widths, empty=empty)
    bar = min(_BAR, max(0, sizes["quota"] - quota_widths.beside_bar - 1))
    cells["quota"] = [
        _add_bar(cell, view, now, bar, blocks=blocks)
        for cell, view in zip(cells["quota"], views, strict=True)
    ]
    cells["account"] = [
        Text(shorten_name(cell.plain, sizes["account"], blocks=blocks)) for cell in cells["account"]
    ]
    heading = _line({name: Text(name, style="bold") for name in sizes}, sizes, blocks=blocks)
    rows = zip(*(cells[name] for name in sizes), strict=True)
    return [
        heading,
        *(_line(dict(zip(sizes, row, strict=True)), sizes, blocks=blocks) for row in rows),
    ]


def shorten(text: Text, size: int, *, blocks: bool) -> Text:
    """Return a text of exactly ``size`` cells: cut with an ellipsis, or padded."""
    short = text.copy()
    if blocks or text.cell_len <= size:
        short.truncate(size, overflow="ellipsis", pad=True)
        return short
    short.truncate(max(0, size - 1), overflow="crop", pad=True)
    return short.append("." if size else "")


def _line(cells: Mapping[str, Text], sizes: Mapping[str, int], *, blocks: bool) -> Text:
    padded = [shorten(cells[name], size, blocks=blocks) for name, size in sizes.items()]
    line = Text(" " * GAP).join(padded)
    line.rstrip()
    return line


def _account(view: AccountView, _now: float) -> Text:
    return Text(plain(view.state.name, longest=LONGEST))


def _verdict(view: AccountView, now: float) -> Text:
    colour = "dim" if view.severity is Severity.NOT_PROBED else _COLOURS[view.severity.alert]
    words = Text(view.words, style=colour)
    refusal = view.state.last_refusal
    if refusal is not None and now - refusal.at < _REFUSAL_SECONDS:
        names = list_names(plain(name, longest=60) for name in refusal.limits)
        ago = format_relative_to_minute(refusal.at - now)
        words.append(f", refused {ago} by {names}", style="yellow")
    until = view.refresh_not_before
    if until is None or view.remedy is not None:
        return words
    return words.append(f", no refresh for {format_wait(until - now)}", style="yellow")


def _quota(view: AccountView, now: float) -> Text:
    quota = view.quota
    if quota is None or (quota.limit, quota.remaining) == (None, None):
        return Text("not known", style="dim")
    window = f" {plain(quota.each_window)}" if len(view.state.quota) > 1 else ""
    is_past = is_past_reset(quota, view.state, now)
    if quota.limit is None:
        return (
            Text("not known", style="dim") if is_past else Text(f"{quota.remaining} left{window}")
        )
    if quota.remaining is None or is_past:
        documented = ", documented" if quota.source == "documented" else ""
        return Text(f"? of {quota.limit}{window}{documented}", style="dim")
    # Requests that programs have not reported are used up as well.
    most = "at most " if quota.source == "counted" else ""
    return Text(f"{most}{quota.remaining} of {quota.limit}{window}")


def _bar_share(view: AccountView, now: float) -> float | None:
    quota = view.quota
    if quota is None or quota.limit is None or quota.remaining is None:
        return None
    return (
        None
        if is_past_reset(quota, view.state, now)
        else quota_share_left(quota, view.state, now) or 0.0
    )


def _add_bar(text: Text, view: AccountView, now: float, size: int, *, blocks: bool) -> Text:
    """Return a quota's numbers behind a bar of ``size`` cells."""
    quota, share = view.quota, _bar_share(view, now)
    if quota is None or share is None:
        return text
    style = "red" if share < LOW_SHARE else ""
    if not size:
        return Text(text.plain, style=style)
    bar = "".join(draw_bar(quota.remaining or 0, quota.limit or 0, size, blocks=blocks))
    return Text(f"{bar} {text.plain}", style=style)


def _resets(view: AccountView, now: float) -> Text:
    quota = view.quota
    if quota is not None and is_past_reset(quota, view.state, now):
        return Text("reset since", style="dim")
    if quota is None or quota.reset_at is None:
        return Text()
    return Text(format_relative_to_minute(quota.reset_at.timestamp() - now))


def _runs_out(view: AccountView, now: float) -> Text:
    moment = view.runs_out_at
    return Text("" if moment is None else format_relative_to_minute(moment - now), style="bold red")


def _expires(view: AccountView, now: float) -> Text:
    state = view.state
    if state.expires_at is None:
        return Text("not known", style="dim")
    if is_expired(state.expires_at, now):
        style = "red"
    elif is_grant_lost(state, now):
        style = "bold red"
    else:
        style = "yellow" if token_expires_soon(state, now) else ""
    return Text(format_relative_to_minute(state.expires_at - now), style=style)


def _next(view: AccountView, _now: float) -> Text:
    return Text(view.next_probe.words)


_CELLS: Mapping[str, Callable[[AccountView, float], Text]] = {
    "account": _account,
    "verdict": _verdict,
    "quota": _quota,
    "resets": _resets,
    "runs out": _runs_out,
    "expires": _expires,
    "next probe": _next,
}
