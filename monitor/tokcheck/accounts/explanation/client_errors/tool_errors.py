"""Errors of programs that keep tokens of their own: gcloud and rclone."""

from tokcheck.accounts.explanation.client_errors.client_error import ClientError
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict

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
_FETCH = r"\bcouldn't fetch token"
_RECONNECT = "Log in again: rclone config reconnect REMOTE:, with the name of the remote."
# https://github.com/rclone/rclone/blob/master/lib/oauthutil/oauthutil.go : of any of its services.
RCLONE_ERRORS = (
    ClientError(
        "rclone_application",
        LazyRegex(rf"{_FETCH}: \w{{3,40}}: if you're using your own client id/secret\b"),
        Verdict.NOT_PERMITTED,
        "The service refused rclone's application: the client id or secret is wrong, or was "
        "deleted or disabled.",
        "Compare client_id and client_secret in rclone's configuration (rclone config show) with "
        "the registration at the service.",
        owner="",
    ),
    ClientError(
        "rclone_refused",
        LazyRegex(
            rf"{_FETCH}(?: - maybe it has expired\b|: \w{{3,40}}: maybe token expired\b"
            r"|: \(can't decode error info\))"
        ),
        Verdict.REVOKED_OR_INVALID,
        "The service refused to refresh rclone's token: its refresh token was revoked, has "
        "expired, or was used already.",
        f"{_RECONNECT} At Google, a consent lasts 7 days while the application is in testing.",
        owner="",
    ),
    ClientError(
        "rclone_no_refresh_token",
        LazyRegex(r"\btoken expired and there's no refresh token\b"),
        Verdict.EXPIRED,
        "The token has expired, and rclone has no refresh token to renew it with.",
        _RECONNECT,
        owner="",
    ),
    ClientError(
        "rclone_empty",
        LazyRegex(r"\bempty token found - please run \"rclone config reconnect\b"),
        Verdict.NO_TOKEN,
        "The remote has no token in rclone's configuration, so nothing was sent.",
        _RECONNECT,
        owner="",
    ),
    ClientError(
        "rclone",
        LazyRegex(rf"{_FETCH}: "),
        Verdict.UNDETERMINED,
        "rclone could not refresh its token, and the message does not say that the service "
        "refused it.",
        "Run rclone with -vv, which prints the response, and paste that. Most often the network "
        "failed.",
        owner="",
    ),
)
