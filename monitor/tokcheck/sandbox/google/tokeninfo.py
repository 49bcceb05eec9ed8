"""Google's tokeninfo: what a token is, without touching the Health quota.

https://docs.cloud.google.com/sdk/gcloud/reference/auth/application-default/print-access-token
shows the form body; the bearer header is accepted as well, though not documented:
https://github.com/PrefectHQ/fastmcp/pull/5185
"""

from tokcheck.sandbox.faults import google_bodies as errors
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.messages import Answer, Asked, encoded
from tokcheck.sandbox.state.tokens import Refusal, Token
from tokcheck.sandbox.state.world import World

_EMAIL = "https://www.googleapis.com/auth/userinfo.email"


def answer(world: World, asked: Asked) -> Answer:
    """Answer as tokeninfo would: every value is a string, every bad token looks alike."""
    if asked.method not in {"GET", "POST"}:
        return Answer(404, (("Content-Type", "text/html; charset=UTF-8"),), errors.HTML_NOT_FOUND)
    text = asked.form.get("access_token") or asked.params.get("access_token") or asked.bearer
    if not text:
        missing = "either access_token, id_token, or token_handle required"
        return Answer(400, json_headers(), errors.oauth("invalid_request", missing))
    token = world.token("google-health", text)
    if isinstance(token, Refusal):
        return Answer(400, json_headers(), errors.oauth("invalid_token", "Invalid Value"))
    return Answer(200, json_headers(), encoded(_fields(world, token), indent=2))


def _fields(world: World, token: Token) -> dict[str, str]:
    account = world.account(token.account)
    fields = {"azp": token.client_id, "aud": token.client_id}
    if "openid" in token.scopes or _EMAIL in token.scopes:
        fields["sub"] = account.google_sub
    fields |= {
        "scope": " ".join(token.scopes),
        "exp": str(token.expires_at),
        "expires_in": str(int(token.expires_at - world.now())),
    }
    if _EMAIL in token.scopes:
        fields |= {"email": account.email, "email_verified": "true"}
    return fields | {"access_type": "offline" if token.offline else "online"}
