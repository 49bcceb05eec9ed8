"""Errors that client libraries raise by themselves, without or in place of a response's."""

from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict


class ClientError(NamedTuple):
    """One error of a client library. ``{title}`` of the texts is the provider's title."""

    code: str
    sign: LazyRegex
    verdict: Verdict
    sentence: str
    hint: str
    owner: str | None = None
    """The name of the only provider that the library is for; empty if it is for none."""
    needs_owner: bool = False
    """Whether it means nothing if no provider is named near it."""


_REFRESH = "Refresh it with its refresh token, or have the user authorize the application again."

# oauthlib: https://oauthlib.readthedocs.io/en/latest/oauth2/clients/client.html
# google-auth: https://googleapis.dev/python/google-auth/latest/reference/google.auth.exceptions.html
_LIBRARY_ERRORS = (
    ClientError(
        "token_expired",
        LazyRegex(r"\bTokenExpiredError\b(?!: jwt expired)|\(token_expired\)"),
        Verdict.EXPIRED,
        "The client library did not send the access token, because its stored expiry has passed.",
        f"{_REFRESH} Store the new tokens with their new expiry.",
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
        "A program that checks signed tokens by itself found one that begins in the future: its "
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
        "from a fork gets no more than reading. For an App, add it in the App's settings, and have "
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
        "The {title} accepts no password of an account for git, and one was sent, or a token that "
        "it does not know.",
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
        "The address that the client library was given has no authorization code: it is not the "
        "redirect of a consent, or the consent was refused.",
        "Pass the whole address that the consent ends at, with all behind the question mark. If it "
        "has error= in it, paste it here.",
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
        "1; what needs a missing one fails all the same.",
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
        LazyRegex(r"\bReauthentication is (?:needed|required)\b|\bReauthFailError\b"),
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
        f"{_REFRESH} Authlib does so by itself if the stored token has a refresh_token and the "
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
        "and open no user's health data.",
        "google-health",
    ),
)
# https://github.com/googleapis/google-auth-library-nodejs
_GOOGLE_NODE_ERRORS = (
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
_CERTIFICATE = ClientError(
    "certificate",
    LazyRegex(
        r"\bCERTIFICATE_VERIFY_FAILED\b|\bSELF_SIGNED_CERT_IN_CHAIN\b|\bCERT_HAS_EXPIRED\b"
        r"|\bUNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?)\b|\bcurl: \(60\)"
        r"|\bself[- ]signed certificate\b|\bx509: certificate\b|\bPKIX path building failed\b"
        r"|\bSSL certificate problem\b"
    ),
    Verdict.UNDETERMINED,
    "The client does not trust the certificate that it was shown for the {title}, and sent "
    "nothing.",
    "Most often a proxy or a virus scanner decrypts the connection: add its certificate to those "
    "that the client trusts. Otherwise check the computer's clock and update its certificates. "
    "Leave the verification on: it keeps the token secret.",
    needs_owner=True,
)
_PROXY = ClientError(
    "proxy",
    LazyRegex(
        r"\bTunnel connection failed\b|\b(?:Cannot|Unable to) connect to proxy\b"
        r"|\bProxy Authentication Required\b|\bCONNECT tunnel failed\b|\bProxy CONNECT aborted\b"
        r"|\bERR_(?:TUNNEL|PROXY)_CONNECTION_FAILED\b"
    ),
    Verdict.UNDETERMINED,
    "A proxy did not let the client through to the {title}, which says nothing about the token.",
    "Check the variables HTTPS_PROXY and NO_PROXY where the client runs, and the proxy's user and "
    "password.",
    needs_owner=True,
)
_UNREACHABLE = ClientError(
    "unreachable",
    LazyRegex(
        r"\bMax retries exceeded\b|\bFailed to (?:establish a new connection|resolve)\b"
        r"|\bName or service not known\b|\bTemporary failure in name resolution\b"
        r"|\bgetaddrinfo (?:ENOTFOUND|EAI_AGAIN|failed)|\bE(?:CONNREFUSED|TIMEDOUT|CONNRESET)\b"
        r"|\b(?:Read|Connect|Socket)Timeout(?:Error|Exception)?\b|\bRead timed out\b"
        r"|\bcurl: \((?:5|6|7|28|35|52|56)\)|\bno such host\b|\bi/o timeout\b"
        r"|\bClient\.Timeout exceeded\b|\bcontext deadline exceeded\b|\bTLS handshake timeout\b"
        r"|\bUnknownHostException\b|\b[Cc]onnection (?:refused|reset by peer|timed out)\b"
        r"|\bCould not resolve host\b|\bNSURLErrorDomain Code=-10\d\d\b|\bRemoteDisconnected\b"
        r"|\bfitbit\.exceptions\.Timeout\b"  # python-fitbit
        r"|\bServerDisconnectedError\b|\bClientConnectorError\b|\bnet::ERR_[A-Z_]{4,40}\b"
    ),
    Verdict.UNDETERMINED,
    "The client got no response from the {title}, which says nothing about the token.",
    "Check the network, the name server and the proxies of the computer where the client runs.",
    needs_owner=True,
)
# Messages in the consoles of browsers: the address is between the first and the last words.
_OTHER_ORIGIN = ClientError(
    "other_origin",
    LazyRegex(
        r"\bAccess to \w{1,20}(?: \w{1,20})? at ['\"][^\n]{1,600}?\bblocked by CORS policy\b"
        r"|\bCross-Origin Request Blocked\b[^\n]{1,600}?\(Reason: CORS\b"
        r"|\bblocked by CORS policy\b"
    ),
    Verdict.UNDETERMINED,
    "The browser did not let a web page read the response of the {title}: the response does not "
    "allow pages of another origin (CORS).",
    "This says nothing about the token. Send the request from a server of your own, not from the "
    "page. If the request failed, too, its status is in the browser's network tab.",
    needs_owner=True,
)
# gcloud and Google's libraries with its credentials. Its message comes after the response.
GCLOUD = ClientError(
    "gcloud",
    LazyRegex(r"\bgcloud (?:(?:alpha|beta) )?auth (?:application-default )?login\b"),
    Verdict.REVOKED_OR_INVALID,
    "Google refused to refresh the credentials of gcloud, which are for Google Cloud.",
    "Run the gcloud command that the message names, with the same scopes and client as before. An "
    "application of your own keeps its tokens elsewhere.",
    owner="",
)
CLIENT_ERRORS = (
    *_LIBRARY_ERRORS,
    *_GOOGLE_NODE_ERRORS,
    _CERTIFICATE,
    _PROXY,
    _OTHER_ORIGIN,
    _UNREACHABLE,
)
BY_CODE = {error.code: error for error in (*CLIENT_ERRORS, GCLOUD)}
