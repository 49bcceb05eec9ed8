"""The metric families: their names, types, units, labels and help texts.

Names follow https://prometheus.io/docs/practices/naming/: base units, ``_timestamp_seconds`` for
times, ``_total`` for counters only, ratios from 0 to 1. A family has the name of its samples.
"""

from enum import Enum
from typing import NamedTuple


class MetricType(Enum):
    """The type of a family, by its name in the text formats.

    A stateset is written as a gauge. OpenMetrics requires that the label has the family's name
    (``tokcheck_token_verdict{tokcheck_token_verdict="valid"}``) and that every possible state has
    a sample, which are twenty for each account; ``verdict="valid"`` makes simpler queries.
    """

    GAUGE = "gauge"
    COUNTER = "counter"
    STATESET = "stateset"
    INFO = "info"


class Family(NamedTuple):
    """One metric family."""

    name: str
    type: MetricType
    help: str
    """One sentence."""
    unit: str = ""
    """Empty if there is none."""
    labels: tuple[str, ...] = ("provider", "account")
    """Families of accounts have these two first."""


_WINDOW = ("provider", "account", "window")
_DEVICE = ("provider", "account", "device")

FAMILIES = (
    Family(
        "tokcheck_token_valid",
        MetricType.GAUGE,
        "Whether the token works, from the last probe: 1 if it does, even if rate-limited; 0 if "
        "it cannot be used; absent while unknown.",
    ),
    Family(
        "tokcheck_token_verdict",
        MetricType.STATESET,
        "Verdict of the last probe: 1 for the present verdict, 0 for earlier ones of the account.",
        labels=("provider", "account", "verdict"),
    ),
    Family(
        "tokcheck_token_expiry_timestamp_seconds",
        MetricType.GAUGE,
        "When the token expires, from the token itself or the last probe that reported it; stays "
        "when probes fail.",
        "seconds",
    ),
    Family(
        "tokcheck_token_scopes",
        MetricType.GAUGE,
        "How many scopes are granted, from the token itself or the last probe that reported them.",
    ),
    Family(
        "tokcheck_quota_limit_requests",
        MetricType.GAUGE,
        "Requests that a window allows, from the last response that reported it, or as documented.",
        "requests",
        _WINDOW,
    ),
    Family(
        "tokcheck_quota_remaining_requests",
        MetricType.GAUGE,
        "Requests left in the window, from the last response that reported it, or from counted "
        "requests; absent while unknown and after the reset.",
        "requests",
        _WINDOW,
    ),
    Family(
        "tokcheck_quota_reset_timestamp_seconds",
        MetricType.GAUGE,
        "When the window resets, from the last response that reported it; absent while unknown and "
        "after the reset.",
        "seconds",
        _WINDOW,
    ),
    Family(
        "tokcheck_quota_observed_timestamp_seconds",
        MetricType.GAUGE,
        "When the window was last reported: when that probe was sent, or the response observed; "
        "absent after the reset.",
        "seconds",
        _WINDOW,
    ),
    Family(
        "tokcheck_quota_window_seconds",
        MetricType.GAUGE,
        "Length of the window: as configured, as the last probe reported it, or as documented.",
        "seconds",
        _WINDOW,
    ),
    Family(
        "tokcheck_quota_window_mismatch",
        MetricType.GAUGE,
        "Whether the resets that the last probes reported do not fit the length of the window: 1 "
        "or 0; absent while no reset was reported.",
        labels=_WINDOW,
    ),
    Family(
        "tokcheck_quota_source",
        MetricType.GAUGE,
        "Always 1; the label source has where the numbers of the window are from: the last probe, "
        "the user's own requests (observed), their number alone (counted), or the documentation.",
        labels=(*_WINDOW, "source"),
    ),
    Family(
        "tokcheck_device_battery_ratio",
        MetricType.GAUGE,
        "Charge of a paired device's battery from 0 to 1, from the last probe that reported it.",
        "ratio",
        _DEVICE,
    ),
    Family(
        "tokcheck_device_last_sync_timestamp_seconds",
        MetricType.GAUGE,
        "When a paired device was last synchronised, from the last probe that reported it; absent "
        "if the time zone is unknown.",
        "seconds",
        _DEVICE,
    ),
    Family(
        "tokcheck_source_readable",
        MetricType.GAUGE,
        "Whether the source of the token could be read at the last try: 1 or 0; the previous text "
        "stays in use meanwhile.",
    ),
    Family(
        "tokcheck_probe_success",
        MetricType.GAUGE,
        "Whether the last probe got a response that tokcheck understood: 1 or 0; absent before "
        "the first probe.",
    ),
    Family(
        "tokcheck_probe_duration_seconds",
        MetricType.GAUGE,
        "How long the last probe took.",
        "seconds",
    ),
    Family(
        "tokcheck_probe_last_success_timestamp_seconds",
        MetricType.GAUGE,
        "When a probe last got a response that tokcheck understood.",
        "seconds",
    ),
    Family(
        "tokcheck_probe_next_timestamp_seconds",
        MetricType.GAUGE,
        "When the next probe is due, as planned after the last one; absent if none is planned "
        "until something changes.",
        "seconds",
    ),
    Family(
        "tokcheck_probes_total",
        MetricType.COUNTER,
        "Requests that probes have sent to the provider, by result; scrapes send none.",
        labels=("provider", "account", "result"),
    ),
    Family(
        "tokcheck_probes_skipped_total",
        MetricType.COUNTER,
        "Probes that were due and not sent, by reason.",
        labels=("provider", "account", "reason"),
    ),
    Family(
        "tokcheck_observed_requests_total",
        MetricType.COUNTER,
        "Requests of the user's own that programs have reported, by the class of their status.",
        labels=("provider", "account", "code_class"),
    ),
    Family(
        "tokcheck_refresh_total",
        MetricType.COUNTER,
        "Refreshes of an account from the store, by result; absent without a refresh token.",
        labels=("provider", "account", "result"),
    ),
    Family(
        "tokcheck_refresh_token_expiry_timestamp_seconds",
        MetricType.GAUGE,
        "When the refresh token of an account from the store, and the consent with it, expires or "
        "was found to have ended; absent if no expiry is known.",
        "seconds",
    ),
    Family(
        "tokcheck_refresh_broken_timestamp_seconds",
        MetricType.GAUGE,
        "Since when an account from the store cannot be refreshed any more, by reason; absent "
        "while it can.",
        "seconds",
        labels=("provider", "account", "reason"),
    ),
    Family(
        "tokcheck_accounts",
        MetricType.GAUGE,
        "Number of accounts that are watched.",
        labels=("provider",),
    ),
    Family(
        "tokcheck_config_last_reload_successful",
        MetricType.GAUGE,
        "Whether the last reload of the configuration succeeded: 1 or 0.",
        labels=(),
    ),
    Family(
        "tokcheck_config_last_reload_success_timestamp_seconds",
        MetricType.GAUGE,
        "When the configuration in force was read.",
        "seconds",
        labels=(),
    ),
    Family(
        "tokcheck_build_info",
        MetricType.INFO,
        "Versions of tokcheck and of the Python that runs it.",
        labels=("version", "python_version"),
    ),
)

# Of the exporter itself; their values change with every scrape.
OWN_FAMILIES = (
    Family(
        "tokcheck_exporter_scrapes_total",
        MetricType.COUNTER,
        "Scrapes that this process has answered, including the present one.",
        labels=(),
    ),
    Family(
        "tokcheck_exporter_scrape_duration_seconds",
        MetricType.GAUGE,
        "How long this process took to write the response to the previous scrape.",
        "seconds",
        labels=(),
    ),
    Family(
        "tokcheck_exporter_connections",
        MetricType.GAUGE,
        "Open connections to the web server.",
        labels=(),
    ),
    Family(
        "tokcheck_exporter_ledger_errors_total",
        MetricType.COUNTER,
        "Reads and writes of the request counts that failed, for any cause; the log names it.",
        labels=(),
    ),
    Family(
        "tokcheck_cluster_instances",
        MetricType.GAUGE,
        "Exporters of the cluster that renew their leases, this one included.",
        labels=("cluster",),
    ),
    Family(
        "tokcheck_cluster_leases",
        MetricType.GAUGE,
        "Stored accounts that this exporter serves.",
        labels=("cluster",),
    ),
    Family(
        "tokcheck_cluster_unheld_accounts",
        MetricType.GAUGE,
        "Stored accounts that no exporter of the cluster serves.",
        labels=("cluster",),
    ),
)
