"""The reference exposition: the same state, rendered by prometheus_client.

It follows the documented rules and shares only the help texts with the code that it checks.
"""

import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from prometheus_client import exposition as text
from prometheus_client import parser as text_parser
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.registry import Collector, CollectorRegistry

from tokcheck.exporter.metrics import FAMILIES
from tokcheck.exporter.metrics.exposition import TextFormat
from tokcheck.exporter.state import AccountState, ExporterInfo
from tokcheck.exporter.state.severity import shown_verdict

_HELP = {family.name: family.help for family in FAMILIES}
_LENGTHS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "15s": timedelta(seconds=15),
}
_SOURCES = {"headers": "probe", "documented": "documented"}


class ParsedFamily(NamedTuple):
    """A family as a parser returns it, with sorted samples."""

    name: str
    type: str
    help: str
    unit: str
    samples: tuple[tuple[str, tuple[tuple[str, str], ...], float], ...]


def parse(body: bytes, form: TextFormat) -> list[ParsedFamily]:
    """Return the families of an exposition, parsed by prometheus_client."""
    parser = text_parser if form is TextFormat.TEXT else openmetrics_parser
    return [
        ParsedFamily(
            family.name,
            family.type,
            family.documentation,
            family.unit,
            tuple(
                sorted((s.name, tuple(sorted(s.labels.items())), s.value) for s in family.samples)
            ),
        )
        for family in parser.text_string_to_metric_families(body.decode())
    ]


def values(body: bytes) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the values of an OpenMetrics exposition by sample name and label values."""
    by_name: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for family in parse(body, TextFormat.OPENMETRICS):
        for name, labels, value in family.samples:
            by_name[name][tuple(text for _, text in sorted(labels, key=_order))] = value
    return dict(by_name)


def _order(label: tuple[str, str]) -> int:
    """Return the sort key of a label: provider, account, then any other."""
    return {"provider": 0, "account": 1}.get(label[0], 2)


class Reference(Collector):
    """An ordinary collector for prometheus_client, which makes new families at each scrape."""

    def __init__(self, states: Sequence[AccountState], exporter: ExporterInfo, now: float) -> None:
        self.states = states
        self.exporter = exporter
        self.now = now
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def render(self, form: TextFormat) -> bytes:
        """Return the exposition in a text format."""
        if form is TextFormat.TEXT:
            return text.generate_latest(self._registry)
        rendered: bytes = openmetrics.generate_latest(self._registry)  # type: ignore[no-untyped-call] # it has no types
        return rendered

    def render_gzip(self, form: TextFormat) -> bytes:
        """Return the exposition compressed, as prometheus_client's applications do."""
        return gzip.compress(self.render(form))

    def collect(self) -> Iterable[Metric]:
        """Return all families."""
        families = _empty()
        counts: Counter[str] = Counter()
        for state in self.states:
            provider = state.provider or "unknown"
            counts[provider] += 1
            labels = [_label_value(provider), _label_value(state.name)]
            _add_token(families, labels, state)
            _add_quota(families, labels, state, datetime.fromtimestamp(self.now, UTC))
            _add_devices(families, labels, state)
            _add_probes(families, labels, state)
            _add_refreshes(families, labels, state)
        for provider, count in counts.items():
            families["tokcheck_accounts"].add_metric([_label_value(provider)], count)
        yield from families.values()
        ok = "tokcheck_config_last_reload_successful"
        yield GaugeMetricFamily(ok, _HELP[ok], value=float(self.exporter.reload_successful))
        at = "tokcheck_config_last_reload_success_timestamp_seconds"
        yield GaugeMetricFamily(at, _HELP[at], value=self.exporter.reloaded_at, unit="seconds")
        versions = {
            "version": self.exporter.version,
            "python_version": self.exporter.python_version,
        }
        yield InfoMetricFamily("tokcheck_build", _HELP["tokcheck_build_info"], value=versions)


def _empty() -> dict[str, Any]:
    account = ["provider", "account"]

    def gauge(name: str, labels: list[str], unit: str = "") -> tuple[str, GaugeMetricFamily]:
        return name, GaugeMetricFamily(name, _HELP[name], labels=labels, unit=unit)

    def counter(name: str, label: str) -> tuple[str, CounterMetricFamily]:
        return name, CounterMetricFamily(name, _HELP[name], labels=[*account, label])

    return dict(
        [
            gauge("tokcheck_token_valid", account),
            gauge("tokcheck_token_verdict", [*account, "verdict"]),
            gauge("tokcheck_token_expiry_timestamp_seconds", account, "seconds"),
            gauge("tokcheck_token_scopes", account),
            gauge("tokcheck_quota_limit_requests", [*account, "window"], "requests"),
            gauge("tokcheck_quota_remaining_requests", [*account, "window"], "requests"),
            gauge("tokcheck_quota_reset_timestamp_seconds", [*account, "window"], "seconds"),
            gauge("tokcheck_quota_observed_timestamp_seconds", [*account, "window"], "seconds"),
            gauge("tokcheck_quota_window_seconds", [*account, "window"], "seconds"),
            gauge("tokcheck_quota_window_mismatch", [*account, "window"]),
            gauge("tokcheck_quota_source", [*account, "window", "source"]),
            gauge("tokcheck_device_battery_ratio", [*account, "device"], "ratio"),
            gauge("tokcheck_device_last_sync_timestamp_seconds", [*account, "device"], "seconds"),
            gauge("tokcheck_source_readable", account),
            gauge("tokcheck_probe_success", account),
            gauge("tokcheck_probe_duration_seconds", account, "seconds"),
            gauge("tokcheck_probe_last_success_timestamp_seconds", account, "seconds"),
            gauge("tokcheck_probe_next_timestamp_seconds", account, "seconds"),
            counter("tokcheck_probes_total", "result"),
            counter("tokcheck_probes_skipped_total", "reason"),
            counter("tokcheck_observed_requests_total", "code_class"),
            counter("tokcheck_refresh_total", "result"),
            gauge("tokcheck_refresh_token_expiry_timestamp_seconds", account, "seconds"),
            gauge("tokcheck_refresh_broken_timestamp_seconds", [*account, "reason"], "seconds"),
            gauge("tokcheck_accounts", ["provider"]),
        ]
    )


def _add_token(families: Mapping[str, Any], labels: list[str], state: AccountState) -> None:
    families["tokcheck_source_readable"].add_metric(labels, 0.0 if state.source_unread else 1.0)
    shown = shown_verdict(state)
    if shown is not None:
        if state.usable is not None:
            families["tokcheck_token_valid"].add_metric(labels, float(state.usable))
        verdicts = families["tokcheck_token_verdict"]
        for verdict in {*state.verdicts, shown}:
            verdicts.add_metric([*labels, verdict.value], float(verdict == shown))
    _add(families, "tokcheck_token_expiry_timestamp_seconds", labels, state.expires_at)
    _add(families, "tokcheck_token_scopes", labels, state.scopes)


def _add_quota(
    families: Mapping[str, Any], labels: list[str], state: AccountState, now: datetime
) -> None:
    observed = state.observed_at
    for place, quota in enumerate(state.quota):
        if quota.window in [earlier.window for earlier in state.quota[:place]]:
            continue
        window = [*labels, quota.window]
        length = _LENGTHS[quota.window].total_seconds()
        _add(families, "tokcheck_quota_window_seconds", window, length)
        _add(families, "tokcheck_quota_source", [*window, _SOURCES[quota.source]], 1)
        if place == 0 and (state.reported_reset, state.other_window) != (None, None):
            mismatch = float(state.other_window is not None)
            _add(families, "tokcheck_quota_window_mismatch", window, mismatch)
        _add(families, "tokcheck_quota_limit_requests", window, quota.limit)
        ends = quota.reset_at
        if ends is None and quota.remaining is not None and observed is not None:
            ends = datetime.fromtimestamp(observed, UTC) + _LENGTHS[quota.window]
        if ends is None or ends <= now:
            continue
        _add(families, "tokcheck_quota_remaining_requests", window, quota.remaining)
        reset = None if quota.reset_at is None else quota.reset_at.timestamp()
        _add(families, "tokcheck_quota_reset_timestamp_seconds", window, reset)
        _add(families, "tokcheck_quota_observed_timestamp_seconds", window, observed)


def _add_devices(families: Mapping[str, Any], labels: list[str], state: AccountState) -> None:
    names: list[str] = []
    for device in state.devices:
        name = _label_value(device.name)
        candidates = (name if n == 1 else f"{name} ({n})" for n in range(1, 1_000))
        names.append(next(candidate for candidate in candidates if candidate not in names))
        label = [*labels, names[-1]]
        percent = device.battery_percent
        ratio = None if percent is None else percent / 100
        _add(families, "tokcheck_device_battery_ratio", label, ratio)
        zone = {"utc": "UTC", "account-local": state.timezone}.get(device.last_sync_zone or "")
        if device.last_sync is not None:
            moment = datetime.fromisoformat(device.last_sync)
            if moment.tzinfo is None and zone:
                moment = moment.replace(tzinfo=ZoneInfo(zone))
            if moment.tzinfo is not None:
                last = "tokcheck_device_last_sync_timestamp_seconds"
                _add(families, last, label, moment.timestamp())


def _add_probes(families: Mapping[str, Any], labels: list[str], state: AccountState) -> None:
    success = None if state.success is None else float(state.success)
    _add(families, "tokcheck_probe_success", labels, success)
    _add(families, "tokcheck_probe_duration_seconds", labels, state.duration)
    succeeded = "tokcheck_probe_last_success_timestamp_seconds"
    _add(families, succeeded, labels, state.succeeded_at)
    _add(families, "tokcheck_probe_next_timestamp_seconds", labels, state.next_probe_at)
    for result in ("success", "refused", "rate_limited", "undetermined"):
        counts: dict[Any, int] = {str(key): count for key, count in state.probes.items()}
        families["tokcheck_probes_total"].add_metric([*labels, result], counts.get(result, 0))
    for reason, count in state.skipped.items():
        if count > 0:
            families["tokcheck_probes_skipped_total"].add_metric([*labels, reason.value], count)


def _add_refreshes(families: Mapping[str, Any], labels: list[str], state: AccountState) -> None:
    for code_class, count in state.observed_requests:
        families["tokcheck_observed_requests_total"].add_metric([*labels, code_class], count)
    for result, count in state.refreshes.items():
        families["tokcheck_refresh_total"].add_metric([*labels, result.value], count)
    ends = "tokcheck_refresh_token_expiry_timestamp_seconds"
    _add(families, ends, labels, state.refresh_expires_at)
    if state.broken is not None:
        broken = families["tokcheck_refresh_broken_timestamp_seconds"]
        broken.add_metric([*labels, state.broken.reason.value], state.broken.at)


def _add(families: Mapping[str, Any], name: str, labels: list[str], value: float | None) -> None:
    if value is not None:
        families[name].add_metric(labels, value)


def _label_value(text: str) -> str:
    """Return a text with lone surrogates escaped, which UTF-8 cannot hold."""
    return "".join(f"\\u{ord(c):04x}" if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)
