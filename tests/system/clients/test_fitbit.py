"""Clients of the Fitbit Web API: python-fitbit, fitbit-api and fitbit-web-api."""

import asyncio
from base64 import b64encode
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.system.clients.conftest import (
    REDIRECT_URI,
    ConsentingUser,
    load_client,
    run_documented_code,
)
from tokcheck.sandbox import FITBIT_SECRET, FITBIT_SERVER_CLIENT, Sandbox

ALL_SCOPES = (
    "activity", "heartrate", "location", "nutrition", "profile", "settings", "sleep", "social",
    "weight",
)  # fmt: skip


@pytest.mark.usefixtures("_plain_http")
def test_python_fitbit(sandbox: Sandbox, user: ConsentingUser) -> None:
    fitbit = load_client("fitbit")
    run_documented_code(sandbox, "python-fitbit")
    kept: list[dict[str, Any]] = []
    client = fitbit.Fitbit(
        FITBIT_SERVER_CLIENT,
        FITBIT_SECRET,
        redirect_uri=REDIRECT_URI,
        refresh_cb=kept.append,
    )
    address, _ = client.client.authorize_token_url(scope=list(ALL_SCOPES))
    back = user.allow(address, *ALL_SCOPES)
    first = client.client.fetch_access_token(parse_qs(urlsplit(back).query)["code"][0])

    assert "7ALEX2" == client.user_profile_get()["user"]["encodedId"]
    assert "Charge 5" == client.get_devices()[0]["deviceVersion"]
    steps = client.time_series("activities/steps", base_date="2026-05-20", period="7d")
    assert 7 == len(steps["activities-steps"])
    minutes = client.intraday_time_series("activities/heart", "2026-05-20", detail_level="1min")
    assert 3 == len(minutes["activities-heart-intraday"]["dataset"])
    assert 421 == client.get_sleep(datetime(2026, 5, 20))["sleep"][0]["minutesAsleep"]  # noqa: DTZ001
    assert [] == client.get_friends()["friends"]
    assert 30 == client.activities_daily_goal()["goals"]["activeMinutes"]

    client.client.refresh_token()
    assert first["refresh_token"] != kept[0]["refresh_token"]
    assert client.activities()["summary"]["steps"]

    sandbox.state.revoke(kept[0]["access_token"])
    with pytest.raises(load_client("fitbit.exceptions").HTTPUnauthorized, match="invalid"):
        client.get_devices()


def test_fitbit_api_by_an_adapter_that_changes_the_host(
    sandbox: Sandbox, user: ConsentingUser
) -> None:
    load_client("fitbit_api")
    client_class = run_documented_code(sandbox, "fitbit-api")["SandboxClient"]
    identity = (FITBIT_SERVER_CLIENT, FITBIT_SECRET, REDIRECT_URI)
    address = client_class.OAuth2_step_one(FITBIT_SERVER_CLIENT, REDIRECT_URI, list(ALL_SCOPES))
    here = f"{sandbox.url}/oauth2/authorize?{urlsplit(address).query}"
    back = user.allow(here, *ALL_SCOPES).replace("http://", "https://", 1)
    kept: list[dict[str, Any]] = []
    client = client_class.OAuth2_step_two(*identity, back, list(ALL_SCOPES), kept.append)
    assert "Charge 5" == client.get_devices()[0]["deviceVersion"]
    day = datetime(2026, 5, 20)  # noqa: DTZ001 - as the client wants it
    assert 8421 == client.get_activities_by_date(day)["summary"]["steps"]
    renewed = client.refresh_token()
    assert kept[0]["refresh_token"] != renewed["refresh_token"]
    assert "7ALEX2" == client.get_profile()["user"]["encodedId"]


def test_fitbit_web_api_sends_the_parameters_in_the_query(
    sandbox: Sandbox, user: ConsentingUser
) -> None:
    api = load_client("fitbit_web_api")
    parameters = {
        "client_id": FITBIT_SERVER_CLIENT,
        "response_type": "code",
        "scope": " ".join(ALL_SCOPES),
        "redirect_uri": REDIRECT_URI,
    }
    back = user.allow(f"{sandbox.url}/oauth2/authorize?{urlencode(parameters)}", *ALL_SCOPES)
    code = parse_qs(urlsplit(back).query)["code"][0]
    login = b64encode(f"{FITBIT_SERVER_CLIENT}:{FITBIT_SECRET}".encode()).decode()

    async def login_read_and_refresh() -> tuple[Any, ...]:
        configuration = api.Configuration(host=sandbox.url)
        async with api.ApiClient(configuration) as client:
            oauth = load_client("fitbit_web_api.api.authorization_api").AuthorizationApi(client)
            common = {"client_id": FITBIT_SERVER_CLIENT, "authorization": f"Basic {login}"}
            first = await oauth.oauth_token_without_preload_content(
                grant_type="authorization_code", code=code, redirect_uri=REDIRECT_URI, **common
            )
            tokens = await first.json()
            configuration.access_token = tokens["access_token"]
            person = await load_client("fitbit_web_api.api.user_api").UserApi(client).get_profile()
            nights = (
                await load_client("fitbit_web_api.api.sleep_api")
                .SleepApi(client)
                .get_sleep_by_date(var_date="2026-05-20")
            )
            again = await oauth.oauth_token_without_preload_content(
                grant_type="refresh_token", refresh_token=tokens["refresh_token"], **common
            )
            return person, nights, tokens, await again.json()

    person, nights, tokens, renewed = asyncio.run(login_read_and_refresh())
    assert ("7ALEX2", "Alex Sandbox") == (person.user.encoded_id, person.user.full_name)
    assert 82 == nights.sleep[0].levels.summary["deep"].minutes
    assert tokens["refresh_token"] != renewed["refresh_token"]
