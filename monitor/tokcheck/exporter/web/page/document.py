"""The whole page: header, filter, the accounts and links to further pages."""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from tokcheck.exporter.sources.reading import holds_token
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.severity import SIGNS, Severity, assess_severity, severity_sort_key
from tokcheck.exporter.web.page.html import clock_html, escape_text
from tokcheck.exporter.web.page.row import row

_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_PER_PAGE = 200
_MAX_FILTER = 100  # characters

# Allows this page's own style and icon only: no script, and no frame around it.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class View(NamedTuple):
    """Which part of the page a request shows, and when."""

    now: float
    """The present time in Unix seconds."""
    refresh: int = 15
    """Seconds until the page reloads; 0 means never."""
    account: str = ""
    """Text that the names of the accounts contain, in any case."""
    page: str = ""
    """The page's number, counted from 1, as the query has it."""


def render(
    states: Sequence[AccountState],
    titles: Mapping[str, str],
    view: View,
    runs_out: Callable[[AccountState, float], float | None] | None = None,
) -> str:
    """Return the page as HTML, the worst accounts first; ``titles`` names the providers."""
    now = view.now
    view = view._replace(account=view.account[:_MAX_FILTER].strip())
    if holds_token(view.account):
        view = view._replace(account="[redacted]")  # no name, and not to be repeated
    part = view.account.casefold()
    matching = [one for one in states if part in one.name.casefold()] if part else states
    ranked = sorted(matching, key=lambda one: severity_sort_key(one, now))
    pages = max(1, -(-len(ranked) // _PER_PAGE))
    page = min(_page_number(view.page), pages)
    visible = ranked[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    counts = _count_by_severity(states, now)
    rows = "".join(
        row(one, titles, now, runs_out(one, now) if runs_out else None) for one in visible
    )
    view = view._replace(page=str(page) if page > 1 else "")
    return (
        f"{_head(view, counts)}<body>"
        '<a class="skip" href="#accounts">Skip to the accounts</a>'
        f"{_header(view, counts, len(states))}{_filter_form(view, len(states))}"
        '<main id="accounts" tabindex="-1">'
        f"<h2>{_heading(len(ranked), view.account, page, pages)}</h2>"
        f"{f'<ol class=accounts>{rows}</ol>' if rows else _no_accounts(view)}"
        f"{_page_links(view, page, pages)}</main></body></html>\n"
    )


def _page_number(text: str) -> int:
    """Return the page that a query names; 1 if it names none."""
    valid = text.isascii() and text.isdigit() and len(text) < 7  # noqa: PLR2004 - enough
    return max(1, int(text)) if valid else 1


def _count_by_severity(states: Iterable[AccountState], now: float) -> dict[Severity, int]:
    counts = dict.fromkeys(Severity, 0)
    for state in states:
        counts[assess_severity(state, now)] += 1
    return counts


def _problem_count(counts: Mapping[Severity, int]) -> int:
    return sum(count for level, count in counts.items() if level.problem)


def _head(view: View, counts: Mapping[Severity, int]) -> str:
    problems = _problem_count(counts)
    title = (
        f"({problems}) tokcheck: {_problems_text(problems)}" if problems else "tokcheck: no problem"
    )
    colour = "%23b3261e" if problems else "%231a7f4b"
    reload = f'<meta http-equiv="refresh" content="{view.refresh}">' if view.refresh else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        f"{reload}<title>{title}</title>"
        '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=\'http://www.w3.org/2000/svg\' '
        f"viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='{colour}'/%3E%3C/svg%3E\">"
        f"<style>{_STYLE}</style></head>"
    )


def _header(view: View, counts: Mapping[Severity, int], total: int) -> str:
    problems = _problem_count(counts)
    tally = "".join(
        f'<li class="{level.css_class}"><span aria-hidden="true">{SIGNS[level][0]}</span> '
        f"<b>{count:,}</b> {SIGNS[level][1]}</li>"
        for level, count in counts.items()
        if count
    )
    accounts = "1 account" if total == 1 else f"{total:,} accounts"
    if view.refresh:
        pause = _link(view._replace(refresh=0), "Pause")
        reload = f"reloads every {view.refresh} s · {pause}"
    else:
        reload = f"paused · {_link(view._replace(refresh=1), 'Resume')}"
    return (
        f'<header><h1>tokcheck</h1><p class="headline">{_problems_text(problems)} '
        f'among {accounts}</p><ul class="tally">{tally}</ul>'
        f'<p class="state">As of {clock_html(view.now)}, {reload} · '
        '<a href="/metrics">Metrics</a></p></header>'
    )


def _problems_text(count: int) -> str:
    return {0: "No problem", 1: "1 problem"}.get(count, f"{count:,} problems")


def _filter_form(view: View, total: int) -> str:
    if total <= 1:
        return ""
    paused = "" if view.refresh else '<input type="hidden" name="refresh" value="0">'
    clear = _link(view._replace(account="", page=""), "Show all") if view.account else ""
    return (
        '<form method="get" action="/" role="search"><label for="account">Account</label>'
        f'<input id="account" name="account" type="search" value="{escape_text(view.account)}" '
        f'maxlength="{_MAX_FILTER}" autocomplete="off" spellcheck="false">{paused}'
        f"<button>Filter</button>{clear}</form>"
    )


def _heading(count: int, account: str, page: int, pages: int) -> str:
    words = "1 account" if count == 1 else f"{count:,} accounts"
    if account:
        words += f" with <q><bdi>{escape_text(account)}</bdi></q> in the name"
    if pages > 1:
        first = (page - 1) * _PER_PAGE + 1
        words += f", {first:,} to {min(page * _PER_PAGE, count):,}"
    return f"{words}, worst first" if count > 1 else words


def _no_accounts(view: View) -> str:
    if view.account:
        return '<p class="none">No account name contains this text.</p>'
    return '<p class="none">No accounts are configured yet.</p>'


def _page_links(view: View, page: int, pages: int) -> str:
    if pages == 1:
        return ""
    before = _link(view._replace(page=str(page - 1)), "Previous") if page > 1 else "<span></span>"
    after = _link(view._replace(page=str(page + 1)), "Next") if page < pages else "<span></span>"
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
    """Return a percent-encoded address as the value of an attribute."""
    return address.replace("&", "&amp;")
