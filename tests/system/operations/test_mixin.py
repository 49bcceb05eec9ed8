"""The mixin gives what Prometheus and Grafana read, and its settings change it."""

import json
from importlib import import_module
from typing import Any

import yaml

from tests.support.paths import ROOT

GRAFANA = ROOT / "grafana"


def _mixin(change: str = "{}") -> Any:
    jsonnet = import_module("_jsonnet")
    source = f"(import '{GRAFANA}/mixin.libsonnet') + {change}"
    parts = "prometheusAlerts", "prometheusRules", "grafanaDashboards"  # hidden, as in every mixin
    shown = ", ".join(f"{part}: mixin.{part}" for part in parts)
    text = f"local mixin = {source}; {{ {shown} }}"
    return json.loads(jsonnet.evaluate_snippet("mixin", text))


def _rules(name: str) -> Any:
    return yaml.safe_load((GRAFANA / "prometheus" / "rules" / name).read_text())


def test_it_has_the_rules_and_the_dashboard_as_they_are() -> None:
    mixin = _mixin()
    groups = [*_rules("alerts.yml")["groups"], *_rules("server.yml")["groups"]]
    assert {"groups": groups} == mixin["prometheusAlerts"]
    assert _rules("recording.yml") == mixin["prometheusRules"]
    dashboard = json.loads((GRAFANA / "dashboards" / "tokcheck.json").read_text())
    assert {"tokcheck.json": dashboard} == mixin["grafanaDashboards"]


def test_the_alerts_of_a_textfile_replace_those_of_a_server() -> None:
    groups = _mixin("{_config+:: {textfile: true}}")["prometheusAlerts"]["groups"]
    names = [rule["alert"] for group in groups for rule in group["rules"]]
    assert "TokcheckTextfileStale" in names
    assert "TokcheckExporterDown" not in names


def test_every_file_of_rules_is_part_of_it() -> None:
    mixin = (GRAFANA / "mixin.libsonnet").read_text()
    files = [path.name for path in (GRAFANA / "prometheus" / "rules").iterdir()]
    assert [] == [name for name in files if f"prometheus/rules/{name}" not in mixin]


def test_the_job_and_the_runbooks_can_be_set() -> None:
    changed = _mixin("{_config+:: {job: 'tokens', runbooks: 'https://wiki.example.org/tokcheck'}}")
    rules = {
        rule["alert"]: rule
        for group in changed["prometheusAlerts"]["groups"]
        for rule in group["rules"]
    }
    down = rules["TokcheckExporterDown"]
    assert 'up{job="tokens"} == 0 or absent(up{job="tokens"})' == down["expr"]
    assert (
        "https://wiki.example.org/tokcheck#tokcheckexporterdown"
        == down["annotations"]["runbook_url"]
    )
    assert '"tokcheck"' not in json.dumps([rule["expr"] for rule in rules.values()])


def test_a_job_name_with_any_characters_is_quoted() -> None:
    job = 'my "tokens" \\ §'
    changed = _mixin("{_config+:: {job: %s}}" % json.dumps(job))  # noqa: UP031 - braces of jsonnet
    rules = [rule for group in changed["prometheusAlerts"]["groups"] for rule in group["rules"]]
    (down,) = [rule for rule in rules if rule["alert"] == "TokcheckExporterDown"]
    quoted = r'''job="my \"tokens\" \\ §"'''
    assert f"up{{{quoted}}} == 0 or absent(up{{{quoted}}})" == down["expr"]
