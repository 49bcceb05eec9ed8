"""The dashboard's panels about requests of probes, devices, grants and the exporters."""

from grafana_foundation_sdk.builders import table

from grafana import queries as q
from grafana.panels import (
    ACCOUNT,
    COLOURED_TEXT,
    GAUGE,
    NUMBER,
    SECONDS,
    Column,
    Panels,
    bars,
    colours,
    lines,
    now,
    ranking,
    rows,
    series,
    steps,
    words,
)

GRANTS = "Grants: when they end"
_DAY = 86400
_AT = f"{{{q.JOB}}}"
_INSTANCE = "{{instance}}"
_EACH = "by (job, instance)"


def _increase(metric: str, by: str) -> str:
    return f"sum by ({by}) (increase({metric}[$__rate_interval]))"


def spend() -> Panels:
    """Return the panels about requests that probes sent and probes that were not sent."""
    return [
        bars(
            "Requests sent by probes, by result",
            "Requests that the exporter itself sends to the providers, between two points of the "
            "graph; scrapes send none.",
            (8, 8),
            series(_increase(q.PROBES, "result"), "{{result}}"),
        ),
        ranking(
            "Highest share of an hour's requests spent by probes",
            "The ten accounts with the highest share. Any hour may contain parts of two windows, "
            "so up to twice the budget of 4 % is normal. Needs the recording rules.",
            (8, 8),
            "percentunit",
            now(f"sort_desc({q.SPENT_SHARE})", ACCOUNT),
        )
        .max(0.15)
        .thresholds(steps((None, "green"), (0.08, "orange"), (0.1, "red"))),
        bars(
            "Probes that were due and not sent, by reason",
            "Probes are skipped to keep within the budget or the reserve, while rate-limited, when "
            "the result is already known, or after network errors.",
            (8, 8),
            series(_increase(q.of("tokcheck_probes_skipped_total"), "reason"), "{{reason}}"),
        ),
    ]


def devices() -> table.Panel:
    """Return the table of paired devices."""
    by_device = "by (provider, account, device)"
    battery = steps((None, "red"), (0.15, "orange"), (0.3, "green")).build()
    sync = colours((None, "text"), (_DAY, "orange"), (3 * _DAY, "red"))
    return rows(
        "Devices",
        "Paired devices, the lowest battery first; the first 100. The last sync is empty if "
        "the provider reports no time zone and the configuration sets none for the account.",
        (12, 10),
        [
            f"min {by_device} ({q.of('tokcheck_device_battery_ratio')})",
            f"time() - max {by_device} ({q.of('tokcheck_device_last_sync_timestamp_seconds')})",
        ],
        [
            Column("account", "Account"),
            Column("device", "Device"),
            Column("Value #A", "Battery", GAUGE | {"thresholds": battery}),
            Column("Value #B", "Last sync ago", SECONDS | sync),
            Column("provider", "Provider"),
        ],
        sort="Value #A",
    )


def grants() -> Panels:
    """Return the panels about grants of stored accounts: their expiry and their refreshes."""
    return [
        rows(
            GRANTS,
            "Accounts from the store, the consent that ends first on top; the first 100. Negative "
            "values: it has ended or cannot be refreshed, and the account needs attention before "
            "its access ends. Empty if the provider sets no end. Only the exporter's own refreshes "
            "are counted. *No refresh for* is how long the account cannot be refreshed any more, "
            "with the reason: of application and service_gone, the consent is not the cause.",
            (12, 8),
            [
                q.SOONEST_CONSENT,
                q.CONSENT_ENDS_IN,
                q.GRANTS_TOKEN_EXPIRES_IN,
                *map(q.refreshes, ("success", "refused", "failed")),
                q.BROKEN_FOR,
            ],
            [
                Column("account", "Account"),
                Column(
                    "Value #B",
                    "Consent ends in",
                    SECONDS | colours((None, "red"), (0, "orange"), (2 * _DAY, "text")),
                ),
                Column("Value #C", "Access ends in", SECONDS),
                Column("Value #D", "Refreshed", NUMBER),
                Column("Value #E", "Refused", NUMBER | colours((None, "text"), (1, "red"))),
                Column("Value #F", "Failed", NUMBER),
                Column("Value #G", "No refresh for", SECONDS | colours((None, "red"))),
                Column("reason", "Reason"),
                Column("provider", "Provider"),
            ],
            sort="Value #A",
        ),
        bars(
            "Grants: refreshes by result",
            "Refreshes of stored accounts between two points of the graph. A refused one means "
            "that the grant is broken or the application's registration changed; a failed one is "
            "retried.",
            (12, 8),
            series(_increase(q.REFRESHES, "result"), "{{result}}"),
        ),
    ]


def exporters() -> table.Panel:
    """Return the table of exporters."""
    flag = {"mappings": words((("1", "yes", "green"), ("0", "no", "red"))), **COLOURED_TEXT}
    return rows(
        "Exporters",
        "Whether each exporter can be scraped, whether its last reload worked, how old the "
        "configuration in force is, its samples, its open connections, how often its request "
        "counts could not be used, its memory and its version.",
        (12, 10),
        [
            f"max {_EACH} (up{_AT})",
            f"min {_EACH} (tokcheck_config_last_reload_successful{_AT})",
            f"time() - max {_EACH} (tokcheck_config_last_reload_success_timestamp_seconds{_AT})",
            f"max {_EACH} (scrape_samples_scraped{_AT})",
            f"max {_EACH} (tokcheck_exporter_connections{_AT})",
            f"max {_EACH} (tokcheck_exporter_ledger_errors_total{_AT})",
            f"max {_EACH} (process_resident_memory_bytes{_AT})",
            f"max by (job, instance, version, python_version) (tokcheck_build_info{_AT})",
        ],
        [
            Column("instance", "Exporter"),
            Column("Value #A", "Scraped", flag),
            Column("Value #B", "Reload worked", flag),
            Column("Value #C", "In use for", SECONDS),
            Column("Value #D", "Samples", {"unit": "short"}),
            Column("Value #E", "Connections", {"unit": "short"}),
            Column("Value #F", "Count errors", {"unit": "short"}),
            Column("Value #G", "Memory", {"unit": "bytes"}),
            Column("version", "Version"),
            Column("python_version", "Python"),
        ],
        sort="Value #A",
    )


def own_load() -> Panels:
    """Return the panels about what the exporters themselves need."""
    return [
        lines(
            "Duration of a scrape",
            "How long Prometheus waits for an exporter's metrics, and how long it takes the "
            "exporter to write them; Prometheus's default limit is 10 seconds.",
            (12, 8),
            "s",
            series(f"scrape_duration_seconds{_AT}", _INSTANCE),
            series(f"tokcheck_exporter_scrape_duration_seconds{_AT}", f"{_INSTANCE}, writing"),
        ),
        lines(
            "Scrapes a second",
            "Scrapes that each exporter answers, by all Prometheus servers together.",
            (12, 8),
            "reqps",
            series(f"rate(tokcheck_exporter_scrapes_total{_AT}[$__rate_interval])", _INSTANCE),
        ),
        lines(
            "Processor time",
            "Share of one core that each exporter's process uses.",
            (8, 8),
            "percentunit",
            series(f"rate(process_cpu_seconds_total{_AT}[$__rate_interval])", _INSTANCE),
        ),
        lines(
            "Memory",
            "Resident memory of each exporter's process.",
            (8, 8),
            "bytes",
            series(f"process_resident_memory_bytes{_AT}", _INSTANCE),
        ),
        lines(
            "Open files and connections",
            "Open file handles of each exporter's process, and open connections to its web server, "
            "which are at most 128.",
            (8, 8),
            "short",
            series(f"process_open_fds{_AT}", f"{_INSTANCE}, files"),
            series(f"tokcheck_exporter_connections{_AT}", f"{_INSTANCE}, connections"),
        ),
    ]
