"""Every expression is valid and names exported metrics, and every metric is shown."""

from collections.abc import Iterator

import promql_parser
import pytest

from tests.support.grafana.grafana_files import (
    FOLDER,
    fill_variables,
    panels,
    queries,
    records,
    rules,
)
from tokcheck.exporter.metrics import FAMILIES
from tokcheck.exporter.metrics.families import OWN_FAMILIES

_EXPORTED = {family.name: set(family.labels) for family in (*FAMILIES, *OWN_FAMILIES)}
_OF_PROMETHEUS = {"up", "scrape_duration_seconds", "scrape_samples_scraped", "ALERTS"}
_OF_OTHERS = {
    "node_textfile_mtime_seconds",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_resident_memory_bytes",
}
_OF_A_TARGET = {"job", "instance"}
_DASHBOARD = {f"{one.panel}, {one.ref}": fill_variables(one.expr) for one in queries()}
_RULES = {rule.get("alert") or rule["record"]: rule["expr"] for rule in rules()}
_ALL = _DASHBOARD | _RULES


def _selectors(node: object) -> Iterator[promql_parser.VectorSelector]:
    """Yield every selector under a node of a parsed expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    elif isinstance(node, promql_parser.MatrixSelector):
        yield node.vector_selector
    elif isinstance(node, promql_parser.Call):
        for argument in node.args:
            yield from _selectors(argument)
    elif isinstance(node, promql_parser.BinaryExpr):
        yield from _selectors(node.lhs)
        yield from _selectors(node.rhs)
    elif isinstance(
        node,
        promql_parser.AggregateExpr
        | promql_parser.ParenExpr
        | promql_parser.UnaryExpr
        | promql_parser.SubqueryExpr,
    ):
        yield from _selectors(node.expr)
    else:
        assert isinstance(node, promql_parser.NumberLiteral | promql_parser.StringLiteral), node


def _names(exprs: dict[str, str]) -> set[str]:
    return {
        selector.name or ""
        for expr in exprs.values()
        for selector in _selectors(promql_parser.parse(expr))
    }


@pytest.mark.parametrize("place", _ALL)
def test_an_expression_names_only_existing_metrics(place: str) -> None:
    selectors = list(_selectors(promql_parser.parse(_ALL[place])))
    assert selectors
    for selector in selectors:
        name = selector.name or ""
        assert name in {*_EXPORTED, *_OF_PROMETHEUS, *_OF_OTHERS, *records()}
        labels = {matcher.name for matcher in selector.matchers.matchers}
        if name in _EXPORTED and "tokcheck_build_info" != name:
            assert labels <= _EXPORTED[name] | _OF_A_TARGET, name


def test_every_metric_is_shown_or_explained() -> None:
    explained = (FOLDER / "README.md").read_text()
    unused = set(_EXPORTED) - _names(_ALL)
    assert set() == {name for name in unused if name not in explained}


def test_every_recording_rule_is_used() -> None:
    assert set() == set(records()) - _names(_ALL)


def test_panels_that_need_the_recording_rules_say_so() -> None:
    needing = {one.panel for one in queries() if any(name in one.expr for name in records())}
    described = {
        panel["title"] for panel in panels() if "recording rules" in panel.get("description", "")
    }
    assert described == needing
    assert 3 == len(described)
