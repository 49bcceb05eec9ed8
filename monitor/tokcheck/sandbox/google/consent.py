"""Google's consent page.

https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient and, for the
errors, .../web-server#authorization-errors
"""

from dataclasses import dataclass

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
from tokcheck.sandbox.google.api import html_not_found
from tokcheck.sandbox.messages import Answer, Asked
from tokcheck.sandbox.state.clients import Client
from tokcheck.sandbox.state.codes import Consent, well_formed
from tokcheck.sandbox.state.mint import GOOGLE_WRITABLE, HEALTH_SCOPE
from tokcheck.sandbox.state.world import World

_TITLE = "Google Health"
_USERINFO = "https://www.googleapis.com/auth/userinfo."
_ALIASES = {"email": f"{_USERINFO}email", "profile": f"{_USERINFO}profile"}
# Who somebody is cannot be unticked.
_SIGN_IN = ("openid", *_ALIASES.values())
_HEALTH = {
    f"{HEALTH_SCOPE}{name}.{mode}": f"{verb} {name.replace('_', ' ')}"
    for name, writable in GOOGLE_WRITABLE.items()
    for mode, verb in (("readonly", "see"), ("writeonly", "add to"))
    if mode == "readonly" or writable
}
_PROMPTS = {"none", "consent", "select_account"}
_UNVERIFIED = "The real page warns here: Google has not verified this application."


def answer(world: World, asked: Asked) -> Answer:
    """Show the page, or act on it."""
    if asked.method not in {"GET", "POST"}:
        return html_not_found()
    try:
        wish = _read(world, asked.params)
    except RefusedError as refused:
        return refused.answer

    def allow(account: str, scopes: tuple[str, ...]) -> Answer:
        if not wish.client.admits(account):
            told = f"{wish.client.name} is being tested, and {account} is not among its testers."
            return _page(403, "access_denied", told)
        return _allowed(world, wish, account, scopes)

    def deny() -> Answer:
        return wish.back(error="access_denied")

    if "none" in wish.prompt:
        return _silent(world, wish)
    return decide(asked, _form(world, wish), allow, deny)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A request that the page may be shown for; ``hinted`` is the account of its login_hint."""

    client: Client
    redirect_uri: str
    state: str | None
    pkce: Pkce
    scopes: tuple[str, ...]
    prompt: frozenset[str]
    hinted: str | None
    offline: bool
    merges: bool

    def back(self, **fields: str) -> Answer:
        return redirect(self.redirect_uri, {"state": self.state, **fields})


def _read(world: World, params: dict[str, str]) -> _Wish:
    client = _client(world, params)
    return _Wish(
        client,
        params["redirect_uri"],
        params.get("state"),
        _pkce(params),
        _scopes(params),
        _prompt(params),
        _hinted(world, params.get("login_hint")),
        offline=params.get("access_type") == "offline",
        merges=params.get("include_granted_scopes") == "true",
    )


def _page(status: int, error: str, told: str) -> Answer:
    return error_page(status, _TITLE, "Access blocked", f"Error {status}: {error}", told)


def _refused(error: str, told: str, status: int = 400) -> RefusedError:
    return RefusedError(_page(status, error, told))


def _client(world: World, params: dict[str, str]) -> Client:
    for name in ("client_id", "redirect_uri", "response_type", "scope"):
        if not params.get(name):
            raise _refused("invalid_request", f"Missing required parameter: {name}")
    client = world.clients.find(params["client_id"], "google-health")
    if client is None:
        raise _refused("invalid_client", "The OAuth client was not found.", 401)
    if not client.accepts(params["redirect_uri"]):
        told = f"The redirect address {params['redirect_uri'][:200]} is not registered."
        raise _refused("redirect_uri_mismatch", told)
    if params["response_type"] != "code":
        raise _refused("unsupported_response_type", "Only the response type code is played here.")
    return client


def _scopes(params: dict[str, str]) -> tuple[str, ...]:
    asked = [_ALIASES.get(name, name) for name in params["scope"].split()]
    scopes = tuple(dict.fromkeys(asked))
    invalid = [scope for scope in scopes if scope not in _HEALTH and scope not in _SIGN_IN]
    if invalid or not scopes:
        told = f"Some requested scopes were invalid: {', '.join(invalid)[:400]}"
        raise _refused("invalid_scope", told)
    return scopes


def _pkce(params: dict[str, str]) -> Pkce:
    challenge = params.get("code_challenge")
    if challenge is None:
        return Pkce()
    method = method_of(params.get("code_challenge_method"))
    if method is None:
        raise _refused("invalid_request", "Invalid parameter value for code_challenge_method")
    if not well_formed(challenge):
        raise _refused("invalid_request", "Invalid parameter value for code_challenge")
    return Pkce(challenge, method)


def _prompt(params: dict[str, str]) -> frozenset[str]:
    prompt = frozenset(params.get("prompt", "").split())
    if not prompt <= _PROMPTS or (len(prompt) > 1 and "none" in prompt):
        raise _refused("invalid_request", "Invalid parameter value for prompt")
    return prompt


def _hinted(world: World, hint: str | None) -> str | None:
    return next((a.name for a in world.accounts() if hint in {a.email, a.google_sub}), None)


def _silent(world: World, wish: _Wish) -> Answer:
    """Answer ``prompt=none``: nobody is signed in here, but a hint stands for it."""
    if wish.hinted is None:
        return wish.back(error="login_required")
    former = world.grants.consented(wish.hinted, wish.client.client_id)
    if not set(wish.scopes) <= set(former) or not wish.client.admits(wish.hinted):
        return wish.back(error="consent_required")
    return _allowed(world, wish, wish.hinted, wish.scopes)


def _allowed(world: World, wish: _Wish, account: str, scopes: tuple[str, ...]) -> Answer:
    if wish.merges:
        former = world.grants.consented(account, wish.client.client_id)
        scopes = tuple(dict.fromkeys((*scopes, *former)))
    consent = Consent(
        "google-health",
        wish.client.client_id,
        account,
        scopes,
        wish.redirect_uri,
        wish.pkce.challenge,
        wish.pkce.method,
        wish.offline,
        "consent" in wish.prompt,
    )
    return wish.back(code=world.grants.codes.issue(consent), scope=" ".join(scopes))


def _form(world: World, wish: _Wish) -> Form:
    accounts = tuple((a.name, a.email) for a in world.accounts())
    return Form(
        _TITLE,
        wish.client.name,
        wish.client.client_id,
        wish.redirect_uri,
        accounts,
        wish.hinted or (accounts[0][0] if accounts else ""),
        tuple(
            Choice(scope, scope.removeprefix(HEALTH_SCOPE), _HEALTH[scope])
            for scope in wish.scopes
            if scope in _HEALTH
        ),
        tuple(scope for scope in wish.scopes if scope in _SIGN_IN),
        "" if wish.client.verified else _UNVERIFIED,
    )
