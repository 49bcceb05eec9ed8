"""The commands with a store that keeps its secrets in a keyring, as processes of their own."""

import re
import sys
from pathlib import Path

import pytest

from tests.support.accounts.vaults.file_keyring import FileKeyring
from tests.support.cli.account_store import (
    FITBIT,
    GOOGLE,
    AccountStore,
    make_grant,
    reveal,
    secrets_shown,
)
from tests.support.cli.login_process import give_consent, login, variables
from tests.support.paths import ROOT
from tokcheck.accounts.token_files.export import token_file_text
from tokcheck.sandbox import FITBIT_SECRET, RegisteredClient, Sandbox
from tokcheck.storage.install_method import extra_command


@pytest.fixture
def keyring_store(account_store: AccountStore, tmp_path: Path) -> AccountStore:
    return account_store._replace(
        env=account_store.env
        | {
            "TOKCHECK_VAULT": "keyring",
            "PYTHON_KEYRING_BACKEND": "tests.support.accounts.vaults.file_keyring.FileKeyring",
            "TESTS_KEYRING": str(tmp_path / "ring"),
            "PYTHONPATH": str(ROOT),
        }
    )


def test_an_account_lives_and_ends_in_the_keyring(
    keyring_store: AccountStore, tmp_path: Path
) -> None:
    ring = FileKeyring(tmp_path / "ring")
    grant = make_grant(keyring_store.sandbox_state, "alex", left=60)
    result = keyring_store(
        "accounts", "import", "-", "--name", "alex", "--client-id", FITBIT.client_id,
        stdin=token_file_text(grant, "token-response", 0), TOKCHECK_CLIENT_SECRET=FITBIT_SECRET,
    )  # fmt: skip
    assert 0 == result.code, result.err
    assert reveal(grant.refresh) in ring.entries().values()
    assert 0 == keyring_store("accounts", "refresh", "alex").code
    assert reveal(grant.refresh) not in ring.entries().values()
    token = keyring_store("token", "alex", TOKCHECK_VAULT="").out.strip()
    assert token in ring.entries().values()
    assert [] == secrets_shown(keyring_store("accounts", "show", "alex"), grant)
    files = b"".join(path.read_bytes() for path in keyring_store.folder.iterdir())
    assert [] == [text for text in ring.entries().values() if text.encode() in files]
    assert 0 == keyring_store("accounts", "remove", "alex", "--yes").code
    assert {} == ring.entries()


def test_a_login_into_an_empty_store_keeps_its_tokens_in_the_keyring(
    keyring_store: AccountStore, sandbox: Sandbox, tmp_path: Path
) -> None:
    ring = FileKeyring(tmp_path / "ring")
    sandbox.state.clients.put(RegisteredClient("23RING", "personal", "Ring sample"))
    env = keyring_store.env | variables(sandbox, keyring_store.folder)
    with login(["fitbit", "--client-id", "23RING", "--no-browser"], env) as started:
        assert 0 == started.paste(give_consent(started.address)).code
    assert 2 == len(ring.entries())
    files = b"".join(path.read_bytes() for path in keyring_store.folder.iterdir())
    assert [] == [text for text in ring.entries().values() if text.encode() in files]


def test_a_file_is_imported_into_no_keyring_that_keeps_nothing(
    keyring_store: AccountStore,
) -> None:
    grant = make_grant(keyring_store.sandbox_state, "alex", left=60)
    result = keyring_store(
        "accounts", "import", "-", "--name", "alex", "--client-id", FITBIT.client_id,
        stdin=token_file_text(grant, "token-response", 0), TOKCHECK_CLIENT_SECRET=FITBIT_SECRET,
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
    )  # fmt: skip
    assert (3, "") == result[:2]
    assert "(keyring.backends.null.Keyring) did not keep what was written to it" in result.err
    assert "delete the file" not in result.err
    assert [] == secrets_shown(result, grant)
    assert "alex" not in keyring_store("accounts", "list", TOKCHECK_VAULT="").out


def test_a_login_without_a_usable_vault_requests_no_consent(
    keyring_store: AccountStore,
) -> None:
    result = keyring_store("login", "fitbit", "--client-id", "23RING", TOKCHECK_VAULT="attic")
    assert (2, "") == result[:2]
    assert "TOKCHECK_VAULT is neither" in result.err


def test_an_entry_that_was_deleted_costs_its_own_account_alone(
    keyring_store: AccountStore, tmp_path: Path
) -> None:
    ring = FileKeyring(tmp_path / "ring")
    for name, client in (("alex", FITBIT), ("kim", GOOGLE)):
        text = token_file_text(
            make_grant(keyring_store.sandbox_state, name, client), "token-response", 0
        )
        result = keyring_store(
            "accounts", "import", "-", "--name", name, "--client-id", client.client_id,
            stdin=text, TOKCHECK_CLIENT_SECRET=reveal(client.secret),
        )  # fmt: skip
        assert 0 == result.code, result.err
    (deleted,) = (one for one in ring.entries() if one.endswith("/1/1/refresh"))
    ring.delete_password(*deleted.split(" ", 1))
    result = keyring_store("accounts", "list")
    assert 0 == result.code
    assert ["needs a new login", "fine"] == [
        re.split(r"  +", line)[2] for line in result.out.splitlines()[1:3]
    ]
    for code, words in (
        (0, ["token", "alex"]),  # it lives
        (1, ["token", "alex", "--min-ttl", "9h"]),
        (0, ["validate", "--account", "alex"]),
    ):
        result = keyring_store(*words)
        assert code == result.code
        assert "the keyring does not contain" in result.err
        assert "tokcheck login fitbit --name alex" in result.err
    result = keyring_store("accounts", "refresh", "--all")
    assert 1 == result.code
    assert "kim: fine" in result.out
    assert 0 == keyring_store("accounts", "remove", "alex", "--yes").code
    assert 3 == len(ring.entries())


def test_a_store_in_a_file_is_not_turned_into_another(keyring_store: AccountStore) -> None:
    keyring_store.add("alex", left=1)
    result = keyring_store("token", "alex")
    assert 2 == result.code
    assert "TOKCHECK_VAULT is keyring" in result.err
    assert 0 == keyring_store("token", "alex", TOKCHECK_VAULT="file").code


def test_a_missing_keyring_library_is_reported_with_the_command_to_install_it(
    keyring_store: AccountStore, tmp_path: Path
) -> None:
    (tmp_path / "keyring.py").write_text("raise ImportError")
    result = keyring_store("accounts", "list", PYTHONPATH=f"{tmp_path}:{':'.join(sys.path)}")
    assert (2, "") == result[:2]
    assert f"To add it: {extra_command('keyring')}" in result.err


def test_a_missing_keyring_is_reported(keyring_store: AccountStore) -> None:
    text = token_file_text(make_grant(keyring_store.sandbox_state, "x"), "token-response", 0)
    result = keyring_store(
        "accounts", "import", "-", stdin=text,
        PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring",
    )  # fmt: skip
    assert (3, "") == result[:2]
    assert "The system's keyring could not be used (NoKeyringError)" in result.err


def test_a_keyring_is_tried_before_the_consent(
    keyring_store: AccountStore, sandbox: Sandbox, tmp_path: Path
) -> None:
    env = keyring_store.env | variables(sandbox, tmp_path / "home")
    result = keyring_store(
        "login", "fitbit", "--client-id", FITBIT.client_id, "--no-browser",
        **env | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
    )  # fmt: skip
    assert (3, "") == result[:2]
    assert "The system's keyring could not be used (NoKeyringError)" in result.err
    assert "Open this address" not in result.err
    # The store is none of the keyring's yet, so it does not need the one that failed.
    listed = keyring_store("accounts", "list", **env | {"TOKCHECK_VAULT": ""})
    assert 0 == listed.code, listed.err
