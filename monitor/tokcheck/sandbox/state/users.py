"""Users: their accounts with both providers and their devices; all names and ids are made up."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

DeviceType = Literal["TRACKER", "SCALE"]
Battery = Literal["High", "Medium", "Low", "Empty"]


class Health(StrEnum):
    """The state of an account at Google Health; requests of all but ``LINKED`` are refused.

    https://developers.google.com/health/reference/rest/v4/errors
    https://developers.google.com/health/troubleshooting
    """

    LINKED = "linked"
    NOT_LINKED = "not-linked"
    PROFILE_MISSING = "profile-missing"
    LEGACY = "legacy"
    GRANT_BROKEN = "grant-broken"


@dataclass(frozen=True, slots=True)
class PairedDevice:
    """A tracker or a scale.

    https://dev.fitbit.com/build/reference/web-api/devices/get-devices/
    """

    id: str
    version: str
    type: DeviceType = "TRACKER"
    battery: Battery = "High"
    battery_level: int | None = None
    """Percent."""
    synced_at: float = 0.0
    """Unix seconds."""
    mac: str = ""
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """The account of one user with both APIs."""

    name: str
    """The name by which the sandbox itself refers to the account."""
    user_id: str
    """Fitbit's encoded id: six of 0-9A-Z."""
    health_user_id: str
    """Google Health's id."""
    google_sub: str
    devices: tuple[PairedDevice, ...] = field(default=())
    health: Health = Health.LINKED
    utc_offset_minutes: int = 0
    """For Fitbit, which reports local times without a zone."""

    @property
    def email(self) -> str:
        """A made-up address in a domain that cannot exist (RFC 2606)."""
        return f"{self.name}@sandbox.invalid"


def sample_accounts(now: float) -> tuple[User, ...]:
    """Return the accounts that a new sandbox starts with; devices synced before ``now``."""
    charge = PairedDevice(
        id="1000000001",
        version="Charge 5",
        battery="Medium",
        battery_level=56,
        synced_at=now - 420,
        mac="A0B1C2D3E4F5",
    )
    phone = PairedDevice(
        id="1000000002", version="MobileTrack", battery="Empty", synced_at=now - 90_000
    )
    versa = PairedDevice(
        id="1000000003",
        version="Versa 4",
        battery_level=91,
        synced_at=now - 60,
        mac="A0B1C2D3E4F6",
    )
    scale = PairedDevice(
        id="Q7RSTUVWXYZA2BCD",
        version="Aria scale",
        type="SCALE",
        battery="Low",
        synced_at=now - 200_000,
        mac="A0B1C2D3E4F7",
    )
    drawer = tuple(
        PairedDevice(
            id=f"20000000{n:02}",
            version="Inspire 3",
            battery="Low" if n % 2 else "High",
            battery_level=12 if n % 2 else 88,
            synced_at=now - n * 3600,
            mac=f"B0B1C2D3E4{n:02}",
        )
        for n in range(1, 8)
    )
    return (
        User("alex", "7ALEX2", "1000000000000000001", "1" * 21, (charge, phone)),
        User("bo", "8BOBO3", "1000000000000000002", "2" * 21, (versa, scale), Health.LINKED, 120),
        User("drawer", "9DRAW4", "1000000000000000003", "3" * 21, drawer),
        User("nodevices", "2NONE5", "1000000000000000004", "4" * 21),
        User("unlinked", "3UNLK6", "1000000000000000005", "5" * 21, (), Health.NOT_LINKED),
        User("newcomer", "4NEWC7", "1000000000000000006", "6" * 21, (), Health.PROFILE_MISSING),
        User("oldtimer", "5OLDT8", "1000000000000000007", "7" * 21, (charge,), Health.LEGACY),
        User("broken", "6BRKN9", "1000000000000000008", "8" * 21, (versa,), Health.GRANT_BROKEN),
    )
