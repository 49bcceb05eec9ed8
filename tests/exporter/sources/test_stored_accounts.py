"""Polling the store: the facts of a grant, and the cost of a poll."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.exporter.sandbox_store import put
from tests.support.tokens import FITBIT, FITBIT_REFRESH, NOW
from tokcheck.accounts.grant import Broken, BrokenReason, Client, Grant, Intent, StoredAccount
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret
from tokcheck.exporter.sources import StoredGrant
from tokcheck.exporter.sources.stored_accounts import StoreWatcher

AT = NOW.timestamp()
ENDS = AT + 28_800
KNOWN = StoredGrant(AT, ENDS, renewable=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def watcher(home: Path) -> Iterator[StoreWatcher]:
    made = StoreWatcher(home)
    yield made
    made.close()


def grant(name: str = "anna", refresh: str | None = FITBIT_REFRESH) -> Grant:
    secret = None if refresh is None else Secret(refresh)
    client = Client("fitbit", "23ABCD", None)
    return Grant(name, client, Secret(FITBIT), secret, ENDS, None, (), None, AT)


@pytest.mark.parametrize(
    ("stored", "known"),
    [
        (grant(), KNOWN),
        (grant(refresh=None), KNOWN._replace(renewable=False)),
        (grant()._replace(expires_at=None), KNOWN._replace(expires_at=None)),
        (grant()._replace(refresh_expires_at=AT + 9), KNOWN._replace(refresh_expires_at=AT + 9)),
    ],
)
def test_an_entry_has_the_facts_of_its_grant(
    home: Path, watcher: StoreWatcher, stored: Grant, known: StoredGrant
) -> None:
    put(home, stored)
    entry = watcher.poll().entries["anna"]
    assert ("fitbit", known) == (entry.provider, entry.grant)
    assert entry.reading.paste is not None
    assert stored.access.fingerprint == entry.reading.paste.fingerprint
    assert FITBIT not in repr(entry)
    assert FITBIT_REFRESH not in repr(entry)


def test_an_entry_has_a_pending_refresh_and_a_broken_grant(
    home: Path, watcher: StoreWatcher
) -> None:
    put(home, grant())
    fingerprint = Secret(FITBIT_REFRESH).fingerprint
    with Store(home) as store:
        store.begin("anna", Intent(fingerprint, AT + 5, "process 1"))
        assert KNOWN._replace(begun_at=AT + 5) == watcher.poll().entries["anna"].grant
        broken = Broken(AT + 7, BrokenReason.REFUSED, "It ended.")
        store.mark_broken("anna", fingerprint, broken)
    known = KNOWN._replace(refresh_expires_at=AT + 7, broken=broken)
    assert known == watcher.poll().entries["anna"].grant


@pytest.mark.parametrize("reason", [BrokenReason.APPLICATION, BrokenReason.SERVICE_GONE])
@pytest.mark.parametrize("ends", [None, AT + 9])
def test_a_refused_application_says_nothing_about_the_end_of_the_consent(
    home: Path, watcher: StoreWatcher, reason: BrokenReason, ends: float | None
) -> None:
    put(home, grant()._replace(refresh_expires_at=ends))
    fingerprint = Secret(FITBIT_REFRESH).fingerprint
    with Store(home) as store:
        store.begin("anna", Intent(fingerprint, AT + 5, "process 1"))
        broken = Broken(AT + 7, reason, "It was refused.")
        store.mark_broken("anna", fingerprint, broken)
    known = KNOWN._replace(refresh_expires_at=ends, broken=broken)
    assert known == watcher.poll().entries["anna"].grant


def test_an_unchanged_entry_is_the_same_object(home: Path, watcher: StoreWatcher) -> None:
    put(home, grant(), grant("bo", "b" * 64))
    before = watcher.poll().entries
    put(home, grant("bo", "b" * 64)._replace(expires_at=ENDS + 1))
    after = watcher.poll().entries
    assert before["anna"] is after["anna"]
    assert (ENDS, ENDS + 1) == (before["bo"].grant.expires_at, after["bo"].grant.expires_at)


def test_an_unchanged_store_is_not_read_again(home: Path) -> None:
    read: list[str] = []

    class Telling(Store):
        def accounts(self) -> list[StoredAccount]:
            read.append("all")
            return super().accounts()

    put(home, grant())
    watcher = StoreWatcher(home, Telling)
    first = watcher.poll()
    assert first is watcher.poll()
    assert ["all"] == read
    put(home, grant(refresh="b" * 64))
    assert first is not watcher.poll()
    assert ["all", "all"] == read
    watcher.close()
