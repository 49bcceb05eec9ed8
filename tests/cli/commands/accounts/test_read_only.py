"""The commands with a data folder that cannot be written."""

import re
import sqlite3
import sys

import pytest

from tests.support.accounts.read_only import read_only
from tests.support.cli.account_store import AccountStore, reveal
from tokcheck.accounts.store import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no read-only folders")

_ONE_KEY = {"TOKCHECK_ENCRYPTION_KEY": "6b" * 32}
_OTHER_KEY = {"TOKCHECK_ENCRYPTION_KEY": "7c" * 32}
_RAW = re.compile(r"Errno|sqlite|unable to open|readonly database", re.IGNORECASE)


def test_a_store_on_a_read_only_mount_can_be_read(account_store: AccountStore) -> None:
    token = reveal(account_store.add("alex").access)
    with read_only(account_store.folder):
        assert (0, f"{token}\n", "") == account_store("token", "alex")
        for words in (
            ("accounts", "list"),
            ("accounts", "list", "--json"),
            ("accounts", "show", "alex"),
            ("validate", "--account", "alex"),
            ("validate", "--account", "alex", "--offline"),
        ):
            result = account_store(*words)
            assert (0, "") == (result.code, result.err), words
    assert (0, f"{token}\n", "") == account_store("token", "alex")


def test_what_must_be_written_is_refused_in_one_sentence(account_store: AccountStore) -> None:
    account_store.add("alex", left=10)
    file = account_store.folder / "accounts.sqlite3"
    with read_only(account_store.folder):
        for words in (
            ("token", "alex", "--min-ttl", "1h"),
            ("accounts", "refresh", "alex"),
            ("accounts", "remove", "alex", "--forget", "--yes"),
            ("login", "fitbit", "--client-id", "23ABCD", "--no-browser"),
            ("serve", "--accounts", "--once"),
            ("serve", "--token-env", "a=A", "--once"),
            ("watch", "--accounts"),
            ("watch", "--token-env", "a=A"),
        ):
            result = account_store(*words, A="no token")
            assert (3, "") == (result.code, result.out), words
            assert "cannot be opened or written by this user." in result.err, words
            assert [] == _RAW.findall(result.err.replace(".sqlite3", "")), words
            assert "Open this address" not in result.err
    assert file.is_file()


@pytest.mark.parametrize("stored", [{}, _ONE_KEY], ids=["without a key", "with a key"])
def test_an_empty_store_can_be_read_with_any_key(
    account_store: AccountStore, stored: dict[str, str]
) -> None:
    """The key, which a store without accounts takes as it is given, cannot be recorded."""
    assert 0 == account_store("accounts", "list", **stored).code
    shown = account_store("accounts", "list", **stored)
    with read_only(account_store.folder):
        for given in ({}, _ONE_KEY, _OTHER_KEY):
            assert shown == account_store("accounts", "list", **given), given
            result = account_store("login", "fitbit", "--client-id", "23ABCD", **given)
            assert (3, "") == (result.code, result.out), given
            assert "cannot be opened or written by this user." in result.err, given


def test_a_log_that_was_not_applied_is_named(account_store: AccountStore) -> None:
    account_store.add("alex")
    file = account_store.folder / "accounts.sqlite3"
    with Store(account_store.folder):  # a process that was killed leaves its log
        writer = sqlite3.connect(file)
        writer.execute("UPDATE grants SET user_id = 'x'")
        writer.commit()
        log = file.with_name(file.name + "-wal").read_bytes()
        data = file.read_bytes()
        writer.close()
    file.write_bytes(data)
    (account_store.folder / "accounts.sqlite3-wal").write_bytes(log)
    (account_store.folder / "accounts.sqlite3-wal").chmod(0o600)
    with read_only(account_store.folder):
        result = account_store("accounts", "list")
        assert (3, "") == (result.code, result.out)
        assert "it has changes that were not applied yet" in result.err
    assert 0 == account_store("accounts", "list").code
