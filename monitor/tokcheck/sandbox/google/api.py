"""The Google Health API, version 4: identity, profile, settings and paired devices.

https://developers.google.com/health/reference/rest/v4
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.faults import google_bodies
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.messages import HTML, HttpRequest, HttpResponse, encode_json
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.scopes import HEALTH_SCOPE
from tokcheck.sandbox.state.tokens import AccessToken, TokenProblem
from tokcheck.sandbox.state.users import Health, PairedDevice, User

_PATH = re.compile(
    r"/v4/users/([^/]+)/(identity|profile|settings|pairedDevices)(?:(?<=/pairedDevices)/([^/]+))?"
)
_REQUIRED_SCOPES = {"profile": "profile", "settings": "settings", "pairedDevices": "settings"}
_DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE = 5, 100

_ACCOUNT_ERRORS = {
    Health.NOT_LINKED: (400, google_bodies.not_linked()),
    Health.PROFILE_MISSING: (412, google_bodies.profile_missing()),
    Health.LEGACY: (403, google_bodies.not_permitted()),
    Health.GRANT_BROKEN: (403, google_bodies.grant_broken()),
}


def html_not_found() -> HttpResponse:
    """Return the HTML page for an unknown path or method."""
    return HttpResponse(404, (("Content-Type", HTML),), google_bodies.HTML_NOT_FOUND)


def handle_request(state: SandboxState, request: HttpRequest) -> HttpResponse:
    """Return the response to one request.

    Routing comes before authentication, as probes of the live service showed; then the token,
    the client's project, the rate limit, the scope and the account, in this order. No header
    reports the rate limit: https://developers.google.com/health/rate-limits
    """
    match = _PATH.fullmatch(request.path) if request.method == "GET" else None
    if match is None:
        return html_not_found()
    token = _authenticate(state, request)
    if isinstance(token, HttpResponse):
        return token
    account = state.account(token.account)
    user, resource, device_id = match.groups()
    return _find_error(state, request, token, resource) or _resource(
        account, request, user, resource, device_id
    )


def _authenticate(state: SandboxState, request: HttpRequest) -> AccessToken | HttpResponse:
    if request.bearer is None:
        body = (
            google_bodies.api_key if "key" in request.params else google_bodies.credentials_missing
        )
        return HttpResponse(
            401, json_headers(("WWW-Authenticate", google_bodies.REALM)), body(request)
        )
    token = state.find_token("google-health", request.bearer)
    if isinstance(token, TokenProblem):
        realm = ("WWW-Authenticate", f'{google_bodies.REALM}, error="invalid_token"')
        return HttpResponse(401, json_headers(realm), google_bodies.bad_bearer())
    return token


def _find_error(
    state: SandboxState, request: HttpRequest, token: AccessToken, resource: str
) -> HttpResponse | None:
    project = token.client_id.partition("-")[0]
    if not state.is_api_enabled(token.client_id):
        return HttpResponse(403, json_headers(), google_bodies.api_disabled(project))
    if not state.count_request(token).allowed:
        detail = google_bodies.quota_info(project)
        return HttpResponse(429, json_headers(), google_bodies.quota(detail, project=project))
    if not _has_scope(token, resource):
        return HttpResponse(403, json_headers(), google_bodies.scope_missing(request))
    health = state.account(token.account).health
    if health in _ACCOUNT_ERRORS:
        status, body = _ACCOUNT_ERRORS[health]
        return HttpResponse(status, json_headers(), body)
    return None


def _has_scope(token: AccessToken, resource: str) -> bool:
    if resource in _REQUIRED_SCOPES:
        return f"{HEALTH_SCOPE}{_REQUIRED_SCOPES[resource]}.readonly" in token.scopes
    # Any scope that reads health data is enough for the identity.
    return any(s.startswith(HEALTH_SCOPE) and s.endswith(".readonly") for s in token.scopes)


def _resource(
    account: User, request: HttpRequest, user: str, resource: str, device_id: str | None
) -> HttpResponse:
    if user not in {"me", account.health_user_id}:
        return HttpResponse(403, json_headers(), google_bodies.not_permitted())
    if device_id is not None:
        return _one_device(account, device_id)
    if resource == "pairedDevices":
        return _devices(account, request)
    bodies = {"identity": _identity, "profile": _profile, "settings": _settings}
    return _json(bodies[resource](account))


def _json(value: dict[str, Any]) -> HttpResponse:
    return HttpResponse(200, json_headers(), encode_json(value, indent=2))


def _identity(account: User) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/users/getIdentity ."""
    return {
        "name": "users/me/identity",
        "legacyUserId": account.user_id,
        "healthUserId": account.health_user_id,
    }


def _profile(account: User) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/Profile ."""
    return {
        "name": f"users/{account.health_user_id}/profile",
        "age": 40,
        "membershipStartDate": {"year": 2019, "month": 3, "day": 14},
    }


def _settings(account: User) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/Settings ."""
    return {
        "name": f"users/{account.health_user_id}/settings",
        "distanceUnit": "DISTANCE_UNIT_KILOMETERS",
        "weightUnit": "WEIGHT_UNIT_KILOGRAMS",
        "utcOffset": f"{account.utc_offset_minutes * 60}s",
    }


def _device(account: User, device: PairedDevice) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/users.pairedDevices ."""
    synced = datetime.fromtimestamp(device.synced_at, UTC).replace(tzinfo=None)
    level = {} if device.battery_level is None else {"batteryLevel": device.battery_level}
    mac = {"macAddress": device.mac} if device.mac else {}
    return {
        "name": f"users/{account.health_user_id}/pairedDevices/{device.id}",
        "deviceType": device.type,
        "batteryStatus": device.battery,
        **level,
        "lastSyncTime": f"{synced.isoformat(timespec='milliseconds')}Z",
        "deviceVersion": device.version,
        **mac,
        "features": list(device.features),
    }


def _one_device(account: User, device_id: str) -> HttpResponse:
    for device in account.devices:
        if device.id == device_id:
            return _json(_device(account, device))
    body = google_bodies.status(404, "NOT_FOUND", "Requested entity was not found.")
    return HttpResponse(404, json_headers(), body)


def _devices(account: User, request: HttpRequest) -> HttpResponse:
    try:
        size, start = read_page_parameters(request.params)
    except UsageError as error:
        return HttpResponse(400, json_headers(), google_bodies.invalid_argument(error.message))
    page = account.devices[start : start + size]
    body: dict[str, Any] = {"pairedDevices": [_device(account, device) for device in page]}
    if start + size < len(account.devices):
        body["nextPageToken"] = page_token(start + size)
    return _json(body)


def page_token(start: int) -> str:
    """Return the opaque page token of the page that begins at device ``start``."""
    return urlsafe_b64encode(f"from:{start}".encode()).decode().rstrip("=")


def read_page_parameters(params: dict[str, str]) -> tuple[int, int]:
    """Return page size and index of the first device; 0 is the default size, 100 the maximum.

    Raises :class:`UsageError` for an invalid size or page token.
    """
    text = params.get("pageSize") or "0"
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"Invalid value at 'page_size' (TYPE_INT32), {text[:40]!r}")
    size = min(int(text[:9]) or _DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE)
    token = params.get("pageToken")
    if not token:
        return size, 0
    try:
        decoded = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except ValueError:
        decoded = ""
    number = decoded.removeprefix("from:")
    if not number.isdigit() or page_token(int(number[:9])) != token:
        raise UsageError("Invalid page token.")
    return size, int(number)
