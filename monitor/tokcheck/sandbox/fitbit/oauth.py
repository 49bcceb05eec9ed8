"""Fitbit's token and revoke endpoints.

https://dev.fitbit.com/build/reference/web-api/authorization/oauth2-token/ ,
https://dev.fitbit.com/build/reference/web-api/authorization/refresh-token/ and
https://dev.fitbit.com/build/reference/web-api/authorization/revoke-token/
"""

from dataclasses import replace

from tokcheck.sandbox.faults import fitbit_bodies as errors
from tokcheck.sandbox.faults.fault import Body, json_headers
from tokcheck.sandbox.messages import Answer, Asked, json_answer
from tokcheck.sandbox.state.clients import Client
from tokcheck.sandbox.state.codes import GrantError, Problem
from tokcheck.sandbox.state.grants import Issued
from tokcheck.sandbox.state.world import FITBIT_SECONDS, World


def _redirect(asked: Asked) -> bytes:
    given = asked.form.get("redirect_uri")
    return errors.redirect_mismatch(asked) if given else errors.parameter_missing("redirect_uri")


_REFUSALS: dict[Problem, tuple[int, Body]] = {
    Problem.CODE_UNKNOWN: (400, errors.authorization_code),
    Problem.CODE_DEAD: (400, errors.authorization_code),
    Problem.REDIRECT_MISMATCH: (400, _redirect),
    Problem.VERIFIER_MISSING: (400, lambda _: errors.parameter_missing("code_verifier")),
    Problem.VERIFIER_WRONG: (400, errors.code_verifier),
    Problem.REFRESH_UNKNOWN: (400, errors.refresh_token),
    Problem.REFRESH_DEAD: (400, errors.refresh_token),
    Problem.CONFLICT: (409, errors.conflict),
}


def answer(world: World, asked: Asked) -> Answer:
    """Answer one request as the endpoints would; none of them costs quota."""
    handlers = {"/oauth2/token": _token, "/oauth2/revoke": _revoke}
    handler = handlers.get(asked.path) if asked.method == "POST" else None
    if handler is None:
        return Answer(404, json_headers(), errors.not_found())
    if asked.body and not asked.pairs:
        return _refused(400, errors.body_unreadable(asked))
    client = _client(world, asked)
    return client if isinstance(client, Answer) else handler(world, asked, client)


def _refused(status: int, body: bytes) -> Answer:
    return Answer(status, json_headers(), body)


def _client(world: World, asked: Asked) -> Client | Answer:
    """Return who asks: a server application by Basic, any other by its id in the form."""
    if asked.authorization is None:
        client_id = asked.form.get("client_id")
        if not client_id:
            return _refused(400, errors.parameter_missing("client_id"))
        client = world.clients.find(client_id, "fitbit")
        if client is not None and client.needs_secret:
            return _refused(401, errors.authorization_format(asked))
        return client or _refused(401, errors.client_unknown(client_id))
    if asked.basic is None:
        return _refused(401, errors.authorization_format(asked))
    client_id, secret = asked.basic
    client = world.clients.find(client_id, "fitbit")
    if client is None:
        return _refused(401, errors.client_unknown(client_id))
    # Types that need no secret are taken with any, as long as none is registered for them.
    if client.secret and secret != client.secret:
        return _refused(401, errors.client_secret(asked))
    return client


def _token(world: World, asked: Asked, client: Client) -> Answer:
    form = asked.form
    needed = {
        "authorization_code": "code",
        "refresh_token": "refresh_token",
    }.get(form.get("grant_type", ""))
    if not form.get("grant_type"):
        return _refused(400, errors.parameter_missing("grant_type"))
    if needed is None:
        return _refused(400, errors.grant_type(asked))
    if not form.get(needed):
        return _refused(400, errors.parameter_missing(needed))
    renewed = form["refresh_token"] if needed == "refresh_token" else ""
    try:
        if renewed:
            issued = world.grants.refresh(client, renewed)
        else:
            issued = world.grants.redeem(
                client, form["code"], form.get("redirect_uri", ""), form.get("code_verifier")
            )
    except GrantError as error:
        # What belongs to another application looks like what never was.
        fallback = errors.refresh_token if renewed else errors.authorization_code
        status, body = _REFUSALS.get(error.problem, (400, fallback))
        return _refused(status, body(asked))
    return replace(json_answer(200, _fields(world, issued)), holds=renewed)


def _fields(world: World, issued: Issued) -> dict[str, str | int | None]:
    return {
        "access_token": issued.access,
        "expires_in": FITBIT_SECONDS,
        "refresh_token": issued.refresh,
        "scope": " ".join(issued.scopes),
        "token_type": "Bearer",
        "user_id": world.account(issued.account).user_id,
    }


def _revoke(world: World, asked: Asked, client: Client) -> Answer:
    """End the consent; an unknown token is no error, for the endpoint conforms to RFC 7009."""
    token = asked.form.get("token")
    if not token:
        return _refused(400, errors.parameter_missing("token"))
    world.revoke_grant(token, client_id=client.client_id)
    return Answer(200, json_headers())
