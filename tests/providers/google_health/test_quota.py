"""Exceeded limits of the Google Health API: the limit, its reset and the advice."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tests.support.providers.google_errors import EXCEEDED, VALUE_1000
from tests.support.providers.google_probe import identity_outcome
from tests.support.providers.probe_responses import (
    PAGE,
    conclude,
    error_info,
    respond,
    retry_info,
    status_body,
)
from tests.support.tokens import NOW
from tokcheck.core.report import Quota, Verdict
from tokcheck.providers.google_health import PROVIDER

QUOTA = (
    "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service "
    "'health.googleapis.com' for consumer 'project_number:1'."
)


class ExceededLimit(NamedTuple):
    """One response to a request beyond a limit, and what it says of the limit."""

    body: Any
    quota: tuple[Quota, ...]
    summary: str
    advice: str
    headers: Mapping[str, str] = MappingProxyType({})
    status: int = 429


def limit_body(message: str, *details: Any) -> Any:
    return status_body(429, "RESOURCE_EXHAUSTED", message, *details)


def minute(reset: int | None = None, limit: int | None = None) -> tuple[Quota, ...]:
    at = None if reset is None else NOW + timedelta(seconds=reset)
    return (Quota("minute", limit, 0, at, "headers"),)


def violations(*entries: Any) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.QuotaFailure"
    return {"@type": kind, "violations": list(entries)}


_OF_USER = "the user's limit per minute (RequestsPerMinutePerUser) is exceeded."
_OF_MESSAGE = "the limit per minute (Requests per minute) is exceeded."
_USUAL = "The documented limit is 300 requests a minute for each user"
_SHARED = "All users of the Google Cloud project share this limit"
_NO_QUOTA: tuple[Quota, ...] = ()
_NO_NAME = "has reached its rate limit."
LIMITS = [
    ExceededLimit(limit_body(QUOTA), minute(), _OF_MESSAGE, _USUAL),
    ExceededLimit(limit_body(QUOTA, EXCEEDED), minute(), _OF_USER, _USUAL),
    ExceededLimit(b"", _NO_QUOTA, _NO_NAME, _USUAL, {"retry-after": "32"}),
    ExceededLimit(limit_body(QUOTA, EXCEEDED, retry_info("32s")), minute(32), _OF_USER, _USUAL),
    ExceededLimit(
        limit_body(QUOTA, retry_info("32.9s"), EXCEEDED),
        minute(32),
        _OF_USER,
        _USUAL,
        {"retry-after": "7"},
    ),
    # The longer one of two pauses counts.
    ExceededLimit(
        limit_body(QUOTA, retry_info("32s"), EXCEEDED),
        minute(45),
        _OF_USER,
        _USUAL,
        {"retry-after": "45"},
    ),
    ExceededLimit(limit_body(QUOTA, retry_info("soon")), minute(), _OF_MESSAGE, _USUAL),
    ExceededLimit(limit_body(QUOTA, retry_info(32)), minute(), _OF_MESSAGE, _USUAL),
    ExceededLimit(limit_body("Sorry."), _NO_QUOTA, _NO_NAME, _USUAL),
    ExceededLimit(
        limit_body("Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_limit="defaultLimit")),
        _NO_QUOTA,
        "the exceeded limit is defaultLimit.",
        _USUAL,
    ),
    ExceededLimit(
        limit_body(
            "Quota exceeded for quota metric 'Requests' and limit 'Requests per day'.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_limit="RequestsPerDayPerProject",
                quota_limit_value="86400000",
                quota_unit="1/d/{project}",
            ),
        ),
        (Quota("day", 86_400_000, 0, None, "headers", "project"),),
        "its project's limit of 86400000 requests per day (RequestsPerDayPerProject) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body(
            "Quota exceeded for limit 'Requests per minute per user'.",  # the unit is exact
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_limit="RequestsPerDayPerProject",
                quota_unit="1/d/{project}",
            ),
        ),
        (Quota("day", None, 0, None, "headers", "project"),),
        "its project's limit per day (RequestsPerDayPerProject) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body(
            "Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_unit="1/min/{project}/{user}")
        ),
        minute(),
        "the user's limit per minute is exceeded.",
        _USUAL,
    ),
    ExceededLimit(
        limit_body(
            "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute per user' "
            "of service 'health.googleapis.com' for consumer 'project_number:1'."
        ),
        minute(),
        "the user's limit per minute (Requests per minute per user) is exceeded.",
        _USUAL,
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_limit="ReadRequestsPerHourPerProject",
                quota_limit_value="soon",
            ),
        ),
        (Quota("hour", None, 0, None, "headers", "project"),),
        "its project's limit per hour (ReadRequestsPerHourPerProject) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        status_body(403, "PERMISSION_DENIED", QUOTA, EXCEEDED), minute(), _OF_USER, _USUAL, {}, 403
    ),
    ExceededLimit(
        status_body(403, "X", errors=[{"reason": "rateLimitExceeded"}]),
        _NO_QUOTA,
        _NO_NAME,
        _USUAL,
        {},
        403,
    ),
    ExceededLimit(
        status_body(403, "X", errors=[{"reason": "userRateLimitExceeded"}]),
        _NO_QUOTA,
        "the user's limit is exceeded.",
        _USUAL,
        {},
        403,
    ),
    ExceededLimit(
        status_body(403, "X", errors=[{"reason": "dailyLimitExceeded"}]),
        (Quota("day", None, 0, None, "headers"),),
        "the limit per day is exceeded.",
        "it is a limit per day",
        {},
        403,
    ),
    ExceededLimit(
        limit_body(
            "Quota exceeded for limit 'Requests per day per project'.",
            violations({"quotaId": "RequestsPerDayPerProject", **VALUE_1000}),
        ),
        (Quota("day", 1000, 0, None, "headers", "project"),),
        "its project's limit of 1000 requests per day (RequestsPerDayPerProject) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body("Sorry.", violations({"quotaId": "RequestsPerDayPerProject", **VALUE_1000})),
        (Quota("day", 1000, 0, None, "headers", "project"),),
        "its project's limit of 1000 requests per day (RequestsPerDayPerProject) is exceeded.",
        "midnight Pacific time",
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            violations(
                {"quotaId": "RequestsPerMinutePerUser", "quotaValue": 150},
                {"quotaId": "RequestsPerDayPerProject", **VALUE_1000},
            ),
            retry_info("32s"),
        ),
        (
            Quota("day", 1000, 0, None, "headers", "project"),
            *minute(32, 150),
        ),
        "(RequestsPerDayPerProject) is exceeded and the user's limit of 150 requests per minute "
        "(RequestsPerMinutePerUser) is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body(
            "Sorry.", violations({"subject": "project:1", "description": "Daily Limit exceeded"})
        ),
        (Quota("day", None, 0, None, "headers", "project"),),
        "its project's limit per day is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body("Sorry.", EXCEEDED, violations({"quotaId": "RequestsPerMinutePerUser"})),
        minute(),
        _OF_USER,
        _USUAL,
    ),
    ExceededLimit(limit_body("Sorry.", violations("odd", None)), _NO_QUOTA, _NO_NAME, _USUAL),
    ExceededLimit(
        limit_body(
            "Sorry.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_unit="1/100s/{project}/{user}",
                quota_limit_value="500",
            ),
        ),
        (Quota("100s", 500, 0, None, "headers"),),
        "the user's limit of 500 requests per 100 seconds is exceeded.",
        "it is a limit per 100 seconds",
    ),
    ExceededLimit(
        limit_body(
            "Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_limit="USER-100s"), retry_info("12s")
        ),
        (Quota("100s", None, 0, NOW + timedelta(seconds=12), "headers"),),
        "the user's limit per 100 seconds (USER-100s) is exceeded.",
        "exponential backoff",
    ),
    ExceededLimit(
        limit_body("Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_unit="1/s/{project}")),
        (Quota("1s", None, 0, None, "headers", "project"),),
        "its project's limit per second is exceeded.",
        _SHARED,
    ),
    ExceededLimit(
        limit_body("Sorry."),
        _NO_QUOTA,
        _NO_NAME,
        "The response says to wait 45 s.",
        {"retry-after": "45"},
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            violations({"quotaId": "RequestsPerDayPerProject", **VALUE_1000}),
            retry_info("32s"),
        ),
        (Quota("day", 1000, 0, None, "headers", "project"),),
        "its project's limit of 1000 requests per day (RequestsPerDayPerProject) is exceeded.",
        "even after the 32 s that the response names",
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            violations({"quotaId": "RequestsPerDayPerProject", **VALUE_1000}),
            retry_info("28800s"),
        ),
        (Quota("day", 1000, 0, NOW + timedelta(hours=8), "headers", "project"),),
        "its project's limit of 1000 requests per day (RequestsPerDayPerProject) is exceeded.",
        "midnight Pacific time",
    ),
    ExceededLimit(
        limit_body("Sorry.", error_info("RATE_LIMIT_EXCEEDED", quota_unit="1/60s/{user}")),
        minute(),
        "the user's limit per minute is exceeded.",
        _USUAL,
    ),
    ExceededLimit(
        limit_body(
            "Sorry.",
            error_info(
                "RATE_LIMIT_EXCEEDED",
                quota_limit="RequestsPerMinutePerUser",
                quota_limit_value="150",
            ),
        ),
        minute(limit=150),
        "the user's limit of 150 requests per minute (RequestsPerMinutePerUser) is exceeded.",
        "exponential backoff",
    ),
]


@pytest.mark.parametrize("limit", LIMITS)
def test_an_exceeded_limit_is_the_one_that_the_response_names(limit: ExceededLimit) -> None:
    outcome = identity_outcome(respond(limit.status, limit.body, limit.headers))
    conclusion = conclude(PROVIDER, outcome)
    advice = " ".join(conclusion.advice)
    assert (Verdict.RATE_LIMITED, True) == (conclusion.verdict, conclusion.usable)
    assert limit.quota == outcome.quota
    assert conclusion.summary.endswith(limit.summary)
    assert limit.advice in advice
    assert (outcome.retry_at is None) == ("does not say when to try again" in advice)
    assert "300" not in conclusion.summary
    assert ("300 requests a minute" in advice) == (
        limit.advice in {_USUAL, "The response says to wait 45 s."}
    )
    daily = any(quota.window == "day" for quota in outcome.quota)
    assert daily == ("exponential backoff" not in advice)
    assert daily == ("midnight Pacific time" in advice)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("RequestsPerMinutePerUser", error_info("RATE_LIMIT_EXCEEDED", quota_limit_value="0")),
        ("RequestsPerDayPerProject", error_info("RATE_LIMIT_EXCEEDED", quota_limit_value="0")),
        ("", error_info("RATE_LIMIT_EXCEEDED", quota_limit_value="0")),
        ("RequestsPerDayPerProject", violations({"quotaValue": "0"})),
    ],
)
def test_a_limit_of_no_requests_is_a_fault_of_the_project_and_no_pause(
    name: str, detail: dict[str, Any]
) -> None:
    for fields in detail.get("violations", ()):
        fields["quotaId"] = name
    if name and "metadata" in detail:
        detail = detail | {"metadata": detail["metadata"] | {"quota_limit": name}}
    outcome = identity_outcome(respond(429, limit_body("Sorry.", detail)))
    conclusion = conclude(PROVIDER, outcome)
    assert (Verdict.API_DISABLED, False) == (conclusion.verdict, conclusion.usable)
    assert () == outcome.quota
    assert outcome.retry_at is None
    assert "is 0 requests" in conclusion.summary
    assert f"({name})" in conclusion.summary or not name
    assert "Waiting does not help." in conclusion.advice[0]
    assert "backoff" not in " ".join(conclusion.advice)


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_of_a_front_end_is_no_quota(status: int) -> None:
    outcome = identity_outcome(respond(status, PAGE, {"retry-after": "900"}))
    assert (Verdict.UNDETERMINED, ()) == (outcome.verdict, outcome.quota)
    assert NOW + timedelta(seconds=900) == outcome.retry_at
    assert "15 min" in " ".join(outcome.advice)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, status_body(503, "UNAVAILABLE", "Sorry.", retry_info("900s"))),
        (429, {"cloudflare_error": True, "error_code": 1015, "retry_after": 900}),
    ],
)
def test_the_pause_of_a_body_is_kept(status: int, body: Any) -> None:
    outcome = identity_outcome(respond(status, body))
    assert Verdict.UNDETERMINED is outcome.verdict
    assert NOW + timedelta(seconds=900) == outcome.retry_at
    assert "15 min" in " ".join(outcome.advice)


def test_an_unknown_reason_of_a_429_is_shown_without_the_documented_limit() -> None:
    reason = "CONCURRENT_REQUESTS_LIMIT_EXCEEDED"
    body = status_body(429, "RESOURCE_EXHAUSTED", "Too many requests at once.", error_info(reason))
    conclusion = conclude(PROVIDER, PROVIDER.read_error(respond(429, body)))
    assert Verdict.RATE_LIMITED is conclusion.verdict
    assert f"Too many requests at once. ({reason})" in conclusion.summary
    assert "300" not in " ".join(conclusion.advice)
