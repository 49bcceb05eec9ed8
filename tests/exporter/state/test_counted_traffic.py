"""Requests that are counted, since no response reports a quota: before, during and after a 429."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.exporter.builders import AT, GOOGLE_PACE
from tests.support.exporter.generated_states import FULL
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.ledger import Ledger
from tokcheck.exporter.state.account_state import LimitRefusal
from tokcheck.exporter.state.observed_traffic import apply_traffic
from tokcheck.exporter.state.severity import is_past_reset
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Response
from tokcheck.providers.observed.traffic import summarize_responses
from tokcheck.sandbox.faults.google_bodies import quota, quota_info, retry_info

_DOCUMENTED = Quota("minute", 300, None, None, "documented")
_NAMED = quota(quota_info())
_WITH_DELAY = quota(quota_info(), retry_info("32s"))
_OF_A_DAY = quota(quota_info(limit="RequestsPerDayPerProject"), retry_info("32s"))
_OF_100_SECONDS = quota(quota_info(limit="USER-100s", value="500"), retry_info("41s"))
_OF_A_LARGER_PROJECT = quota(
    quota_info(limit="RequestsPerProject", value="9000", unit="1/min/{project}")
)
_UNCLEAR = quota(quota_info(limit="Odd")).replace(b"Requests per minute per user", b"Odd")


class _Account:
    """An account with requests of its own, which the exporter learns of at once."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.state = FULL._replace(
            provider="google-health", quota=(_DOCUMENTED,), observed_at=None, observed_requests=()
        )

    def observe(self, seconds: float, *bodies: bytes | None, poll: float = 0.0) -> list[str]:
        """Take a response at each second from ``seconds`` on; a 429 if there is a body.

        Return each window with its source and what is left, as it is shown.
        """
        now = AT + seconds
        responses = [
            Response(429 if body else 200, {}, body or b"", datetime.fromtimestamp(now + n, UTC))
            for n, body in enumerate(bodies)
        ]
        now += max(0, len(bodies) - 1) + poll
        traffic = summarize_responses(REGISTRY["google-health"], responses)
        self._ledger.observe("gina", traffic, now)
        (stored,) = self._ledger.observations(0, now)
        self.state = apply_traffic(self.state, stored.traffic, GOOGLE_PACE, now)
        return [
            f"{each.window} {each.source} {each.remaining}/{each.limit}"
            for each in self.state.quota
            if not is_past_reset(each, self.state, now)
        ]

    @property
    def verdict(self) -> str:
        return str(self.state.verdict)


@pytest.fixture
def gina(tmp_path: Path) -> Iterator[_Account]:
    with Ledger(tmp_path / "data" / "ledger.sqlite") as ledger:
        yield _Account(ledger)


@pytest.mark.parametrize("body", [_NAMED, _WITH_DELAY, quota(), _OF_100_SECONDS, _OF_A_DAY])
def test_counting_goes_on_in_the_minutes_after_a_refusal(gina: _Account, body: bytes) -> None:
    gina.observe(10, *[None] * 12)
    gina.observe(30, *[None] * 3, body)
    assert Verdict.RATE_LIMITED.value == gina.verdict
    for minute in range(2, 5):
        shown = gina.observe(60 * minute, None, None)
        assert ["minute counted 298/300"] == [each for each in shown if "minute" in each]
        assert Verdict.VALID.value == gina.verdict
    assert ["minute counted 298/300"] == shown, "nothing of the refusal is left"


def test_a_refusal_of_this_minute_says_more_than_the_count(gina: _Account) -> None:
    gina.observe(0, *[None] * 12)
    assert ["minute observed 0/None"] == gina.observe(30, _NAMED)
    assert ["minute observed 0/None"] == gina.observe(32, _NAMED)
    gina.observe(89, poll=2.5)
    assert is_past_reset(gina.state.quota[0], gina.state, AT + 92.5)
    assert ["minute counted 299/300"] == gina.observe(93, None)


def test_a_refusal_of_this_minute_is_one_answer_in_every_process(gina: _Account) -> None:
    unread = gina.state
    gina.observe(0, *[None] * 12)
    gina.observe(20, _NAMED)
    shown = gina.observe(40, None), gina.verdict
    gina.state = unread
    assert (["minute observed 0/None"], "rate_limited") == shown
    assert shown == (gina.observe(41, poll=1), gina.verdict)
    assert ["minute counted 299/300"] == gina.observe(81, None)
    assert "valid" == gina.verdict


def test_a_limit_of_a_day_lasts_while_requests_are_counted(gina: _Account) -> None:
    gina.observe(30, _OF_A_DAY.replace(b"32s", b"5000s"))
    assert ["minute counted 299/300", "day observed 0/None"] == gina.observe(120, None)


def test_the_limit_of_a_project_is_none_of_the_user(gina: _Account) -> None:
    assert ["minute observed 0/9000"] == gina.observe(0, _OF_A_LARGER_PROJECT)
    assert ["minute counted 299/300"] == gina.observe(120, None)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (_NAMED, "RequestsPerMinutePerUser"),
        (_OF_A_DAY, "RequestsPerDayPerProject"),
        (quota(), "Requests per minute per user"),
        (_UNCLEAR, "Odd"),
    ],
)
def test_the_name_of_the_limit_is_kept(gina: _Account, body: bytes, name: str) -> None:
    gina.observe(0, body)
    assert LimitRefusal(AT, (name,)) == gina.state.last_refusal
    assert Verdict.RATE_LIMITED.value == gina.verdict
    gina.observe(120, None)
    assert LimitRefusal(AT, (name,)) == gina.state.last_refusal


@pytest.mark.parametrize(("seconds", "verdict"), [(59, "rate_limited"), (60, "valid")])
def test_a_refusal_that_is_read_later_lasts_no_longer(
    gina: _Account, seconds: float, verdict: str
) -> None:
    gina.observe(0, _NAMED, poll=seconds)
    assert verdict == gina.verdict
    assert gina.state.last_refusal is not None
