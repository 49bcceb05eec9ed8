"""Resources of a user in the Google Health API: the path, the scope and the body of each.

https://developers.google.com/health/reference/rest/v4
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.google.data_types import DATA_TYPES, data_points
from tokcheck.sandbox.path_templates import match_segments, split_template
from tokcheck.sandbox.state.users import PairedDevice, User

_DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE = 5, 100


class EntityNotFoundError(Exception):
    """The path names a device or a data point that does not exist."""


@dataclass(frozen=True, slots=True)
class HealthRequest:
    """A request with its token, scope and account checked."""

    account: User
    now: float
    """Unix seconds."""
    fields: Mapping[str, str]
    """The variable segments of the path by their names in the table."""
    params: Mapping[str, str]


Body = Callable[[HealthRequest], dict[str, Any]]


class HealthResource(NamedTuple):
    """A resource that a path names."""

    user: str
    """``me``, or an id."""
    scope: str
    """The name of the scope; empty if any scope that reads health data is enough."""
    fields: Mapping[str, str]
    body: Body


def find_resource(method: str, path: str) -> HealthResource | None:
    """Return the resource behind ``/v4/users/me/…``."""
    table = {"GET": _TABLE, "POST": _POST_TABLE}.get(method, ())
    match path.split("/"):
        case ["", "v4", "users", user, *segments] if user:
            for template, scope, body in table:
                fields = match_segments(template, segments, {"type": DATA_TYPES})
                if fields is not None:
                    own = DATA_TYPES[fields["type"]].scope if "type" in fields else scope
                    return HealthResource(user, own, fields, body)
    return None


class PathAccess(NamedTuple):
    """What a request to a path without a resource needs: the user's own token with a scope."""

    user: str
    """``me``, or an id."""
    scope: str
    """The name of the scope; empty if any that reads or writes health data is enough."""
    writes: bool


def scope_of_path(method: str, path: str) -> PathAccess:
    """Return what the path of a user's resource needs, whatever its method."""
    match path.split("/"):
        case ["", "v4", "users", user, name, *rest] if user:
            data_type = DATA_TYPES.get(rest[0].partition(":")[0]) if rest else None
            scopes = {template[0]: scope for template, scope, _ in _TABLE}
            named = scopes.get(name.partition(":")[0], "")
            scope = data_type.scope if name == "dataTypes" and data_type else named
            is_read = method == "GET" or path.rpartition(":")[2] in _READING_VERBS
            return PathAccess(user, scope, not is_read)
    return PathAccess("me", "", writes=False)


def _identity(request: HealthRequest) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/users/getIdentity ."""
    return {
        "name": "users/me/identity",
        "legacyUserId": request.account.user_id,
        "healthUserId": request.account.health_user_id,
    }


def _profile(request: HealthRequest) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/Profile ."""
    return {
        "name": f"users/{request.account.health_user_id}/profile",
        "age": 40,
        "membershipStartDate": {"year": 2019, "month": 3, "day": 14},
    }


def _settings(request: HealthRequest) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/Settings ."""
    return {
        "name": f"users/{request.account.health_user_id}/settings",
        "distanceUnit": "DISTANCE_UNIT_KILOMETERS",
        "weightUnit": "WEIGHT_UNIT_KILOGRAMS",
        "utcOffset": f"{request.account.utc_offset_minutes * 60}s",
    }


def _device(account: User, device: PairedDevice) -> dict[str, Any]:
    """Return a device as the API does.

    https://developers.google.com/health/reference/rest/v4/users.pairedDevices
    """
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


def _one_device(request: HealthRequest) -> dict[str, Any]:
    for device in request.account.devices:
        if device.id == request.fields["device"]:
            return _device(request.account, device)
    raise EntityNotFoundError


def _devices(request: HealthRequest) -> dict[str, Any]:
    devices = [_device(request.account, device) for device in request.account.devices]
    return _page("pairedDevices", devices, request.params)


def _rhythm_profile(request: HealthRequest) -> dict[str, Any]:
    """https://developers.google.com/health/reference/rest/v4/users/getIrnProfile ."""
    return {"name": f"users/{request.account.health_user_id}/irnProfile"}


def _data_points(request: HealthRequest) -> dict[str, Any]:
    return _page("dataPoints", _points_of(request), request.params)


def _one_data_point(request: HealthRequest) -> dict[str, Any]:
    for point in _points_of(request):
        if point["name"].rpartition("/")[2] == request.fields["point"]:
            return point
    raise EntityNotFoundError


def _no_roll_up(_: HealthRequest) -> dict[str, Any]:
    return {"rollupDataPoints": []}


def _points_of(request: HealthRequest) -> list[dict[str, Any]]:
    data_type = DATA_TYPES[request.fields["type"]]
    return data_points(data_type, request.account.health_user_id, request.now)


def _page(name: str, items: list[dict[str, Any]], params: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of a list; raises :class:`UsageError` for invalid page parameters."""
    size, start = read_page_parameters(params)
    page: dict[str, Any] = {name: items[start : start + size]}
    if start + size < len(items):
        page["nextPageToken"] = page_token(start + size)
    return page


def page_token(start: int) -> str:
    """Return the opaque page token of the page that begins at item ``start``."""
    return urlsafe_b64encode(f"from:{start}".encode()).decode().rstrip("=")


def read_page_parameters(params: Mapping[str, str]) -> tuple[int, int]:
    """Return page size and index of the first item; 0 is the default size, 100 the maximum.

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


# Custom methods that only read, and are sent by POST.
_READING_VERBS = {"reconcile", "rollUp", "dailyRollUp"}
_Row = tuple[tuple[str, ...], str, Body]


def _rows(*rows: tuple[str, str, Body]) -> tuple[_Row, ...]:
    return tuple((split_template(template), scope, body) for template, scope, body in rows)


# Template, scope and body. The scope of a data type is its own.
_TABLE = _rows(
    ("identity", "", _identity),
    ("profile", "profile", _profile),
    ("settings", "settings", _settings),
    ("pairedDevices", "settings", _devices),
    ("pairedDevices/{device}", "settings", _one_device),
    ("irnProfile", "irn", _rhythm_profile),
    ("dataTypes/{type}/dataPoints", "", _data_points),
    ("dataTypes/{type}/dataPoints:reconcile", "", _data_points),
    ("dataTypes/{type}/dataPoints/{point}", "", _one_data_point),
)
_POST_TABLE = _rows(
    ("dataTypes/{type}/dataPoints:rollUp", "", _no_roll_up),
    ("dataTypes/{type}/dataPoints:dailyRollUp", "", _no_roll_up),
)
