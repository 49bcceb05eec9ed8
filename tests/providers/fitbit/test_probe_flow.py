from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.providers.fitbit_probe import (
    CAPTURE_OF_2026,
    DENIED,
    EXPIRED,
    INVALID,
    NO_SETTINGS,
    VALUES,
    outcome_of,
    run_probe,
)
from tests.support.providers.probe_responses import PAGE, conclude, problem, respond, status_body
from tests.support.tokens import FITBIT, NOW, fitbit
from tokcheck.core.report import Device, Quota, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.fitbit import PROVIDER


def test_a_token_with_settings_takes_one_request_to_devices() -> None:
    _, requests = run_probe(respond(200, []))
    (request,) = requests
    assert request[:3] == ("GET", "api", "/1/user/-/devices.json")
    assert request.bearer is not None
    assert request.bearer.reveal() == FITBIT
    assert request.form is None


@pytest.mark.parametrize("scopes", ["wset", "rset", "settings", "wset wpro"])
def test_read_and_write_access_to_settings_both_use_devices(scopes: str) -> None:
    _, requests = run_probe(respond(200, []), fitbit(scopes))
    assert [request.path for request in requests] == ["/1/user/-/devices.json"]


def test_an_opaque_token_is_probed_at_devices() -> None:
    outcome, requests = run_probe(respond(200, []), "opaque-text-of-another-server")
    assert Verdict.VALID is outcome.verdict
    assert [request.path for request in requests] == ["/1/user/-/devices.json"]


@pytest.mark.parametrize("scopes", ["rsle ract", ""])
def test_a_token_without_settings_is_probed_by_introspection(scopes: str) -> None:
    token = fitbit(scopes)
    answer = respond(200, {"active": True, "exp": 1_565_861_634_000}, CAPTURE_OF_2026)
    outcome, requests = run_probe(answer, token)
    (request,) = requests
    assert request[:3] == ("POST", "api", "/1.1/oauth2/introspect")
    assert request.bearer is not None
    assert token == request.bearer.reveal()
    assert {"token": token} == {k: v.reveal() for k, v in (request.form or {}).items()}
    assert token not in request.path
    assert Verdict.VALID is outcome.verdict
    assert "request the scope settings" in outcome.advice[0]
    assert tuple(quota.remaining for quota in outcome.quota) == (121,)


@pytest.mark.parametrize(
    ("verdict", "active"),
    [
        (Verdict.VALID, True),
        (Verdict.VALID, 1),
        (Verdict.REVOKED_OR_INVALID, False),
        (Verdict.REVOKED_OR_INVALID, 0),
        (Verdict.UNDETERMINED, "true"),
        (Verdict.UNDETERMINED, None),
        (Verdict.UNDETERMINED, []),
        (Verdict.UNDETERMINED, 2),
    ],
)
def test_only_documented_values_of_introspection_count(verdict: Verdict, active: Any) -> None:
    assert verdict is outcome_of(respond(200, {"active": active}), NO_SETTINGS).verdict


@pytest.mark.parametrize(
    ("verdict", "answer"),
    [
        (Verdict.EXPIRED, EXPIRED),
        (Verdict.REVOKED_OR_INVALID, respond(401, INVALID)),
        (Verdict.RATE_LIMITED, respond(429)),
        (Verdict.SERVICE_GONE, respond(410)),
        (Verdict.UNDETERMINED, respond(200, [])),
        (Verdict.UNDETERMINED, respond(200, {"scope": "{}"})),
        (Verdict.UNDETERMINED, respond(503, PAGE)),
    ],
)
def test_introspection_has_the_same_errors(verdict: Verdict, answer: Response) -> None:
    assert verdict is outcome_of(answer, NO_SETTINGS).verdict


HOUR = {"fitbit-rate-limit-limit": "150", "fitbit-rate-limit-remaining": "0"}
SENT = {"date": "Thu, 15 Jan 2026 11:50:00 GMT"}
SENT_AT = datetime(2026, 1, 15, 11, 50, tzinfo=UTC)
IN_20 = timedelta(seconds=1201)
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("reset_at", "limit", "headers"),
    [
        (NOW + IN_20, 150, HOUR | {"fitbit-rate-limit-reset": "1201"}),
        (NOW + IN_20, 150, HOUR | SENT | {"fitbit-rate-limit-reset": "1201"}),
        (
            NOW + IN_20,
            150,
            HOUR | {"fitbit-rate-limit-reset": "1201", "retry-after": "7"},
        ),
        (NOW + IN_20, 150, HOUR | {"retry-after": "1201"}),
        (NOW + IN_20, None, SENT | {"retry-after": "1201"}),
        (None, None, {"retry-after": "Thu, 15 Jan 2026 11:50:00 GMT"}),
        (NOW, None, {"retry-after": "0"}),
        (NOW + 9 * IN_20, 150, HOUR | {"fitbit-rate-limit-reset": "10809"}),
        (NOW + 9 * IN_20, 150, HOUR | {"retry-after": "10809"}),
        (
            NOW + IN_20,
            150,
            HOUR | {"fitbit-rate-limit-reset": "7", "retry-after": "1201"},
        ),
        (NOW + A_DAY, 150, HOUR | {"fitbit-rate-limit-reset": "86400"}),
        (None, 150, HOUR),
        (None, None, {"fitbit-rate-limit-remaining": "0"}),
        (None, None, {}),
        (None, None, {"retry-after": "soon", "fitbit-rate-limit-reset": "top of the hour"}),
        (NOW + IN_20, 150, HOUR | {"fitbit-rate-limit-reset": "1201", "date": "yesterday"}),
    ],
)
def test_429_yields_the_reset_if_a_header_has_it(
    reset_at: datetime | None, limit: int | None, headers: dict[str, str]
) -> None:
    body = problem("system", "Too Many Requests", fieldName="n/a")
    outcome = outcome_of(respond(429, body, headers))
    (quota,) = outcome.quota
    conclusion = conclude(PROVIDER, outcome)
    assert Verdict.RATE_LIMITED is outcome.verdict
    assert (limit, 0, reset_at) == (quota.limit, quota.remaining, quota.reset_at)
    assert "headers" == quota.source, "the documented limit is not what the response reports"
    silent = "The response does not say when the limit resets; the documented window is an hour."
    assert (reset_at is None) == (silent in conclusion.advice)
    assert "150 requests an hour" in " ".join(conclusion.advice)
    assert conclusion.usable is True


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "Fri, 31 Dec 2999 23:59:59 GMT"},
        {"retry-after": "99999999"},
        {"retry-after": "86401", "fitbit-rate-limit-reset": "1201"},
        {"fitbit-rate-limit-reset": "86401"},
        {"fitbit-rate-limit-reset": "99999999"},
    ],
)
def test_a_pause_of_more_than_a_day_is_no_reset_of_a_header(headers: dict[str, str]) -> None:
    outcome = outcome_of(respond(429, problem("system", "Too Many Requests"), HOUR | headers))
    (quota,) = outcome.quota
    conclusion = conclude(PROVIDER, outcome)
    assert None is quota.reset_at
    assert NOW + A_DAY == outcome.retry_at
    assert "at least a day" in " ".join(conclusion.advice)
    assert "does not say" not in " ".join(conclusion.advice)


@pytest.mark.parametrize(
    "message",
    [
        "Rate limit exceeded for this user. Please try again at the start of the hour.",
        f"Rate limit exceeded for the token {FITBIT}. Try again in the next hour.",
    ],
)
def test_429_of_another_type_means_the_same(message: str) -> None:
    outcome = outcome_of(respond(429, problem("request", message)))
    assert Verdict.RATE_LIMITED is outcome.verdict
    assert FITBIT not in repr(outcome)


@pytest.mark.parametrize("status", [200, 403, 429])
@pytest.mark.parametrize("value", ["many", "", "-1", "12.5", "1e3", "150, 149", "0x10", "٣"])
def test_a_rate_limit_header_that_is_not_a_number_is_ignored_with_a_note(
    status: int, value: str
) -> None:
    headers = {
        "fitbit-rate-limit-limit": "150",
        "fitbit-rate-limit-remaining": value,
        "fitbit-rate-limit-reset": "60",
    }
    body: Any = {200: [], 403: DENIED, 429: problem("system")}[status]
    outcome = outcome_of(respond(status, body, headers))
    what = "negative" if value == "-1" else "not a whole number"
    note = f"The header fitbit-rate-limit-remaining is {what} and was ignored."
    assert note in outcome.advice
    assert [(150, 0 if status == 429 else None)] == [(q.limit, q.remaining) for q in outcome.quota]


_CLOUDFLARE = (
    b"<html><title>Access denied | api.fitbit.com used Cloudflare to restrict access</title>"
    b"<body>Error 1015 You are being rate limited</body></html>"
)


@pytest.mark.parametrize(
    ("who", "body", "headers"),
    [
        ("Cloudflare", _CLOUDFLARE, {}),
        ("Cloudflare", b"error code: 1015", {"server": "cloudflare"}),
        ("a server", PAGE, {}),
        ("a server", b"Too many requests", {}),
        ("a server", {"message": "API rate limit exceeded"}, {}),
        ("a server", problem("system"), {"www-authenticate": "Basic"}),
    ],
)
@pytest.mark.parametrize("pause", [None, 900])
def test_the_limit_of_a_front_end_says_nothing_about_the_token_or_its_quota(
    who: str, body: Any, headers: dict[str, str], pause: int | None
) -> None:
    if pause is not None:
        headers = headers | {"retry-after": str(pause)}
    outcome = outcome_of(respond(429, body, headers))
    conclusion = conclude(PROVIDER, outcome)
    assert (Verdict.UNDETERMINED, None) == (conclusion.verdict, conclusion.usable)
    assert () == outcome.quota
    assert f"works: {who}" in conclusion.summary
    assert ("15 min" in " ".join(conclusion.advice)) == (pause is not None)
    assert (None if pause is None else NOW + timedelta(seconds=pause)) == outcome.retry_at
    assert "150" not in " ".join((conclusion.summary, *conclusion.advice))


def test_a_page_with_the_quota_of_the_api_is_its_own_limit() -> None:
    headers = HOUR | {"fitbit-rate-limit-reset": "1201"}
    outcome = outcome_of(respond(429, PAGE, headers))
    assert Verdict.RATE_LIMITED is outcome.verdict
    assert (Quota("hour", 150, 0, NOW + IN_20, "headers"),) == outcome.quota


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_the_pause_of_a_server_that_fails_is_no_quota(status: int) -> None:
    outcome = outcome_of(respond(status, PAGE, {"retry-after": "120"}))
    assert () == outcome.quota
    assert NOW + timedelta(seconds=120) == outcome.retry_at
    assert "Try again in 2 min, as the response says." in outcome.advice[0]
    limit = respond(status, PAGE, {"retry-after": "120", "fitbit-rate-limit-limit": "150"})
    assert (Quota("hour", 150, None, None, "headers"),) == outcome_of(limit).quota


def test_an_error_response_keeps_its_quota() -> None:
    (quota,) = outcome_of(respond(403, DENIED, CAPTURE_OF_2026)).quota
    reset_at = NOW + timedelta(seconds=int(CAPTURE_OF_2026["fitbit-rate-limit-reset"]))
    assert Quota("hour", 150, 121, reset_at, "headers") == quota


def test_a_response_without_headers_shows_the_documented_limit() -> None:
    outcome = outcome_of(respond(200, []))
    assert (Quota("hour", 150, None, None, "documented"),) == outcome.quota
    assert "the number of requests left is not known" in outcome.advice[0]


def test_the_documented_devices_are_read() -> None:
    tracker = {
        "battery": "High",
        "batteryLevel": 90,
        "deviceVersion": "Charge 5",
        "features": [],
        "id": "1000000001",
        "lastSyncTime": "2026-01-15T11:59:08.000",
        "mac": "A0B1C2D3E4F5",
        "type": "TRACKER",
    }
    phone = {"battery": "Empty", "deviceVersion": "MobileTrack", "id": "2", "type": "TRACKER"}
    outcome = outcome_of(respond(200, [tracker, phone]))
    assert (
        Device("Charge 5", "TRACKER", "High", 90, "2026-01-15T11:59:08.000", "account-local"),
        Device("MobileTrack", "TRACKER", "Empty", None, None, None),
    ) == outcome.devices


def test_a_token_in_a_successful_response_is_redacted() -> None:
    token = "opaque-text-of-another-server"
    device = {
        "deviceVersion": f"a {token} b",
        "type": token,
        "battery": f"{token[:9]}\u200b{token[9:]}",
    }
    outcome, _ = run_probe(respond(200, [device]), token)
    assert (
        Device("a [redacted] b", "[redacted]", "[redacted]", None, None, None),
    ) == outcome.devices


FIELDS = ("battery", "batteryLevel", "deviceVersion", "id", "lastSyncTime", "type")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES), max_size=3))
def test_devices_may_lack_fields_or_have_fields_of_any_type(devices: list[dict[str, Any]]) -> None:
    outcome = outcome_of(respond(200, devices))
    assert Verdict.VALID is outcome.verdict
    assert len(devices) == len(outcome.devices)
    for device in outcome.devices:
        assert device.name
        assert device.battery_percent is None or 0 <= device.battery_percent <= 100


LEFT = {"fitbit-rate-limit-limit": "150", "fitbit-rate-limit-remaining": "12"}
FAR = "The header fitbit-rate-limit-reset lies more than a day ahead and was ignored."


@pytest.mark.parametrize("pause", [None, 900])
def test_an_empty_429_without_a_quota_reports_none(pause: int | None) -> None:
    outcome = outcome_of(respond(429, b"", {} if pause is None else {"retry-after": str(pause)}))
    assert Verdict.RATE_LIMITED is outcome.verdict
    assert () == outcome.quota
    assert "a server in front of the API may have sent it" in " ".join(outcome.advice)
    assert (None if pause is None else NOW + timedelta(seconds=pause)) == outcome.retry_at


@pytest.mark.parametrize("body", [problem("system", "Too Many Requests"), b""])
def test_a_429_with_requests_left_reports_both(body: Any) -> None:
    outcome = outcome_of(respond(429, body, LEFT | {"fitbit-rate-limit-reset": "1201"}))
    conclusion = conclude(PROVIDER, outcome)
    assert Verdict.RATE_LIMITED is conclusion.verdict
    assert (Quota("hour", 150, 12, NOW + IN_20, "headers"),) == outcome.quota
    assert conclusion.summary.endswith("although its headers report 12 requests left.")


def test_a_page_with_requests_left_is_the_limit_of_a_front_end() -> None:
    outcome = outcome_of(respond(429, PAGE, LEFT))
    assert Verdict.UNDETERMINED is outcome.verdict
    assert (Quota("hour", 150, 12, None, "headers"),) == outcome.quota


@pytest.mark.parametrize("remaining", ["0", "5"])
@pytest.mark.parametrize(("status", "body"), [(200, []), (403, DENIED)])
def test_the_requests_left_of_a_window_that_has_ended_are_not_known(
    status: int, body: Any, remaining: str
) -> None:
    headers = HOUR | {"fitbit-rate-limit-remaining": remaining, "fitbit-rate-limit-reset": "0"}
    outcome = outcome_of(respond(status, body, headers))
    conclusion = conclude(PROVIDER, outcome)
    assert (Quota("hour", 150, None, NOW, "headers"),) == outcome.quota
    assert Verdict.RATE_LIMITED is not conclusion.verdict
    assert "left" not in conclusion.summary
    assert "has ended" in " ".join(conclusion.advice)


@pytest.mark.parametrize(
    ("value", "is_known"), [("3600", True), ("7201", True), ("86400", True), ("86401", False)]
)
def test_a_reset_more_than_a_day_ahead_is_ignored(value: str, *, is_known: bool) -> None:
    outcome = outcome_of(respond(200, [], LEFT | {"fitbit-rate-limit-reset": value}))
    (quota,) = outcome.quota
    assert is_known == (quota.reset_at is not None)
    assert is_known == (FAR not in outcome.advice)


@pytest.mark.parametrize("reset", [None, 1201])
@pytest.mark.parametrize("token", [FITBIT, NO_SETTINGS])
def test_the_last_request_is_followed_by_advice_about_the_reset(
    token: str, reset: int | None
) -> None:
    headers = HOUR if reset is None else HOUR | {"fitbit-rate-limit-reset": str(reset)}
    body: Any = [] if token == FITBIT else {"active": True}
    conclusion = conclude(PROVIDER, outcome_of(respond(200, body, headers), token))
    advice = " ".join(conclusion.advice)
    assert Verdict.RATE_LIMITED is conclusion.verdict
    assert (reset is None) == ("Wait for an hour" in advice)
    assert (reset is not None) == ("Wait until a minute after the reset" in advice)
    assert "150 requests an hour" in advice


def test_another_error_says_that_the_limit_is_reached_too() -> None:
    body = problem("insufficient_scope", "No.")
    for left in ("0", "1"):
        headers = HOUR | {"fitbit-rate-limit-remaining": left}
        outcome = outcome_of(respond(403, body, headers))
        assert Verdict.INSUFFICIENT_SCOPE is outcome.verdict
        assert (left == "0") == ("The rate limit is reached, too" in " ".join(outcome.advice))


@pytest.mark.parametrize("headers", [{}, HOUR | {"fitbit-rate-limit-remaining": "90"}])
def test_a_429_in_googles_form_names_the_limit_that_it_names(headers: dict[str, str]) -> None:
    said = "Quota exceeded for quota metric 'Default' and limit 'Default requests per day'."
    body = status_body(429, "RESOURCE_EXHAUSTED", said)
    outcome = outcome_of(respond(429, body, headers))
    conclusion = conclude(PROVIDER, outcome)
    assert Verdict.RATE_LIMITED is conclusion.verdict
    assert ("day", 0) == (outcome.quota[0].window, outcome.quota[0].remaining)
    assert "per day" in conclusion.summary
    assert "an hour" not in f"{conclusion.summary} {' '.join(conclusion.advice)}"
