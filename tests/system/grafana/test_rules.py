"""Rules, configuration and unit tests, checked by promtool and amtool."""

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana.details import FIRST_STEPS
from grafana.queries import STATES
from tests.support.cli.hints import options_by_command
from tests.support.grafana.grafana_files import (
    ALL_RULES,
    FOLDER,
    RULES,
    UNIT_TESTS,
    alerts,
    records,
    rules,
)
from tests.support.grafana.programs import run
from tokcheck.core.report import Verdict

_README = (FOLDER / "README.md").read_text()
_ALERTS = [rule for rule in rules() if "alert" in rule]


def _unit_tests() -> list[dict[str, Any]]:
    return [each for path in UNIT_TESTS for each in yaml.safe_load(path.read_text())["tests"]]


def test_promtool_accepts_the_rules() -> None:
    output = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *ALL_RULES)
    assert len(ALL_RULES) == output.count("SUCCESS")


def test_promtool_accepts_the_configuration() -> None:
    output = run("promtool", "check", "config", FOLDER / "prometheus" / "prometheus.yml")
    assert f"{len(RULES)} rule files found" in output


def test_amtool_accepts_the_example() -> None:
    assert "SUCCESS" in run(
        "amtool", "check-config", FOLDER / "alertmanager" / "alertmanager.yml"
    )  # fmt: skip


@pytest.mark.parametrize("path", UNIT_TESTS, ids=lambda path: path.stem)
def test_the_rules_pass_their_unit_tests(path: Path) -> None:
    assert "SUCCESS" in run("promtool", "test", "rules", path)


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    seen: dict[str, set[bool]] = defaultdict(set)
    for test in _unit_tests():
        for case in test.get("alert_rule_test", []):
            seen[case["alertname"]].add(bool(case["exp_alerts"]))
    assert {name: {True, False} for name in alerts()} == seen


def test_every_recording_rule_has_a_case_with_a_value() -> None:
    seen = {
        name
        for test in _unit_tests()
        for case in test.get("promql_expr_test", [])
        if case["exp_samples"]
        for name in re.findall(r"[a-z_]+:[a-z0-9_]+:[a-z0-9_]+", case["expr"])
    }
    assert set(records()) == seen


def test_names_follow_the_conventions() -> None:
    assert [] == [
        n for n in records() if not re.fullmatch(r"[a-z_]+:tokcheck_[a-z_]+:[a-z0-9_]+", n)
    ]
    assert [] == [name for name in alerts() if not re.fullmatch(r"Tokcheck([A-Z][a-z]+)+", name)]
    assert len(set(alerts())) == len(alerts())


@pytest.mark.parametrize("rule", _ALERTS, ids=lambda rule: str(rule["alert"]))
def test_an_alert_has_a_severity_and_a_runbook(rule: dict[str, Any]) -> None:
    name, severity = rule["alert"], rule["labels"]["severity"]
    assert severity in {"warning", "critical"}
    assert f"| `{name}` | {severity} | " in _README
    assert rule["for"]
    assert {"summary", "description", "runbook_url"} == set(rule["annotations"])
    assert f"grafana/README.md#{name.lower()}" == rule["annotations"]["runbook_url"]
    section = _README.partition(f"### {name}\n")[2].partition("\n###")[0]
    assert re.search(r"\*\*Means:\*\*.*\*\*Check:\*\*.*\*\*Do:\*\*", section, re.DOTALL)
    assert name in FIRST_STEPS


def test_the_runbooks_command_gives_every_alert_the_runbooks_address(tmp_path: Path) -> None:
    copy = tmp_path / "grafana"
    shutil.copytree(FOLDER, copy)
    (command,) = re.findall(r"^sed -i .*$", _README, re.MULTILINE)
    subprocess.run(["bash", "-c", command], cwd=copy, check=True)
    texts = [(copy / path.relative_to(FOLDER)).read_text() for path in ALL_RULES]
    links = [link for text in texts for link in re.findall(r"runbook_url: (\S+)", text)]
    expected = [f"https://wiki.example.org/tokcheck#{name.lower()}" for name in alerts()]
    assert sorted(expected) == sorted(links)


def test_the_runbook_names_existing_commands_and_options() -> None:
    commands = [
        line.split() for line in re.findall(r"(?:^|`)(tokcheck [^`\n]+)", _README, re.MULTILINE)
    ]
    assert ["tokcheck", "accounts", "refresh", "--all", "--min-ttl", "5m"] in commands
    known = options_by_command()
    for _, name, *words in commands:
        full = f"{name} {words[0]}" if words and f"{name} {words[0]}" in known else name
        assert set() == {word for word in words if word.startswith("--")} - known[full], full


def test_the_runbook_explains_only_existing_alerts() -> None:
    assert alerts() == re.findall(r"^### (Tokcheck\w+)", _README, re.MULTILINE)[: len(alerts())]
    assert set(alerts()) == set(re.findall(r"Tokcheck[A-Z]\w+", _README))
    assert set(alerts()) == set(FIRST_STEPS)


def _matched_alerts(matchers: list[str]) -> set[str]:
    """Return the alerts that matchers select; all of them if no name is matched."""
    for matcher in matchers:
        found = re.fullmatch(r'alertname(=~?)"(\S+)"', matcher)
        if found is not None and found[2] != "Tokcheck.*":
            return set(found[2].split("|"))
    return set(alerts())


def test_inhibitions_name_existing_alerts_and_are_not_mutual() -> None:
    loaded = yaml.safe_load((FOLDER / "alertmanager" / "alertmanager.yml").read_text())
    silences = {
        (source, target)
        for rule in loaded["inhibit_rules"]
        for source in _matched_alerts(rule["source_matchers"])
        for target in _matched_alerts(rule["target_matchers"])
        if source != target
    }
    assert set() == {name for pair in silences for name in pair} - set(alerts())
    assert ("TokcheckGrantBroken", "TokcheckTokenExpired") in silences
    assert set() == {pair for pair in silences if pair[::-1] in silences}


def test_every_verdict_that_stops_an_account_has_one_alert() -> None:
    named: list[str] = []
    for rule in _ALERTS:
        for verdicts in re.findall(r'verdict=~?"([a-z_|]+)"', rule["expr"]):
            named += verdicts.split("|")
    assert len(set(named)) == len(named)
    # An account that is not understood is the business of TokcheckCannotProbe.
    assert {Verdict.VALID, Verdict.UNVERIFIED, Verdict.UNDETERMINED} == set(Verdict) - set(named)


def test_the_dashboard_groups_verdicts_as_the_alerts_do() -> None:
    exprs = " ".join(rule["expr"] for rule in _ALERTS)
    for state in STATES[3:]:
        assert f'"{"|".join(state.verdicts)}"' in exprs, state.text
