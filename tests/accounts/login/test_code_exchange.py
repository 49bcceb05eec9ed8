"""The end of a login: a code becomes tokens, and tokens become an account."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest

from tests.support.accounts.authorization_requests import FITBIT as FITBIT_ATTEMPT
from tests.support.accounts.authorization_requests import GOOGLE as GOOGLE_ATTEMPT
from tests.support.accounts.failing_sqlite import failing_connection
from tests.support.accounts.fake_token_endpoint import START, dropped_connection, response
from tests.support.tokens import (
    FITBIT,
    FITBIT_CLIENT,
    FITBIT_CODE,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_CLIENT,
    GOOGLE_REFRESH,
)
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Client, Tokens
from tokcheck.accounts.login import fetch_tokens, store_grant
from tokcheck.accounts.store import Store
from tokcheck.checks import Conclusion
from tokcheck.core.errors import NetError
from tokcheck.core.report import Verdict
from tokcheck.core.secret import Secret
from tokcheck.providers.base import Provider, Request, Response

Problems = list[NetError | Conclusion]


def test_the_previous_refresh_token_is_kept_where_no_new_one_came(tmp_path: Path) -> None:
    client = Client("google-health", GOOGLE_CLIENT, None)
    tokens = Tokens(Secret(GOOGLE), None, 3600, None, GOOGLE_ATTEMPT.scopes, "7TESTS")
    old = tokens._replace(refresh=Secret(GOOGLE_REFRESH), refresh_expires_in=86_400)
    with Store(tmp_path / "data") as store:
        first = store_grant(
            store, GOOGLE_ATTEMPT, client, old, wanted_name="alex", obtained_at=START
        )
        second = store_grant(
            store, GOOGLE_ATTEMPT, client, tokens, wanted_name="alex", obtained_at=START + 10_000
        )
    assert first.replaced is None
    assert second.replaced is not None
    assert second.grant.refresh is not None
    assert GOOGLE_REFRESH == second.grant.refresh.reveal()
    assert START + 86_400 == second.grant.refresh_expires_at
    assert START + 13_600 == second.grant.expires_at


@pytest.mark.parametrize("dies", [True, False], ids=["no response", "refused"])
def test_a_user_that_cannot_be_found_is_reported_and_no_failure(
    dies: bool,  # noqa: FBT001
) -> None:
    def send(provider: Provider, request: Request) -> Response:
        assert "google-health" == provider.name
        if request.path == "/token":
            return response(200, {"access_token": GOOGLE, "token_type": "Bearer"})
        if dies:
            raise dropped_connection()
        return response(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})

    problems: Problems = []
    client = Client("google-health", GOOGLE_CLIENT, None)
    tokens = fetch_tokens(
        GOOGLE_ATTEMPT, client, Secret(FITBIT_CODE), send, lambda: START, problems.append
    )
    assert tokens.user_id is None
    assert GOOGLE_ATTEMPT.scopes == tokens.scopes  # none in the response: those requested
    (problem,) = problems
    if isinstance(problem, NetError):
        assert dies
        assert "the connection broke off." == problem.message
    else:
        assert problem.verdict is not Verdict.VALID


def test_people_who_consent_at_the_same_moment_get_an_account_each(tmp_path: Path) -> None:
    client = Client("fitbit", FITBIT_CLIENT, None)
    people = [f"7MANY{number}" for number in range(8)]
    ready = Barrier(len(people))

    def consents(person: str) -> None:
        refresh = Secret(sha256(person.encode()).hexdigest())
        tokens = Tokens(Secret(FITBIT), refresh, 28_800, None, ("sleep",), person)
        with Store(tmp_path / "data") as store:
            ready.wait(30)
            store_grant(
                store,
                FITBIT_ATTEMPT,
                client,
                tokens,
                wanted_name="one",
                obtained_at=1_780_000_000.0,
            )

    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(consents, people))
    with Store(tmp_path / "data") as store:
        assert people == sorted(str(grant.user_id) for grant in store.grants())


def test_tokens_that_cannot_be_stored_are_reported_as_lost_with_the_next_step(
    tmp_path: Path,
) -> None:
    client = Client("fitbit", FITBIT_CLIENT, None)
    tokens = Tokens(Secret(FITBIT), Secret(FITBIT_REFRESH), 28_800, None, ("sleep",), "7TESTS")
    broken = failing_connection("\n    INSERT INTO grants")
    with (
        Store(tmp_path / "data", connection=broken) as store,
        pytest.raises(StoreError) as caught,
    ):
        store_grant(
            store, FITBIT_ATTEMPT, client, tokens, wanted_name="alex", obtained_at=1_780_000_000.0
        )
    assert "could not be read or written" in caught.value.message
    assert caught.value.message.endswith(" The consent was given, but its tokens are lost.")
    assert caught.value.hint.endswith(
        "Then log in again: tokcheck login fitbit --name alex --no-browser"
    )


def test_an_exchange_without_a_response_needs_a_new_login() -> None:
    def send(provider: Provider, request: Request) -> Response:
        del provider, request
        raise dropped_connection()

    client = Client("fitbit", FITBIT_CLIENT, None)
    with pytest.raises(NetError) as caught:
        fetch_tokens(FITBIT_ATTEMPT, client, Secret(FITBIT_CODE), send, lambda: START, print)
    assert "the connection broke off." == caught.value.message
    assert (
        "Try again. A code works once. Log in again: tokcheck login fitbit --name alex --no-browser"
        == (caught.value.hint)
    )


def test_a_user_named_in_the_response_is_not_looked_up() -> None:
    sent: list[Request] = []

    def send(provider: Provider, request: Request) -> Response:
        del provider
        sent.append(request)
        value = {"access_token": FITBIT, "token_type": "Bearer", "user_id": "7TESTS", "scope": "a"}
        return response(200, value)

    client = Client("fitbit", FITBIT_CLIENT, None)
    problems: Problems = []
    tokens = fetch_tokens(
        FITBIT_ATTEMPT, client, Secret(FITBIT_CODE), send, lambda: START, problems.append
    )
    assert [] == problems
    assert ("7TESTS", ("a",)) == (tokens.user_id, tokens.scopes)
    (request,) = sent
    assert request.form is not None
    assert FITBIT_ATTEMPT.verifier.reveal() == request.form["code_verifier"].reveal()
    assert FITBIT_ATTEMPT.redirect_uri == request.form["redirect_uri"].reveal()


def test_the_scopes_of_the_redirect_count_where_the_response_names_none() -> None:
    """As at Strava, where users may untick scopes."""
    written: dict[str, str] = {"access_token": FITBIT, "token_type": "Bearer", "user_id": "7TESTS"}
    notes: list[object] = []

    def fetch(scope: str | None) -> tuple[str, ...] | None:
        value = written if scope is None else {**written, "scope": scope}
        return fetch_tokens(
            FITBIT_ATTEMPT,
            Client("fitbit", FITBIT_CLIENT, None),
            Secret(FITBIT_CODE),
            lambda _, __: response(200, value),
            lambda: START,
            notes.append,
            redirect_scopes=("read",),
        ).scopes

    assert ("read",) == fetch(None)
    assert ("a", "b") == fetch("a,b")
