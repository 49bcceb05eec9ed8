"""The consent page of a declared API.

https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
"""

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
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse
from tokcheck.sandbox.state.clients import RegisteredClient
from tokcheck.sandbox.state.codes import Consent, is_valid_challenge
from tokcheck.sandbox.state.declared.api_table import ApiTable
from tokcheck.sandbox.state.sandbox_state import SandboxState


def handle_request(state: SandboxState, api: ApiTable, request: HttpRequest) -> HttpResponse:
    """Return the consent page, or the response to its form."""
    params = request.params
    if request.method not in {"GET", "POST"}:
        return error_page(405, api.title, "Method not allowed", "This page takes GET and POST.")
    try:
        client = _check_client(state, api, params)
        pkce = _parse_pkce(api, params)
    except ConsentRefusedError as refused:
        return refused.response
    uri, sent_state = params["redirect_uri"], params.get("state")
    scopes = tuple(dict.fromkeys(params.get("scope", "").replace(",", " ").split()))

    def allow(account: str, granted: tuple[str, ...]) -> HttpResponse:
        consent = Consent(
            api.name, client.client_id, account, granted, uri, pkce.challenge, pkce.method
        )
        code = state.grants.codes.issue(consent)
        written = api.oauth.get("separator", " ").join(granted)
        return redirect_to_client(uri, {"code": code, "scope": written, "state": sent_state})

    def deny() -> HttpResponse:
        return redirect_to_client(uri, {"error": "access_denied", "state": sent_state})

    accounts = tuple((one.name, f"{one.name} ({one.user_id})") for one in state.accounts())
    form = ConsentForm(
        api.title,
        client.name,
        client.client_id,
        uri,
        accounts,
        accounts[0][0] if accounts else "",
        tuple(ScopeOption(name, name, "") for name in scopes),
        # A login may request no scope; the page needs something to allow.
        included=() if scopes else ("basic access",),
    )
    return handle_decision(
        request, form, lambda who, all_: allow(who, all_ if scopes else ()), deny
    )


def _refusal(api: ApiTable, error: str, message: str) -> ConsentRefusedError:
    return ConsentRefusedError(error_page(400, api.title, error, message))


def _check_client(state: SandboxState, api: ApiTable, params: dict[str, str]) -> RegisteredClient:
    client = state.clients.find(params.get("client_id", ""), api.name)
    if client is None:
        raise _refusal(api, "invalid_client", "The client id is missing or unknown.")
    if not client.accepts(params.get("redirect_uri", "")):
        raise _refusal(api, "redirect_uri_mismatch", "The redirect URI is not registered.")
    if params.get("response_type") != "code":
        raise _refusal(api, "unsupported_response_type", "The response type is not code.")
    for name, value in api.oauth.get("parameters", {}).items():
        if params.get(name) != value:
            raise _refusal(api, "invalid_request", f"The parameter {name} is missing or wrong.")
    return client


def _parse_pkce(api: ApiTable, params: dict[str, str]) -> Pkce:
    challenge = params.get("code_challenge")
    if challenge is None:
        return Pkce()
    method = parse_challenge_method(params.get("code_challenge_method"))
    if method is None or not is_valid_challenge(challenge):
        raise _refusal(api, "invalid_request", "The code challenge is invalid.")
    return Pkce(challenge, method)
