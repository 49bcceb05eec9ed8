"""The quota window: a response merged with what was known."""

import pytest

from tests.support.exporter.builders import AT, DOCUMENTED, quota, report, watched_account
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.state import AccountState, transitions

FRESH = transitions.apply_source(None, watched_account())
WORKS = transitions.apply_report(FRESH, report(Verdict.VALID, quota(140)), AT)


def test_documented_limits_replace_only_outdated_quotas() -> None:
    assert (DOCUMENTED,) == transitions.apply_report(
        FRESH, report(Verdict.VALID, DOCUMENTED), AT
    ).quota
    within = transitions.apply_report(WORKS, report(Verdict.VALID, DOCUMENTED), AT + 60)
    assert (WORKS.quota, AT) == (within.quota, within.observed_at)
    over = transitions.apply_report(WORKS, report(Verdict.VALID, DOCUMENTED), AT + 1800)
    assert ((DOCUMENTED,), None, ()) == (over.quota, over.observed_at, over.history)
    limited = transitions.apply_report(FRESH, report(Verdict.RATE_LIMITED, quota(0)), AT)
    refuted = transitions.apply_report(limited, report(Verdict.VALID, DOCUMENTED), AT + 60)
    assert ((DOCUMENTED,), None) == (refuted.quota, refuted.observed_at)


def test_the_history_covers_one_window_and_is_bounded() -> None:
    def apply_quota(state: AccountState, quota: Quota, at: float) -> AccountState:
        return transitions.apply_report(state, report(Verdict.VALID, quota), AT + at)

    assert 2 == len(apply_quota(WORKS, quota(130), 60).history)
    assert 2 == len(apply_quota(WORKS, quota(130, AT + 1802), 60).history)
    assert 1 == len(apply_quota(WORKS, quota(141), 60).history)
    assert 1 == len(apply_quota(WORKS, quota(130, AT + 5400), 1900).history)
    assert 1 == len(
        apply_quota(WORKS, quota(130, AT + 5400), 600).history
    )  # a clock that is behind
    assert 2 == len(apply_quota(WORKS, quota(130, AT + 1800), 1900).history)  # one that is ahead
    assert 2 == len(apply_quota(WORKS, quota(130, None), 60).history)
    assert 1 == len(apply_quota(WORKS, quota(130, None), 1900).history)
    endless = apply_quota(FRESH, quota(150, None), 0)
    assert 2 == len(apply_quota(endless, quota(149, None), 3599).history)
    assert 1 == len(apply_quota(endless, quota(149, None), 3600).history)
    assert WORKS.history == apply_quota(WORKS, quota(None), 60).history
    many = WORKS
    for n in range(100):
        many = apply_quota(many, quota(140 - n), n + 1)
    assert 60 == len(many.history)
    assert 41 == many.history[-1].remaining


def test_unchanged_probes_are_counted_and_a_change_resets_the_count() -> None:
    still = transitions.apply_report(WORKS, report(Verdict.VALID, quota(139)), AT + 600)
    assert (0, 1) == (WORKS.unchanged_probes, still.unchanged_probes)
    assert (
        0
        == transitions.apply_report(
            still, report(Verdict.VALID, quota(137)), AT + 900
        ).unchanged_probes
    )
    renewed = report(Verdict.VALID, quota(149, AT + 5400))
    assert 2 == transitions.apply_report(still, renewed, AT + 1900).unchanged_probes
    used = report(Verdict.VALID, quota(148, AT + 5400))
    assert 0 == transitions.apply_report(still, used, AT + 1900).unchanged_probes
    assert (
        0
        == transitions.apply_report(still, report(Verdict.UNDETERMINED), AT + 900).unchanged_probes
    )


def test_a_window_that_continues_after_its_reset_reveals_the_clocks_lead() -> None:
    late = transitions.apply_report(WORKS, report(Verdict.VALID, quota(139)), AT + 1900)
    assert 100 == late.reset_lag
    assert (
        900
        == transitions.apply_report(WORKS, report(Verdict.VALID, quota(139)), AT + 9000).reset_lag
    )
    stray = report(Verdict.VALID, quota(139, AT + 1700))
    assert 0 == transitions.apply_report(WORKS, stray, AT + 1900).reset_lag
    # It decays at each reset, and shrinks at once if a reset is observed sooner.
    new = report(Verdict.VALID, quota(149, AT + 5400))
    assert pytest.approx(95) == transitions.apply_report(late, new, AT + 2000).reset_lag
    assert pytest.approx(47.5) == transitions.apply_report(late, new, AT + 1850).reset_lag
    assert (
        100
        == transitions.apply_report(
            late, report(Verdict.VALID, quota(1, None)), AT + 2000
        ).reset_lag
    )
