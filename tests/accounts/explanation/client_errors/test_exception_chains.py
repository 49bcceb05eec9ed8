"""Chains of exceptions: the last one counts where the first was only the reason for a refresh."""

from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.accounts.explanation import explain_message
from tokcheck.core.report import ErrorExplanation, Verdict
from tokcheck.providers import REGISTRY

UNCLEAR, EXPIRED, REVOKED = (
    Verdict.UNDETERMINED, Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID,
)  # fmt: skip
_EXPIRED = "oauthlib.oauth2.rfc6749.errors.TokenExpiredError: (token_expired) "
_UNAUTHORIZED = "fitbit.exceptions.HTTPUnauthorized: Access token expired: ***. Visit https://dev.fitbit.com/docs"
_MISSING = (
    "oauthlib.oauth2.rfc6749.errors.MissingTokenError: (missing_token) Missing access token "
    "parameter."
)
_TOKEN_400 = (
    "requests.exceptions.HTTPError: 400 Client Error: Bad Request for url: "
    "https://api.fitbit.com/oauth2/token"
)
_API_401 = (
    "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: "
    "https://api.fitbit.com/1/user/-/devices.json"
)
_REFUSED = '{"errors":[{"errorType":"invalid_grant","message":"Refresh token invalid: ***."}]}'
_OWN = "fetcher.FetchError: could not read the steps of Fitbit"
_LINKS = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)


def _chain(link: str, *exceptions: str) -> str:
    trace = 'Traceback (most recent call last):\n  File "gather.py", line 30, in <module>\n'
    return f"\n\n{link}\n\n".join(f"{trace}{each}" for each in exceptions)


def _explain(text: str) -> ErrorExplanation | None:
    return explain_message(text, REGISTRY, NOW)


@each_case(
    ("verdict", "words", "exceptions"),
    [
        (UNCLEAR, "contains no access token", (_EXPIRED, _MISSING)),
        (UNCLEAR, "contains no access token", (_UNAUTHORIZED, _MISSING)),
        (UNCLEAR, "contains no access token", (_API_401, _MISSING)),
        (UNCLEAR, "refused to issue tokens (HTTP 400)", (_EXPIRED, _TOKEN_400)),
        (UNCLEAR, "contains no access token", (_EXPIRED, _UNAUTHORIZED, _MISSING)),
        (REVOKED, "refused the refresh token", (_EXPIRED, f"RuntimeError: Fitbit: {_REFUSED}")),
        # A body that was printed before says more than an exception without one.
        (REVOKED, "refused the refresh token", (f"{_REFUSED}\n{_EXPIRED}", _MISSING)),
        # The last one is the program's own and says nothing.
        (EXPIRED, "its stored expiry has passed", (_EXPIRED, _OWN)),
        (EXPIRED, "has expired", (_UNAUTHORIZED, _OWN)),
    ],
)
def test_an_expired_token_is_not_the_cause_if_its_refresh_failed(
    verdict: Verdict, words: str, exceptions: tuple[str, ...]
) -> None:
    for link in _LINKS:
        found = _explain(_chain(link, *exceptions))
        assert found is not None
        assert (verdict, True) == (found.verdict, words in found.summary), found.summary


def test_without_a_link_the_definite_message_counts() -> None:
    found = _explain(f"{_EXPIRED}\n{_MISSING}")
    assert found is not None
    assert EXPIRED is found.verdict
