"""What the exporter promises to export: each metric and its labels."""

_ACCOUNT = {"provider", "account"}

METRICS: dict[str, set[str]] = {
    "tokcheck_token_valid": _ACCOUNT,
    "tokcheck_token_verdict": _ACCOUNT | {"verdict"},
    "tokcheck_token_expiry_timestamp_seconds": _ACCOUNT,
    "tokcheck_token_scopes": _ACCOUNT,
    "tokcheck_quota_limit_requests": _ACCOUNT | {"window"},
    "tokcheck_quota_remaining_requests": _ACCOUNT | {"window"},
    "tokcheck_quota_reset_timestamp_seconds": _ACCOUNT | {"window"},
    "tokcheck_quota_observed_timestamp_seconds": _ACCOUNT | {"window"},
    "tokcheck_device_battery_ratio": _ACCOUNT | {"device"},
    "tokcheck_device_last_sync_timestamp_seconds": _ACCOUNT | {"device"},
    "tokcheck_probe_success": _ACCOUNT,
    "tokcheck_probe_duration_seconds": _ACCOUNT,
    "tokcheck_probe_last_success_timestamp_seconds": _ACCOUNT,
    "tokcheck_probe_next_timestamp_seconds": _ACCOUNT,
    "tokcheck_probes_total": _ACCOUNT | {"result"},
    "tokcheck_probes_skipped_total": _ACCOUNT | {"reason"},
    "tokcheck_accounts": {"provider"},
    "tokcheck_config_last_reload_successful": set(),
    "tokcheck_config_last_reload_success_timestamp_seconds": set(),
    "tokcheck_build_info": {"version", "python_version"},
}
# What Prometheus itself adds to a target.
OF_PROMETHEUS = {"up", "scrape_duration_seconds", "scrape_samples_scraped", "ALERTS"}
OF_A_TARGET = {"job", "instance", "alertname", "alertstate", "severity"}
