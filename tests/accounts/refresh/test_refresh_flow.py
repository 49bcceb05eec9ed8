"""One refresh: what is sent, what is stored, and how each kind of failure ends."""

from math import inf
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher, OpenStore
from tests.support.accounts.fake_token_endpoint import (
    LIFE,
    START,
    FakeClock,
    FakeTokenEndpoint,
    Fault,
    Late,
    dropped_connection,
    invalid_grant_response,
    refused_connection,
    response,
)
from tokcheck.accounts.errors import GrantError, OAuthError
from tokcheck.accounts.grant import Intent
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import ExitCode, NetError, UsageError

UNCLEAR = [
    pytest.param(response(500, b"<!DOCTYPE html>"), id="500"),
    pytest.param(response(503, b""), id="503"),
    pytest.param(response(409, {"errors": []}), id="409"),
    pytest.param(response(200, b"<html>sign in</html>"), id="no JSON"),
    pytest.param(response(200, {"token_type": "Bearer"}), id="no token"),
    pytest.param(response(200, b'{"access_to')._replace(cut=True), id="cut"),
    pytest.param(dropped_connection(), id="no answer"),
]
# Responses that a page, a proxy or a block in front repeats.
LASTING = [
    pytest.param(response(302, b"", location="https://portal.example"), id="redirect"),
    pytest.param(response(400, {"error": "who_knows"}), id="unknown error"),
    pytest.param(response(400, b"<html>bad request</html>"), id="page 400"),
    pytest.param(response(401, b"<html>sign in</html>"), id="page 401"),
    pytest.param(response(403, b"<html>blocked</html>"), id="page 403"),
    pytest.param(
        response(401, {"error": "invalid_grant"})._replace(headers={"www-authenticate": "Basic"}),
        id="gateway",
    ),
    pytest.param(response(407, {"error": "invalid_grant"}), id="proxy"),
]


def test_a_token_valid_for_long_enough_is_not_refreshed(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim", left=301))
    grant = make_refresher(store).fresh_grant("kim", 300)
    assert [] == token_endpoint.requests
    assert START + 301 == grant.expires_at


@pytest.mark.parametrize("left", [-100.0, 0.0, 300.0])
def test_any_other_token_is_refreshed_and_the_new_one_stored(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher, left: float
) -> None:
    old = token_endpoint.grant("kim", left=left)
    store.put(old)
    grant = make_refresher(store).fresh_grant("kim", 300)
    stored = store.account("kim")
    assert START + LIFE == grant.expires_at
    assert old.access.fingerprint != grant.access.fingerprint == stored.grant.access.fingerprint
    assert stored.grant.refresh is not None
    assert old.refresh is not None
    assert old.refresh.fingerprint != stored.grant.refresh.fingerprint
    assert (None, None) == (stored.intent, stored.broken)
    assert ("settings", "sleep") == stored.grant.scopes
    assert token_endpoint.would_refresh(stored.grant)


def test_a_token_of_unknown_expiry_is_refreshed(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim")._replace(expires_at=None))
    make_refresher(store).fresh_grant("kim", 0)
    assert 1 == len(token_endpoint.requests)


def test_the_intent_is_on_the_disk_before_anything_is_sent(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    open_store: OpenStore,
) -> None:
    grant = token_endpoint.grant("kim")
    store.put(grant)
    assert grant.refresh is not None
    seen: list[Intent | None] = []
    with open_store() as other:
        token_endpoint.before = lambda: seen.append(other.account("kim").intent)
        make_refresher(store).fresh_grant("kim", inf)
    assert seen[0] is not None
    assert (grant.refresh.fingerprint, START) == seen[0][:2]
    assert seen[0].holder.startswith("process ")


@pytest.mark.parametrize("fault", UNCLEAR)
def test_a_request_of_unknown_outcome_is_repeated_unchanged(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    fault: Fault,
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [Late(fault), fault]
    grant = make_refresher(store).fresh_grant("kim", inf)
    assert token_endpoint.requests[0] == token_endpoint.requests[1] == token_endpoint.requests[2]
    assert [0.5, 1.0] == clock.pauses
    assert token_endpoint.would_refresh(grant)
    assert START + LIFE == grant.expires_at  # a repeated answer is as old as the first


@pytest.mark.parametrize("fault", UNCLEAR)
def test_after_a_timeout_the_next_refresh_finishes_the_intent(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    fault: Fault,
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [Late(fault), *[fault] * 5]
    with pytest.raises((OAuthError, NetError)) as caught:
        make_refresher(store, patience=10.0).fresh_grant("kim", inf)
    assert ExitCode.NOT_USABLE != caught.value.exit_code
    assert [0.5, 1.0, 2.0, 4.0] == clock.pauses
    assert store.account("kim").intent is not None
    token_endpoint.faults = []
    clock.seconds += 60
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 0))
    assert store.account("kim").intent is None


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("fault", LASTING)
def test_a_response_that_stays_the_same_is_not_requested_again(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    fault: Fault,
    *,
    is_late: bool,
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [Late(fault) if is_late else fault]
    with pytest.raises(OAuthError) as caught:
        make_refresher(store).fresh_grant("kim", inf)
    assert ExitCode.COULD_NOT_TELL is caught.value.exit_code
    assert ([], 1) == (clock.pauses, len(token_endpoint.requests))
    assert store.account("kim").intent is not None, "it may have been carried out"
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 0))


@pytest.mark.parametrize("provider", ["fitbit", "google-health"])
def test_a_request_that_was_turned_away_is_not_said_to_have_used_the_refresh_token(
    store: Store, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher, provider: str
) -> None:
    wrong = []
    for status in (301, 302, 307, 403, 404, 405):
        store.put(token_endpoint.grant("kim", provider=provider))
        answer = response(status, {"error": "no"}, location="https://new.example")
        for _ in range(2):  # the second one finds the intent of the first
            token_endpoint.faults = [answer]
            with pytest.raises(OAuthError) as caught:
                make_refresher(store).fresh_grant("kim", inf)
            hint = caught.value.hint
            if "used up" in hint or "login" in hint.replace("login page", ""):
                wrong.append((status, hint))
            if not hint.endswith("Then run: tokcheck accounts refresh kim"):
                wrong.append((status, hint))
        assert store.account("kim").intent is not None, "it may have been carried out"
        assert store.account("kim").broken is None
        assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 0))
    assert [] == wrong


def test_a_lost_response_counts_more_than_a_later_refusal(
    store: Store, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [dropped_connection(), response(404, {"error": "no"})]
    with pytest.raises(OAuthError) as caught:
        make_refresher(store).fresh_grant("kim", inf)
    assert "may be used up" in caught.value.hint


def test_retry_after_is_respected(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [response(429, {}, retry_after="7")]
    make_refresher(store).fresh_grant("kim", inf)
    assert [7.0] == clock.pauses
    token_endpoint.faults = [response(429, {}, retry_after="3600")]
    with pytest.raises(OAuthError) as caught:
        make_refresher(store).fresh_grant("kim", inf)
    assert ("rate_limited", ExitCode.RATE_LIMITED) == (caught.value.code, caught.value.exit_code)
    assert [7.0] == clock.pauses


@pytest.mark.parametrize(
    "fault", [refused_connection(), response(429, {}, retry_after="60")], ids=["refused", "429"]
)
def test_an_intent_that_was_not_carried_out_is_withdrawn(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    fault: Fault,
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [fault]
    with pytest.raises((NetError, OAuthError)):
        make_refresher(store).fresh_grant("kim", inf)
    assert 1 == len(token_endpoint.requests)
    assert store.account("kim").intent is None


@pytest.mark.parametrize(
    "fault", [response(401, {"error": "invalid_client"}), refused_connection()]
)
def test_a_request_that_may_have_arrived_keeps_its_intent(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
    fault: Fault,
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [Late(dropped_connection()), *[fault] * 9]
    with pytest.raises((GrantError, NetError)):
        make_refresher(store, patience=3.0).fresh_grant("kim", inf)
    assert store.account("kim").intent is not None
    token_endpoint.faults = []
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", inf))
    assert (None, None, None) == store.account("kim")[2:5]


def test_a_refresh_is_tried_even_after_the_grace(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    store.put(token_endpoint.grant("kim", left=0))
    token_endpoint.faults = [dropped_connection(), dropped_connection()]  # neither was carried out
    with pytest.raises(NetError):
        make_refresher(store, patience=1.0).fresh_grant("kim", 0)
    clock.seconds += 3600
    grant = make_refresher(store).fresh_grant("kim", 0)
    assert clock.now() + LIFE == grant.expires_at


def test_an_unfinished_refresh_does_not_withhold_a_valid_token(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    store.put(token_endpoint.grant("kim"))
    assert store.begin("kim", Intent(store.grant("kim").refresh.fingerprint, START, "process 1"))  # type: ignore[union-attr] # it has one
    clock.seconds += 3600
    token_endpoint.faults = [refused_connection()]
    grant = make_refresher(store).fresh_grant("kim", 0)
    assert START + LIFE == grant.expires_at
    assert ([], 1) == (clock.pauses, len(token_endpoint.requests))
    assert store.account("kim").intent is not None


def test_an_address_that_cannot_be_used_leaves_no_unfinished_refresh(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim"))

    def refuse() -> None:
        raise UsageError("The address in TOKCHECK_FITBIT_URL is not a valid URL.")

    token_endpoint.before = refuse
    with pytest.raises(UsageError):
        make_refresher(store).fresh_grant("kim", inf)
    assert store.account("kim").intent is None


def test_a_reusable_refresh_token_is_kept(
    store: GrantStore,
    clock: FakeClock,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    token_endpoint.single_use = False
    old = token_endpoint.grant("kim", provider="google-health")
    store.put(old._replace(refresh_expires_at=START + 604_800))
    token_endpoint.faults = [dropped_connection()]
    grant = make_refresher(store).fresh_grant("kim", inf)
    assert old.refresh is not None
    assert grant.refresh is not None
    assert old.refresh.fingerprint == grant.refresh.fingerprint
    assert START + 604_800 == grant.refresh_expires_at
    assert clock.now() + LIFE == grant.expires_at
    token_endpoint.faults = [dropped_connection(), response(400, {"error": "invalid_grant"})]
    with pytest.raises(GrantError) as caught:
        make_refresher(store).fresh_grant("kim", inf)
    assert "Google Health API refused the refresh token" in caught.value.message
    assert "testing" in caught.value.hint


def test_a_new_expiry_of_the_refresh_token_is_stored(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim", provider="google-health"))
    token_endpoint.faults = [
        response(
            200,
            {"access_token": "ya29.new", "expires_in": 3599, "refresh_token_expires_in": 604_799},
        )
    ]
    assert START + 604_799 == make_refresher(store).fresh_grant("kim", inf).refresh_expires_at


def test_a_grant_without_a_refresh_token_is_used_until_it_expires(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim", left=100)._replace(refresh=None))
    assert START + 100 == make_refresher(store).fresh_grant("kim", 300).expires_at
    with pytest.raises(GrantError, match="has no refresh token"):
        make_refresher(store).fresh_grant("kim", inf)
    assert [] == token_endpoint.requests


def test_an_unknown_account_or_provider_is_a_usage_error(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    with pytest.raises(UsageError, match="There is no account '"):
        make_refresher(store).fresh_grant("nobody", 0)
    store.put(token_endpoint.grant("kim", provider="strava"))
    with pytest.raises(UsageError, match="strava, which this version of tokcheck does not know"):
        make_refresher(store).fresh_grant("kim", inf)


def test_a_new_login_during_a_refresh_wins(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim"))
    new = token_endpoint.grant("kim")
    token_endpoint.before = lambda: store.put(new)
    assert (
        new.access.fingerprint == make_refresher(store).fresh_grant("kim", inf).access.fingerprint
    )
    assert new.access.fingerprint == store.grant("kim").access.fingerprint
    token_endpoint.faults = [invalid_grant_response("x" * 64)]
    newer = token_endpoint.grant("kim")
    token_endpoint.before = lambda: store.put(newer)
    assert (
        newer.access.fingerprint == make_refresher(store).fresh_grant("kim", inf).access.fingerprint
    )
    assert store.account("kim").broken is None


def test_no_request_is_sent_for_a_replaced_grant(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    new = token_endpoint.grant("kim")

    class Replaced(Store):
        def begin(self, name: str, intent: Intent) -> bool:
            self.put(new)
            return super().begin(name, intent)

    with Replaced(folder) as store:
        store.put(token_endpoint.grant("kim", left=0))
        assert (
            new.access.fingerprint == make_refresher(store).fresh_grant("kim", 0).access.fingerprint
        )
    assert [] == token_endpoint.requests


def test_an_account_removed_during_a_refresh_stays_removed(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim"))
    token_endpoint.before = lambda: store.remove("kim")
    with pytest.raises(UsageError, match="There is no account '"):
        make_refresher(store).fresh_grant("kim", inf)
    assert [] == store.grants()
