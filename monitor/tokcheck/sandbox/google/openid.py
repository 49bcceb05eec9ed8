"""Google's OpenID Connect: the discovery document, the public keys and the userinfo endpoint.

https://developers.google.com/identity/openid-connect/openid-connect and, for the metadata,
https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from collections.abc import Mapping

from tokcheck.sandbox.faults import google_bodies
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.google.api import html_not_found
from tokcheck.sandbox.google.id_token import certificates, public_key
from tokcheck.sandbox.http_messages import HttpRequest, HttpResponse, indented_json
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import SIGN_IN, USERINFO_PROFILE
from tokcheck.sandbox.state.tokens import TokenProblem
from tokcheck.sandbox.state.users import User

ISSUER = "https://accounts.google.com"
_CLAIMS = (
    "aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss", "name",
    "sub",
)  # fmt: skip


_NAMES_OF_VERSION_2 = {"sub": "id", "email_verified": "verified_email"}


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one request; no endpoint counts against the rate limit."""
    match request.method, request.path:
        case "GET", "/.well-known/openid-configuration":
            return indented_json(discovery_document(request.origin))
        case "GET", "/oauth2/v3/certs":
            return indented_json({"keys": [public_key()]})
        case "GET", "/oauth2/v1/certs":
            return indented_json(certificates())
        case "GET" | "POST", "/v1/userinfo" | "/oauth2/v3/userinfo":
            return _userinfo(state, request, {})
        case "GET" | "POST", "/oauth2/v2/userinfo":
            return _userinfo(state, request, _NAMES_OF_VERSION_2)
        case _:
            return html_not_found()


def discovery_document(origin: str) -> dict[str, object]:
    """Return the metadata: the issuer is Google, and all endpoints are at ``origin``."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{origin}/o/oauth2/v2/auth",
        "token_endpoint": f"{origin}/token",
        "userinfo_endpoint": f"{origin}/v1/userinfo",
        "revocation_endpoint": f"{origin}/revoke",
        "jwks_uri": f"{origin}/oauth2/v3/certs",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": list(_CLAIMS),
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    }


def identity_claims(account: User, scopes: tuple[str, ...]) -> dict[str, object]:
    """Return the claims about a user that ``scopes`` allow."""
    claims: dict[str, object] = {"sub": account.google_sub}
    if SIGN_IN["email"] in scopes:
        claims |= {"email": account.email, "email_verified": True}
    if USERINFO_PROFILE in scopes:
        name = account.name.capitalize()
        claims |= {"name": f"{name} Sandbox", "given_name": name, "family_name": "Sandbox"}
    return claims


def _userinfo(state: SandboxState, request: HttpRequest, names: Mapping[str, str]) -> HttpResponse:
    """Return the claims of a token's user; the error bodies are not recorded."""
    token = state.find_token("google-health", request.bearer or "")
    if isinstance(token, TokenProblem):
        realm = ("WWW-Authenticate", f'{google_bodies.REALM}, error="invalid_token"')
        body = google_bodies.oauth("invalid_request", "Invalid Credentials")
        return HttpResponse(401, json_headers(realm), body)
    if not {*SIGN_IN.values(), USERINFO_PROFILE} & set(token.scopes):
        message = "Request had insufficient authentication scopes."
        body = google_bodies.oauth("insufficient_scope", message)
        return HttpResponse(403, json_headers(), body)
    claims = identity_claims(state.account(token.account), token.scopes)
    return indented_json({names.get(name, name): value for name, value in claims.items()})
