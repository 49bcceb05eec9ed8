"""Google's token and revoke endpoints.

https://developers.google.com/identity/protocols/oauth2/web-server#exchange-authorization-code
and, for the errors, what clients have recorded:
https://github.com/googleworkspace/go-samples/issues/85 ,
https://github.com/erebusnz/gapi-google-analytics-php-interface/issues/149 ,
https://github.com/AlphaTiles/AlphaTiles/pull/107
"""

from tokcheck.sandbox.faults import google_bodies as errors
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.google.api import html_not_found
from tokcheck.sandbox.messages import Answer, Asked, encoded
from tokcheck.sandbox.state import mint
from tokcheck.sandbox.state.clients import Client
from tokcheck.sandbox.state.codes import GrantError, Problem
from tokcheck.sandbox.state.grants import Issued
from tokcheck.sandbox.state.world import GOOGLE_SECONDS, World

_BAD_REQUEST = (400, "invalid_grant", "Bad Request")
_REFUSALS = {
    Problem.CODE_UNKNOWN: (400, "invalid_grant", "Malformed auth code."),
    # A revoked token is remembered as such for some hours, then it is like any other text.
    Problem.REFRESH_DEAD: (400, "invalid_grant", "Token has been expired or revoked."),
    Problem.REDIRECT_MISMATCH: (400, "redirect_uri_mismatch", "Bad Request"),
    Problem.VERIFIER_MISSING: (400, "invalid_grant", "Missing code verifier."),
    Problem.VERIFIER_WRONG: (400, "invalid_grant", "Invalid code verifier."),
    Problem.VERIFIER_UNEXPECTED: (
        400,
        "invalid_grant",
        "code_verifier or verifier is not needed.",
    ),
    Problem.CLIENT_MISMATCH: (401, "unauthorized_client", "Unauthorized"),
}


def answer(world: World, asked: Asked) -> Answer:
    """Answer one request as the endpoints would; any other verb than POST is not found."""
    if asked.method != "POST":
        return html_not_found()
    if asked.path == "/revoke":
        return _revoke(world, asked)
    client = _client(world, asked)
    return client if isinstance(client, Answer) else _token(world, asked, client)


def _refused(status: int, error: str, description: str) -> Answer:
    return Answer(status, json_headers(), errors.oauth(error, description))


def _client(world: World, asked: Asked) -> Client | Answer:
    """Return who asks: id and secret stand in the form, or in a Basic header."""
    form = asked.form
    client_id, secret = asked.basic or (form.get("client_id"), form.get("client_secret"))
    if not client_id:
        return _refused(400, "invalid_request", "Could not determine client ID from request.")
    client = world.clients.find(client_id, "google-health")
    if client is None:
        return _refused(401, "invalid_client", "The OAuth client was not found.")
    if not secret:
        return _refused(400, "invalid_request", "client_secret is missing.")
    if secret != client.secret:
        return _refused(401, "invalid_client", "Unauthorized")
    return client


def _token(world: World, asked: Asked, client: Client) -> Answer:
    form = asked.form
    grant_type = form.get("grant_type")
    missing = "Missing required parameter: {}"
    if not grant_type:
        return _refused(400, "invalid_request", missing.format("grant_type"))
    try:
        if grant_type == "refresh_token":
            if not form.get("refresh_token"):
                return _refused(400, "invalid_request", missing.format("refresh_token"))
            issued = world.grants.refresh(client, form["refresh_token"])
            return _ok(_fields(world, issued, renewed=True))
        if grant_type != "authorization_code":
            return _refused(400, "unsupported_grant_type", f"Invalid grant_type: {grant_type}")
        if not form.get("code"):
            return _refused(400, "invalid_request", missing.format("code"))
        if not form.get("redirect_uri"):
            return _refused(400, "invalid_request", "Missing parameter: redirect_uri")
        issued = world.grants.redeem(
            client, form["code"], form["redirect_uri"], form.get("code_verifier")
        )
        return _ok(_fields(world, issued, renewed=False))
    except GrantError as error:
        return _refused(*_REFUSALS.get(error.problem, _BAD_REQUEST))


def _ok(value: dict[str, object]) -> Answer:
    return Answer(200, json_headers(), encoded(value, indent=2))


def _fields(world: World, issued: Issued, *, renewed: bool) -> dict[str, object]:
    """Return the answer: a refresh token is told once, a time limit every time."""
    fields: dict[str, object] = {
        "access_token": issued.access,
        "expires_in": GOOGLE_SECONDS - 1,
    }
    if issued.refresh is not None and not renewed:
        fields["refresh_token"] = issued.refresh
    fields |= {"scope": " ".join(issued.scopes), "token_type": "Bearer"}
    if mint.SIGN_IN["openid"] in issued.scopes:
        fields["id_token"] = _id_token(world, issued)
    if issued.refresh_ends_at is not None:
        fields["refresh_token_expires_in"] = int(issued.refresh_ends_at - world.now()) - 1
    return fields


def _id_token(world: World, issued: Issued) -> str:
    account, now = world.account(issued.account), int(world.now())
    claims: dict[str, object] = {
        "iss": "https://accounts.google.com",
        "azp": issued.client_id,
        "aud": issued.client_id,
        "sub": account.google_sub,
    }
    if mint.SIGN_IN["email"] in issued.scopes:
        claims |= {"email": account.email, "email_verified": True}
    claims |= {"iat": now, "exp": now + GOOGLE_SECONDS}
    return mint.google_id_token(world.chooser, claims)


def _revoke(world: World, asked: Asked) -> Answer:
    """End the grant; the token alone is enough, in the form or in the address.

    https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke
    """
    token = asked.form.get("token") or asked.params.get("token")
    if not token:
        return _refused(400, "invalid_request", "Missing required parameter: token")
    if not world.revoke_grant(token, provider="google-health"):
        return _refused(400, "invalid_token", "Token expired or revoked")
    return _ok({})
