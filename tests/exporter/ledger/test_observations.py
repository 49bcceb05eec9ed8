"""Observations in the ledger: added up, in the order of their moments, whichever program wrote."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.core.report import Quota
from tokcheck.exporter.ledger import Ledger
from tokcheck.providers.observed.traffic import EarlierWindow, ObservedQuota, Traffic

NOW = 1_768_478_400.0
_MINUTE = int(NOW // 60)


def _quota(at: float, remaining: int = 100) -> ObservedQuota:
    reset_at = datetime.fromtimestamp(NOW + 600, UTC)
    return ObservedQuota(at, 200, (Quota("hour", 150, remaining, reset_at, "headers"),))


def _traffic(latest: ObservedQuota | None, count: int = 1) -> Traffic:
    return Traffic("fitbit", latest, {"2xx": count}, {_MINUTE: count})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "data" / "ledger.sqlite") as ledger:
        yield ledger


def _latest(ledger: Ledger) -> ObservedQuota | None:
    (stored,) = ledger.observations(0, NOW)
    return stored.traffic.latest


def test_the_counts_of_several_programs_are_added_up(ledger: Ledger) -> None:
    ledger.observe("alex", _traffic(_quota(NOW), 3), NOW)
    ledger.observe("alex", Traffic("fitbit", None, {"2xx": 1, "4xx": 2}, {_MINUTE: 3}), NOW)
    (stored,) = ledger.observations(0, NOW)
    assert Traffic("fitbit", _quota(NOW), {"2xx": 4, "4xx": 2}, {_MINUTE: 6}) == stored.traffic


def test_only_what_changed_is_read(ledger: Ledger) -> None:
    ledger.observe("alex", _traffic(None), NOW)
    ledger.observe("kim", _traffic(None), NOW)
    first, second = ledger.observations(0, NOW)
    assert ("alex", "kim") == (first.account, second.account)
    ledger.observe("alex", _traffic(None), NOW)
    assert ["alex"] == [each.account for each in ledger.observations(second.serial, NOW)]


def test_another_provider_replaces_everything(ledger: Ledger) -> None:
    ledger.observe("alex", _traffic(_quota(NOW), 3), NOW)
    other = Traffic("strava", None, {"2xx": 1}, {_MINUTE: 1})
    ledger.observe("alex", other, NOW)
    (stored,) = ledger.observations(0, NOW)
    assert other == stored.traffic


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_an_older_quota_never_replaces_a_newer_one(moments: list[int]) -> None:
    with (
        TemporaryDirectory() as folder,
        Ledger(Path(folder, "data", "ledger.sqlite")) as ledger,
    ):
        for age in moments:
            ledger.observe("alex", _traffic(_quota(NOW - age, age)), NOW)
        assert _quota(NOW - min(moments), min(moments)) == _latest(ledger)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_limit_alone_does_not_erase_what_another_program_saw_left(
    ledger: Ledger, order: tuple[int, int]
) -> None:
    limit_alone = Quota("hour", 150, None, None, "headers")
    known = limit_alone._replace(remaining=87)
    seen = (ObservedQuota(NOW - 60, 200, (known,)), ObservedQuota(NOW, 200, (limit_alone,)))
    for number in order:
        ledger.observe("alex", _traffic(seen[number]), NOW)
    assert ObservedQuota(NOW, 200, (known,)) == _latest(ledger)


def test_an_observation_of_the_future_gives_way(ledger: Ledger) -> None:
    ledger.observe("alex", _traffic(_quota(NOW + 7200)), NOW + 7200)
    ledger.observe("alex", _traffic(_quota(NOW)), NOW)
    assert _quota(NOW) == _latest(ledger)


def test_old_rows_and_old_minutes_are_deleted(ledger: Ledger) -> None:
    ledger.observe("alex", _traffic(None), NOW)
    ledger.observe("kim", _traffic(None), NOW + 3600)
    ledger.observe("kim", _traffic(None), NOW + 3600)
    assert {} == ledger.observations(1, NOW + 3600)[0].traffic.minutes
    ledger.observe("kim", _traffic(None), NOW + 9 * 86_400)
    assert ["kim"] == [each.account for each in ledger.observations(0, NOW)]


def test_a_row_that_cannot_be_read_is_left_out(ledger: Ledger) -> None:
    ledger.observe("alex", _traffic(None), NOW)
    with closing(sqlite3.connect(ledger.path)) as connection, connection:
        connection.execute("UPDATE observation SET classes = 'odd'")
    assert [] == ledger.observations(0, NOW)
    ledger.observe("alex", _traffic(_quota(NOW)), NOW)
    assert _quota(NOW) == _latest(ledger)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_each_window_is_that_of_the_latest_response_that_reported_it(
    ledger: Ledger, order: tuple[int, ...]
) -> None:
    reset_at = datetime.fromtimestamp(NOW + 600, UTC)
    overall, read = (Quota(name, 100, 9, reset_at, "headers") for name in ("900s", "read 900s"))
    seen = (
        ObservedQuota(NOW - 60, 200, (overall, read)),
        ObservedQuota(NOW - 30, 200, (read._replace(remaining=8),)),
        ObservedQuota(NOW, 200, (overall._replace(remaining=7),)),
    )
    for number in order:
        ledger.observe("alex", _traffic(seen[number]), NOW)
    earlier = (EarlierWindow(NOW - 30, read._replace(remaining=8)),)
    assert seen[2]._replace(earlier=earlier) == _latest(ledger)
