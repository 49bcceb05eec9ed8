"""Error messages of the providers as people paste them, each with its explanation."""

import json
from typing import Any, NamedTuple

from tests.support.providers.probe_responses import error_info, problem, status_body
from tokcheck.core.report import Verdict

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


class Message(NamedTuple):
    """An error message, its owner, its meaning, and words of the summary and the advice."""

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
    Message("fitbit.exceptions.HTTPBadRequest: Invalid date: 2026-13-01", "fitbit",
            Verdict.UNDETERMINED, "refused the request: Invalid date: 2026-13-01.",
            "parameter of the request"),
    Message("fitbit.exceptions.HTTPNotFound: The API you are requesting could not be found.",
            "fitbit", Verdict.UNDETERMINED,
            "(HTTP 404): The API you are requesting could not be found.", "address"),
    Message("fitbit.exceptions.HTTPConflict: Alarm 12 is being changed\n", "fitbit",
            Verdict.UNDETERMINED, "(HTTP 409): Alarm 12 is being changed."),
    Message("fitbit.exceptions.HTTPForbidden: This feature is for partners.", "fitbit",
            Verdict.UNDETERMINED, "(HTTP 403): This feature is for partners."),
    Message("fitbit.exceptions.HTTPBadRequest: <Response [400]>", "fitbit", Verdict.UNDETERMINED,
            "the message does not say why", "does not contain the body"),
    Message("fitbit_client.exceptions.ValidationException: Intraday is for one day", "fitbit",
            Verdict.UNDETERMINED, "(HTTP 400): Intraday is for one day.", "parameter"),
    Message("fitbit.exceptions.Timeout", "fitbit", Verdict.UNDETERMINED, "got no response"),
    Message("fitbit.exceptions.DeleteError: <Response [409]>", "fitbit", Verdict.UNDETERMINED,
            "(HTTP 409)"),
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
