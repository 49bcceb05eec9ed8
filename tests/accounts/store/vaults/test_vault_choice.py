"""The vault of a store is chosen once, and two processes that choose at once agree."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.accounts.vaults.file_keyring import FileKeyring
from tokcheck.accounts.store.environment import open_store
from tokcheck.accounts.store.vaults import keyring_vault
from tokcheck.accounts.store.vaults.encryption_key import (
    KEY,
    KEY_VARIABLES,
    EncryptionKey,
    KeySource,
    read_key,
)
from tokcheck.accounts.store.vaults.rekeying import rekey_secrets
from tokcheck.accounts.store.vaults.vault import (
    TableVault,
    record_vault_kind,
    stored_key_id,
    vault_kind,
)
from tokcheck.accounts.store.vaults.vault_choice import choose_vault, make_table_vault
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret


class _Store(sqlite3.Connection):
    """A store that gets a key by another process, just before this one writes its own."""

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


def test_the_kind_of_a_store_is_recorded_with_its_first_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The system of a test may have none.
    monkeypatch.setattr(keyring_vault, "_system_keyring", lambda: FileKeyring(tmp_path / "keyring"))
    with closing(_empty_store(tmp_path / "accounts.db")) as store:
        vault = choose_vault("keyring")(store)
        assert "file" == vault_kind(store)
        vault.keep("1/1/access", Secret("tests"))
        assert "keyring" == vault_kind(store)
        choose_vault("file")(store)
        assert "file" == vault_kind(store)


@pytest.mark.parametrize("wanted", ["file", "keyring", None])
@pytest.mark.parametrize("stored", ["file", "keyring"])
def test_an_empty_store_that_cannot_be_written_is_opened(
    stored: str, wanted: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring_vault, "_system_keyring", lambda: FileKeyring(tmp_path / "keyring"))
    with closing(_empty_store(tmp_path / "accounts.db")) as store:
        record_vault_kind(store, stored)
        (tmp_path / "keyring-0.pending").write_text("1/1/access")  # of a process that was killed
        store.execute("PRAGMA query_only = ON")
        choose_vault(wanted)(store)
        assert stored == vault_kind(store)


def test_a_vault_that_cannot_be_used_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("keyring", "nacl.bindings"):
        monkeypatch.setitem(sys.modules, library, None)
    with closing(_empty_store()) as store:
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


def test_empty_variables_count_as_not_set(tmp_path: Path) -> None:
    environment = {
        "TOKCHECK_HOME": str(tmp_path / "home"),
        "TOKCHECK_VAULT": "",
        "TOKCHECK_DATABASE": "",
        **dict.fromkeys(KEY_VARIABLES, ""),
    }
    with open_store(environment) as store:
        assert () == tuple(store.grants())
