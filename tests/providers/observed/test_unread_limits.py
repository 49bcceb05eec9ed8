"""The rate-limit headers of responses that could not be read."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tests.support.providers.probe_responses import github_response
from tests.support.suite.cases import each_case
from tokcheck.declarations.known_providers import known_providers
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.observed.traffic import read_each
from tokcheck.providers.observed.unread_limits import UnreadLimits, find_unread_limits

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
    return find_unread_limits(provider, read_each(provider, [response])).headers


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


def test_headers_of_another_bucket_are_none_that_cannot_be_read() -> None:
    github = known_providers(None, {})["github"].provider
    assert () == _unread_headers(github, github_response("search", _NOW))
    wrong = github_response("core", _NOW)
    wrong = wrong._replace(
        headers=dict.fromkeys(wrong.headers, "x") | {"x-ratelimit-resource": "core"}
    )
    assert "x-ratelimit-limit" in _unread_headers(github, wrong)


_PAST = str(int(_NOW.timestamp()) - 300)
_CORE = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "3",
    "x-ratelimit-reset": str(int(_NOW.timestamp()) + 900),
}


@each_case(
    ("provider", "headers", "ended", "unnamed"),
    [
        ("fitbit", _HEADERS, 0, ()),
        ("fitbit", _HEADERS | {"fitbit-rate-limit-reset": _PAST}, 1, ()),
        ("fitbit", _HEADERS | {"fitbit-rate-limit-reset": "0"}, 1, ()),
        ("gitlab", {"ratelimit-limit": "9", "ratelimit-remaining": "3"}, 0, ()),
        ("ietf", {"ratelimit": '"a";r=5;t=30'}, 0, ()),
        ("ietf", {"ratelimit": '"a";r=5;t=0'}, 1, ()),
        ("ietf", {"ratelimit": "limit=9, remaining=5, reset=0"}, 1, ()),
        (
            "gitlab",
            {"ratelimit-limit": "9", "ratelimit-remaining": "3", "ratelimit-reset": _PAST},
            1,
            (),
        ),
        ("github", _CORE | {"x-ratelimit-resource": "core"}, 0, ()),
        ("github", _CORE | {"x-ratelimit-resource": "core", "x-ratelimit-reset": _PAST}, 1, ()),
        ("github", _CORE, 0, ("x-ratelimit-resource",)),
        ("github", _CORE | {"x-ratelimit-reset": _PAST}, 0, ("x-ratelimit-resource",)),
        ("github", _CORE | {"x-ratelimit-resource": "search"}, 0, ()),
    ],
)
@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_window_that_has_ended_and_a_missing_name_are_none_that_cannot_be_read(
    status: int, provider: str, headers: Mapping[str, str], ended: int, unnamed: tuple[str, ...]
) -> None:
    known = known_providers(None, {})[provider].provider
    read = read_each(known, [_response(status, headers)])
    assert UnreadLimits((), ended, unnamed) == find_unread_limits(known, read)


def test_an_unreadable_value_beside_a_past_reset_is_named() -> None:
    github = known_providers(None, {})["github"].provider
    odd = _CORE | {"x-ratelimit-resource": "core", "x-ratelimit-reset": _PAST}
    response = _response(headers=odd | {"x-ratelimit-limit": "many"})
    assert ("x-ratelimit-limit",) == _unread_headers(github, response)
    response = _response(headers=odd | {"x-ratelimit-remaining": "-7"})
    assert "x-ratelimit-remaining" in _unread_headers(github, response)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_unreadable_value_of_a_refusal_is_named_unless_another_server_wrote_it(
    status: int,
) -> None:
    gitlab = known_providers(None, {})["gitlab"].provider
    headers = {"ratelimit-limit": "9", "ratelimit-remaining": "-3"}
    assert ("ratelimit-remaining",) == _unread_headers(gitlab, _response(status, headers))
    if status >= 400:
        page = _response(status, headers | {"content-type": "text/html"})
        assert () == _unread_headers(gitlab, page)
