"""The account registry: every account that this process watches, with its current paste."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import file_watcher
from tokcheck.exporter.sources.account import (
    Account,
    CommandSource,
    FileSource,
    StoreSource,
    VariableSource,
    WatchedAccount,
)
from tokcheck.exporter.sources.commands import CommandRunner
from tokcheck.exporter.sources.config_file import ExporterConfig
from tokcheck.exporter.sources.file_watcher import FileState, FolderListing
from tokcheck.exporter.sources.reading import SourceReading, read_error, read_variable, redact_path
from tokcheck.exporter.sources.selection import (
    SelectedAccounts,
    Selection,
    Shard,
    load_config,
    select_accounts,
)
from tokcheck.exporter.sources.stored_accounts import StoreEntry, StoreListing, StoreWatcher

__all__ = ["AccountRegistry", "Changes", "Selection"]

_NONE: Mapping[str, WatchedAccount] = MappingProxyType({})


class Changes(NamedTuple):
    """What changed since the previous poll."""

    changed: tuple[WatchedAccount, ...] = ()
    """Accounts that are new or have another text, error or definition."""
    removed: tuple[str, ...] = ()
    """The names of accounts that are gone."""


class _Snapshot(NamedTuple):
    """The accounts, and the files by path, as one poll found them."""

    accounts: Mapping[str, Account] = MappingProxyType({})
    seen: Mapping[str, FileState] = MappingProxyType({})
    listing: FolderListing = FolderListing()
    stored: StoreListing = StoreListing()
    notes: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    """The names of accounts that may differ from the previous poll."""


class AccountRegistry:
    """The watched accounts with their current pastes.

    ``environ`` holds the variables, for sources and for commands; ``timer`` returns the seconds
    of a monotonic clock. Accounts outside ``shard`` are ignored. Nothing is watched before the
    first :meth:`poll` after a :meth:`load`.
    """

    def __init__(
        self,
        selection: Selection,
        *,
        environ: Mapping[str, str],
        timer: Callable[[], float],
        shard: Shard | None = None,
    ) -> None:
        self._selection = selection
        self._environ = environ
        self._shard = shard
        self._commands = CommandRunner(environ=environ, timer=timer)
        home = selection.home
        self._store = None if home is None else StoreWatcher(home)
        self._selected = SelectedAccounts()
        self._snapshot = _Snapshot()
        self._accounts = _NONE
        self._poll_lock = asyncio.Lock()

    @property
    def config(self) -> ExporterConfig:
        """The configuration that was loaded last."""
        return self._selected.config

    @property
    def accounts(self) -> Mapping[str, WatchedAccount]:
        """The accounts by name, as of the last poll; replaced, never modified."""
        return self._accounts

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about sources that are skipped or failed, as of the last poll."""
        return self._snapshot.notes

    def load(self) -> None:
        """Load or reload the configuration of the accounts; commands then run again, too.

        :raises UsageError: if it cannot be used; the previous one then stays.
        :raises StoreError: if the store cannot be read; the same.
        """
        selection = self._selection
        config = load_config(selection)
        stored = None
        if selection.accounts or config.store:
            stored = self._read_store().entries
        self._selected = select_accounts(selection, config, stored, self._shard)
        self._commands.run_all_now()

    async def poll(self) -> Changes:
        """Read every source that changed, and return which accounts that changed.

        Files are read in a thread, so that a slow file system does not block the loop. Commands
        run in the background; a later poll returns their results.
        """
        async with self._poll_lock:
            while True:
                selected = self._selected
                snapshot = await asyncio.to_thread(self._take_snapshot, selected, self._snapshot)
                if selected is self._selected:  # or a reload came meanwhile
                    break
            self._snapshot = snapshot
            return self._apply_snapshot(snapshot)

    async def wait_for_commands(self) -> None:
        """Wait until every command has ended; the next poll returns their results."""
        await self._commands.wait_idle()

    async def aclose(self) -> None:
        """End every command that is still running, and close the store."""
        await self._commands.aclose()
        if self._store is not None:
            self._store.close()

    def _read_store(self) -> StoreListing:
        """Read the store, which must be readable."""
        if self._store is None:
            raise UsageError("There is no data folder for a store.", "Set TOKCHECK_HOME.")
        return self._store.poll()

    def _includes(self, name: str) -> bool:
        return self._shard is None or self._shard.includes(name)

    def _take_snapshot(self, selected: SelectedAccounts, before: _Snapshot) -> _Snapshot:
        """Read the folder, the store and every file. Runs in a thread and changes nothing."""
        accounts = dict(selected.named)
        notes: list[str] = []
        listing, is_unlisted = self._add_folder(selected, before, accounts, notes)
        stored = self._add_store(selected, before, accounts, notes)
        seen: dict[str, FileState] = {}
        touched: list[str] = []
        for name, account in accounts.items():
            same = account is before.accounts.get(name)
            if isinstance(account.source, FileSource):
                path = str(account.source.path)
                known = before.seen.get(path)
                if known is None or not is_unlisted or name in selected.named:
                    seen[path] = file_watcher.poll_file(path, known)
                    same = same and seen[path] is known
                else:
                    seen[path] = known
            elif isinstance(account.source, StoreSource):
                same = same and stored.entries[name] is before.stored.entries.get(name)
            else:
                same = False
            if not same:
                touched.append(name)
        return _Snapshot(accounts, seen, listing, stored, tuple(notes), tuple(touched))

    def _add_folder(
        self,
        selected: SelectedAccounts,
        before: _Snapshot,
        accounts: dict[str, Account],
        notes: list[str],
    ) -> tuple[FolderListing, bool]:
        """Add the accounts of the folder; return its listing, and whether listing it failed."""
        folder, listing, is_unlisted = self._selection.tokens_dir, before.listing, False
        if folder is None:
            return listing, is_unlisted
        try:
            listing = file_watcher.list_folder(str(folder), before.listing.names)
            notes += listing.notes
        except OSError as error:
            is_unlisted = True
            why = read_error(str(folder), error).fault
            notes.append(f"{why} Its accounts stay as they were.")
        for name in sorted(listing.names):
            if name in selected.reserved_names:
                notes.append(
                    _duplicate_note(f"file {redact_path(name)} in {redact_path(str(folder))}")
                )
            elif name in before.accounts or self._includes(name):
                accounts[name] = _file_account(folder, name, selected.config, before.accounts)
        return listing, is_unlisted

    def _add_store(
        self,
        selected: SelectedAccounts,
        before: _Snapshot,
        accounts: dict[str, Account],
        notes: list[str],
    ) -> StoreListing:
        """Add the accounts of the store."""
        if not selected.store or self._store is None:
            return StoreListing()
        stored = before.stored
        try:
            stored = self._store.poll()
        except StoreError as error:
            notes.append(f"{error.message} {error.hint} Its accounts stay as they were.")
        notes += stored.notes
        for name, entry in stored.entries.items():
            if name in selected.reserved_names or name in accounts:
                notes.append(_duplicate_note(f"account {name} of the store"))
            elif name in before.accounts or self._includes(name):
                accounts[name] = _store_account(
                    self._store.folder, name, entry, selected.config, before.accounts
                )
        return stored

    def _apply_snapshot(self, snapshot: _Snapshot) -> Changes:
        """Store the snapshot and return what it changed."""
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
        removed = tuple(name for name in before if name not in snapshot.accounts)
        if changed or removed:
            watched = {**before, **changed}
            for name in removed:
                del watched[name]
            self._accounts = MappingProxyType(watched)
        return Changes(tuple(changed.values()), removed)

    def _watched_account(
        self, account: Account, snapshot: _Snapshot, printed: Mapping[str, SourceReading]
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
    """Return what identifies a reading; the secret itself refuses comparison."""
    return watched.account, watched.version, watched.fault, watched.grant


def _duplicate_note(what: str) -> str:
    return f"The {what} is not watched: another account has that name."


def _file_account(
    folder: Path, name: str, config: ExporterConfig, before: Mapping[str, Account]
) -> Account:
    """Return the account of a file; the previous object if it is the same."""
    known = before.get(name)
    if known is None or not isinstance(known.source, FileSource):
        return Account(name, FileSource(folder / name), policy=config.policy)
    return known if known.policy is config.policy else known._replace(policy=config.policy)


def _store_account(
    folder: Path,
    name: str,
    entry: StoreEntry,
    config: ExporterConfig,
    before: Mapping[str, Account],
) -> Account:
    """Return the account of a grant; the previous object if it is the same."""
    account = Account(name, StoreSource(folder), entry.provider, policy=config.policy)
    known = before.get(name)
    return known if known is not None and known == account else account
