"""The Google Health API, version 4: identity, profile, settings and paired devices.

https://developers.google.com/health/reference/rest/v4
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.faults import google_bodies as errors
from tokcheck.sandbox.faults.fault import json_headers
from tokcheck.sandbox.messages import HTML, Answer, Asked, encoded
from tokcheck.sandbox.state.mint import HEALTH_SCOPE
from tokcheck.sandbox.state.tokens import Refusal, Token
from tokcheck.sandbox.state.users import Account, Device, Health
from tokcheck.sandbox.state.world import World

_PATH = re.compile(
    r"/v4/users/([^/]+)/(identity|profile|settings|pairedDevices)(?:(?<=/pairedDevices)/([^/]+))?"
)
_NEEDS = {"profile": "profile", "settings": "settings", "pairedDevices": "settings"}
_DEFAULT_PAGE, _MOST_PAGE = 5, 100

_ACCOUNT_ERRORS = {
    Health.NOT_LINKED: (400, errors.not_linked()),
    Health.PROFILE_MISSING: (412, errors.profile_missing()),
    Health.LEGACY: (403, errors.not_permitted()),
    Health.GRANT_BROKEN: (403, errors.grant_broken()),
}


def html_not_found() -> Answer:
    """Return the page that stands for every unknown path and verb: it is no JSON."""
    return Answer(404, (("Content-Type", HTML),), errors.HTML_NOT_FOUND)


def answer(world: World, asked: Asked) -> Answer:
    """Answer one request as the Google Health API would.

    Routing comes before authentication, as probes of the live service showed; then the token,
    the client's project, the quota, the scope and the account, in this order. No header tells of
    the quota: https://developers.google.com/health/rate-limits
    """
    match = _PATH.fullmatch(asked.path) if asked.method == "GET" else None
    if match is None:
        return html_not_found()
    token = _bearer(world, asked)
    if isinstance(token, Answer):
        return token
    account = world.account(token.account)
    user, what, device_id = match.groups()
    return _refused(world, asked, token, what) or _answered(account, asked, user, what, device_id)


def _bearer(world: World, asked: Asked) -> Token | Answer:
    if asked.bearer is None:
        body = errors.api_key if "key" in asked.params else errors.credentials_missing
        return Answer(401, json_headers(("WWW-Authenticate", errors.REALM)), body(asked))
    token = world.token("google-health", asked.bearer)
    if isinstance(token, Refusal):
        realm = ("WWW-Authenticate", f'{errors.REALM}, error="invalid_token"')
        return Answer(401, json_headers(realm), errors.bad_bearer())
    return token


def _refused(world: World, asked: Asked, token: Token, what: str) -> Answer | None:
    project = token.client_id.partition("-")[0]
    if not world.api_enabled(token.client_id):
        return Answer(403, json_headers(), errors.api_disabled(project))
    if not world.spend(token).allowed:
        detail = errors.quota_info(project)
        return Answer(429, json_headers(), errors.quota(detail, project=project))
    if not _scope_suffices(token, what):
        return Answer(403, json_headers(), errors.scope_missing(asked))
    health = world.account(token.account).health
    if health in _ACCOUNT_ERRORS:
        status, body = _ACCOUNT_ERRORS[health]
        return Answer(status, json_headers(), body)
    return None


def _scope_suffices(token: Token, what: str) -> bool:
    if what in _NEEDS:
        return f"{HEALTH_SCOPE}{_NEEDS[what]}.readonly" in token.scopes
    # Any one scope that reads health data opens the identity.
    return any(s.startswith(HEALTH_SCOPE) and s.endswith(".readonly") for s in token.scopes)


def _answered(
    account: Account, asked: Asked, user: str, what: str, device_id: str | None
) -> Answer:
    if user not in {"me", account.health_user_id}:
        return Answer(403, json_headers(), errors.not_permitted())
    if device_id is not None:
        return _one_device(account, device_id)
    if what == "pairedDevices":
        return _devices(account, asked)
    bodies = {"identity": _identity, "profile": _profile, "settings": _settings}
    return _ok(bodies[what](account))


def _ok(value: dict[str, Any]) -> Answer:
    return Answer(200, json_headers(), encoded(value, indent=2))


def _identity(account: Account) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/users/getIdentity ."""
    return {
        "name": "users/me/identity",
        "legacyUserId": account.user_id,
        "healthUserId": account.health_user_id,
    }


def _profile(account: Account) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/Profile ."""
    return {
        "name": f"users/{account.health_user_id}/profile",
        "age": 40,
        "membershipStartDate": {"year": 2019, "month": 3, "day": 14},
    }


def _settings(account: Account) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/Settings ."""
    return {
        "name": f"users/{account.health_user_id}/settings",
        "distanceUnit": "DISTANCE_UNIT_KILOMETERS",
        "weightUnit": "WEIGHT_UNIT_KILOGRAMS",
        "utcOffset": f"{account.utc_offset_minutes * 60}s",
    }


def _device(account: Account, device: Device) -> dict[str, Any]:
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


def _one_device(account: Account, device_id: str) -> Answer:
    for device in account.devices:
        if device.id == device_id:
            return _ok(_device(account, device))
    body = errors.status(404, "NOT_FOUND", "Requested entity was not found.")
    return Answer(404, json_headers(), body)


def _devices(account: Account, asked: Asked) -> Answer:
    try:
        size, start = page_of(asked.params)
    except UsageError as error:
        return Answer(400, json_headers(), errors.invalid_argument(error.message))
    shown = account.devices[start : start + size]
    body: dict[str, Any] = {"pairedDevices": [_device(account, device) for device in shown]}
    if start + size < len(account.devices):
        body["nextPageToken"] = page_token(start + size)
    return _ok(body)


def page_token(start: int) -> str:
    """Return the opaque text that stands for a page beginning at device ``start``."""
    return urlsafe_b64encode(f"from:{start}".encode()).decode().rstrip("=")


def page_of(params: dict[str, str]) -> tuple[int, int]:
    """Return page size and first device; 0 means the default size, more than 100 means 100.

    Raises :class:`UsageError` for a size or a page token that the service could not have given.
    """
    text = params.get("pageSize") or "0"
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"Invalid value at 'page_size' (TYPE_INT32), {text[:40]!r}")
    size = min(int(text[:9]) or _DEFAULT_PAGE, _MOST_PAGE)
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
