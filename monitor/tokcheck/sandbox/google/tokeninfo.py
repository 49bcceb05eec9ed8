"""Google's tokeninfo endpoint, which does not count against the Health rate limit.

https://docs.cloud.google.com/sdk/gcloud/reference/auth/application-default/print-access-token
shows the form body; the bearer header is accepted too, but not documented:
https://github.com/PrefectHQ/fastmcp/pull/5185
"""

from tokcheck.sandbox.faults import google_bodies
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse, indented_json
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.tokens import AccessToken, TokenProblem

# https://github.com/googleapis/google-api-python-client has their fields in oauth2.v2.json.
_OLDER = ("/oauth2/v1/", "/oauth2/v2/")
_EMAIL = "https://www.googleapis.com/auth/userinfo.email"


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one request: all values are strings; all invalid tokens look alike."""
    if request.method not in {"GET", "POST"}:
        return HttpResponse(
            404, (("Content-Type", "text/html; charset=UTF-8"),), google_bodies.HTML_NOT_FOUND
        )
    text = request.form.get("access_token") or request.params.get("access_token") or request.bearer
    if not text:
        missing = "either access_token, id_token, or token_handle required"
        return HttpResponse(400, json_headers(), google_bodies.oauth("invalid_request", missing))
    token = state.find_token("google-health", text)
    if isinstance(token, TokenProblem):
        return HttpResponse(
            400, json_headers(), google_bodies.oauth("invalid_token", "Invalid Value")
        )
    is_older = request.path.startswith(_OLDER)
    fields = _older_fields(state, token) if is_older else _fields(state, token)
    return indented_json(fields)


def _fields(state: SandboxState, token: AccessToken) -> dict[str, str]:
    account = state.account(token.account)
    fields = {"azp": token.client_id, "aud": token.client_id}
    if "openid" in token.scopes or _EMAIL in token.scopes:
        fields["sub"] = account.google_sub
    fields |= {
        "scope": " ".join(token.scopes),
        "exp": str(token.expires_at),
        "expires_in": str(int(token.expires_at - state.now())),
    }
    if _EMAIL in token.scopes:
        fields |= {"email": account.email, "email_verified": "true"}
    return fields | {"access_type": "offline" if token.offline else "online"}


def _older_fields(state: SandboxState, token: AccessToken) -> dict[str, str | int | bool]:
    account = state.account(token.account)
    fields: dict[str, str | int | bool] = {
        "issued_to": token.client_id,
        "audience": token.client_id,
        "scope": " ".join(token.scopes),
        "expires_in": int(token.expires_at - state.now()),
        "access_type": "offline" if token.offline else "online",
    }
    if "openid" in token.scopes or _EMAIL in token.scopes:
        fields["user_id"] = account.google_sub
    if _EMAIL in token.scopes:
        fields |= {"email": account.email, "verified_email": True}
    return fields
