"""The roster: every account that is watched here, and the paste that each has at present."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.errors import UsageError
from tokcheck.exporter import config as config_file
from tokcheck.exporter import looks
from tokcheck.exporter.account import (
    Account,
    CommandSource,
    FileSource,
    VariableSource,
    Watched,
)
from tokcheck.exporter.commands import Commands
from tokcheck.exporter.config import Config
from tokcheck.exporter.looks import Listing, Seen
from tokcheck.exporter.names import flaw, holds_token, shown
from tokcheck.exporter.shard import Shard
from tokcheck.exporter.sources import Given, from_variable, unreadable

_NONE: Mapping[str, Watched] = MappingProxyType({})


class Selection(NamedTuple):
    """Where accounts come from; any of the three may be combined.

    ``variables`` are the names of environment variables by account, ``tokens_dir`` a folder of
    files that are named after their accounts.
    """

    config: Path | None = None
    tokens_dir: Path | None = None
    variables: Mapping[str, str] = MappingProxyType({})


class Changes(NamedTuple):
    """What became different since the last refresh.

    ``changed`` are accounts that are new or have another text, fault or definition; ``removed``
    are the names of those that are gone.
    """

    changed: tuple[Watched, ...] = ()
    removed: tuple[str, ...] = ()


class _Plan(NamedTuple):
    """The accounts as they were last loaded; those of the folder come and go by themselves."""

    config: Config
    named: Mapping[str, Account]
    taken: frozenset[str] = frozenset()  # the names, those of other shards included


class _Look(NamedTuple):
    """What one look at the folder and all files brought, by account and by path.

    ``touched`` are the accounts that may be different from those of the look before.
    """

    accounts: Mapping[str, Account] = MappingProxyType({})
    seen: Mapping[str, Seen] = MappingProxyType({})
    listing: Listing = Listing()
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
        self._plan = _Plan(Config(), {})
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
        if selection.config is None and selection.tokens_dir is None and not selection.variables:
            raise UsageError(
                "No account is named.",
                "Use --config FILE, --tokens-dir DIR or --token-env NAME=VARIABLE.",
            )
        config = Config() if selection.config is None else _config(selection.config)
        named = dict(config.accounts)
        for name, variable in selection.variables.items():
            _check_variable(name, variable)
            if name in named:
                raise _twice(name, "in the configuration file and after --token-env")
            named[name] = Account(name, VariableSource(variable), policy=config.policy)
        if selection.tokens_dir is not None:
            for name in _listed(selection.tokens_dir):
                if name in named:
                    raise _twice(name, f"once as a file in {shown(str(selection.tokens_dir))}")
        here = {name: account for name, account in named.items() if self._has(name)}
        self._plan = _Plan(config, here, frozenset(named))
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
        """End every command that is still running."""
        await self._commands.aclose()

    def _has(self, name: str) -> bool:
        return self._shard is None or self._shard.has(name)

    def _looked(self, plan: _Plan, before: _Look) -> _Look:
        """Look at the folder and at every file. Runs in a thread, and changes nothing."""
        accounts = dict(plan.named)
        folder, listing = self._selection.tokens_dir, before.listing
        notes: list[str] = []
        lost = False
        if folder is not None:
            try:
                listing = looks.listing(str(folder), before.listing.names)
                notes += listing.notes
            except OSError as error:
                lost = True
                why = unreadable(str(folder), error, "folder").fault
                notes.append(f"{why} Its accounts stay as they were.")
            for name in sorted(listing.names):
                if name in plan.taken:
                    notes.append(_also(name, folder))
                elif name in before.accounts or self._has(name):
                    accounts[name] = _of_folder(folder, name, plan.config, before.accounts)
        seen: dict[str, Seen] = {}
        touched: list[str] = []
        for name, account in accounts.items():
            same = account is before.accounts.get(name)
            if isinstance(account.source, FileSource):
                path = str(account.source.path)
                known = before.seen.get(path)
                if known is None or not lost or name in plan.named:
                    seen[path] = looks.look(path, known)
                    same = same and seen[path] is known
                else:
                    seen[path] = known
            else:
                same = False
            if not same:
                touched.append(name)
        return _Look(accounts, seen, listing, tuple(notes), tuple(touched))

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
            given = self._given(account, look.seen, printed)
            was = before.get(name)
            # Not by ==: that would compare the secrets, which they refuse.
            if was is None or (was.account, was.version, was.fault) != (account, *given[1:]):
                changed[name] = Watched(account, *given)
        removed = tuple(name for name in before if name not in look.accounts)
        if changed or removed:
            watched = {**before, **changed}
            for name in removed:
                del watched[name]
            self._watched = MappingProxyType(watched)
        return Changes(tuple(changed.values()), removed)

    def _given(
        self, account: Account, seen: Mapping[str, Seen], printed: Mapping[str, Given]
    ) -> Given:
        match account.source:
            case FileSource(path):
                return seen[str(path)].given
            case VariableSource(name):
                return from_variable(name, self._environ)
            case CommandSource():
                return printed[account.name]


def _config(path: Path) -> Config:
    """Read the configuration file."""
    path = path.absolute()
    try:
        with path.open("rb") as file:
            data = file.read(config_file.LONGEST + 1)
    except OSError as error:
        raise UsageError(
            unreadable(str(path), error).fault, "Check the name after --config."
        ) from None
    return config_file.read(config_file.decode(data, str(path)), str(path), path.parent)


def _check_variable(name: str, variable: str) -> None:
    wrong = flaw(name)
    if wrong:
        raise UsageError(
            f"{shown(name)!r} cannot be the name of an account, since {wrong}.",
            "Write --token-env NAME=VARIABLE, such as anna=ANNA_TOKEN.",
        )
    if not variable or holds_token(variable):
        raise UsageError(
            f"For the account {name}, --token-env needs the name of a variable"
            f"{', and never the token itself' if variable else ''}.",
            "Put the token into a variable and name that, such as anna=ANNA_TOKEN.",
        )


def _listed(folder: Path) -> frozenset[str]:
    """List the folder of tokens; it has to be there."""
    try:
        return looks.listing(str(folder)).names
    except OSError as error:
        raise UsageError(
            unreadable(str(folder), error, "folder").fault,
            "Check the name after --tokens-dir; the folder may be empty.",
        ) from None


def _twice(name: str, where: str) -> UsageError:
    return UsageError(
        f"The account {name} is named twice: {where}.", "Give one of them another name."
    )


def _also(name: str, folder: Path) -> str:
    return (
        f"The file {shown(name)} in {shown(str(folder))} is not watched: "
        "another account has that name."
    )


def _of_folder(folder: Path, name: str, config: Config, before: Mapping[str, Account]) -> Account:
    """Return the account of a file; the one of before where it is the same."""
    known = before.get(name)
    if known is not None and known.policy is config.policy:
        return known
    return Account(name, FileSource(folder / name), policy=config.policy)
