"""The dashboard's panels about requests of probes, devices, grants and the exporters."""

from grafana import queries as q
from grafana.panels import (
    ACCOUNT,
    COLOURED_TEXT,
    SECONDS,
    Column,
    Json,
    Place,
    columns,
    lines,
    now,
    panel,
    series,
    steps,
    table,
    words,
)

_BARS = 120  # still distinguishable; each one sums all accounts
_STACKED = {"drawStyle": "bars", "fillOpacity": 60, "lineWidth": 0, "stacking": {"mode": "normal"}}


def spend() -> list[Json]:
    """Return the panels about requests that probes sent and probes that were not sent."""
    return [
        lines(
            "Requests sent by probes, by result",
            "Requests that the exporter itself sends to the providers, between two points of the "
            "graph; scrapes send none.",
            Place(0, 32, 8, 8),
            [series(f"sum by (result) (increase({q.PROBES}[$__rate_interval]))", "{{result}}")],
            unit="short",
            custom=_STACKED,
            defaults={"min": 0},
            maxDataPoints=_BARS,
        ),
        panel(
            "bargauge",
            "Highest share of an hour's requests spent by probes",
            "The ten accounts with the highest share. Any hour may contain parts of two windows, "
            "so up to twice the budget of 4 % is normal. Needs the recording rules.",
            Place(8, 32, 8, 8),
            [now(f"sort_desc({q.SPENT_SHARE})", ACCOUNT)],
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
            "Probes are skipped to keep within the budget or the reserve, while rate-limited, when "
            "the result is already known, or after network errors.",
            Place(16, 32, 8, 8),
            [
                series(
                    "sum by (reason) "
                    f"(increase({q.of('tokcheck_probes_skipped_total')}[$__rate_interval]))",
                    "{{reason}}",
                )
            ],
            unit="short",
            custom=_STACKED,
            defaults={"min": 0},
            maxDataPoints=_BARS,
        ),
    ]


def devices() -> Json:
    """Return the table of paired devices."""
    by_device = "by (provider, account, device)"
    return table(
        "Devices",
        "Paired devices, the lowest battery first; the first 100. The last sync is empty if "
        "the provider reports no time zone and the configuration sets none for the account.",
        Place(0, 40, 12, 10),
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
                SECONDS
                | {
                    "thresholds": steps((None, "text"), (86400, "orange"), (3 * 86400, "red")),
                    "custom.cellOptions": COLOURED_TEXT,
                },
            ),
            Column("provider", "Provider"),
        ],
        sort="Value #A",
    )


def grants() -> list[Json]:
    """Return the panels about grants of stored accounts: their expiry and their refreshes."""
    count = {"unit": "short", "decimals": 0}
    return [
        table(
            "Grants: when they end",
            "Accounts from the store, the consent that ends first on top; the first 100. Negative "
            "values: it has ended or cannot be refreshed, and the account needs attention before "
            "its access ends. Empty if the provider sets no end. Only the exporter's own refreshes "
            "are counted.",
            Place(0, 50, 12, 8),
            columns(
                q.SOONEST_CONSENT,
                q.CONSENT_ENDS_IN,
                q.GRANTS_TOKEN_EXPIRES_IN,
                q.refreshes("success"),
                q.refreshes("refused"),
                q.refreshes("failed"),
            ),
            [
                Column("account", "Account"),
                Column(
                    "Value #B",
                    "Consent ends in",
                    SECONDS
                    | {
                        "thresholds": steps((None, "red"), (0, "orange"), (2 * 86400, "text")),
                        "custom.cellOptions": COLOURED_TEXT,
                    },
                ),
                Column("Value #C", "Access ends in", SECONDS),
                Column("Value #D", "Refreshed", count),
                Column(
                    "Value #E",
                    "Refused",
                    count
                    | {
                        "thresholds": steps((None, "text"), (1, "red")),
                        "custom.cellOptions": COLOURED_TEXT,
                    },
                ),
                Column("Value #F", "Failed", count),
                Column("provider", "Provider"),
            ],
            sort="Value #A",
        ),
        lines(
            "Grants: refreshes by result",
            "Refreshes of stored accounts between two points of the graph. A refused one means "
            "that the grant is broken or the application's registration changed; a failed one is "
            "retried.",
            Place(12, 50, 12, 8),
            [series(f"sum by (result) (increase({q.REFRESHES}[$__rate_interval]))", "{{result}}")],
            unit="short",
            custom=_STACKED,
            defaults={"min": 0},
            maxDataPoints=_BARS,
        ),
    ]


def exporters() -> list[Json]:
    """Return the panels about the exporters themselves."""
    yes = words((("1", "yes", "green"), ("0", "no", "red")))
    flag = {"mappings": yes, "custom.cellOptions": COLOURED_TEXT}
    at = f"{{{q.JOB}}}"
    return [
        table(
            "Exporters",
            "Whether each exporter can be scraped, whether its last reload worked, how old the "
            "configuration in force is, its samples and its version.",
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
                Column("Value #C", "In use for", SECONDS),
                Column("Value #D", "Samples", {"unit": "short"}),
                Column("version", "Version"),
                Column("python_version", "Python"),
            ],
            sort="Value #A",
        ),
        lines(
            "Duration of a scrape",
            "How long Prometheus waits for an exporter's metrics; its default limit is 10 seconds.",
            Place(12, 44, 12, 6),
            [series(f"scrape_duration_seconds{at}", "{{instance}}")],
            unit="s",
            defaults={"min": 0},
        ),
    ]
