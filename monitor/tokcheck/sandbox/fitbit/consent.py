"""Fitbit's consent page.

https://dev.fitbit.com/build/reference/web-api/authorization/authorize/ and, for its errors,
https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-messages/
"""

from dataclasses import dataclass, replace

from tokcheck.sandbox.consent_page import (
    ConsentForm,
    ConsentRefusedError,
    Pkce,
    ScopeOption,
    error_page,
    handle_decision,
    parse_challenge_method,
    redirect_to_client,
    redirect_with_fragment,
)
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse
from tokcheck.sandbox.state.clients import RegisteredClient
from tokcheck.sandbox.state.codes import Consent, is_valid_challenge
from tokcheck.sandbox.state.sandbox_state import SandboxState

_TITLE = "Fitbit"
# The real redirect ends with this: https://dev.fitbit.com/apps/oauthinteractivetutorial
_FRAGMENT = "#_=_"
_MEANINGS = {
    "activity": "steps, distance, calories and exercise",
    "cardio_fitness": "cardio fitness score",
    "electrocardiogram": "electrocardiogram readings",
    "heartrate": "heart rate",
    "irregular_rhythm_notifications": "irregular rhythm notifications",
    "location": "places of exercises",
    "nutrition": "food and water",
    "oxygen_saturation": "oxygen saturation",
    "profile": "name, age and other personal data",
    "respiratory_rate": "breathing rate",
    "settings": "devices and settings",
    "sleep": "nights and naps",
    "social": "friends",
    "temperature": "skin and core temperature",
    "weight": "weight and body fat",
}
_SHORTEST, _LONGEST = 43, 128
# A day, which is the default, a week, 30 days and a year.
_IMPLICIT_LIFETIMES = ("86400", "604800", "2592000", "31536000")


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the consent page, or the response to its form.

    ``prompt`` has no effect, because no user is ever signed in here.
    """
    if request.method not in {"GET", "POST"}:
        return error_page(405, _TITLE, "Method not allowed", "This page takes GET and POST.")
    try:
        authorization = _parse_request(state, request.params)
    except ConsentRefusedError as refused:
        return refused.response

    def allow(account: str, scopes: tuple[str, ...]) -> HttpResponse:
        if authorization.lifetime:
            return _issue_token(state, authorization, account, scopes)
        bound = (
            authorization.sent_redirect_uri,
            authorization.pkce.challenge,
            authorization.pkce.method,
        )
        consent = Consent("fitbit", authorization.client.client_id, account, scopes, *bound)
        return authorization.redirect(code=state.grants.codes.issue(consent))

    def deny() -> HttpResponse:
        return authorization.redirect(
            error="access_denied", error_description="The user denied the request."
        )

    accounts = tuple((a.name, f"{a.name} ({a.user_id})") for a in state.accounts())
    form = ConsentForm(
        _TITLE,
        authorization.client.name,
        authorization.client.client_id,
        authorization.redirect_uri,
        accounts,
        accounts[0][0] if accounts else "",
        tuple(ScopeOption(name, name, _MEANINGS[name]) for name in authorization.scopes),
    )
    return handle_decision(request, form, allow, deny)


@dataclass(frozen=True, slots=True)
class _FitbitAuthorization:
    """A valid authorization request."""

    client: RegisteredClient
    sent_redirect_uri: str
    """The redirect URI of the request; empty if it has none."""
    state_parameter: str | None
    pkce: Pkce
    scopes: tuple[str, ...] = ()
    lifetime: int = 0
    """Seconds that the token of the implicit flow lives; 0 in the authorization code flow."""

    @property
    def redirect_uri(self) -> str:
        return self.sent_redirect_uri or self.client.redirect_uris[0]

    def redirect(self, **fields: str) -> HttpResponse:
        sent = {**fields, "state": self.state_parameter}
        if self.lifetime:
            return redirect_with_fragment(self.redirect_uri, sent)
        return redirect_to_client(self.redirect_uri, sent, _FRAGMENT)


def _issue_token(
    state: SandboxState,
    authorization: _FitbitAuthorization,
    account: str,
    scopes: tuple[str, ...],
) -> HttpResponse:
    """Return the redirect of the implicit flow, with a token; there is no refresh token."""
    client = authorization.client
    token = state.issue_fitbit_token(
        account=account,
        scopes=scopes,
        access=client.access,
        lifetime=authorization.lifetime,
        client_id=client.client_id,
    )
    return authorization.redirect(
        access_token=token,
        user_id=state.account(account).user_id,
        scope=" ".join(scopes),
        token_type="Bearer",  # noqa: S106 - the name of a scheme
        expires_in=str(authorization.lifetime),
    )


def _parse_request(state: SandboxState, params: dict[str, str]) -> _FitbitAuthorization:
    client = _check_client(state, params)
    lifetime = _parse_lifetime(client, params)
    authorization = _FitbitAuthorization(
        client,
        params.get("redirect_uri", ""),
        params.get("state"),
        _parse_pkce(params),
        lifetime=lifetime,
    )
    scopes = tuple(dict.fromkeys(params.get("scope", "").split()))
    if not scopes or not set(scopes) <= set(_MEANINGS):
        description = "The requested scope is invalid, unknown or malformed."
        raise ConsentRefusedError(
            authorization.redirect(error="invalid_scope", error_description=description)
        )
    return replace(authorization, scopes=scopes)


def _refusal(error: str, message: str) -> ConsentRefusedError:
    """Return the error page; the HTTP status of the real one is not known."""
    return ConsentRefusedError(
        error_page(400, _TITLE, "Developer information", f"{error} - {message}")
    )


def _check_client(state: SandboxState, params: dict[str, str]) -> RegisteredClient:
    client_id = params.get("client_id")
    if not client_id:
        raise _refusal("invalid_request", "Missing parameters: client_id")
    client = state.clients.find(client_id, "fitbit")
    if client is None:
        raise _refusal("unauthorized_client", "Invalid client_id")
    uri = params.get("redirect_uri")
    if not uri and len(client.redirect_uris) != 1:
        raise _refusal("invalid_request", "Missing redirect_uri parameter value")
    if uri and not client.accepts(uri):
        raise _refusal("invalid_request", "Invalid redirect_uri parameter value")
    return client


def _parse_lifetime(client: RegisteredClient, params: dict[str, str]) -> int:
    """Return how long a token of the implicit flow lives; 0 for the authorization code flow."""
    response_type = params.get("response_type")
    if not response_type:
        raise _refusal("invalid_request", "Missing response_type parameter value")
    if response_type == "code":
        return 0
    if response_type != "token":
        raise _refusal("unsupported_response_type", "Invalid response_type parameter value")
    if client.needs_secret:  # a server application
        description = "The client is not authorized to request an access token using this method"
        raise _refusal("unauthorized_client", description)
    lifetime = params.get("expires_in", _IMPLICIT_LIFETIMES[0])
    if lifetime not in _IMPLICIT_LIFETIMES:
        raise _refusal("invalid_request", "Invalid expires_in parameter value")
    return int(lifetime)


def _parse_pkce(params: dict[str, str]) -> Pkce:
    challenge = params.get("code_challenge")
    if challenge is None:
        return Pkce()
    method = parse_challenge_method(params.get("code_challenge_method"))
    if method is None:
        raise _refusal("invalid_request", "Unsupported code_challenge_method")
    if not _SHORTEST <= len(challenge) <= _LONGEST:
        description = "The code_challenge parameter length must be between 43 and 128"
        raise _refusal("invalid_request", description)
    if not is_valid_challenge(challenge):
        raise _refusal("invalid_request", "The code_challenge parameter is invalid")
    return Pkce(challenge, method)
