"""A row of a table of OAuth errors, and the search in such a table."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict

# The verdicts of OAuth errors about the user's access; all others say nothing about it.
_VERDICTS = {
    "invalid_grant": Verdict.REVOKED_OR_INVALID,
    "invalid_token": Verdict.REVOKED_OR_INVALID,
    "invalid_scope": Verdict.INSUFFICIENT_SCOPE,
    "service_gone": Verdict.SERVICE_GONE,
    "rate_limited": Verdict.RATE_LIMITED,
    "rate_limit_exceeded": Verdict.RATE_LIMITED,
    **dict.fromkeys(
        ("access_denied", "access_not_configured", "admin_policy_enforced", "blocked_app",
         "deleted_client", "disabled_client", "disallowed_useragent", "insufficient_permissions",
         "invalid_client", "org_internal", "policy_enforced", "redirect_uri_mismatch",
         "unauthorized_client", "unverified_app"),
        Verdict.NOT_PERMITTED,
    ),
}  # fmt: skip


# A text that names several reasons names none: https://www.rfc-editor.org/rfc/rfc6749#section-5.2,
# which many services repeat, and GitHub's "is incorrect or expired".
_SEVERAL_REASONS = LazyRegex(
    r"\b(?:invalid|incorrect|wrong|unknown|revoked|used)\b[^.]{0,40}(?:,|\bor\b) ?expired\b"
    r"|\bexpired\b[^.]{0,9}(?:,|\bor\b)[^.]{0,40}\b(?:invalid|incorrect|revoked|used|redirection)\b"
    r"|\bclient(?:_id)?\b[^.]{0,12}\bor\b[^.]{0,20}secret\b"
)


COMPARE_ID = (
    "Compare the client id with the application's registration, and check the provider: a Fitbit "
    "client id has 6 characters, a Google one ends in .apps.googleusercontent.com."
)
"""How to find a wrong client id of a built-in provider."""

CauseCommand = Literal["", "login", "again", "other_application"]
"""None, the login, what repeats the request, or the login with another client id."""


class Cause(NamedTuple):
    """One meaning of an error code; the first row of a table that matches applies.

    The tables list the placeholders of the texts.
    """

    code: str
    """The protocol's error code."""

    words: tuple[str, ...]
    """Words that the provider's text must contain as well, in lower case."""

    sentence: str
    """What happened."""

    hint: str
    """What to do; ends with a colon, or with words that do, where :attr:`command` follows."""

    provider: str | None = None
    """The only provider with this error; ``None`` for all."""

    command: CauseCommand = ""
    """The command behind the hint, in the table of token endpoints."""

    requests: tuple[str, ...] = ("code", "refresh", "revoke")
    """The requests to the token endpoint that may get this error."""

    secret_sent: bool | None = None
    """Whether the application's secret was sent; ``None`` if that does not matter."""

    sign_in: bool = False
    """Whether the user has to sign in again at the provider."""

    is_final: bool = False
    """Whether the refresh token never works again."""

    is_shown: bool = False
    """Whether the authorization page shows the error and sends no response."""

    signs: tuple[str, ...] = ()
    """Texts of that page which identify the error without its code, in lower case."""


def verdict_of(code: str, detail: str = "") -> Verdict:
    """Return the verdict that an error of a token endpoint or a consent page means.

    ``detail`` is the provider's text: Fitbit has no code of its own for a wrong redirect URI.
    """
    if code == "invalid_request" and "redirect_uri" in detail.lower():
        code = "redirect_uri_mismatch"
    return _VERDICTS.get(code, Verdict.UNDETERMINED)


def find_cause(causes: Iterable[Cause], text: str, code: str | None = None) -> Cause | None:
    """Return the first cause with this code and all of its words in a provider's text.

    Without ``code``, the text must contain the cause's code as well.
    """
    text = text.lower()
    names_several = _SEVERAL_REASONS.search(text) is not None
    for cause in causes:
        is_named = cause.code in text if code is None else cause.code == code
        if is_named and names_several and cause.words:
            continue
        if is_named and all(word in text for word in cause.words):
            return cause
    return None
