"""The whole page."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from tokcheck.exporter.state.account_state import Standing
from tokcheck.exporter.state.severity import SIGNS, Concern, concern, worst_first
from tokcheck.exporter.web.page.html import clock, text
from tokcheck.exporter.web.page.row import row

_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_EACH = 200
_LONGEST = 100

# Nothing but this page's own style and its icon; no script at all, and no frame around it.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class View(NamedTuple):
    """What of it is asked for: ``account`` is a part of names, ``page`` counts from 1 as text.

    The page loads itself again every ``refresh`` seconds; 0 means never.
    """

    now: float
    refresh: int = 15
    account: str = ""
    page: str = ""


def render(
    standings: Sequence[Standing],
    titles: Mapping[str, str],
    view: View,
    runs_out: Callable[[Standing, float], float | None] | None = None,
) -> str:
    """Return the page as HTML, the worst accounts first; ``titles`` names the providers."""
    now = view.now
    view = view._replace(account=view.account[:_LONGEST].strip())
    wanted = view.account.casefold()
    chosen = [one for one in standings if wanted in one.name.casefold()] if wanted else standings
    ranked = sorted(chosen, key=lambda one: worst_first(one, now))
    pages = max(1, -(-len(ranked) // _EACH))
    page = min(_number(view.page), pages)
    shown = ranked[(page - 1) * _EACH : page * _EACH]
    counts = _counts(standings, now)
    rows = "".join(row(one, titles, now, runs_out(one, now) if runs_out else None) for one in shown)
    view = view._replace(page=str(page) if page > 1 else "")
    return (
        f"{_head(view, counts)}<body>"
        '<a class="skip" href="#accounts">Skip to the accounts</a>'
        f"{_header(view, counts, len(standings))}{_filter(view, len(standings))}"
        '<main id="accounts" tabindex="-1">'
        f"<h2>{_title(len(ranked), view.account, page, pages)}</h2>"
        f"{f'<ol class=accounts>{rows}</ol>' if rows else _none(view)}"
        f"{_pages(view, page, pages)}</main></body></html>\n"
    )


def _number(written: str) -> int:
    known = written.isascii() and written.isdigit() and len(written) < 7  # noqa: PLR2004 - enough
    return max(1, int(written)) if known else 1


def _counts(standings: Iterable[Standing], now: float) -> dict[Concern, int]:
    counts = dict.fromkeys(Concern, 0)
    for standing in standings:
        counts[concern(standing, now)] += 1
    return counts


def _head(view: View, counts: Mapping[Concern, int]) -> str:
    problems = sum(number for state, number in counts.items() if state.problem)
    title = f"({problems}) tokcheck: {_problems(problems)}" if problems else "tokcheck: no problem"
    colour = "%23b3261e" if problems else "%231a7f4b"
    again = f'<meta http-equiv="refresh" content="{view.refresh}">' if view.refresh else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        f"{again}<title>{title}</title>"
        '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=\'http://www.w3.org/2000/svg\' '
        f"viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='{colour}'/%3E%3C/svg%3E\">"
        f"<style>{_STYLE}</style></head>"
    )


def _header(view: View, counts: Mapping[Concern, int], total: int) -> str:
    problems = sum(number for state, number in counts.items() if state.problem)
    tally = "".join(
        f'<li class="{state.name.lower()}"><span aria-hidden="true">{SIGNS[state][0]}</span> '
        f"<b>{number:,}</b> {SIGNS[state][1]}</li>"
        for state, number in counts.items()
        if number
    )
    accounts = "1 account" if total == 1 else f"{total:,} accounts"
    if view.refresh:
        pause = _link(view._replace(refresh=0), "Pause")
        again = f"loads again every {view.refresh} s · {pause}"
    else:
        again = f"paused · {_link(view._replace(refresh=1), 'Go on')}"
    return (
        f'<header><h1>tokcheck</h1><p class="lead">{_problems(problems)} '
        f'among {accounts}</p><ul class="tally">{tally}</ul>'
        f'<p class="state">As of {clock(view.now)}, {again} · '
        '<a href="/metrics">Metrics</a></p></header>'
    )


def _problems(number: int) -> str:
    return {0: "No problem", 1: "1 problem"}.get(number, f"{number:,} problems")


def _filter(view: View, total: int) -> str:
    if total <= 1:
        return ""
    paused = "" if view.refresh else '<input type="hidden" name="refresh" value="0">'
    clear = _link(view._replace(account="", page=""), "Show all") if view.account else ""
    return (
        '<form method="get" action="/" role="search"><label for="account">Account</label>'
        f'<input id="account" name="account" type="search" value="{text(view.account)}" '
        f'maxlength="{_LONGEST}" autocomplete="off" spellcheck="false">{paused}'
        f"<button>Filter</button>{clear}</form>"
    )


def _title(number: int, account: str, page: int, pages: int) -> str:
    words = "1 account" if number == 1 else f"{number:,} accounts"
    if account:
        words += f" with <q><bdi>{text(account)}</bdi></q> in the name"
    if pages > 1:
        first = (page - 1) * _EACH + 1
        words += f", {first:,} to {min(page * _EACH, number):,}"
    return f"{words}, worst first" if number > 1 else words


def _none(view: View) -> str:
    if view.account:
        return '<p class="none">No account has this in its name.</p>'
    return '<p class="none">No account is configured yet.</p>'


def _pages(view: View, page: int, pages: int) -> str:
    if pages == 1:
        return ""
    before = _link(view._replace(page=str(page - 1)), "Worse") if page > 1 else "<span></span>"
    after = _link(view._replace(page=str(page + 1)), "Better") if page < pages else "<span></span>"
    return f'<nav aria-label="Pages">{before}<span>Page {page} of {pages}</span>{after}</nav>'


def _link(view: View, words: str) -> str:
    query = {
        name: value
        for name, value in (
            ("account", view.account),
            ("page", view.page if view.page != "1" else ""),
            ("refresh", "" if view.refresh else "0"),
        )
        if value
    }
    address = f"/?{urlencode(query, quote_via=quote, errors='replace')}" if query else "/"
    return f'<a href="{_attribute(address)}">{words}</a>'


def _attribute(address: str) -> str:
    """Return an address of our own for an attribute; it is percent-encoded already."""
    return address.replace("&", "&amp;")
