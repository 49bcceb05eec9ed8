"""The metric families are those of the design, and follow rules that promtool does not check."""

import re
import shutil
import subprocess

import pytest

from tests.support.exporter.generated_states import AT, EXPORTER, FULL
from tests.support.exporter.reference_exposition import parse, values
from tests.support.paths import DOCS
from tokcheck.exporter.metrics import FAMILIES, Exposition, MetricType
from tokcheck.exporter.metrics.exposition import TextFormat
from tokcheck.exporter.metrics.families import OWN_FAMILIES
from tokcheck.exporter.metrics.own_metrics import OwnMetrics, OwnSources
from tokcheck.exporter.sources.selection import ClusterState

_ACCOUNT = ("provider", "account")

# The table of the design, written out.
_DESIGN = {
    "tokcheck_token_valid": ("gauge", _ACCOUNT),
    "tokcheck_token_verdict": ("stateset", (*_ACCOUNT, "verdict")),
    "tokcheck_token_expiry_timestamp_seconds": ("gauge", _ACCOUNT),
    "tokcheck_token_scopes": ("gauge", _ACCOUNT),
    "tokcheck_quota_limit_requests": ("gauge", (*_ACCOUNT, "window")),
    "tokcheck_quota_remaining_requests": ("gauge", (*_ACCOUNT, "window")),
    "tokcheck_quota_reset_timestamp_seconds": ("gauge", (*_ACCOUNT, "window")),
    "tokcheck_quota_observed_timestamp_seconds": ("gauge", (*_ACCOUNT, "window")),
    "tokcheck_quota_window_seconds": ("gauge", (*_ACCOUNT, "window")),
    "tokcheck_quota_window_mismatch": ("gauge", (*_ACCOUNT, "window")),
    "tokcheck_quota_source": ("gauge", (*_ACCOUNT, "window", "source")),
    "tokcheck_device_battery_ratio": ("gauge", (*_ACCOUNT, "device")),
    "tokcheck_device_last_sync_timestamp_seconds": ("gauge", (*_ACCOUNT, "device")),
    "tokcheck_source_readable": ("gauge", _ACCOUNT),
    "tokcheck_probe_success": ("gauge", _ACCOUNT),
    "tokcheck_probe_duration_seconds": ("gauge", _ACCOUNT),
    "tokcheck_probe_last_success_timestamp_seconds": ("gauge", _ACCOUNT),
    "tokcheck_probe_next_timestamp_seconds": ("gauge", _ACCOUNT),
    "tokcheck_probes_total": ("counter", (*_ACCOUNT, "result")),
    "tokcheck_probes_skipped_total": ("counter", (*_ACCOUNT, "reason")),
    "tokcheck_observed_requests_total": ("counter", (*_ACCOUNT, "code_class")),
    "tokcheck_refresh_total": ("counter", (*_ACCOUNT, "result")),
    "tokcheck_refresh_token_expiry_timestamp_seconds": ("gauge", _ACCOUNT),
    "tokcheck_refresh_broken_timestamp_seconds": ("gauge", (*_ACCOUNT, "reason")),
    "tokcheck_accounts": ("gauge", ("provider",)),
    "tokcheck_config_last_reload_successful": ("gauge", ()),
    "tokcheck_config_last_reload_success_timestamp_seconds": ("gauge", ()),
    "tokcheck_build_info": ("info", ("version", "python_version")),
}


_OWN = {
    "tokcheck_exporter_scrapes_total": ("counter", ()),
    "tokcheck_exporter_scrape_duration_seconds": ("gauge", ()),
    "tokcheck_exporter_connections": ("gauge", ()),
    "tokcheck_exporter_ledger_errors_total": ("counter", ()),
    "tokcheck_cluster_instances": ("gauge", ("cluster",)),
    "tokcheck_cluster_leases": ("gauge", ("cluster",)),
    "tokcheck_cluster_unheld_accounts": ("gauge", ("cluster",)),
}


def _render_full(form: TextFormat, *, own: bool = False) -> bytes:
    exposition = Exposition(EXPORTER)
    exposition.put(FULL)
    if own:
        exposition.add_own(OwnMetrics(OwnSources(cluster=lambda: ClusterState("study"))))
    return exposition.render(form, AT)


def test_the_families_are_those_of_the_design() -> None:
    assert _DESIGN == {family.name: (family.type.value, family.labels) for family in FAMILIES}
    assert _OWN == {family.name: (family.type.value, family.labels) for family in OWN_FAMILIES}


@pytest.mark.parametrize("form", TextFormat)
def test_each_family_is_exposed_once_with_its_labels(form: TextFormat) -> None:
    exposed: dict[str, list[str]] = {}
    for family in parse(_render_full(form), form):
        assert family.samples, family.name
        for name, labels, _ in family.samples:
            assert exposed.setdefault(name, sorted(key for key, _ in labels)) == sorted(
                key for key, _ in labels
            )
    assert {name: sorted(labels) for name, (_, labels) in _DESIGN.items()} == exposed


def test_a_stateset_is_a_gauge_and_info_is_one_in_the_plain_text() -> None:
    read = {form: {f.name: f.type for f in parse(_render_full(form), form)} for form in TextFormat}
    assert "gauge" == read[TextFormat.TEXT]["tokcheck_token_verdict"]
    assert "gauge" == read[TextFormat.OPENMETRICS]["tokcheck_token_verdict"]
    assert "gauge" == read[TextFormat.TEXT]["tokcheck_build_info"]
    assert "info" == read[TextFormat.OPENMETRICS]["tokcheck_build"]
    assert "counter" == read[TextFormat.OPENMETRICS]["tokcheck_probes"]
    assert b"# TYPE tokcheck_probes_total counter\n" in _render_full(TextFormat.TEXT)


def test_each_help_text_is_one_sentence() -> None:
    for family in FAMILIES:
        assert re.fullmatch(r"[A-Z][^.\n\"\\]{15,200}\.", family.help), family.name
    assert len(FAMILIES) == len({family.help for family in FAMILIES})


def test_the_help_of_what_probes_report_mentions_the_probe() -> None:
    reported = [
        f for f in FAMILIES if f.name.split("_")[1] in {"token", "quota", "device", "probe"}
    ]
    assert 17 == len(reported)
    assert [] == [
        f.name
        for f in reported
        if not re.search(r"last (probe|one|response)|probe last|last reported", f.help)
    ]


def test_suffixes_match_the_types() -> None:
    for family in FAMILIES:
        name = family.name
        assert (family.type is MetricType.COUNTER) == name.endswith("_total"), name
        assert (family.type is MetricType.INFO) == name.endswith("_info"), name
        assert family.unit in {"", "seconds", "requests", "ratio"}, "base units only"
        assert (family.unit == "ratio") == name.endswith("_ratio"), name
        assert (family.unit == "seconds") == name.endswith("_seconds"), name
        assert (family.unit == "requests") == name.endswith("_requests"), name
    assert ["tokcheck_quota_window_seconds", "tokcheck_probe_duration_seconds"] == [
        f.name for f in FAMILIES if f.unit == "seconds" and "_timestamp_" not in f.name
    ]


def test_values_match_their_units() -> None:
    for name, samples in values(_render_full(TextFormat.OPENMETRICS)).items():
        for value in samples.values():
            if name.endswith("_timestamp_seconds"):
                assert AT - 1e6 < value < AT + 1e6, name
            elif name.endswith("_seconds"):
                assert 0 < value <= 3600, name
            elif name.endswith("_ratio"):
                assert 0 <= value <= 1, name
            elif name.endswith(("_valid", "_verdict", "_success", "_successful", "_info")):
                assert value in {0, 1}, name


def test_label_names_are_specific_and_not_reserved() -> None:
    labels = {label for family in FAMILIES for label in family.labels}
    assert set() == labels & {"job", "instance", "id", "name", "type", "status", "user", "email"}
    assert {
        "provider", "account", "window", "device", "verdict", "result", "reason", "version",
        "python_version", "source", "code_class",
    } == labels  # fmt: skip


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool (Debian: prometheus)")
@pytest.mark.parametrize("states", [[FULL], []], ids=["full", "empty"])
def test_promtool_finds_no_problem(states: list[object]) -> None:
    body = (
        _render_full(TextFormat.TEXT, own=True)
        if states
        else Exposition(EXPORTER).render(TextFormat.TEXT, AT)
    )
    result = subprocess.run(
        ["promtool", "check", "metrics"], input=body, capture_output=True, timeout=60, check=False
    )
    assert (0, b"", b"") == (result.returncode, result.stdout, result.stderr)


def test_the_documentation_lists_them_all_with_the_types_that_are_exposed() -> None:
    page = (DOCS / "quotas" / "metrics.md").read_text()
    rows = re.findall(r"^\| `(tokcheck_\w+)` \| ([^|]+) \| ([^|]+) \|", page, re.MULTILINE)
    exposed = {
        form: dict(
            re.findall(r"^# TYPE (\S+) (\S+)$", _render_full(form, own=True).decode(), re.MULTILINE)
        )
        for form in TextFormat
    }
    assert [
        (name, _documented_type(name, exposed), ", ".join(labels) or "none")
        for name, (_, labels) in (_DESIGN | _OWN).items()
    ] == [(name, kind, labels.strip().replace("`", "")) for name, kind, labels in rows]


def _documented_type(name: str, exposed: dict[TextFormat, dict[str, str]]) -> str:
    """Return the type that both formats expose, or both types."""
    plain, openmetrics = exposed[TextFormat.TEXT][name], exposed[TextFormat.OPENMETRICS]
    other = openmetrics.get(name) or openmetrics[re.sub("_(total|info)$", "", name)]
    return plain if plain == other else f"{plain}; in OpenMetrics {other}"
