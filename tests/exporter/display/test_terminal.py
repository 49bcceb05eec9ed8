"""The table for the terminal, and the accounts that need a new login."""

import io

import pytest
from rich.console import Console, RenderableType
from syrupy.assertion import SnapshotAssertion

from tests.support.exporter.fake_backend import ALL, FINE, LIMITED
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
from tokcheck.core.report import Quota
from tokcheck.exporter.display.account_view import view_account
from tokcheck.exporter.display.overview import build_overview
from tokcheck.exporter.display.terminal import account_table
from tokcheck.exporter.display.terminal.logins import render_logins
from tokcheck.exporter.state import AccountState
from tokcheck.exporter.state.account_state import LimitRefusal
from tokcheck.exporter.web.page.row import row

LIMIT = RefreshLimit(AT - 60, AT + 1800, "https://api.fitbit.com")


def _render(what: RenderableType | None, width: int = 120) -> str:
    assert what is not None
    file = io.StringIO()
    Console(file=file, width=width, no_color=True).print(what)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def _table(*states: AccountState, width: int = 160, blocks: bool = True) -> str:
    overview = build_overview(states, AT)
    lines = account_table.render_accounts(
        overview.views(overview.ranked), AT, width=width, blocks=blocks
    )
    assert max(line.cell_len for line in lines) <= width
    return "\n".join(line.plain for line in lines)


def _logins(*states: AccountState, width: int = 120) -> str:
    return _render(render_logins(build_overview(states, AT).ranked, AT), width)


def test_the_table_says_who_needs_a_login(snapshot: SnapshotAssertion) -> None:
    assert snapshot == _table(*ALL, *GRANTS)


@pytest.mark.parametrize(("width", "blocks"), [(60, True), (80, True), (160, True), (80, False)])
def test_long_names_that_differ_at_one_end_are_told_apart(width: int, *, blocks: bool) -> None:
    names = [f"{'study-participant-' * 4}{number}" for number in (1, 2)]
    names += [f"{end}{'-participant-study' * 4}" for end in "ab"]
    lines = _table(*(FINE._replace(name=name) for name in names), width=width, blocks=blocks)
    shown = [line.split()[0] for line in lines.splitlines()[1:]]
    mark = "…" if blocks else ".."
    assert {"1", "2", "y"} == {name[-1] for name in shown}
    assert {"a", "b", "s"} == {name[0] for name in shown}
    assert all(mark in name and len(name) <= 40 for name in shown)


def test_what_is_counted_is_shown_as_the_most_that_is_left() -> None:
    counted = Quota("minute", 300, 287, None, "counted")
    assert "at most 287 of 300" in _table(FINE._replace(quota=(counted,), observed_at=AT))
    reported = counted._replace(source="headers")
    assert "at most" not in _table(FINE._replace(quota=(reported,), observed_at=AT))


def test_the_last_refusal_names_its_limits_for_an_hour() -> None:
    refusal = LimitRefusal(AT - 90, ("RequestsPerMinutePerUser",))
    shown = _table(FINE._replace(last_refusal=refusal), width=160)
    assert "refused 1 min ago by RequestsPerMinutePerUser" in shown
    late = _table(FINE._replace(last_refusal=refusal._replace(at=AT - 3_600)), width=160)
    assert "refused" not in late


def test_what_is_left_is_shown_where_no_limit_is_known() -> None:
    spent = Quota("hour", None, 0, None, "headers")
    table = _table(LIMITED._replace(quota=(spent,)))
    assert ["rate", "limited", "0", "left"] == table.splitlines()[1].split()[1:5]


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_a_narrow_table_keeps_account_verdict_and_quota(
    width: int, snapshot: SnapshotAssertion
) -> None:
    assert snapshot == _table(*ALL, *GRANTS, width=width)


@pytest.mark.parametrize("width", [80, 40])
def test_a_narrow_terminal_loses_nothing_of_a_command(
    width: int, snapshot: SnapshotAssertion
) -> None:
    assert snapshot == _logins(*GRANTS, width=width)


def test_each_login_says_why_by_when_and_how(snapshot: SnapshotAssertion) -> None:
    assert snapshot == _logins(*GRANTS)


def test_where_nobody_has_to_log_in_nothing_is_said() -> None:
    assert render_logins((KEPT, LATER, *ALL), AT) is None
    assert render_logins((), AT) is None


def test_of_many_the_worst_are_shown_and_the_others_counted() -> None:
    many = [LOST._replace(name=f"p{n}", expires_at=AT + 60 * n) for n in range(1, 31)]
    said = _logins(ENDING, OVER, *many)
    assert said.startswith("max-over needs a new login: access has ended.\n")
    assert said.endswith("\n27 more need attention; `tokcheck accounts list` shows all.")
    assert ["max-over", "p1", "p2", "p3", "p4"] == [
        line.split()[0] for line in said.splitlines() if "needs a new login" in line
    ]
    one_more = _logins(OVER, *many[:5])
    assert one_more.endswith("\n1 more needs attention; `tokcheck accounts list` shows all.")


def test_a_refused_application_and_a_gone_service_are_shown_with_cause_and_command() -> None:
    said = _logins(WRONG_SECRET, GONE)
    for words in (
        "ned secret cannot be refreshed: access ends in 11 min 40 s.",
        "The Fitbit Web API did not accept the application's secret.",
        "tokcheck accounts refresh 'ned secret'",
        "pia-gone cannot be refreshed: access has ended.",
        "tokcheck login google-health --name pia-gone-google-health",
    ):
        assert words in said
    shown = _table(WRONG_SECRET, GONE, width=200)
    assert "pia-gone    service gone, cannot be refreshed" in shown
    assert "ned secret  valid, cannot be refreshed" in shown


def test_a_hostile_text_can_do_nothing_to_the_terminal() -> None:
    hostile = "\x1b[31m[bold]x[/bold]\u202e"
    said = _logins(LOST._replace(name=hostile, broken=Broken(AT, BrokenReason.REFUSED, hostile)))
    assert "[bold]x[/bold]" in said
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_reason_that_never_ends_does_not_fill_the_screen() -> None:
    said = _logins(LOST._replace(broken=Broken(AT, BrokenReason.REFUSED, WHY * 50)))
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
    assert is_shown == ("no refresh for 30 min" in _table(state))
    page = row(view_account(state, AT), {}, AT)
    assert is_shown == ("No refresh before" in page)
