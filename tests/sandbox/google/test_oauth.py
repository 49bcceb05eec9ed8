from typing import Any

import httpx
import jwt
import pytest

from tests.sandbox.conftest import Clock, Get
from tests.support.sandbox_requests import (
    CHALLENGE,
    GOOGLE_LOGIN,
    GOOGLE_REVOKE,
    GOOGLE_TOKEN,
    LOOPBACK,
    SETTINGS,
    SLEEP,
    VERIFIER,
    google_refresh,
    refusal,
)
from tokcheck.sandbox.state.clients import GOOGLE_SECRET, GOOGLE_TESTING_CLIENT, GOOGLE_WEB_CLIENT
from tokcheck.sandbox.state.codes import Consent, GrantError, Problem
from tokcheck.sandbox.state.grants import Issued, Refreshes
from tokcheck.sandbox.state.mint import FITBIT_CLIENT, GOOGLE_CLIENT
from tokcheck.sandbox.state.world import World

UNCHECKED: Any = {"verify_signature": False, "verify_exp": False, "verify_aud": False}
IDENTITY = "/v4/users/me/identity"
DAY = 86_400
DEAD = (400, "invalid_grant", "Token has been expired or revoked.")


def code_form(text: str, /, **changed: str) -> dict[str, str]:
    fields = GOOGLE_LOGIN | {"grant_type": "authorization_code", "code": text}
    fields |= {"redirect_uri": LOOPBACK, "code_verifier": VERIFIER} | changed
    return {name: value for name, value in fields.items() if value}


def code(world: World, *scopes: str, challenge: str = CHALLENGE) -> str:
    wanted = scopes or ("settings",)
    return world.consent(GOOGLE_CLIENT, scopes=wanted, redirect_uri=LOOPBACK, challenge=challenge)


def grant(world: World, client_id: str = GOOGLE_CLIENT, account: str = "alex") -> Issued:
    return world.exchange(client_id, world.consent(client_id, account))


def redeemed(world: World, *, offline: bool, anew: bool) -> Issued:
    consent = Consent(
        "google-health", GOOGLE_CLIENT, "alex", (SETTINGS,), LOOPBACK, offline=offline, anew=anew
    )
    text = world.grants.codes.issue(consent)
    return world.exchange(GOOGLE_CLIENT, text, redirect_uri=LOOPBACK)


def test_a_code_becomes_tokens(http: httpx.Client, world: World, get: Get) -> None:
    text = code(world, "settings", "sleep")
    assert text.startswith("4/0A")
    response = http.post(GOOGLE_TOKEN, data=code_form(text))
    answer = response.json()
    access, refresh = answer.pop("access_token"), answer.pop("refresh_token")
    told = {"expires_in": 3599, "scope": f"{SETTINGS} {SLEEP}", "token_type": "Bearer"}
    assert (200, told) == (response.status_code, answer)
    assert access.startswith("ya29.")
    assert refresh.startswith("1//0")
    assert 200 == get(IDENTITY, access).status_code
    info = http.post("/tokeninfo", data={"access_token": access}).json()
    assert ("offline", "3600") == (info["access_type"], info["expires_in"])


def test_an_id_token_comes_with_openid(http: httpx.Client, world: World) -> None:
    text = code(world, "openid", "email", "settings")
    answer = http.post(GOOGLE_TOKEN, data=code_form(text)).json()
    assert "RS256" == jwt.get_unverified_header(answer["id_token"])["alg"]
    claims = jwt.decode(answer["id_token"], options=UNCHECKED)
    expected = {
        "iss": "https://accounts.google.com",
        "azp": GOOGLE_CLIENT,
        "aud": GOOGLE_CLIENT,
        "sub": "1" * 21,
        "email": "alex@sandbox.invalid",
        "email_verified": True,
        "iat": 1_780_000_000,
        "exp": 1_780_003_600,
    }
    assert expected == claims
    renewed = http.post(GOOGLE_TOKEN, data=google_refresh(answer["refresh_token"])).json()
    assert "id_token" in renewed
    plain = http.post(GOOGLE_TOKEN, data=code_form(code(world, "openid"))).json()
    assert "email" not in jwt.decode(plain["id_token"], options=UNCHECKED)


def test_a_code_is_used_once_and_soon(http: httpx.Client, world: World, clock: Clock) -> None:
    used, late = code(world), code(world)
    http.post(GOOGLE_TOKEN, data=code_form(used))
    clock.seconds += 600
    for text in (used, late):
        told = refusal(http.post(GOOGLE_TOKEN, data=code_form(text)))
        assert (400, "invalid_grant", "Bad Request") == told


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"code": "4/0Ax"}, (400, "invalid_grant", "Malformed auth code.")),
        ({"code": ""}, (400, "invalid_request", "Missing required parameter: code")),
        ({"code_verifier": ""}, (400, "invalid_grant", "Missing code verifier.")),
        ({"code_verifier": "x"}, (400, "invalid_grant", "Invalid code verifier.")),
        ({"redirect_uri": "http://x/"}, (400, "redirect_uri_mismatch", "Bad Request")),
        ({"redirect_uri": ""}, (400, "invalid_request", "Missing parameter: redirect_uri")),
        ({"grant_type": ""}, (400, "invalid_request", "Missing required parameter: grant_type")),
        ({"grant_type": "foo"}, (400, "unsupported_grant_type", "Invalid grant_type: foo")),
        (
            {"grant_type": "refresh_token"},
            (400, "invalid_request", "Missing required parameter: refresh_token"),
        ),
        (
            {"client_id": ""},
            (400, "invalid_request", "Could not determine client ID from request."),
        ),
        ({"client_id": FITBIT_CLIENT}, (401, "invalid_client", "The OAuth client was not found.")),
        ({"client_secret": ""}, (400, "invalid_request", "client_secret is missing.")),
        ({"client_secret": "GOCSPX-x"}, (401, "invalid_client", "Unauthorized")),
        ({"client_id": GOOGLE_WEB_CLIENT}, (401, "unauthorized_client", "Unauthorized")),
    ],
)
def test_a_wrong_exchange_is_told_and_leaves_the_code(
    http: httpx.Client, world: World, changed: dict[str, str], told: tuple[int, str, str]
) -> None:
    text = code(world)
    assert told == refusal(http.post(GOOGLE_TOKEN, data=code_form(text, **changed)))
    assert 200 == http.post(GOOGLE_TOKEN, data=code_form(text)).status_code


def test_a_verifier_without_a_challenge_is_refused(http: httpx.Client, world: World) -> None:
    told = refusal(http.post(GOOGLE_TOKEN, data=code_form(code(world, challenge=""))))
    assert (400, "invalid_grant", "code_verifier or verifier is not needed.") == told


def test_the_secret_may_stand_in_a_header(http: httpx.Client, world: World) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": grant(world).refresh}
    assert (
        200 == http.post(GOOGLE_TOKEN, data=form, auth=(GOOGLE_CLIENT, GOOGLE_SECRET)).status_code
    )


def test_a_refresh_token_is_used_over_and_over(http: httpx.Client, world: World, get: Get) -> None:
    form = google_refresh(grant(world).refresh)
    answers = [http.post(GOOGLE_TOKEN, data=form).json() for _ in range(3)]
    fields = {"access_token", "expires_in", "scope", "token_type"}
    assert [fields] * 3 == [set(answer) for answer in answers]
    assert 3 == len({answer["access_token"] for answer in answers})
    assert [200] * 3 == [get(IDENTITY, answer["access_token"]).status_code for answer in answers]
    assert Refreshes(3, 0, 0) == world.refreshes(client_id=GOOGLE_CLIENT)


def test_a_refresh_token_comes_with_offline_access_and_again_only_when_asked_anew(
    world: World,
) -> None:
    wishes = [(False, False), (False, True), (True, False), (True, False), (True, True)]
    issued = [redeemed(world, offline=offline, anew=anew) for offline, anew in wishes]
    assert [False, False, True, False, True] == [i.refresh is not None for i in issued]
    assert all(world.grant_alive(i.refresh) for i in issued if i.refresh)


def test_an_unused_refresh_token_dies_after_six_months(world: World, clock: Clock) -> None:
    refresh = grant(world).refresh or ""
    clock.seconds += 182 * DAY
    world.refresh(GOOGLE_CLIENT, refresh)
    clock.seconds += 182 * DAY
    assert world.grant_alive(refresh)
    clock.seconds += DAY
    assert not world.grant_alive(refresh)


def test_the_oldest_of_more_than_a_hundred_ends_silently(http: httpx.Client, world: World) -> None:
    refreshes = [grant(world).refresh for _ in range(100)]
    assert all(world.grant_alive(refresh or "") for refresh in refreshes)
    grant(world)
    grant(world, account="bo")
    assert [False, True] == [world.grant_alive(refresh or "") for refresh in refreshes[:2]]
    assert DEAD == refusal(http.post(GOOGLE_TOKEN, data=google_refresh(refreshes[0])))


def test_a_grant_of_an_application_in_testing_lives_seven_days(
    http: httpx.Client, world: World, clock: Clock
) -> None:
    form = code_form(world.consent(GOOGLE_TESTING_CLIENT, redirect_uri=LOOPBACK))
    form |= {"client_id": GOOGLE_TESTING_CLIENT, "code_verifier": ""}
    first = http.post(GOOGLE_TOKEN, data=form).json()
    assert 604_799 == first["refresh_token_expires_in"]
    again = google_refresh(first["refresh_token"]) | {"client_id": GOOGLE_TESTING_CLIENT}
    clock.seconds += 6 * DAY
    assert DAY - 1 == http.post(GOOGLE_TOKEN, data=again).json()["refresh_token_expires_in"]
    clock.seconds += DAY
    assert DEAD == refusal(http.post(GOOGLE_TOKEN, data=again))


def test_an_unknown_refresh_token_is_a_bad_request(http: httpx.Client, world: World) -> None:
    told = refusal(http.post(GOOGLE_TOKEN, data=google_refresh("1//0x")))
    assert (400, "invalid_grant", "Bad Request") == told
    other = google_refresh(grant(world, GOOGLE_WEB_CLIENT).refresh)
    told = refusal(http.post(GOOGLE_TOKEN, data=other))
    assert (401, "unauthorized_client", "Unauthorized") == told
    assert Refreshes(0, 0, 2) == world.refreshes()


@pytest.mark.parametrize("which", ["access", "refresh"])
@pytest.mark.parametrize("where", ["data", "params"])
def test_revoking_either_token_ends_the_grant(
    http: httpx.Client, world: World, get: Get, which: str, where: str
) -> None:
    mine, other = grant(world), grant(world, account="bo")
    token = {"token": getattr(mine, which)}
    sent = [{}, token] if where == "params" else [token, {}]
    answers = [http.post(GOOGLE_REVOKE, data=sent[0], params=sent[1]) for _ in range(2)]
    assert [200, 400] == [answer.status_code for answer in answers]
    assert {} == answers[0].json()
    assert (400, "invalid_token", "Token expired or revoked") == refusal(answers[1])
    assert DEAD == refusal(http.post(GOOGLE_TOKEN, data=google_refresh(mine.refresh)))
    assert 401 == get(IDENTITY, mine.access).status_code
    assert world.grant_alive(other.refresh or "")
    assert redeemed(world, offline=True, anew=False).refresh


def test_what_cannot_be_revoked(http: httpx.Client, world: World, clock: Clock) -> None:
    fitbit = world.exchange(FITBIT_CLIENT, world.consent(FITBIT_CLIENT))
    old = grant(world).access
    clock.seconds += 3600
    for token in ("x", fitbit.access, fitbit.refresh, old):
        assert 400 == http.post(GOOGLE_REVOKE, data={"token": token}).status_code
    missing = (400, "invalid_request", "Missing required parameter: token")
    assert missing == refusal(http.post(GOOGLE_REVOKE))
    assert world.grant_alive(fitbit.refresh or "")


@pytest.mark.parametrize("path", [GOOGLE_TOKEN, GOOGLE_REVOKE])
def test_any_other_verb_is_not_found(http: httpx.Client, path: str) -> None:
    response = http.get(path)
    assert 404 == response.status_code
    assert response.headers["Content-Type"].startswith("text/html")


def test_session_control_and_policy_end_a_grant_on_demand(http: httpx.Client, world: World) -> None:
    form = google_refresh(grant(world).refresh)
    for fault, error, subtype in (
        ("session-expired", "invalid_grant", "invalid_rapt"),
        ("admin-policy-enforced", "admin_policy_enforced", None),
        ("client-deleted", "deleted_client", None),
        ("client-disabled", "disabled_client", None),
    ):
        world.faults.ask(fault, 1)
        body = http.post(GOOGLE_TOKEN, data=form).json()
        assert (error, subtype) == (body["error"], body.get("error_subtype"))
    assert 200 == http.post(GOOGLE_TOKEN, data=form).status_code


def test_a_dead_code_is_told_apart_from_an_unknown_one(world: World) -> None:
    text = code(world, challenge="")
    world.exchange(GOOGLE_CLIENT, text, redirect_uri=LOOPBACK)
    for dead, why in ((text, Problem.CODE_DEAD), ("4/0Ax", Problem.CODE_UNKNOWN)):
        with pytest.raises(GrantError) as caught:
            world.exchange(GOOGLE_CLIENT, dead, redirect_uri=LOOPBACK)
        assert why is caught.value.problem
