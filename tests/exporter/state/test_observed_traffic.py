"""The facts on an account in a response to a request of the user's own."""

from datetime import UTC, datetime

import pytest

from tests.support.exporter.generated_states import AT, FULL
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.state.observed_traffic import apply_traffic
from tokcheck.exporter.state.quota_window import QuotaEvidence, update_quota
from tokcheck.providers.observed.traffic import ObservedQuota, Traffic


def _window(name: str, remaining: int, seconds: float) -> Quota:
    reset_at = datetime.fromtimestamp(AT + seconds, UTC)
    return Quota(name, 100, remaining, reset_at, "headers")


def test_a_refusal_lasts_until_the_window_that_is_used_up_is_reset_as_one_of_a_probe_does() -> None:
    refused = ObservedQuota(AT, 429, (_window("900s", 40, 600), _window("day", 0, 9_000)))
    after = apply_traffic(FULL, Traffic("fitbit", refused, {"4xx": 1}, {}), None, AT)
    assert (Verdict.RATE_LIMITED, AT + 9_000) == (after.verdict, after.pause_until)


@pytest.mark.parametrize(("shows_acceptance", "verdict"), [(True, "valid"), (False, "unverified")])
def test_a_status_that_may_hide_a_refusal_shows_the_quota_alone(
    *, shows_acceptance: bool, verdict: str
) -> None:
    before = FULL._replace(verdict=Verdict.UNVERIFIED, usable=None, traffic_at=None)
    seen = ObservedQuota(AT, 200, (_window("hour", 40, 600),), None, shows_acceptance)
    after = apply_traffic(before, Traffic("fitbit", seen, {"2xx": 1}, {}), None, AT)
    assert (verdict, 40) == (after.verdict, after.quota[0].remaining)
    assert (AT if shows_acceptance else None) == after.traffic_at


_LIMIT_ALONE = Quota("hour", 100, None, None, "headers")


@pytest.mark.parametrize(
    ("left", "seconds", "verdict", "quota"),
    [
        (40, 60, Verdict.VALID, _LIMIT_ALONE),  # the same window
        (40, 60, Verdict.VALID, _LIMIT_ALONE._replace(limit=None)),
        (30, 60, Verdict.VALID, _LIMIT_ALONE._replace(limit=30)),  # it was lowered
        (None, 601, Verdict.VALID, _LIMIT_ALONE),  # the next window
        (None, 60, Verdict.VALID, _LIMIT_ALONE._replace(window="day")),
        (41, 60, Verdict.VALID, _LIMIT_ALONE._replace(remaining=41)),
    ],
)
def test_a_response_with_a_limit_alone_keeps_what_was_known_to_be_left(
    left: int | None, seconds: float, verdict: Verdict, quota: Quota
) -> None:
    before = update_quota(FULL, QuotaEvidence((_window("hour", 40, 600),), Verdict.VALID), AT).state
    after = update_quota(before, QuotaEvidence((quota,), verdict), AT + seconds).state
    assert left == after.quota[0].remaining
    is_kept = left is not None and quota.remaining is None
    assert (AT if is_kept else AT + seconds) == after.observed_at
    seen = ObservedQuota(AT + seconds, 200, (quota,))
    observed = apply_traffic(before, Traffic("fitbit", seen, {"2xx": 1}, {}), None, AT + seconds)
    assert left == observed.quota[0].remaining


def test_an_accepted_request_refutes_that_none_was_left() -> None:
    used_up = (_window("hour", 0, 600),)
    before = update_quota(FULL, QuotaEvidence(used_up, Verdict.RATE_LIMITED), AT).state
    for left, verdict in ((None, Verdict.VALID), (0, Verdict.RATE_LIMITED)):
        after = update_quota(before, QuotaEvidence((_LIMIT_ALONE,), verdict), AT + 5).state
        assert left == after.quota[0].remaining


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(9_000, Verdict.RATE_LIMITED), (-1, Verdict.VALID)]
)
def test_any_window_that_is_used_up_is_a_limit_until_its_reset(
    seconds: float, verdict: Verdict
) -> None:
    seen = ObservedQuota(AT, 200, (_window("900s", 40, 600), _window("day", 0, seconds)))
    after = apply_traffic(FULL, Traffic("fitbit", seen, {"2xx": 1}, {}), None, AT)
    assert verdict is after.verdict
