"""The format and encoding for a scraper: real headers, odd ones and malformed ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.exporter.metrics.exposition import TextFormat
from tokcheck.exporter.metrics.negotiation import choose_format, prefers_gzip

_PROMETHEUS_2_30 = (
    "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
_PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
_PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
_PROMETHEUS_3_PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    f"q=0.7,{_PROMETHEUS_3}"
)
_PROMETHEUS_3_TEXT_FIRST = (
    "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.4"
)
_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [
        _PROMETHEUS_2_42,
        _PROMETHEUS_3,
        _PROMETHEUS_3_PROTOBUF,
        "application/openmetrics-text",
        "APPLICATION/OpenMetrics-Text ; Version=1.0.0 ; charset=utf-8",
        'application/openmetrics-text;version="1.0.0"',
        "application/openmetrics-text;version=1.0.0, */*",
        "application/openmetrics-text;q=0.5, text/plain;q=0.4",
        "application/openmetrics-text;q=.5, text/plain;q=.4",
        "application/openmetrics-text, text/plain",
        "application/*",
        "*/*;q=0.5, text/plain;q=0",
    ],
)
def test_openmetrics_is_chosen_if_it_is_preferred(accept: str) -> None:
    assert TextFormat.OPENMETRICS is choose_format(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/*",
        "text/plain",
        _PROMETHEUS_2_30,
        _PROMETHEUS_3_TEXT_FIRST,
        _BROWSER,
        "text/plain, application/openmetrics-text",
        "text/plain;version=0.0.4, application/openmetrics-text;version=1.0.0",
        "application/openmetrics-text;q=0",
        "application/openmetrics-text;version=1.0.0;q=0, */*",
        "application/openmetrics-text;version=99.0.0",
        "application/openmetrics-text;version=2.0.0, text/plain;q=0.1",
        "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;q=2",
        "application/openmetrics-text;q=nan",
        "application/openmetrics-text;q=-1",
        "application/json",
        "text/plain;q=0",
        ";;;q==,,=,;",
        'text/plain;"',
    ],
)
def test_plain_text_is_chosen_for_all_other_scrapers(accept: str) -> None:
    assert TextFormat.TEXT is choose_format(accept)


def test_the_most_exact_element_counts() -> None:
    exact_last = "application/*;q=1, application/openmetrics-text;q=0.1, text/plain;q=0.2"
    assert TextFormat.TEXT is choose_format(exact_last)
    assert TextFormat.OPENMETRICS is choose_format(
        "text/*;q=0.9, text/plain;q=0.1, application/*;q=0.5"
    )


@pytest.mark.parametrize(
    "accepted",
    ["gzip", "GZIP", "x-gzip", "deflate, gzip;q=0.5", "gzip, deflate, br", "*", "gzip;q=1.000",
     "identity;q=0.5, gzip", "identity;q=0, *;q=0.1", "*;q=0, gzip"],
)  # fmt: skip
def test_gzip_is_chosen_if_it_is_accepted(accepted: str) -> None:
    assert prefers_gzip(accepted)


@pytest.mark.parametrize(
    "accepted",
    ["", "identity", "br, zstd", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "gzip;q=high",
     "identity, gzip;q=0.5", "gzipped", "gzip q=1"],
)  # fmt: skip
def test_gzip_is_not_chosen_otherwise(accepted: str) -> None:
    assert not prefers_gzip(accepted)


_PIECES = st.lists(
    st.sampled_from(
        ["text/plain", "application/openmetrics-text", "*/*", "gzip", "identity", ";", ",", "=",
         '"', "\\", "q=", "q=0.5", "version=", "1.0.0", " ", "\t", "\N{KELVIN SIGN}", "\x80"]
    )
    | st.text(max_size=4)
).map("".join)  # fmt: skip


@given(_PIECES)
def test_no_header_raises(header: str) -> None:
    assert choose_format(header) in TextFormat
    assert prefers_gzip(header) in {True, False}


@given(st.lists(st.tuples(st.sampled_from(["text/plain;version=0.0.4",
    "application/openmetrics-text;version=1.0.0"]), st.integers(1, 1_000)), min_size=2, max_size=2,
    unique_by=(lambda pair: pair[0], lambda pair: pair[1])))  # fmt: skip
def test_the_format_with_more_weight_wins_in_any_order(pairs: list[tuple[str, int]]) -> None:
    heaviest = max(pairs, key=lambda pair: pair[1])[0]
    accept = ", ".join(f"{name};q={weight / 1000:.3f}" for name, weight in pairs)
    assert choose_format(accept).value.startswith(heaviest.partition(";")[0])
