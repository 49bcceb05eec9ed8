"""The dashboard's expressions, asked of a Prometheus as Grafana would ask them."""

from typing import Any

from tests.support.grafana.grafana_files import ALL, Asked, asked, choices, filled
from tests.support.grafana.monitoring_stack import Prometheus


def chosen(prometheus: Prometheus, account: str = ".*") -> dict[str, str]:
    """Return the variables' values, as Grafana finds the hidden ones."""
    values = ALL | {"$account": account}
    for name, expr in choices().items():
        rows = prometheus.now(filled(expr, values))
        values[f"${name}"] = "|".join(row["metric"]["account"] for row in rows)
    return values


def answer(prometheus: Prometheus, one: Asked, values: dict[str, str]) -> list[dict[str, Any]]:
    expr = filled(one.expr, values)
    return prometheus.now(expr) if one.points == 1 else prometheus.over_an_hour(expr, one.points)


Answers = dict[Asked, list[dict[str, Any]]]


def answers(prometheus: Prometheus, values: dict[str, str]) -> Answers:
    return {one: answer(prometheus, one, values) for one in asked()}


def empty(answers: Answers) -> list[str]:
    return [f"{one.panel}, {one.ref}" for one, rows in answers.items() if not rows]
