import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.conftest import SandboxClock
from tokcheck.sandbox import HttpRequest, SandboxState, handle_request
from tokcheck.sandbox.fitbit.resources.table import RESOURCES, find_resource
from tokcheck.sandbox.http_messages import HttpResponse
from tokcheck.sandbox.state.scopes import FITBIT_SCOPE_CODES

_EXAMPLES = {
    "activity": "steps",
    "date": "2026-05-20",
    "detail": "1min",
    "end": "2026-05-21",
    "food": "caloriesIn",
    "goal": "weight",
    "id": "1000000001",
    "measure": "bmi",
    "night": "minutesAsleep",
    "period": "daily",
    "start": "00:00",
    "stop": "00:15",
}
ROWS = {"/".join(resource.template): resource.scope for resource in RESOURCES}


def read(state: SandboxState, path: str, token: str, query: str = "") -> HttpResponse:
    headers = {"authorization": f"Bearer {token}"}
    return handle_request(state, HttpRequest("GET", path, query, headers))


def read_json(state: SandboxState, path: str, query: str = "") -> Any:
    token = state.issue_fitbit_token(scopes=FITBIT_SCOPE_CODES)
    response = read(state, path, token, query)
    assert 200 == response.status, response.body
    return json.loads(response.body)


@pytest.mark.parametrize(("template", "scope"), ROWS.items())
def test_every_resource_needs_its_scope_and_counts(
    state: SandboxState, template: str, scope: str
) -> None:
    path = template.format(**_EXAMPLES)
    others = state.issue_fitbit_token(scopes=[name for name in FITBIT_SCOPE_CODES if name != scope])
    refused = read(state, f"/1/user/-/{path}.json", others)
    assert (403 if scope else 200) == refused.status
    if scope:
        message = json.loads(refused.body)["errors"][0]["message"]
        assert f"permission to access {scope} data" in message
    token = state.issue_fitbit_token(scopes=[scope] if scope else [])
    for number, version in enumerate(("1", "1.1", "1.2")):
        allowed = read(state, f"/{version}/user/-/{path}.json", token)
        assert (200, True) == (allowed.status, isinstance(json.loads(allowed.body), dict | list))
        assert f"{148 - number}" == dict(allowed.headers)["Fitbit-Rate-Limit-Remaining"]


@pytest.mark.parametrize(
    "path",
    [
        "/1/user/-/steps.json",
        "/1/user/-/activities/jumps/date/today/1d.json",
        "/1/user/-/sleep/date/today/1d",
        "/1.3/user/-/profile.json",
        "/2/user/-/profile.json",
        "/1/user//profile.json",
        "/1/user/-/.json",
        "/1/user/-/activities//date/today/1d.json",
        "/1/users/-/profile.json",
        "/1/foods/units",
        "/2/foods/units.json",
    ],
)
def test_other_paths_have_no_resource(path: str) -> None:
    assert find_resource(path) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "/1/user/-/activities/steps/date/2026-05-20/7d.json",
            {
                "activities-steps": [
                    {"dateTime": f"2026-05-{day}", "value": "8421"} for day in range(14, 21)
                ]
            },
        ),
        (
            "/1/user/-/body/weight/date/2026-05-20/2026-05-21.json",
            {
                "body-weight": [
                    {"dateTime": "2026-05-20", "value": "68.4"},
                    {"dateTime": "2026-05-21", "value": "68.4"},
                ]
            },
        ),
        (
            "/1/user/-/foods/log/water/date/today/1d.json",
            {"foods-log-water": [{"dateTime": "2026-05-28", "value": "1500.0"}]},
        ),
        (
            "/1/user/-/spo2/date/today.json",
            {"dateTime": "2026-05-28", "value": {"avg": 96.4, "max": 99.0, "min": 93.1}},
        ),
        (
            "/1/user/-/hrv/date/2026-05-20/all.json",
            {
                "hrv": [
                    {
                        "dateTime": "2026-05-20",
                        "minutes": [
                            {
                                "minute": "2026-05-20T01:12:00.000",
                                "value": {
                                    "rmssd": 26.6,
                                    "coverage": 0.93,
                                    "hf": 126.5,
                                    "lf": 275.4,
                                },
                            }
                        ],
                    }
                ]
            },
        ),
        (
            "/1/user/-/br/date/2026-5-2.json",
            {"br": [{"dateTime": "2026-05-02", "value": {"breathingRate": 15.2}}]},
        ),
        ("/1/user/-/friends.json", {"friends": []}),
        ("/1.1/user/-/friends.json", {"data": []}),
        ("/1/user/-/activities/recent.json", []),
        ("/1/activities.json", {"categories": []}),
        ("/1/foods/search.json", {"foods": []}),
        ("/1.1/foods/units.json", [{"id": 147, "name": "gram", "plural": "grams"}]),
        ("/1/foods/locales.json", [{"value": "en_US", "label": "United States"}]),
    ],
)
def test_bodies(state: SandboxState, path: str, expected: object) -> None:
    assert expected == read_json(state, path)


def test_an_intraday_series_has_a_dataset(state: SandboxState) -> None:
    path = "/1/user/-/activities/heart/date/today/1d/1sec/time/00:00/00:01.json"
    body = read_json(state, path)
    assert ["activities-heart", "activities-heart-intraday"] == list(body)
    intraday = body["activities-heart-intraday"]
    assert ("second", 1) == (intraday["datasetType"], intraday["datasetInterval"])
    assert {"time": "00:00:00", "value": 64} == intraday["dataset"][0]


def test_the_profile_is_full(state: SandboxState) -> None:
    user = read_json(state, "/1/user/-/profile.json")["user"]
    assert ("Alex", "7ALEX2", 0) == (
        user["displayName"], user["encodedId"], user["offsetFromUTCMillis"],
    )  # fmt: skip
    assert {"dateOfBirth", "gender", "height", "memberSince", "timezone", "topBadges"} <= set(user)
    assert len(user) > 40


@pytest.mark.parametrize(
    ("version", "expected"), [("1", "minuteData"), ("1.1", "levels"), ("1.2", "levels")]
)
def test_a_night_has_the_form_of_its_version(
    state: SandboxState, version: str, expected: str
) -> None:
    one = read_json(state, f"/{version}/user/-/sleep/date/2026-05-20.json")
    assert 421 == one["summary"]["totalMinutesAsleep"]
    (night,) = one["sleep"]
    assert expected in night
    assert ("2026-05-19T23:10:00.000", "2026-05-20") == (night["startTime"], night["dateOfSleep"])
    several = read_json(state, f"/{version}/user/-/sleep/date/2026-05-20/2026-05-22.json")
    assert (["sleep"], 3) == (list(several), len(several["sleep"]))


def test_a_list_repeats_its_page_parameters(state: SandboxState) -> None:
    query = "afterDate=2026-05-01&sort=desc&limit=10&offset=0"
    expected = {
        "pagination": {
            "afterDate": "2026-05-01",
            "limit": 10,
            "next": "",
            "offset": 0,
            "previous": "",
            "sort": "desc",
        },
        "sleep": [],
    }
    assert expected == read_json(state, "/1.2/user/-/sleep/list.json", query)


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ("2026-13-01/1d", "date"),
        ("20260520/1d", "date"),
        ("1999-12-31/1d", "date"),
        ("yesterday/1d", "date"),
        ("2026-05-20/2d", "date"),
        ("2026-05-20/2026-05-19", "end date"),
        ("2020-01-01/2026-05-19", "end date"),
        ("0001-01-01/1y", "date"),
    ],
)
def test_an_invalid_date_is_reported_and_counted(
    state: SandboxState, dates: str, field: str
) -> None:
    token = state.issue_fitbit_token(scopes=["activity"])
    response = read(state, f"/1/user/-/activities/steps/date/{dates}.json", token)
    (entry,) = json.loads(response.body)["errors"]
    assert (400, "validation", field) == (response.status, entry["errorType"], entry["fieldName"])
    assert "149" == dict(response.headers)["Fitbit-Rate-Limit-Remaining"]


@given(
    st.lists(
        st.sampled_from(
            ["activities", "sleep", "steps", "date", "today", "2026-05-20", "2999-12-31", "1d",
             "max", "list", "goal", "all", "1min", "time", "00:00", "-", ""]
        )
        | st.text(max_size=5),
        max_size=8,
    ),
    st.text(max_size=20),
)  # fmt: skip
def test_any_path_and_query_get_json(segments: list[str], query: str) -> None:
    state = SandboxState(now=SandboxClock())
    token = state.issue_fitbit_token(scopes=FITBIT_SCOPE_CODES)
    response = read(state, f"/1/user/-/{'/'.join(segments)}.json", token, f"limit={query}")
    assert response.status in {200, 400, 404}
    json.loads(response.body)


def test_today_is_the_accounts_own(state: SandboxState, clock: SandboxClock) -> None:
    clock.seconds += 2 * 3600  # 22:26 UTC
    token = state.issue_fitbit_token(account="bo", scopes=["activity"])  # two hours east
    response = read(state, "/1/user/-/activities/steps/date/today/1d.json", token)
    assert "2026-05-29" == json.loads(response.body)["activities-steps"][0]["dateTime"]
