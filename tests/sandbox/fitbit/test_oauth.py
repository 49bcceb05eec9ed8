import random

import httpx
import jwt
import pytest

from tests.sandbox.conftest import Get, SandboxClock
from tests.support.providers.sandbox_requests import (
    CHALLENGE,
    FITBIT_REVOKE,
    FITBIT_TOKEN,
    REDIRECT_URI,
    VERIFIER,
    fitbit_error,
    fitbit_refresh,
)
from tokcheck.core.errors import UsageError
from tokcheck.sandbox import (
    FITBIT_CLIENT,
    FITBIT_PUBLIC_CLIENT,
    FITBIT_SECRET,
    FITBIT_SERVER_CLIENT,
    GrantProblem,
    IssuedTokens,
    RefreshCounts,
    SandboxState,
    TokenRequestError,
)

DEVICES = "/1/user/-/devices.json"


def code_form(text: str, /, **changed: str) -> dict[str, str]:
    fields = {"grant_type": "authorization_code", "client_id": FITBIT_CLIENT, "code": text}
    fields |= {"redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER} | changed
    return {name: value for name, value in fields.items() if value}


def code(state: SandboxState, client_id: str = FITBIT_CLIENT) -> str:
    return state.issue_code(
        client_id, scopes=["settings"], redirect_uri=REDIRECT_URI, challenge=CHALLENGE
    )


def grant(
    state: SandboxState, account: str = "alex", client_id: str = FITBIT_CLIENT
) -> IssuedTokens:
    return state.exchange_code(client_id, state.issue_code(client_id, account))


def test_a_code_becomes_tokens(http: httpx.Client, state: SandboxState, get: Get) -> None:
    response = http.post(FITBIT_TOKEN, data=code_form(code(state)))
    body = response.json()
    access, refresh = body.pop("access_token"), body.pop("refresh_token")
    expected = {
        "expires_in": 28800,
        "scope": "settings",
        "token_type": "Bearer",
        "user_id": "7ALEX2",
    }
    assert (200, expected) == (response.status_code, body)
    claims = jwt.decode(access, options={"verify_signature": False, "verify_exp": False})
    assert ("rset", 28800) == (claims["scopes"], claims["exp"] - claims["iat"])
    assert 64 == len(refresh)
    assert set(refresh) <= set("0123456789abcdef")
    assert 200 == get(DEVICES, access).status_code
    assert state.can_refresh(refresh)


def test_a_code_is_used_once_and_lives_ten_minutes(
    http: httpx.Client, state: SandboxState, clock: SandboxClock
) -> None:
    used, late = code(state), code(state)
    assert 200 == http.post(FITBIT_TOKEN, data=code_form(used)).status_code
    clock.seconds += 600
    for text in (used, late, "0" * 40):
        _, _, message = expected = fitbit_error(http.post(FITBIT_TOKEN, data=code_form(text)))
        assert (400, "invalid_grant") == expected[:2]
        assert f"Authorization code invalid: {text}" == message


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"code_verifier": ""}, (400, "invalid_request", "Missing parameters: code_verifier")),
        ({"code_verifier": "x" * 43}, (400, "invalid_grant", "Code verifier invalid.")),
        ({"code_verifier": "é" * 43}, (400, "invalid_grant", "Code verifier invalid.")),
        (
            {"redirect_uri": "http://x/"},
            (400, "invalid_request", "Redirect_uri mismatch: http://x/."),
        ),
        ({"redirect_uri": ""}, (400, "invalid_request", "Missing parameters: redirect_uri")),
        ({"code": ""}, (400, "invalid_request", "Missing parameters: code")),
        ({"grant_type": ""}, (400, "invalid_request", "Missing parameters: grant_type")),
        ({"client_id": ""}, (400, "invalid_request", "Missing parameters: client_id")),
        ({"client_id": "23NONE"}, (401, "invalid_client", "Invalid client_id: 23NONE.")),
        (
            {"grant_type": "password"},
            (400, "unsupported_grant_type", "The authorization grant type is not supported."),
        ),
    ],
)
def test_a_wrong_exchange_is_reported_and_leaves_the_code(
    http: httpx.Client, state: SandboxState, changed: dict[str, str], expected: tuple[int, str, str]
) -> None:
    text = code(state)
    assert expected == fitbit_error(http.post(FITBIT_TOKEN, data=code_form(text, **changed)))
    assert 200 == http.post(FITBIT_TOKEN, data=code_form(text)).status_code


def test_a_code_belongs_to_its_application(http: httpx.Client, state: SandboxState) -> None:
    form = code_form(code(state), client_id=FITBIT_PUBLIC_CLIENT)
    assert (400, "invalid_grant") == fitbit_error(http.post(FITBIT_TOKEN, data=form))[:2]


def test_a_plain_challenge_is_its_own_verifier(http: httpx.Client, state: SandboxState) -> None:
    text = state.issue_code(
        FITBIT_CLIENT, redirect_uri=REDIRECT_URI, challenge=VERIFIER, method="plain"
    )
    assert 200 == http.post(FITBIT_TOKEN, data=code_form(text)).status_code


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ((FITBIT_SERVER_CLIENT, "0" * 32), (401, "invalid_client", "Client secret invalid.")),
        (("23NONE", FITBIT_SECRET), (401, "invalid_client", "Invalid client_id: 23NONE.")),
        (None, (401, "invalid_client", "Received header = undefined.")),
    ],
)
def test_a_server_application_needs_its_secret(
    http: httpx.Client,
    state: SandboxState,
    login: tuple[str, str] | None,
    expected: tuple[int, str, str],
) -> None:
    form = code_form(code(state, FITBIT_SERVER_CLIENT), client_id=FITBIT_SERVER_CLIENT)
    status, kind, message = fitbit_error(
        http.post(FITBIT_TOKEN, data=form, auth=login or httpx.Auth())
    )
    assert expected == (status, kind, message[-len(expected[2]) :])
    good = (FITBIT_SERVER_CLIENT, FITBIT_SECRET)
    response = http.post(FITBIT_TOKEN, data=form, auth=good)
    assert 200 == response.status_code
    claims = jwt.decode(
        response.json()["access_token"], options={"verify_signature": False, "verify_exp": False}
    )
    assert "wset" == claims["scopes"]


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic *", "Basic Og", "Basic eA=="])
def test_a_header_that_is_not_basic_is_repeated(http: httpx.Client, header: str) -> None:
    response = http.post(FITBIT_TOKEN, headers={"Authorization": header})
    status, kind, message = fitbit_error(response)
    assert (401, "invalid_client") == (status, kind)
    assert message.endswith(f"Received header = {header}.")


def test_a_refresh_token_is_used_once(
    http: httpx.Client, state: SandboxState, clock: SandboxClock
) -> None:
    first = grant(state)
    refresh_once = http.post(FITBIT_TOKEN, data=fitbit_refresh(first.refresh)).json()
    assert first.refresh != refresh_once["refresh_token"]
    assert "settings profile" == refresh_once["scope"]
    clock.seconds += 121
    response = http.post(FITBIT_TOKEN, data=fitbit_refresh(first.refresh))
    refused = (400, "invalid_grant", f"Refresh token invalid: {first.refresh}.")
    assert refused == fitbit_error(response)
    assert (
        RefreshCounts(1, 0, 1)
        == state.refresh_counts()
        == state.refresh_counts("alex", FITBIT_CLIENT)
    )
    assert state.can_refresh(refresh_once["refresh_token"])


def test_the_same_request_gets_the_same_answer_for_two_minutes(
    http: httpx.Client, state: SandboxState, clock: SandboxClock
) -> None:
    form = fitbit_refresh(grant(state).refresh)
    first = http.post(FITBIT_TOKEN, data=form)
    clock.seconds += 120
    assert first.content == http.post(FITBIT_TOKEN, data=form).content
    assert RefreshCounts(1, 1, 0) == state.refresh_counts()
    assert RefreshCounts(0, 0, 0) == state.refresh_counts("bo")


@pytest.mark.parametrize("how", ["a request", "a refresh"])
@pytest.mark.parametrize(
    ("grace", "status"), [("until-used", 400), ("two-minutes", 200), ("none", 400)]
)
def test_the_grace_ends_when_the_new_tokens_are_used(
    http: httpx.Client, state: SandboxState, get: Get, how: str, grace: str, status: int
) -> None:
    http.post("/sandbox/grants", data={"grace": grace})
    form = fitbit_refresh(grant(state).refresh)
    refresh_once = http.post(FITBIT_TOKEN, data=form).json()
    if how == "a request":
        get(DEVICES, refresh_once["access_token"])
    else:
        http.post(FITBIT_TOKEN, data=fitbit_refresh(refresh_once["refresh_token"]))
    assert (status == 200) == state.can_refresh(form["refresh_token"])
    assert status == http.post(FITBIT_TOKEN, data=form).status_code


def test_without_grace_a_repeated_request_is_refused(state: SandboxState) -> None:
    state.grants.grace = "none"
    first = grant(state)
    state.refresh(FITBIT_CLIENT, first.refresh or "")
    with pytest.raises(TokenRequestError, match="was used") as caught:
        state.refresh(FITBIT_CLIENT, first.refresh or "")
    assert GrantProblem.REFRESH_DEAD is caught.value.problem


def test_several_access_tokens_live_beside_one_refresh_token(state: SandboxState, get: Get) -> None:
    first, second = grant(state), grant(state)
    assert (False, True) == (
        state.can_refresh(first.refresh or ""),
        state.can_refresh(second.refresh or ""),
    )
    assert [200, 200] == [get(DEVICES, issued.access).status_code for issued in (first, second)]


def test_a_refresh_token_belongs_to_its_application_and_does_not_age(
    http: httpx.Client, state: SandboxState, clock: SandboxClock
) -> None:
    refresh = grant(state).refresh
    other = fitbit_refresh(refresh, FITBIT_PUBLIC_CLIENT)
    assert (400, "invalid_grant") == fitbit_error(http.post(FITBIT_TOKEN, data=other))[:2]
    clock.seconds += 3 * 365 * 86_400
    assert 200 == http.post(FITBIT_TOKEN, data=fitbit_refresh(refresh)).status_code


@pytest.mark.parametrize("which", ["access", "refresh"])
def test_revoking_either_token_ends_all_of_the_users_tokens(
    http: httpx.Client, state: SandboxState, get: Get, which: str
) -> None:
    earlier, mine, other = grant(state), grant(state), grant(state, "bo")
    pending = state.issue_code(FITBIT_CLIENT)
    form = {"client_id": FITBIT_CLIENT, "token": getattr(mine, which)}
    response = http.post(FITBIT_REVOKE, data=form)
    assert (200, b"") == (response.status_code, response.content)
    assert not state.can_refresh(mine.refresh or "")
    statuses = [get(DEVICES, i.access).status_code for i in (earlier, mine, other)]
    assert [401, 401, 200] == statuses
    with pytest.raises(TokenRequestError):
        state.exchange_code(FITBIT_CLIENT, pending)
    assert state.can_refresh(other.refresh or "")


def test_revoking_what_is_unknown_or_anothers_changes_nothing(
    http: httpx.Client, state: SandboxState
) -> None:
    other = grant(state, client_id=FITBIT_PUBLIC_CLIENT)
    for token in ("x", other.refresh, state.issue_google_token()):
        form = {"client_id": FITBIT_CLIENT, "token": token}
        assert 200 == http.post(FITBIT_REVOKE, data=form).status_code
    assert state.can_refresh(other.refresh or "")
    missing = fitbit_error(http.post(FITBIT_REVOKE, data={"client_id": FITBIT_CLIENT}))
    assert (400, "invalid_request", "Missing parameters: token") == missing


def test_unreadable_forms_and_other_paths(http: httpx.Client) -> None:
    unreadable = fitbit_error(http.post(FITBIT_TOKEN, content=b"\xff"))
    assert (400, "invalid_request", "Error reading the request body.") == unreadable
    for method, path in (("GET", FITBIT_TOKEN), ("POST", "/oauth2/introspect")):
        assert 404 == http.request(method, path).status_code


def test_a_long_run_drops_tokens_that_cannot_be_repeated(clock: SandboxClock) -> None:
    state = SandboxState(now=clock, random=random.Random(1))
    first = refresh = grant(state).refresh or ""
    for _ in range(50):
        clock.seconds += 121
        refresh = state.refresh(FITBIT_CLIENT, refresh).refresh or ""
    with pytest.raises(TokenRequestError) as caught:
        state.refresh(FITBIT_CLIENT, first)
    assert GrantProblem.REFRESH_UNKNOWN is caught.value.problem


def test_a_consent_without_http_is_checked_all_the_same(state: SandboxState) -> None:
    for wrong in ({"client_id": "23NONE"}, {"account": "nobody"}, {"scopes": ["everything"]}):
        with pytest.raises(UsageError):
            state.issue_code(**{"client_id": FITBIT_CLIENT} | wrong)


def test_parameters_may_be_in_the_query(http: httpx.Client, state: SandboxState) -> None:
    in_query = http.post(FITBIT_TOKEN, params=code_form(code(state)))
    assert (200, 28800) == (in_query.status_code, in_query.json()["expires_in"])
    fields = fitbit_refresh(in_query.json()["refresh_token"])
    split = {name: fields.pop(name) for name in ("grant_type", "client_id")}
    assert 200 == http.post(FITBIT_TOKEN, params=split, data=fields).status_code


def test_the_body_takes_precedence_over_the_query(http: httpx.Client, state: SandboxState) -> None:
    form = code_form(code(state))
    assert 200 == http.post(FITBIT_TOKEN, params={"code": "0" * 40}, data=form).status_code
    refused = http.post(FITBIT_TOKEN, params=fitbit_refresh("f" * 64))
    expected = (400, "invalid_grant", f"Refresh token invalid: {'f' * 64}.")
    assert expected == fitbit_error(refused)


def test_the_query_is_in_no_request_count(http: httpx.Client, state: SandboxState) -> None:
    form = code_form(code(state))
    http.post(FITBIT_TOKEN, params=form)
    assert form["code"] not in http.get("/sandbox/requests").text


def test_a_server_application_authenticates_with_parameters_in_the_query(
    http: httpx.Client, state: SandboxState
) -> None:
    form = code_form(code(state, FITBIT_SERVER_CLIENT), client_id=FITBIT_SERVER_CLIENT)
    response = http.post(FITBIT_TOKEN, params=form, auth=(FITBIT_SERVER_CLIENT, FITBIT_SECRET))
    assert 200 == response.status_code
    token = response.json()["access_token"]
    login = (FITBIT_SERVER_CLIENT, FITBIT_SECRET)
    assert 200 == http.post(FITBIT_REVOKE, params={"token": token}, auth=login).status_code
    assert not state.can_refresh(response.json()["refresh_token"])
