"""One consent: what its page is asked, and what its redirect brings back. Pure values.

oauthlib writes the request: an authorization code (RFC 6749, section 4.1) that only whoever has
the verifier can use (RFC 7636, method S256), with a state that ties the answer to the request.
"""

from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from oauthlib.oauth2 import WebApplicationClient

from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.oauth.authorization_errors import error_from_response
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

# Google's codes have at most 256 characters, Fitbit's 40.
_LONGEST_CODE = 2048
_MOST_FIELDS = 50
# Only for oauthlib, which wants to see an address that is encrypted; its query is taken.
_ANY_HOST = "https://provider.invalid/"
_ONCE = ("code", "state", "error")


class AuthorizationRequest(NamedTuple):
    """One try to get a consent.

    ``scopes`` are written as they are sent. ``state`` stands in the page's address; ``verifier``
    is the secret of which that address holds the hash alone.
    """

    provider: Provider
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    verifier: Secret


def authorization_url(attempt: AuthorizationRequest, page: str) -> str:
    """Return the address of the consent page that is to be opened."""
    client = WebApplicationClient(attempt.client_id)
    asked: str = client.prepare_request_uri(
        _ANY_HOST,
        redirect_uri=attempt.redirect_uri,
        scope=list(attempt.scopes),
        state=attempt.state,
        code_challenge=code_challenge(attempt.verifier),
        code_challenge_method="S256",
        **attempt.provider.oauth.extra,
    )
    return f"{page}?{urlsplit(asked).query}"


def code_challenge(verifier: Secret) -> str:
    """Return what a consent page is told of a verifier (RFC 7636, section 4.2)."""
    made: str = WebApplicationClient("").create_code_challenge(verifier.reveal(), "S256")
    return made


def code_from_response(query: str, attempt: AuthorizationRequest) -> Secret:
    """Return the code that a redirect's query brings.

    :raises ForeignError: if the query answers another request.
    :raises ConsentError: if it tells of an error, or cannot be understood. Nothing of it may be
        exchanged then.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _malformed_response_error("It holds too many fields.", ForeignError) from None
    if not any(name == "state" and is_own_state(value, attempt) for name, value in pairs):
        raise state_mismatch_error(attempt)
    names = [name for name, _ in pairs]
    if any(names.count(name) > 1 for name in _ONCE):
        raise _malformed_response_error("It holds a field twice.")
    fields = dict(pairs)
    if "error" in fields:
        raise error_from_response(
            fields["error"], fields.get("error_description", ""), attempt.provider
        )
    if "code" not in fields:
        raise _malformed_response_error("It brings neither a code nor an error.")
    return check_code(fields["code"])


def is_own_state(state: str, attempt: AuthorizationRequest) -> bool:
    """Tell whether a state is the attempt's; how long that takes tells nothing of it."""
    return compare_digest(
        state.encode("utf-8", "surrogatepass"), attempt.state.encode("utf-8", "surrogatepass")
    )


def state_mismatch_error(attempt: AuthorizationRequest) -> ForeignError:
    """Return the error of an answer that belongs to another request."""
    return ForeignError(
        "state_mismatch",
        "The answer of the consent page does not belong to this login (its state differs), so "
        "its code was not used.",
        "Most often it comes of an older tab, or half of the address was copied. Begin again "
        f"with: tokcheck login {attempt.provider.name}. If you opened no such page, somebody "
        "else may have sent you there.",
    )


def check_code(code: str) -> Secret:
    """Return a code if it can be one.

    :raises ConsentError: if no request could carry it.
    """
    if not 0 < len(code) <= _LONGEST_CODE or not all("!" <= sign <= "~" for sign in code):
        raise _malformed_response_error(
            "Its code is empty, far too long, or holds characters that no code has."
        )
    return Secret(code)


def _malformed_response_error(why: str, kind: type[ConsentError] = ConsentError) -> ConsentError:
    return kind(
        "malformed_redirect",
        f"The answer of the consent page cannot be understood. {why}",
        "Begin again, and let the page itself send the browser back.",
    )
