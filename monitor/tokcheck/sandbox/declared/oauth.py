"""The token and revocation endpoints of a declared API.

https://www.rfc-editor.org/rfc/rfc6749#section-5 and https://www.rfc-editor.org/rfc/rfc7009
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tokcheck.sandbox.declared.json_paths import put_at
from tokcheck.sandbox.declared.refusals import refusal, ruled_response, values_of
from tokcheck.sandbox.declared.token_text import token_text
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse, json_response
from tokcheck.sandbox.state.clients import RegisteredClient
from tokcheck.sandbox.state.codes import GrantProblem, TokenRequestError
from tokcheck.sandbox.state.declared.api_table import ApiTable
from tokcheck.sandbox.state.declared.declared_apis import DECLARED_SECONDS
from tokcheck.sandbox.state.grants import IssuedTokens
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.tokens import AccessToken, TokenProblem

_PARAMETERS = {"authorization_code": "code", "refresh_token": "refresh_token"}


def handle_request(
    state: SandboxState, api: ApiTable, request: HttpRequest, path: str
) -> HttpResponse:
    """Return the response to one request; nothing counts against a rate limit."""
    if path == api.oauth_path("revoke") and isinstance(api.oauth["revoke"], Mapping):
        return _deauthorize(state, api, request, api.oauth["revoke"])
    if request.method != "POST":
        return _error(api, 405, "invalid_request", "The endpoint takes POST.")
    client = _authenticate_client(state, api, request)
    if client is None:
        return _error(api, 401, "invalid_client", "The client or its secret is unknown.")
    if path != api.oauth_path("token"):
        state.revoke_grant(request.form.get("token", ""), client_id=client.client_id)
        return HttpResponse(200)
    return _handle_token(state, api, request, client)


def _deauthorize(
    state: SandboxState, api: ApiTable, request: HttpRequest, declared: Mapping[str, Any]
) -> HttpResponse:
    """End the grant of the access token that a request holds; no client has to log in."""
    if request.method != declared.get("method", "POST"):
        return _error(api, 405, "invalid_request", "The endpoint takes another method.")
    field = declared.get("field")
    text = request.form.get(field, "") if field else token_text(api.tokens_of_logins, request)
    token = state.find_token(api.name, text or "")
    if token is TokenProblem.EXPIRED:
        return refusal(api, "expired")
    if not isinstance(token, AccessToken):
        return refusal(api, "revoked_or_invalid")
    state.revoke_grant(text or "")
    return json_response(200, {field: text}) if field else HttpResponse(204)


def _error(
    api: ApiTable, status: int, error: str, description: str, about: str = ""
) -> HttpResponse:
    """Return a refusal: in a form that is declared for this error, or in OAuth's.

    Of several forms it is the first that names ``about``, such as ``refresh_token``.
    """
    rules = [each for each in api.oauth.get("refusals", ()) if each["error"] == error]
    if not rules:
        return json_response(status, {"error": error, "error_description": description})
    forms = [(rule, value) for rule in rules for value in (values_of(rule) or ("",))]
    word = about.replace("_", "")
    named = (form for form in forms if word in str(form[1]).lower().replace("_", ""))
    rule, value = next(named, forms[0])
    return ruled_response(rule, status, {"message": description}, value)


def _authenticate_client(
    state: SandboxState, api: ApiTable, request: HttpRequest
) -> RegisteredClient | None:
    """Return the client; a secret is taken at the declared place alone."""
    client_id, secret = request.form.get("client_id", ""), request.form.get("client_secret")
    if api.oauth.get("client_login", "body") == "basic" and request.basic is not None:
        client_id, secret = request.basic
    elif api.oauth.get("client_login", "body") == "basic":
        secret = None
    client = state.clients.find(client_id, api.name)
    if client is None or (client.needs_secret and secret != client.secret):
        return None
    return client


def _handle_token(
    state: SandboxState, api: ApiTable, request: HttpRequest, client: RegisteredClient
) -> HttpResponse:
    form, grant_type = request.form, request.form.get("grant_type", "")
    if grant_type not in _PARAMETERS:
        return _error(api, 400, "unsupported_grant_type", "The grant type is missing or unknown.")
    wanted = dict(api.oauth.get("token_form", {}))
    if grant_type == "refresh_token":
        wanted |= api.oauth.get("refresh_form", {})
    missing = [name for name, value in wanted.items() if form.get(name) != value]
    parameter = _PARAMETERS[grant_type]
    if missing or not form.get(parameter):
        name = missing[0] if missing else parameter
        return _error(api, 400, "invalid_request", f"The field {name} is missing or wrong.")
    refresh_token = form[parameter] if parameter == "refresh_token" else ""
    try:
        issued = state.grants.exchange(client, form, refresh_token)
    except TokenRequestError as error:
        code = "invalid_grant"
        if error.problem is GrantProblem.VERIFIER_MISSING:
            code = "invalid_request"
        return _error(api, 400, code, str(error), parameter)
    response = json_response(200, _token_body(state, api, issued))
    return replace(response, refresh_token=refresh_token)


def _token_body(state: SandboxState, api: ApiTable, issued: IssuedTokens) -> Any:  # noqa: ANN401 - any JSON
    renewal: Mapping[str, Any] = {}
    if issued.refresh is not None:  # without one, its tokens do not expire
        renewal = {"expires_in": DECLARED_SECONDS, "refresh_token": issued.refresh}
    fields: Any = {
        "access_token": issued.access,
        "token_type": "Bearer",
        **renewal,
        "scope": api.oauth.get("separator", " ").join(issued.scopes),
    }
    user = state.account(issued.account).user_id
    fields = put_at(fields, api.oauth.get("user", "user_id"), user)
    answer = api.oauth.get("answer")
    if not answer:
        return fields
    success = api.check.get("success", {})
    body: Any = {}
    if "path" in success and "equals" in success:
        body = put_at(body, success["path"], success["equals"])
    return put_at(body, answer, fields)
