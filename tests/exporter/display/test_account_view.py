"""The display of an account: each severity that has an alert gives advice."""

import pytest

from tests.support.exporter.fake_backend import AT, FINE, hourly
from tokcheck.exporter.display.account_view import view_account
from tokcheck.exporter.state.account_state import AccountState, Observation, RefreshResult
from tokcheck.exporter.state.severity import Severity

_FALLING = FINE._replace(
    history=tuple(Observation(AT - 600 + 200 * n, 130 - 30 * n) for n in range(4)),
    quota=hourly(40),
)


@pytest.mark.parametrize(
    ("severity", "step", "state"),
    [
        (Severity.RUNNING_OUT, "Slow down the program that sends", _FALLING),
        (Severity.RUNNING_OUT, "Slow down the program that sends", FINE._replace(quota=hourly(9))),
        (Severity.EXPIRES_SOON, "Renew the token", FINE._replace(expires_at=AT + 300)),
        (
            Severity.EXPIRES_SOON,
            "tokcheck accounts refresh 'ada watch'",
            FINE._replace(
                name="ada watch", expires_at=AT + 200, refreshes={RefreshResult.FAILED: 1}
            ),
        ),
    ],
)
def test_a_warning_that_is_no_verdict_says_what_to_do(
    severity: Severity, step: str, state: AccountState
) -> None:
    view = view_account(state, AT)
    assert severity is view.severity
    assert [True] == [step in line for line in view.summary.advice]


def test_a_forecast_that_has_passed_is_not_shown_though_it_keeps_running_out() -> None:
    moment = view_account(_FALLING, AT).runs_out_at
    assert moment is not None
    after = view_account(_FALLING, moment)
    assert None is after.runs_out_at
    assert Severity.RUNNING_OUT is after.severity
    assert after.words == "valid, running out"


def test_an_account_that_is_fine_needs_nothing() -> None:
    assert () == view_account(FINE, AT).summary.advice
