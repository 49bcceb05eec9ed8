"""The queries of the documentation that join Google's figures of a project with tokcheck's."""

import re
from pathlib import Path

import yaml

from tests.support.docs.markdown import section
from tests.support.grafana.programs import run
from tests.support.paths import DOCS

_USED = "stackdriver_consumer_quota_serviceruntime_googleapis_com_quota_rate_net_usage"
_LIMIT = "stackdriver_consumer_quota_serviceruntime_googleapis_com_quota_limit"
_PROJECT = 'project_id="PROJECT", service="health.googleapis.com", quota_metric="requests"'
_GOOGLE = 'job="tokcheck", instance="a", provider="google-health"'
# Every minute for half an hour: the project uses 90, tokcheck knows of 60 and sends one of its own.
_SERIES = {
    f'{_USED}{{{_PROJECT}, method="list"}}': "80x30",
    f'{_USED}{{{_PROJECT}, method="get"}}': "10x30",
    f'{_LIMIT}{{{_PROJECT}, limit_name="RequestsPerMinutePerProject"}}': "120000x30",
    f'{_LIMIT}{{{_PROJECT}, limit_name="RequestsPerMinutePerUser"}}': "300x30",
    f'{_LIMIT}{{{_PROJECT}, limit_name="RequestsPerDayPerProject"}}': "86400000x30",
    f'tokcheck_observed_requests_total{{{_GOOGLE}, account="anna", code_class="2xx"}}': "0+40x30",
    f'tokcheck_observed_requests_total{{{_GOOGLE}, account="ben", code_class="2xx"}}': "0+20x30",
    f'tokcheck_probes_total{{{_GOOGLE}, account="anna", result="success"}}': "0+1x30",
}


def _expect(query: str, value: float, labels: str) -> dict[str, object]:
    samples = [{"labels": labels, "value": value}]
    return {"expr": query, "eval_time": "30m", "exp_samples": samples}


def test_the_row_joins_both(tmp_path: Path) -> None:
    page = section((DOCS / "quotas" / "observing.md").read_text(), "A row for the dashboard")
    share, known, unknown = re.findall(r"^```promql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    series = [{"series": name, "values": values} for name, values in _SERIES.items()]
    test = {
        "interval": "1m",
        "input_series": series,
        "promql_expr_test": [
            _expect(share, 90 / 120_000, '{project_id="PROJECT", quota_metric="requests"}'),
            _expect(known, 61, "{}"),
            _expect(unknown, 29, "{}"),
        ],
    }
    path = tmp_path / "row.yml"
    path.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}))
    assert "SUCCESS" in run("promtool", "test", "rules", path)


def test_without_reports_nothing_is_known(tmp_path: Path) -> None:
    page = section((DOCS / "quotas" / "observing.md").read_text(), "A row for the dashboard")
    _, known, _ = re.findall(r"^```promql\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    test = {"interval": "1m", "promql_expr_test": [_expect(known, 0, "{}")]}
    path = tmp_path / "row.yml"
    path.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}))
    assert "SUCCESS" in run("promtool", "test", "rules", path)
