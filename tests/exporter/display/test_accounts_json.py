"""The accounts as JSON."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.exporter.fake_backend import ALL, AT, FINE, LIMITED, NEW, hourly
from tests.support.exporter.grant_states import GRANTS, LOST
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.core.humanize import format_rfc3339
from tokcheck.core.report import Verdict
from tokcheck.exporter.display import AccountFilter, build_overview
from tokcheck.exporter.display.accounts_json import render, to_object
from tokcheck.exporter.state import AccountState, Observation
from tokcheck.exporter.state.account_state import LimitRefusal, WindowHistory


def _accounts(*states: AccountState) -> list[dict[str, Any]]:
    accounts: list[dict[str, Any]] = to_object(build_overview(states, AT))["accounts"]
    return accounts


def test_two_accounts_in_full(snapshot: SnapshotAssertion) -> None:
    state = FINE._replace(trail=FINE.trail[-2:])
    assert snapshot == render(build_overview((state, LOST), AT))


@pytest.mark.parametrize("reason", BrokenReason)
def test_a_token_that_has_ended_is_explained_by_its_grant(reason: BrokenReason) -> None:
    """No advice names another login than the remedy does."""
    detail = "file" if reason is BrokenReason.SECRET_LOST else ""
    lost = LOST._replace(broken=Broken(AT - 90, reason, detail), expires_at=AT - 60)
    (account,) = _accounts(lost._replace(verdict=Verdict.EXPIRED, usable=False, finding=""))
    advice, command = " ".join(account["advice"]), account["remedy"]["command"]
    assert "expired 1 min ago" in account["summary"]
    assert len(account["summary"].split(". ")) > 1, "the cause is named"
    assert {command} >= set(re.findall("tokcheck login [^.`]*", advice))


def _keys(value: object) -> object:
    """Return the shape of a JSON value: the keys, without the contents of lists and counts."""
    return {name: _keys(one) for name, one in value.items()} if isinstance(value, dict) else None


def test_every_key_is_always_present() -> None:
    counts = {"requests", "skipped"}
    shapes = []
    for account in _accounts(*ALL, *GRANTS, LIMITED):
        account["probe"] = dict.fromkeys(account["probe"])
        account["last_refusal"] = None
        shapes.append(_keys(account | {"remedy": None, "refreshes": None}))
    assert all(shape == shapes[0] for shape in shapes)
    assert counts <= set(_accounts(NEW)[0]["probe"])


def test_the_worst_come_first_and_the_totals_are_those_of_all() -> None:
    found = to_object(build_overview(ALL, AT, AccountFilter(severity="warning")))
    assert ["nightly-fetcher", "study-018", "home-assistant", "study-017"] == [
        account["name"] for account in found["accounts"]
    ]
    assert {"warning"} == {account["alert"] for account in found["accounts"]}
    assert {
        "accounts": 8, "critical": 2, "warning": 4,
        "by_severity": {
            "broken": 2, "login-needed": 0, "rate-limited": 1, "unclear": 1, "running-out": 1,
            "expires-soon": 1, "not-probed": 1, "fine": 1,
        },
    } == found["totals"]  # fmt: skip


def test_history_and_forecast_are_of_the_window_that_runs_out_first() -> None:
    history = tuple(Observation(AT - 600 + 200 * n, 130 - 30 * n) for n in range(4))
    day = hourly(40)[0]._replace(window="day")
    course = WindowHistory("day", history, history)
    (account,) = _accounts(FINE._replace(quota=(*hourly(121), day), further_histories=(course,)))
    assert ("day", "running-out") == (account["quota_window"], account["severity"])
    assert [130, 100, 70, 40] == [point["remaining"] for point in account["quota_history"]]
    assert account["quota_runs_out_at"] is not None


def test_what_is_left_is_not_known_past_the_reset() -> None:
    (quota,) = _accounts(FINE._replace(quota=hourly(121, -1)))[0]["quota"]
    assert (150, None, None, None) == tuple(
        quota[name] for name in ("limit", "remaining", "reset_at", "reset_in_seconds")
    )


def test_a_moment_beyond_the_calendar_is_null() -> None:
    history = (Observation(AT, 1),)
    (account,) = _accounts(FINE._replace(expires_at=1e300, trail=history))
    assert (None, None) == (account["expires_at"], account["expires_in_seconds"])


def test_hostile_names_are_escaped() -> None:
    text = render(build_overview((FINE._replace(name="\x1b[31m##[error]\ud800\u202e"),), AT))
    assert "\x1b" not in text
    assert "##[" not in text
    assert text.isascii()
    assert 1 == len(json.loads(text)["accounts"])


def test_the_last_refusal_names_its_limits() -> None:
    refusal = LimitRefusal(AT - 90, ("RequestsPerMinutePerUser",))
    (account,) = _accounts(FINE._replace(last_refusal=refusal))
    assert {
        "at": format_rfc3339(datetime.fromtimestamp(AT - 90, UTC)),
        "limits": ["RequestsPerMinutePerUser"],
    } == account["last_refusal"]
    assert _accounts(FINE)[0]["last_refusal"] is None
