"""The dashboard's panels about accounts: summary, worst first, quota, expiry and verdicts."""

from grafana import queries as q
from grafana.panels import (
    ACCOUNT,
    COLOURED,
    COLOURED_TEXT,
    SECONDS,
    Column,
    Json,
    Place,
    columns,
    lines,
    now,
    override,
    panel,
    series,
    stat,
    steps,
    table,
    words,
)

_LEFT = steps((None, "red"), (0.1, "orange"), (0.25, "green"))
_ENDS = steps((None, "red"), (0, "orange"), (86400, "text"))
_ANY = steps((None, "green"), (1, "red"))
_DASHED = {
    "custom.lineStyle": {"fill": "dash", "dash": [6, 6]},
    "custom.lineWidth": 1,
    "custom.hideFrom": {"legend": True, "tooltip": False, "viz": False},
}
_VERDICTS = words(
    (verdict, verdict.replace("_", " "), state.colour)
    for state in q.STATES
    for verdict in state.verdicts
)


def at_a_glance() -> list[Json]:
    """Return the numbers at the top."""
    return [
        stat(
            "Accounts",
            "Number of accounts that the exporters watch.",
            Place(0, 0, 3, 4),
            f'sum(tokcheck_accounts{{{q.JOB}, provider=~"$provider"}})',
            unit="short",
            color_mode="value",
            defaults={"thresholds": steps((None, "text"))},
        ),
        stat(
            "Not usable",
            "Accounts with a token that cannot be used: expired, refused or unreadable, or the "
            "service was shut down.",
            Place(3, 0, 4, 4),
            q.NOT_USABLE,
            unit="short",
            defaults={"thresholds": _ANY},
        ),
        stat(
            "Logins needed",
            "Accounts from the store that need a new login: their consent has ended or ends within "
            "two days.",
            Place(7, 0, 3, 4),
            q.LOGINS_NEEDED,
            unit="short",
            defaults={"thresholds": steps((None, "green"), (1, "orange"))},
        ),
        stat(
            "Quota nearly gone",
            "Accounts with less than a tenth of their requests left, or rate-limited.",
            Place(10, 0, 4, 4),
            q.NEARLY_GONE,
            unit="short",
            defaults={"thresholds": steps((None, "green"), (1, "orange"))},
        ),
        stat(
            "Not known",
            "Accounts for which it is not known whether their token works.",
            Place(14, 0, 3, 4),
            q.NOT_KNOWN,
            unit="short",
            defaults={"thresholds": steps((None, "green"), (1, "purple"))},
        ),
        stat(
            "Next expiry in",
            "Time until the next token expires.",
            Place(17, 0, 4, 4),
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
            Place(21, 0, 3, 4),
            q.FAULTS,
            unit="short",
            defaults={"thresholds": _ANY},
        ),
    ]


def worst_first() -> Json:
    """Return the table of all accounts."""
    return table(
        "Worst account first",
        "Tokens that cannot be used, then those of which nothing is known, then by the share of "
        "requests left, then by expiry; the first 100. *Runs out in* needs the recording rules "
        "and is empty if the quota lasts until the reset.",
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
            Column("verdict", "Verdict", {"mappings": _VERDICTS, "custom.cellOptions": COLOURED}),
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
                SECONDS
                | {
                    "thresholds": steps((None, "orange")),
                    "custom.cellOptions": COLOURED_TEXT,
                },
            ),
            Column("Value #E", "Resets in", SECONDS),
            Column(
                "Value #F",
                "Expires in",
                SECONDS | {"thresholds": _ENDS, "custom.cellOptions": COLOURED_TEXT},
            ),
            Column("Value #G", "Last answer ago", SECONDS),
            Column("Value #H", "Next probe in", SECONDS),
        ],
        sort="Value #A",
        descending=True,
    )


def quota_and_expiry() -> list[Json]:
    """Return the panels about quota and expiry."""
    return [
        lines(
            "Quota left, and at the reset (dashed)",
            "Share of the requests that is left, for the ten accounts that had the fewest. A line "
            "ends at the reset and starts again at the next probe. Dashed, from the recording "
            "rules: what will be left at the reset at the present rate; at the bottom, the quota "
            "runs out before.",
            Place(0, 14, 16, 9),
            [
                series(q.LEFT_LOWEST, ACCOUNT),
                series(q.AT_RESET_LOWEST, f"{ACCOUNT} at the reset", ref="B"),
            ],
            unit="percentunit",
            custom={"thresholdsStyle": {"mode": "line"}},
            defaults={"min": 0, "max": 1, "thresholds": steps((None, "transparent"), (0.1, "red"))},
            overrides=[override("/ at the reset$/", _DASHED, by="byRegexp")],
        ),
        table(
            "Next to expire",
            "Tokens by expiry, soonest first; the first 100. Negative: the token has expired.",
            Place(16, 14, 8, 9),
            columns(f"sort(bottomk(100, {q.EXPIRES_IN}))"),
            [
                Column("account", "Account"),
                Column("provider", "Provider", {"custom.width": 110}),
                Column(
                    "Value",
                    "Expires in",
                    SECONDS | {"thresholds": _ENDS, "custom.cellOptions": COLOURED},
                ),
            ],
            sort="Value",
        ),
    ]


def verdicts() -> list[Json]:
    """Return the panels about verdicts, over time and now."""
    states = words((str(n), state.text, state.colour) for n, state in enumerate(q.STATES))
    return [
        panel(
            "state-timeline",
            "Verdicts over time",
            "For the 20 accounts that were not valid for the longest time in this range.",
            Place(0, 23, 16, 9),
            [series(q.STATE_TROUBLED, ACCOUNT)],
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
            "Number of accounts with each verdict now.",
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
