"""The body of an accepted response, over loopback: JSON only where the declaration reads it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import tokcheck
from tests.support.suite.cases import each_case
from tests.support.transport.fixed_responses import FixedResponse, serve_fixed_responses
from tokcheck.core.report import Verdict

_TOKEN = "acme_0123456789abcdef0123456789"
_TEXT, _HTML, _XML, _JSON = "text/plain", "text/html; charset=utf-8", "text/xml", "application/json"
_LOGIN = "<html><head><title>Log in to the hotel's network</title></head></html>"
_XHTML = '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">' + _LOGIN
_VALID, _UNCLEAR, _REFUSED = Verdict.VALID, Verdict.UNDETERMINED, Verdict.REVOKED_OR_INVALID

Case = tuple[int, str, str, Verdict]

# Of a declaration that reads nothing from the body: status, type and body, and the verdict.
_ANY_BODY: Sequence[Case] = [
    (200, _TEXT, "", _VALID),
    (200, _JSON, "", _VALID),
    (200, _HTML, "", _VALID),  # many servers write the type of every response
    (200, _TEXT, "OK", _VALID),
    (200, _TEXT, "7 alex 2026-11-28", _VALID),
    (200, "", "id;name\n7;alex\n", _VALID),
    (200, _JSON, '{"id": 7}', _VALID),
    (200, _JSON, "[]", _VALID),
    (200, _JSON, '"alex"', _VALID),
    (200, _XML, "<user><id>7</id></user>", _VALID),
    (200, "application/vnd.acme+xml", "<user/>", _VALID),
    (200, "application/xml", '\ufeff<?xml version="1.0"?>\n<user id="7"/>', _VALID),
    (200, "", '<?xml version="1.0" encoding="UTF-8"?><errorless/>', _VALID),
    (204, "", "", _VALID),
    # A login page, however it is labelled.
    (200, _HTML, _LOGIN, _UNCLEAR),
    (200, _HTML, "Log in to the hotel's network.", _UNCLEAR),
    (200, _TEXT, _LOGIN, _UNCLEAR),
    (200, "", f"\n<!DOCTYPE html>{_LOGIN}", _UNCLEAR),
    (200, "", "<script>location = 'https://login.example/'</script>", _UNCLEAR),
    (200, _XML, _LOGIN, _UNCLEAR),
    (200, "application/xhtml+xml", '<?xml version="1.0"?><page/>', _UNCLEAR),
    (200, "application/xml", _XHTML, _UNCLEAR),
    # An error that no rule describes, and JSON that is none.
    (200, _JSON, '{"error": "token"}', _UNCLEAR),
    (200, _XML, '<?xml version="1.0"?>\n<error code="5">token</error>', _UNCLEAR),
    (200, _XML, "<s:Fault xmlns:s='urn:s'/>", _UNCLEAR),
    (200, _TEXT, "Error: unknown token", _UNCLEAR),
    (200, _JSON, '{"id": ', _UNCLEAR),
    (200, _JSON, "null", _UNCLEAR),
    # A refusal in words, and a text that only resembles one.
    *((200, _TEXT, text, _UNCLEAR) for text in (
        "unauthorized", "Unauthorised.", "UNAUTHENTICATED", "401 Unauthorized", "Not authorized",
        "not logged in", "forbidden", "403 Forbidden", "Access denied", "Permission denied",
        "Invalid token", "invalid_token", "Invalid API key", "Bad credentials", "bad token",
        "Expired token", "Unknown API key", "Missing token", "wrong key", "Revoked token",
        "No such token", "Token expired", "token is invalid", "The token has expired.",
        "Your API key is not valid", "The access token was revoked", "API key not found",
        "Authentication failed", "authentication required", "Login required", "failed",
        "Failure: token", "Exception: token", "\n  Invalid token\n", "'unauthorized'",
    )),
    (200, _JSON, '"unauthorized"', _UNCLEAR),
    (200, _JSON, '"Invalid token"', _UNCLEAR),
    (200, _XML, "<Unauthorized/>", _UNCLEAR),
    *((200, _TEXT, text, _VALID) for text in (
        "token ok", "The token is valid", "Your token expires in 3 days", "authorized", "validated",
        "invalid_count 0", "unauthorized_requests: 0", "failed=0", "badger", "key;name\n7;alex",
        "forbiddencity", "Authentication succeeded", "missingno", "no errors", "7 forbidden",
    )),
    # Other statuses.
    (201, _TEXT, "OK", _UNCLEAR),
    (500, _TEXT, "OK", _UNCLEAR),
    # A rule with a status alone fits a response of the API, and no page.
    (401, _TEXT, "unknown token", _REFUSED),
    (401, _XML, "<error>unknown token</error>", _REFUSED),
    (401, _XML, _XHTML, _UNCLEAR),
    (401, _HTML, _LOGIN, _UNCLEAR),
    (429, _XML, "<error>too many requests</error>", Verdict.RATE_LIMITED),
    (429, _HTML, _LOGIN, _UNCLEAR),
]  # fmt: skip
_READS_NOTHING = """\
[check]
path = "/me"
success = { status = [200, 204] }
[[windows]]
length = "1h"
limit = "X-Limit"
elsewhere = { limit = { path = "rate.limit" } }
[[refusals]]
status = 401
verdict = "revoked_or_invalid"
[[refusals]]
status = 403
path = "error"
verdict = "not_permitted"
"""
# Declarations that read the body of a response to an accepted check.
_READS = [
    'check = { path = "/me", success = { path = "id" } }',
    'check = "/me"\nidentity = { user = "id" }',
    'check = "/me"\nidentity = { scopes = { path = "scopes", separator = "," } }',
    'check = "/me"\n[[windows]]\nlength = "1h"\nremaining = { path = "left" }',
    'check = "/me"\n[[windows]]\nremaining = "X-Left"\nlength = { path = "window" }',
    'check = "/me"\n[[refusals]]\npath = "status"\nequals = 5\nverdict = "expired"',
    'check = "/me"\n[[refusals]]\nstatus = [200, 400]\npath = "code"\nverdict = "expired"',
]


def _check(tmp_path: Path, table: str, response: FixedResponse) -> tokcheck.Report:
    with serve_fixed_responses(GET_me=response, HEAD_me=response) as server:
        path = tmp_path / "acme.toml"
        path.write_text(
            f'name = "acme"\naddress = "{server.url}"\n{table}\n[[tokens]]\nprefix = "acme_"\n'
        )
        path.chmod(0o600)
        environment = {"TOKCHECK_PROVIDERS": str(path), "TOKCHECK_HOME": str(tmp_path / "home")}
        return tokcheck.check(_TOKEN, environment=environment, timeout=10)


@each_case("status, kind, body, verdict", _ANY_BODY)
def test_a_declaration_that_reads_nothing_from_the_body_needs_no_json(
    tmp_path: Path, status: int, kind: str, body: str, verdict: Verdict
) -> None:
    response = FixedResponse(status, body, {"Content-Type": kind, "X-Limit": "100"})
    report = _check(tmp_path, _READS_NOTHING, response)
    assert verdict == report.verdict, report.summary


@pytest.mark.parametrize("table", _READS)
@each_case("kind, body", [(_TEXT, "OK"), (_TEXT, ""), (_XML, "<user/>"), (_HTML, _LOGIN)])
def test_a_declaration_that_reads_the_body_needs_json(
    tmp_path: Path, table: str, kind: str, body: str
) -> None:
    report = _check(tmp_path, table, FixedResponse(200, body, {"Content-Type": kind}))
    assert Verdict.UNDETERMINED == report.verdict, report.summary
    known = {"id": 7, "scopes": "a,b", "left": 3, "window": 60}
    assert Verdict.VALID == _check(tmp_path, table, FixedResponse(200, known)).verdict


@each_case(
    "status, kind, verdict",
    [
        (200, "", _VALID),
        (200, _TEXT, _VALID),
        (200, _JSON, _VALID),
        (200, "application/vnd.acme.manifest.v1+json", _VALID),
        (200, _XML, _VALID),
        (200, "text/x-html-notes", _VALID),
        (200, "text/html", _UNCLEAR),
        (200, _HTML, _UNCLEAR),
        (200, " Text/HTML;charset=utf-8", _UNCLEAR),
        (200, "application/xhtml+xml", _UNCLEAR),
        (401, _JSON, _REFUSED),
        (401, _HTML, _UNCLEAR),
        (429, _JSON, Verdict.RATE_LIMITED),
        (429, _HTML, _UNCLEAR),
    ],
)
def test_the_type_of_a_response_to_head_shows_a_web_page(
    tmp_path: Path, status: int, kind: str, verdict: Verdict
) -> None:
    table = _READS_NOTHING.replace("[check]", '[check]\nmethod = "HEAD"')
    response = FixedResponse(status, _LOGIN, {"Content-Type": kind})
    report = _check(tmp_path, table, response)
    assert verdict == report.verdict, report.summary
    is_page = "its Content-Type is that of a web page" in report.summary
    assert (200, _UNCLEAR) != (status, verdict) or is_page, report.summary


@each_case(
    "status, body, reason",
    [
        (201, "", "the server returned HTTP 201, but the declaration accepts only HTTP 200 or 204"),
        (202, '{"id": 7}', "HTTP 202, but the declaration accepts only HTTP 200 or 204"),
        (206, "OK", "HTTP 206, but the declaration accepts only HTTP 200 or 204"),
        (201, _LOGIN, "its body is a web page, not JSON"),
        (200, "null", "its body is JSON of an unknown shape"),
        (200, '{"id": ', "its body is not JSON"),
        (404, "", "its body is empty"),
    ],
)
def test_the_reason_names_the_cause(tmp_path: Path, status: int, body: str, reason: str) -> None:
    report = _check(tmp_path, _READS_NOTHING, FixedResponse(status, body))
    assert _UNCLEAR == report.verdict
    assert reason in report.summary


@each_case(
    "table, body, verdict",
    [
        ('check = "/me"\nidentity = { user = "id" }', "[]", _UNCLEAR),
        ('check = "/me"\nidentity = { user = "id" }', '[{"id": 7}]', _UNCLEAR),
        ('check = "/me"\nidentity = { user = "data.0.id" }', "[]", _UNCLEAR),
        ('check = "/me"\nidentity = { user = "0.id" }', "[]", _VALID),
        ('check = "/me"\nidentity = { user = "0.id" }', '[{"id": 7}]', _VALID),
        ('check = "/me"\nidentity = { user = "id" }', "{}", _VALID),
        (
            'check = "/me"\n[[windows]]\nlength = "1h"\nremaining = { path = "left" }',
            "[]",
            _UNCLEAR,
        ),
        ('check = "/me"\n[[refusals]]\npath = "status"\nverdict = "expired"', "[]", _VALID),
        (_READS_NOTHING, "[]", _VALID),
    ],
)
def test_a_list_has_no_key_that_a_declaration_reads(
    tmp_path: Path, table: str, body: str, verdict: Verdict
) -> None:
    report = _check(tmp_path, table, FixedResponse(200, body))
    assert verdict == report.verdict, report.summary
