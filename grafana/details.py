"""The dashboard's collapsed rows: accounts in detail, and what to do about each alert."""

from grafana_foundation_sdk.builders import table, text, timeseries
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models.text import TextMode

from grafana import queries as q
from grafana.panels import (
    ACCOUNT,
    COLOURED_TEXT,
    SECONDS,
    Column,
    Panels,
    lines,
    properties,
    rows,
    series,
    words,
)

# Each alert and what to do first; grafana/README.md has more under the alert's name.
FIRST_STEPS = {
    "TokcheckTokenExpiresSoon": "Renew the token before it expires.",
    "TokcheckTokenExpired": "Renew the token; then find out why it was not renewed.",
    "TokcheckTokenRefused": "Check the verdict; most need a new consent by the user.",
    "TokcheckTokenUnreadable": "Run `tokcheck validate --file` on the account's file.",
    "TokcheckServiceGone": "Move to the provider's successor, with a new consent by each user.",
    "TokcheckGrantEndsSoon": "Have the user consent again with `tokcheck login` before then.",
    "TokcheckGrantBroken": "Have the user consent again with `tokcheck login` at once.",
    "TokcheckRefreshFailing": "Run `tokcheck accounts refresh` for the account; it reports why.",
    "TokcheckQuotaNearlyGone": "Wait for the reset; slow down the program that sends the requests.",
    "TokcheckQuotaWillRunOut": "Slow down the program that sends the requests.",
    "TokcheckBudgetExceeded": "Check whether two exporters watch the account.",
    "TokcheckCannotProbe": "Read the exporter's log for this account.",
    "TokcheckProbesFailing": "Check the network between the exporter and the provider.",
    "TokcheckTextfileStale": "Run the cron job or timer by hand; it reports why it fails.",
    "TokcheckExporterDown": "Start the exporter; check that Prometheus reaches its address.",
    "TokcheckAccountsUnheld": "Look for errors of the database in the logs of the cluster's "
    "exporters, and restart them one after the other.",
    "TokcheckReloadFailed": "Read the exporter's log; it names the line.",
}

OBSERVED = "Observed requests of your own, by account and status"
_DOTTED = {"custom.lineStyle": {"fill": "dash", "dash": [2, 6]}, "custom.lineWidth": 1}


def details() -> Panels:
    """Return the panels about the selected accounts."""
    return [
        lines(
            "Requests left and allowed",
            "For each window; dashed: the requests that it allows.",
            (12, 8),
            "short",
            series(
                q.of_lowest("tokcheck_quota_remaining_requests", q.BY_WINDOW),
                f"{ACCOUNT}, {{{{window}}}}",
            ),
            series(
                q.of_lowest("tokcheck_quota_limit_requests", q.BY_WINDOW),
                f"{ACCOUNT}, {{{{window}}}}, allowed",
            ),
        ).override_by_regexp("/, allowed$/", properties(_DOTTED)),
        lines(
            "Age of what is shown",
            "Time since the last response that tokcheck understood, and since the probe that "
            "reported the quota. Each probe resets it to zero.",
            (12, 8),
            "s",
            series(
                f"time() - {q.of_ten('tokcheck_probe_last_success_timestamp_seconds')}", ACCOUNT
            ),
            series(
                f"time() - {q.of_lowest('tokcheck_quota_observed_timestamp_seconds')}",
                f"{ACCOUNT}, quota",
            ),
        ),
        _requests(
            "Requests sent by probes, by account and result",
            "Requests that the exporter sent for each account, between two points of the graph.",
            "tokcheck_probes_total",
            "result",
        ),
        _requests(
            OBSERVED,
            "Requests of your own that were reported to the exporter, between two points "
            "of the graph. They report the quota at no cost.",
            "tokcheck_observed_requests_total",
            "code_class",
        ),
        lines(
            "Duration of a probe",
            "How long the last probe took.",
            (24, 8),
            "s",
            series(q.of_ten("tokcheck_probe_duration_seconds"), ACCOUNT),
        ),
        _facts(),
    ]


def _requests(title: str, description: str, metric: str, label: str) -> timeseries.Panel:
    """Return the counts of requests of each account, by one label more."""
    counts = f"increase({q.among('ten', metric)}[$__rate_interval])"
    target = series(
        f"sum by (provider, account, {label}) ({counts})", f"{ACCOUNT}, {{{{{label}}}}}"
    )
    panel = lines(title, description, (12, 8), "short", target)
    return panel.draw_style(looks.GraphDrawStyle.BARS).fill_opacity(60).line_width(0)


def _facts() -> table.Panel:
    flag = {"mappings": words((("1", "yes", "green"), ("0", "no", "red"))), **COLOURED_TEXT}
    fits = {"mappings": words((("0", "yes", "green"), ("1", "no", "red"))), **COLOURED_TEXT}
    moment = {"unit": "dateTimeAsSystem"}
    return rows(
        "What is known",
        "Usable: whether the token works. Understood: whether the last probe got a response that "
        "tokcheck understood. Quota from: a probe, requests of your own (observed, or only their "
        "number: counted), or only the provider's documentation. Resets fit: whether the reported "
        "resets fit the length of the window. Times are in the browser's time zone.",
        (24, 8),
        [
            q.each("tokcheck_token_valid"),
            q.each("tokcheck_probe_success"),
            q.each("tokcheck_token_scopes"),
            f"1000 * {q.each('tokcheck_token_expiry_timestamp_seconds')}",
            f"1000 * {q.each('tokcheck_quota_reset_timestamp_seconds', 'min')}",
            f"1000 * {q.each('tokcheck_probe_last_success_timestamp_seconds')}",
            f"1000 * {q.each('tokcheck_probe_next_timestamp_seconds', 'min')}",
            f"max by (provider, account, source) ({q.of('tokcheck_quota_source')})",
            q.each("tokcheck_quota_window_seconds", "min"),
            q.each("tokcheck_quota_window_mismatch"),
        ],
        [
            Column("account", "Account"),
            Column("provider", "Provider"),
            Column("Value #A", "Usable", flag),
            Column("Value #B", "Understood", flag),
            Column("Value #C", "Scopes", {"unit": "short"}),
            Column("Value #D", "Expires at", moment),
            Column("source", "Quota from"),
            Column("Value #I", "Window", SECONDS),
            Column("Value #J", "Resets fit", fits),
            Column("Value #E", "Quota resets at", moment),
            Column("Value #F", "Last answer at", moment),
            Column("Value #G", "Next probe at", moment),
        ],
        sort="account",
    )


def runbook() -> text.Panel:
    """Return the panel with the first step for each alert."""
    lines_of_table = "".join(f"| {alert} | {step} |\n" for alert, step in FIRST_STEPS.items())
    return (
        text.Panel()
        .title("First step for each alert")
        .description("More is in grafana/README.md of tokcheck, under each alert's name.")
        .mode(TextMode.MARKDOWN)
        .content(f"| alert | first step |\n|---|---|\n{lines_of_table}")
        .span(24)
        .height(12)
    )
