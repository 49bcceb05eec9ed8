"""Google's consent page.

https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient and, for the
errors, .../web-server#authorization-errors
"""

from dataclasses import dataclass

from tokcheck.sandbox.consent_page import (
    ConsentForm,
    ConsentRefusedError,
    Pkce,
    ScopeOption,
    error_page,
    handle_decision,
    parse_challenge_method,
    redirect_to_client,
)
from tokcheck.sandbox.google.api import html_not_found
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse
from tokcheck.sandbox.state.clients import RegisteredClient
from tokcheck.sandbox.state.codes import Consent, is_valid_challenge
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import (
    GOOGLE_WRITABLE,
    HEALTH_SCOPE,
    SIGN_IN,
    USERINFO_PROFILE,
    requested_google_scopes,
)

_TITLE = "Google Health"
# The user cannot untick the sign-in scopes.
_SIGN_IN = (*SIGN_IN.values(), USERINFO_PROFILE)
_HEALTH = {
    f"{HEALTH_SCOPE}{name}.{mode}": f"{verb} {name.replace('_', ' ')}"
    for name, writable in GOOGLE_WRITABLE.items()
    for mode, verb in (("readonly", "see"), ("writeonly", "add to"))
    if mode == "readonly" or writable
}
_PROMPTS = {"none", "consent", "select_account"}
_UNVERIFIED = "The real page shows a warning here: Google has not verified this application."


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the consent page, or the response to its form."""
    if request.method not in {"GET", "POST"}:
        return html_not_found()
    try:
        authorization = _parse_request(state, request.params)
    except ConsentRefusedError as refused:
        return refused.response

    def allow(account: str, scopes: tuple[str, ...]) -> HttpResponse:
        if not authorization.client.allows_account(account):
            name = authorization.client.name
            description = f"{name} is being tested, and {account} is not among its testers."
            return _blocked_page(403, "access_denied", description)
        return _issue_code(state, authorization, account, scopes)

    def deny() -> HttpResponse:
        return authorization.redirect(error="access_denied")

    if "none" in authorization.prompt:
        return _respond_without_prompt(state, authorization)
    return handle_decision(request, _build_form(state, authorization), allow, deny)


@dataclass(frozen=True, slots=True)
class _GoogleAuthorization:
    """A valid authorization request."""

    client: RegisteredClient
    redirect_uri: str
    state_parameter: str | None
    pkce: Pkce
    scopes: tuple[str, ...]
    prompt: frozenset[str]
    hinted_account: str | None
    """The account that ``login_hint`` names."""
    offline: bool
    include_granted: bool
    """``include_granted_scopes=true``: earlier scopes are granted again."""
    nonce: str

    def redirect(self, **fields: str) -> HttpResponse:
        return redirect_to_client(self.redirect_uri, {"state": self.state_parameter, **fields})


def _parse_request(state: SandboxState, params: dict[str, str]) -> _GoogleAuthorization:
    client = _check_client(state, params)
    return _GoogleAuthorization(
        client,
        params["redirect_uri"],
        params.get("state"),
        _parse_pkce(params),
        _parse_scopes(params),
        _parse_prompt(params),
        _find_hinted_account(state, params.get("login_hint")),
        offline=params.get("access_type") == "offline",
        include_granted=params.get("include_granted_scopes") == "true",
        nonce=params.get("nonce", ""),
    )


def _blocked_page(status: int, error: str, description: str) -> HttpResponse:
    return error_page(status, _TITLE, "Access blocked", f"Error {status}: {error}", description)


def _refusal(error: str, description: str, status: int = 400) -> ConsentRefusedError:
    return ConsentRefusedError(_blocked_page(status, error, description))


def _check_client(state: SandboxState, params: dict[str, str]) -> RegisteredClient:
    for name in ("client_id", "redirect_uri", "response_type", "scope"):
        if not params.get(name):
            raise _refusal("invalid_request", f"Missing required parameter: {name}")
    client = state.clients.find(params["client_id"], "google-health")
    if client is None:
        raise _refusal("invalid_client", "The OAuth client was not found.", 401)
    if not client.accepts(params["redirect_uri"]):
        description = f"The redirect URI {params['redirect_uri'][:200]} is not registered."
        raise _refusal("redirect_uri_mismatch", description)
    if params["response_type"] != "code":
        raise _refusal(
            "unsupported_response_type", "The sandbox supports only the response type code."
        )
    return client


def _parse_scopes(params: dict[str, str]) -> tuple[str, ...]:
    scopes = requested_google_scopes(params["scope"])
    invalid = [scope for scope in scopes if scope not in _HEALTH and scope not in _SIGN_IN]
    if invalid or not scopes:
        description = f"Some requested scopes were invalid: {', '.join(invalid)[:400]}"
        raise _refusal("invalid_scope", description)
    return scopes


def _parse_pkce(params: dict[str, str]) -> Pkce:
    challenge = params.get("code_challenge")
    if challenge is None:
        return Pkce()
    method = parse_challenge_method(params.get("code_challenge_method"))
    if method is None:
        raise _refusal("invalid_request", "Invalid parameter value for code_challenge_method")
    if not is_valid_challenge(challenge):
        raise _refusal("invalid_request", "Invalid parameter value for code_challenge")
    return Pkce(challenge, method)


def _parse_prompt(params: dict[str, str]) -> frozenset[str]:
    prompt = frozenset(params.get("prompt", "").split())
    if not prompt <= _PROMPTS or (len(prompt) > 1 and "none" in prompt):
        raise _refusal("invalid_request", "Invalid parameter value for prompt")
    return prompt


def _find_hinted_account(state: SandboxState, hint: str | None) -> str | None:
    return next((a.name for a in state.accounts() if hint in {a.email, a.google_sub}), None)


def _respond_without_prompt(
    state: SandboxState, authorization: _GoogleAuthorization
) -> HttpResponse:
    """Return the response to ``prompt=none``: a login hint counts as a signed-in account."""
    if authorization.hinted_account is None:
        return authorization.redirect(error="login_required")
    previous = state.grants.granted_scopes(
        authorization.hinted_account, authorization.client.client_id
    )
    if not set(authorization.scopes) <= set(previous) or not authorization.client.allows_account(
        authorization.hinted_account
    ):
        return authorization.redirect(error="consent_required")
    return _issue_code(state, authorization, authorization.hinted_account, authorization.scopes)


def _issue_code(
    state: SandboxState, authorization: _GoogleAuthorization, account: str, scopes: tuple[str, ...]
) -> HttpResponse:
    if authorization.include_granted:
        previous = state.grants.granted_scopes(account, authorization.client.client_id)
        scopes = tuple(dict.fromkeys((*scopes, *previous)))
    consent = Consent(
        "google-health",
        authorization.client.client_id,
        account,
        scopes,
        authorization.redirect_uri,
        authorization.pkce.challenge,
        authorization.pkce.method,
        authorization.offline,
        "consent" in authorization.prompt,
        authorization.nonce,
    )
    return authorization.redirect(code=state.grants.codes.issue(consent), scope=" ".join(scopes))


def _build_form(state: SandboxState, authorization: _GoogleAuthorization) -> ConsentForm:
    accounts = tuple((a.name, a.email) for a in state.accounts())
    return ConsentForm(
        _TITLE,
        authorization.client.name,
        authorization.client.client_id,
        authorization.redirect_uri,
        accounts,
        authorization.hinted_account or (accounts[0][0] if accounts else ""),
        tuple(
            ScopeOption(scope, scope.removeprefix(HEALTH_SCOPE), _HEALTH[scope])
            for scope in authorization.scopes
            if scope in _HEALTH
        ),
        tuple(scope for scope in authorization.scopes if scope in _SIGN_IN),
        "" if authorization.client.verified else _UNVERIFIED,
    )
