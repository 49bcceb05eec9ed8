"""The table for the terminal, and the accounts that need a new login."""

import io
from collections.abc import Sequence

import pytest
from rich.console import Console, RenderableType
from syrupy.assertion import SnapshotAssertion

from tests.support.exporter.fake_backend import ALL
from tests.support.exporter.grant_states import (
    AT,
    ENDING,
    GONE,
    GRANTS,
    KEPT,
    LATER,
    LOST,
    OVER,
    WHY,
    WRONG_SECRET,
)
from tokcheck.accounts.grant import Broken, BrokenReason, RefreshLimit
from tokcheck.exporter.state import AccountState
from tokcheck.exporter.state.account_state import SKIP_WORDS, SkipReason
from tokcheck.exporter.terminal import render_accounts, render_logins
from tokcheck.exporter.web.page.row import row

LIMIT = RefreshLimit(AT - 60, AT + 1800, "https://api.fitbit.com")


def _render(what: RenderableType | None, width: int = 120) -> str:
    assert what is not None
    file = io.StringIO()
    Console(file=file, width=width, no_color=True).print(what)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def _logins(states: Sequence[AccountState]) -> str:
    return _render(render_logins(states, AT))


def test_the_table_says_who_needs_a_login(snapshot: SnapshotAssertion) -> None:
    assert snapshot == _render(render_accounts((*ALL, *GRANTS), AT))


@pytest.mark.parametrize("width", [80, 40])
def test_a_narrow_terminal_loses_nothing_of_a_command(
    width: int, snapshot: SnapshotAssertion
) -> None:
    assert snapshot == _render(render_logins(GRANTS, AT), width)


def test_each_login_says_why_by_when_and_how(snapshot: SnapshotAssertion) -> None:
    assert snapshot == _logins(GRANTS)


def test_every_reason_to_wait_has_words() -> None:
    assert list(SkipReason) == list(SKIP_WORDS)
    shown = _render(render_accounts([LATER._replace(waiting=SkipReason.RESERVE)], AT))
    assert shown.endswith("few requests are left")


def test_where_nobody_has_to_log_in_nothing_is_said() -> None:
    assert render_logins((KEPT, LATER, *ALL), AT) is None
    assert render_logins((), AT) is None


def test_of_many_the_worst_are_shown_and_the_others_counted() -> None:
    many = [LOST._replace(name=f"p{n}", expires_at=AT + 60 * n) for n in range(1, 31)]
    said = _logins((ENDING, OVER, *many))
    assert said.startswith("max-over needs a new login: access has ended.\n")
    assert said.endswith("\n27 more need attention; tokcheck accounts list shows all.")
    assert ["max-over", "p1", "p2", "p3", "p4"] == [
        line.split()[0] for line in said.splitlines() if "needs a new login" in line
    ]
    one_more = _logins((OVER, *many[:5]))
    assert one_more.endswith("\n1 more needs attention; tokcheck accounts list shows all.")


def test_a_refused_application_and_a_gone_service_are_shown_with_cause_and_command() -> None:
    said = _logins((WRONG_SECRET, GONE))
    for words in (
        "ned secret cannot be refreshed: access ends in 11 min 40 s.",
        "The Fitbit Web API did not accept the application's secret.",
        "tokcheck accounts refresh 'ned secret'",
        "pia-gone cannot be refreshed: access has ended.",
        "tokcheck login google-health --name pia-gone-google-health",
    ):
        assert words in said
    table = _render(render_accounts((WRONG_SECRET, GONE), AT), 200)
    assert "pia-gone    service gone, cannot be refreshed" in table
    assert "ned secret  valid, cannot be refreshed" in table


def test_a_hostile_text_can_do_nothing_to_the_terminal() -> None:
    hostile = "\x1b[31m[bold]x[/bold]\u202e"
    said = _logins((LOST._replace(name=hostile, broken=Broken(AT, BrokenReason.REFUSED, hostile)),))
    assert "[bold]x[/bold]" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_reason_that_never_ends_does_not_fill_the_screen() -> None:
    said = _logins((LOST._replace(broken=Broken(AT, BrokenReason.REFUSED, WHY * 50)),))
    assert len(said.splitlines()) < 8


@pytest.mark.parametrize(
    ("changes", "is_shown"),
    [
        ({}, False),
        ({"refresh_limit": LIMIT}, True),
        ({"refresh_limit": LIMIT, "expires_at": AT - 60}, True),
        ({"refresh_limit": LIMIT, "expires_at": AT + 7200}, False),
        ({"refresh_limit": LIMIT._replace(until=AT)}, False),
        ({"refresh_limit": LIMIT._replace(since=AT + 61)}, False),
    ],
)
def test_a_rate_limit_of_the_token_endpoint_is_shown_while_it_matters(
    changes: dict[str, object],
    is_shown: bool,  # noqa: FBT001 - a row
) -> None:
    state = KEPT._replace(**({"expires_at": AT + 700} | changes))  # type: ignore[arg-type]
    table = _render(render_accounts([state], AT))
    assert is_shown == ("no refresh for 30 min" in table)
    page = row(state, {}, AT, None)
    assert is_shown == ("No refresh before" in page)
