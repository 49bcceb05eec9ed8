"""What the exporter watches: an account's name, where its paste comes from, what it may spend."""

from pathlib import Path
from typing import NamedTuple, TypeAlias

from tokcheck.accounts.grant import Broken
from tokcheck.core.secret import Secret


class FileSource(NamedTuple):
    """A file that holds any paste; read again whenever it changes."""

    path: Path


class VariableSource(NamedTuple):
    """An environment variable of the exporter's own process."""

    name: str


class CommandSource(NamedTuple):
    """A command whose standard output is any paste; run without a shell, again every so often.

    ``every`` and ``timeout`` are in seconds.
    """

    words: tuple[str, ...]
    every: float = 300.0
    timeout: float = 30.0


class StoreSource(NamedTuple):
    """The store of accounts that were logged in; the exporter refreshes what it takes from there.

    ``folder`` is the data folder that holds the store.
    """

    folder: Path


Source: TypeAlias = FileSource | VariableSource | CommandSource | StoreSource


class Policy(NamedTuple):
    """What an account's probes may spend.

    ``share`` of each window's calls is the budget; one probe a window is always allowed, since
    nothing could be known otherwise. With ``reserve`` calls left or fewer, none is sent.
    ``window`` replaces the documented length of the provider's window, in seconds, for a server
    whose windows are of another; ``every`` its usual pause between two probes.
    """

    share: float = 0.04
    reserve: int = 5
    window: float | None = None
    every: float | None = None


class Account(NamedTuple):
    """A named credential to watch.

    ``provider`` is the provider's name where the token itself does not tell; a granted scope
    missing from ``require_scopes`` becomes the account's verdict. ``timezone`` is the IANA name of
    the account's own, in which a provider writes times without one.
    """

    name: str
    source: Source
    provider: str | None = None
    require_scopes: tuple[str, ...] = ()
    timezone: str | None = None
    policy: Policy = Policy()


class StoredGrant(NamedTuple):
    """What the store says about an account beside its token; moments are Unix seconds.

    ``renewable`` tells whether there is a refresh token, ``refresh_expires_at`` when that ends or
    was found to have ended, where it is known. ``begun_at`` is when a refresh was begun that has
    not ended; ``broken`` is why the grant cannot be refreshed any more.
    """

    obtained_at: float
    expires_at: float | None
    renewable: bool
    refresh_expires_at: float | None = None
    begun_at: float | None = None
    broken: Broken | None = None


class Watched(NamedTuple):
    """An account with the paste that its source gave last.

    ``paste`` is ``None`` where the source could not be read; ``fault`` then says why, in one
    sentence without any secret. A command that failed after it worked leaves its last paste in
    use, with the fault beside it. ``version`` changes whenever the text does and never tells it;
    it is empty without a paste. ``grant`` is that of an account from the store.
    """

    account: Account
    paste: Secret | None
    version: str
    fault: str = ""
    grant: StoredGrant | None = None
