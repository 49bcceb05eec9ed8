"""The data types of the Google Health API: the scope of each, and a sample of its data points.

https://developers.google.com/health/data-types and
https://developers.google.com/health/reference/rest/v4/users.dataTypes.dataPoints
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

Sample = Callable[[datetime], dict[str, Any]]
"""Makes the value of a data point from the time of the request."""


class DataType(NamedTuple):
    """A data type; one without a sample has no data points here."""

    name: str
    """The identifier in paths, such as ``heart-rate``."""
    scope: str
    sample: Sample | None = None

    @property
    def field(self) -> str:
        """The name of the value in a data point, such as ``heartRate``."""
        first, *others = self.name.split("-")
        return first + "".join(word.capitalize() for word in others)


def _timestamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _interval(start: datetime, end: datetime) -> dict[str, str]:
    return {
        "startTime": _timestamp(start),
        "startUtcOffset": "0s",
        "endTime": _timestamp(end),
        "endUtcOffset": "0s",
    }


def _last_minute(**value: object) -> Sample:
    return lambda now: {"interval": _interval(now - timedelta(minutes=1), now), **value}


def _measurement(**value: object) -> Sample:
    return lambda now: {
        "sampleTime": {"physicalTime": _timestamp(now), "utcOffset": "0s"},
        **value,
    }


def _yesterday(**value: object) -> Sample:
    def sample(now: datetime) -> dict[str, Any]:
        day = now - timedelta(days=1)
        return {"date": {"year": day.year, "month": day.month, "day": day.day}, **value}

    return sample


def _night(now: datetime) -> dict[str, Any]:
    start = datetime.combine(now.date(), time(0), UTC)
    moments = [start + timedelta(hours=hours) for hours in (0, 4, 5, 6, 7)]
    types = ("LIGHT", "DEEP", "REM", "AWAKE")
    stages = [
        {**_interval(begin, end), "type": kind}
        for begin, end, kind in zip(moments[:-1], moments[1:], types, strict=True)
    ]
    return {"interval": _interval(start, moments[-1]), "type": "STAGES", "stages": stages}


def _walk(now: datetime) -> dict[str, Any]:
    return {
        "interval": _interval(now - timedelta(hours=2), now - timedelta(hours=1)),
        "exerciseType": "WALKING",
        "displayName": "Walk",
        "activeDuration": "3600s",
        "metricsSummary": {"caloriesKcal": 250, "distanceMillimeters": 5_000_000, "steps": "6500"},
    }


_ACTIVITY, _METRICS = "activity_and_fitness", "health_metrics_and_measurements"
DATA_TYPES = {
    data_type.name: data_type
    for data_type in (
        DataType("active-energy-burned", _ACTIVITY, _last_minute(kcal=2.4)),
        DataType("active-minutes", _ACTIVITY),
        DataType(
            "active-zone-minutes",
            _ACTIVITY,
            _last_minute(activeZoneMinutes="1", heartRateZone="FAT_BURN"),
        ),
        DataType("activity-level", _ACTIVITY),
        DataType("altitude", _ACTIVITY, _last_minute(gainMillimeters="3048")),
        DataType("basal-energy-burned", _ACTIVITY),
        DataType("blood-glucose", _METRICS),
        DataType("body-fat", _METRICS, _measurement(percentage=21.5)),
        DataType("calories-in-heart-rate-zone", _ACTIVITY),
        DataType("core-body-temperature", _METRICS),
        DataType(
            "daily-heart-rate-variability",
            _METRICS,
            _yesterday(averageHeartRateVariabilityMilliseconds=34.9),
        ),
        DataType("daily-heart-rate-zones", _METRICS),
        DataType("daily-oxygen-saturation", _METRICS, _yesterday(averagePercentage=96.4)),
        DataType("daily-respiratory-rate", _METRICS),
        DataType("daily-resting-heart-rate", _METRICS, _yesterday(beatsPerMinute="62")),
        DataType("daily-sleep-temperature-derivations", "sleep"),
        DataType("daily-vo2-max", _ACTIVITY),
        DataType("distance", _ACTIVITY, _last_minute(millimeters="76000")),
        DataType("electrocardiogram", "ecg"),
        DataType("exercise", _ACTIVITY, _walk),
        DataType("food", "nutrition"),
        DataType("food-measurement-unit", "nutrition"),
        DataType("floors", _ACTIVITY, _last_minute(count="1")),
        DataType("heart-rate", _METRICS, _measurement(beatsPerMinute="64")),
        DataType("heart-rate-variability", _METRICS),
        DataType("height", _METRICS, _measurement(heightMillimeters="1725")),
        DataType("hydration-log", "nutrition"),
        DataType("irregular-rhythm-notification", "irn"),
        DataType("nutrition-log", "nutrition"),
        DataType("oxygen-saturation", _METRICS),
        DataType("respiratory-rate-sleep-summary", _METRICS),
        DataType("run-vo2-max", _ACTIVITY),
        DataType("sedentary-period", _ACTIVITY),
        DataType("sleep", "sleep", _night),
        DataType("steps", _ACTIVITY, _last_minute(count="97")),
        DataType("swim-lengths-data", _ACTIVITY),
        DataType("time-in-heart-rate-zone", _ACTIVITY),
        DataType("total-calories", _ACTIVITY),
        DataType("vo2-max", _ACTIVITY),
        DataType("weight", _METRICS, _measurement(weightGrams=68400)),
    )
}


def data_points(data_type: DataType, health_user_id: str, now: float) -> list[dict[str, Any]]:
    """Return one data point at ``now`` (Unix seconds), or none for a type without a sample."""
    if data_type.sample is None:
        return []
    return [
        {
            "name": f"users/{health_user_id}/dataTypes/{data_type.name}/dataPoints/1",
            "dataSource": {"recordingMethod": "PASSIVELY_MEASURED", "platform": "FITBIT"},
            data_type.field: data_type.sample(datetime.fromtimestamp(now, UTC)),
        }
    ]
