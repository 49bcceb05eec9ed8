"""The quota of an account that responses report, and the number of responses."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.support.providers.probe_responses import github_response
from tests.support.suite.cases import each_case
from tokcheck.core.report import Quota
from tokcheck.declarations.known_providers import known_providers
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.observed.printed_response import PrintedResponse
from tokcheck.providers.observed.traffic import (
    ObservedQuota,
    read_each,
    read_observation,
    response_from_text,
    summarize_responses,
)
from tokcheck.providers.observed.unread_limits import find_unread_limits

_NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
_FITBIT = REGISTRY["fitbit"]
KNOWN = known_providers(None, {})
_REMAINING = "fitbit-rate-limit-remaining"
_HEADERS = {
    "fitbit-rate-limit-limit": "150",
    "fitbit-rate-limit-remaining": "87",
    "fitbit-rate-limit-reset": "600",
}


def _response(
    status: int = 200, minutes: int = 0, headers: Mapping[str, str] = _HEADERS
) -> Response:
    return Response(status, headers, b"", _NOW + timedelta(minutes=minutes))


def _unread_headers(provider: Provider, response: Response) -> tuple[str, ...]:
    return find_unread_limits(provider, read_each(provider, [response])).headers


def test_the_latest_response_counts_whatever_the_order_is() -> None:
    newer = _response(minutes=2, headers=_HEADERS | {"fitbit-rate-limit-remaining": "80"})
    traffic = summarize_responses(
        _FITBIT, [newer, _response(), _response(500, minutes=3, headers={})]
    )
    quota = Quota("hour", 150, 80, _NOW + timedelta(minutes=12), "headers")
    assert ObservedQuota(newer.received_at.timestamp(), 200, (quota,)) == traffic.latest
    assert {"2xx": 2, "5xx": 1} == traffic.classes
    minute = int(_NOW.timestamp() // 60)
    assert {minute: 1, minute + 2: 1, minute + 3: 1} == traffic.minutes


def test_a_refusal_reports_its_pause() -> None:
    seen = read_observation(_FITBIT, _response(429, headers={"retry-after": "120"}))
    assert seen is not None
    assert (429, _NOW.timestamp() + 120) == (seen.status, seen.retry_at)


@each_case(
    ("name", "headers"),
    [
        (name, headers)
        for name in ("fitbit", "strava", "spotify", "oura", "github", "google-health")
        for headers in ({}, {"retry-after": "soon"}, {"retry-after": "0"})
    ],
)
def test_a_refusal_without_a_usable_pause_is_one(name: str, headers: Mapping[str, str]) -> None:
    body = b'{"error": {"status": "RESOURCE_EXHAUSTED"}}' if name == "google-health" else b""
    seen = read_observation(
        KNOWN[name].provider, _response(429, headers=headers)._replace(body=body)
    )
    assert seen is not None
    assert (429, None) == (seen.status, seen.retry_at)


def test_a_refusal_of_a_server_in_front_of_the_api_is_none_of_the_quota() -> None:
    page = _response(429, headers={"content-type": "text/html"})._replace(body=b"<html>Slow down")
    for name in ("fitbit", "spotify"):
        assert read_observation(KNOWN[name].provider, page) is None


def test_a_later_response_with_a_limit_alone_erases_nothing() -> None:
    limit_alone = _response(minutes=1, headers={"fitbit-rate-limit-limit": "150"})
    traffic = summarize_responses(_FITBIT, [limit_alone, _response()])
    assert traffic.latest is not None
    assert (87, limit_alone.received_at.timestamp()) == (
        traffic.latest.quotas[0].remaining,
        traffic.latest.at,
    )
    next_window = _response(minutes=11, headers={"fitbit-rate-limit-limit": "150"})
    traffic = summarize_responses(_FITBIT, [_response(), next_window])
    assert traffic.latest is not None
    assert traffic.latest.quotas[0].remaining is None


def test_google_reports_no_quota() -> None:
    assert read_observation(REGISTRY["google-health"], _response()) is None


@pytest.mark.parametrize(
    ("windows", "provider", "headers"),
    [
        (
            [
                ("read 900s", 100, 60),
                ("read day", 1000, 700),
                ("overall 900s", 200, 150),
                ("overall day", 2000, 1700),
            ],
            "strava",
            {
                "x-ratelimit-limit": "200,2000",
                "x-ratelimit-usage": "50,300",
                "x-readratelimit-limit": "100,1000",
                "x-readratelimit-usage": "40,300",
            },
        ),
        (
            [("default minute", 100, 50)],
            "ietf",
            {"ratelimit-policy": '"default";q=100;w=60', "ratelimit": '"default";r=50;t=30'},
        ),
    ],
)
def test_declared_windows_are_read(
    windows: list[tuple[str, int, int]], provider: str, headers: dict[str, str]
) -> None:
    known = known_providers(None, {})[provider].provider
    seen = read_observation(known, Response(200, headers, b"[]", _NOW))
    assert seen is not None
    assert windows == [(each.window, each.limit, each.remaining) for each in seen.quotas]


@pytest.mark.parametrize(
    ("seconds_ago", "date"),
    [
        (0, None),
        (60, "Sun, 29 Nov 2026 09:59:00 GMT"),
        (3600, "Sun, 29 Nov 2026 09:00:00 GMT"),
        (0, "Sun, 29 Nov 2026 11:59:00 GMT"),
        (0, "yesterday"),
    ],
)
def test_a_response_is_as_old_as_its_date(seconds_ago: int, date: str | None) -> None:
    printed = PrintedResponse(None, {} if date is None else {"date": date})
    received_at = response_from_text(printed, _NOW).received_at
    assert timedelta(seconds=seconds_ago) == _NOW - received_at


@pytest.mark.parametrize("seconds", [-300, 0, 5, 400, 500])
@pytest.mark.parametrize("moment", [None, timedelta(minutes=5)])
def test_the_resets_of_a_text_are_moved_by_no_clock(seconds: int, moment: timedelta | None) -> None:
    """Neither by an old Date, nor by one of the future, nor by another computer's clock."""
    now = _NOW + timedelta(seconds=0.08)
    date = {"date": format_datetime(_NOW - timedelta(seconds=seconds), usegmt=True)}
    received_at = None if moment is None else now + moment
    numbers = {"x-ratelimit-limit": "100,1000", "x-ratelimit-usage": "10,100"}
    strava = known_providers(None, {})["strava"].provider
    quotas = strava.read_quota(
        response_from_text(PrintedResponse(200, numbers | date, "[]", received_at), now)
    )
    quarter = _NOW if seconds > 0 else _NOW + timedelta(minutes=15)
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    assert [quarter, midnight] == [each.reset_at for each in quotas]
    gitlab = known_providers(None, {})["gitlab"].provider
    reset_at = _NOW + timedelta(seconds=50)
    limits = {
        "ratelimit-limit": "2000",
        "ratelimit-remaining": "1900",
        "ratelimit-reset": str(int(reset_at.timestamp())),
    }
    (quota,) = gitlab.read_quota(
        response_from_text(PrintedResponse(200, limits | date, "{}", received_at), now)
    )
    assert reset_at == quota.reset_at


@pytest.mark.parametrize("body", ['{"a": "\ud800"}', "\udcff\ud800"])
def test_a_body_with_half_a_character_is_read(body: str) -> None:
    response = response_from_text(PrintedResponse(429, _HEADERS, body, None), _NOW)
    assert {"4xx": 1} == summarize_responses(_FITBIT, [response]).classes


def test_the_bytes_of_a_body_that_is_no_text_are_kept() -> None:
    response = response_from_text(PrintedResponse(200, {}, "a\udcff", None), _NOW)
    assert b"a\xff" == response.body


def test_requests_to_github_report_the_bucket_that_they_count_in() -> None:
    github = known_providers(None, {})["github"].provider
    traffic = summarize_responses(
        github, [github_response("core", _NOW), github_response("search", _NOW)]
    )
    assert traffic.latest is not None
    reset_at = _NOW + timedelta(seconds=900)
    assert (Quota("core hour", 5000, 4987, reset_at, "headers"),) == traffic.latest.quotas
    assert github.quota_headers >= {"x-ratelimit-resource", "x-ratelimit-remaining"}


@pytest.mark.parametrize(
    ("headers", "is_cached"),
    [
        ({"age": "300"}, True),
        ({"age": "0"}, False),
        ({"age": "old"}, False),
        ({"x-cache": "HIT"}, True),
        ({"x-cache": "MISS, HIT"}, True),
        ({"x-cache": "Hit from cloudfront"}, True),
        ({"x-cache": "TCP_MEM_HIT from proxy"}, True),
        ({"x-cache": "RefreshHit from cloudfront"}, False),
        ({"x-cache": "Miss from cloudfront"}, False),
        ({"cf-cache-status": "HIT"}, True),
        ({"cf-cache-status": "DYNAMIC"}, False),
        ({"cache-status": "Edge; hit; ttl=30"}, True),
        ({"cache-status": "Edge; fwd=uri-miss; stored"}, False),
        ({"cache-control": "max-age=300"}, False),
    ],
)
def test_responses_of_a_cache_are_left_out(headers: Mapping[str, str], *, is_cached: bool) -> None:
    cached = _response(minutes=1, headers={**_HEADERS, **headers})
    traffic = summarize_responses(_FITBIT, [_response(), cached])
    assert {"2xx": 1 if is_cached else 2} == traffic.classes
    assert traffic.latest is not None
    seen = _response() if is_cached else cached
    assert seen.received_at.timestamp() == traffic.latest.at
    odd = cached._replace(headers={**cached.headers, "fitbit-rate-limit-remaining": "many"})
    assert bool(_unread_headers(_FITBIT, odd)) is not is_cached


def test_a_refusal_with_another_status_is_a_rate_limit() -> None:
    github = known_providers(None, {})["github"].provider
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "60", "x-ratelimit-reset": "9e9"}
    seen = read_observation(github, _response(403, headers=headers | {"retry-after": "60"}))
    assert seen is not None
    assert 429 == seen.status


@pytest.mark.parametrize(("left", "pause"), [("58", 90), ("0", 1_800), ("", 1_800)])
def test_a_requested_pause_counts_alone_while_requests_are_left(left: str, pause: int) -> None:
    github = known_providers(None, {})["github"].provider
    reset = _NOW.timestamp() + 1_800
    headers = {"x-ratelimit-limit": "60", "x-ratelimit-reset": f"{reset:.0f}", "retry-after": "90"}
    headers["x-ratelimit-resource"] = "core"
    headers |= {"x-ratelimit-remaining": left} if left else {}
    seen = read_observation(github, _response(429, headers=headers))
    assert seen is not None
    assert seen.refusal_end is not None
    assert pause == pytest.approx(seen.refusal_end.timestamp() - _NOW.timestamp(), abs=1)


@pytest.mark.parametrize("status", [200, 404])
def test_a_window_that_had_ended_when_the_response_came_is_not_reported(status: int) -> None:
    """As of one without a ``Date``, which is taken for one of now."""
    headers = {
        "ratelimit-limit": "600",
        "ratelimit-remaining": "594",
        "ratelimit-reset": f"{_NOW.timestamp() - 3_600:.0f}",
    }
    response = Response(status, headers, b"{}", _NOW)
    assert read_observation(KNOWN["gitlab"].provider, response) is None
