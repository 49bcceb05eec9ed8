"""One poll of all sources: the accounts, and the contents of their files and the store."""

from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.errors import StoreError
from tokcheck.core.humanize import join_sentences
from tokcheck.exporter.sources import file_watcher
from tokcheck.exporter.sources.account import Account, FileSource, StoreSource
from tokcheck.exporter.sources.config_file import ExporterConfig
from tokcheck.exporter.sources.file_watcher import FileState, FolderListing
from tokcheck.exporter.sources.reading import SourceNote, failed_reading, redact_path
from tokcheck.exporter.sources.selection import SelectedAccounts, Share
from tokcheck.exporter.sources.stored_accounts import StoreEntry, StoreListing, StoreWatcher


class Snapshot(NamedTuple):
    """The accounts, and the files by path, as one poll found them."""

    accounts: Mapping[str, Account] = MappingProxyType({})
    seen: Mapping[str, FileState] = MappingProxyType({})
    listing: FolderListing = FolderListing()
    stored: StoreListing = StoreListing()
    notes: tuple[SourceNote, ...] = ()
    touched: tuple[str, ...] = ()
    """The names of accounts that may differ from the previous poll."""


class SnapshotReader:
    """Reads the folder and the store, each if there is one; it runs in a thread.

    Accounts outside ``share`` are ignored.
    """

    def __init__(
        self, folder: Path | None, store: StoreWatcher | None, share: Share | None
    ) -> None:
        self._folder = folder
        self._store = store
        self._share = share

    def take(self, selected: SelectedAccounts, before: Snapshot) -> Snapshot:
        """Read the folder, the store and every file that may have changed since ``before``."""
        accounts = dict(selected.named)
        notes: list[SourceNote] = []
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
        return Snapshot(accounts, seen, listing, stored, tuple(notes), tuple(touched))

    def _add_folder(
        self,
        selected: SelectedAccounts,
        before: Snapshot,
        accounts: dict[str, Account],
        notes: list[SourceNote],
    ) -> tuple[FolderListing, bool]:
        """Add the accounts of the folder; return its listing, and whether listing it failed."""
        folder, listing, is_unlisted = self._folder, before.listing, False
        if folder is None:
            return listing, is_unlisted
        try:
            listing = file_watcher.list_folder(str(folder), before.listing)
            notes += listing.notes
        except OSError as error:
            is_unlisted = True
            why = failed_reading(str(folder), error).problem
            ended = f"{redact_path(str(folder))} can be read again."
            notes.append(SourceNote(f"{why} Its accounts stay as they were.", ended))
        chosen = self._choose(listing.names, before)
        for name in sorted(listing.names):
            if name in selected.reserved_names:
                notes.append(
                    _duplicate_note(f"file {redact_path(name)} in {redact_path(str(folder))}")
                )
            elif name in chosen:
                accounts[name] = _file_account(folder, name, selected.config, before.accounts)
        return listing, is_unlisted

    def _add_store(
        self,
        selected: SelectedAccounts,
        before: Snapshot,
        accounts: dict[str, Account],
        notes: list[SourceNote],
    ) -> StoreListing:
        """Add the accounts of the store."""
        if not selected.store or self._store is None:
            return StoreListing()
        stored = before.stored
        try:
            stored = self._store.poll()
        except StoreError as error:
            sentence = join_sentences(error.message, error.hint, "Its accounts stay as they were.")
            if not error.is_away:  # the ledger's database is the same, and is reported
                notes.append(SourceNote(sentence, "The store can be read again."))
        notes += stored.notes
        chosen = self._choose(stored.entries.keys(), before)
        for name, entry in stored.entries.items():
            if name in selected.reserved_names or name in accounts:
                notes.append(_duplicate_note(f"account {name} of the store"))
            elif name in chosen:
                accounts[name] = _store_account(
                    self._store.folder, name, entry, selected.config, before.accounts
                )
        return stored

    def _choose(self, names: Collection[str], before: Snapshot) -> Collection[str]:
        return names if self._share is None else self._share.choose(names, before.accounts)


def _duplicate_note(what: str) -> SourceNote:
    sentence = f"The {what} is not watched: another account has that name."
    return SourceNote(sentence, f"The {what} is gone, or the only account with that name.")


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
