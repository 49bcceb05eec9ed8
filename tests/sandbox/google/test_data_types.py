import httpx
import pytest

from tests.sandbox.conftest import Get
from tokcheck.sandbox import SandboxState
from tokcheck.sandbox.google.data_types import DATA_TYPES
from tokcheck.sandbox.state.scopes import GOOGLE_WRITABLE

ME = "/v4/users/me"
NAMES = sorted(DATA_TYPES)


@pytest.mark.parametrize("name", NAMES)
def test_every_data_type_needs_its_scope_and_counts(
    state: SandboxState, get: Get, name: str
) -> None:
    data_type = DATA_TYPES[name]
    others = [scope for scope in GOOGLE_WRITABLE if scope != data_type.scope]
    path = f"{ME}/dataTypes/{name}/dataPoints"
    refused = get(path, state.issue_google_token(scopes=others))
    detail = refused.json()["error"]["details"][0]
    assert (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT") == (refused.status_code, detail["reason"])
    assert detail["metadata"]["method"].endswith(".DataPointsService.ListDataPoints")
    token = state.issue_google_token(scopes=[data_type.scope])
    listed = get(path, token)
    assert (200, ["dataPoints"]) == (listed.status_code, list(listed.json()))
    assert listed.json() == get(f"{path}:reconcile", token).json()
    assert 3 == state.usage()[0].total
    for point in listed.json()["dataPoints"]:
        assert data_type.field in point
        assert point == get(f"/v4/{point['name']}", token).json()
        assert "nextPageToken" not in get(f"{path}?pageSize=1000", token).json()


def test_most_data_types_have_a_sample() -> None:
    assert {"steps", "heart-rate", "sleep", "weight", "exercise"} <= {
        name for name in NAMES if DATA_TYPES[name].sample
    }
    assert ("heartRate", "vo2Max", "dailyRestingHeartRate") == tuple(
        DATA_TYPES[name].field for name in ("heart-rate", "vo2-max", "daily-resting-heart-rate")
    )


def test_a_data_point_has_the_documented_form(state: SandboxState, get: Get) -> None:
    token = state.issue_google_token(scopes=["activity_and_fitness", "sleep"])
    (steps,) = get(f"{ME}/dataTypes/steps/dataPoints", token).json()["dataPoints"]
    interval = {
        "startTime": "2026-05-28T20:25:40Z",
        "startUtcOffset": "0s",
        "endTime": "2026-05-28T20:26:40Z",
        "endUtcOffset": "0s",
    }
    assert {
        "name": "users/1000000000000000001/dataTypes/steps/dataPoints/1",
        "dataSource": {"recordingMethod": "PASSIVELY_MEASURED", "platform": "FITBIT"},
        "steps": {"interval": interval, "count": "97"},
    } == steps
    (night,) = get(f"{ME}/dataTypes/sleep/dataPoints", token).json()["dataPoints"]
    stages = night["sleep"]["stages"]
    assert ["LIGHT", "DEEP", "REM", "AWAKE"] == [stage["type"] for stage in stages]
    assert night["sleep"]["interval"]["endTime"] == stages[-1]["endTime"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("dataTypes/jumps/dataPoints", 404),
        ("dataTypes/steps", 404),
        ("dataTypes/steps/dataPoints/2", 404),
        ("dataTypes/vo2-max/dataPoints/1", 404),
        ("dataTypes/steps/dataPoints?pageSize=x", 400),
        ("irnProfile", 403),
    ],
)
def test_what_is_not_there(state: SandboxState, get: Get, path: str, status: int) -> None:
    token = state.issue_google_token(scopes=["activity_and_fitness"])
    assert status == get(f"{ME}/{path}", token).status_code


def test_the_irregular_rhythm_profile(state: SandboxState, http: httpx.Client, get: Get) -> None:
    response = get(f"{ME}/irnProfile", state.issue_google_token(scopes=["irn"]))
    assert {"name": "users/1000000000000000001/irnProfile"} == response.json()
    without = http.get(f"{ME}/irnProfile").json()["error"]["details"][0]["metadata"]["method"]
    assert without.endswith("HealthProfileService.GetIrnProfile")


@pytest.mark.parametrize("method", ["rollUp", "dailyRollUp"])
def test_a_roll_up_has_no_points(state: SandboxState, http: httpx.Client, method: str) -> None:
    def roll_up(scope: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {state.issue_google_token(scopes=[scope])}"}
        path = f"{ME}/dataTypes/steps/dataPoints:{method}"
        return http.post(path, json={"windowSizeDays": 1}, headers=headers)

    assert {"rollupDataPoints": []} == roll_up("activity_and_fitness").json()
    refused = roll_up("sleep")
    called = refused.json()["error"]["details"][0]["metadata"]["method"]
    expected = f"DataPointsService.{method[0].upper()}{method[1:]}DataPoints"
    assert (403, True) == (refused.status_code, called.endswith(expected))
    assert 404 == http.get(f"{ME}/dataTypes/steps/dataPoints:{method}").status_code
