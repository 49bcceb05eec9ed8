"""The Fitbit Web API: devices, profile and token introspection.

https://dev.fitbit.com/build/reference/web-api/devices/get-devices/ and
https://dev.fitbit.com/build/reference/web-api/authorization/introspect/
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tokcheck.sandbox.faults import fitbit_bodies as errors
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.messages import Answer, Asked, Headers, encoded, json_answer
from tokcheck.sandbox.state.mint import FITBIT_CODES
from tokcheck.sandbox.state.rate_limits import Reading
from tokcheck.sandbox.state.tokens import Refusal, Token
from tokcheck.sandbox.state.users import Account, Device
from tokcheck.sandbox.state.world import World

_USER = re.compile(r"/1/user/([^/]+)/(devices|profile)\.json")
_INTROSPECT = "/1.1/oauth2/introspect"
_NEEDS = {"devices": "settings", "profile": "profile"}
_NAME_OF_CODE = {code: name for name, code in FITBIT_CODES.items()}


def answer(world: World, asked: Asked) -> Answer:
    """Answer one request as the Fitbit Web API would.

    A call of a live token costs quota, whatever comes of it; one that is refused with 401 or that
    names no endpoint does not, and carries no rate headers (nothing recorded says otherwise).
    """
    user = _USER.fullmatch(asked.path) if asked.method == "GET" else None
    introspects = asked.method == "POST" and asked.path == _INTROSPECT
    if user is None and not introspects:
        return Answer(404, json_headers(), errors.not_found())
    token = _bearer(world, asked)
    if isinstance(token, Answer):
        return token
    reading = world.spend(token)
    rate = rate_headers(reading)
    if not reading.allowed:
        retry = ("Retry-After", str(reading.reset_in_seconds))
        return Answer(429, json_headers(*rate, retry), errors.too_many_requests())
    if user is None:
        return _introspection(world, asked, rate)
    return _resource(world.account(token.account), token, user[1], user[2], rate)


def rate_headers(reading: Reading) -> Headers:
    """Return the three rate headers; the reset is in seconds from now."""
    return (
        ("Fitbit-Rate-Limit-Limit", str(reading.limit)),
        ("Fitbit-Rate-Limit-Remaining", str(reading.remaining)),
        ("Fitbit-Rate-Limit-Reset", str(reading.reset_in_seconds)),
    )


def _bearer(world: World, asked: Asked) -> Token | Answer:
    if asked.authorization is None:
        return Answer(401, json_headers(), errors.authorization_missing(asked))
    text = asked.bearer
    if text is None:
        return Answer(401, json_headers(), errors.authorization_format(asked))
    match world.token("fitbit", text):
        case Refusal.EXPIRED:
            return Answer(401, json_headers(), errors.expired_token(text))
        case Refusal.INVALID:
            return Answer(401, json_headers(), errors.invalid_token(text))
        case token:
            return token


def _resource(account: Account, token: Token, user: str, what: str, rate: Headers) -> Answer:
    if user not in {"-", account.user_id}:
        return Answer(403, json_headers(*rate), errors.not_permitted())
    scope = _NEEDS[what]
    if not {f"r{FITBIT_CODES[scope]}", f"w{FITBIT_CODES[scope]}"} & set(token.scopes):
        return Answer(403, json_headers(*rate), errors.scope_missing(scope))
    if what == "profile":
        return json_answer(200, {"user": _profile(account)}, rate)
    return json_answer(200, [_device(account, device) for device in account.devices], rate)


def _device(account: Account, device: Device) -> dict[str, Any]:
    """Return a device; a phone (``MobileTrack``) has no ``batteryLevel``.

    ``lastSyncTime`` is local to the account and names no zone.
    """
    local = datetime.fromtimestamp(device.synced_at, UTC) + timedelta(
        minutes=account.utc_offset_minutes
    )
    level = {} if device.battery_level is None else {"batteryLevel": device.battery_level}
    return {
        "battery": device.battery,
        **level,
        "deviceVersion": device.version,
        "features": list(device.features),
        "id": device.id,
        "lastSyncTime": local.replace(tzinfo=None).isoformat(timespec="milliseconds"),
        "mac": device.mac,
        "type": device.type,
    }


def _profile(account: Account) -> dict[str, Any]:
    return {
        "displayName": account.name.capitalize(),
        "encodedId": account.user_id,
        "offsetFromUTCMillis": account.utc_offset_minutes * 60_000,
    }


def _introspection(world: World, asked: Asked, rate: Headers) -> Answer:
    """Answer in the service's own scope format, with times in milliseconds."""
    text = asked.form.get("token")
    if not text:
        return Answer(400, json_headers(*rate), errors.parameter_missing("token"))
    token = world.token("fitbit", text)
    if isinstance(token, Refusal):
        return json_answer(200, {"active": False}, rate)
    modes = {"r": "READ", "w": "READ_WRITE"}
    scopes = ", ".join(
        f"{_NAME_OF_CODE[code[1:]].upper()}={modes[code[0]]}" for code in token.scopes
    )
    body = encoded(
        {
            "active": True,
            "scope": f"{{{scopes}}}",
            "client_id": token.client_id,
            "user_id": world.account(token.account).user_id,
            "token_type": "access_token",
            "exp": token.expires_at * 1000,
            "iat": token.issued_at * 1000,
        }
    )
    return Answer(200, json_headers(*rate), body)
