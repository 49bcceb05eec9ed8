"""Errors that client libraries raise by themselves, without or in place of a response's."""

from tokcheck.accounts.explanation.client_errors.client_error import ClientError
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict

# oauthlib: https://oauthlib.readthedocs.io/en/latest/oauth2/clients/client.html
# google-auth: https://googleapis.dev/python/google-auth/latest/reference/google.auth.exceptions.html
LIBRARY_ERRORS = (
    ClientError(
        "token_expired",
        LazyRegex(r"\bTokenExpiredError\b(?!: jwt expired)|\(token_expired\)"),
        Verdict.EXPIRED,
        "The client library did not send the access token, because its stored expiry has passed.",
        "{refresh} Store the new tokens with their new expiry.",
    ),
    # https://pkg.go.dev/golang.org/x/oauth2
    ClientError(
        "go_no_refresh_token",
        LazyRegex(r"\btoken expired and refresh token is not set\b"),
        Verdict.EXPIRED,
        "The access token has expired, and the client library was given no refresh token.",
        "Store the refresh token with the access token. Google issues one only to a request with "
        "access_type=offline and prompt=consent.",
    ),
    # Messages of programs that do not check the status of a response.
    ClientError(
        "missing_field",
        LazyRegex(
            r"\bKeyError: [\"'](?:access|refresh)_token[\"']"
            r"|\(reading ['\"](?:access|refresh)_?[tT]oken['\"]\)"
            r"|\bundefined (?:array key|index:?) \"?(?:access|refresh)_token\b"
        ),
        Verdict.UNDETERMINED,
        "The program expected tokens in a response or a file, and found none: most likely the "
        "response is an error, which the program does not show.",
        "Print the response's status and body, and paste that. If it is a file, check that it is "
        "the one that the login wrote.",
    ),
    ClientError(
        "not_json",
        LazyRegex(
            r"\bfitbit\.exceptions\.BadResponse\b"  # https://github.com/orcasgit/python-fitbit
            r"|\bExpecting value: line 1 column 1 \(char 0\)|\bUnexpected end of JSON input\b"
            r"|\bRefreshError: \(?['\"]{0,3}(?:\\n|\s)*<(?i:!doctype|html)\b"  # google-auth
            r"|\bUnexpected token '?<'?|\binvalid character '<' looking for beginning of value\b"
        ),
        Verdict.UNDETERMINED,
        "The client could not read a response of the {title} as JSON: it is empty, or a web page, "
        "such as that of a proxy or of Cloudflare.",
        "This says nothing about the token. Print the status and the body of the response.",
        needs_owner=True,
    ),
    # https://github.com/auth0/node-jsonwebtoken and https://pyjwt.readthedocs.io/en/stable/api.html
    ClientError(
        "signed_token_expired",
        LazyRegex(r"\bTokenExpiredError: jwt expired\b|\bExpiredSignatureError\b"),
        Verdict.EXPIRED,
        "A program that checks signed tokens by itself found one that has expired. No provider "
        "refused it.",
        "Find out which token the program checks, and renew it where the program got it.",
    ),
    ClientError(
        "signed_token_early",
        LazyRegex(
            r"\bImmatureSignatureError\b|\bToken used too early\b"
            r"|\bNotBeforeError: jwt not active\b|\bThe token is not yet valid \((?:iat|nbf)\)"
        ),
        Verdict.UNDETERMINED,
        "A program that checks signed tokens by itself found one that is not valid yet: its "
        "computer's clock is behind that of the server which issued the token.",
        "Set that clock, for example by NTP. If they differ by a few seconds, allow the check that "
        "much (leeway, clock skew).",
    ),
    # https://docs.github.com/actions/reference/authentication-in-a-workflow
    ClientError(
        "github_app_permission",
        LazyRegex(r"\bResource not accessible by integration\b"),
        Verdict.INSUFFICIENT_SCOPE,
        "The {title} refused the request: the token of the workflow, or of the GitHub App, lacks a "
        "permission that the request needs.",
        "In a workflow of GitHub Actions, add the permission below `permissions:`; a pull request "
        "from a fork gets only read access. For an App, add it in the App's settings, and have "
        "the owner of the installation accept it.",
        "github",
        needs_owner=True,
    ),
    ClientError(
        "github_token_permission",
        LazyRegex(r"\bResource not accessible by personal access token\b"),
        Verdict.INSUFFICIENT_SCOPE,
        "The {title} refused the request: the personal access token lacks a permission that the "
        "request needs, or is not for this repository or organization.",
        "Edit the token's permissions and repositories in GitHub's Settings > Developer settings.",
        "github",
        needs_owner=True,
    ),
    # https://github.blog/2020-12-15-token-authentication-requirements-for-git-operations/
    ClientError(
        "git_password",
        LazyRegex(r"\bSupport for password authentication was removed\b"),
        Verdict.WRONG_KIND,
        "The {title} does not accept the password of an account for git. One was sent, or a token "
        "that it does not know.",
        "Pass a personal access token in place of the password, or use SSH. Remove the old "
        "password from the credential helper of git, which sends it again.",
        "github",
        needs_owner=True,
    ),
    # Authlib's, by https://docs.authlib.org/en/latest/client/errors.html ; oauthlib's is below.
    ClientError(
        "no_token_in_session",
        LazyRegex(
            r"\bMissingTokenError: missing_token:?|\bauthlib\.[\w.]{1,60}MissingTokenError\b"
        ),
        Verdict.NO_TOKEN,
        "The client library sent nothing, because its session has no token.",
        "Give the session the stored tokens before the first request, such as OAuth2Session(..., "
        "token=...), or have the user authorize the application first. In a web application, the "
        "user's own session or cookie is missing or has ended.",
    ),
    ClientError(
        "missing_token",
        LazyRegex(
            r"\bMissingTokenError(?!: missing_token)\b|\(missing_token\)"
            r"|\bMissing access token parameter\b"
        ),
        Verdict.UNDETERMINED,
        "The response of the token endpoint contains no access token: it is an error, which the "
        "client library does not show.",
        "Print the response's body and paste that. Most often the refresh token was used already "
        "or revoked, or the client id or secret is wrong.",
    ),
    ClientError(
        "mismatching_state",
        LazyRegex(r"\bMismatchingStateError\b|\(mismatching_state\)"),
        Verdict.UNDETERMINED,
        "The redirect belongs to another authorization request than the one that the client "
        "library began: its state differs.",
        "Begin again, and use only the address that this consent ends at.",
    ),
    ClientError(
        "missing_code",
        LazyRegex(r"\bMissingCodeError\b|\(missing_code\)"),
        Verdict.UNDETERMINED,
        "The address that was passed to the client library has no authorization code: it is not "
        "the redirect of a consent, or the consent was refused.",
        "Pass the whole address at which the consent ends, with everything after the question "
        "mark. If it contains error=, paste it here.",
    ),
    ClientError(
        "insecure_transport",
        LazyRegex(r"\bInsecureTransportError\b|\(insecure_transport\)"),
        Verdict.UNDETERMINED,
        "The client library refuses addresses without TLS, and sent nothing.",
        "Use https. For a redirect URI on this computer alone, oauthlib accepts http if the "
        "variable OAUTHLIB_INSECURE_TRANSPORT is 1.",
    ),
    ClientError(
        "scope_changed",
        LazyRegex(r"\bScope has changed from \""),
        Verdict.INSUFFICIENT_SCOPE,
        "The granted scopes differ from the requested ones: the user unticked some, or granted "
        "more before.",
        "Compare them. oauthlib accepts other scopes if the variable OAUTHLIB_RELAX_TOKEN_SCOPE is "
        "1; requests that need a missing one still fail.",
    ),
    ClientError(
        "no_refresh_token",
        LazyRegex(r"\bcredentials do not contain the necessary fields need(?:ed)? to refresh\b"),
        Verdict.EXPIRED,
        "The access token has expired, and the stored credentials contain no refresh token, or no "
        "client id and secret to use it with.",
        "Have the user consent again with access_type=offline and prompt=consent: only then does "
        "Google issue a refresh token. Store it with the client id and secret.",
        "google-health",
    ),
    ClientError(
        "reauthentication",
        LazyRegex(r"\bReauthentication (?:is (?:needed|required)\b|failed\.)|\bReauthFailError\b"),
        Verdict.REVOKED_OR_INVALID,
        "The {title} requires the user to sign in again: their organization limits how long a "
        "session lasts.",
        "Have the user sign in and consent again. Only the organization's administrator can exempt "
        "the application.",
        "google-health",
    ),
    # https://docs.authlib.org/en/latest/client/oauth2.html
    ClientError(
        "token_invalid",
        LazyRegex(r"\bInvalidTokenError: token_invalid\b"),
        Verdict.EXPIRED,
        "The client library did not send the stored token: its expiry has passed, and it was not "
        "refreshed.",
        "{refresh} Authlib refreshes it by itself if the stored token has a refresh_token and the "
        "session a token_endpoint.",
    ),
    ClientError(
        "home_assistant",
        LazyRegex(
            r"\bintegration could not authenticate\b|\bConfigEntryAuthFailed\b"
            r"|\bOAuth session is invalid, reauth required\b"
        ),
        Verdict.UNDETERMINED,
        "Home Assistant cannot use its tokens of the {title} any more: they, or the credentials of "
        "its application, were refused.",
        "In Home Assistant, open Settings > Devices & services, and sign in to the integration "
        "again. If that fails, compare the application credentials with the registration.",
        needs_owner=True,
    ),
    ClientError(
        "no_credentials",
        LazyRegex(r"\bDefaultCredentialsError\b|\bdefault credentials were not found\b"),
        Verdict.NO_TOKEN,
        "Google's client library found no credentials where it looks for them, so nothing was "
        "sent.",
        "Give it the user's own credentials: application default credentials are for Google Cloud, "
        "and give no access to users' health data.",
        "google-health",
    ),
)
# https://github.com/googleapis/google-auth-library-nodejs
GOOGLE_NODE_ERRORS = (
    ClientError(
        "no_refresh_token_set",
        LazyRegex(r"\bNo refresh token (?:or refresh handler callback )?is set\b"),
        Verdict.EXPIRED,
        "The access token has expired, and the client library was given no refresh token.",
        "Have the user consent again with access_type=offline and prompt=consent: only then does "
        "Google issue a refresh token. Store it, and pass it to setCredentials.",
        needs_owner=True,
    ),
    ClientError(
        "no_credentials_set",
        LazyRegex(r"\bNo access,? (?:or )?refresh token\b[^\n]{0,60}\bis set\b"),
        Verdict.NO_TOKEN,
        "The client library was given no tokens, so nothing was sent.",
        "Pass the stored tokens to setCredentials before the first request.",
        needs_owner=True,
    ),
)
