"""The quota window: a response merged with what was known."""

from datetime import UTC, datetime

import pytest

from tests.support.exporter.builders import AT, DOCUMENTED, quota, report, watched_account
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.ledger.tables.stored_state import dump_state, load_state
from tokcheck.exporter.state import AccountState, source_change, transitions
from tokcheck.exporter.state.clock_jump import shift_moments, undo_clock_jump

FRESH = source_change.apply_source(None, watched_account())
WORKS = transitions.apply_report(FRESH, report(Verdict.VALID, quota(140)), AT)


def two_windows(hour: int | None, day: int | None, *, swapped: bool = False) -> tuple[Quota, ...]:
    resets = datetime.fromtimestamp(AT + 50_000, UTC)
    both = (quota(hour), Quota("day", 1_000, day, resets, "headers"))
    return both[::-1] if swapped else both


def test_each_window_has_a_history_of_its_own() -> None:
    state = FRESH
    for second, quotas in enumerate(
        (
            two_windows(140, 900),
            two_windows(139, 800),
            two_windows(138, 700, swapped=True),
            two_windows(None, 600),
        )
    ):
        state = transitions.apply_report(state, report(Verdict.VALID, *quotas), AT + second)
    hour, day = map(state.history_of, state.quota)
    assert ("hour", [140, 139, 138]) == (hour.window, [each.remaining for each in hour.history])
    assert ("day", [900, 800, 700, 600]) == (day.window, [each.remaining for each in day.history])
    assert (hour.history, day.history) == (hour.trail, day.trail)
    # The day continues when the hour has been reset.
    later = (quota(149, AT + 7_000), *two_windows(None, 500)[1:])
    after = transitions.apply_report(state, report(Verdict.VALID, *later), AT + 3_000)
    assert [149] == [each.remaining for each in after.history_of(after.quota[0]).history]
    assert 5 == len(after.history_of(after.quota[1]).history)
    # Another token of the same user keeps both; a window that is reported no more is forgotten.
    renewed = source_change.apply_source(after, watched_account("another"))
    assert after.further_histories == renewed.further_histories
    alone = transitions.apply_report(after, report(Verdict.VALID, quota(148)), AT + 3_001)
    assert () == alone.further_histories


def test_a_moved_clock_moves_each_history() -> None:
    state = transitions.apply_report(
        FRESH, report(Verdict.VALID, *two_windows(140, 900)), AT + 9_000
    )
    stored = load_state(dump_state(state))
    assert stored is not None
    assert state.further_histories == stored.further_histories
    for moved in (undo_clock_jump(state, AT), shift_moments(state, -9_000)):
        assert [AT] == [each.at for each in moved.history_of(moved.quota[1]).history]


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


def test_resets_that_do_not_fit_the_window_are_noticed_and_forgotten() -> None:
    def resets_at(*probes: tuple[float, float]) -> list[float | None]:
        """Return the other window after each probe: its moment, and the reset it reports."""
        state = FRESH
        seen: list[float | None] = []
        for at, reset in probes:
            state = transitions.apply_report(
                state, report(Verdict.VALID, quota(140, AT + reset)), AT + at
            )
            seen.append(state.other_window)
        return seen

    hour = 3_600.0
    table: dict[str, tuple[list[tuple[float, float]], list[float | None]]] = {
        "an hour": ([(0, 1_800), (1_900, 5_400), (5_500, 9_000)], [None, None, None]),
        "from the first request": ([(0, hour), (4_000, 7_600), (9_000, 12_600)], [None] * 3),
        "a clock that is off": ([(0, hour + 200)], [None]),
        "a day": ([(0, 80_000), (hour, 80_000)], [80_000.0, 80_000.0]),
        "once": ([(0, 9_000), (9_100, 9_600), (9_700, 9_600 + hour)], [9_000.0, None, None]),
        "ten minutes": ([(0, 500), (700, 1_100), (900, 1_100)], [None, 600.0, 600.0]),
        "shorter once": ([(0, 500), (700, 1_100), (1_200, 4_700)], [None, 600.0, None]),
        "of one window": ([(0, 1_800), (600, 1_801), (1_700, 1_799)], [None, None, None]),
    }
    seen = {name: resets_at(*probes) for name, (probes, _) in table.items()}
    assert {name: want for name, (_, want) in table.items()} == seen


def test_what_is_shown_of_a_reset_is_what_is_waited_for() -> None:
    def reset_after(verdict: Verdict, reset: float, lag: float = 0.0) -> float | None:
        state = transitions.apply_report(
            FRESH._replace(reset_lag=lag), report(verdict, quota(0, AT + reset)), AT
        )
        moment = state.quota[0].reset_at
        return None if moment is None else moment.timestamp() - AT

    assert 9_000 == reset_after(Verdict.RATE_LIMITED, 9_000)
    assert 86_400 == reset_after(Verdict.RATE_LIMITED, 500_000)
    assert 86_400 == reset_after(Verdict.VALID, 86_401)
    assert 9_200 == reset_after(Verdict.RATE_LIMITED, 9_000, lag=200.0)
    # This clock is ahead of the server's: the window is not over yet.
    assert 100 == reset_after(Verdict.RATE_LIMITED, -100, lag=200.0)
    assert reset_after(Verdict.RATE_LIMITED, -100) is None
