"""Turning the fields of a control request into accounts and devices, and back."""

import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.control import fields as read
from tokcheck.sandbox.state import mint
from tokcheck.sandbox.state.users import Account, Battery, Device, DeviceType, Health
from tokcheck.sandbox.state.world import World

ACCOUNT_FIELDS = ("name", "user_id", "health", "utc_offset_minutes", "devices")
DEVICE_FIELDS = ("version", "type", "battery", "battery_level", "synced_seconds_ago", "id", "mac")

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_USER_ID = re.compile(r"[0-9A-Z]{6}")
_DEVICE_ID = re.compile(r"[0-9A-Za-z]{1,16}")
_DAYS = 86_400 * 10_000


def account_from(world: World, fields: read.Fields) -> Account:
    """Return the account that ``fields`` describe; :class:`UsageError` for what does not fit.

    ``devices`` is a list of objects or names, or one text of names with commas between them.
    """
    read.only(fields, ACCOUNT_FIELDS)
    name = read.text(fields, "name")
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            "An account's name has 1 to 32 lower-case letters, digits or '-'.", "Send name=casey."
        )
    user_id = read.text(fields, "user_id", mint.encoded_id(world.chooser))
    if _USER_ID.fullmatch(user_id) is None:
        raise UsageError("A user id has six of 0-9 and A-Z.", "Send user_id=ABC123, or none.")
    offset = read.whole(fields, "utc_offset_minutes", 0, (-720, 840))
    devices = fields.get("devices", [])
    if isinstance(devices, str):
        devices = [part.strip() for part in devices.split(",") if part.strip()]
    if not isinstance(devices, list):
        raise UsageError("The field 'devices' is no list.", "Send devices=Charge 5,Versa 4.")
    return Account(
        name,
        user_id,
        mint.digits(world.chooser, 19),
        mint.digits(world.chooser, 21),
        tuple(_device(world, item) for item in devices),
        Health(read.choice(fields, "health", Health, Health.LINKED)),
        offset or 0,
    )


def _device(world: World, item: object) -> Device:
    if isinstance(item, str):
        item = {"version": item, "battery_level": 80}
    if not isinstance(item, Mapping):
        raise UsageError("A device is a name or an object.", 'Send {"version": "Charge 5"}.')
    read.only(item, DEVICE_FIELDS)
    ago = read.whole(item, "synced_seconds_ago", 600, (-_DAYS, _DAYS)) or 0
    device_id = read.text(item, "id", mint.digits(world.chooser, 10))
    if _DEVICE_ID.fullmatch(device_id) is None:
        raise UsageError("A device's id has 1 to 16 letters and digits.", "Send id=1234567890.")
    mac = item.get("mac", "")
    return Device(
        id=device_id,
        version=read.text(item, "version"),
        type=cast("DeviceType", read.choice(item, "type", get_args(DeviceType), "TRACKER")),
        battery=cast("Battery", read.choice(item, "battery", get_args(Battery), "High")),
        battery_level=read.whole(item, "battery_level", None, (0, 100)),
        synced_at=world.now() - ago,
        mac=mac if isinstance(mac, str) else "",
    )


def account_shown(account: Account) -> dict[str, Any]:
    """Return an account for people to read."""
    return {
        "name": account.name,
        "user_id": account.user_id,
        "health_user_id": account.health_user_id,
        "health": account.health.value,
        "utc_offset_minutes": account.utc_offset_minutes,
        "devices": [device.version for device in account.devices],
    }
