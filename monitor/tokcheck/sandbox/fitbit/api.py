"""The Fitbit Web API: devices, profile and token introspection.

https://dev.fitbit.com/build/reference/web-api/devices/get-devices/ and
https://dev.fitbit.com/build/reference/web-api/authorization/introspect/
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tokcheck.sandbox.faults import fitbit_bodies
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.messages import Headers, HttpRequest, HttpResponse, encode_json, json_response
from tokcheck.sandbox.state.rate_limits import WindowState
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import FITBIT_SCOPE_CODES
from tokcheck.sandbox.state.tokens import AccessToken, TokenProblem
from tokcheck.sandbox.state.users import PairedDevice, User

_USER = re.compile(r"/1/user/([^/]+)/(devices|profile)\.json")
_INTROSPECT = "/1.1/oauth2/introspect"
_REQUIRED_SCOPES = {"devices": "settings", "profile": "profile"}
_SCOPE_NAMES = {code: name for name, code in FITBIT_SCOPE_CODES.items()}


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one request.

    Each request with a valid token counts against the rate limit, failed ones included. Those
    that end with 401 or 404 do not count and have no rate-limit headers; no recording shows
    otherwise.
    """
    user = _USER.fullmatch(request.path) if request.method == "GET" else None
    introspects = request.method == "POST" and request.path == _INTROSPECT
    if user is None and not introspects:
        return HttpResponse(404, json_headers(), fitbit_bodies.not_found())
    token = _authenticate(state, request)
    if isinstance(token, HttpResponse):
        return token
    window = state.count_request(token)
    rate = rate_headers(window)
    if not window.allowed:
        retry = ("Retry-After", str(window.reset_in_seconds))
        return HttpResponse(429, json_headers(*rate, retry), fitbit_bodies.too_many_requests())
    if user is None:
        return _introspection(state, request, rate)
    return _resource(state.account(token.account), token, user[1], user[2], rate)


def rate_headers(window: WindowState) -> Headers:
    """Return the three rate-limit headers; the reset is in seconds from now."""
    return (
        ("Fitbit-Rate-Limit-Limit", str(window.limit)),
        ("Fitbit-Rate-Limit-Remaining", str(window.remaining)),
        ("Fitbit-Rate-Limit-Reset", str(window.reset_in_seconds)),
    )


def _authenticate(state: SandboxState, request: HttpRequest) -> AccessToken | HttpResponse:
    if request.authorization is None:
        return HttpResponse(401, json_headers(), fitbit_bodies.authorization_missing(request))
    text = request.bearer
    if text is None:
        return HttpResponse(401, json_headers(), fitbit_bodies.authorization_format(request))
    match state.find_token("fitbit", text):
        case TokenProblem.EXPIRED:
            return HttpResponse(401, json_headers(), fitbit_bodies.expired_token(text))
        case TokenProblem.INVALID:
            return HttpResponse(401, json_headers(), fitbit_bodies.invalid_token(text))
        case token:
            return token


def _resource(
    account: User, token: AccessToken, user: str, resource: str, rate: Headers
) -> HttpResponse:
    if user not in {"-", account.user_id}:
        return HttpResponse(403, json_headers(*rate), fitbit_bodies.not_permitted())
    scope = _REQUIRED_SCOPES[resource]
    if not {f"r{FITBIT_SCOPE_CODES[scope]}", f"w{FITBIT_SCOPE_CODES[scope]}"} & set(token.scopes):
        return HttpResponse(403, json_headers(*rate), fitbit_bodies.scope_missing(scope))
    if resource == "profile":
        return json_response(200, {"user": _profile(account)}, rate)
    return json_response(200, [_device(account, device) for device in account.devices], rate)


def _device(account: User, device: PairedDevice) -> dict[str, Any]:
    """Return a device; a phone (``MobileTrack``) has no ``batteryLevel``.

    ``lastSyncTime`` is in the local time of the account, without a zone.
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


def _profile(account: User) -> dict[str, Any]:
    return {
        "displayName": account.name.capitalize(),
        "encodedId": account.user_id,
        "offsetFromUTCMillis": account.utc_offset_minutes * 60_000,
    }


def _introspection(state: SandboxState, request: HttpRequest, rate: Headers) -> HttpResponse:
    """Return the token's state in the service's own scope format, with times in milliseconds."""
    text = request.form.get("token")
    if not text:
        return HttpResponse(400, json_headers(*rate), fitbit_bodies.parameter_missing("token"))
    token = state.find_token("fitbit", text)
    if isinstance(token, TokenProblem):
        return json_response(200, {"active": False}, rate)
    modes = {"r": "READ", "w": "READ_WRITE"}
    scopes = ", ".join(
        f"{_SCOPE_NAMES[code[1:]].upper()}={modes[code[0]]}" for code in token.scopes
    )
    body = encode_json(
        {
            "active": True,
            "scope": f"{{{scopes}}}",
            "client_id": token.client_id,
            "user_id": state.account(token.account).user_id,
            "token_type": "access_token",
            "exp": token.expires_at * 1000,
            "iat": token.issued_at * 1000,
        }
    )
    return HttpResponse(200, json_headers(*rate), body)
