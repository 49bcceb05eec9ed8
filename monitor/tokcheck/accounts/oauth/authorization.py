"""The authorization request and its response. Pure.

oauthlib writes the request: for an authorization code (RFC 6749, section 4.1) that works only with
the code verifier (RFC 7636, method S256), with a state that ties the response to the request.
"""

from hmac import compare_digest
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tokcheck.accounts.errors import ConsentError, ForeignError
from tokcheck.accounts.login_command import LoginCommand
from tokcheck.accounts.oauth.authorization_errors import error_from_redirect
from tokcheck.accounts.oauth.client_secret import is_token_text
from tokcheck.core.redact import random_runs
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider

# Google's codes have at most 256 characters, Fitbit's 40.
_LONGEST_CODE = 2048
_MOST_FIELDS = 50
_LONGEST_SCOPE = 200
# Only for oauthlib, which requires an HTTPS URL; only the query is used.
_ANY_HOST = "https://provider.invalid/"
_SINGLE_FIELDS = ("code", "state", "error", "iss")


class AuthorizationRequest(NamedTuple):
    """One authorization request.

    ``scopes`` are in the provider's notation. ``state`` is part of the URL; ``verifier`` is a
    secret, and the URL contains only its hash. ``login`` is the command that repeats the login;
    ``page`` is the authorization endpoint if it is not the provider's own.
    """

    provider: Provider
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    verifier: Secret
    login: LoginCommand
    page: str | None = None


class CodeResponse(NamedTuple):
    """The content of a successful redirect from a consent page."""

    code: Secret
    scopes: tuple[str, ...] | None = None
    """The granted scopes, if the redirect names them, as Strava's and Oura's do."""


def authorization_url(request: AuthorizationRequest, page: str) -> str:
    """Return the URL of the authorization request at the address ``page``."""
    from oauthlib.oauth2 import WebApplicationClient  # only a login needs it

    client, oauth = WebApplicationClient(request.client_id), request.provider.oauth
    challenge = {}
    if oauth.pkce:
        challenge = {
            "code_challenge": code_challenge(request.verifier),
            "code_challenge_method": "S256",
        }
    url: str = client.prepare_request_uri(
        _ANY_HOST,
        redirect_uri=request.redirect_uri,
        scope=oauth.separator.join(request.scopes),
        state=request.state,
        **challenge,
        **oauth.extra,
    )
    return f"{page}?{urlsplit(url).query}"


def code_challenge(verifier: Secret) -> str:
    """Return the code challenge of a verifier (RFC 7636, section 4.2)."""
    from oauthlib.oauth2 import WebApplicationClient

    challenge: str = WebApplicationClient("").create_code_challenge(verifier.reveal(), "S256")
    return challenge


def code_from_response(query: str, request: AuthorizationRequest) -> CodeResponse:
    """Return the code in the query of a redirect, and the scopes beside it.

    :raises ForeignError: if the query belongs to another request.
    :raises ConsentError: if it holds an error, or cannot be understood. Then its code must not be
        exchanged.
    """
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _malformed_response_error("It has too many fields.", request, ForeignError) from None
    if not any(name == "state" and is_own_state(value, request) for name, value in pairs):
        raise state_mismatch_error(request)
    names = [name for name, _ in pairs]
    if any(names.count(name) > 1 for name in _SINGLE_FIELDS):
        raise _malformed_response_error("It has a field twice.", request)
    fields = dict(pairs)
    if "iss" in fields and not _is_own_issuer(fields["iss"], request):
        raise _issuer_mismatch_error(request)
    if "error" in fields:
        raise error_from_redirect(
            fields["error"],
            fields.get("error_description", ""),
            request.provider,
            request.login,
            # A damaged address may have its code in any field.
            [Secret(run) for _, value in pairs for run in random_runs(value)],
        )
    if "code" not in fields:
        raise _malformed_response_error("It has neither a code nor an error.", request)
    written = fields.get("scope", "").replace(",", " ").split()[:_MOST_FIELDS]
    scopes = tuple(one for one in written if len(one) <= _LONGEST_SCOPE and is_token_text(one))
    return CodeResponse(check_code(fields["code"], request), scopes or None)


def is_own_state(state: str, request: AuthorizationRequest) -> bool:
    """Return whether a state is that of the request, in constant time."""
    return compare_digest(
        state.encode("utf-8", "surrogatepass"), request.state.encode("utf-8", "surrogatepass")
    )


def _is_own_issuer(issuer: str, request: AuthorizationRequest) -> bool:
    """Return whether a response comes from the server that the request went to (RFC 9207).

    The issuer of both providers is the origin of their authorization endpoint. Another server
    with the same API may have an issuer with a path.
    """
    own_page = request.provider.oauth.authorize.address
    page = request.page or own_page
    try:
        split, expected = urlsplit(issuer), urlsplit(page)
    except ValueError:
        return False
    has_path = bool(split.path.strip("/") or split.query or split.fragment)
    is_same = (split.scheme, split.netloc.lower()) == (expected.scheme, expected.netloc.lower())
    return is_same and (page != own_page or not has_path)


def _issuer_mismatch_error(request: AuthorizationRequest) -> ConsentError:
    title = request.provider.title
    return ConsentError(
        "issuer_mismatch",
        f"The response of the consent page names another server than that of the {title} as its "
        "issuer, so it was not used.",
        "A page may have mixed up two logins, to obtain the code of one of them. Close other "
        f"consent pages, and log in again: {request.login}",
    )


def state_mismatch_error(request: AuthorizationRequest) -> ForeignError:
    """Return the error of a response that belongs to another request."""
    return ForeignError(
        "state_mismatch",
        "The response of the consent page does not belong to this login (its state differs), so "
        "it was not used.",
        "Usually it comes from an older tab, or only half of the address was copied. If you opened "
        f"no such page, someone else may have sent you there. Log in again: {request.login}",
    )


def check_code(code: str, request: AuthorizationRequest) -> Secret:
    """Return a code if it is well-formed.

    :raises ConsentError: if no request could carry it.
    """
    if not 0 < len(code) <= _LONGEST_CODE or not all("!" <= sign <= "~" for sign in code):
        raise _malformed_response_error(
            "Its code is empty, far too long, or contains characters that no code has.", request
        )
    return Secret(code)


def _malformed_response_error(
    why: str, request: AuthorizationRequest, kind: type[ConsentError] = ConsentError
) -> ConsentError:
    return kind(
        "malformed_redirect",
        f"The response of the consent page cannot be understood. {why}",
        "Do not edit the address: the consent page itself sends the browser back. Log in again: "
        f"{request.login}",
    )
