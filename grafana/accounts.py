"""The dashboard's panels about accounts: summary, worst first, quota, expiry and verdicts."""

from grafana_foundation_sdk.builders import common, statetimeline, table
from grafana_foundation_sdk.models import common as looks

from grafana import queries as q
from grafana.panels import (
    ACCOUNT,
    COLOURED,
    GAUGE,
    SECONDS,
    Column,
    Panels,
    colours,
    describe_panel,
    fixed_colour,
    legend_below,
    lines,
    now,
    number,
    properties,
    ranking,
    rows,
    series,
    steps,
    words,
)

_ENDS = ((None, "red"), (0, "orange"), (86400, "text"))
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


_PLAIN: tuple[float | None, str] = (None, "text")
_GOOD: tuple[float | None, str] = (None, "green")


def at_a_glance() -> Panels:
    """Return the numbers at the top."""
    accounts = f'sum(tokcheck_accounts{{{q.JOB}, provider=~"$provider"}})'
    next_expiry = f"min({q.EXPIRES_IN} > 0)"
    return [
        number(
            "Accounts", "Number of accounts that the exporters watch.", 3, accounts, _PLAIN
        ).color_mode(looks.BigValueColorMode.VALUE),
        number(
            "Not usable",
            "Accounts with a token that cannot be used: expired, refused or unreadable, or the "
            "service was shut down.",
            4, q.NOT_USABLE, _GOOD, (1, "red"),
        ),
        number(
            "Logins needed",
            "Accounts from the store that need a new login: their consent has ended or ends within "
            "two days.",
            3, q.LOGINS_NEEDED, _GOOD, (1, "orange"),
        ),
        number(
            "Quota nearly gone",
            "Accounts with less than a tenth of their requests left, or rate-limited.",
            4, q.NEARLY_GONE, _GOOD, (1, "orange"),
        ),
        number(
            "Not known",
            "Accounts for which it is not known whether their token works.",
            3, q.NOT_KNOWN, _GOOD, (1, "purple"),
        ),
        number(
            "Next expiry in",
            "Time until the next token expires.",
            4, next_expiry, (None, "orange"), (600, "text"),
        )
        .color_mode(looks.BigValueColorMode.VALUE)
        .unit("s")
        .decimals(1),
        number(
            "Exporter faults",
            "Exporters that cannot be scraped or could not read their configuration.",
            3, q.FAULTS, _GOOD, (1, "red"),
        ),
    ]  # fmt: skip


def worst_first() -> table.Panel:
    """Return the table of all accounts."""
    left = steps((None, "red"), (0.1, "orange"), (0.25, "green")).build()
    return rows(
        "Worst account first",
        "Tokens that cannot be used, then those of which nothing is known, then by the share "
        "of requests left, then by expiry; the first 100. *Runs out in* needs the recording "
        "rules and is empty if the quota lasts until the reset.",
        (24, 10),
        [
            q.URGENCY,
            f"max by (provider, account, verdict) ({q.VERDICT} == 1)",
            q.LEFT,
            q.RUNS_OUT_IN,
            q.RESETS_IN,
            q.EXPIRES_IN,
            f"time() - {q.each('tokcheck_probe_last_success_timestamp_seconds')}",
            f"{q.each('tokcheck_probe_next_timestamp_seconds', 'min')} - time()",
            q.each("tokcheck_quota_window_seconds", "min"),
        ],
        [
            Column("account", "Account"),
            Column("provider", "Provider", {"custom.width": 130}),
            Column("verdict", "Verdict", {"mappings": _VERDICTS, **COLOURED}),
            Column("Value #C", "Quota left", GAUGE | {"thresholds": left}),
            Column("Value #D", "Runs out in", SECONDS | colours((None, "orange"))),
            Column("Value #E", "Resets in", SECONDS),
            Column("Value #F", "Expires in", SECONDS | colours(*_ENDS)),
            Column("Value #G", "Last answer ago", SECONDS),
            Column("Value #H", "Next probe in", SECONDS),
            Column("Value #I", "Window", SECONDS),
        ],
        sort="Value #A",
        descending=True,
    )


def quota_and_expiry() -> Panels:
    """Return the panels about quota and expiry."""
    at_limits = common.GraphThresholdsStyleConfig().mode(looks.GraphThresholdsStyleMode.LINE)
    return [
        lines(
            "Quota left, and at the reset (dashed)",
            "Share of the requests that is left, for the ten accounts that had the fewest. A line "
            "ends at the reset and starts again at the next probe. Dashed, from the recording "
            "rules: what will be left at the reset at the present rate; at the bottom, the quota "
            "runs out before.",
            (16, 9),
            "percentunit",
            series(q.LEFT_LOWEST, ACCOUNT),
            series(q.AT_RESET_LOWEST, f"{ACCOUNT} at the reset"),
        )
        .max(1)
        .thresholds(steps((None, "transparent"), (0.1, "red")))
        .thresholds_style(at_limits)
        .override_by_regexp("/ at the reset$/", properties(_DASHED)),
        rows(
            "Next to expire",
            "Tokens by expiry, soonest first; the first 100. Negative: the token has expired.",
            (8, 9),
            [f"sort(bottomk(100, {q.EXPIRES_IN}))"],
            [
                Column("account", "Account"),
                Column("provider", "Provider", {"custom.width": 110}),
                Column("Value", "Expires in", SECONDS | colours(*_ENDS) | COLOURED),
            ],
            sort="Value",
        ),
    ]


def verdicts() -> Panels:
    """Return the panels about verdicts, over time and now."""
    states = words((str(n), state.text, state.colour) for n, state in enumerate(q.STATES))
    by_verdict = ranking(
        "Accounts by verdict",
        "Number of accounts with each verdict now.",
        (8, 9),
        "short",
        now(f"sort_desc(sum by (verdict) ({q.VERDICT} == 1))", "{{verdict}}"),
    ).color_scheme(fixed_colour("text"))
    for state in q.STATES:
        for verdict in state.verdicts:
            by_verdict.override_by_name(
                verdict, properties({"color": fixed_colour(state.colour).build()})
            )
    return [
        describe_panel(
            statetimeline.Panel(),
            "Verdicts over time",
            "For the 20 accounts that were not valid for the longest time in this range.",
            (16, 9),
            series(q.STATE_TROUBLED, ACCOUNT),
        )
        .mappings(states)
        .fill_opacity(80)
        .line_width(0)
        .merge_values(merge_values=True)
        .show_value(looks.VisibilityMode.AUTO)
        .align_value(looks.TimelineValueAlignment.LEFT)
        .row_height(0.85)
        .legend(legend_below())
        .tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.SINGLE)),
        by_verdict,
    ]
