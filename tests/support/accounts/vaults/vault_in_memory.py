"""A vault outside of the store's file, like a system's keyring: it cannot roll back."""

import sqlite3
from typing import ClassVar

from tokcheck.accounts.store import TableVault
from tokcheck.core.secret import Secret


class VaultInMemory(TableVault):
    """Keeps secrets in ``kept``, which outlives it."""

    allows_recovery_file: ClassVar[bool] = False

    def __init__(self, kept: dict[str, str], connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self.kept = kept
        self.dropped: list[str] = []

    def keep(self, reference: str, secret: Secret) -> None:
        self.kept[reference] = secret.reveal()

    def read(self, reference: str) -> Secret:
        return Secret(self.kept[reference])

    def drop(self, reference: str) -> None:
        self.dropped.append(reference)

    def after_commit(self) -> None:
        while self.dropped:
            self.kept.pop(self.dropped.pop(), None)

    def after_rollback(self) -> None:
        self.dropped.clear()
