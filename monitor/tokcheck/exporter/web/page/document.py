"""The whole page: header, filter, the accounts and links to further pages."""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from tokcheck.exporter.display.overview import (
    SEVERITY_WORDS,
    AccountFilter,
    Overview,
    build_overview,
    count_words,
)
from tokcheck.exporter.sources.reading import holds_token
from tokcheck.exporter.state.account_state import AccountState
from tokcheck.exporter.state.severity import SIGNS, Notice
from tokcheck.exporter.web.page.html import clock_html, escape_text
from tokcheck.exporter.web.page.row import row

_STYLE = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
_PER_PAGE = 200
_MAX_FILTER = 100  # characters
_LONGEST_NOTICE = 2_000
_FULL_ROWS = 5  # with more, those that are fine have one line each

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
    severity: str = ""
    """One of :data:`~tokcheck.exporter.display.overview.SEVERITY_WORDS`, or empty for all."""
    metrics_path: str = "/metrics"
    probeable: frozenset[str] = frozenset()
    """The accounts that this client may probe now, each of which then has a button for it."""
    form_token: str = ""
    """Shows that the form of such a button is of this page."""

    @property
    def is_known(self) -> bool:
        """Whether there is such a severity."""
        return not self.severity or self.severity in SEVERITY_WORDS


def select(view: View) -> AccountFilter:
    """Return the selection of a view; a text with a token selects nothing and is not repeated."""
    account = view.account[:_MAX_FILTER].strip()
    selection = AccountFilter("[redacted]" if holds_token(account) else account, view.severity)
    return selection if selection.levels else selection._replace(severity="")


def render(
    states: Sequence[AccountState],
    titles: Mapping[str, str],
    view: View,
    *,
    notices: Sequence[Notice] = (),
) -> str:
    """Return the page as HTML, the worst accounts first; ``titles`` names the providers.

    ``notices`` are about the exporter itself.
    """
    selection = select(view)
    view = view._replace(account=selection.account, severity=selection.severity)
    overview = build_overview(states, view.now, selection, notices)
    ranked = overview.selected
    pages = max(1, -(-len(ranked) // _PER_PAGE))
    page = min(_page_number(view.page), pages)
    visible = ranked[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    compact = len(visible) > _FULL_ROWS
    rows = "".join(
        row(
            one,
            titles,
            view.now,
            compact=compact,
            form_token=view.form_token if one.state.name in view.probeable else None,
        )
        for one in overview.views(visible)
    )
    view = view._replace(page=str(page) if page > 1 else "")
    return (
        f"{_head(view, overview)}<body>"
        '<a class="skip" href="#accounts">Skip to the accounts</a>'
        f"{_header(view, overview)}{_notices(notices)}{_filter_form(view, len(states))}"
        '<main id="accounts" tabindex="-1">'
        f"<h2>{_heading(len(ranked), view, page, pages)}</h2>"
        f"{f'<ol class=accounts>{rows}</ol>' if rows else _no_accounts(view)}"
        f"{_page_links(view, page, pages)}</main></body></html>\n"
    )


def _page_number(text: str) -> int:
    """Return the page that a query names; 1 if it names none."""
    valid = text.isascii() and text.isdigit() and len(text) < 7  # noqa: PLR2004 - enough
    return max(1, int(text)) if valid else 1


def _head(view: View, overview: Overview) -> str:
    troubled = overview.problems + overview.warnings
    count = f"({overview.problems}) " if overview.problems else ""
    words = overview.trouble if troubled else overview.notice_words or "no problem"
    title = f"{count}tokcheck: {words}"
    colour = "%231a7f4b"
    if troubled or overview.notices:
        colour = "%23b3261e" if overview.problems else "%238a4600"
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


def _header(view: View, overview: Overview) -> str:
    tally = "".join(
        f'<li class="{level.word}"><span aria-hidden="true">{SIGNS[level][0]}</span> '
        + _tally_link(view, level.word, f"<b>{count:,}</b> {SIGNS[level][1]}")
        + "</li>"
        for level, count in overview.tally
    )
    if view.refresh:
        pause = _link(view._replace(refresh=0), "Pause")
        reload = f"reloads every {view.refresh} s · {pause}"
    else:
        reload = f"paused · {_link(view._replace(refresh=1), 'Resume')}"
    return (
        f'<header><h1>tokcheck</h1><p class="headline">{overview.headline}</p>'
        f'<ul class="tally">{tally}</ul>'
        f'<p class="state">As of {clock_html(view.now)}, {reload} · '
        f"{_link(view._replace(page='', refresh=1), 'JSON', to='api/v1/accounts')} · "
        f'<a href="{view.metrics_path.lstrip("/")}">Metrics</a></p></header>'
    )


def _notices(notices: Sequence[Notice]) -> str:
    return "".join(
        f'<p class="notice">{escape_text(each.sentence, longest=_LONGEST_NOTICE)}</p>'
        for each in notices
    )


def _tally_link(view: View, word: str, words: str) -> str:
    """Return a link to the accounts of one severity; if they are selected, to all."""
    is_selected = view.severity == word
    target = view._replace(severity="" if is_selected else word, page="")
    return _link(target, words, 'aria-current="true"' if is_selected else "")


def _filter_form(view: View, total: int) -> str:
    if total <= 1:
        return ""
    paused = "" if view.refresh else '<input type="hidden" name="refresh" value="0">'
    if view.severity:
        paused += f'<input type="hidden" name="severity" value="{view.severity}">'
    is_filtered = view.account or view.severity
    clear = (
        _link(view._replace(account="", severity="", page=""), "Show all") if is_filtered else ""
    )
    return (
        '<form method="get" role="search"><label for="account">Account</label>'
        f'<input id="account" name="account" type="search" value="{escape_text(view.account)}" '
        f'maxlength="{_MAX_FILTER}" autocomplete="off" spellcheck="false">{paused}'
        f"<button>Filter</button>{clear}</form>"
    )


def _heading(count: int, view: View, page: int, pages: int) -> str:
    words = count_words(count, "account")
    if view.severity:
        words += f": {view.severity.replace('-', ' ')}"
    if view.account:
        words += f" with <q><bdi>{escape_text(view.account)}</bdi></q> in the name"
    if pages > 1:
        first = (page - 1) * _PER_PAGE + 1
        words += f", {first:,} to {min(page * _PER_PAGE, count):,}"
    return f"{words}, worst first" if count > 1 else words


def _no_accounts(view: View) -> str:
    if view.severity:
        return '<p class="none">No account is selected.</p>'
    if view.account:
        return '<p class="none">No account name contains this text.</p>'
    return '<p class="none">There are no accounts yet.</p>'


def _page_links(view: View, page: int, pages: int) -> str:
    if pages == 1:
        return ""
    before = _link(view._replace(page=str(page - 1)), "Previous") if page > 1 else "<span></span>"
    after = _link(view._replace(page=str(page + 1)), "Next") if page < pages else "<span></span>"
    return f'<nav aria-label="Pages">{before}<span>Page {page} of {pages}</span>{after}</nav>'


def _link(view: View, words: str, attributes: str = "", *, to: str = "") -> str:
    """Return a link to a view; it is relative, so that the page works behind a path prefix.

    ``to`` is the address that shows the view, where that is not the page.
    """
    query = {
        name: value
        for name, value in (
            ("account", view.account),
            ("severity", view.severity),
            ("page", view.page if view.page != "1" else ""),
            ("refresh", "" if view.refresh else "0"),
        )
        if value
    }
    text = urlencode(query, quote_via=quote, errors="replace")
    address = f"{to}?{text}" if text or not to else to
    space = " " if attributes else ""
    return f'<a href="{_attribute(address)}"{space}{attributes}>{words}</a>'


def _attribute(address: str) -> str:
    """Return a percent-encoded address as the value of an attribute."""
    return address.replace("&", "&amp;")
