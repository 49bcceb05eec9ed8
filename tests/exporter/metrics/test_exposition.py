"""The exposition equals that of prometheus_client for the same state, in both formats."""

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.generated_states import (
    AT,
    EXPORTER,
    EXPORTERS,
    FULL,
    RESET,
    STATES,
    account,
)
from tests.support.exporter.reference_exposition import Reference, parse, values
from tests.support.suite.thoroughness import inputs
from tokcheck.core.report import Quota
from tokcheck.exporter.metrics import Exposition, MetricType
from tokcheck.exporter.metrics.exposition import TextFormat
from tokcheck.exporter.metrics.families import Family
from tokcheck.exporter.metrics.text_format import format_header, format_value
from tokcheck.exporter.state import AccountState, ExporterInfo

_BOTH = pytest.mark.parametrize("form", TextFormat)


def make_exposition(states: list[AccountState], exporter: ExporterInfo = EXPORTER) -> Exposition:
    exposition = Exposition(exporter)
    for state in states:
        exposition.put(state)
    return exposition


@_BOTH
@settings(max_examples=inputs(150), deadline=None)
@given(
    states=st.lists(STATES, max_size=4, unique_by=lambda state: state.name),
    exporter=EXPORTERS,
)
def test_the_exposition_equals_prometheus_client(
    form: TextFormat, states: list[AccountState], exporter: ExporterInfo
) -> None:
    expected = parse(Reference(states, exporter, AT).render(form), form)
    assert expected == parse(make_exposition(states, exporter).render(form, AT), form)


@pytest.mark.untraced
@_BOTH
def test_many_accounts_equal_prometheus_client_after_every_turn(form: TextFormat) -> None:
    states = [account(place) for place in range(300)]
    exposition = make_exposition(states)
    for turn in range(4):
        now = AT + 1_200 * turn
        for place in range(turn, 300, 7):
            states[place] = account(place, turn)
            exposition.put(states[place])
        expected = parse(Reference(states, EXPORTER, now).render(form), form)
        assert expected == parse(exposition.render(form, now), form)


@_BOTH
def test_nothing_outlives_its_reset_without_a_new_state(form: TextFormat) -> None:
    exposition = make_exposition([FULL, FULL._replace(name="other", quota=())])
    before = exposition.render(form, RESET.timestamp() - 0.001)
    after = exposition.render(form, RESET.timestamp())
    gone = ("remaining_requests{", "reset_timestamp_seconds{", "observed_timestamp_seconds{")
    gone_lines = {
        line for line in before.decode().splitlines()
        if line.startswith(tuple(f"tokcheck_quota_{name}" for name in gone))
    }  # fmt: skip
    assert 3 == len(gone_lines)
    assert gone_lines == set(before.decode().splitlines()) - set(after.decode().splitlines())


def test_the_next_window_is_shown_and_ends_too() -> None:
    exposition = make_exposition([FULL])
    name = "tokcheck_quota_remaining_requests"
    exposition.render(TextFormat.TEXT, RESET.timestamp() + 1)
    later = RESET + timedelta(hours=1)
    exposition.put(FULL._replace(quota=(Quota("hour", 150, 149, later, "headers"),)))
    during = values(exposition.render(TextFormat.OPENMETRICS, RESET.timestamp() + 2))
    assert {("fitbit", "night fetcher", "hour"): 149} == during[name]
    assert name not in values(exposition.render(TextFormat.OPENMETRICS, later.timestamp()))


def test_an_account_that_is_removed_vanishes_at_once() -> None:
    exposition = make_exposition([FULL, FULL._replace(name="gone", provider="google-health")])
    assert b"gone" in exposition.render(TextFormat.TEXT, AT)
    exposition.remove("gone")
    assert b"gone" not in exposition.render(TextFormat.TEXT, AT)
    assert b"google-health" not in exposition.render(TextFormat.TEXT, AT)
    exposition.remove("gone")
    exposition.remove("never there")
    exposition.remove("night fetcher")
    assert make_exposition([]).render(TextFormat.TEXT, AT) == exposition.render(TextFormat.TEXT, AT)
    # Nor does a removed account come back at what was its reset.
    assert make_exposition([]).render(TextFormat.TEXT, AT) == exposition.render(
        TextFormat.TEXT, AT + 1e6
    )


def test_accounts_are_counted_by_provider() -> None:
    exposition = make_exposition([FULL, FULL._replace(name="b"), AccountState("c")])
    counted = values(exposition.render(TextFormat.OPENMETRICS, AT))["tokcheck_accounts"]
    assert {("fitbit",): 2, ("unknown",): 1} == counted
    exposition.put(AccountState("c", provider="fitbit"))
    counted = values(exposition.render(TextFormat.OPENMETRICS, AT))["tokcheck_accounts"]
    assert {("fitbit",): 3} == counted


def test_the_state_of_the_exporter_itself_can_change() -> None:
    exposition = make_exposition([])
    exposition.render(TextFormat.OPENMETRICS, AT)
    exposition.put_exporter(EXPORTER._replace(reload_successful=False))
    own = values(exposition.render(TextFormat.OPENMETRICS, AT))
    assert {(): 0} == own["tokcheck_config_last_reload_successful"]
    assert {(): EXPORTER.reloaded_at} == own[
        "tokcheck_config_last_reload_success_timestamp_seconds"
    ]
    build = [
        f
        for f in parse(exposition.render(TextFormat.TEXT, AT), TextFormat.TEXT)
        if "build" in f.name
    ]
    labels = (("python_version", "3.11.9"), ("version", "1.2.3"))
    assert (("tokcheck_build_info", labels, 1),) == build[0].samples


def test_only_openmetrics_has_units_and_an_end_marker() -> None:
    plain, openmetrics = (make_exposition([FULL]).render(form, AT) for form in TextFormat)
    assert not plain.count(b"# EOF") + plain.count(b"# UNIT")
    assert openmetrics.endswith(b"\n# EOF\n")
    assert 14 == openmetrics.count(b"# UNIT ")
    without = [line for line in openmetrics.splitlines() if not line.startswith(b"#")]
    assert without == [line for line in plain.splitlines() if not line.startswith(b"#")]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (150, "150"), (0.84, "0.84"), (1768478400.5, "1.7684784005e+09"), (1e300, "1e+300"),
     (math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN")],
)  # fmt: skip
def test_values_are_formatted_as_go_does(value: float, text: str) -> None:
    assert text == format_value(value)


def test_help_is_escaped_as_each_format_requires() -> None:
    family = Family("a", MetricType.GAUGE, 'a\\b\n"c"')
    assert b'# HELP a a\\\\b\\n"c"\n# TYPE a gauge\n' == format_header(family, TextFormat.TEXT)
    assert b'# HELP a a\\\\b\\n\\"c\\"\n# TYPE a gauge\n' == format_header(
        family, TextFormat.OPENMETRICS
    )
