"""The dashboard: which panels, in which order, on which places.

``uv run python -m grafana.dashboard`` writes it to ``dashboards/tokcheck.json``.
"""

import json
from pathlib import Path

from grafana import queries as q
from grafana.details import details, runbook
from grafana.panels import (
    SOURCE,
    Column,
    Json,
    Place,
    columns,
    lines,
    now,
    number,
    override,
    panel,
    row,
    series,
    stat,
    steps,
    table,
    words,
)

PATH = Path(__file__).parent / "dashboards" / "tokcheck.json"

_ACCOUNT = "{{account}}"
_SECONDS = {"unit": "s", "decimals": 1}
_LEFT = steps((None, "red"), (0.1, "orange"), (0.25, "green"))
_ENDS = steps((None, "red"), (0, "orange"), (86400, "text"))
_ANY = steps((None, "green"), (1, "red"))
_COLOURED = {"type": "color-background", "mode": "basic"}
_DASHED = {
    "custom.lineStyle": {"fill": "dash", "dash": [6, 6]},
    "custom.lineWidth": 1,
    "custom.hideFrom": {"legend": True, "tooltip": False, "viz": False},
}
_BARS = 120  # as many as can be told apart; each adds up every account
_VERDICTS = words(
    (verdict, verdict.replace("_", " "), state.colour)
    for state in q.STATES
    for verdict in state.verdicts
)


def _variables() -> list[Json]:
    def of_labels(name: str, label: str, query: str, **rest: object) -> Json:
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
        # Without an allValue: "all" must not reach into the series of other exporters.
        of_labels("job", "Job", "label_values(tokcheck_build_info, job)"),
        of_labels(
            "provider",
            "Provider",
            f"label_values(tokcheck_probes_total{{{q.JOB}}}, provider)",
            allValue=".*",
        ),
        of_labels(
            "account",
            "Account",
            f'label_values(tokcheck_probes_total{{{q.JOB}, provider=~"$provider"}}, account)',
            allValue=".*",
        ),
        *(
            of_labels(
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


def _at_a_glance() -> list[Json]:
    return [
        stat(
            "Accounts",
            "How many accounts the exporters watch.",
            Place(0, 0, 4, 4),
            f'sum(tokcheck_accounts{{{q.JOB}, provider=~"$provider"}})',
            unit="short",
            color_mode="value",
            defaults={"thresholds": steps((None, "text"))},
        ),
        stat(
            "Not usable",
            "Accounts whose token cannot be used: expired, refused, unreadable, service gone.",
            Place(4, 0, 4, 4),
            q.NOT_USABLE,
            unit="short",
            defaults={"thresholds": _ANY},
        ),
        stat(
            "Quota nearly gone",
            "Accounts with less than a tenth of their calls left, or rate-limited.",
            Place(8, 0, 4, 4),
            q.NEARLY_GONE,
            unit="short",
            defaults={"thresholds": steps((None, "green"), (1, "orange"))},
        ),
        stat(
            "Not known",
            "Accounts of which nobody can tell at present whether their token works.",
            Place(12, 0, 4, 4),
            q.NOT_KNOWN,
            unit="short",
            defaults={"thresholds": steps((None, "green"), (1, "purple"))},
        ),
        stat(
            "Next expiry in",
            "Time until the next token expires, of those that have not.",
            Place(16, 0, 4, 4),
            f"min({q.EXPIRES_IN} > 0)",
            unit="s",
            color_mode="value",
            defaults={
                "decimals": 1,
                "thresholds": steps((None, "orange"), (600, "text")),
            },
        ),
        stat(
            "Exporter faults",
            "Exporters that cannot be scraped or could not read their configuration.",
            Place(20, 0, 4, 4),
            q.FAULTS,
            unit="short",
            defaults={"thresholds": _ANY},
        ),
    ]


def _worst_first() -> Json:
    return table(
        "Worst account first",
        "Tokens that cannot be used, then those of which nothing is known, then by the share of "
        "calls left, then by expiry; the first 100. *Runs out in* needs the recording rules and "
        "is empty where the calls last until the reset.",
        Place(0, 4, 24, 10),
        columns(
            q.URGENCY,
            f"max by (provider, account, verdict) ({q.VERDICT} == 1)",
            q.LEFT,
            q.RUNS_OUT_IN,
            q.RESETS_IN,
            q.EXPIRES_IN,
            f"time() - {q.each('tokcheck_probe_last_success_timestamp_seconds')}",
            f"{q.each('tokcheck_probe_next_timestamp_seconds', 'min')} - time()",
        ),
        [
            Column("account", "Account"),
            Column("provider", "Provider", {"custom.width": 130}),
            Column("verdict", "Verdict", {"mappings": _VERDICTS, "custom.cellOptions": _COLOURED}),
            Column(
                "Value #C",
                "Quota left",
                {
                    "unit": "percentunit",
                    "min": 0,
                    "max": 1,
                    "thresholds": _LEFT,
                    "custom.cellOptions": {"type": "gauge", "mode": "basic"},
                },
            ),
            Column(
                "Value #D",
                "Runs out in",
                _SECONDS
                | {
                    "thresholds": steps((None, "orange")),
                    "custom.cellOptions": {"type": "color-text"},
                },
            ),
            Column("Value #E", "Resets in", _SECONDS),
            Column(
                "Value #F",
                "Expires in",
                _SECONDS | {"thresholds": _ENDS, "custom.cellOptions": {"type": "color-text"}},
            ),
            Column("Value #G", "Last answer ago", _SECONDS),
            Column("Value #H", "Next probe in", _SECONDS),
        ],
        sort="Value #A",
        descending=True,
    )


def _quota_and_expiry() -> list[Json]:
    return [
        lines(
            "Quota left, and at the reset (dashed)",
            "Share of the calls that is left, for the ten accounts that had the fewest. A line "
            "ends at the reset and begins again at the next look. Dashed, from the recording "
            "rules: what will be left at the reset at the present rate; at the bottom, the calls "
            "run out before.",
            Place(0, 14, 16, 9),
            [
                series(q.LEFT_LOWEST, _ACCOUNT),
                series(q.AT_RESET_LOWEST, f"{_ACCOUNT} at the reset", ref="B"),
            ],
            unit="percentunit",
            custom={"thresholdsStyle": {"mode": "line"}},
            defaults={"min": 0, "max": 1, "thresholds": steps((None, "transparent"), (0.1, "red"))},
            overrides=[override("/ at the reset$/", _DASHED, by="byRegexp")],
        ),
        table(
            "Next to expire",
            "Tokens by their expiry, soonest first; the first 100. Below zero, it has passed.",
            Place(16, 14, 8, 9),
            columns(f"sort(bottomk(100, {q.EXPIRES_IN}))"),
            [
                Column("account", "Account"),
                Column("provider", "Provider", {"custom.width": 110}),
                Column(
                    "Value",
                    "Expires in",
                    _SECONDS | {"thresholds": _ENDS, "custom.cellOptions": _COLOURED},
                ),
            ],
            sort="Value",
        ),
    ]


def _verdicts() -> list[Json]:
    states = words((str(n), state.text, state.colour) for n, state in enumerate(q.STATES))
    return [
        panel(
            "state-timeline",
            "Verdicts over time",
            "For the 20 accounts that were longest not valid in this range.",
            Place(0, 23, 16, 9),
            [series(q.STATE_TROUBLED, _ACCOUNT)],
            unit="short",
            defaults={"mappings": states, "custom": {"fillOpacity": 80, "lineWidth": 0}},
            options={
                "mergeValues": True,
                "showValue": "auto",
                "alignValue": "left",
                "rowHeight": 0.85,
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "single"},
            },
        ),
        panel(
            "bargauge",
            "Accounts by verdict",
            "How many accounts have each verdict now.",
            Place(16, 23, 8, 9),
            [now(f"sort_desc(sum by (verdict) ({q.VERDICT} == 1))", "{{verdict}}")],
            unit="short",
            defaults={
                "min": 0,
                "color": {"mode": "fixed", "fixedColor": "text"},
            },
            overrides=[
                override(verdict, {"color": {"mode": "fixed", "fixedColor": state.colour}})
                for state in q.STATES
                for verdict in state.verdicts
            ],
            options={
                "orientation": "horizontal",
                "displayMode": "basic",
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            },
        ),
    ]


def _spend() -> list[Json]:
    bars = {"drawStyle": "bars", "fillOpacity": 60, "lineWidth": 0, "stacking": {"mode": "normal"}}
    return [
        lines(
            "Requests sent by probes, by result",
            "What the exporter itself spends upstream, between two points of the picture; a "
            "scrape spends nothing.",
            Place(0, 32, 8, 8),
            [series(f"sum by (result) (increase({q.PROBES}[$__rate_interval]))", "{{result}}")],
            unit="short",
            custom=bars,
            defaults={"min": 0},
            maxDataPoints=_BARS,
        ),
        panel(
            "bargauge",
            "Highest share of an hour's calls spent by probes",
            "The ten accounts whose probes spent most of the calls that an hour allows; any hour "
            "may hold parts of two windows, so twice the budget of 4 % is right. Needs the "
            "recording rules.",
            Place(8, 32, 8, 8),
            [now(f"sort_desc({q.SPENT_SHARE})", _ACCOUNT)],
            unit="percentunit",
            defaults={
                "min": 0,
                "max": 0.15,
                "thresholds": steps((None, "green"), (0.08, "orange"), (0.1, "red")),
            },
            options={
                "orientation": "horizontal",
                "displayMode": "basic",
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            },
        ),
        lines(
            "Probes that were due and not sent, by reason",
            "Skipped probes: to keep the budget or the reserve, while rate-limited, because the "
            "answer is known, or after errors of the network.",
            Place(16, 32, 8, 8),
            [
                series(
                    "sum by (reason) "
                    f"(increase({q.of('tokcheck_probes_skipped_total')}[$__rate_interval]))",
                    "{{reason}}",
                )
            ],
            unit="short",
            custom=bars,
            defaults={"min": 0},
            maxDataPoints=_BARS,
        ),
    ]


def _devices() -> Json:
    by_device = "by (provider, account, device)"
    return table(
        "Devices",
        "Paired devices, the emptiest battery first; the first 100. The last sync is empty where "
        "the provider gives no time zone and the account has none in the configuration.",
        Place(0, 40, 12, 8),
        columns(
            f"min {by_device} ({q.of('tokcheck_device_battery_ratio')})",
            f"time() - max {by_device} ({q.of('tokcheck_device_last_sync_timestamp_seconds')})",
        ),
        [
            Column("account", "Account"),
            Column("device", "Device"),
            Column(
                "Value #A",
                "Battery",
                {
                    "unit": "percentunit",
                    "min": 0,
                    "max": 1,
                    "thresholds": steps((None, "red"), (0.15, "orange"), (0.3, "green")),
                    "custom.cellOptions": {"type": "gauge", "mode": "basic"},
                },
            ),
            Column(
                "Value #B",
                "Last sync ago",
                _SECONDS
                | {
                    "thresholds": steps((None, "text"), (86400, "orange"), (3 * 86400, "red")),
                    "custom.cellOptions": {"type": "color-text"},
                },
            ),
            Column("provider", "Provider"),
        ],
        sort="Value #A",
    )


def _exporters() -> list[Json]:
    yes = words((("1", "yes", "green"), ("0", "no", "red")))
    flag = {"mappings": yes, "custom.cellOptions": {"type": "color-text"}}
    at = f"{{{q.JOB}}}"
    return [
        table(
            "Exporters",
            "Whether each exporter is scraped, whether its last configuration could be used and "
            "since when it has been in use, its samples and its version.",
            Place(12, 40, 12, 4),
            columns(
                f"max by (job, instance) (up{at})",
                f"min by (job, instance) (tokcheck_config_last_reload_successful{at})",
                "time() - max by (job, instance) "
                f"(tokcheck_config_last_reload_success_timestamp_seconds{at})",
                f"max by (job, instance) (scrape_samples_scraped{at})",
                f"max by (job, instance, version, python_version) (tokcheck_build_info{at})",
            ),
            [
                Column("instance", "Exporter"),
                Column("Value #A", "Scraped", flag),
                Column("Value #B", "Reload worked", flag),
                Column("Value #C", "In use for", _SECONDS),
                Column("Value #D", "Samples", {"unit": "short"}),
                Column("version", "Version"),
                Column("python_version", "Python"),
            ],
            sort="Value #A",
        ),
        lines(
            "Duration of a scrape",
            "How long Prometheus waits for an exporter's metrics; its own limit is 10 seconds "
            "unless told otherwise.",
            Place(12, 44, 12, 4),
            [series(f"scrape_duration_seconds{at}", "{{instance}}")],
            unit="s",
            defaults={"min": 0},
        ),
    ]


def build() -> Json:
    """Return the dashboard."""
    panels = [
        *_at_a_glance(),
        _worst_first(),
        *_quota_and_expiry(),
        *_verdicts(),
        *_spend(),
        _devices(),
        *_exporters(),
        row("Details of the chosen accounts (ten at most)", 48, details(49)),
        row("What to do", 49, [runbook(50)]),
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
    """Return the file's text."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
