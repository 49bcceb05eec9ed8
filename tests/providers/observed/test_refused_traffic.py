"""The rate limits that refusals and failures of an account's own requests report."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product

import pytest

from tokcheck.core.credential import Credential, Kind
from tokcheck.core.report import Outcome, Quota, Verdict
from tokcheck.core.secret import Secret
from tokcheck.declarations.known_providers import known_providers
from tokcheck.providers.base import Provider, Response
from tokcheck.providers.declared.declared_provider import provider_of
from tokcheck.providers.observed.traffic import read_observation

_NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
_KNOWN = known_providers(None, {})
_RESET = str(int(_NOW.timestamp()) + 600)
_WINDOW = {
    "length": "1h",
    "limit": "X-RateLimit-Limit",
    "remaining": "X-RateLimit-Remaining",
    "reset": {"header": "X-RateLimit-Reset", "form": "seconds"},
}
_ACME = provider_of(
    {"name": "acme", "address": "https://api.acme.example", "check": "/me", "windows": [_WINDOW]}
)
_API_KEY = provider_of(
    {
        "name": "keyed",
        "address": "https://api.keyed.example",
        "check": "/me",
        "credential": {"scheme": "ApiKey"},
        "windows": [_WINDOW],
    }
)
_PROVIDERS = {"acme": _ACME, "keyed": _API_KEY} | {
    name: _KNOWN[name].provider
    for name in ("fitbit", "strava", "github", "gitlab", "docker-hub", "whoop", "ietf")
}
_USUAL = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "600"}
_HEADERS: Mapping[str, Mapping[str, str]] = {
    "acme": _USUAL,
    "keyed": _USUAL,
    "fitbit": {
        "fitbit-rate-limit-limit": "150",
        "fitbit-rate-limit-remaining": "0",
        "fitbit-rate-limit-reset": "600",
    },
    "strava": {"x-ratelimit-limit": "200,2000", "x-ratelimit-usage": "200,100"},
    "github": {
        "x-ratelimit-resource": "core",
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": _RESET,
    },
    "gitlab": {"ratelimit-limit": "600", "ratelimit-remaining": "0", "ratelimit-reset": _RESET},
    "docker-hub": {
        "ratelimit-limit": "100;w=21600",
        "ratelimit-remaining": "0;w=21600",
    },
    "whoop": {
        "x-ratelimit-limit": "100, 100;window=60, 10000;window=86400",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "30",
    },
    "ietf": {"ratelimit-policy": '"default";q=100;w=60', "ratelimit": '"default";r=0;t=30'},
}
_STATUSES = (400, 401, 402, 403, 404, 405, 408, 409, 410, 412, 418, 422, 429, 451, 500, 502, 503)
_BODIES = {
    "empty": b"",
    "object": b'{"error": "x", "message": "y"}',
    "list": b"[]",
    "text": b"not found",
    "cut off": b'{"error": ',
}
_PAGE = b"<!DOCTYPE html><html><title>502 Bad Gateway</title></html>"
_CLOUDFLARE = json.dumps(
    {
        "title": "Error 1015: You are being rate limited",
        "error_code": 1015,
        "cloudflare_error": True,
    }
).encode()
# The declared providers: Fitbit's headers are of a name that no other server writes.
_DECLARED = [name for name in _PROVIDERS if name != "fitbit"]


def _numbers(response: Response, provider: Provider) -> list[tuple[str, int | None, int | None]]:
    seen = read_observation(provider, response)
    return [] if seen is None else [(q.window, q.limit, q.remaining) for q in seen.quotas]


def _probe(provider: Provider, response: Response) -> Outcome:
    flow = provider.probe(Credential(Kind.ACCESS_TOKEN, Secret("made-up-token-0123456789")), None)
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(response)
    outcome: Outcome = end.value.value
    return outcome


@pytest.mark.parametrize("name", list(_PROVIDERS))
def test_a_refusal_reports_the_rate_limit_that_an_accepted_request_reports(name: str) -> None:
    provider, headers = _PROVIDERS[name], _HEADERS[name]
    expected = _numbers(Response(200, headers, b"{}", _NOW), provider)
    assert 0 in {remaining for _, _, remaining in expected}
    for status, (kind, body) in product(_STATUSES, _BODIES.items()):
        response = Response(status, headers, body, _NOW)
        assert expected == _numbers(response, provider), (status, kind)


@pytest.mark.parametrize("name", list(_PROVIDERS))
def test_the_challenge_of_the_api_itself_changes_nothing(name: str) -> None:
    provider = _PROVIDERS[name]
    expected = _numbers(Response(200, _HEADERS[name], b"{}", _NOW), provider)
    for challenge, body in product(
        ('Bearer error="invalid_token"', f"{provider.credential_scheme} realm=x"), _BODIES.values()
    ):
        headers = {**_HEADERS[name], "www-authenticate": challenge}
        assert expected == _numbers(Response(401, headers, body, _NOW), provider)


@pytest.mark.parametrize("name", _DECLARED)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "text/html"}, _PAGE),
        ({}, _PAGE),
        ({"content-type": "text/html; charset=UTF-8"}, b""),  # of headers alone
        ({"content-type": "application/problem+json"}, _CLOUDFLARE),
        ({"server": "cloudflare", "content-type": "text/plain"}, b"error code: 1015"),
        ({"www-authenticate": 'Basic realm="proxy"'}, b""),
    ],
)
def test_another_server_reports_nothing_of_the_user(
    name: str, headers: Mapping[str, str], body: bytes
) -> None:
    for status in (400, 401, 403, 404, 429, 500, 502, 503):
        response = Response(status, {**_HEADERS[name], **headers}, body, _NOW)
        provider = _PROVIDERS[name]
        assert [] == _numbers(response, provider), status
        if name != "docker-hub" or not body:  # its check is a HEAD
            assert () == _probe(provider, response).quota, status


def test_an_empty_body_of_a_known_length_is_no_page() -> None:
    headers = {**_USUAL, "content-type": "text/html", "content-length": "0"}
    assert [("hour", 100, 0)] == _numbers(Response(404, headers, b"", _NOW), _ACME)


def test_another_bucket_reports_nothing_of_this_one() -> None:
    headers = {**_HEADERS["github"], "x-ratelimit-resource": "search"}
    for status in (200, 404, 422, 500):
        assert [] == _numbers(Response(status, headers, b"{}", _NOW), _PROVIDERS["github"])


@pytest.mark.parametrize("name", _DECLARED)
def test_a_probe_that_is_refused_reports_the_rate_limit(name: str) -> None:
    provider, headers = _PROVIDERS[name], _HEADERS[name]
    expected = _numbers(Response(200, headers, b"{}", _NOW), provider)
    for status, (kind, body) in product((*_STATUSES, 201), _BODIES.items()):
        outcome = _probe(provider, Response(status, headers, body, _NOW))
        found = [(q.window, q.limit, q.remaining) for q in outcome.quota]
        assert expected == found, (status, kind)


def test_a_failing_server_keeps_its_verdict_beside_the_rate_limit() -> None:
    outcome = _probe(_ACME, Response(500, _USUAL, b"{}", _NOW))
    assert Verdict.UNDETERMINED is outcome.verdict
    reset_at = datetime(2026, 11, 29, 10, 10, tzinfo=UTC)
    assert (Quota("hour", 100, 0, reset_at, "headers"),) == outcome.quota


def test_the_challenge_of_the_declared_scheme_is_the_api_s_own() -> None:
    refused = Response(401, {"www-authenticate": "ApiKey realm=x"}, b"", _NOW)
    assert Verdict.REVOKED_OR_INVALID is _probe(_API_KEY, refused).verdict
    assert Verdict.UNDETERMINED is _probe(_ACME, refused).verdict
