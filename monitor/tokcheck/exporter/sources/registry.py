"""The account registry: every account that this process watches, with its current paste."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.sqlite.store import Store
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources.account import (
    Account,
    CommandSource,
    FileSource,
    StoreSource,
    VariableSource,
    WatchedAccount,
)
from tokcheck.exporter.sources.commands import CommandRunner, check_program
from tokcheck.exporter.sources.config_file import ExporterConfig
from tokcheck.exporter.sources.reading import (
    SourceNote,
    SourceReading,
    read_variable,
)
from tokcheck.exporter.sources.selection import (
    SelectedAccounts,
    Selection,
    Share,
    Term,
    load_config,
    select_accounts,
    select_clear_sources,
)
from tokcheck.exporter.sources.snapshot import Snapshot, SnapshotReader
from tokcheck.exporter.sources.stored_accounts import StoreListing, StoreWatcher
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Provider
from tokcheck.transport.endpoints import Endpoints

__all__ = ["AccountRegistry", "Changes", "Selection"]

_NONE: Mapping[str, WatchedAccount] = MappingProxyType({})


class Changes(NamedTuple):
    """The changes since the previous poll."""

    changed: tuple[WatchedAccount, ...] = ()
    """Accounts that are new or have another text, error or definition."""
    removed: tuple[str, ...] = ()
    """The names of accounts that are gone."""
    handed_over: tuple[str, ...] = ()
    """The names of accounts that another process watches from now on."""
    term: Term = Term()
    """The time for which the accounts belong to this process."""


class Survey(NamedTuple):
    """The result of one reading of all sources."""

    accounts: tuple[WatchedAccount, ...]
    """The accounts; that of a command has no paste, and a problem if there is no such program."""
    notes: tuple[SourceNote, ...]
    """Problems of sources that are skipped or failed."""


class AccountRegistry:
    """The watched accounts with their current pastes.

    ``environ`` holds the variables, for sources and for commands; ``timer`` returns the seconds
    of a monotonic clock. Accounts outside ``share`` are ignored. Nothing is watched before the
    first :meth:`poll` after a :meth:`load`. ``providers`` are known without the configuration.
    ``open_store`` opens the store of a folder.
    """

    def __init__(
        self,
        selection: Selection,
        *,
        environ: Mapping[str, str],
        timer: Callable[[], float],
        share: Share | None = None,
        providers: Mapping[str, Provider] = REGISTRY,
        open_store: Callable[[Path], GrantStore] = Store,
    ) -> None:
        self._selection = selection
        self._known_providers = providers
        self._providers = providers
        self._is_loaded = False
        self._environ = environ
        self._share = share
        self._commands = CommandRunner(environ=environ, timer=timer)
        home = selection.home
        self._store = None if home is None else StoreWatcher(home, open_store)
        self._selected = SelectedAccounts()
        self._reader = SnapshotReader(selection.tokens_dir, self._store, share)
        self._snapshot = Snapshot()
        self._accounts = _NONE
        self._poll_lock = asyncio.Lock()

    @property
    def config(self) -> ExporterConfig:
        """The configuration that was loaded last."""
        return self._selected.config

    @property
    def providers(self) -> Mapping[str, Provider]:
        """The known providers with those that the configuration declares."""
        return self._providers

    @property
    def accounts(self) -> Mapping[str, WatchedAccount]:
        """The accounts by name, as of the last poll; replaced, never modified."""
        return self._accounts

    @property
    def notes(self) -> tuple[SourceNote, ...]:
        """Problems of sources that are skipped or failed, as of the last poll."""
        return self._snapshot.notes

    def load(self) -> None:
        """Load or reload the configuration of the accounts; commands then run again, too.

        :raises UsageError: if it cannot be used; the previous one then stays.
        :raises StoreError: if the store cannot be read; the same.
        """
        selection = self._selection
        config = load_config(selection, self._known_providers)
        self._declare(config)
        stored = None
        if selection.accounts or config.store:
            stored = self._read_store().entries
        self._selected = select_accounts(selection, config, stored, self._share)
        self._is_loaded = True
        self._commands.run_all_now()

    def _declare(self, config: ExporterConfig) -> None:
        """Add the providers that a configuration declares, and check that accounts can use theirs.

        :raises UsageError: if a provider has no address, or if a reload changes a declaration:
            where tokens go is decided once.
        """
        if self._is_loaded and config.declarations != self.config.declarations:
            raise UsageError(
                "The declarations of providers have changed.", "Restart the exporter to use them."
            )
        if config.declarations and not self._is_loaded:
            # Most configurations declare none.
            from tokcheck.declarations.known_providers import providers_of_tables  # noqa: PLC0415

            self._providers = providers_of_tables(
                config.declarations, self._known_providers, self._environ
            )
        endpoints = Endpoints(MappingProxyType({}), self._environ)
        for name in {one.provider for one in config.accounts.values() if one.provider}:
            for service in self._providers[name].services:
                endpoints.address_of(self._providers[name], service)

    async def poll(self) -> Changes:
        """Read every source that changed, and return which accounts that changed.

        Files are read in a thread, so that a slow file system does not block the loop. Commands
        run in the background; a later poll returns their results.
        """
        async with self._poll_lock:
            while True:
                selected = self._selected
                snapshot = await asyncio.to_thread(self._reader.take, selected, self._snapshot)
                if selected is self._selected:  # or a reload came meanwhile
                    break
            self._snapshot = snapshot
            return self._apply_snapshot(snapshot)

    def survey(self) -> Survey:
        """Read every source once, without running a command; nothing is watched by that.

        If the selection could not be loaded, those of its sources that are clear are read.
        """
        selected = self._selected if self._is_loaded else select_clear_sources(self._selection)
        snapshot = self._reader.take(selected, Snapshot())
        programs = {
            name: check_program(account.source, self._environ)
            for name, account in snapshot.accounts.items()
            if isinstance(account.source, CommandSource)
        }
        accounts = snapshot.accounts.values()
        watched = tuple(self._watched_account(one, snapshot, programs) for one in accounts)
        return Survey(watched, snapshot.notes)

    async def wait_for_commands(self) -> None:
        """Wait until every command has ended; the next poll returns their results."""
        await self._commands.wait_idle()

    async def aclose(self) -> None:
        """End every command that is still running, and close the store."""
        await self._commands.aclose()
        if self._share is not None:
            await asyncio.to_thread(self._share.close)
        if self._store is not None:
            self._store.close()

    def _read_store(self) -> StoreListing:
        """Read the store, which must be readable."""
        if self._store is None:
            raise UsageError("There is no data folder for a store.", "Set TOKCHECK_HOME.")
        self._store.providers = self._providers
        return self._store.poll()

    def _apply_snapshot(self, snapshot: Snapshot) -> Changes:
        """Store the snapshot and return the changes."""
        printed = self._commands.poll(
            {
                name: source
                for name in snapshot.touched
                if isinstance(source := snapshot.accounts[name].source, CommandSource)
            }
        )
        before = self._accounts
        changed: dict[str, WatchedAccount] = {}
        for name in snapshot.touched:
            account = snapshot.accounts[name]
            now = self._watched_account(account, snapshot, printed)
            was = before.get(name)
            if was is None or _comparable(was) != _comparable(now):
                changed[name] = now
        gone = [name for name in before if name not in snapshot.accounts]
        if changed or gone:
            watched = {**before, **changed}
            for name in gone:
                del watched[name]
            self._accounts = MappingProxyType(watched)
        stored = snapshot.stored.entries
        return Changes(
            tuple(changed.values()),
            tuple(name for name in gone if name not in stored),
            tuple(name for name in gone if name in stored),
            Term() if self._share is None else self._share.term,
        )

    def _watched_account(
        self, account: Account, snapshot: Snapshot, printed: Mapping[str, SourceReading]
    ) -> WatchedAccount:
        match account.source:
            case FileSource(path):
                return WatchedAccount(account, *snapshot.seen[str(path)].reading)
            case VariableSource(name):
                return WatchedAccount(account, *read_variable(name, self._environ))
            case CommandSource():
                return WatchedAccount(account, *printed[account.name])
            case StoreSource():
                entry = snapshot.stored.entries[account.name]
                return WatchedAccount(account, *entry.reading, entry.grant)


def _comparable(watched: WatchedAccount) -> tuple[object, ...]:
    """Return the identity of a reading; the secret itself refuses comparison."""
    return watched.account, watched.version, watched.problem, watched.unread, watched.grant
