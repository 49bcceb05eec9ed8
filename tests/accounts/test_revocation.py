"""Removing an account: what is revoked, and the wait for a refresh elsewhere."""

from pathlib import Path
from typing import Any

import pytest

from tests.accounts.conftest import MakeRefresher, OpenStore
from tests.support.accounts.failing_sqlite import UPDATE, failing_connection, recording_connection
from tests.support.accounts.fake_token_endpoint import (
    START,
    FakeClock,
    FakeTokenEndpoint,
    Late,
    dropped_connection,
    response,
)
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Broken, BrokenReason, Client
from tokcheck.accounts.revocation import AccountRemover
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import ExitCode, NetError
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response


def test_a_removal_waits_for_a_running_refresh(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, open_store: OpenStore
) -> None:
    grant = token_endpoint.grant("alex")
    store.put(grant)
    elsewhere = open_store()
    lock = elsewhere.lock("alex")
    assert lock.take()
    refreshed = token_endpoint.grant("alex")
    pauses: list[float] = []
    revoked: list[str] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            store.put(refreshed)
            lock.release()

    def send(provider: Provider, request: Request) -> Response:
        del provider
        assert request.form is not None
        revoked.append(request.form["token"].reveal())
        return response(200, {})

    assert None is AccountRemover(store, send, pause=pause).remove(
        "alex", REGISTRY["fitbit"], forget=False
    )
    assert 3 == len(pauses)
    assert refreshed.refresh is not None
    assert [refreshed.refresh.reveal()] == revoked
    assert [] == store.grants()
    elsewhere.close()


def make_remover(
    store: GrantStore,
    clock: FakeClock,
    revoked: list[str],
    token_endpoint: FakeTokenEndpoint | None = None,
) -> AccountRemover:
    """Return a remover that adds each token that it revokes to a list."""

    def send(provider: Provider, request: Request) -> Response:
        assert request.form is not None
        if "token" not in request.form:
            assert token_endpoint is not None
            return token_endpoint.send(provider, request)
        revoked.append(request.form["token"].reveal())
        return response(200, {})

    return AccountRemover(store, send, now=clock.now, pause=clock.pause)


def test_tokens_in_a_recovery_file_are_revoked(
    folder: Path, token_endpoint: FakeTokenEndpoint, clock: FakeClock, make_refresher: MakeRefresher
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("alex", left=0))
    with (
        Store(folder, connection=failing_connection(UPDATE, UPDATE)) as store,
        pytest.raises(StoreError),
    ):
        make_refresher(store).fresh_grant("alex", 0)
    clock.seconds += 86_400
    revoked: list[str] = []
    with Store(folder) as store:
        remover = make_remover(store, clock, revoked)
        assert None is remover.remove("alex", REGISTRY["fitbit"], forget=False)
    assert 1 == len(token_endpoint.requests)
    assert revoked == token_endpoint.live_tokens()


def test_tokens_of_a_lost_response_are_fetched_and_revoked(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    store.put(token_endpoint.grant("alex", left=0))
    token_endpoint.faults = [Late(dropped_connection())]
    with pytest.raises(NetError):
        make_refresher(store, patience=0).fresh_grant("alex", 0)
    revoked: list[str] = []
    remover = make_remover(store, clock, revoked, token_endpoint)
    assert None is remover.remove("alex", REGISTRY["fitbit"], forget=False)
    assert revoked == token_endpoint.live_tokens()


def test_a_refresh_that_cannot_be_finished_does_not_prevent_the_removal(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    grant = token_endpoint.grant("alex", left=0)
    store.put(grant)
    assert grant.refresh is not None
    token_endpoint.faults = [Late(dropped_connection())]
    with pytest.raises(NetError):
        make_refresher(store, patience=0).fresh_grant("alex", 0)
    clock.seconds += 86_400  # beyond the grace
    revoked: list[str] = []
    remover = make_remover(store, clock, revoked, token_endpoint)
    assert None is remover.remove("alex", REGISTRY["fitbit"], forget=False)
    assert [grant.refresh.reveal(), grant.access.reveal()] == revoked
    assert [] == store.grants()


def test_a_provider_that_does_not_respond_gets_one_request(
    store: GrantStore,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
) -> None:
    store.put(token_endpoint.grant("alex", left=0))
    token_endpoint.faults = [Late(dropped_connection())]
    with pytest.raises(NetError):
        make_refresher(store, patience=0).fresh_grant("alex", 0)
    silence = NetError("timeout", "api.fitbit.com did not respond within 10 s.", reached=True)
    token_endpoint.faults = [silence, silence]
    revoked: list[str] = []
    remover = make_remover(store, clock, revoked, token_endpoint)
    failure = remover.remove("alex", REGISTRY["fitbit"], forget=False)
    assert failure is not None
    assert (
        "an interrupted refresh of it has to be finished first, and api.fitbit.com did not respond "
        "within 10 s."
    ) == failure.message
    assert ([], [silence], ["alex"]) == (
        revoked,
        token_endpoint.faults,
        [one.name for one in store.grants()],
    )


def test_a_grant_that_another_account_shares_is_not_revoked(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, clock: FakeClock
) -> None:
    client = Client("fitbit", "23ELSE", None)
    for grant in (
        token_endpoint.grant("old"),
        token_endpoint.grant("new"),
        token_endpoint.grant("kim")._replace(user_id="7KIM"),
        token_endpoint.grant("app")._replace(client=client),
        token_endpoint.grant("unknown")._replace(user_id=None),
    ):
        store.put(grant)
    revoked: list[str] = []
    remover = make_remover(store, clock, revoked)
    for forget in (False, True):
        failure = remover.remove("old", REGISTRY["fitbit"], forget=forget)
        assert failure is not None
        assert "it would end the account new as well" in failure.message
        assert ExitCode.USAGE == failure.exit_code
        assert forget == ("old" not in [grant.name for grant in store.grants()])
    assert [] == revoked
    store.put(token_endpoint.grant("more"))
    store.put(token_endpoint.grant("old"))
    failure = remover.remove("old", REGISTRY["fitbit"], forget=True)
    assert failure is not None
    assert "it would end the accounts more and new as well, which have" in failure.message
    store.remove("more")
    for name in ("kim", "app", "unknown", "new"):
        assert None is remover.remove(name, REGISTRY["fitbit"], forget=False)
    assert 4 == len(revoked)


def test_a_consent_is_revoked_if_the_other_account_of_it_is_broken(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, clock: FakeClock
) -> None:
    old, new = token_endpoint.grant("old"), token_endpoint.grant("new")
    store.put(old)
    store.put(new)
    assert old.refresh is not None
    assert new.refresh is not None
    store.mark_broken("old", old.refresh.fingerprint, Broken(START, BrokenReason.REFUSED))
    revoked: list[str] = []
    remover = make_remover(store, clock, revoked)
    assert None is remover.remove("new", REGISTRY["fitbit"], forget=False)
    assert [new.refresh.reveal()] == revoked


@pytest.mark.parametrize("body", [b"", b"{}", {"success": True}, b"OK"])
def test_any_successful_response_counts_as_revoked(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, body: Any
) -> None:
    store.put(token_endpoint.grant("alex"))
    remover = AccountRemover(store, lambda *_: response(200, body, content_type="text/html"))
    assert None is remover.remove("alex", REGISTRY["fitbit"], forget=False)


def test_a_web_page_does_not_count_as_revoked(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    store.put(token_endpoint.grant("alex"))
    remover = AccountRemover(
        store, lambda *_: response(200, b"<html>Welcome to our network</html>")
    )
    failure = remover.remove("alex", REGISTRY["fitbit"], forget=False)
    assert failure is not None
    assert "web page" in failure.message
    assert 1 == len(store.grants())


def test_without_a_token_nothing_can_be_revoked(
    folder: Path, token_endpoint: FakeTokenEndpoint, clock: FakeClock
) -> None:
    made: list[Any] = []
    revoked: list[str] = []
    with Store(folder, connection=recording_connection(made)) as store:
        store.put(token_endpoint.grant("alex"))
        made[0].execute("DELETE FROM secrets")
        remover = make_remover(store, clock, revoked)
        failure = remover.remove("alex", REGISTRY["fitbit"], forget=False)
        assert failure is not None
        assert "has no token of it" in failure.message
        assert None is not remover.remove("alex", REGISTRY["fitbit"], forget=True)
        assert [] == store.accounts()
    assert [] == revoked


def test_a_removal_stops_waiting_after_its_patience(
    store: GrantStore, token_endpoint: FakeTokenEndpoint, open_store: OpenStore, clock: FakeClock
) -> None:
    store.put(token_endpoint.grant("alex"))
    elsewhere = open_store()
    lock = elsewhere.lock("alex")
    assert lock.take()
    remover = AccountRemover(store, token_endpoint.send, pause=clock.pause, patience=5)
    with pytest.raises(StoreError, match="in use by another process"):
        remover.remove("alex", REGISTRY["fitbit"], forget=True)
    assert 5 <= sum(clock.pauses) < 5.2
    assert 1 == len(store.grants())
    elsewhere.close()
