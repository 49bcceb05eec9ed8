"""The readings of a response: challenges, and fields that may repeat a secret."""

from typing import Any

import pytest

from tests.support.providers.probe_responses import (
    PAGE,
    error_info,
    respond,
    retry_info,
    status_body,
)
from tests.support.tokens import GOOGLE
from tokcheck.core.secret import Secret
from tokcheck.providers.api_responses import responses, unclear_responses

# Nothing of it looks like a token, so that it is recognised only because it is known.
SECRET = "correct horse battery staple"


@pytest.mark.parametrize(
    ("foreign", "challenge"),
    [
        (False, ""),
        (False, "  "),
        (False, "Bearer"),
        (False, 'bearer realm="x"'),
        (False, 'Basic realm="x", Bearer realm="x", error="invalid_token"'),
        (False, "Negotiate,BEARER"),
        (True, "Basic"),
        (True, 'Basic realm="bearer"'),
        (True, 'Basic realm="x", Digest nonce="bearer"'),
        (True, "BearerToken"),
    ],
)
def test_a_bearer_challenge_among_others_is_an_api_s_own(challenge: str, *, foreign: bool) -> None:
    response = respond(401, b"", {"www-authenticate": challenge})
    assert foreign is responses.has_foreign_challenge(response)


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"errorType": SECRET, "message": f"bad: {SECRET}"}]},
        {"error": SECRET, "error_description": f"bad: {SECRET}"},
        status_body(403, SECRET, f"bad: {SECRET}"),
        status_body(403, "X", "bad", error_info(SECRET)),
        status_body(403, "X", "bad", errors=[{"reason": SECRET}]),
        status_body(403, "X", "bad", error_info("", consumer=SECRET, service=f"bad: {SECRET}")),
        status_body(429, "X", "bad", retry_info(SECRET)),
    ],
)
def test_no_field_of_an_error_repeats_a_known_secret(body: Any) -> None:
    errors = responses.parse_errors(respond(403, body), Secret(SECRET))
    assert "[redacted]" in repr(errors)
    assert "horse" not in repr(errors)


def test_no_detail_of_an_error_has_a_token_that_is_not_known() -> None:
    body = status_body(403, "X", "bad", error_info("", consumer=f"projects/1, {GOOGLE}"))
    assert [{"consumer": "projects/1, [redacted]"}] == [
        error.details for error in responses.parse_errors(respond(403, body))
    ]


@pytest.mark.parametrize("length", range(80, 99))
def test_a_field_is_redacted_before_it_is_cut(length: int) -> None:
    shown = responses.clean_text("a" * (length - 1) + " " + SECRET, Secret(SECRET))
    assert shown is not None
    assert shown.startswith("a" * (length - 1) + " [")
    assert "correct" not in shown


def test_a_redirect_to_a_host_with_a_token_names_no_token() -> None:
    response = respond(302, b"", {"location": f"https://{GOOGLE.lower()}.example/"})
    assert "the server redirects to [redacted] (HTTP 302)" == (
        unclear_responses.undetermined_outcome(response).detail
    )


@pytest.mark.parametrize(
    ("percent", "value"),
    [(0, 0), (100, 100), (None, -1), (None, 101), (None, True), (None, False), (None, "50")],
)
def test_a_percentage_is_a_whole_number_from_0_to_100(percent: int | None, value: object) -> None:
    assert percent == responses.parse_percent(value)


@pytest.mark.parametrize("body", [status_body(409, "ABORTED", "conflict"), b"", {}, b"busy"])
@pytest.mark.parametrize("own", [(), ("The error is the API's own.",)])
def test_a_collision_has_one_advice(own: tuple[str, ...], body: object) -> None:
    outcome = unclear_responses.undetermined_outcome(respond(409, body), own_advice=own)
    (advice,) = outcome.advice
    assert "conflict" in outcome.detail
    assert "Two requests for its user collided" in advice
    assert "try again in a few seconds" in advice


def test_a_page_with_the_status_of_a_collision_is_none() -> None:
    outcome = unclear_responses.undetermined_outcome(respond(409, PAGE))
    (advice,) = outcome.advice
    assert "its body is a web page" in outcome.detail
    assert "a proxy or a login page" in advice
