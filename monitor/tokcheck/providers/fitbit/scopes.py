"""The scope codes of a token, and the scopes of the Google Health API that replace them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from tokcheck.core.report import Scope

# A code is the access mode of the application, r or w, and one of these. Fitbit publishes no
# table of the codes; the names and meanings are those of its API explorer
# (https://dev.fitbit.com/build/reference/web-api/explore/fitbit-web-api-swagger.json).
SCOPES = {
    "act": ("activity", "steps, distance, calories, active minutes, exercise logs"),
    "cf": ("cardio_fitness", "maximum oxygen uptake (VO2 max)"),
    "ecg": ("electrocardiogram", "ECG readings taken on the device"),
    "hr": ("heartrate", "heart rate and its variability"),
    "irn": ("irregular_rhythm_notifications", "irregular-rhythm alerts"),
    "loc": ("location", "GPS data"),
    "nut": ("nutrition", "food, water and their goals"),
    "oxy": ("oxygen_saturation", "blood oxygen (SpO2)"),
    "pro": ("profile", "basic information about the user"),
    "res": ("respiratory_rate", "breathing rate at night"),
    "set": ("settings", "account and device settings, alarms, the list of devices"),
    "sle": ("sleep", "sleep logs"),
    "soc": ("social", "friends and leaderboard"),
    "tem": ("temperature", "core and skin temperature"),
    "wei": ("weight", "weight, BMI, body fat"),
}
_ACCESS: dict[str, Literal["read", "read-write"]] = {"r": "read", "w": "read-write"}

# https://developers.google.com/health/migration/api-specifications
_GOOGLE_PREFIX = "https://www.googleapis.com/auth/googlehealth."
_GOOGLE_SCOPES = {
    "activity": "activity_and_fitness",
    # Named by the guide alone: no token with a code for it is known.
    "blood_glucose": "health_metrics_and_measurements",
    "cardio_fitness": "activity_and_fitness",
    "electrocardiogram": "ecg",
    "heartrate": "health_metrics_and_measurements",
    "irregular_rhythm_notifications": "irn",
    "location": "location",
    "nutrition": "nutrition",
    "oxygen_saturation": "health_metrics_and_measurements",
    "profile": "profile",
    "respiratory_rate": "health_metrics_and_measurements",
    "settings": "settings",
    "sleep": "sleep",
    "temperature": "health_metrics_and_measurements",
    "weight": "health_metrics_and_measurements",
}
_GOOGLE_READ_ONLY = {"ecg", "irn", "location"}


@lru_cache(maxsize=256)
def scope(code: str) -> Scope:
    """Explain a scope code such as ``rset``; an unknown one is its own name."""
    name, description = SCOPES.get(code[1:], (None, None))
    access = _ACCESS.get(code[:1])
    if name is None or access is None:
        known = next((text for word, text in SCOPES.values() if word == code), None)
        return Scope(code, code, None, known)
    return Scope(name, code, access, description)


def same_access(scopes: Sequence[Scope]) -> Mapping[str, tuple[str, ...]]:
    """Return the Google Health scopes that give the access that these give."""
    wanted: dict[str, None] = {}
    for granted in scopes:
        name = _GOOGLE_SCOPES.get(granted.name)
        if name is None:
            continue
        wanted[f"{_GOOGLE_PREFIX}{name}.readonly"] = None
        if granted.access == "read-write" and name not in _GOOGLE_READ_ONLY:
            wanted[f"{_GOOGLE_PREFIX}{name}.writeonly"] = None
    return {"Google Health API": tuple(sorted(wanted))} if wanted else {}
