"""The page and the alerts agree on what trouble is, over a table of states."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.docs.markdown import section
from tests.support.grafana.grafana_files import RULES, alerts
from tests.support.grafana.programs import run
from tests.support.grafana.severity_cases import (
    DAY,
    LONG,
    MINUTE,
    SHORT,
    SeverityCase,
    input_series,
    states_of,
)
from tests.support.paths import DOCS
from tokcheck.exporter.state import Severity, assess_severity

# The alerts of single accounts, by what they say about one.
_ALERTS = {
    Severity.BROKEN: {
        "TokcheckTokenExpired", "TokcheckTokenRefused", "TokcheckTokenUnreadable",
        "TokcheckServiceGone",
    },
    Severity.LOGIN_NEEDED: {"TokcheckGrantBroken"},
    Severity.RATE_LIMITED: {"TokcheckQuotaNearlyGone"},
    Severity.UNCLEAR: {"TokcheckCannotProbe"},
    Severity.RUNNING_OUT: {"TokcheckQuotaNearlyGone", "TokcheckQuotaWillRunOut"},
    Severity.EXPIRES_SOON: {
        "TokcheckTokenExpiresSoon", "TokcheckGrantEndsSoon", "TokcheckRefreshFailing",
    },
    Severity.NOT_PROBED: set(),
    Severity.FINE: set(),
}  # fmt: skip
# These are about the exporter, or about many accounts at once.
_OF_NO_ACCOUNT = {
    "TokcheckBudgetExceeded", "TokcheckProbesFailing", "TokcheckExporterDown",
    "TokcheckReloadFailed", "TokcheckAccountsUnheld",
}  # fmt: skip
# One alert for all accounts of a provider; its own accounts have no other.
_OF_A_PROVIDER = {"service-gone"}


def test_every_alert_belongs_to_a_severity() -> None:
    named = set().union(*_ALERTS.values())
    assert set(alerts()) - named <= _OF_NO_ACCOUNT | {
        name for name in alerts() if name.startswith("TokcheckTextfile")
    }
    assert set(Severity) == set(_ALERTS)
    assert all(bool(_ALERTS[level]) == bool(level.alert) for level in Severity)


def test_the_documentation_lists_the_same_alerts() -> None:
    rows = re.findall(
        r"^\| `([a-z-]+)` \| (\w+) \| .* \| (.*) \|$",
        section((DOCS / "quotas" / "alerts.md").read_text(), "Severities"),
        re.MULTILINE,
    )
    assert {
        level.word: (level.alert or "none", names or {"none"}) for level, names in _ALERTS.items()
    } == {word: (alert, set(names.split(", "))) for word, alert, names in rows}


def test_the_table_has_every_severity() -> None:
    assert set(Severity) == {_severity(case, _HOUR_LONG) for case in SHORT}


_HOUR_LONG = [MINUTE * n for n in range(71)]
_DAYS_LONG = [30 * MINUTE * n for n in range(8 * 24 * 2 + 1)]


@pytest.mark.parametrize(
    ("cases", "moments", "step"),
    [(SHORT, _HOUR_LONG, "1m"), (LONG, _DAYS_LONG, "30m")],
    ids=["short", "long"],
)
def test_the_alerts_fire_for_what_the_page_calls_trouble(
    cases: Sequence[SeverityCase], moments: Sequence[float], step: str, tmp_path: Path
) -> None:
    levels = {case.name: _severity(case, moments) for case in cases}
    shown = {name: level for name, level in levels.items() if name not in _OF_A_PROVIDER}
    path = tmp_path / "agreement.yml"
    end = f"{moments[-1]:.0f}s"
    test = {
        "interval": step,
        "input_series": [
            {"series": 'up{job="tokcheck", instance="a"}', "values": f"1x{len(moments)}"},
            *(series for case in cases for series in input_series(case, moments)),
        ],
        "promql_expr_test": [
            *(_expect(names, level, shown, end) for level, names in _ALERTS.items() if names),
            _expect_alerts("critical", 'severity="critical"', shown, end),
            _expect_alerts(
                "warning",
                'severity="warning"',
                shown,
                end,
                unless='unless on (account) ALERTS{alertstate="firing", severity="critical"}',
            ),
        ],
    }
    path.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(rules) for rules in RULES],
                "evaluation_interval": step,
                "tests": [test],
            },
            width=10**9,
        )
    )
    assert "SUCCESS" in run("promtool", "test", "rules", path)


def _severity(case: SeverityCase, moments: Sequence[float]) -> Severity:
    return assess_severity(states_of(case, moments)[-1], moments[-1])


def _expect(
    names: set[str], level: Severity, shown: dict[str, Severity], end: str
) -> dict[str, Any]:
    """Expect one of the alerts for each account of a severity."""
    own = sorted(name for name, known in shown.items() if known is level)
    return _expression(
        f'ALERTS{{alertstate="firing", alertname=~"{"|".join(sorted(names))}", '
        f'account=~"{"|".join(own)}", account!=""}}',
        own,
        end,
    )


def _expect_alerts(
    alert: str, matcher: str, shown: dict[str, Severity], end: str, unless: str = ""
) -> dict[str, Any]:
    """Expect alerts of a severity for the accounts that the page counts so, and no others."""
    own = sorted(name for name, level in shown.items() if level.alert == alert)
    of_accounts = '{alertstate="firing", account!="", account!="service-gone", ' + matcher + "}"
    return _expression(f"ALERTS{of_accounts} {unless}", own, end)


def _expression(vector: str, names: Sequence[str], end: str) -> dict[str, Any]:
    return {
        "expr": f"group by (account) ({vector})",
        "eval_time": end,
        "exp_samples": [{"labels": f'{{account="{name}"}}', "value": 1} for name in names],
    }


def test_the_long_table_has_both_answers_for_each_kind() -> None:
    by_kind: dict[str, set[bool]] = {}
    for case in LONG:
        kind = case.name.rsplit("-", 2)[0]
        soon = _severity(case, _DAYS_LONG) is Severity.EXPIRES_SOON
        by_kind.setdefault(kind, set()).add(soon)
    assert {
        "kept": {True, False}, "replaced-2-days-ago": {True, False}, "renewed-an-hour-ago": {False},
    } == by_kind  # fmt: skip
    assert 8 * DAY == _DAYS_LONG[-1]
