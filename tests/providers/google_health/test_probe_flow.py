from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.providers.fitbit_probe import VALUES
from tests.support.providers.google_probe import (
    ALL_STRINGS,
    IDENTITY,
    PREFIX,
    TOKENINFO,
    identity_outcome,
    run_probe,
    tokeninfo_response,
)
from tests.support.providers.probe_responses import (
    PAGE,
    access_token,
    conclude,
    error_info,
    respond,
    retry_info,
    status_body,
    unreachable,
)
from tests.support.tokens import GOOGLE, GOOGLE_CLIENT, NOW
from tokcheck.core.errors import NetError
from tokcheck.core.report import Claims, Device, Quota, Verdict
from tokcheck.providers.base import Response
from tokcheck.providers.google_health import PROVIDER
from tokcheck.providers.google_health.probe_flow import probe

DEVICES = "/v4/users/me/pairedDevices?pageSize=100"
NO_DEVICES = respond(200, {})
UNKNOWN = "Expiry and scopes are not known: tokeninfo "


def test_three_requests_are_sent_in_order_without_the_token_in_a_path() -> None:
    _, requests = run_probe(TOKENINFO, IDENTITY, NO_DEVICES)
    assert [request[:3] for request in requests] == [
        ("POST", "oauth", "/tokeninfo"),
        ("GET", "api", "/v4/users/me/identity"),
        ("GET", "api", DEVICES),
    ]
    info, identity, devices = requests
    assert info.bearer is None
    assert {k: v.reveal() for k, v in (info.form or {}).items()} == {"access_token": GOOGLE}
    for request in (identity, devices):
        assert request.bearer is not None
        assert request.bearer.reveal() == GOOGLE
        assert request.form is None


@pytest.mark.parametrize(
    ("number", "scopes"),
    [
        (3, f"{PREFIX}settings.readonly"),
        (3, f"openid {PREFIX}sleep.readonly {PREFIX}settings.readonly"),
        (2, f"{PREFIX}settings.writeonly {PREFIX}sleep.readonly"),
        (2, f"{PREFIX}sleep.readonly"),
        (2, f"{PREFIX}settings"),
        (2, ""),
    ],
)
def test_devices_are_requested_only_if_the_scope_allows(number: int, scopes: str) -> None:
    answers = (tokeninfo_response(scopes), IDENTITY, NO_DEVICES)[:number]
    outcome, requests = run_probe(*answers)
    assert number == len(requests)
    assert Verdict.VALID is outcome.verdict
    note = "needs the scope settings.readonly, which is not granted"
    assert (number == 2) == (note in " ".join(outcome.advice))


def test_expiry_scopes_and_client_are_read_from_the_strings_of_tokeninfo() -> None:
    outcome, _ = run_probe(TOKENINFO, IDENTITY, NO_DEVICES)
    expires_at = NOW + timedelta(seconds=3000)
    scopes = (f"{PREFIX}settings.readonly", f"{PREFIX}sleep.readonly")
    claims = Claims(GOOGLE_CLIENT, "1000000000000000001", None, expires_at, scopes)
    assert claims == outcome.claims
    assert (Quota("minute", 300, None, None, "documented"),) == outcome.quota


def test_email_and_account_of_tokeninfo_appear_nowhere() -> None:
    fields = ALL_STRINGS | {
        "email": "someone@example.org",
        "email_verified": "true",
        "sub": "117000000000000000042",
    }
    for answers in (
        (respond(200, fields), IDENTITY, NO_DEVICES),
        (respond(200, fields), respond(403, status_body(403, "PERMISSION_DENIED"))),
        (respond(200, fields | {"error": "odd"}), IDENTITY),
    ):
        outcome, _ = run_probe(*answers)
        assert "someone" not in repr(outcome)
        assert "117000000000000000042" not in repr(outcome)


@pytest.mark.parametrize(
    ("expires_at", "fields"),
    [
        (NOW + timedelta(seconds=9), {"exp": str(int(NOW.timestamp()) + 60), "expires_in": "9"}),
        (NOW + timedelta(seconds=60), {"exp": str(int(NOW.timestamp()) + 60)}),
        (NOW + timedelta(seconds=60), {"exp": int(NOW.timestamp()) + 60}),
        (NOW + timedelta(seconds=9), {"expires_in": "9"}),
        (NOW + timedelta(seconds=9), {"expires_in": 9}),
        (NOW + timedelta(seconds=9), {"exp": "later", "expires_in": "9"}),
        (NOW + timedelta(seconds=9), {"exp": "9" * 30, "expires_in": "9"}),
        (NOW + timedelta(seconds=9), {"exp": -5, "expires_in": "9"}),
        (None, {"exp": True, "expires_in": "soon"}),
        (None, {"expires_in": "-9"}),
        (None, {"exp": None, "expires_in": None}),
        (None, {}),
    ],
)
def test_expiry_is_read_from_any_field_of_tokeninfo(
    expires_at: datetime | None, fields: dict[str, Any]
) -> None:
    outcome, _ = run_probe(respond(200, {"scope": "openid", **fields}), IDENTITY)
    assert outcome.claims is not None
    assert expires_at == outcome.claims.expires_at


def test_scopes_that_tokeninfo_omits_are_unknown() -> None:
    outcome, requests = run_probe(respond(200, {"expires_in": "60"}), IDENTITY)
    assert len(requests) == 2
    assert outcome.advice == ("tokeninfo did not return the granted scopes.",)
    assert outcome.claims is not None
    assert outcome.claims.scopes is None


@pytest.mark.parametrize(
    "fields", [{"expires_in": "60"}, {"exp": "1768477860"}, {"exp": "1768477860", "expires_in": 60}]
)
def test_an_expiry_is_of_this_clock_where_the_servers_is_ten_minutes_behind(
    fields: dict[str, Any],
) -> None:
    sent = {"date": "Thu, 15 Jan 2026 11:50:00 GMT"}
    outcome, _ = run_probe(respond(200, {"scope": "openid", **fields}, sent), IDENTITY)
    assert outcome.claims is not None
    assert NOW + timedelta(seconds=60) == outcome.claims.expires_at


@pytest.mark.parametrize(
    "body",
    [{"error": "invalid_token", "error_description": "Invalid Value"}, {"error": "invalid_token"}],
)
def test_a_token_unknown_to_tokeninfo_ends_the_probe(body: Any) -> None:
    outcome, requests = run_probe(respond(400, body))
    conclusion = conclude(PROVIDER, outcome)
    assert len(requests) == 1
    assert Verdict.REVOKED_OR_INVALID is conclusion.verdict
    assert "expired, revoked or never issued; Google does not say which" in conclusion.summary
    assert "one hour" in conclusion.advice[0]
    assert "after 7 days" in conclusion.advice[1]
    assert outcome.status == 400
    assert outcome.error is not None
    assert outcome.error.type == "invalid_token"


def test_without_a_usable_tokeninfo_the_api_is_still_requested() -> None:
    bad_request = {"error": "invalid_request", "error_description": "either access_token, …"}
    limit = "accepts no more requests for now (HTTP 429). "
    hour = {"retry-after": "3600"}
    wrong = []
    for expected, pause, answer in (
        ("did not respond: host refused the connection.", None, unreachable()),
        ("returned no usable response (HTTP 400).", None, respond(400, bad_request)),
        ("returned no usable response (HTTP 500).", None, respond(500, {"error": "odd"})),
        ("returned no usable response (HTTP 503).", None, respond(503, PAGE)),
        (
            "returned no usable response (HTTP 503). Try again in 1 h, as the response says.",
            3600,
            respond(503, PAGE, hour),
        ),
        (
            "returned no usable response (HTTP 302).",
            None,
            respond(302, b"", {"location": "https://elsewhere.invalid/"}),
        ),
        ("returned no usable response (HTTP 200).", None, respond(200)),
        ("returned no usable response (HTTP 200).", None, respond(200, PAGE)),
        ("returned no usable response (HTTP 200).", None, respond(200, {})),
        ("returned no usable response (HTTP 200).", None, respond(200, {"welcome": "here"})),
        ("returned no usable response (HTTP 200).", None, respond(200, {"error": "odd"})),
        ("returned no usable response (HTTP 200).", None, respond(200, ["unexpected", 42])),
        ("returned no usable response (HTTP 200).", None, respond(200, b'{"azp": "1', cut=True)),
        ("returned no usable response (HTTP 401).", None, respond(401, PAGE)),
        (f"{limit}Try again in a few minutes.", None, respond(429)),
        (
            f"{limit}Try again in 1 min, as the response says.",
            60,
            respond(429, b"", {"retry-after": "60"}),
        ),
        (
            f"{limit}Try again in 32 s, as the response says.",
            32,
            respond(429, status_body(429, "RESOURCE_EXHAUSTED", "", retry_info("32s"))),
        ),
        (
            f"{limit}Try again in a day: the response says to wait for that long, or for longer.",
            86_400,
            respond(429, b"", {"retry-after": "99999999"}),
        ),
    ):
        outcome, requests = run_probe(answer, IDENTITY)
        seconds = outcome.retry_at and (outcome.retry_at - NOW).total_seconds()
        paths = [request.path for request in requests]
        if (
            (UNKNOWN + expected,) != outcome.advice
            or pause != seconds
            or ["/tokeninfo", "/v4/users/me/identity"] != paths
            or Verdict.VALID is not outcome.verdict
            or Claims(user_id="1000000000000000001") != outcome.claims
        ):
            wrong.append((expected, outcome.advice, seconds))
    assert [] == wrong


def test_without_a_response_of_identity_the_error_propagates() -> None:
    with pytest.raises(NetError):
        run_probe(TOKENINFO, unreachable())


@pytest.mark.parametrize(
    "scopes",
    [f"{PREFIX}sleep.writeonly", f"openid {PREFIX}settings.writeonly {PREFIX}sleep.writeonly"],
)
@pytest.mark.parametrize(
    "refusal",
    [
        status_body(403, "PERMISSION_DENIED", "", error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
        status_body(403, "PERMISSION_DENIED", "", error_info("MISSING_OAUTH_SCOPE")),
        status_body(403, "PERMISSION_DENIED", errors=[{"reason": "insufficientPermissions"}]),
    ],
)
def test_a_token_with_only_write_scopes_is_valid(scopes: str, refusal: Any) -> None:
    outcome, _ = run_probe(tokeninfo_response(scopes), respond(403, refusal))
    assert Verdict.VALID is outcome.verdict
    assert "The identity endpoint needs a read scope" in outcome.advice[0]
    assert "tokeninfo reports that the token itself is valid" in outcome.advice[0]


def test_a_token_with_another_read_scope_is_valid_without_profile() -> None:
    refusal = status_body(403, "PERMISSION_DENIED", "", error_info("MISSING_OAUTH_SCOPE"))
    outcome, _ = run_probe(tokeninfo_response(f"{PREFIX}sleep.readonly"), respond(403, refusal))
    assert Verdict.VALID is outcome.verdict
    assert "identity endpoint needs the scope profile.readonly" in outcome.advice[0]


@pytest.mark.parametrize("scopes", ["openid", "", None, f"{PREFIX}profile.readonly"])
def test_a_token_without_a_health_scope_lacks_one(scopes: str | None) -> None:
    refusal = status_body(
        403, "PERMISSION_DENIED", "", error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    )
    outcome = identity_outcome(respond(403, refusal), scopes)
    conclusion = conclude(PROVIDER, outcome)
    assert Verdict.INSUFFICIENT_SCOPE is conclusion.verdict
    assert "profile.readonly" in conclusion.summary
    assert "ticked on the consent page" in conclusion.advice[0]


def test_paired_devices_are_read() -> None:
    tracker = {
        "name": "users/1/pairedDevices/1000000001",
        "deviceType": "TRACKER",
        "batteryStatus": "High",
        "batteryLevel": 90,
        "lastSyncTime": "2026-01-15T11:59:08.000Z",
        "deviceVersion": "Charge 5",
        "macAddress": "A0B1C2D3E4F5",
        "features": [],
    }
    body = {"pairedDevices": [tracker, {"deviceType": "SCALE"}, 42], "nextPageToken": "more"}
    outcome, _ = run_probe(TOKENINFO, IDENTITY, respond(200, body))
    assert (
        Device("Charge 5", "TRACKER", "High", 90, "2026-01-15T11:59:08.000Z", "utc"),
        Device("unnamed device", "SCALE", None, None, None, None),
    ) == outcome.devices
    assert outcome.advice == ("There are more than 100 devices; the first 100 are shown.",)
    assert not outcome.devices_failed
    assert "A0B1C2D3E4F5" not in repr(outcome)


@pytest.mark.parametrize(
    ("why", "answer"),
    [
        ("host refused the connection", unreachable()),
        ("HTTP 503", respond(503, PAGE)),
        ("HTTP 403", respond(403, status_body(403, "PERMISSION_DENIED"))),
        ("HTTP 429", respond(429, PAGE)),
        ("HTTP 302", respond(302)),
        ("HTTP 200", respond(200, PAGE)),
        ("HTTP 200", respond(200, ["unexpected", 42])),
        ("HTTP 200", respond(200, {"pairedDevices": "none"})),
        ("HTTP 200", respond(200, {"error": "odd"})),
        ("HTTP 200", respond(200, b'{"pairedDevices": [', cut=True)),
    ],
)
def test_devices_that_cannot_be_read_change_nothing_about_the_token(
    why: str, answer: Response | NetError
) -> None:
    outcome, _ = run_probe(TOKENINFO, IDENTITY, answer)
    (note,) = outcome.advice
    assert Verdict.VALID is outcome.verdict
    assert note.startswith("The devices could not be read")
    assert why in note
    assert note.endswith(".")
    assert (True, ()) == (outcome.devices_failed, outcome.devices)


@pytest.mark.parametrize(
    ("user", "identity"),
    [
        ("100", {"healthUserId": "100", "legacyUserId": "7ALEX2"}),
        ("7ALEX2", {"healthUserId": "", "legacyUserId": "7ALEX2"}),
        ("7ALEX2", {"healthUserId": 100, "legacyUserId": "7ALEX2"}),
        (None, {"name": "users/me/identity", "legacyUserId": ""}),
        ("[redacted]", {"healthUserId": GOOGLE}),
    ],
)
def test_the_user_id_comes_from_identity(user: str | None, identity: dict[str, Any]) -> None:
    outcome, _ = run_probe(tokeninfo_response("openid"), respond(200, identity))
    assert Verdict.VALID is outcome.verdict
    assert outcome.claims is not None
    assert user == outcome.claims.user_id


def test_a_token_in_successful_responses_is_redacted() -> None:
    info = {"azp": GOOGLE, "scope": f"{PREFIX}settings.readonly {GOOGLE}"}
    devices = {"pairedDevices": [{"deviceVersion": GOOGLE, "lastSyncTime": GOOGLE}]}
    outcome, _ = run_probe(respond(200, info), IDENTITY, respond(200, devices))
    assert GOOGLE not in repr(outcome)
    assert GOOGLE[:60] not in repr(outcome)


NAMES = st.sampled_from(["azp", "aud", "scope", "exp", "expires_in", "error", "sub"])
INFO = st.dictionaries(NAMES, VALUES | st.just(f"{PREFIX}settings.readonly"))
REASONS = st.sampled_from(
    [
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "SERVICE_DISABLED",
        "ACCOUNT_NOT_LINKED",
        "NEW",
        "PERMISSION_DENIED",
    ]
)
DETAIL = st.fixed_dictionaries(
    {
        "@type": st.sampled_from(["x/google.rpc.ErrorInfo", "x/google.rpc.RetryInfo"]) | VALUES,
        "reason": REASONS | VALUES,
        "metadata": st.dictionaries(st.sampled_from(["consumer", "quota_limit"]), VALUES) | VALUES,
        "retryDelay": st.sampled_from(["32s", "1.5s", "soon"]) | VALUES,
    }
)
ERROR = st.fixed_dictionaries(
    {
        "error": st.fixed_dictionaries(
            {"status": REASONS | VALUES, "message": VALUES, "details": st.lists(DETAIL | VALUES)}
        )
        | VALUES
    }
)
STATUSES = st.sampled_from([200, 400, 401, 403, 410, 412, 429, 500]) | st.integers(200, 599)
KNOWN = (b"ACCESS_TOKEN_SCOPE", b"SERVICE_DISABLED", b"ACCOUNT_NOT_LINKED", b"PERMISSION_DENIED")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    first=st.tuples(STATUSES, INFO | VALUES | ERROR),
    second=st.tuples(STATUSES, ERROR | VALUES | st.binary(max_size=30)),
    third=st.tuples(STATUSES, VALUES | st.dictionaries(st.just("pairedDevices"), VALUES)),
    headers=st.dictionaries(st.sampled_from(["date", "retry-after", "location"]), st.text()),
)
def test_no_responses_crash_the_probe_and_unknown_is_never_invalid(
    first: tuple[int, Any], second: tuple[int, Any], third: tuple[int, Any], headers: dict[str, str]
) -> None:
    answers = [respond(status, body, headers) for status, body in (first, second, third)]
    flow = probe(access_token(GOOGLE, "google-health"), None)
    next(flow)
    last: Response | None = None
    usable: bool | None = None
    for answer in answers:
        try:
            flow.send(answer)
        except StopIteration as end:
            last, usable = answer, conclude(PROVIDER, end.value).usable
            break
    assert last is not None
    if usable is False:
        assert 400 <= last.status < 500
        assert last.status in {401, 410, 412} or any(word in last.body for word in KNOWN)


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_that_the_devices_reach_is_reached_for_the_next_request(status: int) -> None:
    details = error_info("RATE_LIMIT_EXCEEDED", quota_limit="RequestsPerMinutePerUser")
    body = status_body(status, "RESOURCE_EXHAUSTED", "Sorry.", details, retry_info("20s"))
    outcome, requests = run_probe(TOKENINFO, IDENTITY, respond(status, body))
    retry_at = NOW + timedelta(seconds=20)
    assert 3 == len(requests)
    assert (Verdict.RATE_LIMITED, status) == (outcome.verdict, outcome.status)
    assert (Quota("minute", None, 0, retry_at, "headers"),) == outcome.quota
    assert retry_at == outcome.retry_at
    assert outcome.devices_failed
    assert outcome.claims is not None
    assert "1000000000000000001" == outcome.claims.user_id
    assert outcome.error is not None
    assert "RATE_LIMIT_EXCEEDED" == outcome.error.type


@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_of_a_response_without_devices_is_kept(status: int) -> None:
    answer = respond(status, PAGE, {"retry-after": "900"})
    outcome, _ = run_probe(TOKENINFO, IDENTITY, answer)
    assert Verdict.VALID is outcome.verdict
    assert NOW + timedelta(seconds=900) == outcome.retry_at
