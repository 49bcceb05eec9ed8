"""The store as a source of accounts, re-read only when it has changed."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Grant, StoredAccount
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.sqlite.store import Store
from tokcheck.core.redact import plain, redact
from tokcheck.exporter.sources.account import StoredGrant
from tokcheck.exporter.sources.reading import SourceNote, SourceReading
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider


class StoreEntry(NamedTuple):
    """One account of the store: its provider, its paste, and its grant."""

    provider: str
    reading: SourceReading
    grant: StoredGrant


class StoreListing(NamedTuple):
    """The accounts of the store; the same objects as before if nothing changed."""

    entries: Mapping[str, StoreEntry] = MappingProxyType({})
    notes: tuple[SourceNote, ...] = ()


class StoreHandle:
    """The store of a folder, opened on first use and reopened when its file was replaced.

    Any thread may use it. A replaced store stays open, since a refresh may be under way.
    ``open_store`` opens the store of a folder.
    """

    def __init__(self, folder: Path, open_store: Callable[[Path], GrantStore] = Store) -> None:
        self._folder = folder
        self._open_store = open_store
        self._lock = Lock()
        self._stores: list[GrantStore] = []
        self._file: tuple[int, int] | None = None

    def store(self) -> GrantStore:
        """Return the open store.

        :raises StoreError: if it cannot be opened, or vanished while it was in use.
        """
        with self._lock:
            if self._stores and self._file == self._identity():
                return self._stores[-1]
            if self._stores and self._file is not None and self._identity() is None:
                raise StoreError(
                    f"{self._stores[-1].file} does not exist any more.",
                    "Restore it, or create another with `tokcheck login`, and restart.",
                )
            self._stores.append(self._open_store(self._folder))
            self._file = self._identity()
            return self._stores[-1]

    def close(self) -> None:
        """Close every store that was opened."""
        with self._lock:
            for store in self._stores:
                with suppress(StoreError):
                    store.close()
            self._stores.clear()

    def _identity(self) -> tuple[int, int] | None:
        if not self._stores:
            return None
        file = self._stores[-1].file
        if file is None:  # a database, which is never replaced
            return 0, 0
        try:
            status = os.stat(file)  # noqa: PTH116 - often
        except OSError:
            return None
        return status.st_dev, status.st_ino


class StoreWatcher:
    """Polls a store; one that did not change costs next to nothing.

    ``open_store`` opens the store of a folder. Accounts of other ``providers`` are not watched.
    """

    def __init__(
        self,
        folder: Path,
        open_store: Callable[[Path], GrantStore] = Store,
        providers: Mapping[str, Provider] = REGISTRY,
    ) -> None:
        self.folder = folder
        self.providers = providers
        self._handle = StoreHandle(folder, open_store)
        self._seen_version: tuple[GrantStore, int] | None = None
        self._listing = StoreListing()

    def poll(self) -> StoreListing:
        """Return the accounts of the store, which is read if it changed since the last poll.

        :raises StoreError: if it cannot be read.
        """
        store = self._handle.store()
        seen = store, store.data_version()  # read first: a change meanwhile is read next time
        if seen != self._seen_version:
            self._listing = _list_entries(store.accounts(), self._listing.entries, self.providers)
            self._seen_version = seen
        return self._listing

    def close(self) -> None:
        """Close the store."""
        self._handle.close()


def _list_entries(
    accounts: list[StoredAccount],
    before: Mapping[str, StoreEntry],
    providers: Mapping[str, Provider],
) -> StoreListing:
    entries: dict[str, StoreEntry] = {}
    notes: list[SourceNote] = []
    if not accounts:
        sentence = "The store contains no accounts yet. To add one: tokcheck login --help"
        notes.append(SourceNote(sentence, "The store contains accounts now."))
    for account in accounts:
        name, provider = account.grant.name, account.grant.client.provider
        if provider not in providers:
            account_words = f"The account {name} of the store"
            sentence = (
                f"{account_words} is not watched: its provider, {redact(plain(provider))}, is not "
                "known. Pass --providers PATH if you declare it."
            )
            notes.append(
                SourceNote(sentence, f"{account_words} is gone, or its provider is known now.")
            )
            continue
        now = _entry_from_account(account)
        was = before.get(name)
        same = was is not None and _comparable(was) == _comparable(now)
        entries[name] = was if was is not None and same else now
    return StoreListing(MappingProxyType(entries), tuple(notes))


def _comparable(entry: StoreEntry) -> tuple[object, ...]:
    return entry.provider, entry.reading.version, entry.grant  # not the secret, which refuses it


def _entry_from_account(account: StoredAccount) -> StoreEntry:
    grant, intent, broken = account.grant, account.intent, account.broken
    grant_facts = stored_grant(grant)._replace(
        begun_at=None if intent is None else intent.began_at, limit=account.limit
    )
    if broken is not None:
        ends = grant_facts.refresh_expires_at
        # A refused application or a service that is gone does not end the grant.
        if broken.reason.is_of_grant:
            ends = broken.at if ends is None else min(ends, broken.at)
        grant_facts = grant_facts._replace(refresh_expires_at=ends, broken=broken)
    return StoreEntry(
        grant.client.provider, SourceReading(grant.access, grant_version(grant)), grant_facts
    )


def grant_version(grant: Grant) -> str:
    """Return a version that changes with a grant's access token and does not reveal it."""
    return f"store-{grant.access.fingerprint}"


def stored_grant(grant: Grant) -> StoredGrant:
    """Return the facts of a grant without its tokens."""
    return StoredGrant(
        obtained_at=grant.obtained_at,
        expires_at=grant.expires_at,
        renewable=grant.refresh is not None,
        refresh_expires_at=grant.refresh_expires_at,
        clock_skew=grant.clock_skew,
    )
