"""Where accounts come from, and which accounts that makes here.

Sharing the accounts out over several processes, by name alone.

A shard needs to know nothing of the others: each name belongs to exactly one of them, on every
machine and after every restart, and an account that comes or goes moves no other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.names import flaw
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import config as config_file
from tokcheck.exporter.sources import file_watcher
from tokcheck.exporter.sources.account import Account, VariableSource
from tokcheck.exporter.sources.config import Config
from tokcheck.exporter.sources.reading import holds_token, shown, unreadable

_HINT = "Write which shard of how many this process is, such as 2/8; the first is 1."


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``index`` of ``count``, counted from 1."""

    index: int
    count: int

    def has(self, name: str) -> bool:
        """Tell whether an account of this name belongs here."""
        digest = sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest, "big") % self.count == self.index - 1


def parse(text: str) -> Shard:
    """Read ``2/8``.

    :raises UsageError: if it is no shard.
    """
    written = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    if written is None:
        raise UsageError(f"{text[:20]!r} is no shard.", _HINT)
    index, count = int(written[1]), int(written[2])
    if count == 0:
        raise UsageError(f"{index}/{count}: there is at least one shard.", _HINT)
    if not 1 <= index <= count:
        raise UsageError(
            f"{index}/{count}: shards are numbered from 1 to {count}, and {index} is none of them.",
            _HINT,
        )
    return Shard(index, count)


class Selection(NamedTuple):
    """Where accounts come from; all of them may be combined.

    ``variables`` are the names of environment variables by account, ``tokens_dir`` a folder of
    files that are named after their accounts. ``home`` is the data folder, whose store is taken
    if ``accounts`` is set or the configuration says so.
    """

    config: Path | None = None
    tokens_dir: Path | None = None
    variables: Mapping[str, str] = MappingProxyType({})
    home: Path | None = None
    accounts: bool = False


class Plan(NamedTuple):
    """The accounts as they were last loaded.

    Those of the folder come and go by themselves, as do those of the store, which are taken if
    ``store`` is set. ``taken`` are the names of all others, those of other shards included.
    """

    config: Config = Config()
    named: Mapping[str, Account] = MappingProxyType({})
    taken: frozenset[str] = frozenset()
    store: bool = False


def config_of(selection: Selection) -> Config:
    """Read the configuration file, if there is one.

    :raises UsageError: if it cannot be used, or if nothing says where accounts come from.
    """
    if not (selection.config or selection.tokens_dir or selection.variables or selection.accounts):
        raise UsageError(
            "No account is named.",
            "Use --config FILE, --tokens-dir DIR, --token-env NAME=VARIABLE or --accounts.",
        )
    return Config() if selection.config is None else _read(selection.config)


def planned(
    selection: Selection, config: Config, stored: Iterable[str] | None, shard: Shard | None
) -> Plan:
    """Return what the accounts are; ``stored`` are the store's names, ``None`` if it is left out.

    :raises UsageError: if they cannot be used together.
    """
    named = dict(config.accounts)
    for name, variable in selection.variables.items():
        _check_variable(name, variable)
        if name in named:
            raise _twice(name, "in the configuration file and after --token-env")
        named[name] = Account(name, VariableSource(variable), policy=config.policy)
    files: frozenset[str] = frozenset()
    if selection.tokens_dir is not None:
        files = _listed(selection.tokens_dir)
        for name in files:
            if name in named:
                raise _twice(name, f"once as a file in {shown(str(selection.tokens_dir))}")
    for name in stored or ():
        if name in named or name in files:
            raise _twice(name, "once in the store of accounts")
    here = {name: account for name, account in named.items() if shard is None or shard.has(name)}
    return Plan(config, here, frozenset(named), stored is not None)


def _read(path: Path) -> Config:
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
        return file_watcher.listing(str(folder)).names
    except OSError as error:
        raise UsageError(
            unreadable(str(folder), error, "folder").fault,
            "Check the name after --tokens-dir; the folder may be empty.",
        ) from None


def _twice(name: str, where: str) -> UsageError:
    return UsageError(
        f"The account {name} is named twice: {where}.", "Give one of them another name."
    )
