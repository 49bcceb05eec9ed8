"""Errors as client libraries and tools print them, and the errors of other services."""

import json

import pytest

from tests.support.tokens import NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.providers import REGISTRY

_LIMIT = (
    "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per {}' of service"
)
_SERVICE = "'health.googleapis.com' for consumer 'project_number:1'."
_HEALTH = "https://health.googleapis.com/v4/users/me/x"
_SHORT_LIVED = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)
_RUN_GCLOUD = (
    "Please run:\n\n  $ gcloud auth application-default login\n\nto obtain new credentials."
)
_REVOKED = Verdict.REVOKED_OR_INVALID


def explain(text: str, wanted: str | None = None) -> ErrorExplanation | None:
    return explain_message(text, REGISTRY, NOW, wanted)


def refresh_error(said: str, **more: str) -> str:
    body = {"error": "invalid_grant", "error_description": said, **more}
    return f"google.auth.exceptions.RefreshError: ('invalid_grant: {said}', {body})"


@pytest.mark.parametrize(
    ("provider", "verdict", "words", "text"),
    [
        (
            "google-health", Verdict.RATE_LIMITED, "the user's limit per minute",
            f'<HttpError 429 when requesting {_HEALTH}?alt=json returned "'
            f'{_LIMIT.format("minute per user")} {_SERVICE}">',
        ),
        (
            "google-health", Verdict.RATE_LIMITED, "the limit per day",
            f"google.api_core.exceptions.ResourceExhausted: 429 {_LIMIT.format('day')} {_SERVICE}",
        ),
        (
            "google-health", Verdict.RATE_LIMITED, "reached its rate limit",
            f'<HttpError 429 when requesting {_HEALTH} returned "Too Many Requests">',
        ),
        (
            "google-health", _REVOKED, "rejects the token",
            f'<HttpError 401 when requesting {_HEALTH} returned "Request had invalid '
            'authentication credentials.">',
        ),
        (
            "fitbit", Verdict.EXPIRED, "has expired",
            "* Connected to api.fitbit.com\n> GET /1/user/-/profile.json HTTP/2\n"
            "> Host: api.fitbit.com\n> authorization: Bearer ***\n>\n< HTTP/2 401\n"
            '< www-authenticate: Bearer realm="api.fitbit.com", error="expired_token"\n<\n'
            "{ [5 bytes data]\n",
        ),
        (
            "fitbit", Verdict.EXPIRED, "has expired",
            "Host: api.fitbit.com\nHTTP/2 401\n"
            'www-authenticate: Bearer realm="api.fitbit.com", error="expired_token"\n',
        ),
        (
            "google-health", Verdict.INSUFFICIENT_SCOPE, "lacks a required scope",
            f"> GET {_HEALTH}\n< HTTP/1.1 403 Forbidden\r\n< WWW-Authenticate: Bearer "
            'error="insufficient_scope"\r\n< Content-Length: 0\r\n< \r\n',
        ),
        (
            "google-health", Verdict.UNDETERMINED, "clock",
            refresh_error(_SHORT_LIVED),
        ),
        (
            "google-health", Verdict.NOT_PERMITTED, "service account",
            refresh_error("Invalid grant: account not found"),
        ),
        (
            "google-health", Verdict.NOT_PERMITTED, "service account",
            refresh_error("Invalid JWT Signature."),
        ),
        (
            "google-health", _REVOKED, "sign in again",
            refresh_error("reauth related error (invalid_rapt)", error_subtype="invalid_rapt"),
        ),
        (
            None, _REVOKED, "gcloud",
            "google.auth.exceptions.RefreshError: Reauthentication is needed. Please run `gcloud "
            "auth application-default login` to reauthenticate.",
        ),
        (
            None, _REVOKED, "gcloud",
            f"ERROR: There was a problem refreshing your current auth tokens: "
            f"{refresh_error('Bad Request')}\n{_RUN_GCLOUD}",
        ),
        (
            "google-health", Verdict.NO_TOKEN, "found no credentials",
            "google.auth.exceptions.DefaultCredentialsError: Could not automatically determine "
            "credentials. Please run `gcloud auth application-default login`.",
        ),
        (
            "fitbit", Verdict.UNDETERMINED, "could not read a response",
            "fitbit.exceptions.BadResponse: Expecting value: line 1 column 1 (char 0)",
        ),
        (
            "fitbit", Verdict.EXPIRED, "its expiry has passed",
            "authlib.integrations.base_client.errors.InvalidTokenError: token_invalid:\n"
            "GET https://api.fitbit.com/1/user/-/profile.json",
        ),
        (
            None, Verdict.EXPIRED, "stored token",
            "authlib.integrations.base_client.errors.InvalidTokenError: token_invalid:",
        ),
        (
            "fitbit", _REVOKED, "rejects the token",
            "--2026-11-27 03:15:02--  https://api.fitbit.com/1/user/-/profile.json\n"
            "Resolving api.fitbit.com... 104.16.65.50\nHTTP request sent, awaiting response... "
            "401 Unauthorized\n\nUsername/Password Authentication Failed.",
        ),
        (None, _REVOKED, "refused the refresh token", "invalid_grant"),
        (None, _REVOKED, "refused the refresh token", " 'invalid_grant'\n"),
        (None, Verdict.NOT_PERMITTED, "does not know the application", "invalid_client"),
        (
            "fitbit", Verdict.UNDETERMINED, "Home Assistant",
            "2026-11-27 03:15:02.123 ERROR (MainThread) [homeassistant.config_entries] Config "
            "entry 'Me' for fitbit integration could not authenticate",
        ),
        (
            "google-health", Verdict.UNDETERMINED, "Home Assistant",
            "Config entry 'Me' for google_health integration could not authenticate: OAuth session "
            "is invalid, reauth required",
        ),
        (
            "fitbit", Verdict.UNDETERMINED, "Home Assistant",
            "homeassistant.exceptions.ConfigEntryAuthFailed: fitbit",
        ),
        (
            None, Verdict.NO_TOKEN, "sent nothing",
            "authlib.integrations.base_client.errors.MissingTokenError: missing_token: ",
        ),
        (None, Verdict.NO_TOKEN, "sent nothing", "MissingTokenError: missing_token:"),
        (
            None, Verdict.UNDETERMINED, "contains no access token",
            "oauthlib.oauth2.rfc6749.errors.MissingTokenError: (missing_token) Missing access "
            "token parameter.",
        ),
        (
            "fitbit", _REVOKED, "rejects the token",
            "<ClientResponse(https://api.fitbit.com/1/user/-/x.json) [401 Unauthorized]>",
        ),
        ("fitbit", _REVOKED, "rejects the token", "https://api.fitbit.com/1/x: <Response [401]>"),
        (
            "fitbit", Verdict.NOT_PERMITTED, "redirect URI",
            json.dumps({"errors": [{"errorType": "invalid_request",
                                    "message": "Invalid redirect_uri parameter value"}]}),
        ),
        (
            "fitbit", Verdict.NOT_PERMITTED, "redirect URI",
            "invalid_request - Invalid redirect_uri parameter value",
        ),
    ],
)  # fmt: skip
def test_what_a_library_prints_is_explained(
    provider: str | None, verdict: Verdict, words: str, text: str
) -> None:
    found = explain(text)
    assert found is not None
    assert (provider, verdict) == (found.provider, found.verdict)
    assert words in " ".join((found.summary, *found.advice))


@pytest.mark.parametrize(
    "said",
    [
        "AADSTS700082: The refresh token has expired due to inactivity.",
        "Token is not active",
        "Session not active",
        "Unknown or invalid refresh token.",
        "The refresh token is invalid or expired.",
        "Refresh token revoked",
    ],
)
def test_a_refusal_in_words_of_no_provider_is_nobodys(said: str) -> None:
    body = {"error": "invalid_grant", "error_description": said}
    assert explain(json.dumps(body)) is None
    assert explain(f"oauthlib.oauth2.rfc6749.errors.InvalidGrantError: (invalid_grant) {said}") is (
        None
    )
    own = explain(json.dumps(body), "fitbit")
    assert ("AADSTS" in said) is (own is None)
    beside = explain(f"POST https://api.fitbit.com/oauth2/token {json.dumps(body)}")
    assert ("AADSTS" in said) is (beside is None)


@pytest.mark.parametrize(
    "text",
    [
        "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
        "https://api.fitbit.com/1/user/-/profile.json",
        f"requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: {_HEALTH}",
        f'GET {_HEALTH}\nHTTP/2 401\nwww-authenticate: Bearer realm="x", error="invalid_token"\n',
        refresh_error("Bad Request"),
        refresh_error("reauth related error (invalid_rapt)", error_subtype="invalid_rapt"),
    ],
)
def test_no_advice_is_given_twice(text: str) -> None:
    found = explain(text)
    assert found is not None
    shown = " ".join(found.advice).lower()
    for words in ("authorize the application again", "refresh it"):
        assert shown.count(words) <= 1, found.advice


def test_who_has_to_sign_in_again_reads_nothing_about_consents_in_testing() -> None:
    found = explain(refresh_error("reauth related error (invalid_rapt)"))
    assert found is not None
    assert "7 days" not in " ".join(found.advice)


def test_a_service_account_has_no_refresh_token() -> None:
    for said in (_SHORT_LIVED, "Invalid grant: account not found", "Invalid JWT Signature."):
        found = explain(refresh_error(said))
        assert found is not None
        assert "refresh token" not in " ".join((found.summary, *found.advice))


@pytest.mark.parametrize(
    "text",
    [
        "429 Client Error: Too Many Requests for url: https://api.fitbit.com/1/user/-/x.json",
        "fitbit.exceptions.HTTPTooManyRequests: Too Many Requests",
        "https://api.fitbit.com/1/user/-/x.json <Response [429]>",
    ],
)
def test_a_bare_429_does_not_say_whose_limit_it_is(text: str) -> None:
    found = explain(text)
    assert found is not None
    assert Verdict.RATE_LIMITED is found.verdict
    assert "requests are left" not in found.summary
    assert "Cloudflare" in " ".join(found.advice)


@pytest.mark.parametrize("said", [_SHORT_LIVED, "Invalid JWT Signature.", "Bad Request"])
def test_the_words_of_an_error_count_where_its_object_has_only_the_code(said: str) -> None:
    whole = explain(refresh_error(said))
    pair = f"('invalid_grant: {said}', {{'error': 'invalid_grant'}})"
    assert whole is not None
    assert whole == explain(f"google.auth.exceptions.RefreshError: {pair}")


def test_a_status_without_any_sign_is_the_expected_providers() -> None:
    for text in ("<Response [401]>", "wget: server returned error: HTTP/1.1 401 Unauthorized"):
        found = explain(text, "fitbit")
        assert found is not None
        assert ("fitbit", _REVOKED) == (found.provider, found.verdict)
        assert explain(text) is None
        assert explain(f"{text} https://example.org/", "fitbit") is None


def test_a_token_from_the_future_is_a_matter_of_the_clock() -> None:
    for text in (
        "jwt.exceptions.ImmatureSignatureError: The token is not yet valid (iat)",
        "google.auth.exceptions.InvalidValue: Token used too early, 1795967330 < 1795967390. "
        "Check that your computer's clock is set correctly.",
        "NotBeforeError: jwt not active",
    ):
        found = explain(text)
        assert found is not None
        assert Verdict.UNDETERMINED is found.verdict
        assert "clock" in " ".join((found.summary, *found.advice))


def test_a_blocked_request_without_its_reason_says_where_the_reason_is() -> None:
    blocked = "Access blocked: This app's request is invalid"
    for text in (blocked, blocked.replace("'", "\u2019")):
        found = explain(text)
        assert found is not None
        assert ("google-health", Verdict.UNDETERMINED) == (found.provider, found.verdict)
        assert "error details" in " ".join(found.advice)
    found = explain("This app's request is invalid\nError 400: redirect_uri_mismatch")
    assert found is not None
    assert Verdict.NOT_PERMITTED is found.verdict


def test_a_redirect_without_a_code_is_explained() -> None:
    found = explain("oauthlib.oauth2.rfc6749.errors.MissingCodeError: (missing_code) Missing code.")
    assert found is not None
    assert (None, Verdict.UNDETERMINED) == (found.provider, found.verdict)
    assert "whole address" in " ".join(found.advice)


@pytest.mark.parametrize("text", ["invalid_grants", "the invalid_grant case", "invalid grant", "x"])
def test_a_word_in_a_sentence_is_no_error(text: str) -> None:
    assert explain(text) is None


_PROFILE = "https://api.fitbit.com/1/user/-/profile.json"
_NODE = (
    "at OAuth2Client.x (/app/node_modules/google-auth-library/build/src/auth/oauth2client.js:1:2)"
)
_SENT = "The client library was given no tokens"
_UNTRUSTED = "does not trust the certificate"
_NO_RESPONSE = "got no response"
_PROXY = "A proxy did not let the client through"
# The output of libraries where no response came, or only its status.
_PRINTED = [
    (_UNTRUSTED, f"x509: certificate signed by unknown authority: {_PROFILE}"),
    (_UNTRUSTED, f"curl: (60) SSL certificate problem\n{_PROFILE}"),
    (_UNTRUSTED, f"PKIX path building failed\n{_PROFILE}"),
    (_UNTRUSTED, f"{{code: 'SELF_SIGNED_CERT_IN_CHAIN'}} {_PROFILE}"),
    (
        _UNTRUSTED,
        "HTTPSConnectionPool(host='api.fitbit.com', port=443): Max retries exceeded with url: /x "
        "(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]')))",
    ),
    (
        _PROXY,
        "HTTPSConnectionPool(host='api.fitbit.com', port=443): Max retries exceeded with url: /x "
        "(Caused by ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 "
        "Proxy Authentication Required')))",
    ),
    (_NO_RESPONSE, f'Get "{_PROFILE}": dial tcp: lookup api.fitbit.com: no such host'),
    (_NO_RESPONSE, f'Get "{_PROFILE}": net/http: TLS handshake timeout'),
    (_NO_RESPONSE, f"{_PROFILE} (Client.Timeout exceeded while awaiting headers)"),
    (_NO_RESPONSE, "java.net.UnknownHostException: api.fitbit.com"),
    (_NO_RESPONSE, f"Error Domain=NSURLErrorDomain Code=-1009 {_PROFILE}"),
    (_NO_RESPONSE, f"ConnectionError: RemoteDisconnected {_PROFILE}"),
    ("refused the request (HTTP 403)", "Error: Fitbit API error: 403 Forbidden"),
    ("refused the request (HTTP 404)", f"<-- 404 {_PROFILE} (12ms)"),
    ("rejects the token", f"unacceptableStatusCode(code: 401)) {_PROFILE}"),
    ("rejects the token", "FitbitTokenException: we received an unexpected stale token response"),
    ("rejects the token", f"resulted in a `401 Unauthorized` response {_PROFILE}"),
    ("rate limit", f"resulted in a `429 Too Many Requests` response {_PROFILE}"),
    ("rate limit", "Fitbit API limit reached. Error code : 429, Retrying in 1843 seconds"),
    ("rate limit", "WARNING - Fitbit API limit reached. Retrying in 1843 seconds"),
    ("rate limit", "Fitbit.Api.Portable.FitbitRateLimitException: x"),
    ("the server failed (HTTP 502)", f"<title>502 Bad Gateway</title>\n{_PROFILE}"),
    ("was given no refresh token", f"Error: No refresh token is set.\n{_NODE}"),
    (
        _SENT,
        f"Error: No access, refresh token, API key or refresh handler callback is set.\n{_NODE}",
    ),
    ("as JSON", f"SyntaxError: Unexpected token < in JSON at position 0 {_PROFILE}"),
    ("as JSON", f"SyntaxError: Unexpected token '<', \"<!DOCTYPE\" is not valid JSON {_PROFILE}"),
    ("as JSON", f"Expecting value: line 1 column 1 (char 0) {_PROFILE}"),
    ("as JSON", f"invalid character '<' looking for beginning of value {_PROFILE}"),
    ("expected tokens", "KeyError: 'access_token'"),
    ("expected tokens", "TypeError: Cannot read properties of undefined (reading 'access_token')"),
    ("was given no refresh token", "oauth2: token expired and refresh token is not set"),
    ("refused to issue tokens (HTTP 400)", "POST https://api.fitbit.com/oauth2/token -> 400"),
    ("rejects the token", f"the response has a status code of 401 and validateStatus {_PROFILE}"),
    ("consent is broken", f"GetSettings failed: 403 RESOURCE_PERMISSION_DENIED {_HEALTH}"),
    (
        "did not accept the application's secret",
        "invalid_client: The provided client secret is invalid.",
    ),
    (
        "does not know a requested scope",
        "error=invalid_scope&error_description=Some+requested+scopes+were+invalid.+%7Binvalid%3D%5B"
        "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fx%5D%7D",
    ),
    (
        "not enabled",
        'WARNING:googleapiclient.http:Encountered 403 Forbidden with reason "accessNotConfigured" '
        f"{_HEALTH}",
    ),
]


def test_what_libraries_print_of_a_failed_request_is_explained() -> None:
    wrong = []
    for words, text in _PRINTED:
        found = explain(text)
        if found is None or words not in found.summary or not found.advice:
            wrong.append((text, found))
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "Expecting value: line 1 column 1 (char 0)", "Unexpected end of JSON input",
        "KeyError: 'token'", "404 NOT_THERE", "invalid_client: The secret is wrong.",
        "no such host", "Error: connect ECONNREFUSED 127.0.0.1:5432", "502 Bad Gateway",
        "Error: No refresh token is set.", "FitbitTokenExceptions", "see 404 Not Found",
        "x509: certificate signed by unknown authority: https://example.org/",
        "https://example.org/ 403 Forbidden",
    ],
)  # fmt: skip
def test_a_failed_request_to_nobody_known_is_not_explained(text: str) -> None:
    assert explain(text) is None


def test_a_program_that_checks_a_signed_token_itself_was_refused_by_no_provider() -> None:
    for text in ("TokenExpiredError: jwt expired", "jwt.exceptions.ExpiredSignatureError: x"):
        found = explain(text)
        assert found is not None
        assert (None, Verdict.EXPIRED) == (found.provider, found.verdict)
        assert "No provider refused it." in found.summary
    other = explain("oauthlib.oauth2.rfc6749.errors.TokenExpiredError: (token_expired)")
    assert other is not None
    assert "did not send" in other.summary


def test_a_parameter_that_is_wrong_is_to_be_corrected() -> None:
    body = {"errors": [{"errorType": "validation", "message": "Invalid date: 2026-13-01"}]}
    found = explain(json.dumps(body))
    assert found is not None
    assert "Invalid date: 2026-13-01" in found.summary
    assert "Correct the parameter" in found.advice[0]


def test_a_pause_is_named_once_and_a_reset_only_where_the_limit_is_reached() -> None:
    head = "HTTP/1.1 {} x\nserver: cloudflare\nretry-after: 30\nfitbit-rate-limit-reset: 300\n\n{}"
    front = explain(head.format(429, "<title>api.fitbit.com error code: 1015</title>"))
    refused = explain(head.format(401, '{"errors":[{"errorType":"expired_token"}]}'))
    limited = explain(
        head.format(429, '{"errors":[{"errorType":"system","message":"Too Many Requests"}]}')
    )
    assert front is not None
    assert refused is not None
    assert limited is not None
    assert "30 s" in " ".join(front.advice)
    for found, times in ((front, 0), (refused, 0), (limited, 1)):
        assert times == " ".join(found.advice).count("after it arrived"), found.advice


@pytest.mark.parametrize(
    ("login", "text"),
    [
        ("fitbit", "oauthlib.oauth2.TokenExpiredError: (token_expired) of https://api.fitbit.com"),
        ("PROVIDER", "oauthlib.oauth2.rfc6749.errors.TokenExpiredError: (token_expired)"),
        ("PROVIDER", "authlib.integrations.base_client.errors.InvalidTokenError: token_invalid:"),
    ],
)
def test_an_expiry_names_the_commands_that_refresh_and_log_in(login: str, text: str) -> None:
    explanation = explain(text)
    assert explanation is not None
    (advice,) = explanation.advice
    assert advice.startswith(
        "Refresh it with its refresh token: `tokcheck accounts import FILE` stores both tokens and "
        "refreshes them. Or have the user authorize the application again: "
        f"`tokcheck login {login}`. "
    )


_REFRESH_ERROR = "google.auth.exceptions.RefreshError: "


@pytest.mark.parametrize(
    ("verdict", "words", "text"),
    [
        (
            Verdict.UNDETERMINED, "contains no access token",
            "('No access token in response.', {'id_token': '***', 'expires_in': 3599})",
        ),
        (Verdict.UNDETERMINED, "contains no ID token", "('No ID token in response.', {})"),
        (
            Verdict.INSUFFICIENT_SCOPE, "did not grant all requested scopes",
            "Not all requested scopes were granted by the authorization server, missing scopes "
            "https://www.googleapis.com/auth/googlehealth.sleep.readonly.",
        ),
        (
            Verdict.EXPIRED, "refresh_handler",
            "The credentials returned by the refresh_handler are already expired.",
        ),
        (
            Verdict.UNDETERMINED, "refresh_handler",
            "The refresh_handler returned expiry is not a datetime object.",
        ),
        (
            Verdict.UNDETERMINED, "a web page",
            "('<!DOCTYPE html>\\n<html lang=en>\\n  <title>Error 502 (Server Error)', '<!DOCTYPE')",
        ),
        (Verdict.UNDETERMINED, "a web page", "<html><title>Sign in to the network</title>"),
        (
            Verdict.NO_TOKEN, "virtual machine",
            "('Failed to retrieve http://metadata.google.internal/computeMetadata/v1/instance/"
            "service-accounts/default/?recursive=true from the Google Compute Engine metadata "
            "service. Status: 404 Response:', <google.auth.transport.requests._Response object>)",
        ),
        (_REVOKED, "to sign in again", "Reauthentication failed. Failed to obtain rapt token."),
    ],
)  # fmt: skip
def test_what_google_auth_raises_by_itself_is_explained(
    verdict: Verdict, words: str, text: str
) -> None:
    found = explain(_REFRESH_ERROR + text)
    assert found is not None
    assert ("google-health", verdict) == (found.provider, found.verdict)
    assert words in found.summary
    assert found.advice


_RECONNECT = 'try refreshing with "rclone config reconnect gdrive:"'


@pytest.mark.parametrize(
    ("verdict", "words", "text"),
    [
        (
            _REVOKED, "refused to refresh",
            f"couldn't fetch token: invalid_grant: maybe token expired? - {_RECONNECT}",
        ),
        (
            _REVOKED, "refused to refresh",
            "couldn't fetch token - maybe it has expired? - refresh with "
            '"rclone config reconnect gdrive:"',
        ),
        (
            _REVOKED, "refused to refresh",
            f"couldn't list files: couldn't fetch token: (can't decode error info) - {_RECONNECT}",
        ),
        (
            Verdict.NOT_PERMITTED, "refused rclone's application",
            "couldn't fetch token: unauthorized_client: if you're using your own client id/secret, "
            "make sure they're properly set up following the docs",
        ),
        (
            Verdict.NOT_PERMITTED, "refused rclone's application",
            "couldn't fetch token: invalid_client: if you're using your own client id/secret, make "
            "sure they're properly set up following the docs",
        ),
        (
            Verdict.EXPIRED, "no refresh token",
            "token expired and there's no refresh token - manually refresh with "
            '"rclone config reconnect gdrive:"',
        ),
        (
            Verdict.NO_TOKEN, "has no token",
            'empty token found - please run "rclone config reconnect gdrive:"',
        ),
        (
            Verdict.UNDETERMINED, "could not refresh",
            "couldn't fetch token: Post \"https://example.org/token\": dial tcp: lookup "
            "example.org: no such host",
        ),
    ],
)  # fmt: skip
def test_what_rclone_prints_of_its_token_is_explained(
    verdict: Verdict, words: str, text: str
) -> None:
    line = f'2026/11/20 10:00:00 CRITICAL: Failed to create file system for "gdrive:": {text}\n'
    found = explain(line)
    assert found is not None
    assert (None, verdict) == (found.provider, found.verdict)
    assert words in found.summary
    assert "rclone" in " ".join(found.advice)


def test_a_refusal_that_rclone_prints_whole_is_the_provider_s() -> None:
    found = explain(
        "2026/11/20 10:00:00 ERROR : couldn't fetch token - maybe it has expired? - refresh with "
        '"rclone config reconnect gdrive:": oauth2: cannot fetch token: 400 Bad Request\nResponse: '
        '{\n  "error": "invalid_grant",\n  "error_description": "Token has been expired or '
        'revoked."\n}'
    )
    assert found is not None
    assert ("google-health", _REVOKED) == (found.provider, found.verdict)


@pytest.mark.parametrize("text", ["Error: Couldn't fetch tokens", "couldn't fetch token metadata"])
def test_other_programs_that_fetch_tokens_are_not_rclone(text: str) -> None:
    assert explain(text) is None
