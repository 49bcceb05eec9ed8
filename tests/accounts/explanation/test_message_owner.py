"""The owner of a message: the nearest service that the text names."""

import json

import pytest

from tests.support.providers.probe_responses import error_info, status_body
from tests.support.tokens import NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.accounts.explanation.message_owner import FOREIGN, MessageOwners
from tokcheck.providers import REGISTRY


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        ("fitbit", "GET https://api.fitbit.com/1/user/-/devices.json @"),
        ("fitbit", "Fitbit-Rate-Limit-Limit: 150\n@"),
        ("fitbit", "@ Visit https://dev.fitbit.com/docs/oauth2"),
        ("google-health", "POST https://oauth2.googleapis.com/token @"),
        ("google-health", "@ https://fitbit.google.com/auth/signup"),
        ("google-health", "google.auth.exceptions.RefreshError: @"),
        (FOREIGN, "GET https://www.strava.com/api/v3/athlete @"),
        (FOREIGN, "GET https://sheets.googleapis.com/v4 @"),
        (FOREIGN, "host sheets.googleapis.com: @"),
        (None, "https://github.com/o/r/issues/1 @ https://docs.python.org/3/"),
        (None, "http://localhost:8080/cb @"),
        (None, "@"),
        ("fitbit", "https://www.strava.com/a {gap} https://api.fitbit.com @"),
        (FOREIGN, "https://api.fitbit.com {gap} https://www.strava.com/a @"),
        (None, "https://api.fitbit.com {gap}{gap} @"),
    ],
)
def test_the_nearest_service_is_the_owner(owner: str | None, text: str) -> None:
    text = text.replace("{gap}", "x" * 500)
    at = text.index("@")
    assert owner == MessageOwners(text, REGISTRY).owner_at(at, at)


def test_a_letter_that_grows_in_lower_case_moves_nothing() -> None:
    text = "\u0130" * 900 + "https://api.fitbit.com @"
    assert "fitbit" == MessageOwners(text, REGISTRY).owner_at(text.index("@"), len(text))


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        ("fitbit", "FITBIT_TOKEN: ***"),
        ("google-health", "the Google token"),
        (None, "fitbit and google"),
        (None, "FITBIT_TOKEN https://www.strava.com/x"),
        (None, "nothing"),
    ],
)
def test_a_name_counts_if_it_is_the_only_one(owner: str | None, text: str) -> None:
    assert owner == MessageOwners(text, REGISTRY).owner_by_name()


@pytest.mark.parametrize("name", list(REGISTRY))
def test_a_provider_s_own_hosts_are_its_signs(name: str) -> None:
    provider = REGISTRY[name]
    for address in (provider.oauth.authorize, *provider.services.values()):
        text = f"for url: {address.address}/x @"
        assert name == MessageOwners(text, REGISTRY).owner_at(text.index("@"), len(text))


_OTHERS = (
    "https://gmail.googleapis.com/gmail/v1/users/me/messages?alt=json",
    "https://sheets.googleapis.com/v4/spreadsheets/x",
    "https://www.googleapis.com/drive/v3/files?alt=json",
    "https://www.googleapis.com/upload/drive/v3/files",
    "https://www.googleapis.com/calendar/v3/calendars/primary/events",
    "https://photoslibrary.googleapis.com/v1/albums",
    "https://www.googleapis.com/youtube/v3/search",
)
_SAID = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token.",
    "Request had insufficient authentication scopes.",
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'.",
    "Rate Limit Exceeded",
)


def test_an_error_of_another_service_of_google_is_not_explained_as_our_own() -> None:
    ours = "https://health.googleapis.com/v4/users/me/identity"
    wrong = []
    for said in _SAID:
        body = json.dumps(status_body(429 if "xceeded" in said else 401, "UNKNOWN", said))
        for form in (
            '<HttpError 401 when requesting {url} returned "{said}". Details: "[]">',
            "GET {url}\n{body}",
            "{body}\nGET {url}",
            "google.api_core.exceptions.Unknown: 401 {said} {url}",
        ):
            for url in (*_OTHERS, ours):
                text = form.format(url=url, said=said, body=body)
                found = explain_message(text, REGISTRY, NOW)
                if found is not None and url != ours:
                    wrong.append((text, found.summary))
                if "{body}" in form and url == ours and found is None:
                    wrong.append((text, ""))
    assert [] == wrong


@pytest.mark.parametrize("service", ["gmail", "sheets", "photoslibrary", "fitness"])
def test_the_service_that_an_error_names_owns_it(service: str) -> None:
    host = f"{service}.googleapis.com"
    body = status_body(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials.",
        error_info("ACCESS_TOKEN_TYPE_UNSUPPORTED", service=host),
    )
    words = (
        "google.auth.transport: 429 Quota exceeded for quota metric 'Read' and limit 'Read per "
        f"minute per user' of service '{host}' for consumer 'project_number:1'."
    )
    for text in (json.dumps(body), words, json.dumps(status_body(429, "X", words))):
        assert None is explain_message(text, REGISTRY, NOW), text
        own = explain_message(text.replace(service + ".", "health."), REGISTRY, NOW)
        assert own is not None
        assert "google-health" == own.provider


_DISABLED = "{} has not been used in project 123 before or it is disabled."


def _older_error(message: str, domain: str, reason: str) -> str:
    """Return a body in the older form of Google's services."""
    entry = {"domain": domain, "reason": reason, "message": message}
    return json.dumps({"error": {"errors": [entry], "code": 403, "message": message}})


_OLDER_LIMIT = _older_error("x", "usageLimits", "rateLimitExceeded")


@pytest.mark.parametrize(
    "text",
    [
        *(
            json.dumps(status_body(403, "PERMISSION_DENIED", _DISABLED.format(name)))
            for name in ("Fitness API", "YouTube Data API v3", "Gmail API", "Cloud Pub/Sub API")
        ),
        _older_error("Access Not Configured. " + _DISABLED.format("Fitness API"), "usageLimits",
                     "accessNotConfigured"),
        _older_error("You have exceeded your quota.", "youtube.quota", "quotaExceeded"),
        _older_error("Forbidden", "youtube.common", "forbidden"),
        _older_error("Daily Limit Exceeded", "usageLimits", "dailyLimitExceeded"),
        _older_error("User Rate Limit Exceeded", "usageLimits", "userRateLimitExceeded"),
        json.dumps(status_body(403, "PERMISSION_DENIED", "No.", {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED",
            "domain": "fitness.googleapis.com"})),
        "googleapiclient.errors.HttpError: <HttpError 403 when requesting None returned "
        f'"{_DISABLED.format("Fitness API")}">',
        '{"domain": "youtube.quota", "reason": "quotaExceeded", "message": "Used up."}',
    ],
)  # fmt: skip
def test_an_error_that_names_another_api_of_google_is_nobody_s(text: str) -> None:
    assert None is explain_message(text, REGISTRY, NOW)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(
            status_body(403, "PERMISSION_DENIED", _DISABLED.format("Google Health API"))
        ),
        f"https://health.googleapis.com/v4/users/me/identity: {_OLDER_LIMIT}",
        f"Google Health: {_OLDER_LIMIT}",
        _older_error("Insufficient Permission", "global", "insufficientPermissions"),
    ],
)  # fmt: skip
def test_an_error_in_the_form_of_all_of_google_is_that_of_the_api_it_names(text: str) -> None:
    found = explain_message(text, REGISTRY, NOW)
    assert found is not None
    assert "google-health" == found.provider


def test_the_caller_s_provider_owns_an_error_in_the_form_of_many_services() -> None:
    found = explain_message(_OLDER_LIMIT, REGISTRY, NOW, "google-health")
    assert found is not None
    assert "google-health" == found.provider
