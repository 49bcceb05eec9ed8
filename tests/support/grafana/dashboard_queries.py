"""Runs the dashboard's queries on a Prometheus, as Grafana does."""

from typing import Any

from tests.support.grafana.grafana_files import ALL, Query, choices, fill_variables, queries
from tests.support.grafana.monitoring_stack import Prometheus


def select_accounts(prometheus: Prometheus, account: str = ".*") -> dict[str, str]:
    """Return the variables' values, with the hidden ones queried as Grafana does."""
    values = ALL | {"$account": account}
    for name, expr in choices().items():
        rows = prometheus.now(fill_variables(expr, values))
        values[f"${name}"] = "|".join(row["metric"]["account"] for row in rows)
    return values


def run_query(prometheus: Prometheus, one: Query, values: dict[str, str]) -> list[dict[str, Any]]:
    expr = fill_variables(one.expr, values)
    return prometheus.now(expr) if one.points == 1 else prometheus.query_last_hour(expr, one.points)


Results = dict[Query, list[dict[str, Any]]]


def run_queries(prometheus: Prometheus, values: dict[str, str]) -> Results:
    return {one: run_query(prometheus, one, values) for one in queries()}


def empty_panels(results: Results) -> list[str]:
    return [f"{one.panel}, {one.ref}" for one, rows in results.items() if not rows]
