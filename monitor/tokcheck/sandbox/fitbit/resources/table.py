"""The resources of a user: the path, the scope that it needs, and its body.

https://dev.fitbit.com/build/reference/web-api/explore/fitbit-web-api-swagger.json
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from tokcheck.sandbox.fitbit.resources import logs, profile, series, vitals
from tokcheck.sandbox.fitbit.resources.resource_request import ResourceRequest
from tokcheck.sandbox.path_templates import match_segments, split_template

Body = Callable[[ResourceRequest], Any]

VERSIONS = ("1", "1.1", "1.2")


class Resource(NamedTuple):
    """A resource; ``scope`` is empty if a token with any scope may read it."""

    template: tuple[str, ...]
    """The segments after the user; ``{name}`` stands for any text, or for one of ``_CHOICES``."""
    scope: str
    body: Body


class FoundResource(NamedTuple):
    """A resource that a path names."""

    resource: Resource
    version: str
    user: str
    """``-`` for the token's own user, or an encoded id."""
    fields: Mapping[str, str]


_CHOICES: dict[str, Collection[str]] = {
    "activity": series.ACTIVITY,
    "measure": series.BODY,
    "food": series.FOOD,
    "night": series.NIGHT,
    "detail": series.DETAIL_MINUTES,
    "goal": ("fat", "weight"),
}


def _constant(value: object) -> Body:
    return lambda _: value


_NOTHING = _constant([])
_SUBSCRIPTIONS = _constant({"apiSubscriptions": []})
_RANGE = "date/{date}/{end}"
_TIME = "time/{start}/{stop}"

# One row: the scope, the body, and the paths without version, user and ``.json``. The first
# path that fits is taken, so those with a fixed word come first.
_ROWS: tuple[tuple[str, Body, tuple[str, ...]], ...] = (
    ("", _SUBSCRIPTIONS, ("apiSubscriptions",)),
    ("profile", profile.full_profile, ("profile",)),
    ("profile", _constant({"badges": []}), ("badges",)),
    ("settings", profile.devices, ("devices",)),
    ("settings", _constant({"trackerAlarms": []}), ("devices/tracker/{id}/alarms",)),
    ("social", profile.friends, ("friends", "friends/leaders/{period}", "leaderboard/friends")),
    ("social", profile.friends, ("friends/invitations",)),
    ("activity", _SUBSCRIPTIONS, ("activities/apiSubscriptions",)),
    ("activity", logs.activity_summary, ("activities/date/{date}",)),
    ("activity", logs.activity_goals, ("activities/goals/{period}",)),
    ("activity", logs.lifetime, ("activities",)),
    ("activity", logs.empty_page("activities"), ("activities/list",)),
    ("activity", _NOTHING, ("activities/favorite", "activities/frequent", "activities/recent")),
    ("activity", series.activity, (f"activities/{{activity}}/{_RANGE}",)),
    (
        "activity",
        series.daily("activities-tracker", "activity", series.ACTIVITY),
        (f"activities/tracker/{{activity}}/{_RANGE}",),
    ),
    (
        "activity",
        series.activity_intraday,
        (
            f"activities/{{activity}}/{_RANGE}/{{detail}}",
            f"activities/{{activity}}/{_RANGE}/{{detail}}/{_TIME}",
        ),
    ),
    ("activity", series.zone_minutes, (f"activities/active-zone-minutes/{_RANGE}",)),
    (
        "activity",
        series.zone_minutes_intraday,
        (
            f"activities/active-zone-minutes/{_RANGE}/{{detail}}",
            f"activities/active-zone-minutes/{_RANGE}/{{detail}}/{_TIME}",
            f"activities/active-zone-minutes/{_RANGE}/{_TIME}",
        ),
    ),
    ("heartrate", series.heart, (f"activities/heart/{_RANGE}",)),
    (
        "heartrate",
        series.heart_intraday,
        (
            f"activities/heart/{_RANGE}/{{detail}}",
            f"activities/heart/{_RANGE}/{{detail}}/{_TIME}",
        ),
    ),
    ("heartrate", vitals.variability_by_minute, ("hrv/date/{date}/all", f"hrv/{_RANGE}/all")),
    ("heartrate", vitals.variability, ("hrv/date/{date}", f"hrv/{_RANGE}")),
    ("nutrition", _SUBSCRIPTIONS, ("foods/apiSubscriptions",)),
    ("nutrition", logs.food_log, ("foods/log/date/{date}",)),
    ("nutrition", logs.food_goal, ("foods/log/goal",)),
    ("nutrition", logs.water_log, ("foods/log/water/date/{date}",)),
    ("nutrition", logs.water_goal, ("foods/log/water/goal",)),
    (
        "nutrition",
        series.daily("foods-log", "food", series.FOOD),
        (f"foods/log/{{food}}/{_RANGE}",),
    ),
    ("nutrition", _NOTHING, ("foods", "foods/log/favorite", "foods/log/frequent")),
    ("nutrition", _NOTHING, ("foods/log/recent",)),
    ("nutrition", _constant({"meals": []}), ("meals",)),
    ("weight", _SUBSCRIPTIONS, ("body/apiSubscriptions",)),
    ("weight", logs.body_summary, ("body/date/{date}",)),
    ("weight", series.daily("body", "measure", series.BODY), (f"body/{{measure}}/{_RANGE}",)),
    ("weight", logs.weight_log, ("body/log/weight/date/{date}", f"body/log/weight/{_RANGE}")),
    ("weight", logs.fat_log, ("body/log/fat/date/{date}", f"body/log/fat/{_RANGE}")),
    ("weight", logs.body_goal, ("body/log/{goal}/goal",)),
    ("sleep", _SUBSCRIPTIONS, ("sleep/apiSubscriptions",)),
    ("sleep", logs.sleep_log, ("sleep/date/{date}", f"sleep/{_RANGE}")),
    ("sleep", logs.sleep_goal, ("sleep/goal",)),
    ("sleep", logs.empty_page("sleep"), ("sleep/list",)),
    ("sleep", series.daily("sleep", "night", series.NIGHT), (f"sleep/{{night}}/{_RANGE}",)),
    (
        "respiratory_rate",
        vitals.breathing_rate_by_stage,
        ("br/date/{date}/all", f"br/{_RANGE}/all"),
    ),
    ("respiratory_rate", vitals.breathing_rate, ("br/date/{date}", f"br/{_RANGE}")),
    (
        "oxygen_saturation",
        vitals.oxygen_by_minute,
        ("spo2/date/{date}/all", f"spo2/{_RANGE}/all"),
    ),
    ("oxygen_saturation", vitals.oxygen, ("spo2/date/{date}", f"spo2/{_RANGE}")),
    ("temperature", vitals.skin_temperature, ("temp/skin/date/{date}", f"temp/skin/{_RANGE}")),
    ("temperature", vitals.core_temperature, ("temp/core/date/{date}", f"temp/core/{_RANGE}")),
    ("cardio_fitness", vitals.cardio_score, ("cardioscore/date/{date}", f"cardioscore/{_RANGE}")),
    ("electrocardiogram", logs.empty_page("ecgReadings"), ("ecg/list",)),
    ("irregular_rhythm_notifications", logs.empty_page("alerts"), ("irn/alerts/list",)),
    ("irregular_rhythm_notifications", vitals.rhythm_profile, ("irn/profile",)),
)
# The same for what belongs to no user: the path follows the version.
_GENERAL_ROWS: tuple[tuple[str, Body, tuple[str, ...]], ...] = (
    ("activity", _constant({"categories": []}), ("activities",)),
    ("nutrition", _constant([{"id": 147, "name": "gram", "plural": "grams"}]), ("foods/units",)),
    ("nutrition", _constant({"foods": []}), ("foods/search",)),
    ("nutrition", _constant([{"value": "en_US", "label": "United States"}]), ("foods/locales",)),
)
RESOURCES = tuple(
    Resource(split_template(path), scope, body) for scope, body, paths in _ROWS for path in paths
)
_GENERAL = {
    path: Resource((), scope, body) for scope, body, paths in _GENERAL_ROWS for path in paths
}


def find_resource(path: str) -> FoundResource | None:
    """Return the resource behind ``/1/user/-/….json``, or ``/1/….json`` for no user.

    Versions 1.1 and 1.2 have the same paths.
    """
    match path.split("/"):
        case ["", version, "user", user, *segments] if version in VERSIONS and user and segments:
            *first, last = segments
            if not last.endswith(".json"):
                return None
            inner = [*first, last.removesuffix(".json")]
            for resource in RESOURCES:
                fields = match_segments(resource.template, inner, _CHOICES)
                if fields is not None:
                    return FoundResource(resource, version, user, fields)
        case ["", version, *segments] if version in VERSIONS and segments:
            general = _GENERAL.get("/".join(segments).removesuffix(".json"))
            if general is not None and segments[-1].endswith(".json"):
                return FoundResource(general, version, "-", {})
    return None
