"""The roster: every account that is watched here, and the paste that each has at present."""

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
    Watched,
)
from tokcheck.exporter.sources.commands import Commands
from tokcheck.exporter.sources.config import Config
from tokcheck.exporter.sources.file_watcher import Listing, Seen
from tokcheck.exporter.sources.reading import Given, from_variable, shown, unreadable
from tokcheck.exporter.sources.selection import Plan, Selection, Shard, config_of, planned
from tokcheck.exporter.sources.store import Held, Listed, StoreLooks

__all__ = ["Changes", "Roster", "Selection"]

_NONE: Mapping[str, Watched] = MappingProxyType({})


class Changes(NamedTuple):
    """What became different since the last refresh.

    ``changed`` are accounts that are new or have another text, fault or definition; ``removed``
    are the names of those that are gone.
    """

    changed: tuple[Watched, ...] = ()
    removed: tuple[str, ...] = ()


class _Look(NamedTuple):
    """What one look at the folder and all files brought, by account and by path.

    ``touched`` are the accounts that may be different from those of the look before.
    """

    accounts: Mapping[str, Account] = MappingProxyType({})
    seen: Mapping[str, Seen] = MappingProxyType({})
    listing: Listing = Listing()
    stored: Listed = Listed()
    notes: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()


class Roster:
    """Knows the accounts and keeps their pastes up to date.

    ``environ`` holds the variables, for sources and for commands; ``timer`` returns the seconds
    of a clock that never goes back. Accounts outside ``shard`` do not exist. Nothing is watched
    before the first :meth:`refresh` after a :meth:`load`.
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
        self._commands = Commands(environ=environ, timer=timer)
        home = selection.home
        self._store = None if home is None else StoreLooks(home)
        self._plan = Plan()
        self._look = _Look()
        self._watched = _NONE
        self._refreshing = asyncio.Lock()

    @property
    def config(self) -> Config:
        """What was loaded last."""
        return self._plan.config

    @property
    def watched(self) -> Mapping[str, Watched]:
        """The accounts by name, as of the last refresh; never changed, but replaced."""
        return self._watched

    @property
    def notes(self) -> tuple[str, ...]:
        """What is left out or could not be done, in words, as of the last refresh."""
        return self._look.notes

    def load(self) -> None:
        """Read what the accounts are, for the first time or again; commands then run again, too.

        :raises UsageError: with what is wrong; whatever was loaded before then stays.
        """
        selection = self._selection
        config = config_of(selection)
        stored = None
        if selection.accounts or config.store:
            stored = self._stored_now().held
        self._plan = planned(selection, config, stored, self._shard)
        self._commands.hurry()

    async def refresh(self) -> Changes:
        """Look at every source, read what changed, and tell what that changed.

        Files are looked at in a thread, so that a slow file system holds nobody up. Commands run
        on behind it; what they give is told by a later refresh.
        """
        async with self._refreshing:
            while True:
                plan = self._plan
                look = await asyncio.to_thread(self._looked, plan, self._look)
                if plan is self._plan:  # or a reload came meanwhile
                    break
            self._look = look
            return self._changed(look)

    async def settle(self) -> None:
        """Wait until every command that was started has ended; the next refresh tells."""
        await self._commands.settle()

    async def aclose(self) -> None:
        """End every command that is still running, and close the store."""
        await self._commands.aclose()
        if self._store is not None:
            self._store.close()

    def _stored_now(self) -> Listed:
        """Look at the store, which has to be there."""
        if self._store is None:
            raise UsageError("There is no data folder for a store.", "Set TOKCHECK_HOME.")
        try:
            return self._store.look()
        except StoreError as error:
            raise UsageError(error.message, error.hint) from None

    def _has(self, name: str) -> bool:
        return self._shard is None or self._shard.has(name)

    def _looked(self, plan: Plan, before: _Look) -> _Look:
        """Look at the folder, the store and every file. Runs in a thread, and changes nothing."""
        accounts = dict(plan.named)
        notes: list[str] = []
        listing, lost = self._in_folder(plan, before, accounts, notes)
        stored = self._in_store(plan, before, accounts, notes)
        seen: dict[str, Seen] = {}
        touched: list[str] = []
        for name, account in accounts.items():
            same = account is before.accounts.get(name)
            if isinstance(account.source, FileSource):
                path = str(account.source.path)
                known = before.seen.get(path)
                if known is None or not lost or name in plan.named:
                    seen[path] = file_watcher.look(path, known)
                    same = same and seen[path] is known
                else:
                    seen[path] = known
            elif isinstance(account.source, StoreSource):
                same = same and stored.held[name] is before.stored.held.get(name)
            else:
                same = False
            if not same:
                touched.append(name)
        return _Look(accounts, seen, listing, stored, tuple(notes), tuple(touched))

    def _in_folder(
        self, plan: Plan, before: _Look, accounts: dict[str, Account], notes: list[str]
    ) -> tuple[Listing, bool]:
        """Add the accounts of the folder; tell whether it could not be listed."""
        folder, listing, lost = self._selection.tokens_dir, before.listing, False
        if folder is None:
            return listing, lost
        try:
            listing = file_watcher.listing(str(folder), before.listing.names)
            notes += listing.notes
        except OSError as error:
            lost = True
            why = unreadable(str(folder), error, "folder").fault
            notes.append(f"{why} Its accounts stay as they were.")
        for name in sorted(listing.names):
            if name in plan.taken:
                notes.append(_also(f"file {shown(name)} in {shown(str(folder))}"))
            elif name in before.accounts or self._has(name):
                accounts[name] = _of_folder(folder, name, plan.config, before.accounts)
        return listing, lost

    def _in_store(
        self, plan: Plan, before: _Look, accounts: dict[str, Account], notes: list[str]
    ) -> Listed:
        """Add the accounts of the store."""
        if not plan.store or self._store is None:
            return Listed()
        stored = before.stored
        try:
            stored = self._store.look()
        except StoreError as error:
            notes.append(f"{error.message} {error.hint} Its accounts stay as they were.")
        notes += stored.notes
        for name, held in stored.held.items():
            if name in plan.taken or name in accounts:
                notes.append(_also(f"account {name} of the store"))
            elif name in before.accounts or self._has(name):
                accounts[name] = _of_store(
                    self._store.folder, name, held, plan.config, before.accounts
                )
        return stored

    def _changed(self, look: _Look) -> Changes:
        """Put what was found in place, and tell what it changed."""
        printed = self._commands.look(
            {
                name: source
                for name in look.touched
                if isinstance(source := look.accounts[name].source, CommandSource)
            }
        )
        before = self._watched
        changed: dict[str, Watched] = {}
        for name in look.touched:
            account = look.accounts[name]
            now = self._now(account, look, printed)
            was = before.get(name)
            if was is None or _told(was) != _told(now):
                changed[name] = now
        removed = tuple(name for name in before if name not in look.accounts)
        if changed or removed:
            watched = {**before, **changed}
            for name in removed:
                del watched[name]
            self._watched = MappingProxyType(watched)
        return Changes(tuple(changed.values()), removed)

    def _now(self, account: Account, look: _Look, printed: Mapping[str, Given]) -> Watched:
        match account.source:
            case FileSource(path):
                return Watched(account, *look.seen[str(path)].given)
            case VariableSource(name):
                return Watched(account, *from_variable(name, self._environ))
            case CommandSource():
                return Watched(account, *printed[account.name])
            case StoreSource():
                held = look.stored.held[account.name]
                return Watched(account, *held.given, held.grant)


def _told(watched: Watched) -> tuple[object, ...]:
    """Return what makes an account another: not the secret, which refuses to be compared."""
    return watched.account, watched.version, watched.fault, watched.grant


def _also(what: str) -> str:
    return f"The {what} is not watched: another account has that name."


def _of_folder(folder: Path, name: str, config: Config, before: Mapping[str, Account]) -> Account:
    """Return the account of a file; the one of before where it is the same."""
    known = before.get(name)
    if known is None or not isinstance(known.source, FileSource):
        return Account(name, FileSource(folder / name), policy=config.policy)
    return known if known.policy is config.policy else known._replace(policy=config.policy)


def _of_store(
    folder: Path, name: str, held: Held, config: Config, before: Mapping[str, Account]
) -> Account:
    """Return the account of a grant; the one of before where it is the same."""
    account = Account(name, StoreSource(folder), held.provider, policy=config.policy)
    known = before.get(name)
    return known if known is not None and known == account else account
