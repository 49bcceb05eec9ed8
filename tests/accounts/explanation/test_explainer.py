"""Error messages as people paste them: what each means, and what is nobody's."""

import json
from time import process_time
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oauthlib.oauth2.rfc6749 import errors as oauthlib_errors

from tests.support.providers.probe_responses import error_info, problem, status_body
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, GOOGLE, NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.accounts.oauth.authorization_error_table import AUTHORIZATION_CAUSES, UNNAMED
from tokcheck.accounts.oauth.token_error_table import TOKEN_CAUSES
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.providers import REGISTRY

FITBIT_API = "https://api.fitbit.com/1/user/-/profile.json"
GOOGLE_API = "https://health.googleapis.com/v4/users/me/pairedDevices"
VISIT = "Visit https://dev.fitbit.com/docs/oauth2 for more information."
REVOKED = {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
NO_SCOPE = status_body(
    403,
    "PERMISSION_DENIED",
    "Request had insufficient authentication scopes.",
    error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", service="health.googleapis.com"),
)


def explain(text: str, wanted: str | None = None) -> ErrorExplanation | None:
    return explain_message(text, REGISTRY, NOW, wanted)


class Message(NamedTuple):
    """An error message, whose it is, what it means, and words of the summary and the advice."""

    text: str
    provider: str | None
    verdict: Verdict
    summary: str
    advice: str = ""


def fitbit(kind: str, message: str, verdict: Verdict, summary: str, advice: str = "") -> Message:
    text = json.dumps(problem(kind, f"{message} {VISIT}"))
    return Message(text, "fitbit", verdict, summary, advice)


def google(status: int, word: str, *details: Any, verdict: Verdict, summary: str) -> Message:
    text = json.dumps(status_body(status, word, "A message.", *details))
    return Message(text, "google-health", verdict, summary)


RESPONSES = [
    fitbit(
        "expired_token", "Access token expired: ***.", Verdict.EXPIRED, "has expired", "Refresh"
    ),
    fitbit("invalid_token", "Access token invalid: ***.", Verdict.REVOKED_OR_INVALID, "revoked"),
    fitbit(
        "insufficient_scope",
        "This application does not have permission to access sleep data.",
        Verdict.INSUFFICIENT_SCOPE,
        "requires sleep",
        "ticked",
    ),
    fitbit("system", "Too Many Requests", Verdict.RATE_LIMITED, "rate limit", "an hour"),
    fitbit(
        "invalid_grant",
        "Refresh token invalid: [redacted].",
        Verdict.REVOKED_OR_INVALID,
        "refused the refresh token",
        "tokcheck login fitbit",
    ),
    fitbit(
        "invalid_grant",
        "Authorization code invalid: ***",
        Verdict.REVOKED_OR_INVALID,
        "refused the authorization code",
        "tokcheck login fitbit",
    ),
    fitbit(
        "invalid_client",
        "Invalid authorization header. Client secret invalid.",
        Verdict.NOT_PERMITTED,
        "did not accept the application's secret",
        "TOKCHECK_FITBIT_CLIENT_SECRET",
    ),
    fitbit(
        "invalid_request",
        "Missing parameters: refresh_token",
        Verdict.UNDETERMINED,
        "did not understand the request",
    ),
    Message(
        json.dumps(REVOKED),
        "google-health",
        Verdict.REVOKED_OR_INVALID,
        "refused the refresh token",
        "a consent lasts 7 days",
    ),
    Message(
        json.dumps({"error": "invalid_token", "error_description": "Invalid Value"}),
        "google-health",
        Verdict.REVOKED_OR_INVALID,
        "expired, revoked or never issued",
    ),
    Message(
        json.dumps(NO_SCOPE), "google-health", Verdict.INSUFFICIENT_SCOPE, "lacks a required scope"
    ),
    google(401, "UNAUTHENTICATED", verdict=Verdict.REVOKED_OR_INVALID, summary="rejects the token"),
    google(
        403,
        "PERMISSION_DENIED",
        error_info("SERVICE_DISABLED", consumer="projects/424242"),
        verdict=Verdict.API_DISABLED,
        summary="project number 424242",
    ),
    google(
        403,
        "PERMISSION_DENIED",
        error_info("CONSUMER_INVALID", consumer="projects/my-proj"),
        verdict=Verdict.API_DISABLED,
        summary="project my-proj does not exist",
    ),
    google(
        400,
        "FAILED_PRECONDITION",
        error_info("ACCOUNT_NOT_LINKED"),
        verdict=Verdict.ACCOUNT_NOT_LINKED,
        summary="not linked",
    ),
    google(412, "FAILED_PRECONDITION", verdict=Verdict.PROFILE_MISSING, summary="no Google Health"),
    google(
        429,
        "RESOURCE_EXHAUSTED",
        error_info("RATE_LIMIT_EXCEEDED", quota_limit="RequestsPerDayPerProject"),
        verdict=Verdict.RATE_LIMITED,
        summary="its project's limit per day (RequestsPerDayPerProject) is exceeded",
    ),
    google(503, "UNAVAILABLE", verdict=Verdict.UNDETERMINED, summary="the server failed"),
    google(403, "NEW", error_info("BRAND_NEW"), verdict=Verdict.UNDETERMINED, summary="HTTP 403"),
]
_SHUT = "the server returns HTTP 410 Gone"
LINES = [
    Message(
        f"requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: {FITBIT_API}",
        "fitbit",
        Verdict.REVOKED_OR_INVALID,
        "rejects the token",
        "does not contain the body",
    ),
    Message(
        f"httpx.HTTPStatusError: Client error '403 Forbidden' for url '{GOOGLE_API}'",
        "google-health",
        Verdict.UNDETERMINED,
        "HTTP 403",
        "does not contain the body",
    ),
    Message(f"curl -sf {FITBIT_API}\ncurl: (22) The requested URL returned error: 410",
            "fitbit", Verdict.SERVICE_GONE, _SHUT, "Google Health"),
    Message(f"aiohttp.client_exceptions.ClientResponseError: 429, message='Too Many Requests', "
            f"url=URL('{FITBIT_API}')", "fitbit", Verdict.RATE_LIMITED, "rate limit"),
    Message(f"HTTPError: Response code 503 (Service Unavailable) {FITBIT_API}",
            "fitbit", Verdict.UNDETERMINED, "the server failed (HTTP 503)"),
    Message(f"urllib.error.HTTPError: HTTP Error 401: Unauthorized ({FITBIT_API})",
            "fitbit", Verdict.REVOKED_OR_INVALID, "rejects the token"),
    Message(f"AxiosError: Request failed with status code 401 at {FITBIT_API}",
            "fitbit", Verdict.REVOKED_OR_INVALID, "rejects the token"),
    Message("fitbit.exceptions.HTTPUnauthorized: Access token expired: ***. Visit https://dev.",
            "fitbit", Verdict.EXPIRED, "has expired"),
    Message("fitbit.exceptions.HTTPTooManyRequests: Too Many Requests",
            "fitbit", Verdict.RATE_LIMITED, "rate limit"),
    Message("fitbit.exceptions.HTTPForbidden: This application does not have permission to access "
            "nutrition data.", "fitbit", Verdict.INSUFFICIENT_SCOPE, "requires nutrition"),
    Message("fitbit.exceptions.HTTPUnauthorized", "fitbit", Verdict.REVOKED_OR_INVALID, "rejects"),
    Message("invalid_client: Invalid authorization header. Client secret invalid. " + VISIT,
            "fitbit", Verdict.NOT_PERMITTED, "did not accept the application's secret"),
    Message(f"google.auth.exceptions.RefreshError: ('invalid_grant: Bad Request', "
            f"{ {**REVOKED, 'error_description': 'Bad Request'} })",
            "google-health", Verdict.REVOKED_OR_INVALID, "refused the refresh token", "7 days"),
    Message("google.auth.exceptions.RefreshError: ('invalid_grant: Token has been expired or "
            "revoked.', {", "google-health", Verdict.REVOKED_OR_INVALID, "refused the refresh"),
    Message("google.auth.exceptions.RefreshError: The credentials do not contain the necessary "
            "fields need to refresh the access token. You must specify refresh_token, token_uri, "
            "client_id, and client_secret.", "google-health", Verdict.EXPIRED, "no refresh token",
            "access_type=offline"),
    Message("oauth2client.client.AccessTokenRefreshError: invalid_grant: Token has been revoked",
            "google-health", Verdict.REVOKED_OR_INVALID, "refused the refresh token"),
    Message('oauth2: "invalid_grant" "Token has been expired or revoked."',
            "google-health", Verdict.REVOKED_OR_INVALID, "refused the refresh token"),
    Message(f'<HttpError 403 when requesting {GOOGLE_API}?alt=json returned "Request had '
            'insufficient authentication scopes.". Details: "[{\'@type\': '
            "'type.googleapis.com/google.rpc.ErrorInfo', 'reason': "
            "'ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'domain': 'googleapis.com', 'metadata': {'method': "
            "'google.devicesandservices.health.v4.HealthProfileService.ListPairedDevices', "
            "'service': 'health.googleapis.com'}}]\">",
            "google-health", Verdict.INSUFFICIENT_SCOPE, "the method ListPairedDevices needs one"),
    Message("google.api_core.exceptions.PermissionDenied: 403 Request had insufficient "
            'authentication scopes. [reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT"\ndomain: '
            '"googleapis.com"\n]', "google-health", Verdict.INSUFFICIENT_SCOPE, "lacks"),
    Message("GaxiosError: invalid_grant\n    at Gaxios._request (/app/gaxios.js:1:2) {\n"
            "  config: { method: 'POST', url: 'https://oauth2.googleapis.com/token' },\n"
            "  response: {\n    data: { error: 'invalid_grant', error_description: 'Bad Request' },"
            "\n    status: 400\n  }\n}", "google-health", Verdict.REVOKED_OR_INVALID, "refused"),
    Message("Error: GaxiosError: Request had insufficient authentication scopes.",
            "google-health", Verdict.INSUFFICIENT_SCOPE, "lacks a required scope"),
    Message(f"Request failed for {FITBIT_API} returned code 403. Truncated server response: "
            '{"errors":[{"errorType":"insufficient_scope","message":"This application does not '
            "have permission to access profile data. Visit https://dev.fitbit.... (use "
            "muteHttpExceptions option to examine full response)",
            "fitbit", Verdict.INSUFFICIENT_SCOPE, "requires profile"),
    Message("HTTP/2 429 \ncontent-type: application/json\nfitbit-rate-limit-limit: 150\n"
            "fitbit-rate-limit-remaining: 0\nfitbit-rate-limit-reset: 1201\n\n"
            f"{json.dumps(problem('system', 'Too Many Requests'))}\n",
            "fitbit", Verdict.RATE_LIMITED, "0 of 150 requests an hour are left",
            "resets 20 min 1 s after it arrived"),
    Message("HTTP/1.1 403 Forbidden\nServer: ESF\nFitbit-rate-limit-limit: 150\n\n"
            + json.dumps(status_body(403, "PERMISSION_DENIED", "The caller does not have "
            "permission")), "fitbit", Verdict.NOT_PERMITTED, "denies access to the token's"),
    Message(f"Oauthlib says MissingTokenError at {FITBIT_API}", "fitbit", Verdict.UNDETERMINED,
            "contains no access token", "Print the response's body"),
    Message('Warning: Scope has changed from "sleep profile" to "sleep".', None,
            Verdict.INSUFFICIENT_SCOPE, "unticked", "OAUTHLIB_RELAX_TOKEN_SCOPE"),
    Message("http://localhost:8765/?error=access_denied&state=abc", None, Verdict.NOT_PERMITTED,
            "The access was denied", "tokcheck login"),
    Message("?error=access_denied&error_description=The+user+denied+the+request", None,
            Verdict.NOT_PERMITTED, "The access was denied"),
    Message("?error=invalid_request&error_description=bad+challenge", None, Verdict.UNDETERMINED,
            "did not accept the code challenge", "The program sent a request with a wrong"),
    Message("error=server_error&state=1", None, Verdict.UNDETERMINED, "failed during the consent"),
    Message("https://app.example/cb#state=x&error=access_denied", None, Verdict.NOT_PERMITTED,
            "The access was denied"),
    Message("Access blocked: This app's request is invalid\nError 400: redirect_uri_mismatch",
            "google-health", Verdict.NOT_PERMITTED, "not registered with the redirect URI"),
    Message("Error 401: deleted_client\nThe OAuth client was deleted.", "google-health",
            Verdict.NOT_PERMITTED, "was deleted at Google"),
    Message("Google hasn\u2019t verified this app", "google-health", Verdict.NOT_PERMITTED,
            "not verified"),
    Message("aiohttp.client_exceptions.ClientResponseError: 400, message='Bad Request', "
            "url='https://api.fitbit.com/oauth2/token'", "fitbit", Verdict.UNDETERMINED,
            "refused to issue tokens (HTTP 400)", "refresh token was used already"),
    Message("POST https://oauth2.googleapis.com/token HTTP 503", "google-health",
            Verdict.UNDETERMINED, "failed (HTTP 503)"),
    Message("Error: HTTPError 410 at https://api.fitbit.com/oauth2/token status 410", "fitbit",
            Verdict.SERVICE_GONE, "was switched off", "tokcheck login google-health"),
    Message("Access denied | api.fitbit.com used Cloudflare to restrict access\nError 1015\n"
            "You are being rate limited", "fitbit", Verdict.UNDETERMINED,
            "Cloudflare, in front of the API", "nothing about the token"),
    Message("$ curl -i https://api.fitbit.com/1/x\nHTTP/2 429 \nserver: cloudflare\n"
            "content-type: text/html\nretry-after: 900\n\n<html>Error</html>", "fitbit",
            Verdict.UNDETERMINED, "Cloudflare, in front of the API", "15 min"),
    Message("$ curl -i https://health.googleapis.com/x\nHTTP/1.1 502 Bad Gateway\n\n<html>",
            "google-health", Verdict.UNDETERMINED, "the server failed (HTTP 502)"),
    Message("Unauthorized (HTTP 401). Error in httr::content(Fitbit)", "fitbit",
            Verdict.REVOKED_OR_INVALID, "rejects the token"),
    Message(f"Server returned HTTP response code: 403 for URL: {FITBIT_API}", "fitbit",
            Verdict.UNDETERMINED, "(HTTP 403)"),
    Message(f"Invoke-RestMethod {FITBIT_API} : The remote server returned an error: (401) "
            "Unauthorized.", "fitbit", Verdict.REVOKED_OR_INVALID, "rejects the token"),
    Message("https://app.example/cb?error=admin_policy_enforced&state=x", "google-health",
            Verdict.NOT_PERMITTED, "organization does not allow"),
    Message("http%3A%2F%2Flocalhost%3A80%2F%3Ferror%3Daccess_denied%26state%3Dx", None,
            Verdict.NOT_PERMITTED, "The access was denied"),
    Message('Exception: Error retrieving token: invalid_grant (line 541, file "Service")', None,
            Verdict.REVOKED_OR_INVALID, "refused the refresh token"),
    Message("<pre>{&quot;error&quot;: &quot;invalid_grant&quot;}</pre>", None,
            Verdict.REVOKED_OR_INVALID, "refused the refresh token"),
    Message("requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.fitbit.com', "
            "port=443): Max retries exceeded with url: /1/user/-/profile.json", "fitbit",
            Verdict.UNDETERMINED, "got no response", "the proxies"),
    Message("curl: (6) Could not resolve host: health.googleapis.com", "google-health",
            Verdict.UNDETERMINED, "got no response"),
    Message("unauthorized_client - Invalid client_id", "fitbit", Verdict.NOT_PERMITTED,
            "does not know this client id", "tokcheck login google-health"),
    Message(f"GET {FITBIT_API} 401 (Unauthorized)", "fitbit", Verdict.REVOKED_OR_INVALID,
            "rejects the token"),
    Message(f'Error: reqwest::Error {{ kind: Status(429, None), url: "{FITBIT_API}" }}', "fitbit",
            Verdict.RATE_LIMITED, "rate limit"),
    Message("Access to fetch at 'https://api.fitbit.com/oauth2/token' from origin "
            "'https://app.example' has been blocked by CORS policy: Response to preflight request "
            "doesn't pass access control check.", "fitbit", Verdict.UNDETERMINED, "(CORS)",
            "a server of your own"),
    Message("Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote "
            "resource at https://health.googleapis.com/v4. (Reason: CORS header missing).",
            "google-health", Verdict.UNDETERMINED, "(CORS)"),
    Message("Accès bloqué : cette application n'est pas validée par Google\n"
            "Erreur 403 : access_denied", "google-health", Verdict.NOT_PERMITTED,
            "has not verified the application", "Test users"),
    Message("アクセスをブロック: このアプリは Google の確認プロセスを完了していません\n"
            "エラー 403: access_denied", "google-health", Verdict.NOT_PERMITTED,
            "has not verified the application"),
    Message('TokenResponseException: Error:"unauthorized_client", Description:"Unauthorized", '
            'Uri:""\nat https://oauth2.googleapis.com/token', "google-health",
            Verdict.NOT_PERMITTED, "It says: Unauthorized."),
    Message('ServerResponse(StandardErrorResponse { error: invalid_grant, error_description: '
            'Some("Token has been expired or revoked."), error_uri: None })', "google-health",
            Verdict.REVOKED_OR_INVALID, "It says: Token has been expired or revoked."),
]  # fmt: skip
ALL = [*RESPONSES, *LINES]


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


@settings(deadline=None, max_examples=150)
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


@settings(deadline=None, max_examples=100)
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
        return  # an address alone, or a response whose lines belong together
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
    else:
        check(row, explain(row.text[:-2]))


NOBODY = [
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


@pytest.mark.parametrize("text", NOBODY)
def test_what_is_nobodys_is_not_explained(text: str) -> None:
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
    if code == "invalid_token":  # of tokeninfo, where no provider is asked to revoke
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


@settings(deadline=None, max_examples=60)
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


@settings(deadline=None, max_examples=300)
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
