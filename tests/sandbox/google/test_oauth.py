from typing import Any

import httpx
import jwt
import pytest

from tests.sandbox.conftest import Get, SandboxClock
from tests.support.providers.sandbox_requests import (
    CHALLENGE,
    GOOGLE_CLIENT_FIELDS,
    GOOGLE_REVOKE,
    GOOGLE_TOKEN,
    LOOPBACK_REDIRECT_URI,
    SETTINGS,
    SLEEP,
    VERIFIER,
    google_error,
    google_refresh,
)
from tokcheck.sandbox import (
    FITBIT_CLIENT,
    GOOGLE_CLIENT,
    GOOGLE_SECRET,
    GOOGLE_TESTING_CLIENT,
    GOOGLE_WEB_CLIENT,
    GrantProblem,
    IssuedTokens,
    RefreshCounts,
    SandboxState,
    TokenRequestError,
)
from tokcheck.sandbox.google.id_token import access_token_hash
from tokcheck.sandbox.state.codes import Consent

UNCHECKED: Any = {"verify_signature": False, "verify_exp": False, "verify_aud": False}
IDENTITY = "/v4/users/me/identity"
DAY = 86_400
DEAD = (400, "invalid_grant", "Token has been expired or revoked.")


def code_form(text: str, /, **changed: str) -> dict[str, str]:
    fields = GOOGLE_CLIENT_FIELDS | {"grant_type": "authorization_code", "code": text}
    fields |= {"redirect_uri": LOOPBACK_REDIRECT_URI, "code_verifier": VERIFIER} | changed
    return {name: value for name, value in fields.items() if value}


def code(state: SandboxState, *scopes: str, challenge: str = CHALLENGE) -> str:
    wanted = scopes or ("settings",)
    return state.issue_code(
        GOOGLE_CLIENT, scopes=wanted, redirect_uri=LOOPBACK_REDIRECT_URI, challenge=challenge
    )


def grant(
    state: SandboxState, client_id: str = GOOGLE_CLIENT, account: str = "alex"
) -> IssuedTokens:
    return state.exchange_code(client_id, state.issue_code(client_id, account))


def redeem_code(state: SandboxState, *, offline: bool, prompt_consent: bool) -> IssuedTokens:
    consent = Consent(
        "google-health",
        GOOGLE_CLIENT,
        "alex",
        (SETTINGS,),
        LOOPBACK_REDIRECT_URI,
        offline=offline,
        prompt_consent=prompt_consent,
    )
    text = state.grants.codes.issue(consent)
    return state.exchange_code(GOOGLE_CLIENT, text, redirect_uri=LOOPBACK_REDIRECT_URI)


def test_a_code_becomes_tokens(http: httpx.Client, state: SandboxState, get: Get) -> None:
    text = code(state, "settings", "sleep")
    assert text.startswith("4/0A")
    response = http.post(GOOGLE_TOKEN, data=code_form(text))
    body = response.json()
    access, refresh = body.pop("access_token"), body.pop("refresh_token")
    expected = {"expires_in": 3599, "scope": f"{SETTINGS} {SLEEP}", "token_type": "Bearer"}
    assert (200, expected) == (response.status_code, body)
    assert access.startswith("ya29.")
    assert refresh.startswith("1//0")
    assert 200 == get(IDENTITY, access).status_code
    info = http.post("/tokeninfo", data={"access_token": access}).json()
    assert ("offline", "3600") == (info["access_type"], info["expires_in"])


def test_an_id_token_comes_with_openid(http: httpx.Client, state: SandboxState) -> None:
    text = code(state, "openid", "email", "settings")
    response = http.post(GOOGLE_TOKEN, data=code_form(text)).json()
    assert "RS256" == jwt.get_unverified_header(response["id_token"])["alg"]
    claims = jwt.decode(response["id_token"], options=UNCHECKED)
    expected = {
        "iss": "https://accounts.google.com",
        "azp": GOOGLE_CLIENT,
        "aud": GOOGLE_CLIENT,
        "sub": "1" * 21,
        "email": "alex@sandbox.invalid",
        "email_verified": True,
        "at_hash": access_token_hash(response["access_token"]),
        "iat": 1_780_000_000,
        "exp": 1_780_003_600,
    }
    assert expected == claims
    refresh_once = http.post(GOOGLE_TOKEN, data=google_refresh(response["refresh_token"])).json()
    assert "id_token" in refresh_once
    plain = http.post(GOOGLE_TOKEN, data=code_form(code(state, "openid"))).json()
    assert "email" not in jwt.decode(plain["id_token"], options=UNCHECKED)


def test_a_code_is_used_once_and_soon(
    http: httpx.Client, state: SandboxState, clock: SandboxClock
) -> None:
    used, late = code(state), code(state)
    http.post(GOOGLE_TOKEN, data=code_form(used))
    clock.seconds += 600
    for text in (used, late):
        expected = google_error(http.post(GOOGLE_TOKEN, data=code_form(text)))
        assert (400, "invalid_grant", "Bad Request") == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
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
def test_a_wrong_exchange_is_reported_and_leaves_the_code(
    http: httpx.Client, state: SandboxState, changed: dict[str, str], expected: tuple[int, str, str]
) -> None:
    text = code(state)
    assert expected == google_error(http.post(GOOGLE_TOKEN, data=code_form(text, **changed)))
    assert 200 == http.post(GOOGLE_TOKEN, data=code_form(text)).status_code


def test_a_verifier_without_a_challenge_is_refused(http: httpx.Client, state: SandboxState) -> None:
    expected = google_error(http.post(GOOGLE_TOKEN, data=code_form(code(state, challenge=""))))
    assert (400, "invalid_grant", "code_verifier or verifier is not needed.") == expected


def test_the_secret_may_stand_in_a_header(http: httpx.Client, state: SandboxState) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": grant(state).refresh}
    assert (
        200 == http.post(GOOGLE_TOKEN, data=form, auth=(GOOGLE_CLIENT, GOOGLE_SECRET)).status_code
    )


def test_a_refresh_token_is_used_over_and_over(
    http: httpx.Client, state: SandboxState, get: Get
) -> None:
    form = google_refresh(grant(state).refresh)
    answers = [http.post(GOOGLE_TOKEN, data=form).json() for _ in range(3)]
    fields = {"access_token", "expires_in", "scope", "token_type"}
    assert [fields] * 3 == [set(response) for response in answers]
    assert 3 == len({response["access_token"] for response in answers})
    assert [200] * 3 == [
        get(IDENTITY, response["access_token"]).status_code for response in answers
    ]
    assert RefreshCounts(3, 0, 0) == state.refresh_counts(client_id=GOOGLE_CLIENT)


def test_a_refresh_token_comes_with_offline_access_and_again_only_with_prompt_consent(
    state: SandboxState,
) -> None:
    flags = [(False, False), (False, True), (True, False), (True, False), (True, True)]
    issued = [
        redeem_code(state, offline=offline, prompt_consent=prompt_consent)
        for offline, prompt_consent in flags
    ]
    assert [False, False, True, False, True] == [i.refresh is not None for i in issued]
    assert all(state.can_refresh(i.refresh) for i in issued if i.refresh)


def test_an_unused_refresh_token_dies_after_six_months(
    state: SandboxState, clock: SandboxClock
) -> None:
    refresh = grant(state).refresh or ""
    clock.seconds += 182 * DAY
    state.refresh(GOOGLE_CLIENT, refresh)
    clock.seconds += 182 * DAY
    assert state.can_refresh(refresh)
    clock.seconds += DAY
    assert not state.can_refresh(refresh)


def test_the_oldest_of_more_than_a_hundred_ends_silently(
    http: httpx.Client, state: SandboxState
) -> None:
    refreshes = [grant(state).refresh for _ in range(100)]
    assert all(state.can_refresh(refresh or "") for refresh in refreshes)
    grant(state)
    grant(state, account="bo")
    assert [False, True] == [state.can_refresh(refresh or "") for refresh in refreshes[:2]]
    assert DEAD == google_error(http.post(GOOGLE_TOKEN, data=google_refresh(refreshes[0])))


def test_a_grant_of_an_application_in_testing_lives_seven_days(
    http: httpx.Client, state: SandboxState, clock: SandboxClock
) -> None:
    form = code_form(state.issue_code(GOOGLE_TESTING_CLIENT, redirect_uri=LOOPBACK_REDIRECT_URI))
    form |= {"client_id": GOOGLE_TESTING_CLIENT, "code_verifier": ""}
    first = http.post(GOOGLE_TOKEN, data=form).json()
    assert 604_799 == first["refresh_token_expires_in"]
    again = google_refresh(first["refresh_token"]) | {"client_id": GOOGLE_TESTING_CLIENT}
    clock.seconds += 6 * DAY
    assert DAY - 1 == http.post(GOOGLE_TOKEN, data=again).json()["refresh_token_expires_in"]
    clock.seconds += DAY
    assert DEAD == google_error(http.post(GOOGLE_TOKEN, data=again))


def test_an_unknown_refresh_token_is_a_bad_request(http: httpx.Client, state: SandboxState) -> None:
    expected = google_error(http.post(GOOGLE_TOKEN, data=google_refresh("1//0x")))
    assert (400, "invalid_grant", "Bad Request") == expected
    other = google_refresh(grant(state, GOOGLE_WEB_CLIENT).refresh)
    expected = google_error(http.post(GOOGLE_TOKEN, data=other))
    assert (401, "unauthorized_client", "Unauthorized") == expected
    assert RefreshCounts(0, 0, 2) == state.refresh_counts()


@pytest.mark.parametrize("which", ["access", "refresh"])
@pytest.mark.parametrize("where", ["data", "params"])
def test_revoking_either_token_ends_the_grant(
    http: httpx.Client, state: SandboxState, get: Get, which: str, where: str
) -> None:
    mine, other = grant(state), grant(state, account="bo")
    token = {"token": getattr(mine, which)}
    sent = [{}, token] if where == "params" else [token, {}]
    answers = [http.post(GOOGLE_REVOKE, data=sent[0], params=sent[1]) for _ in range(2)]
    assert [200, 400] == [response.status_code for response in answers]
    assert {} == answers[0].json()
    assert (400, "invalid_token", "Token expired or revoked") == google_error(answers[1])
    assert DEAD == google_error(http.post(GOOGLE_TOKEN, data=google_refresh(mine.refresh)))
    assert 401 == get(IDENTITY, mine.access).status_code
    assert state.can_refresh(other.refresh or "")
    assert redeem_code(state, offline=True, prompt_consent=False).refresh


def test_what_cannot_be_revoked(
    http: httpx.Client, state: SandboxState, clock: SandboxClock
) -> None:
    fitbit = state.exchange_code(FITBIT_CLIENT, state.issue_code(FITBIT_CLIENT))
    old = grant(state).access
    clock.seconds += 3600
    for token in ("x", fitbit.access, fitbit.refresh, old):
        assert 400 == http.post(GOOGLE_REVOKE, data={"token": token}).status_code
    missing = (400, "invalid_request", "Missing required parameter: token")
    assert missing == google_error(http.post(GOOGLE_REVOKE))
    assert state.can_refresh(fitbit.refresh or "")


@pytest.mark.parametrize("path", [GOOGLE_TOKEN, GOOGLE_REVOKE])
def test_any_other_verb_is_not_found(http: httpx.Client, path: str) -> None:
    response = http.get(path)
    assert 404 == response.status_code
    assert response.headers["Content-Type"].startswith("text/html")


def test_session_control_and_policy_end_a_grant_on_demand(
    http: httpx.Client, state: SandboxState
) -> None:
    form = google_refresh(grant(state).refresh)
    for fault, error, subtype in (
        ("session-expired", "invalid_grant", "invalid_rapt"),
        ("admin-policy-enforced", "admin_policy_enforced", None),
        ("client-deleted", "deleted_client", None),
        ("client-disabled", "disabled_client", None),
    ):
        state.faults.add(fault, 1)
        body = http.post(GOOGLE_TOKEN, data=form).json()
        assert (error, subtype) == (body["error"], body.get("error_subtype"))
    assert 200 == http.post(GOOGLE_TOKEN, data=form).status_code


def test_a_dead_code_is_distinguished_from_an_unknown_one(state: SandboxState) -> None:
    text = code(state, challenge="")
    state.exchange_code(GOOGLE_CLIENT, text, redirect_uri=LOOPBACK_REDIRECT_URI)
    for dead, why in ((text, GrantProblem.CODE_DEAD), ("4/0Ax", GrantProblem.CODE_UNKNOWN)):
        with pytest.raises(TokenRequestError) as caught:
            state.exchange_code(GOOGLE_CLIENT, dead, redirect_uri=LOOPBACK_REDIRECT_URI)
        assert why is caught.value.problem


def test_a_refresh_narrows_the_scopes_and_the_grant_keeps_them(
    http: httpx.Client, state: SandboxState, get: Get
) -> None:
    issued = state.exchange_code(
        GOOGLE_CLIENT, state.issue_code(GOOGLE_CLIENT, scopes=["settings", "sleep"])
    )
    form = google_refresh(issued.refresh)
    narrowed = http.post(GOOGLE_TOKEN, data=form | {"scope": SLEEP}).json()
    assert SLEEP == narrowed["scope"]
    assert 403 == get("/v4/users/me/settings", narrowed["access_token"]).status_code
    assert f"{SETTINGS} {SLEEP}" == http.post(GOOGLE_TOKEN, data=form).json()["scope"]
    wider = http.post(GOOGLE_TOKEN, data=form | {"scope": f"{SLEEP} email"})
    assert (400, "invalid_scope", "Bad Request") == google_error(wider)
    assert RefreshCounts(2, 0, 1) == state.refresh_counts()


def test_short_names_of_sign_in_scopes_narrow_too(http: httpx.Client, state: SandboxState) -> None:
    issued = state.exchange_code(
        GOOGLE_CLIENT, state.issue_code(GOOGLE_CLIENT, scopes=["openid", "email", "sleep"])
    )
    form = google_refresh(issued.refresh)
    body = http.post(GOOGLE_TOKEN, data=form | {"scope": "openid email"}).json()
    assert "openid https://www.googleapis.com/auth/userinfo.email" == body["scope"]
    without = http.post(GOOGLE_TOKEN, data=form | {"scope": SLEEP}).json()
    assert "id_token" not in without
