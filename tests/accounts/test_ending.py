"""The end of an account waits for a refresh that is under way elsewhere."""

from pathlib import Path

import pytest

from tests.accounts.bank import Bank, Clock, response
from tokcheck.accounts.ending import Ending
from tokcheck.accounts.fault import StoreError
from tokcheck.accounts.lock import AccountLock
from tokcheck.accounts.store import Store
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider, Request, Response


def test_who_ends_an_account_waits_for_who_refreshes_it(
    store: Store, bank: Bank, folder: Path
) -> None:
    grant = bank.grant("alex")
    store.put(grant)
    lock = AccountLock(folder, "alex")
    assert lock.take()
    renewed = bank.grant("alex")
    pauses: list[float] = []
    revoked: list[str] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            store.put(renewed)
            lock.release()

    def send(provider: Provider, request: Request) -> Response:
        del provider
        assert request.form is not None
        revoked.append(request.form["token"].reveal())
        return response(200, {})

    assert None is Ending(store, send, pause=pause).end("alex", REGISTRY["fitbit"], forget=False)
    assert 3 == len(pauses)
    assert renewed.refresh is not None
    assert [renewed.refresh.reveal()] == revoked
    assert [] == store.grants()


def test_it_gives_up_when_the_other_does_not_finish(
    store: Store, bank: Bank, folder: Path, clock: Clock
) -> None:
    store.put(bank.grant("alex"))
    lock = AccountLock(folder, "alex")
    assert lock.take()
    ending = Ending(store, bank.send, pause=clock.pause, patience=5)
    with pytest.raises(StoreError, match="in use by another process"):
        ending.end("alex", REGISTRY["fitbit"], forget=True)
    assert 5 <= sum(clock.pauses) < 5.2
    assert 1 == len(store.grants())
    lock.release()
