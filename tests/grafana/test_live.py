"""A real Prometheus has scraped the exporter: every expression of the dashboard has an answer."""

import time
from pathlib import Path
from typing import Any

from tests.grafana import history, running
from tests.grafana.files import ALL, Asked, asked, choices, filled, records
from tests.grafana.running import Prometheus, until
from tokcheck.exporter.exposition.families import FAMILIES

_SLOWEST_SECONDS = 1.0
# Four series for each account, at every point: what others do to this machine, it feels, too.
_REFERENCE = Asked("the reference", "", "sum(tokcheck_probes_total)", 240)


def test_one_account_fills_every_panel(tmp_path: Path) -> None:
    with running.exporter(1) as (scene, instance):
        history.write(scene, instance, tmp_path / "data")
        with running.prometheus(instance, tmp_path) as prometheus:
            _settled(prometheus)
            assert [] == _empty(_answers(prometheus, _chosen(prometheus)))
            assert [] == [one.name for one in FAMILIES if not prometheus.now(one.name)]


def test_a_thousand_accounts_fill_every_panel_and_no_query_is_slow(tmp_path: Path) -> None:
    with running.exporter(1000) as (scene, instance):
        history.write(scene, instance, tmp_path / "data", step=240)
        with running.prometheus(instance, tmp_path, interval=5) as prometheus:
            _settled(prometheus)
            values = _chosen(prometheus)
            started = time.perf_counter()
            answers = _answers(prometheus, values)
            print(f"the dashboard: {time.perf_counter() - started:.2f} s")  # noqa: T201 - for -rP
            assert [] == _empty(answers)
            _lines_are_few(answers)
            _worst_come_first(answers)
            _no_query_is_slow(prometheus, values)
            assert [] == _empty(_answers(prometheus, _chosen(prometheus, "falling-0000")))


def _settled(prometheus: Prometheus) -> None:
    """Wait for the first scrape, and until the rules have seen it."""
    for name in ["scrape_samples_scraped", *records(), 'ALERTS{alertstate="firing"}']:
        until(lambda name=name: bool(prometheus.now(name)), f"{name} has a value")  # type: ignore[misc]


def _chosen(prometheus: Prometheus, account: str = ".*") -> dict[str, str]:
    """Return the variables' values, as Grafana finds the hidden ones."""
    values = ALL | {"$account": account}
    for name, expr in choices().items():
        rows = prometheus.now(filled(expr, values))
        values[f"${name}"] = "|".join(row["metric"]["account"] for row in rows)
    return values


def _answer(prometheus: Prometheus, one: Asked, values: dict[str, str]) -> list[dict[str, Any]]:
    expr = filled(one.expr, values)
    return prometheus.now(expr) if one.points == 1 else prometheus.over_an_hour(expr, one.points)


_Answers = dict[Asked, list[dict[str, Any]]]


def _answers(prometheus: Prometheus, values: dict[str, str]) -> _Answers:
    return {one: _answer(prometheus, one, values) for one in asked()}


def _empty(answers: _Answers) -> list[str]:
    return [f"{one.panel}, {one.ref}" for one, rows in answers.items() if not rows]


def _lines_are_few(answers: _Answers) -> None:
    drawn = {one: len(rows) for one, rows in answers.items() if one.points > 1}
    assert 10 <= len(drawn)
    assert [] == [one.panel for one, lines in drawn.items() if lines > 40]


def _worst_come_first(answers: _Answers) -> None:
    (rows,) = [
        rows for one, rows in answers.items() if one[:2] == ("Worst account first", "A")
    ]  # fmt: skip
    assert 1000 == len(rows)
    ranked = sorted(rows, key=lambda row: -float(row["value"][1]))
    kinds = [row["metric"]["account"].partition("-")[0] for row in ranked]
    order = list(dict.fromkeys(kinds))
    # Not usable, by expiry where there is one; not known; then by what is left; where that is the
    # same, the token that expires first.
    assert {"expired", "revoked", "empty"} == set(order[:3])
    assert order.index("expired") < order.index("revoked")
    assert {"silent", "new"} == set(order[3:5])
    assert ["gone", "falling", "healthy", "google"] == order[5:]


def _no_query_is_slow(prometheus: Prometheus, values: dict[str, str]) -> None:
    taken = {one: _seconds(prometheus, one, values) for one in (*asked(), _REFERENCE)}
    reference = taken.pop(_REFERENCE)
    slowest = max(taken, key=lambda one: taken[one])
    print(f"slowest: {slowest.panel}, {taken[slowest]:.3f} s; reference: {reference:.3f} s")  # noqa: T201 - for -rP
    assert taken[slowest] < max(_SLOWEST_SECONDS, 4 * reference), slowest


def _seconds(prometheus: Prometheus, one: Asked, values: dict[str, str]) -> float:
    """Return how long a query takes; of one that seems slow, the best of three times."""
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        _answer(prometheus, one, values)
        best = min(best, time.perf_counter() - started)
        if best < _SLOWEST_SECONDS / 4:
            break
    return best
