"""Which accounts this process watches: their sources combined, and its share of them.

Shards divide the accounts by name alone. Each name belongs to exactly one shard, on every machine
and after every restart, and an account that is added or removed moves no other.
"""

import re
import time
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from errno import EFBIG
from hashlib import sha256
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol

from tokcheck.accounts.names import NAME_HINT, invalid_name_clause, name_flaw
from tokcheck.core.errors import UsageError
from tokcheck.exporter.sources import config_file, file_watcher
from tokcheck.exporter.sources.account import Account, VariableSource
from tokcheck.exporter.sources.config_file import ExporterConfig
from tokcheck.exporter.sources.reading import failed_reading, holds_token, redact_path
from tokcheck.providers.base import Provider
from tokcheck.storage.regular_files import decode_text, read_regular_file, reading_hint

_HINT = "Write the number of this shard and the number of all, such as 2/8; the first is 1."


class ClusterState(NamedTuple):
    """A cluster of exporters, as one of its instances knows it."""

    name: str
    instances: int | None = 0
    """How many renew their leases; ``None`` if this one could not for too long to know."""
    leases: int = 0
    """How many accounts this instance serves."""
    unheld: int = 0
    """How many accounts no instance serves."""


class Term(NamedTuple):
    """The time until which no other process watches the same accounts."""

    until: float = inf
    """Its end, in seconds of ``timer``."""
    timer: Callable[[], float] = time.monotonic
    """Return the seconds of a monotonic clock."""

    def is_over(self) -> bool:
        """Return whether other processes may watch the accounts."""
        return self.timer() >= self.until


class Share(Protocol):
    """The part of the accounts that this process watches."""

    @property
    def term(self) -> Term:
        """The time for which the accounts that were chosen last belong to this process."""
        ...

    @property
    def cluster(self) -> ClusterState | None:
        """The cluster that divides the accounts, if there is one."""
        ...

    def choose(self, names: Collection[str], known: Container[str]) -> Collection[str]:
        """Return those of the ``names`` of a folder or the store that are watched.

        ``known`` were so at the last poll.
        """
        ...

    def choose_named(self, names: Collection[str]) -> Collection[str]:
        """Return those of the names in the configuration that are watched.

        :raises UsageError: if they cannot be shared.
        """
        ...

    def close(self) -> None:
        """Leave the accounts to other processes."""
        ...


@dataclass(frozen=True, slots=True)
class Shard:
    """Shard ``index`` of ``count``, counted from 1."""

    index: int
    count: int

    @property
    def term(self) -> Term:
        """It has no end."""
        return Term()

    @property
    def cluster(self) -> None:
        """There is none: the parts are fixed."""

    def choose(self, names: Collection[str], known: Container[str]) -> Collection[str]:
        """Return the names of this shard; those that are ``known`` are so for ever."""
        return {name for name in names if name in known or self.includes(name)}

    def choose_named(self, names: Collection[str]) -> Collection[str]:
        """Return the names of this shard."""
        return self.choose(names, ())

    def close(self) -> None:
        """Do nothing: a shard is always the same."""

    def includes(self, name: str) -> bool:
        """Return whether an account of this name belongs to this shard."""
        digest = sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest, "big") % self.count == self.index - 1


def parse_shard(text: str) -> Shard:
    """Parse a shard such as ``2/8``.

    :raises UsageError: if it is not a shard.
    """
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    if match is None:
        raise UsageError(f"{text[:20]!r} is not a shard.", _HINT)
    index, count = int(match[1]), int(match[2])
    if count == 0:
        raise UsageError(f"{index}/{count}: there is at least one shard.", _HINT)
    if not 1 <= index <= count:
        raise UsageError(
            f"{index}/{count}: shards are numbered from 1 to {count}.",
            _HINT,
        )
    return Shard(index, count)


class Selection(NamedTuple):
    """Where accounts come from; all sources may be combined."""

    config: Path | None = None
    """The configuration file."""
    tokens_dir: Path | None = None
    """A folder of files that are named after their accounts."""
    variables: Mapping[str, str] = MappingProxyType({})
    """The names of environment variables by account."""
    home: Path | None = None
    """The data folder, which holds the store."""
    accounts: bool = False
    """Whether the store is watched even if the configuration does not say so."""


class SelectedAccounts(NamedTuple):
    """The accounts as they were last loaded; those of the folder and the store are polled."""

    config: ExporterConfig = ExporterConfig()
    named: Mapping[str, Account] = MappingProxyType({})
    """The accounts of this process that the configuration or an option names."""
    reserved_names: frozenset[str] = frozenset()
    """The names of all such accounts, those of other processes included."""
    store: bool = False
    """Whether the accounts of the store are watched as well."""


def load_config(selection: Selection, providers: Mapping[str, Provider]) -> ExporterConfig:
    """Read the configuration file, if there is one; ``providers`` are the known ones.

    :raises UsageError: if it cannot be used, or if there is no source of accounts.
    """
    if not (selection.config or selection.tokens_dir or selection.variables or selection.accounts):
        raise UsageError(
            "No accounts are configured.",
            "Use --config FILE, --tokens-dir DIR, --token-env NAME=VAR or --accounts.",
        )
    return (
        ExporterConfig() if selection.config is None else _read_config(selection.config, providers)
    )


def select_accounts(
    selection: Selection, config: ExporterConfig, stored: Iterable[str] | None, share: Share | None
) -> SelectedAccounts:
    """Combine the sources; ``stored`` are the store's names, ``None`` if it is not watched.

    :raises UsageError: if two sources name the same account, or a source cannot be used.
    """
    named = dict(config.accounts)
    origins = dict.fromkeys(named, "in the configuration file")
    for name, variable in selection.variables.items():
        _check_variable(name, variable)
        _add_origin(origins, name, "after --token-env")
        named[name] = Account(name, VariableSource(variable), policy=config.policy)
    if selection.tokens_dir is not None:
        folder = redact_path(str(selection.tokens_dir))
        for name in _list_tokens_dir(selection.tokens_dir):
            _add_origin(origins, name, f"by a file in {folder}")
    for name in stored or ():
        _add_origin(origins, name, "in the store of accounts")
    chosen = named if share is None else share.choose_named(named.keys())
    here = {name: account for name, account in named.items() if name in chosen}
    return SelectedAccounts(config, here, frozenset(named), stored is not None)


def select_clear_sources(selection: Selection) -> SelectedAccounts:
    """Return the named accounts of a selection that cannot be used, as far as they are clear."""
    named: dict[str, Account] = {}
    if selection.config is not None:
        path = selection.config.absolute()
        with suppress(OSError):
            named |= config_file.read_sources(_read_text(path), path.parent)
    for name, variable in selection.variables.items():
        with suppress(UsageError):
            _check_variable(name, variable)
            named.setdefault(name, Account(name, VariableSource(variable)))
    return SelectedAccounts(named=named, reserved_names=frozenset(named))


def _read_text(path: Path) -> str:
    return decode_text(read_regular_file(str(path), config_file.LONGEST, descriptors=True))


def _read_config(path: Path, providers: Mapping[str, Provider]) -> ExporterConfig:
    """Read the configuration file."""
    path = path.absolute()
    try:
        text = _read_text(path)
    except OSError as error:
        hint = reading_hint(error, "Check the name after --config.")
        if error.errno == EFBIG:
            hint = "Keep the tokens in a folder, one file an account, and use --tokens-dir."
        raise UsageError(failed_reading(str(path), error).problem, hint) from None
    config = config_file.read(text, str(path), path.parent, providers)
    if config.declarations:
        from tokcheck.declarations.files import check_writers  # noqa: PLC0415 - few declare any

        check_writers(path, path.stat())
    return config


def _check_variable(name: str, variable: str) -> None:
    wrong = name_flaw(name)
    if wrong:
        raise UsageError(
            f"{redact_path(name)!r} {invalid_name_clause(wrong)}.",
            f"Write --token-env NAME=VAR, such as anna=ANNA_TOKEN. {NAME_HINT}",
        )
    if not variable or holds_token(variable):
        raise UsageError(
            f"For the account {name}, --token-env needs the name of a variable"
            f"{', not the token itself' if variable else ''}.",
            "Put the token into a variable and name that, such as anna=ANNA_TOKEN.",
        )


def _list_tokens_dir(folder: Path) -> frozenset[str]:
    """Return the account names of the folder of tokens, which must exist."""
    try:
        return file_watcher.list_folder(str(folder)).names
    except OSError as error:
        raise UsageError(
            failed_reading(str(folder), error).problem,
            "Check the name after --tokens-dir, or create the folder.",
        ) from None


def _add_origin(origins: dict[str, str], name: str, where: str) -> None:
    """Add where an account is named.

    :raises UsageError: if it is named elsewhere, too.
    """
    if name in origins:
        raise UsageError(
            f"The account {name} is named twice: {origins[name]} and {where}.",
            "Give one of them another name.",
        )
    origins[name] = where
