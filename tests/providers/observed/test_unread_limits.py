"""The rate-limit headers of responses that could not be read."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tokcheck.declarations.known_providers import known_providers
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.observed.traffic import read_each
from tokcheck.providers.observed.unread_limits import find_unread_headers

_NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
_REMAINING = "fitbit-rate-limit-remaining"
_HEADERS = {
    "fitbit-rate-limit-limit": "150",
    "fitbit-rate-limit-remaining": "87",
    "fitbit-rate-limit-reset": "600",
}


def _response(status: int = 200, headers: Mapping[str, str] = _HEADERS) -> Response:
    return Response(status, headers, b"", _NOW)


def _unread_headers(provider: Provider, response: Response) -> tuple[str, ...]:
    return find_unread_headers(provider, read_each(provider, [response]))


@pytest.mark.parametrize(
    ("unread", "provider", "headers"),
    [
        ((), "fitbit", _HEADERS),
        ((), "fitbit", {"content-type": "text/html"}),
        ((), "google-health", _HEADERS),
        (
            ("fitbit-rate-limit-remaining",),
            "fitbit",
            _HEADERS | {"fitbit-rate-limit-remaining": "many"},
        ),
        *(
            (("fitbit-rate-limit-remaining",), "fitbit", _HEADERS | {_REMAINING: value})
            for value in ("-5", "500", "1e3x", "-0x1")
        ),
        ((), "fitbit", _HEADERS | {_REMAINING: ""}),
        (tuple(sorted(_HEADERS)), "fitbit", dict.fromkeys(_HEADERS, "-")),
        ((), "fitbit", dict.fromkeys(_HEADERS, "")),
        ((), "fitbit", _HEADERS | {"fitbit-rate-limit-reset": " "}),
        (("x-ratelimit-limit",), "strava", {"x-ratelimit-limit": "none"}),
        (("ratelimit",), "ietf", {"ratelimit": "?"}),
        ((), "github", {"x-ratelimit-resource": "core"}),
    ],
)
def test_rate_limit_headers_that_cannot_be_read_are_named(
    unread: tuple[str, ...], provider: str, headers: Mapping[str, str]
) -> None:
    known = known_providers(None, {})[provider].provider
    assert unread == _unread_headers(known, _response(headers=headers))


def _github(resource: str) -> Response:
    """Return a response with the headers of GitHub's documentation."""
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "4987",
        "x-ratelimit-used": "13",
        "x-ratelimit-reset": str(int(_NOW.timestamp()) + 900),
        "x-ratelimit-resource": resource,
    }
    return _response(headers=headers)


def test_headers_of_another_bucket_are_none_that_cannot_be_read() -> None:
    github = known_providers(None, {})["github"].provider
    assert () == _unread_headers(github, _github("search"))
    wrong = _github("core")
    wrong = wrong._replace(
        headers=dict.fromkeys(wrong.headers, "x") | {"x-ratelimit-resource": "core"}
    )
    assert "x-ratelimit-limit" in _unread_headers(github, wrong)
