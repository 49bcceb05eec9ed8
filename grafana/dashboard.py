"""The dashboard: its variables, and its panels in order.

``uv run python -m grafana.dashboard`` writes it to ``dashboards/tokcheck.json``.
"""

import json
from pathlib import Path

from grafana import queries as q
from grafana.accounts import at_a_glance, quota_and_expiry, verdicts, worst_first
from grafana.details import details, runbook
from grafana.panels import SOURCE, Json, number, row
from grafana.upkeep import devices, exporters, grants, spend

PATH = Path(__file__).parent / "dashboards" / "tokcheck.json"


def _variables() -> list[Json]:
    def label_variable(name: str, label: str, query: str, **rest: object) -> Json:
        return {
            "type": "query",
            "name": name,
            "label": label,
            "datasource": SOURCE,
            "definition": query,
            "query": query,
            "multi": True,
            "includeAll": True,
            "current": {"text": "All", "value": "$__all"},
            "refresh": 2,
            "sort": 1,
            **rest,
        }

    return [
        {
            "type": "datasource",
            "name": "datasource",
            "label": "Data source",
            "query": "prometheus",
            "refresh": 1,
        },
        # Without an allValue: "all" must not include the series of other exporters.
        label_variable("job", "Job", "label_values(tokcheck_build_info, job)"),
        label_variable(
            "provider",
            "Provider",
            f"label_values(tokcheck_probes_total{{{q.JOB}}}, provider)",
            allValue=".*",
        ),
        label_variable(
            "account",
            "Account",
            f'label_values(tokcheck_probes_total{{{q.JOB}, provider=~"$provider"}}, account)',
            allValue=".*",
        ),
        *(
            label_variable(
                name,
                name,
                f"query_result({query})",
                regex='/account="([^"]+)"/',
                hide=2,
                sort=0,
            )
            for name, query in q.CHOICES.items()
        ),
    ]


def build() -> Json:
    """Return the dashboard."""
    panels = [
        *at_a_glance(),
        worst_first(),
        *quota_and_expiry(),
        *verdicts(),
        *spend(),
        devices(),
        *exporters(),
        *grants(),
        row("Details of the chosen accounts (ten at most)", 58, details(59)),
        row("What to do", 59, [runbook(60)]),
    ]
    return {
        "id": None,
        "uid": "tokcheck",
        "title": "tokcheck: API tokens and their quotas",
        "description": "Which token fails, which quota runs out, which token expires next.",
        "tags": ["tokcheck", "quota", "token"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "1m",
        "templating": {"list": _variables()},
        "annotations": {
            "list": [
                {
                    "name": "Alerts",
                    "datasource": SOURCE,
                    "enable": True,
                    "iconColor": "red",
                    "expr": "count by (alertname, severity) "
                    '(ALERTS{alertname=~"Tokcheck.*", alertstate="firing"})',
                    "titleFormat": "{{alertname}}",
                    "textFormat": "{{severity}}",
                    "step": "60s",
                }
            ]
        },
        "links": [],
        "panels": number(panels),
    }


def text() -> str:
    """Return the contents of the JSON file."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
