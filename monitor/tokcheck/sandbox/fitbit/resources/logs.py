"""Logs of a day with their summaries and goals: activities, food, water, body and sleep.

https://dev.fitbit.com/build/reference/web-api/activity/get-daily-activity-summary/ ,
https://dev.fitbit.com/build/reference/web-api/sleep/get-sleep-log-by-date/ and the pages beside
them.
"""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tokcheck.sandbox.fitbit.resources.resource_request import ResourceRequest

_ACTIVITY_GOALS = {
    "activeMinutes": 30,
    "caloriesOut": 2500,
    "distance": 8.05,
    "floors": 10,
    "steps": 10_000,
}
_STAGES = {"deep": (4, 82), "light": (27, 246), "rem": (9, 93), "wake": (29, 59)}


def activity_summary(request: ResourceRequest) -> dict[str, Any]:
    """Return the summary of a day without logged activities."""
    _ = request.day
    return {
        "activities": [],
        "goals": _ACTIVITY_GOALS,
        "summary": {
            "activeScore": -1,
            "activityCalories": 912,
            "caloriesBMR": 1583,
            "caloriesOut": 2250,
            "distances": [{"activity": "total", "distance": 6.21}],
            "elevation": 33.528,
            "fairlyActiveMinutes": 14,
            "floors": 11,
            "heartRateZones": [],
            "lightlyActiveMinutes": 203,
            "marginalCalories": 530,
            "restingHeartRate": 62,
            "sedentaryMinutes": 731,
            "steps": 8421,
            "veryActiveMinutes": 22,
        },
    }


def activity_goals(_: ResourceRequest) -> dict[str, Any]:
    """Return the activity goals of a day or a week."""
    return {"goals": _ACTIVITY_GOALS}


def lifetime(_: ResourceRequest) -> dict[str, Any]:
    """Return the totals of all time, and no records."""
    totals = {"activeScore": -1, "caloriesOut": -1, "distance": 4021.3, "floors": 7120}
    totals["steps"] = 5_452_110
    return {"best": {}, "lifetime": {"total": totals, "tracker": totals}}


def empty_page(name: str) -> Callable[[ResourceRequest], dict[str, Any]]:
    """Return a body of a paged list without entries; ``name`` is the list's."""

    def body(request: ResourceRequest) -> dict[str, Any]:
        return {"pagination": _pagination(request), name: []}

    return body


def _pagination(request: ResourceRequest) -> dict[str, Any]:
    names = ("afterDate", "beforeDate")
    limit = request.params.get("limit", "")
    return {
        **{name: request.params[name] for name in names if name in request.params},
        "limit": int(limit) if re.fullmatch("[0-9]{1,3}", limit) else 100,
        "next": "",
        "offset": 0,
        "previous": "",
        "sort": request.params.get("sort", "asc"),
    }


def food_log(request: ResourceRequest) -> dict[str, Any]:
    """Return a day without logged food."""
    _ = request.day
    nutrients = ("calories", "carbs", "fat", "fiber", "protein", "sodium", "water")
    return {"foods": [], "goals": {"calories": 2000}, "summary": dict.fromkeys(nutrients, 0)}


def food_goal(_: ResourceRequest) -> dict[str, Any]:
    """Return the food goal."""
    return {"goals": {"calories": 2000}}


def water_log(request: ResourceRequest) -> dict[str, Any]:
    """Return a day without logged water."""
    _ = request.day
    return {"summary": {"water": 0}, "water": []}


def water_goal(_: ResourceRequest) -> dict[str, Any]:
    """Return the water goal."""
    return {"goal": {"goal": 2000, "startDate": "2019-03-14"}}


def weight_log(request: ResourceRequest) -> dict[str, Any]:
    """Return a weight for each day."""
    return {"weight": [{"bmi": 22.99, **_weighing(day), "weight": 68.4} for day in request.days]}


def fat_log(request: ResourceRequest) -> dict[str, Any]:
    """Return a body fat for each day."""
    return {"fat": [{**_weighing(day), "fat": 21.5} for day in request.days]}


def _weighing(day: date) -> dict[str, Any]:
    start = f"{day.isoformat()}T07:30:00"
    return {"date": start[:10], "logId": _log_id(day), "source": "Aria", "time": start[11:]}


def _log_id(day: date) -> int:
    return 30_000_000_000 + day.toordinal()


def body_summary(request: ResourceRequest) -> dict[str, Any]:
    """Return weight and body fat of a day, of the first version."""
    _ = request.day
    return {"body": {"bmi": 22.99, "fat": 21.5, "weight": 68.4}, "goals": {"weight": 66.0}}


def body_goal(request: ResourceRequest) -> dict[str, Any]:
    """Return the goal for weight or for body fat."""
    goals: dict[str, dict[str, Any]] = {
        "fat": {"fat": 20.0},
        "weight": {
            "goalType": "LOSE",
            "startDate": "2019-03-14",
            "startWeight": 70.0,
            "weight": 66.0,
            "weightThreshold": 0.05,
        },
    }
    return {"goal": goals[request.fields["goal"]]}


def sleep_log(request: ResourceRequest) -> dict[str, Any]:
    """Return one night for each day, in the form of the version, and a summary for one day."""
    classic = request.version == "1"
    nights = [_classic_night(day) if classic else _night(day) for day in request.days]
    if "end" in request.fields:
        return {"sleep": nights}
    summary: dict[str, Any] = {
        "totalMinutesAsleep": 421,
        "totalSleepRecords": 1,
        "totalTimeInBed": 480,
    }
    if not classic:
        stages = {name: minutes for name, (_, minutes) in _STAGES.items()}
        summary = {"stages": stages, **summary}
    return {"sleep": nights, "summary": summary}


def sleep_goal(_: ResourceRequest) -> dict[str, Any]:
    """Return the sleep goal."""
    return {
        "consistency": {"flowId": 0},
        "goal": {
            "bedtime": "23:00",
            "minDuration": 480,
            "updatedOn": "2019-03-14T10:00:00.000Z",
            "wakeupTime": "07:00",
        },
    }


def _night(day: date) -> dict[str, Any]:
    """Return a night with stages: https://dev.fitbit.com/build/reference/web-api/sleep/ ."""
    start = _bedtime(day)
    data = [
        {"dateTime": f"{start}:00.000", "level": "light", "seconds": 14_760},
        {"dateTime": f"{day.isoformat()}T03:16:00.000", "level": "deep", "seconds": 14_040},
    ]
    summary = {
        name: {"count": count, "minutes": minutes, "thirtyDayAvgMinutes": minutes}
        for name, (count, minutes) in _STAGES.items()
    }
    return {
        **_common_night(day),
        "infoCode": 0,
        "levels": {"data": data, "shortData": [], "summary": summary},
        "logType": "auto_detected",
        "type": "stages",
    }


def _classic_night(day: date) -> dict[str, Any]:
    return {
        **_common_night(day),
        "awakeCount": 2,
        "awakeDuration": 9,
        "awakeningsCount": 17,
        "minuteData": [{"dateTime": "23:10:00", "value": "1"}],
        "restlessCount": 15,
        "restlessDuration": 50,
    }


def _common_night(day: date) -> dict[str, Any]:
    return {
        "dateOfSleep": day.isoformat(),
        "duration": 28_800_000,
        "efficiency": 93,
        "endTime": f"{day.isoformat()}T07:10:00.000",
        "isMainSleep": True,
        "logId": _log_id(day),
        "minutesAfterWakeup": 0,
        "minutesAsleep": 421,
        "minutesAwake": 59,
        "minutesToFallAsleep": 0,
        "startTime": f"{_bedtime(day)}:00.000",
        "timeInBed": 480,
    }


def _bedtime(day: date) -> str:
    return f"{(day - timedelta(days=1)).isoformat()}T23:10"
