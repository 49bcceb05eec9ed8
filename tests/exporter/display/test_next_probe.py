"""When the next probe is sent and why then: one sentence, wherever it is shown."""

import re

import pytest

from tests.support.exporter.fake_backend import AT, FINE, TITLES
from tokcheck.exporter.display.account_view import view_account
from tokcheck.exporter.display.next_probe import describe_next_probe
from tokcheck.exporter.display.terminal.account_table import render_accounts
from tokcheck.exporter.state import AccountState, SkipReason
from tokcheck.exporter.state.account_state import SKIP_WORDS
from tokcheck.exporter.web.page.row import row

_TAG = re.compile(r"<[^>]+>")


@pytest.mark.parametrize(
    ("words", "waiting", "seconds"),
    [
        ("in 12 min", None, 759.9),
        ("in 1 min 29 s", None, 89),
        ("in 12 min, after the reset", SkipReason.RATE_LIMITED, 760),
        ("in 12 min, after the reset", SkipReason.RESERVE, 760),
        ("in 6 h 56 min, after the pause", SkipReason.PAUSED, 25_000),
        ("due", None, 0.9),
        ("due", None, -1),
        ("due, after errors", SkipReason.BACKOFF, 0),
        ("with a new token", SkipReason.EXPIRED, None),
        ("with a new token", SkipReason.REFUSED, None),
        ("with a token", SkipReason.NO_TOKEN, None),
        ("none", None, None),
    ],
)
def test_the_next_probe_in_words(
    words: str, waiting: SkipReason | None, seconds: float | None
) -> None:
    at = None if seconds is None else AT + seconds
    state = FINE._replace(waiting=waiting, next_probe_at=at, expires_at=AT + 25_000)
    if waiting is SkipReason.EXPIRED:
        state = state._replace(expires_at=AT - 1)
    assert words == describe_next_probe(state, AT).words


@pytest.mark.parametrize("waiting", [SkipReason.RATE_LIMITED, SkipReason.RESERVE])
def test_no_reset_is_named_that_no_response_reported(waiting: SkipReason) -> None:
    unknown = tuple(quota._replace(reset_at=None) for quota in FINE.quota)
    for quotas in (unknown, ()):
        state = FINE._replace(waiting=waiting, next_probe_at=AT + 760, quota=quotas)
        assert "in 12 min, as no reset is known" == describe_next_probe(state, AT).words
    known = state._replace(pause_until=AT + 700)
    assert "in 12 min, after the reset" == describe_next_probe(known, AT).words


@pytest.mark.parametrize(
    "waiting", [SkipReason.EXPIRED, SkipReason.RATE_LIMITED, SkipReason.PAUSED]
)
def test_a_token_that_expires_first_is_named(waiting: SkipReason) -> None:
    state = FINE._replace(waiting=waiting, next_probe_at=None)
    assert "none: the token expires first" == describe_next_probe(state, AT).words


def _column(state: AccountState) -> str:
    heading, line = render_accounts([view_account(state, AT)], AT, width=200)
    return line.plain[heading.plain.index("next probe") :]


def _fact(state: AccountState) -> str:
    html = row(view_account(state, AT), TITLES, AT)
    text = html.partition("<dt>Next probe</dt>")[2].partition("</dd>")[0]
    return _TAG.sub("", re.sub(r' ?<span class="at">.*?</span>', "", text))


def test_page_and_terminal_say_the_same_for_every_reason_and_moment() -> None:
    differing = []
    for waiting in (None, *SkipReason):
        for seconds in (None, -5, 0, 0.5, 1, 59.5, 89.5, 90, 760, 4_000, 90_000):
            at = None if seconds is None else AT + seconds
            state = FINE._replace(waiting=waiting, next_probe_at=at)
            words = describe_next_probe(state, AT).words
            if {words} != {_column(state), _fact(state)}:
                differing.append((words, _column(state), _fact(state)))
    assert [] == differing


def test_every_reason_to_wait_has_words() -> None:
    assert list(SkipReason) == list(SKIP_WORDS)
