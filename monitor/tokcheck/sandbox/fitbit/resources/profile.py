"""The user's profile and devices, and lists about the user that are empty here.

https://dev.fitbit.com/build/reference/web-api/user/get-profile/ and
https://dev.fitbit.com/build/reference/web-api/devices/get-devices/
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from tokcheck.sandbox.fitbit.resources.resource_request import ResourceRequest
from tokcheck.sandbox.state.users import PairedDevice, User

_AVATAR = "https://static0.fitbit.com/images/profile/defaultProfile_"


def full_profile(request: ResourceRequest) -> dict[str, Any]:
    """Return the profile with every documented field; all people here are made up alike."""
    account = request.account
    name = account.name.capitalize()
    return {
        "user": {
            "age": 40,
            "ambassador": False,
            "autoStrideEnabled": True,
            "avatar": f"{_AVATAR}100.png",
            "avatar150": f"{_AVATAR}150.png",
            "avatar640": f"{_AVATAR}640.png",
            "averageDailySteps": 8421,
            "challengesBeta": True,
            "clockTimeDisplayFormat": "24hour",
            "corporate": False,
            "corporateAdmin": False,
            "dateOfBirth": "1986-05-17",
            "displayName": name,
            "displayNameSetting": "name",
            "distanceUnit": "METRIC",
            "encodedId": account.user_id,
            "features": {"exerciseGoal": True},
            "firstName": name,
            "foodsLocale": "en_GB",
            "fullName": f"{name} Sandbox",
            "gender": "NA",
            "glucoseUnit": "METRIC",
            "height": 172.5,
            "heightUnit": "METRIC",
            "isBugReportEnabled": False,
            "isChild": False,
            "isCoach": False,
            "languageLocale": "en_GB",
            "lastName": "Sandbox",
            "legalTermsAcceptRequired": False,
            "locale": "en_GB",
            "memberSince": "2019-03-14",
            "mfaEnabled": False,
            "offsetFromUTCMillis": account.utc_offset_minutes * 60_000,
            "sdkDeveloper": False,
            "sleepTracking": "Normal",
            "startDayOfWeek": "MONDAY",
            "strideLengthRunning": 110.5,
            "strideLengthRunningType": "auto",
            "strideLengthWalking": 71.6,
            "strideLengthWalkingType": "auto",
            "swimUnit": "METRIC",
            "timezone": "Etc/UTC",
            "topBadges": [],
            "waterUnit": "METRIC",
            "waterUnitName": "ml",
            "weight": 68.4,
            "weightUnit": "METRIC",
        }
    }


def devices(request: ResourceRequest) -> list[dict[str, Any]]:
    """Return the devices, a bare list."""
    return [_device(request.account, device) for device in request.account.devices]


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


def friends(request: ResourceRequest) -> dict[str, Any]:
    """Return no friends, in the form of the version."""
    return {"friends": []} if request.version == "1" else {"data": []}
