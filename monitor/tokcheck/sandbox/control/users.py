"""Accounts in the control API: from request fields, and as JSON."""

import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.control.request_fields import (
    Fields,
    read_choice,
    read_integer,
    read_text,
    reject_unknown_fields,
)
from tokcheck.sandbox.state import token_formats
from tokcheck.sandbox.state.sandbox_state import SandboxState
from tokcheck.sandbox.state.users import Battery, DeviceType, Health, PairedDevice, User

ACCOUNT_FIELDS = ("name", "user_id", "health", "utc_offset_minutes", "devices")
DEVICE_FIELDS = ("version", "type", "battery", "battery_level", "synced_seconds_ago", "id", "mac")

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_USER_ID = re.compile(r"[0-9A-Z]{6}")
_DEVICE_ID = re.compile(r"[0-9A-Za-z]{1,16}")
_MAX_SYNC_AGE = 86_400 * 10_000


def account_from_fields(state: SandboxState, fields: Fields) -> User:
    """Return the account in ``fields``; raises :class:`UsageError` for invalid fields.

    ``devices`` is a list of objects or names, or one string of names separated by commas.
    """
    reject_unknown_fields(fields, ACCOUNT_FIELDS)
    name = read_text(fields, "name")
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            "An account's name has 1 to 32 lower-case letters, digits or '-'.", "Send name=casey."
        )
    user_id = read_text(fields, "user_id", token_formats.random_user_id(state.random))
    if _USER_ID.fullmatch(user_id) is None:
        raise UsageError(
            "A user id has six of 0-9 and A-Z.", "Send user_id=ABC123, or leave it out."
        )
    offset = read_integer(fields, "utc_offset_minutes", 0, (-720, 840))
    devices = fields.get("devices", [])
    if isinstance(devices, str):
        devices = [part.strip() for part in devices.split(",") if part.strip()]
    if not isinstance(devices, list):
        raise UsageError("The field 'devices' is not a list.", "Send devices=Charge 5,Versa 4.")
    return User(
        name,
        user_id,
        token_formats.random_digits(state.random, 19),
        token_formats.random_digits(state.random, 21),
        tuple(_device_from_item(state, item) for item in devices),
        Health(read_choice(fields, "health", Health, Health.LINKED)),
        offset or 0,
    )


def _device_from_item(state: SandboxState, item: object) -> PairedDevice:
    if isinstance(item, str):
        item = {"version": item, "battery_level": 80}
    if not isinstance(item, Mapping):
        raise UsageError("A device is a name or an object.", 'Send {"version": "Charge 5"}.')
    reject_unknown_fields(item, DEVICE_FIELDS)
    sync_age = read_integer(item, "synced_seconds_ago", 600, (-_MAX_SYNC_AGE, _MAX_SYNC_AGE)) or 0
    device_id = read_text(item, "id", token_formats.random_digits(state.random, 10))
    if _DEVICE_ID.fullmatch(device_id) is None:
        raise UsageError("A device's id has 1 to 16 letters and digits.", "Send id=1234567890.")
    mac = item.get("mac", "")
    return PairedDevice(
        id=device_id,
        version=read_text(item, "version"),
        type=cast("DeviceType", read_choice(item, "type", get_args(DeviceType), "TRACKER")),
        battery=cast("Battery", read_choice(item, "battery", get_args(Battery), "High")),
        battery_level=read_integer(item, "battery_level", None, (0, 100)),
        synced_at=state.now() - sync_age,
        mac=mac if isinstance(mac, str) else "",
    )


def account_to_json(account: User) -> dict[str, Any]:
    """Return an account as JSON."""
    return {
        "name": account.name,
        "user_id": account.user_id,
        "health_user_id": account.health_user_id,
        "health": account.health.value,
        "utc_offset_minutes": account.utc_offset_minutes,
        "devices": [device.version for device in account.devices],
    }
