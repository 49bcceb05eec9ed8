"""The facts on an account in a response to a request of the user's own."""

from datetime import UTC, datetime

import pytest

from tests.support.exporter.generated_states import AT, FULL
from tests.support.suite.cases import each_case
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.scheduling.backoff import Backoff, find_backoff
from tokcheck.exporter.sources import Policy
from tokcheck.exporter.state import AccountState
from tokcheck.exporter.state.account_state import SkipReason
from tokcheck.exporter.state.account_summary import summarize
from tokcheck.exporter.state.observed_traffic import apply_traffic
from tokcheck.exporter.state.quota_window import QuotaEvidence, update_quota
from tokcheck.providers import REGISTRY
from tokcheck.providers.observed.traffic import ObservedQuota, Traffic


def _window(name: str, remaining: int, seconds: float) -> Quota:
    reset_at = datetime.fromtimestamp(AT + seconds, UTC)
    return Quota(name, 100, remaining, reset_at, "headers")


def test_a_refusal_lasts_until_the_window_that_is_used_up_is_reset_as_one_of_a_probe_does() -> None:
    refused = ObservedQuota(AT, 429, (_window("900s", 40, 600), _window("day", 0, 9_000)))
    after = apply_traffic(FULL, Traffic("fitbit", refused, {"4xx": 1}, {}), None, AT)
    assert (Verdict.RATE_LIMITED, AT + 9_000) == (after.verdict, after.pause_until)


def test_a_refusal_that_names_a_pause_alone_lasts_as_long_as_that() -> None:
    known = ObservedQuota(AT - 60, 200, (_window("hour", 95, 660),))
    refused = ObservedQuota(AT, 429, (), AT + 120)
    before = FULL._replace(observed_at=None, quota=(), traffic_at=None, probed_at=AT - 4_000)
    for seen in (known, refused.after(known)):
        before = apply_traffic(before, Traffic("fitbit", seen, {"2xx": 1}, {}), None, AT)
    assert (Verdict.RATE_LIMITED, AT + 120) == (before.verdict, before.pause_until)
    sentence, (advice, *_) = summarize(before, AT)
    assert sentence.endswith("has reached its rate limit: the response says to wait 2 min.")
    assert advice.startswith("Send no request until this pause has ended.")
    pace = REGISTRY["fitbit"].pace
    backoff = find_backoff(before, pace, Policy(), AT + 1)
    assert backoff is not None
    assert AT + 120 == backoff.until
    assert find_backoff(before, pace, Policy(), AT + 121) is None
    (advice, *_) = summarize(before, AT + 121).advice
    assert advice.startswith("The requested pause has ended.")


def test_a_refusal_without_an_end_lasts_for_a_window_as_one_of_a_probe_does() -> None:
    before = FULL._replace(observed_at=None, quota=(), traffic_at=None, probed_at=AT - 4_000)
    pace = REGISTRY["fitbit"].pace
    traffic = Traffic("fitbit", ObservedQuota(AT, 429, ()), {"4xx": 1}, {})
    after = apply_traffic(before, traffic, pace, AT)
    assert (Verdict.RATE_LIMITED, None) == (after.verdict, after.pause_until)
    backoff = find_backoff(after, pace, Policy(), AT + 1)
    assert Backoff(SkipReason.RATE_LIMITED, AT + 3_600) == backoff
    assert find_backoff(after, pace, Policy(), AT + 3_601) is None


@each_case(("seconds", "verdict"), [(3_599, Verdict.RATE_LIMITED), (3_600, Verdict.VALID)])
def test_a_refusal_without_an_end_that_is_read_later_lasts_no_longer(
    seconds: float, verdict: Verdict
) -> None:
    before = FULL._replace(observed_at=None, quota=(), traffic_at=None, probed_at=AT - 4_000)
    traffic = Traffic("fitbit", ObservedQuota(AT, 429, ()), {"4xx": 1}, {})
    after = apply_traffic(before, traffic, REGISTRY["fitbit"].pace, AT + seconds)
    assert verdict is after.verdict


def test_a_refusal_without_an_end_is_over_with_an_accepted_request() -> None:
    before = FULL._replace(observed_at=None, quota=(), traffic_at=None, probed_at=AT - 4_000)
    refused = ObservedQuota(AT, 429, ())
    accepted = ObservedQuota(AT + 5, 200, (_window("hour", 95, 660),))
    for seen in (refused, accepted.after(refused)):
        traffic = Traffic("fitbit", seen, {"2xx": 1}, {})
        before = apply_traffic(before, traffic, REGISTRY["fitbit"].pace, AT + 6)
    assert Verdict.VALID is before.verdict


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


@each_case(
    ("seconds", "left", "is_kept"),
    [
        (60, 40, True),
        (60, 0, True),
        (60, 41, False),  # a new window, or another one
        (600, 30, False),  # the known one has ended
    ],
)
def test_a_response_without_a_reset_keeps_the_known_one_of_the_same_window(
    seconds: float, left: int, *, is_kept: bool
) -> None:
    known = _window("hour", 40, 600)
    before = update_quota(_UNSEEN, QuotaEvidence((known,), Verdict.VALID), AT).state
    seen = ObservedQuota(AT + seconds, 200, (known._replace(remaining=left, reset_at=None),))
    expected = (left, known.reset_at if is_kept else None)
    evidence = QuotaEvidence(seen.quotas, Verdict.VALID)
    for after in (
        update_quota(before, evidence, seen.at).state,
        _observe(before, seen),
        _observe(_UNSEEN, seen.after(ObservedQuota(AT, 200, (known,)))),
    ):
        assert expected == (after.quota[0].remaining, after.quota[0].reset_at)
    before = before._replace(reported_reset=AT + 590)  # and seen later than reported
    after = update_quota(before, evidence, seen.at).state
    assert (AT + 590 if is_kept else None) == after.reported_reset


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


_BOTH = (_window("900s", 40, 600), _window("read 900s", 70, 600), _window("read day", 9, 9_000))
_OVERALL = (_window("900s", 39, 600),)
_UNSEEN = FULL._replace(quota=(), observed_at=None, history=(), trail=(), further_histories=())


def _observe(state: AccountState, *seen: ObservedQuota) -> AccountState:
    for each in seen:
        traffic = Traffic("fitbit", each, {"2xx": 1}, {})
        state = apply_traffic(state, traffic, None, each.at)
    return state


@pytest.mark.parametrize("is_probed", [False, True])
def test_windows_that_a_response_does_not_report_stay_as_they_were_known(
    *, is_probed: bool
) -> None:
    if is_probed:
        known = update_quota(_UNSEEN, QuotaEvidence(_BOTH, Verdict.VALID), AT).state
    else:
        known = _observe(_UNSEEN, ObservedQuota(AT, 200, _BOTH))
    after = _observe(
        known, ObservedQuota(AT + 5, 200, _OVERALL), ObservedQuota(AT + 9, 200, _OVERALL)
    )
    assert [("900s", 39, AT + 9), ("read 900s", 70, AT), ("read day", 9, AT)] == [
        (each.window, each.remaining, after.observed_at_of(each)) for each in after.quota
    ]
    again = _observe(after, ObservedQuota(AT + 10, 200, _BOTH[1:2]))
    assert [("read 900s", AT + 10), ("900s", AT + 9), ("read day", AT)] == [
        (each.window, again.observed_at_of(each)) for each in again.quota
    ]
    assert [AT, AT + 10] == [point.at for point in again.history_of(_BOTH[1]).history]
    assert [AT + 5, AT + 9] == [point.at for point in again.history_of(_OVERALL[0]).history][-2:]
    # A day after its end, a window is forgotten that no response reports any more.
    late = _observe(again, ObservedQuota(AT + 600 + 86_400, 200, _OVERALL))
    assert ["900s", "read day"] == [each.window for each in late.quota]


def test_a_probe_keeps_the_windows_that_only_other_requests_report() -> None:
    known = _observe(_UNSEEN, ObservedQuota(AT, 200, _BOTH))
    for _ in range(2):
        evidence = QuotaEvidence(_OVERALL, Verdict.VALID)
        known = update_quota(known, evidence, AT + 5).state
    assert ["900s", "read 900s", "read day"] == [each.window for each in known.quota]


@pytest.mark.parametrize(("seconds", "verdict"), [(600, "rate_limited"), (None, "valid")])
def test_a_window_that_is_used_up_stays_so_until_its_reset_if_that_is_known(
    seconds: float | None, verdict: str
) -> None:
    used_up = _window("read 900s", 0, seconds or 0)
    if seconds is None:
        used_up = used_up._replace(reset_at=None)
    after = _observe(
        _UNSEEN, ObservedQuota(AT, 429, (used_up,)), ObservedQuota(AT + 5, 200, _OVERALL)
    )
    assert (verdict, AT + 600 if seconds else None) == (after.verdict, after.pause_until)
    assert bool(seconds) == ("read 900s" in {each.window for each in after.quota})


def test_windows_are_known_that_the_latest_of_several_responses_does_not_report() -> None:
    """The ledger keeps one observation, of the latest response of any program."""
    first, second = ObservedQuota(AT, 200, _BOTH), ObservedQuota(AT + 5, 200, _OVERALL)
    for latest in (second.after(first), first._replace(at=AT + 5).after(second._replace(at=AT))):
        after = _observe(_UNSEEN, latest)
        assert {"900s", "read 900s", "read day"} == {each.window for each in after.quota}
    after = _observe(_UNSEEN, second.after(first))
    assert [("900s", AT + 5), ("read 900s", AT), ("read day", AT)] == [
        (each.window, after.observed_at_of(each)) for each in after.quota
    ]
    # A probe since then knows more.
    probed = update_quota(
        _UNSEEN, QuotaEvidence((_window("read 900s", 60, 600),), Verdict.VALID), AT + 2
    ).state
    assert 60 == next(
        each.remaining
        for each in _observe(probed, second.after(first)).quota
        if each.window == "read 900s"
    )


def test_of_two_responses_in_one_second_the_one_reported_later_counts() -> None:
    second = float(int(AT))
    seen = ObservedQuota(second, 200, (_window("900s", 40, 600),))
    refused = ObservedQuota(second, 429, (), second + 60)
    state = _UNSEEN._replace(probed_at=second - 5, traffic_at=None)
    state = apply_traffic(state, Traffic("fitbit", seen, {"2xx": 1}, {}), None, second + 1)
    assert [40] == [quota.remaining for quota in state.quota]
    both = Traffic("fitbit", refused.after(seen), {"2xx": 1, "4xx": 1}, {})
    state = apply_traffic(state, both, None, second + 2, applied=seen)
    assert (Verdict.RATE_LIMITED, second + 60) == (state.verdict, state.pause_until)
    again = apply_traffic(state, both, None, second + 3, applied=both.latest)
    assert state is again, "it is known"


@each_case(("retry_at", "limits"), [(60.0, ()), (None, ()), (None, ("day",))])
def test_a_refusal_within_the_second_of_a_probe_counts(
    retry_at: float | None, limits: tuple[str, ...]
) -> None:
    second = float(int(AT))
    end = None if retry_at is None else second + retry_at
    state = _UNSEEN._replace(probed_at=second + 0.4, traffic_at=None)
    refused = ObservedQuota(second, 429, (), end, limits=limits)
    traffic = Traffic("fitbit", refused, {"4xx": 1}, {})
    after = apply_traffic(state, traffic, REGISTRY["fitbit"].pace, second + 2)
    assert (Verdict.RATE_LIMITED, end) == (after.verdict, after.pause_until)
    # A probe that came after it is not undone, neither now nor in another run.
    probed = after._replace(verdict=Verdict.VALID, pause_until=None, probed_at=second + 0.8)
    assert Verdict.VALID is apply_traffic(probed, traffic, None, second + 3).verdict


def test_an_accepted_request_within_the_second_of_a_probe_is_not_known_to_be_later() -> None:
    second = float(int(AT))
    state = _UNSEEN._replace(probed_at=second + 0.4, traffic_at=None, verdict=Verdict.RATE_LIMITED)
    seen = ObservedQuota(second, 200, (_window("900s", 40, 600),))
    after = apply_traffic(state, Traffic("fitbit", seen, {"2xx": 1}, {}), None, second + 1)
    assert Verdict.RATE_LIMITED is after.verdict


def test_a_response_of_a_second_before_that_of_a_probe_changes_nothing() -> None:
    second = float(int(AT))
    seen = ObservedQuota(second - 1, 200, (_window("900s", 40, 600),))
    state = _UNSEEN._replace(probed_at=second + 0.4, traffic_at=None)
    traffic = Traffic("fitbit", seen, {"2xx": 1}, {})
    earlier = seen._replace(at=second - 9)
    after = apply_traffic(state, traffic, None, second + 1, applied=earlier)
    assert () == after.quota


@pytest.mark.parametrize("provider", ["fitbit", "spotify", "gitlab"])
def test_a_pause_is_named_where_no_quota_is_known(provider: str) -> None:
    state = _UNSEEN._replace(provider=provider, probed_at=AT - 4_000, traffic_at=None)
    refused = ObservedQuota(AT, 429, (), AT + 120)
    state = apply_traffic(state, Traffic(provider, refused, {"4xx": 1}, {}), None, AT)
    sentence, (advice, *_) = summarize(state, AT)
    assert sentence.endswith("has reached its rate limit: the response says to wait 2 min.")
    assert advice.startswith("Send no request until this pause has ended.")
    assert "reset" not in advice
    (advice, *_) = summarize(state, AT + 121).advice
    assert advice.startswith("The requested pause has ended.")


@pytest.mark.parametrize("provider", ["fitbit", "spotify", "gitlab"])
def test_a_refusal_of_which_no_end_is_known_names_no_reset(provider: str) -> None:
    state = _UNSEEN._replace(provider=provider, probed_at=AT - 4_000, traffic_at=None)
    traffic = Traffic(provider, ObservedQuota(AT, 429, ()), {"4xx": 1}, {})
    sentence, (advice, *_) = summarize(apply_traffic(state, traffic, None, AT), AT)
    assert sentence.endswith("has reached its rate limit.")
    assert (
        "No response says when the limit ends. Wait for some minutes, then try again once."
        == advice
    )
