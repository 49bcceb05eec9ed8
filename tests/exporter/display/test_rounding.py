"""How numbers are rounded: page, terminal, JSON and metrics agree at the edges."""

import re
from typing import Any, NamedTuple

import pytest

from tests.support.exporter.builders import AT, HOUR, moment, probed_state
from tests.support.exporter.fake_backend import TITLES
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.display.accounts_json import to_object
from tokcheck.exporter.display.overview import build_overview
from tokcheck.exporter.display.terminal.account_table import render_accounts
from tokcheck.exporter.metrics.samples import account_samples
from tokcheck.exporter.state import AccountState
from tokcheck.exporter.web.page.row import row


class Shown(NamedTuple):
    """One account as each of its readers gets it."""

    page: str
    terminal: str
    json: dict[str, Any]
    samples: dict[str, float]


def _outputs(state: AccountState, now: float = AT) -> Shown:
    overview = build_overview((state,), now)
    (view,) = overview.views((state,))
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row(view, TITLES, now)))
    lines = render_accounts([view], now, width=200)
    samples = {sample.family: sample.value for sample in account_samples(state, now)}
    return Shown(page, lines[-1].plain, to_object(overview)["accounts"][0], samples)


def _state(*quotas: Quota, **fields: object) -> AccountState:
    return probed_state(Verdict.VALID, *quotas, usable=True, expires_at=AT + 8 * HOUR, **fields)


@pytest.mark.parametrize(
    ("seconds", "words", "whole"),
    [
        (0.4, "now", 1),
        (1, "in 1 s", 1),
        (59.9, "in 59 s", 60),
        (60, "in 1 min", 60),
        (89.9, "in 1 min 29 s", 90),
        (90, "in 1 min", 90),
        (3_599.9, "in 59 min", 3_600),
        (3_600, "in 1 h", 3_600),
        (86_399.9, "in 23 h 59 min", 86_400),
    ],
)
def test_a_future_time_is_never_zero_seconds_away(seconds: float, words: str, whole: int) -> None:
    quota = Quota("hour", 150, 149, moment(AT + seconds), "headers")
    shown = _outputs(_state(quota)._replace(expires_at=AT + seconds))
    assert f"resets {words} " in shown.page
    assert f"Expires {words} " in shown.page
    assert 2 == len(re.findall(f"  {words}(?=  |$)", shown.terminal))
    (json_quota,) = shown.json["quota"]
    assert (whole, whole) == (json_quota["reset_in_seconds"], shown.json["expires_in_seconds"])
    assert AT + seconds == shown.samples["tokcheck_quota_reset_timestamp_seconds"]
    for text in (shown.page, shown.terminal, str(shown.json)):
        assert not re.search(r"\b0 s\b", text)


@pytest.mark.parametrize("remaining", [0, 1, 149, 150])
def test_a_quota_is_whole_or_used_up_only_where_it_is(remaining: int) -> None:
    shown = _outputs(_state(Quota("hour", 150, remaining, moment(AT + 60), "headers")))
    bar = re.search("[█░]+", shown.terminal)
    assert bar is not None
    assert (remaining == 150, remaining == 0) == ("░" not in bar[0], "█" not in bar[0])
    assert f"{remaining} of 150" in shown.page
    assert f"{remaining} of 150" in shown.terminal
    assert "%" not in shown.page + shown.terminal
    assert remaining == shown.samples["tokcheck_quota_remaining_requests"]


@pytest.mark.parametrize("limit", [150, 0])
@pytest.mark.parametrize("has_reset", [True, False])
def test_nothing_is_left_or_used_of_a_window_that_is_over(limit: int, *, has_reset: bool) -> None:
    reset = moment(AT + HOUR) if has_reset else None
    state = _state(Quota("hour", limit, 0, reset, "headers"))
    before, after = _outputs(state), _outputs(state, AT + HOUR)
    assert f"0 of {limit}" in before.page
    assert f"0 of {limit}" in before.terminal
    assert "reset since" in after.page
    assert " of " not in after.page.partition("Quota")[2].partition("Expires")[0]
    assert f"? of {limit}" in after.terminal
    assert "reset since" in after.terminal
    (quota,) = after.json["quota"]
    assert (limit, None, None) == (quota["limit"], quota["remaining"], quota["reset_in_seconds"])
    assert limit == after.samples["tokcheck_quota_limit_requests"]
    assert "tokcheck_quota_remaining_requests" not in after.samples
    assert "0 of" not in after.page + after.terminal
