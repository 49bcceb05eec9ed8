"""Google's refusals of a service account, which signs a request and has no refresh token.

https://developers.google.com/identity/protocols/oauth2/service-account#error-codes
"""

from typing import NamedTuple

from tokcheck.core.report import Verdict

_NO_USER = (
    "A service account has no access to users' health data. Use an OAuth client, and have the user "
    "consent: tokcheck login google-health --client-file client_secret.json"
)


class ServiceAccountError(NamedTuple):
    """One refusal: what it says, in lower case, and what it means."""

    words: tuple[str, ...]
    verdict: Verdict
    sentence: str
    hint: str


_ERRORS = (
    ServiceAccountError(
        ("invalid jwt", "short-lived"),
        Verdict.UNDETERMINED,
        "Google refused the request that a service account signed, because of its times: the clock "
        "of the computer that signed it is wrong, or the request is valid for more than an hour.",
        "Set that clock, for example by NTP.",
    ),
    ServiceAccountError(
        ("invalid jwt", "signature"),
        Verdict.NOT_PERMITTED,
        "Google refused the request that a service account signed: its key was deleted, or belongs "
        "to another account.",
        "Create another key in the Google Cloud console (IAM > Service accounts > Keys).",
    ),
    ServiceAccountError(
        ("account not found",),
        Verdict.NOT_PERMITTED,
        "Google has no service account of this name: it was deleted, or its key file changed.",
        "Compare client_email in the key file with the Google Cloud console (IAM > Service "
        "accounts).",
    ),
    ServiceAccountError(
        ("invalid email or user id",),
        Verdict.NOT_PERMITTED,
        "Google has no user with the address that the service account signs for (sub).",
        "Correct the address.",
    ),
    ServiceAccountError(
        ("invalid jwt",),
        Verdict.UNDETERMINED,
        "Google did not understand the request that a service account signed.",
        "Sign it with Google's client library.",
    ),
)


def find_service_account_error(detail: str) -> ServiceAccountError | None:
    """Return which of these refusals the words of an error are."""
    detail = detail.lower()
    return next((each for each in _ERRORS if all(word in detail for word in each.words)), None)


def advice_on(error: ServiceAccountError) -> tuple[str, ...]:
    """Return advice on such a refusal."""
    return (error.hint, _NO_USER)
