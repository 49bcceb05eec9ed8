"""The store as a source of accounts: what is in it, read again only when it was changed."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Grant, Standing
from tokcheck.accounts.store.store import Store
from tokcheck.core.redact import plain, redact
from tokcheck.exporter.sources.account import StoredGrant
from tokcheck.exporter.sources.reading import Given
from tokcheck.providers import REGISTRY


class Held(NamedTuple):
    """One account of the store: whose provider it is, its paste, and its grant."""

    provider: str
    given: Given
    grant: StoredGrant


class Listed(NamedTuple):
    """What a look at the store brought; the same objects as before where nothing changed."""

    held: Mapping[str, Held] = MappingProxyType({})
    notes: tuple[str, ...] = ()


class OpenStore:
    """The store of a folder, opened when it is first used and again where its file was replaced.

    Any thread may use it. A store that was in use stays open, since a refresh may be under way.
    ``opened`` opens the store of a folder.
    """

    def __init__(self, folder: Path, opened: Callable[[Path], Store] = Store) -> None:
        self._folder = folder
        self._opening = opened
        self._lock = Lock()
        self._opened: list[Store] = []
        self._file: tuple[int, int] | None = None

    def store(self) -> Store:
        """Return the open store.

        :raises StoreError: if it cannot be opened, or vanished while it was in use.
        """
        with self._lock:
            if self._opened and self._file == self._identity():
                return self._opened[-1]
            if self._opened and self._file is not None and self._identity() is None:
                raise StoreError(
                    f"{self._opened[-1].path} is gone.",
                    "Bring it back; or make a new one with tokcheck login, and restart.",
                )
            self._opened.append(self._opening(self._folder))
            self._file = self._identity()
            return self._opened[-1]

    def close(self) -> None:
        """Close all that was opened."""
        with self._lock:
            for store in self._opened:
                with suppress(StoreError):
                    store.close()
            self._opened.clear()

    def _identity(self) -> tuple[int, int] | None:
        if not self._opened:
            return None
        try:
            status = os.stat(self._opened[-1].path)  # noqa: PTH116 - often
        except OSError:
            return None
        return status.st_dev, status.st_ino


class StoreLooks:
    """Looks at a store again and again; one that nobody changed costs next to nothing.

    ``opened`` opens the store of a folder.
    """

    def __init__(self, folder: Path, opened: Callable[[Path], Store] = Store) -> None:
        self.folder = folder
        self._open = OpenStore(folder, opened)
        self._seen: tuple[Store, int] | None = None
        self._listed = Listed()

    def look(self) -> Listed:
        """Look at the store, and read it if it was changed since the last time.

        :raises StoreError: if it cannot be read.
        """
        store = self._open.store()
        seen = store, store.data_version()  # read first: what changes meanwhile is read next time
        if seen != self._seen:
            self._listed = _listed(store.standings(), self._listed.held)
            self._seen = seen
        return self._listed

    def close(self) -> None:
        """Close the store."""
        self._open.close()


def _listed(standings: list[Standing], before: Mapping[str, Held]) -> Listed:
    held: dict[str, Held] = {}
    notes: list[str] = []
    for standing in standings:
        name, provider = standing.grant.name, standing.grant.client.provider
        if provider not in REGISTRY:
            notes.append(
                f"The account {name} of the store is not watched: this version of tokcheck does "
                f"not know its provider, {redact(plain(provider))}."
            )
            continue
        now = _held(standing)
        was = before.get(name)
        same = was is not None and _told(was) == _told(now)
        held[name] = was if was is not None and same else now
    return Listed(MappingProxyType(held), tuple(notes))


def _told(held: Held) -> tuple[object, ...]:
    return held.provider, held.given.version, held.grant  # not the secret, which refuses it


def _held(standing: Standing) -> Held:
    grant, intent, broken = standing.grant, standing.intent, standing.broken
    told = granted(grant)._replace(begun_at=None if intent is None else intent.began_at)
    if broken is not None:
        known = told.refresh_expires_at
        told = told._replace(
            refresh_expires_at=broken.at if known is None else min(known, broken.at),
            broken=broken,
        )
    return Held(grant.client.provider, Given(grant.access, version_of(grant)), told)


def version_of(grant: Grant) -> str:
    """Return what changes with a grant's access token and does not tell it."""
    return f"store-{grant.access.fingerprint}"


def granted(grant: Grant) -> StoredGrant:
    """Return what is to be known of a grant here; no token of it."""
    return StoredGrant(
        obtained_at=grant.obtained_at,
        expires_at=grant.expires_at,
        renewable=grant.refresh is not None,
        refresh_expires_at=grant.refresh_expires_at,
    )
