"""Fitbit's consent page.

https://dev.fitbit.com/build/reference/web-api/authorization/authorize/ and, for its errors,
https://dev.fitbit.com/build/reference/web-api/troubleshooting-guide/error-messages/
"""

from dataclasses import dataclass, replace

from tokcheck.sandbox.consent_page import (
    Choice,
    Form,
    Pkce,
    RefusedError,
    decide,
    error_page,
    method_of,
    redirect,
)
from tokcheck.sandbox.messages import Answer, Asked
from tokcheck.sandbox.state.clients import Client
from tokcheck.sandbox.state.codes import Consent, well_formed
from tokcheck.sandbox.state.world import World

_TITLE = "Fitbit"
# The real redirect has this appended: https://dev.fitbit.com/apps/oauthinteractivetutorial
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


def answer(world: World, asked: Asked) -> Answer:
    """Show the page, or act on it; ``prompt`` changes nothing, for nobody is signed in here."""
    if asked.method not in {"GET", "POST"}:
        return error_page(405, _TITLE, "Method not allowed", "This page takes GET and POST.")
    try:
        wish = _read(world, asked.params)
    except RefusedError as refused:
        return refused.answer

    def allow(account: str, scopes: tuple[str, ...]) -> Answer:
        bound = (wish.given_uri, wish.pkce.challenge, wish.pkce.method)
        consent = Consent("fitbit", wish.client.client_id, account, scopes, *bound)
        return wish.back(code=world.grants.codes.issue(consent))

    def deny() -> Answer:
        return wish.back(error="access_denied", error_description="The user denied the request.")

    accounts = tuple((a.name, f"{a.name} ({a.user_id})") for a in world.accounts())
    form = Form(
        _TITLE,
        wish.client.name,
        wish.client.client_id,
        wish.redirect_uri,
        accounts,
        accounts[0][0] if accounts else "",
        tuple(Choice(name, name, _MEANINGS[name]) for name in wish.scopes),
    )
    return decide(asked, form, allow, deny)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A request that the page may be shown for; ``given_uri`` is empty where none was named."""

    client: Client
    given_uri: str
    state: str | None
    pkce: Pkce
    scopes: tuple[str, ...] = ()

    @property
    def redirect_uri(self) -> str:
        return self.given_uri or self.client.redirect_uris[0]

    def back(self, **fields: str) -> Answer:
        return redirect(self.redirect_uri, {**fields, "state": self.state}, _FRAGMENT)


def _read(world: World, params: dict[str, str]) -> _Wish:
    client = _client(world, params)
    _check_response_type(params.get("response_type"))
    wish = _Wish(client, params.get("redirect_uri", ""), params.get("state"), _pkce(params))
    scopes = tuple(dict.fromkeys(params.get("scope", "").split()))
    if not scopes or not set(scopes) <= set(_MEANINGS):
        told = "The requested scope is invalid, unknown or malformed."
        raise RefusedError(wish.back(error="invalid_scope", error_description=told))
    return replace(wish, scopes=scopes)


def _refused(error: str, message: str) -> RefusedError:
    """Return a page; the real one shows no status, so that its own is not known."""
    return RefusedError(error_page(400, _TITLE, "Developer information", f"{error} - {message}"))


def _client(world: World, params: dict[str, str]) -> Client:
    client_id = params.get("client_id")
    if not client_id:
        raise _refused("invalid_request", "Missing parameters: client_id")
    client = world.clients.find(client_id, "fitbit")
    if client is None:
        raise _refused("unauthorized_client", "Invalid client_id")
    uri = params.get("redirect_uri")
    if not uri and len(client.redirect_uris) != 1:
        raise _refused("invalid_request", "Missing redirect_uri parameter value")
    if uri and not client.accepts(uri):
        raise _refused("invalid_request", "Invalid redirect_uri parameter value")
    return client


def _check_response_type(given: str | None) -> None:
    if not given:
        raise _refused("invalid_request", "Missing response_type parameter value")
    if given == "token":  # the implicit flow is not played here
        told = "The client is not authorized to request an access token using this method"
        raise _refused("unauthorized_client", told)
    if given != "code":
        raise _refused("unsupported_response_type", "Invalid response_type parameter value")


def _pkce(params: dict[str, str]) -> Pkce:
    challenge = params.get("code_challenge")
    if challenge is None:
        return Pkce()
    method = method_of(params.get("code_challenge_method"))
    if method is None:
        raise _refused("invalid_request", "Unsupported code_challenge_method")
    if not _SHORTEST <= len(challenge) <= _LONGEST:
        told = "The code_challenge parameter length must be between 43 and 128"
        raise _refused("invalid_request", told)
    if not well_formed(challenge):
        raise _refused("invalid_request", "The code_challenge parameter is invalid")
    return Pkce(challenge, method)
