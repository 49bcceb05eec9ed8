"""The dashboard's collapsed rows: accounts in detail, and what to do about each alert."""

from grafana import queries as q
from grafana.panels import (
    ACCOUNT,
    COLOURED_TEXT,
    Column,
    Json,
    Place,
    columns,
    lines,
    series,
    table,
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
    "TokcheckExporterDown": "Start the exporter; check that Prometheus reaches its address.",
    "TokcheckReloadFailed": "Read the exporter's log; it names the line.",
}


def details(y: int) -> list[Json]:
    """Return the panels about the selected accounts; ``y`` is their top row in the grid."""
    return [
        lines(
            "Requests left and allowed",
            "For each window; dashed: the requests that it allows.",
            Place(0, y, 12, 8),
            [
                series(
                    q.of_lowest("tokcheck_quota_remaining_requests", q.BY_WINDOW),
                    f"{ACCOUNT}, {{{{window}}}}",
                ),
                series(
                    q.of_lowest("tokcheck_quota_limit_requests", q.BY_WINDOW),
                    f"{ACCOUNT}, {{{{window}}}}, allowed",
                    ref="B",
                ),
            ],
            unit="short",
            defaults={"min": 0},
            overrides=[
                {
                    "matcher": {"id": "byRegexp", "options": "/, allowed$/"},
                    "properties": [
                        {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [2, 6]}},
                        {"id": "custom.lineWidth", "value": 1},
                    ],
                }
            ],
        ),
        lines(
            "Age of what is shown",
            "Time since the last response that tokcheck understood, and since the probe that "
            "reported the quota. Each probe resets it to zero.",
            Place(12, y, 12, 8),
            [
                series(
                    f"time() - {q.of_ten('tokcheck_probe_last_success_timestamp_seconds')}",
                    ACCOUNT,
                ),
                series(
                    f"time() - {q.of_lowest('tokcheck_quota_observed_timestamp_seconds')}",
                    f"{ACCOUNT}, quota",
                    ref="B",
                ),
            ],
            unit="s",
            defaults={"min": 0},
        ),
        lines(
            "Requests sent by probes, by account and result",
            "Requests that the exporter sent for each account, between two points of the graph.",
            Place(0, y + 8, 12, 8),
            [
                series(
                    "sum by (provider, account, result) (increase("
                    f"{q.among('ten', 'tokcheck_probes_total')}[$__rate_interval]))",
                    f"{ACCOUNT}, {{{{result}}}}",
                )
            ],
            unit="short",
            custom={"drawStyle": "bars", "fillOpacity": 60, "lineWidth": 0},
            defaults={"min": 0},
        ),
        lines(
            "Duration of a probe",
            "How long the last probe took.",
            Place(12, y + 8, 12, 8),
            [series(q.of_ten("tokcheck_probe_duration_seconds"), ACCOUNT)],
            unit="s",
            defaults={"min": 0},
        ),
        _facts(Place(0, y + 16, 24, 8)),
    ]


def _facts(place: Place) -> Json:
    yes = words((("1", "yes", "green"), ("0", "no", "red")))
    flag = {"mappings": yes, "custom.cellOptions": COLOURED_TEXT}
    moment = {"unit": "dateTimeAsSystem"}
    return table(
        "What is known",
        "Usable: whether the token works. Understood: whether the last probe got a response that "
        "tokcheck understood. Times are in the browser's time zone.",
        place,
        columns(
            q.each("tokcheck_token_valid"),
            q.each("tokcheck_probe_success"),
            q.each("tokcheck_token_scopes"),
            f"1000 * {q.each('tokcheck_token_expiry_timestamp_seconds')}",
            f"1000 * {q.each('tokcheck_quota_reset_timestamp_seconds', 'min')}",
            f"1000 * {q.each('tokcheck_probe_last_success_timestamp_seconds')}",
            f"1000 * {q.each('tokcheck_probe_next_timestamp_seconds', 'min')}",
        ),
        [
            Column("account", "Account"),
            Column("provider", "Provider"),
            Column("Value #A", "Usable", flag),
            Column("Value #B", "Understood", flag),
            Column("Value #C", "Scopes", {"unit": "short"}),
            Column("Value #D", "Expires at", moment),
            Column("Value #E", "Quota resets at", moment),
            Column("Value #F", "Last answer at", moment),
            Column("Value #G", "Next probe at", moment),
        ],
        sort="account",
    )


def runbook(y: int) -> Json:
    """Return the panel with the first step for each alert."""
    rows = "".join(f"| {alert} | {step} |\n" for alert, step in FIRST_STEPS.items())
    return {
        "type": "text",
        "title": "First step for each alert",
        "description": "More is in grafana/README.md of tokcheck, under each alert's name.",
        "gridPos": Place(0, y, 24, 12)._asdict(),
        "options": {"mode": "markdown", "content": f"| alert | first step |\n|---|---|\n{rows}"},
    }
