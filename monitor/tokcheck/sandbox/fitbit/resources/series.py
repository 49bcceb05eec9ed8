"""Time series: one value a day, and values of a part of a day.

https://dev.fitbit.com/build/reference/web-api/activity-timeseries/ ,
https://dev.fitbit.com/build/reference/web-api/intraday/ and the pages beside them. Every day has
the same value.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tokcheck.sandbox.fitbit.resources.resource_request import ResourceRequest

ACTIVITY = {
    "activityCalories": "912",
    "calories": "2250",
    "caloriesBMR": "1583",
    "distance": "6.21",
    "elevation": "33.528",
    "floors": "11",
    "minutesFairlyActive": "14",
    "minutesLightlyActive": "203",
    "minutesSedentary": "731",
    "minutesVeryActive": "22",
    "steps": "8421",
    "swimming-strokes": "0",
}
BODY = {"bmi": "22.99", "fat": "21.5", "weight": "68.4"}
FOOD = {"caloriesIn": "1830", "water": "1500.0"}
NIGHT = {
    "awakeningsCount": "17",
    "efficiency": "93",
    "minutesAfterWakeup": "0",
    "minutesAsleep": "421",
    "minutesAwake": "59",
    "minutesToFallAsleep": "0",
    "startTime": "23:10",
    "timeInBed": "480",
}
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")
_POINTS, _LAST_MINUTE = 3, 24 * 60 - 1
DETAIL_MINUTES = {"1sec": 1, "1min": 1, "5min": 5, "15min": 15}

_ZONES = (("Out of Range", 30, 92), ("Fat Burn", 92, 128), ("Cardio", 128, 156), ("Peak", 156, 220))


def daily(
    prefix: str, field: str, values: Mapping[str, str]
) -> Callable[[ResourceRequest], dict[str, Any]]:
    """Return the function that builds a series such as ``activities-steps``.

    ``field`` is the segment of the path that names it, ``values`` are those of a day by name.
    """

    def build(request: ResourceRequest) -> dict[str, Any]:
        name = request.fields[field]
        return {f"{prefix}-{name}": request.daily(values[name])}

    return build


activity = daily("activities", "activity", ACTIVITY)


def heart(request: ResourceRequest) -> dict[str, Any]:
    """Return the heart rate's zones and the resting heart rate of each day."""
    zones = [
        {"caloriesOut": 250.5, "max": most, "min": least, "minutes": 60, "name": name}
        for name, least, most in _ZONES
    ]
    value = {"customHeartRateZones": [], "heartRateZones": zones, "restingHeartRate": 62}
    return {"activities-heart": request.daily(value)}


def zone_minutes(request: ResourceRequest) -> dict[str, Any]:
    """Return the active zone minutes of each day."""
    value = {"activeZoneMinutes": 31, "fatBurnActiveZoneMinutes": 23, "cardioActiveZoneMinutes": 8}
    return {"activities-active-zone-minutes": request.daily(value)}


def activity_intraday(request: ResourceRequest) -> dict[str, Any]:
    """Return a series with values of the first minutes of the day."""
    return _with_dataset(request, activity(request), 7)


def heart_intraday(request: ResourceRequest) -> dict[str, Any]:
    """Return the heart rate of the first minutes of the day."""
    return _with_dataset(request, heart(request), 64)


def zone_minutes_intraday(request: ResourceRequest) -> dict[str, Any]:
    """Return the active zone minutes of the first minutes of each day."""
    step = DETAIL_MINUTES[request.fields.get("detail", "1min")]
    times = _first_times(request, step)
    minutes = [{"minute": time, "value": {"activeZoneMinutes": 1}} for time in times]
    return {
        "activities-active-zone-minutes-intraday": [
            {"dateTime": day.isoformat(), "minutes": minutes} for day in request.days
        ]
    }


def _with_dataset(request: ResourceRequest, daily: dict[str, Any], value: int) -> dict[str, Any]:
    (name,) = daily
    step = DETAIL_MINUTES[request.fields["detail"]]
    dataset = [{"time": time, "value": value} for time in _first_times(request, step)]
    kind = "second" if request.fields["detail"] == "1sec" else "minute"
    intraday = {"dataset": dataset, "datasetInterval": step, "datasetType": kind}
    return {**daily, f"{name}-intraday": intraday}


def _first_times(request: ResourceRequest, step: int) -> list[str]:
    """Return the first times of the day, or of the window that the path names."""
    start = _minute_of_day(request.fields.get("start", ""), 0)
    stop = _minute_of_day(request.fields.get("stop", ""), _LAST_MINUTE)
    minutes = range(start, min(stop, _LAST_MINUTE) + 1, step)[:_POINTS]
    return [f"{minute // 60:02}:{minute % 60:02}:00" for minute in minutes]


def _minute_of_day(time: str, default: int) -> int:
    match = _TIME.match(time)
    return int(match[1]) * 60 + int(match[2]) if match else default
