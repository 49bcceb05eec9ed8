"""The hooks record the rate limits of refusals, too, and nothing of another server's page."""

from pathlib import Path

import httpx
import pytest
import requests

import tokcheck
from tests.support.exporter.observed_traffic import quota_numbers, read_traffic
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses

_DECLARATION = """\
name = "acme"
address = "https://api.acme.example"
check = "/me"
[[windows]]
length = "1h"
limit = "X-RateLimit-Limit"
remaining = "X-RateLimit-Remaining"
reset = { header = "X-RateLimit-Reset", form = "seconds" }
"""
_LIMITS = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": "600"}
_PAGE = "<html><title>Blocked</title></html>"
_XML = "<Error><Code>NotFound</Code></Error>"


def _send(tmp_path: Path, response: FixedResponse, *, by_requests: bool = False) -> None:
    path = tmp_path / "acme.toml"
    path.write_text(_DECLARATION)
    path.chmod(0o600)
    with serve_fixed_responses(GET_me=response) as server:
        hooks = tokcheck.observe(
            "anna", provider="acme", api_url=server.url,
            environment={
                "TOKCHECK_HOME": str(tmp_path / "home"), "TOKCHECK_PROVIDERS": str(path),
            },
        )  # fmt: skip
        if by_requests:
            requests.get(f"{server.url}/me", hooks=hooks, timeout=30)
        else:
            with httpx.Client(event_hooks=hooks) as client:
                client.get(f"{server.url}/me")


@pytest.mark.parametrize("by_requests", [False, True])
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422, 429, 500])
@pytest.mark.parametrize("body", ["", {"error": "x"}])
def test_a_refusal_is_recorded_as_an_accepted_request_is(
    tmp_path: Path, status: int, body: object, *, by_requests: bool
) -> None:
    _send(tmp_path, FixedResponse(status, body, _LIMITS), by_requests=by_requests)
    assert ("hour", 100, 7) == quota_numbers(read_traffic(tmp_path / "home")["anna"])


def test_an_error_in_xml_is_the_api_s_own(tmp_path: Path) -> None:
    headers = {**_LIMITS, "Content-Type": "application/xml"}
    _send(tmp_path, FixedResponse(404, _XML, headers))
    assert ("hour", 100, 7) == quota_numbers(read_traffic(tmp_path / "home")["anna"])


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "text/html"}, _PAGE),
        ({"Content-Type": "application/problem+json"}, {"cloudflare_error": True}),
        ({"WWW-Authenticate": "Basic realm=proxy"}, ""),
    ],
)
def test_a_response_of_a_server_in_front_is_counted_alone(
    tmp_path: Path, headers: dict[str, str], body: object
) -> None:
    _send(tmp_path, FixedResponse(403, body, {**_LIMITS, **headers}))
    traffic = read_traffic(tmp_path / "home")["anna"]
    assert (None, {"4xx": 1}) == (traffic.latest, traffic.classes)
