"""The store: accounts in one private SQLite file.

Every change is one transaction, and is on the disk when its method returns.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from secrets import token_hex

from tokcheck.accounts.errors import StoreError, explain_errors, foreign_store_error
from tokcheck.accounts.store.account_file import account_file
from tokcheck.accounts.store.clocks.boot_clock import boot_moment
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.locks import AccountLock, hold_lock
from tokcheck.accounts.store.sqlite.database import MIGRATIONS, lock_path, open_database
from tokcheck.accounts.store.sqlite.shared_connection import SharedConnection
from tokcheck.accounts.store.vaults.vault import MakeVault
from tokcheck.accounts.store.vaults.vault_choice import choose_vault
from tokcheck.storage.data_folder import ACCOUNTS_FILE
from tokcheck.storage.private_files import ensure_private_file
from tokcheck.storage.sqlite.private_database import Migration


class Store(GrantStore):
    """The accounts of a data folder; a context manager.

    Several processes and threads may use one folder at once; a write waits at most ``patience``
    seconds for another's. ``vault`` keeps the secrets; by default, the one that the store names.
    ``migrations``, ``connection`` and ``boot_moment`` are for tests.

    :raises StoreError: if other users have access to the folder or its files, or if these cannot
        be used. Every method may raise it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        vault: MakeVault | None = None,
        patience: float = 10.0,
        migrations: Sequence[Migration] = MIGRATIONS,
        connection: type[sqlite3.Connection] = sqlite3.Connection,
        boot_moment: Callable[[], float] = boot_moment,
    ) -> None:
        self.folder = folder
        self._boot_moment = boot_moment
        self.path = self.file = folder / ACCOUNTS_FILE
        self.place = str(folder)
        self._database: SharedConnection = SharedConnection(
            self.path,
            partial(
                open_database,
                folder,
                patience=patience,
                migrations=migrations,
                connection=connection,
            ),
            vault or choose_vault(),
        )

    def lock(self, name: str) -> AccountLock:
        """Return the lock of an account."""
        return AccountLock(self.folder, name)

    def exclusive(self, patience: float) -> AbstractContextManager[None]:
        """Keep other logins from choosing a name while the block runs."""
        return hold_lock(lock_path(self.path), patience)

    def _foreign_error(self) -> StoreError:
        return foreign_store_error(self.path)

    def _prepare_files(self, name: str) -> None:
        with explain_errors(self.path):
            # Its lock, by which an emptied store is known to have had accounts.
            ensure_private_file(account_file(self.folder, name, "lock"))

    def check_writable(self, lock_patience: float) -> None:
        """Write to the folder and to the database, and leave nothing."""
        file = self.folder / f"rehearsal-{token_hex(8)}.lock"
        with hold_lock(lock_path(self.path), lock_patience):
            with explain_errors(file):
                ensure_private_file(file)
                file.unlink()
            with self._database.writing():
                self._database.vault.check_writable()
