"""Error messages as people paste them: the meaning of each, and texts of no known provider."""

import json
from time import process_time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oauthlib.oauth2.rfc6749 import errors as oauthlib_errors

from tests.support.accounts.error_messages import (
    ALL,
    FITBIT_API,
    LINES,
    RESPONSES,
    REVOKED,
    Message,
)
from tests.support.providers.probe_responses import error_info, problem, status_body
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE, NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.accounts.oauth.authorization_error_table import AUTHORIZATION_CAUSES, UNNAMED
from tokcheck.accounts.oauth.token_error_table import TOKEN_CAUSES
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.providers import REGISTRY


def explain(text: str, wanted: str | None = None) -> ErrorExplanation | None:
    return explain_message(text, REGISTRY, NOW, wanted)


def check(row: Message, found: ErrorExplanation | None) -> None:
    assert found is not None
    assert (row.provider, row.verdict) == (found.provider, found.verdict)
    assert row.summary in found.summary
    assert row.advice in " ".join(found.advice)
    for sentence in (found.summary, *found.advice):
        assert "\n" not in sentence
        assert sentence == sentence.strip()
        assert "Uri:" not in sentence
        assert "error_uri" not in sentence


@each_case("row", ALL, ids=[row.text[:60] for row in ALL])
def test_an_error_message_is_explained(row: Message) -> None:
    check(row, explain(row.text))


_STAMP = "2026-11-27T03:15:02.1234567Z "
_TRACE = (
    'Traceback (most recent call last):\n  File "/app/fetch.py", line 12, in <module>\n'
    "    main()\n{}\n##[error]Process completed with exit code 1."
)
_NOISE = (
    "{}",
    "  {}  \n\n",
    _TRACE,
    "ERROR:root:{}",
    "\x1b[31mERROR\x1b[0m {}",
    "fetcher-1  | {}",
    "FITBIT_TOKEN: ***\n{}",
    "> {}",
    "Hello,\n\nsince yesterday I get this:\n\n```\n{}\n```\n\nWhat is wrong?\n",
    "[2026-11-27 03:15:02,123] {}",
    '{{"level": "error", "time": 1}}\n{}',
)


@settings(deadline=None, max_examples=inputs(150))
@given(
    row=st.sampled_from(RESPONSES),
    noise=st.lists(st.sampled_from(_NOISE), max_size=3),
    indent=st.sampled_from([None, 2]),
    stamped=st.booleans(),
    write=st.sampled_from(["json", "repr", "bytes", "string", "string-in-string"]),
)
def test_a_response_is_found_however_a_log_prints_it(
    *, row: Message, noise: list[str], indent: int | None, stamped: bool, write: str
) -> None:
    value = json.loads(row.text)
    text = json.dumps(value, indent=indent)
    text = {
        "json": text,
        "repr": repr(value),
        "bytes": repr(text.encode()),
        "string": json.dumps({"responseBody": text}),
        "string-in-string": json.dumps({"log": json.dumps({"body": text})}),
    }[write]
    for around in noise:
        text = around.format(text)
    if stamped:
        text = "\n".join(_STAMP + line for line in text.split("\n"))
    check(row, explain(text))


@settings(deadline=None, max_examples=inputs(100))
@given(row=st.sampled_from(LINES), noise=st.lists(st.sampled_from(_NOISE), max_size=2))
def test_a_line_is_found_in_a_log(row: Message, noise: list[str]) -> None:
    check_in_log(row, noise)


def test_a_line_is_found_behind_each_line_of_another() -> None:
    """Chance would try a pair in some runs and not in others."""
    for row in LINES:
        for around in _NOISE:
            check_in_log(row, [around])


def check_in_log(row: Message, noise: list[str]) -> None:
    if row.text.startswith(("?", "error=")) or "HTTP/" in row.text:
        return  # an address alone, or a response with lines that belong together
    text = row.text
    for around in noise:
        text = around.format(text)
    found = explain(text)
    assert found is not None
    assert row.verdict is found.verdict
    assert row.provider is None or row.provider == found.provider


@pytest.mark.parametrize("row", RESPONSES, ids=[row.text[:60] for row in RESPONSES])
def test_a_response_that_is_cut_off_is_explained_as_long_as_its_type_is_there(
    row: Message,
) -> None:
    value = json.loads(row.text)
    if "errors" in value:
        start = row.text.index('", "message"') + 2
        for end in range(start, len(row.text), 7):
            found = explain(f"Truncated server response: {row.text[:end]}")
            assert found is not None
            assert row.provider == found.provider
    elif "error_description" in value:
        check(row._replace(advice=""), explain(row.text[:-1]))
        check(row._replace(advice=""), explain(row.text[:-2]))
    elif value["error"]["status"] == "UNAUTHENTICATED" and "details" not in value["error"]:
        found = explain(row.text[:-2])  # the reason may have followed
        assert found is not None
        assert (row.provider, Verdict.UNDETERMINED) == (found.provider, found.verdict)
    else:
        check(row, explain(row.text[:-2]))


UNRELATED = [
    "", "hello", "no error at all", "401", "401 Unauthorized", "HTTP/1.1 404 Not Found\nServer: x",
    '{"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}',
    '{"error": "unauthorized"}', '{"error": {"message": "No key", "type": "x", "code": 401}}',
    '{"error": {"status": 401, "message": "The access token expired"}}',
    '{"error": {"code": -32600, "message": "Invalid Request"}}',
    '{"error": {"code": "InvalidAuthenticationToken", "message": "x"}}',
    '{"errors": [{"status": "401", "title": "No"}]}', '{"errors": ["Unauthorized"]}',
    '{"message": "Authorization Error", "errors": [{"resource": "Athlete", "code": "invalid"}]}',
    '{"ok": false, "error": "invalid_auth"}', '{"status": 401, "error": "invalid_token: x"}',
    '{"error": "teapot", "error_description": "short and stout"}',
    "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
    "https://www.strava.com/api/v3/athlete",
    "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
    "https://api.github.com/user",
    'POST https://www.strava.com/oauth/token {"error": "invalid_grant"}',
    "GET https://sheets.googleapis.com/v4/x " + json.dumps(status_body(403, "PERMISSION_DENIED")),
    json.dumps(status_body(403, "X", "", error_info("SERVICE_DISABLED",
                                                    service="drive.googleapis.com"))),
    '{"errorMessage": "401 Client Error", "errorType": "HTTPError"}',
    "aiohttp.web_exceptions.HTTPUnauthorized: Unauthorized",
    "404 Client Error: Not Found for url: https://github.com/orcasgit/python-fitbit/missing",
    "remote: HTTP 403 https://github.com/someone/fitbit-export.git",
    "curl: (6) Could not resolve host: api.strava.com", "Read timed out",
    '{"devices": []}', '[{"battery": "High"}]', "HTTP/2 200 \n\n[]", "$ curl https://api.fitbit.com",
]  # fmt: skip


def test_the_advice_on_another_program_s_request_is_not_that_on_a_login() -> None:
    for text in (
        "Error 400: redirect_uri_mismatch",
        "invalid_request - Invalid redirect_uri parameter value",
        "?error=invalid_request",
        "?error=access_denied",
        "?error=unsupported_response_type",
    ):
        found = explain(text)
        assert found is not None
        shown = " ".join(found.advice)
        assert "tokcheck wrote the request" not in shown
        assert "that the login prints" not in shown
        assert "Nothing was stored" not in shown
        assert "proxy" not in shown
        assert "{" not in shown


@pytest.mark.parametrize("text", UNRELATED)
def test_a_text_of_no_provider_is_not_explained(text: str) -> None:
    assert explain(text) is None


@pytest.mark.parametrize(
    "error",
    [
        oauthlib_errors.InvalidGrantError(description="Refresh token invalid: ***."),
        oauthlib_errors.InvalidClientError(description="Client secret invalid."),
        oauthlib_errors.UnauthorizedClientError(),
        oauthlib_errors.InvalidScopeError(),
        oauthlib_errors.AccessDeniedError(),
        oauthlib_errors.UnsupportedGrantTypeError(),
        oauthlib_errors.TokenExpiredError(),
        oauthlib_errors.MissingTokenError(description="Missing access token parameter."),
        oauthlib_errors.MismatchingStateError(),
        oauthlib_errors.InsecureTransportError(),
        oauthlib_errors.ServerError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_exception_of_oauthlib_is_explained(error: Exception) -> None:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    assert explain(_TRACE.format(f"{name}: {error}")) is not None
    found = explain(f'File "/site-packages/fitbit/api.py", line 1, in f\n{name}: {error}')
    assert found is not None
    assert "fitbit" == found.provider


@pytest.mark.parametrize("provider", list(REGISTRY))
@pytest.mark.parametrize("code", sorted({cause.code for cause in TOKEN_CAUSES}))
def test_every_error_of_the_token_endpoints_is_explained(code: str, provider: str) -> None:
    host = {"fitbit": "https://api.fitbit.com", "google-health": "https://oauth2.googleapis.com"}
    found = explain(f"POST {host[provider]}/token\n" + json.dumps({"error": code}))
    if code == "invalid_token":  # of tokeninfo, where no provider is requested to revoke
        return
    assert found is not None
    assert provider == found.provider


@pytest.mark.parametrize("code", sorted({cause.code for cause in AUTHORIZATION_CAUSES} - UNNAMED))
def test_every_error_of_the_consent_pages_is_explained(code: str) -> None:
    assert explain(f"http://127.0.0.1:8080/?state=s&error={code}") is not None
    with_code = f"http://127.0.0.1:8080/?code=abc&error={code}"
    assert explain(with_code) is None


def test_the_expected_provider_is_that_of_a_message_that_shows_none() -> None:
    text = '{"error": "invalid_grant"}'
    unknown = explain(text)
    assert unknown is not None
    assert unknown.provider is None
    assert "The provider refused the refresh token" in unknown.summary
    for name in REGISTRY:
        found = explain(text, name)
        assert found is not None
        assert name == found.provider
    google = explain(json.dumps(REVOKED), "fitbit")
    assert google is not None
    assert "google-health" == google.provider


def test_of_several_errors_the_last_one_counts_that_says_most() -> None:
    first = json.dumps(problem("expired_token", "Access token expired: ***."))
    last = json.dumps(problem("invalid_grant", "Refresh token invalid: ***."))
    found = explain(f"{first}\n{last}\nHTTPError: 400 Client Error for url: {FITBIT_API}")
    assert found is not None
    assert "refused the refresh token" in found.summary


# A header says no more than that the token is signed with HS256, and each part begins alike.
_SAME_IN_ALL_TOKENS = "eyJhbGciOiJIUzI1NiJ9.eyJ"


@settings(deadline=None, max_examples=inputs(60))
@given(
    row=st.sampled_from(ALL),
    token=st.sampled_from([FITBIT, GOOGLE]),
    start=st.integers(0, 60),
    size=st.integers(20, 120),
)
def test_no_piece_of_a_token_is_shown(row: Message, token: str, start: int, size: int) -> None:
    piece = token[start : start + size]
    assume(piece.strip(".") not in _SAME_IN_ALL_TOKENS)
    found = explain(row.text.replace("***", piece).replace("A message.", f"Bad {piece}."))
    assert piece not in repr(found)


@settings(deadline=None, max_examples=inputs(300))
@given(st.text(max_size=200) | st.text(alphabet="{}[]()'\"\\:,=> \nabcerror_", max_size=400))
def test_no_text_crashes_it(text: str) -> None:
    explain(text)
    explain(f"{text}{RESPONSES[0].text}{text}")


@pytest.mark.parametrize("letters", ["\u017f\u017f", "ss", "SS"])
def test_a_letter_that_looks_like_another_is_no_crash(letters: str) -> None:
    """Python takes the long s for an s where it ignores case."""
    explain(f"acce{letters} token invalid: abc")


@pytest.mark.parametrize(
    "part",
    ["{", '{"a":', '{"error":"', "[{'a':(", '"\\', '\\\\"', "error=a&", "&a=b", "https://a.b/",
     "HTTP/1.1 401\nA: b\n", "(invalid_grant) ", "Error 400: x", "fitbit", "401 Client Error ",
     "{errors:[{errorType:'x'}]}", "\\n", "2026-11-27T03:15:02Z "],
)  # fmt: skip
def test_a_long_text_of_one_part_takes_little_time(part: str) -> None:
    started = process_time()
    explain(part * (256 * 1024 // len(part)))
    assert process_time() - started < 15


@each_case(
    "text",
    [
        "HTTP/1.1 429 Too Many Requests\nRetry-After: 30\nContent-Length: 0\n\n",
        "HTTP/2 429 \nretry-after: 30\n",
    ],
)
def test_an_empty_429_with_a_pause_reports_no_quota(text: str) -> None:
    """A server in front of the API may have sent it: no number of requests is invented."""
    for provider, title in (("fitbit", "Fitbit Web API"), ("google-health", "Google Health API")):
        found = explain(text, provider)
        assert found is not None
        assert f"The {title} token has reached its rate limit." == found.summary
        assert "According to the response, the limit resets 30 s after it arrived." in found.advice
        assert "has one of its own" in " ".join(found.advice)
