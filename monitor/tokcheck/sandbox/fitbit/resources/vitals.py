"""Breathing rate, heart rate variability, oxygen saturation, temperature and cardio fitness.

https://dev.fitbit.com/build/reference/web-api/breathing-rate/ and the pages beside it.
"""

from typing import Any

from tokcheck.sandbox.fitbit.resources.resource_request import ResourceRequest


def breathing_rate(request: ResourceRequest) -> dict[str, Any]:
    """Return the breathing rate of each night."""
    return {"br": request.daily({"breathingRate": 15.2})}


def breathing_rate_by_stage(request: ResourceRequest) -> dict[str, Any]:
    """Return the breathing rate in each sleep stage."""
    stages = ("deepSleepSummary", "fullSleepSummary", "lightSleepSummary", "remSleepSummary")
    return {"br": request.daily({stage: {"breathingRate": 15.2} for stage in stages})}


def variability(request: ResourceRequest) -> dict[str, Any]:
    """Return the heart rate variability of each night."""
    return {"hrv": request.daily({"dailyRmssd": 34.9, "deepRmssd": 31.6})}


def variability_by_minute(request: ResourceRequest) -> dict[str, Any]:
    """Return one value of each night."""
    value = {"rmssd": 26.6, "coverage": 0.93, "hf": 126.5, "lf": 275.4}
    return {"hrv": _nightly_minutes(request, value)}


def oxygen(request: ResourceRequest) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the oxygen saturation: an object for one day, a bare list for several."""
    days = request.daily({"avg": 96.4, "max": 99.0, "min": 93.1})
    return days if "end" in request.fields else days[0]


def oxygen_by_minute(request: ResourceRequest) -> list[dict[str, Any]] | dict[str, Any]:
    """Return one value of each night."""
    days = _nightly_minutes(request, 96.4)
    return days if "end" in request.fields else days[0]


def skin_temperature(request: ResourceRequest) -> dict[str, Any]:
    """Return the skin temperature of each night, relative to the user's own."""
    sensor = {"logType": "dedicated_temp_sensor"}
    days = request.daily({"nightlyRelative": -0.2})
    return {"tempSkin": [{**day, **sensor} for day in days]}


def core_temperature(request: ResourceRequest) -> dict[str, Any]:
    """Return one measurement of each day."""
    return {
        "tempCore": [
            {"dateTime": f"{day.isoformat()}T10:00:00", "value": 36.9} for day in request.days
        ]
    }


def cardio_score(request: ResourceRequest) -> dict[str, Any]:
    """Return the cardio fitness score of each day, a range."""
    return {"cardioScore": request.daily({"vo2Max": "38-42"})}


def rhythm_profile(_: ResourceRequest) -> dict[str, Any]:
    """Return that the user takes part in irregular rhythm notifications."""
    return {"enrolled": True, "lastUpdated": "2026-01-05T08:00:00.000Z", "onboarded": True}


def _nightly_minutes(request: ResourceRequest, value: object) -> list[dict[str, Any]]:
    return [
        {
            "dateTime": day.isoformat(),
            "minutes": [{"minute": f"{day.isoformat()}T01:12:00.000", "value": value}],
        }
        for day in request.days
    ]
