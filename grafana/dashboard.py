"""The dashboard: its variables, and its panels in order.

``uv run python -m grafana.dashboard`` writes it to ``dashboards/tokcheck.json``.
"""

import json
from itertools import count
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from grafana import queries as q
from grafana.accounts import at_a_glance, quota_and_expiry, verdicts, worst_first
from grafana.details import details, runbook
from grafana.panels import SOURCE
from grafana.upkeep import devices, exporters, grants, own_load, spend

PATH = Path(__file__).parent / "dashboards" / "tokcheck.json"
_OF_PROVIDER = f'{{{q.JOB}, provider=~"$provider"}}'


class _Alerts(models.AnnotationQuery):
    """The alerts that fire; the builder lacks the three fields of a Prometheus annotation."""

    def to_json(self) -> dict[str, object]:
        words = {"titleFormat": "{{alertname}}", "textFormat": "{{severity}}", "step": "60s"}
        return super().to_json() | words


def _variable(name: str, label: str, query: str) -> builders.QueryVariable:
    return (
        builders.QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .multi(multi=True)
        .include_all(include_all=True)
        .current(models.VariableOption(text="All", value="$__all"))
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )


def _choice(name: str, query: str) -> builders.QueryVariable:
    """Return a hidden variable: the accounts that a query selects."""
    return (
        _variable(name, name, f"query_result({query})")
        .regex('/account="([^"]+)"/')
        .hide(models.VariableHide.HIDE_VARIABLE)
        .sort(models.VariableSort.DISABLED)
    )


def build() -> models.Dashboard:
    """Return the dashboard."""
    alerts = _Alerts(
        "Alerts",
        SOURCE,
        icon_color="red",
        expr="count by (alertname, severity) "
        '(ALERTS{alertname=~"Tokcheck.*", alertstate="firing"})',
    )
    probes = "label_values(tokcheck_probes_total"
    builder = (
        builders.Dashboard("tokcheck: API tokens and their quotas")
        .uid("tokcheck")
        .description("Which token fails, which quota runs out, which token expires next.")
        .tags(["tokcheck", "quota", "token"])
        .version(1)
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("1m")
        .with_variable(
            builders.DatasourceVariable("datasource").label("Data source").type("prometheus")
        )
        # Without an all_value: "all" must not include the series of other exporters.
        .with_variable(_variable("job", "Job", "label_values(tokcheck_build_info, job)"))
        .with_variable(
            _variable("provider", "Provider", f"{probes}{{{q.JOB}}}, provider)").all_value(".*")
        )
        .with_variable(
            _variable("account", "Account", f"{probes}{_OF_PROVIDER}, account)").all_value(".*")
        )
    )
    for name, query in q.CHOICES.items():
        builder.with_variable(_choice(name, query))
    for panel in (
        *at_a_glance(),
        worst_first(),
        *quota_and_expiry(),
        *verdicts(),
        *spend(),
        devices(),
        exporters(),
        *grants(),
    ):
        builder.with_panel(panel)
    for title, panels in (
        ("Details of the chosen accounts (ten at most)", details()),
        ("Load of the exporters", own_load()),
        ("What to do", [runbook()]),
    ):
        row = builders.Row(title)
        for panel in panels:
            row.with_panel(panel)
        builder.with_row(row)
    built = builder.build()
    built.schema_version = 39  # Grafana 10.4's; the builder has 36
    built.annotations = models.AnnotationContainer([alerts])
    _finish(built)
    return built


def _finish(built: models.Dashboard) -> None:
    """Give the panels ids in reading order, and close the gaps below collapsed rows.

    The builder gives no ids, and places a row below the hidden panels of the previous one.
    """
    ids, bottom = count(1), 0
    for panel in built.panels or ():
        inner = panel.panels if isinstance(panel, models.RowPanel) else []
        above = _place(panel).y - bottom if inner else 0
        for one in (panel, *inner):
            one.id_val = next(ids)
            _place(one).y -= above
        bottom = max(bottom, _place(panel).y + _place(panel).h)


def _place(panel: models.Panel | models.RowPanel) -> models.GridPos:
    return panel.grid_pos or models.GridPos()  # the builder has placed each


def text() -> str:
    """Return the contents of the JSON file."""
    return json.dumps(build(), cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
