"""The vault of a store is chosen once, and two processes that choose at once agree."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.accounts.vaults.file_keyring import FileKeyring
from tokcheck.accounts.store.vaults import keyring_vault
from tokcheck.accounts.store.vaults.encryption_key import KEY, EncryptionKey, KeySource, read_key
from tokcheck.accounts.store.vaults.rekeying import rekey_secrets
from tokcheck.accounts.store.vaults.vault import TableVault, stored_key_id
from tokcheck.accounts.store.vaults.vault_choice import (
    choose_vault,
    make_table_vault,
    vault_kind,
)
from tokcheck.core.errors import UsageError


class _Store(sqlite3.Connection):
    """A store to whose settings another process writes a key, just before this one does."""

    other_key = ""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if self.other_key and sql.startswith("INSERT INTO settings"):
            super().execute("INSERT INTO settings VALUES ('key', ?)", (self.other_key,))
        return super().execute(sql, *values)


def _empty_store(path: Path | str = ":memory:") -> _Store:
    connection = sqlite3.connect(path, factory=_Store)
    connection.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT)")
    connection.execute("CREATE TABLE grants (name TEXT)")
    connection.execute("CREATE TABLE secrets (reference TEXT, text TEXT)")
    return connection


def _key(digit: str) -> EncryptionKey:
    return read_key(KeySource(KEY, digit * 64), {})


def test_the_kind_of_an_empty_store_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The system of a test may have none.
    monkeypatch.setattr(keyring_vault, "_system_keyring", lambda: FileKeyring(tmp_path / "keyring"))
    store = _empty_store(tmp_path / "accounts.db")
    assert "file" == vault_kind(store)
    choose_vault("keyring")(store)
    assert "keyring" == vault_kind(store)
    choose_vault("file")(store)
    assert "file" == vault_kind(store)
    store.close()


def test_a_vault_that_cannot_be_used_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("keyring", "nacl.bindings"):
        monkeypatch.setitem(sys.modules, library, None)
    store = _empty_store()
    for make in (choose_vault("keyring"), choose_vault(None, _key("1"))):
        with pytest.raises(UsageError, match="is not installed"):
            make(store)
    assert isinstance(choose_vault()(store), TableVault)


def test_a_key_that_another_process_sets_meanwhile_is_not_replaced() -> None:
    other = _key("2")
    with closing(_empty_store()) as store:
        store.other_key = other.id
        with pytest.raises(UsageError, match=f"key {other.id}, and the key that is set is"):
            make_table_vault(store, _key("1"))
        assert other.id == stored_key_id(store)


def test_secrets_in_a_keyring_get_no_key() -> None:
    with closing(_empty_store()) as store:
        store.execute("INSERT INTO settings VALUES ('vault', 'keyring')")
        with pytest.raises(UsageError, match="keeps its secrets in the keyring"):
            rekey_secrets(store, TableVault(store), None)
