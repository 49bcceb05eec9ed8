"""Error messages of declared APIs and of their token endpoints, as people paste them."""

import json
from typing import NamedTuple

from tests.support.suite.cases import each_case
from tests.support.suite.sentences import flaw_of_end
from tests.support.tokens import NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.checks import Checker
from tokcheck.core.report import Report, Verdict
from tokcheck.declarations.declaration_text import read_declaration
from tokcheck.declarations.known_providers import providers_of_tables
from tokcheck.declarations.provider_choice import choose_providers

REFUSED, NO_SCOPE = Verdict.REVOKED_OR_INVALID, Verdict.INSUFFICIENT_SCOPE
DENIED, LIMITED, UNCLEAR = Verdict.NOT_PERMITTED, Verdict.RATE_LIMITED, Verdict.UNDETERMINED
ACME = """
name = "acme"
title = "Acme Cloud"
address = "https://api.acme.example"
check = "/v1/me"

[[refusals]]
status = 403
path = "reason"
equals = "lapsed"
verdict = "not_permitted"
reason = "the subscription has lapsed"
"""


def check(text: str, wanted: str | None = None) -> Report:
    choice = choose_providers(wanted, None, {})
    return Checker(
        choice.known,
        now=lambda: NOW,
        timer=lambda: 0.0,
        wanted=choice.wanted,
        explain=explain_message,
        more=choice.more,
    ).check(text)


class Pasted(NamedTuple):
    """A paste, the owner of its message, and its meaning."""

    provider: str | None
    verdict: Verdict | None
    words: str
    text: str
    wanted: str | None = None


STRAVA = (
    '{"message":"Bad Request","errors":[{"resource":"RefreshToken","field":"refresh_token",'
    '"code":"invalid"}]}'
)
STRAVA_401 = (
    '{"message":"Authorization Error","errors":[{"resource":"Athlete","field":"access_token",'
    '"code":"invalid"}]}'
)
STRAVA_429 = (
    '{"message":"Rate Limit Exceeded","errors":[{"resource":"Application",'
    '"field":"read rate limit","code":"exceeded"}]}'
)
WITHINGS = '{"status":503,"body":{},"error":"Invalid Params: invalid refresh_token"}'
WITHINGS_401 = (
    '{"status":401,"body":{},"error":"XRequestID: Not provided invalid_token: The token"}'
)
GITHUB = (
    '{"error":"bad_refresh_token","error_description":"The refresh token passed is incorrect or '
    'expired.","error_uri":"https://docs.github.com/x"}'
)
GITHUB_401 = '{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}'
SPOTIFY_401 = '{"error":{"status":401,"message":"The access token expired"}}'


def strava(message: str, resource: str, field: str, code: str) -> str:
    entry = {"resource": resource, "field": field, "code": code}
    return json.dumps({"message": message, "errors": [entry]})


def github(message: str, path: str = "rest") -> str:
    return json.dumps({"message": message, "documentation_url": f"https://docs.github.com/{path}"})


GRAPHQL = json.dumps({"errors": [{
    "type": "INSUFFICIENT_SCOPES", "locations": [{"line": 4, "column": 7}],
    "message": "Your token has not been granted the required scopes to execute this query. The "
               "'login' field requires one of the following scopes: ['read:org'], but your token "
               "has only been granted the: ['repo'] scopes. Please modify your token's scopes at: "
               "https://github.com/settings/tokens."}]})  # fmt: skip
SAML = "articles/authenticating-to-a-github-organization-with-saml-single-sign-on/"
DEAD = "refused the refresh token: it was revoked, has expired"
PASTED = [
    Pasted("strava", REFUSED, DEAD, STRAVA),
    Pasted("strava", REFUSED, DEAD, f"POST https://www.strava.com/oauth/token 400\n{STRAVA}"),
    Pasted("strava", REFUSED, DEAD, f"RuntimeError: Strava refresh failed: {STRAVA}"),
    Pasted("strava", REFUSED, DEAD, repr(json.loads(STRAVA)) + " from Strava"),
    Pasted("strava", REFUSED, "refused the authorization code",
           STRAVA.replace("RefreshToken", "AuthorizationCode").replace("refresh_token", "code")),
    Pasted("strava", DENIED, "does not know this client id",
           "strava.com said " + STRAVA.replace("RefreshToken", "Application").replace(
               "refresh_token", "client_id")),
    Pasted("strava", REFUSED,
           "rejects the token: Authorization Error (Athlete access_token invalid)",
           f"https://www.strava.com/api/v3/athlete -> {STRAVA_401}"),
    Pasted("strava", LIMITED, "rate limit", f"Strava: {STRAVA_429}"),
    Pasted("strava", REFUSED, "rejects the token",
           "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
           "https://www.strava.com/api/v3/athlete"),
    Pasted("strava", UNCLEAR,
           "refused to issue tokens (HTTP 400), and the message does not say why",
           "400 Client Error: Bad Request for url: https://www.strava.com/api/v3/oauth/token"),
    Pasted("withings", REFUSED, DEAD, f"Withings token refresh failed: {WITHINGS}"),
    Pasted("withings", REFUSED, DEAD, f"https://wbsapi.withings.net/v2/oauth2 200 {WITHINGS}"),
    Pasted("withings", REFUSED, "status 401 in the body", f"withings: {WITHINGS_401}"),
    Pasted("github", REFUSED, DEAD, GITHUB),
    Pasted("github", DENIED, "does not know the application, or its secret",
           '{"error":"incorrect_client_credentials","error_description":"The client_id and/or '
           'client_secret passed are incorrect.","error_uri":"https://docs.github.com/x"}'),
    Pasted("github", REFUSED, "rejects the token: Bad credentials", GITHUB_401),
    Pasted("github", LIMITED, "a secondary rate limit is exceeded",
           "HTTP/2 403\nretry-after: 60\n\n" '{"message":"You have exceeded a secondary limit.",'
           '"documentation_url":"https://docs.github.com/rest"}'),
    Pasted("spotify", Verdict.EXPIRED, "has expired: HTTP 401: The access token expired",
           f"GET https://api.spotify.com/v1/me {SPOTIFY_401}"),
    Pasted("spotify", REFUSED, DEAD,
           'POST https://accounts.spotify.com/api/token {"error":"invalid_grant",'
           '"error_description":"Refresh token revoked"}'),
    Pasted("spotify", LIMITED, "the quota of the developer account is used up",
           "https://api.spotify.com/v1/me HTTP/2 429\n\n" '{"error":{"status":429,"message":"x",'
           '"reason":"QUOTA_EXCEEDED"}}'),
    Pasted("whoop", REFUSED, DEAD, "WHOOP says " '{"error":"invalid_grant"}'),
    Pasted("oura", DENIED, "membership has lapsed",
           "403 Client Error: Forbidden for url: https://api.ouraring.com/v2/usercollection/sleep"),
    Pasted("gitlab", REFUSED, "Token was revoked",
           'https://gitlab.com/api/v4/user {"error":"invalid_token","error_description":"Token was '
           'revoked. You have to re-authorize from the user."}'),
    Pasted("gitlab", NO_SCOPE, "",
           'https://gitlab.com/api/v4/user HTTP/1.1 403 Forbidden\nwww-authenticate: Bearer '
           'error="insufficient_scope"\n\n{"error":"insufficient_scope","error_description":"The '
           'request requires higher privileges than provided by the access token."}'),
    # As client libraries print it.
    Pasted("strava", REFUSED, "rejects the token: Athlete access_token invalid",
           "stravalib.exc.AccessUnauthorized: Unauthorized: Authorization Error: [{'resource': "
           "'Athlete', 'field': 'access_token', 'code': 'invalid'}]"),
    Pasted("strava", LIMITED, "rate limit",
           'stravalib.exc.RateLimitExceeded: Rate Limit Exceeded: [{"resource": "Application", '
           '"field": "read rate limit", "code": "exceeded"}]'),
    Pasted("spotify", REFUSED, DEAD,
           "spotipy.oauth2.SpotifyOauthError: error: invalid_grant, error_description: Refresh "
           "token revoked"),
    Pasted("gitlab", REFUSED, "rejects the token",
           "gitlab.exceptions.GitlabAuthenticationError: 401: 401 Unauthorized"),
    Pasted("github", REFUSED, "rejects the token: HTTP 401: Bad credentials",
           f"github.GithubException.BadCredentialsException: 401 {GITHUB_401}"),
    # Sentences that one service alone writes, as its own tools print them.
    Pasted("github", REFUSED, "Bad credentials", "gh: Bad credentials (HTTP 401)"),
    Pasted("github", REFUSED, "Bad credentials",
           "RequestError [HttpError]: Bad credentials\n    at /home/x/dist/index.js:6842:21"),
    Pasted("github", NO_SCOPE, "the token of the workflow",
           "Error: Resource not accessible by integration"),
    Pasted("github", NO_SCOPE, "personal access token",
           "gh: Resource not accessible by personal access token (HTTP 403)"),
    Pasted("github", LIMITED, "rate limit",
           "HttpError: API rate limit exceeded for installation ID 12345678."),
    Pasted("github", LIMITED, "rate limit",
           "HTTP 403: You have exceeded a secondary rate limit. Please wait a few minutes before "
           "you try again. (https://api.github.com/search/issues)"),
    Pasted("github", LIMITED, "rate limit",
           'github.GithubException.RateLimitExceededException: 403 {"message": "API rate limit '
           'exceeded for user ID 583231.", "documentation_url": "https://docs.github.com/rest"}'),
    Pasted("github", Verdict.WRONG_KIND, "not accept the password",
           "remote: Support for password authentication was removed on August 13, 2021.\n"
           "fatal: Authentication failed for 'https://github.com/acme/repo.git/'"),
    Pasted("gitlab", REFUSED, "rejects the token",
           "HTTP Basic: Access denied. The provided password or token is incorrect or your "
           "account has 2FA enabled.\nfatal: Authentication failed for 'https://gitlab.com/a/b'"),
    Pasted("docker-hub", LIMITED, "rate limit",
           "docker: Error response from daemon: toomanyrequests: You have reached your "
           "unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"),
    Pasted("docker-hub", REFUSED, "incorrect username",
           'Error response from daemon: Get "https://registry-1.docker.io/v2/": unauthorized: '
           "incorrect username or password"),
    Pasted("spotify", Verdict.EXPIRED, "has expired",
           "spotipy.exceptions.SpotifyException: http status: 401, code:-1 - "
           "https://api.spotify.com/v1/me:\n The access token expired, reason: None"),
    Pasted("strava", REFUSED, "rejects the token", "stravalib.exc.AccessUnauthorized: x"),
    Pasted("strava", LIMITED, "rate limit",
           "stravalib.exc.RateLimitExceeded: Rate limit exceeded [Rate Limit Exceeded]"),
    Pasted("strava", NO_SCOPE, "the permission that the response names is missing",
           'https://www.strava.com/api/v3/athlete/activities 401 {"message":"Authorization Error",'
           '"errors":[{"resource":"AccessToken","field":"activity:read_permission",'
           '"code":"missing"}]}'),
    Pasted(None, None, "", "org.springframework.security: Bad credentials"),
    Pasted(None, None, "", "The access token expired"),
    # Nothing but the body: no other service writes this form.
    Pasted("strava", REFUSED, "rejects the token", STRAVA_401),
    Pasted("strava", LIMITED, "rate limit", STRAVA_429),
    Pasted("strava", NO_SCOPE, "the permission that the response names is missing",
           strava("Authorization Error", "AccessToken", "activity:read_permission", "missing")),
    Pasted("strava", DENIED, "does not know this client id",
           strava("Bad Request", "Application", "client_id", "invalid")),
    Pasted("strava", DENIED, "its secret is wrong",
           strava("Authorization Error", "Application", "", "invalid")),
    Pasted("strava", DENIED, "the application is inactive",
           strava("Forbidden", "Application", "Status", "Inactive")),
    Pasted("strava", DENIED, "as many athletes",
           strava("Forbidden", "Application", "Limit of connected athletes exceeded", "exceeded")),
    Pasted("strava", UNCLEAR, "Record Not Found", strava("Record Not Found", "Activity", "id",
                                                         "not found")),
    Pasted("strava", UNCLEAR, "start_date_local", strava("Bad Request", "Activity",
                                                         "start_date_local", "invalid")),
    Pasted("strava", REFUSED, DEAD, repr(json.loads(STRAVA))),
    Pasted("github", DENIED, "single sign-on", github(
        "Resource protected by organization SAML enforcement. You must grant your Personal Access "
        "token access to this organization.", SAML)),
    Pasted("github", DENIED, "single sign-on",
           "GET https://api.github.com/repos/acme/x/releases: 403 Resource protected by "
           "organization SAML enforcement. You must grant your OAuth token access to this "
           "organization. []"),
    Pasted("github", NO_SCOPE, "the personal access token",
           github("Resource not accessible by personal access token")),
    Pasted("github", NO_SCOPE, "the token of the workflow",
           github("Resource not accessible by integration")),
    Pasted("github", NO_SCOPE, "the scope workflow",
           "! [remote rejected] main -> main (refusing to allow a Personal Access Token to create "
           "or update workflow `.github/workflows/ci.yml` without `workflow` scope)"),
    Pasted("github", NO_SCOPE, "the scope workflow",
           github("refusing to allow an OAuth App to create or update workflow `a.yml` without "
                  "`workflow` scope")),
    Pasted("github", NO_SCOPE, "a scope that the request needs", GRAPHQL),
    Pasted("github", NO_SCOPE, "a scope that the request needs", repr(json.loads(GRAPHQL))),
    Pasted("github", NO_SCOPE, "a scope that the request needs",
           "GraphQL: Your token has not been granted the required scopes to execute this query. "
           "The 'id' field requires one of the following scopes: ['read:project'], but your token "
           "has only been granted the: ['repo'] scopes. Please modify your token's scopes at: "
           "https://github.com/settings/tokens. (viewer.projectsV2)"),
    Pasted("github", DENIED, "single sign-on", json.dumps({"data": None, "errors": [{
        "type": "FORBIDDEN", "path": ["repository"], "extensions": {"saml_failure": True},
        "message": "Resource protected by organization SAML enforcement. You must grant your OAuth "
                   "token access to this organization."}]})),
    # https://github.com/cli/cli
    Pasted("github", NO_SCOPE, "a scope that the request needs",
           "error validating token: missing required scope 'read:org'"),
    Pasted("github", NO_SCOPE, "a scope that the request needs",
           "error validating token: missing required scopes 'repo', 'read:org'"),
    Pasted("github", NO_SCOPE, "a scope that the request needs",
           "error: your authentication token is missing required scopes [project]\n"
           "To request it, run:  gh auth refresh -s project"),
    Pasted("github", NO_SCOPE, "a scope that the request needs",
           "github.com\n  - Token scopes: 'repo'\n  ! Missing required token scopes: 'read:org'\n"
           "  - To request missing scopes, run: gh auth refresh -h github.com"),
    Pasted("github", NO_SCOPE, "a scope that the request needs",
           "HTTP 403: Must have admin rights to Repository. (https://api.github.com/repos/a/b)\n"
           'This API operation needs the "admin:repo_hook" scope. To request it, run:  gh auth '
           "refresh -h github.com -s admin:repo_hook"),
    Pasted("github", DENIED, "single sign-on",
           "remote: The 'acme' organization has enabled or enforced SAML SSO.\nremote: To access "
           "this repository, visit https://github.com/orgs/acme/sso and try your request again.\n"
           "fatal: unable to access 'https://github.com/acme/x.git/': The requested URL returned "
           "error: 403"),
    Pasted("github", DENIED, "single sign-on",
           "remote: The `acme' organization has enabled or enforced SAML SSO. To access\n"
           "remote: this repository, you must re-authorize the OAuth Application `GitHub CLI`."),
    Pasted("github", DENIED, "single sign-on",
           "ERROR: The 'acme' organization has enabled or enforced SAML SSO. To access\nthis "
           "repository, you must use the HTTPS remote with a personal access token\nor SSH with an "
           "SSH key and passphrase\nthat has been authorized for this organization."),
    Pasted("strava", UNCLEAR, "Record Not Found",
           strava("Record Not Found", "resource", "path", "invalid")),
    Pasted("strava", UNCLEAR, "Resource Not Found",
           '{"errors":[{"code":"not found","field":"path","resource":"resource"}],'
           '"message":"Resource Not Found"}'),
    Pasted("strava", REFUSED, "rejects the token",
           '{"errors":[{"code":"invalid","field":"access_token","resource":"Athlete"}],'
           '"message":"Authorization Error"}'),
    # The caller names the owner.
    Pasted("whoop", REFUSED, DEAD, '{"error":"invalid_grant"}', "whoop"),
    Pasted("strava", REFUSED, "rejects the token", STRAVA_401, "strava"),
    # No provider's, and another's.
    Pasted(None, None, "", STRAVA_401.replace("Athlete", "Person")),
    Pasted(None, None, "", '{"message": "Unauthorized"}'),
    Pasted(None, None, "", '{"message": "Bad Request", "errors": [{"resource": "Issue", "field": '
           '"title", "code": "missing_field"}]}'),
    Pasted(None, None, "", "the plugin is missing required scopes: read"),
    Pasted(None, None, "", '{"name": "strava", "message": "imported 3 activities"}'),
    Pasted(None, None, "", "https://www.strava.com/athlete/1 was here: {'ok': True}"),
    Pasted(None, None, "", 'see https://github.com/o/r: {"message": "Unauthorized"}'),
    Pasted("fitbit", Verdict.EXPIRED, "has expired",
           '{"errors":[{"errorType":"expired_token","message":"Token expired"}]} in strava.py'),
    Pasted(None, REFUSED, "", '{"error":"invalid_grant"} see https://github.com/o/strava-tools'),
]  # fmt: skip


@each_case("pasted", PASTED)
def test_a_message_of_a_declared_provider_is_explained(pasted: Pasted) -> None:
    report = check(pasted.text, pasted.wanted)
    explains = report.explains
    if pasted.verdict is None:
        assert explains is None
        return
    assert explains is not None
    assert Verdict.NO_TOKEN is report.verdict
    assert (pasted.provider, pasted.verdict) == (explains.provider, explains.verdict)
    assert pasted.words in explains.summary
    assert explains.advice
    assert [""] * len(explains.advice) == [flaw_of_end(line) for line in explains.advice]
    if pasted.provider not in {None, "fitbit"}:
        assert "Fitbit" not in f"{explains.summary}{explains.advice}"
        assert "Google" not in f"{explains.summary}{explains.advice}"


def test_a_pause_counts_from_the_response_which_may_be_old() -> None:
    text = "https://api.spotify.com/v1/me HTTP/2 429\nretry-after: 90\n\n{}"
    explains = check(text).explains
    assert explains is not None
    advice = " ".join(explains.advice)
    assert "According to the response, the limit resets 1 min 30 s after it arrived." in advice
    assert "Try again in" not in advice


@each_case(
    ("verdict", "words", "text"),
    [
        (DENIED, "Acme Cloud", 'https://api.acme.example/v1/me 403 {"reason": "lapsed"}'),
        (DENIED, "the subscription has lapsed", 'acme: {"reason": "lapsed"}'),
        (REFUSED, "rejects the token", "401 Client Error for url: https://api.acme.example/v1/me"),
        (REFUSED, "HTTP 401: no", 'https://api.acme.example/v1/me HTTP/1.1 401\n\n{"detail":"no"}'),
        (UNCLEAR, "", "500 Server Error for url: https://api.acme.example/v1/me"),
    ],
)
def test_a_provider_of_the_user_is_named_as_declared(
    verdict: Verdict, words: str, text: str
) -> None:
    table = read_declaration(ACME, "acme.toml")
    providers = providers_of_tables({"acme": table}, choose_providers(None, None, {}).known, {})
    found = explain_message(text, providers, NOW)
    assert found is not None
    assert ("acme", verdict) == (found.provider, found.verdict)
    assert words in found.summary
    # It declares no OAuth, so there is no login to it.
    assert "tokcheck login" not in " ".join(found.advice)


@each_case(
    "text",
    [
        "curl: (22) The requested URL returned error: 401",
        "curl: (60) SSL certificate problem: self-signed certificate in certificate chain",
        "urllib.error.HTTPError: HTTP Error 401: Unauthorized",
        "oauthlib.oauth2.rfc6749.errors.InvalidClientError: (invalid_client) Client failed",
        '{"error":"invalid_grant","error_description":"The refresh token is malformed, sorry."}',
        "HTTP/2 410 \ndate: Mon, 02 Nov 2026 10:00:00 GMT\ncontent-length: 0\n",
    ],
)
def test_an_error_message_that_names_no_provider_can_be_explained_with_its_name(text: str) -> None:
    report = check(text)
    assert (None, Verdict.NO_TOKEN) == (report.explains, report.verdict)
    assert "error message" in report.summary
    assert "tokcheck validate --provider NAME" in " ".join(report.advice)
    assert check(text, "fitbit").explains is not None, "the hint helps"


@each_case("text", ["Hello, what now?", "GET https://example.org/x -> 401 Unauthorized", "x"])
def test_a_text_that_is_no_error_message_has_no_such_hint(text: str) -> None:
    assert "error message" not in check(text).summary


@each_case(
    ("words", "text"),
    [
        ("https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-",
         github("Resource protected by organization SAML enforcement. x", SAML)),
        ("https://github.com/settings/tokens",
         github("Resource not accessible by personal access token")),
        ("permissions:", github("Resource not accessible by integration")),
        ("`workflow`", github("refusing to allow an OAuth App to create or update workflow `a`")),
        ("https://www.strava.com/settings/api", strava("Forbidden", "Application", "Status",
                                                       "Inactive")),
    ],
)  # fmt: skip
def test_the_advice_on_a_refusal_names_the_place_that_helps(words: str, text: str) -> None:
    explains = check(text).explains
    assert explains is not None
    advice = " ".join(explains.advice)
    assert words in advice
    assert "missing scope" not in advice


@each_case(
    "text",
    [
        # GitHub has entries of the same form, with its own words.
        '{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title",'
        '"code":"missing_field"}]}',
        '{"resource": "Athlete", "name": "x"}',
        '{"errors":[{"resource":"Activity","field":"id"}]}',
    ],
)
def test_a_body_that_others_write_as_well_is_nobody_s(text: str) -> None:
    assert None is check(text).explains
