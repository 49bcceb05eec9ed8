"""The families of metrics: their names, types, units, labels and what each one means.

Names follow https://prometheus.io/docs/practices/naming/: base units, ``_timestamp_seconds`` for
moments, ``_total`` for counters alone, ratios from 0 to 1. A family's name is that of its samples.
"""

from enum import Enum
from typing import NamedTuple


class Type(Enum):
    """What a family's values are, and the word that both text formats have for it.

    A stateset is written as a gauge. OpenMetrics would have the label named as the family
    (``tokcheck_token_verdict{tokcheck_token_verdict="valid"}``) and one sample for every state
    there is, which are twenty for each account; queries are better off with ``verdict="valid"``.
    """

    GAUGE = "gauge"
    COUNTER = "counter"
    STATESET = "stateset"
    INFO = "info"


class Family(NamedTuple):
    """One family of metrics.

    ``unit`` is empty where there is none. Those of an account have its provider and its name as
    the first two labels, and at most one more.
    """

    name: str
    type: Type
    help: str
    unit: str = ""
    labels: tuple[str, ...] = ("provider", "account")


_WINDOW = ("provider", "account", "window")
_DEVICE = ("provider", "account", "device")

FAMILIES = (
    Family(
        "tokcheck_token_valid",
        Type.GAUGE,
        "Whether the token works, from the last probe: 1 if it does, rate-limited or not, 0 if "
        "it cannot be used; absent while unknown.",
    ),
    Family(
        "tokcheck_token_verdict",
        Type.STATESET,
        "Verdict of the last probe: 1 for the present one, 0 for those that the account had "
        "before.",
        labels=("provider", "account", "verdict"),
    ),
    Family(
        "tokcheck_token_expiry_timestamp_seconds",
        Type.GAUGE,
        "When the token expires, from the token itself or the last probe that told; it stays "
        "when probes fail.",
        "seconds",
    ),
    Family(
        "tokcheck_token_scopes",
        Type.GAUGE,
        "How many scopes are granted, from the token itself or the last probe that told.",
    ),
    Family(
        "tokcheck_quota_limit_requests",
        Type.GAUGE,
        "Calls that a whole window allows, from the last probe that told, or as documented.",
        "requests",
        _WINDOW,
    ),
    Family(
        "tokcheck_quota_remaining_requests",
        Type.GAUGE,
        "Calls that are left in the window, from the last probe that told; absent while unknown "
        "and from the reset on.",
        "requests",
        _WINDOW,
    ),
    Family(
        "tokcheck_quota_reset_timestamp_seconds",
        Type.GAUGE,
        "When the window resets, from the last probe that told; absent while unknown and from "
        "the reset on.",
        "seconds",
        _WINDOW,
    ),
    Family(
        "tokcheck_quota_observed_timestamp_seconds",
        Type.GAUGE,
        "When the last probe that told of the window did so; absent from the reset on.",
        "seconds",
        _WINDOW,
    ),
    Family(
        "tokcheck_device_battery_ratio",
        Type.GAUGE,
        "Charge of a paired device's battery from 0 to 1, from the last probe that told.",
        "ratio",
        _DEVICE,
    ),
    Family(
        "tokcheck_device_last_sync_timestamp_seconds",
        Type.GAUGE,
        "When a paired device was last synchronised, from the last probe that told; absent where "
        "the time zone is unknown.",
        "seconds",
        _DEVICE,
    ),
    Family(
        "tokcheck_probe_success",
        Type.GAUGE,
        "Whether the last probe brought an answer that could be understood: 1 or 0; absent "
        "before the first.",
    ),
    Family(
        "tokcheck_probe_duration_seconds",
        Type.GAUGE,
        "How long the last probe took.",
        "seconds",
    ),
    Family(
        "tokcheck_probe_last_success_timestamp_seconds",
        Type.GAUGE,
        "When a probe last brought an answer that could be understood.",
        "seconds",
    ),
    Family(
        "tokcheck_probe_next_timestamp_seconds",
        Type.GAUGE,
        "When the next probe is due, as planned after the last one; absent where none will be "
        "sent until something changes.",
        "seconds",
    ),
    Family(
        "tokcheck_probes_total",
        Type.COUNTER,
        "Requests that probes have spent upstream, by the result of the probe; a scrape spends "
        "none.",
        labels=("provider", "account", "result"),
    ),
    Family(
        "tokcheck_probes_skipped_total",
        Type.COUNTER,
        "Probes that were due and were not sent, by the reason.",
        labels=("provider", "account", "reason"),
    ),
    Family(
        "tokcheck_refresh_total",
        Type.COUNTER,
        "Refreshes of an account from the store, by the result; accounts without a refresh token "
        "have none.",
        labels=("provider", "account", "result"),
    ),
    Family(
        "tokcheck_refresh_token_expiry_timestamp_seconds",
        Type.GAUGE,
        "When the refresh token of an account from the store ends or was found to have ended, and "
        "the consent with it; absent where no end is known.",
        "seconds",
    ),
    Family(
        "tokcheck_accounts",
        Type.GAUGE,
        "How many accounts are watched.",
        labels=("provider",),
    ),
    Family(
        "tokcheck_config_last_reload_successful",
        Type.GAUGE,
        "Whether the configuration could be used when it was last read: 1 or 0.",
        labels=(),
    ),
    Family(
        "tokcheck_config_last_reload_success_timestamp_seconds",
        Type.GAUGE,
        "When the configuration in use was read.",
        "seconds",
        labels=(),
    ),
    Family(
        "tokcheck_build_info",
        Type.INFO,
        "Which tokcheck this is, and the Python that runs it.",
        labels=("version", "python_version"),
    ),
)
