"""The rules of Grafana's dashboard linter, and some for readability."""

import json
import re
from collections import Counter
from itertools import combinations
from typing import Any

from grafana.queries import STATES
from tests.support.grafana.grafana_files import ALL, choices, dashboard, panels, queries
from tokcheck.core.report import Verdict

_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_BUILT_IN = {
    "row", "text", "stat", "table", "timeseries", "bargauge", "state-timeline",
}  # fmt: skip
_SHOWING = [panel for panel in panels() if panel["type"] not in {"row", "text"}]
_WIDTH = 24


def test_every_panel_has_a_description_and_a_unit() -> None:
    assert [] == [
        panel["title"] for panel in _SHOWING if not panel["fieldConfig"]["defaults"]["unit"]
    ]
    described = [panel for panel in panels() if panel["type"] != "row"]
    assert [] == [panel["id"] for panel in described if not panel["title"]]
    assert [] == [panel["title"] for panel in described if not panel["description"].endswith(".")]


def test_every_number_of_a_table_has_a_unit_or_a_mapping() -> None:
    bare = []
    for panel in _SHOWING:
        if panel["type"] != "table":
            continue
        organized = panel["transformations"][-1]["options"]["renameByName"]
        properties = {
            one["matcher"]["options"]: one["properties"]
            for one in panel["fieldConfig"]["overrides"]
        }
        for field, name in organized.items():
            says = {each["id"] for each in properties[name]}
            if field.startswith("Value") and not says & {"unit", "mappings"}:
                bare.append((panel["title"], name))
    assert [] == bare


def test_every_panel_uses_the_data_source_variable() -> None:
    requests = [target for panel in _SHOWING for target in (panel, *panel["targets"])]
    assert len(requests) > len(_SHOWING)
    assert [] == [one for one in requests if one["datasource"] != _SOURCE]
    variables = dashboard()["templating"]["list"]
    assert "datasource" == variables[0]["type"]
    assert [_SOURCE] * 6 == [variable["datasource"] for variable in variables[1:]]


def test_every_panel_has_targets_with_distinct_letters() -> None:
    for panel in _SHOWING:
        letters = [target["refId"] for target in panel["targets"]]
        assert letters
        assert len(set(letters)) == len(letters)


def test_only_built_in_panel_types_are_used() -> None:
    assert set() == {panel["type"] for panel in panels()} - _BUILT_IN


def test_every_expression_selects_the_chosen_exporters() -> None:
    own = [one for one in queries() if "ALERTS" not in one.expr]
    assert [] == [one for one in own if one.expr.count("{") != one.expr.count('job=~"$job"')]
    about_accounts = [one for one in own if "tokcheck_token" in one.expr]
    selected = re.compile(r'account=~"\$(account|lowest|troubled|ten)"')
    assert [] == [one for one in about_accounts if not selected.search(one.expr)]


def test_every_rate_uses_the_rate_interval() -> None:
    windows = [
        window
        for one in queries()
        for window in re.findall(r"(?:rate|increase)\([^\[]*\[([^\]]+)\]", one.expr)
    ]
    assert {"$__rate_interval"} == set(windows)


def test_variables_are_used_and_exist() -> None:
    text = json.dumps(dashboard()["panels"]) + json.dumps(dashboard()["templating"])
    names = {variable["name"] for variable in dashboard()["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", text))
    assert names == {name for name in used if not name.startswith("__")}
    assert {f"${name}" for name in used} - {"$datasource", "$__all"} <= set(ALL)


def test_all_accounts_are_selected_by_a_pattern_not_a_list() -> None:
    variables = {each["name"]: each for each in dashboard()["templating"]["list"]}
    for name in ("provider", "account"):
        assert ".*" == variables[name]["allValue"]
        assert variables[name]["multi"]
        assert variables[name]["includeAll"]
    assert "allValue" not in variables["job"]  # it would reach into other exporters' series


def test_ids_are_unique_and_the_dashboard_is_stable_and_not_editable() -> None:
    assert {1} == set(Counter(panel["id"] for panel in panels()).values())
    assert ("tokcheck", False, 39, None) == tuple(
        dashboard().get(key) for key in ("uid", "editable", "schemaVersion", "id")
    )


def _overlaps(one: dict[str, int], two: dict[str, int]) -> bool:
    return (
        one["x"] < two["x"] + two["w"]
        and two["x"] < one["x"] + one["w"]
        and one["y"] < two["y"] + two["h"]
        and two["y"] < one["y"] + one["h"]
    )


def _grids() -> list[list[dict[str, Any]]]:
    """Return the panels that stand on one grid: the open ones, and those of each row."""
    top = dashboard()["panels"]
    return [top, *(panel["panels"] for panel in top if panel["type"] == "row")]


def test_the_grid_has_no_overlap_and_no_gap() -> None:
    for grid in _grids():
        places = [panel["gridPos"] for panel in grid]
        assert [] == [pair for pair in combinations(places, 2) if _overlaps(*pair)]
        height = max(p["y"] + p["h"] for p in places) - min(p["y"] for p in places)
        assert height * _WIDTH == sum(p["w"] * p["h"] for p in places)
        assert all(p["x"] + p["w"] <= _WIDTH for p in places)


def test_large_tables_are_limited() -> None:
    tables = [panel for panel in _SHOWING if panel["type"] == "table"]
    for panel in tables:
        steps = {step["id"]: step["options"] for step in panel["transformations"]}
        assert ["merge", "sortBy", "limit", "organize"] == list(steps)
        assert steps["limit"]["limitField"] <= 100
    drawn = [one for one in queries() if one.points > 1 and "by (provider, account" in one.expr]
    assert drawn
    assert [] == [one for one in drawn if not re.search(r'"\$(lowest|troubled|ten)"', one.expr)]
    assert ["bottomk(10,", "topk(20,", "topk(10,"] == [
        expr.partition(" ")[0] for expr in choices().values()
    ]


def test_a_table_shows_hides_and_sorts_existing_columns() -> None:
    for panel in _SHOWING:
        if panel["type"] != "table":
            continue
        letters = [target["refId"] for target in panel["targets"]]
        values = {"Value"} if len(letters) == 1 else {f"Value #{letter}" for letter in letters}
        labels = set(re.findall(r"by \(([^)]*)\)", " ".join(t["expr"] for t in panel["targets"])))
        has = values | {name.strip() for each in labels for name in each.split(",")}
        steps = {step["id"]: step["options"] for step in panel["transformations"]}
        named = set(steps["organize"]["renameByName"])
        assert set() == named - has, panel["title"]
        assert steps["sortBy"]["sort"][0]["field"] in has
        assert values <= named | set(steps["organize"]["excludeByName"])


def test_every_verdict_has_a_text_and_a_colour() -> None:
    assert sorted(Verdict) == sorted(verdict for state in STATES for verdict in state.verdicts)
