"""The files of ``grafana/``, and the expressions in them."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import yaml

from tests.support.paths import ROOT

FOLDER = ROOT / "grafana"
RULES = sorted((FOLDER / "prometheus" / "rules").glob("*.yml"))
TEXTFILE_RULES = FOLDER / "prometheus" / "textfile" / "textfile.yml"
"""In place of ``rules/server.yml`` where no exporter is scraped."""
ALL_RULES = [*RULES, TEXTFILE_RULES]
UNIT_TESTS = sorted((FOLDER / "prometheus" / "tests").glob("*.yml"))
DASHBOARD = FOLDER / "dashboards" / "tokcheck.json"

_POINTS = 240  # an hour at a scrape every 15 seconds

# The values of Grafana's variables if everything is selected.
ALL = {
    "$__rate_interval": "10m",
    "$__range": "1h",
    "$job": "tokcheck",
    "$provider": ".*",
    "$account": ".*",
    "$lowest": ".*",
    "$troubled": ".*",
    "$ten": ".*",
}


class Query(NamedTuple):
    """One query of the dashboard: its panel, its letter, its expression and its number of points.

    ``points`` is 1 for a query of the present only.
    """

    panel: str
    ref: str
    expr: str
    points: int = 1


def dashboard() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return loaded


def panels() -> list[dict[str, Any]]:
    """Return all panels, those inside rows and the rows themselves included."""
    return [
        one for each in dashboard()["panels"] for one in (each, *each.get("panels", []))
    ]  # fmt: skip


def queries() -> list[Query]:
    """Return every query of the dashboard, those of its variables included."""
    of_panels = [
        Query(
            panel["title"],
            target["refId"],
            target["expr"],
            1 if target["instant"] else panel.get("maxDataPoints", _POINTS),
        )
        for panel in panels()
        for target in panel.get("targets", [])
    ]
    of_annotations = [
        Query(one["name"], "annotation", one["expr"], _POINTS)
        for one in dashboard()["annotations"]["list"]
    ]
    return (
        of_panels
        + of_annotations
        + [Query(f"${name}", "variable", expr) for name, expr in choices().items()]
    )


def choices() -> dict[str, str]:
    """Return the expressions of the hidden variables, which select the accounts to draw."""
    return {
        variable["name"]: variable["query"].removeprefix("query_result(").removesuffix(")")
        for variable in dashboard()["templating"]["list"]
        if variable.get("hide")
    }


@cache
def rules() -> tuple[dict[str, Any], ...]:
    """Return every rule."""
    return tuple(
        rule
        for path in ALL_RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    )


def alerts() -> list[str]:
    return [rule["alert"] for rule in rules() if "alert" in rule]


def records() -> list[str]:
    return [rule["record"] for rule in rules() if "record" in rule]


def fill_variables(expr: str, values: Mapping[str, str] = ALL) -> str:
    """Return an expression as Grafana sends it; the longer variables' names come first."""
    for name in sorted(values, key=len, reverse=True):
        expr = expr.replace(name, values[name])
    return expr
