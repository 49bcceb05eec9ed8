"""Credentials of other protocols than OAuth 2.0, which have no form of one token."""

from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex

# https://cloud.google.com/iam/docs/keys-create-delete
_SERVICE_ACCOUNT = LazyRegex(
    r"[\"']type\\?[\"']\s*[:=]\s*\\?[\"']service_account\\?[\"']|\bprivate_key_id\b"
    r"|@[a-z0-9.-]{1,100}\.iam\.gserviceaccount\.com\b[^@]{0,4000}-----BEGIN"
)
# RFC 7468 and OpenSSH.
_PRIVATE_KEY = LazyRegex(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,2}PRIVATE KEY-----")
# RFC 5849, as a header and as a query.
_OAUTH_1 = LazyRegex(
    r"\boauth_(?:consumer_key|signature|signature_method|nonce)[\"']?\s*(?:[=:]|%3[Dd])"
)
# The results of its consent, and the client libraries that sign with them.
_OAUTH_1_TOKENS = LazyRegex(
    r"\boauth_(?:token_secret|verifier|callback_confirmed)[\"']?\s*(?:[=:]|%3[Dd])"
    r"|\bOAuth1(?:Session|Auth|Client)?\(|\bresource_owner_(?:key|secret)[\"']?\s*[=:]"
)


class OtherCredential(NamedTuple):
    """A sentence about such a credential, and advice."""

    summary: str
    advice: tuple[str, ...]


_OAUTH_2 = (
    "Fitbit switched OAuth 1.0 off in 2016, and Google never had it for this API. "
    "Change the program to OAuth 2.0 and have the user consent again: `tokcheck "
    "login fitbit` or `tokcheck login google-health`."
)
_KINDS = (
    (
        _SERVICE_ACCOUNT,
        OtherCredential(
            "This is the key of a service account, not an access token: it gives no access to "
            "users' data.",
            (
                "Use an OAuth client, and have the user consent: tokcheck login google-health "
                "--client-file client_secret.json",
                "Delete the key in the Google Cloud console (IAM > Service accounts > Keys) if "
                "others may have seen it.",
            ),
        ),
    ),
    (
        _PRIVATE_KEY,
        OtherCredential(
            "This is a private key, not an access token.",
            (
                "Paste the access token: a Fitbit one begins with eyJ, a Google one with ya29.",
                "Replace the key if others may have seen it.",
            ),
        ),
    ),
    (
        _OAUTH_1,
        OtherCredential(
            "This is a request signed by OAuth 1.0, not an access token of OAuth 2.0.",
            (_OAUTH_2,),
        ),
    ),
    (
        _OAUTH_1_TOKENS,
        OtherCredential(
            "These are a token and secret of OAuth 1.0, not an access token of OAuth 2.0.",
            (_OAUTH_2,),
        ),
    ),
)


def find_other(text: str) -> OtherCredential | None:
    """Return the credential that a text holds instead of a token of OAuth 2.0, if any."""
    return next((other for sign, other in _KINDS if sign.search(text)), None)
