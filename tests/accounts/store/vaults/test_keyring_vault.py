"""Secrets in a keyring: a crash between its writes and the store's loses none and leaves none."""

import sqlite3
from math import inf
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.failing_sqlite import Crash
from tests.support.accounts.fake_token_endpoint import FakeTokenEndpoint
from tests.support.accounts.vaults.file_keyring import FileKeyring
from tokcheck.accounts.errors import GrantError, StoreError
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.store import Store, TableVault
from tokcheck.accounts.store.vaults.keyring_vault import KeyringVault
from tokcheck.accounts.store.vaults.vault_choice import choose_vault
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret


class Breaking(FileKeyring):
    """A keyring; the process ends at its call number ``at``, before or after the call is done."""

    priority = 0.1

    def __init__(self, path: Path, at: int, *, after: bool) -> None:
        super().__init__(path)
        self.calls, self._at, self._after = 0, at, after

    def _change(self, name: str, password: str | None) -> None:
        self.calls += 1
        if self.calls == self._at and not self._after:
            raise Crash
        super()._change(name, password)
        if self.calls == self._at:
            raise Crash


class BreakingConnection(sqlite3.Connection):
    """A connection; the process ends at its next commit, before or after the commit is done."""

    after: bool | None = None

    def execute(self, statement: str, values: object = (), /) -> sqlite3.Cursor:
        if statement != "COMMIT" or self.after is None:
            return super().execute(statement, values)  # type: ignore[arg-type]  # passed on
        if self.after:
            super().execute(statement)
        raise Crash


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    return FileKeyring(tmp_path / "keyring")


def open_store(folder: Path, keyring: KeyringBackend) -> Store:
    return Store(folder, vault=lambda connection: KeyringVault(connection, keyring))


def secret_texts(grant: Grant) -> list[str]:
    secrets = (grant.client.secret, grant.access, grant.refresh)
    return sorted(secret.reveal() for secret in secrets if secret is not None)


def holds_only(keyring: FileKeyring, *grants: Grant) -> bool:
    return sorted(keyring.entries().values()) == sorted(
        t for grant in grants for t in secret_texts(grant)
    )


def test_secrets_are_only_in_the_keyring(
    folder: Path, keyring: FileKeyring, token_endpoint: FakeTokenEndpoint
) -> None:
    grants = [token_endpoint.grant("alex"), token_endpoint.grant("kim")]
    with open_store(folder, keyring) as store:
        for grant in grants:
            store.put(grant)
        assert [secret_texts(grant) for grant in grants] == [
            secret_texts(grant) for grant in store.grants()
        ]
        assert holds_only(keyring, *grants)
        files = b"".join(path.read_bytes() for path in folder.iterdir())
        for grant in grants:
            assert [] == [text for text in secret_texts(grant) if text.encode() in files]
        store.remove("alex")
        assert holds_only(keyring, grants[1])
    assert [] == list(folder.glob("*.pending"))


def test_a_refresh_leaves_only_the_new_secrets(
    folder: Path,
    keyring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with open_store(folder, keyring) as store:
        store.put(token_endpoint.grant("alex", left=1))
        grant = make_refresher(store).fresh_grant("alex", 60)
        assert holds_only(keyring, grant)
        assert not any(folder.glob("*.rescue"))


@pytest.mark.parametrize("after", ["", "after"], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 9))
def test_a_crash_at_any_call_of_the_keyring_loses_nothing_and_leaves_nothing(
    folder: Path,
    keyring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    call: int,
    after: str,
    tmp_path: Path,
) -> None:
    old, new = token_endpoint.grant("alex"), token_endpoint.grant("alex")
    with open_store(folder, keyring) as store:
        store.put(old)
    # An entry is tried and three are written before the commit, three are deleted after it.
    with (
        open_store(folder, Breaking(tmp_path / "keyring", call, after=bool(after))) as store,
        pytest.raises(Crash),
    ):
        store.put(new)
    with open_store(folder, keyring) as store:
        left = store.grant("alex")
        assert secret_texts(old if call <= 5 else new) == secret_texts(left)
        assert holds_only(keyring, left)
    assert [] == list(folder.glob("*.pending"))


@pytest.mark.parametrize("after", ["", "after"], ids=["before", "after"])
def test_a_crash_at_the_commit_loses_nothing_and_leaves_nothing(
    folder: Path, keyring: FileKeyring, token_endpoint: FakeTokenEndpoint, after: str
) -> None:
    old, new = token_endpoint.grant("alex"), token_endpoint.grant("alex")
    connections: list[BreakingConnection] = []

    def vault(connection: sqlite3.Connection) -> KeyringVault:
        assert isinstance(connection, BreakingConnection)
        connections.append(connection)
        return KeyringVault(connection, keyring)

    with Store(folder, vault=vault, connection=BreakingConnection) as store:
        store.put(old)
        connections[0].after = bool(after)
        with pytest.raises(Crash):
            store.put(new)
    with open_store(folder, keyring) as store:
        assert secret_texts(new if after else old) == secret_texts(store.grant("alex"))
        assert holds_only(keyring, store.grant("alex"))


def test_an_interrupted_first_login_leaves_no_token(
    folder: Path, keyring: FileKeyring, token_endpoint: FakeTokenEndpoint, tmp_path: Path
) -> None:
    with (
        open_store(folder, Breaking(tmp_path / "keyring", 3, after=True)) as store,
        pytest.raises(Crash),
    ):
        store.put(token_endpoint.grant("alex"))
    open_store(folder, keyring).close()
    assert {} == keyring.entries()


def test_entries_that_another_process_writes_are_not_deleted(
    folder: Path, keyring: FileKeyring, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("alex")
    refused: list[str] = []

    class Probing(FileKeyring):
        priority = 0.1

        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password)
            with pytest.raises(StoreError, match="in use by another process"):
                Store(folder, vault=lambda c: KeyringVault(c, keyring), patience=0.01)
            refused.append(username)

    with open_store(folder, Probing(keyring._path)) as store:  # noqa: SLF001 - the same file
        store.put(grant)
        assert secret_texts(grant) == secret_texts(store.grant("alex"))
    assert 4 == len(refused)  # the first one is the trial


def test_an_error_of_the_keyring_is_reported_without_its_text(
    folder: Path, keyring: FileKeyring, token_endpoint: FakeTokenEndpoint
) -> None:
    class Locked(FileKeyring):
        priority = 0.1

        def get_password(self, service: str, username: str) -> str | None:
            raise RuntimeError(f"canary {service} {username}")

        def set_password(self, service: str, username: str, password: str) -> None:
            raise RuntimeError(f"canary {service} {username} {password}")

    with open_store(folder, keyring) as store:
        store.put(token_endpoint.grant("alex"))
    with open_store(folder, Locked(keyring._path)) as store:  # noqa: SLF001 - the same file
        for act in (lambda: store.grant("alex"), lambda: store.put(token_endpoint.grant("kim"))):
            with pytest.raises(StoreError, match=r"could not be used \(RuntimeError\)") as caught:
                act()
            assert "canary" not in caught.value.message + caught.value.hint
    with open_store(folder, keyring) as store:
        assert ["alex"] == [grant.name for grant in store.grants()]


def test_deleted_entries_break_the_grant(
    folder: Path,
    keyring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with open_store(folder, keyring) as store:
        store.put(token_endpoint.grant("alex"))
        keyring._path.unlink()  # noqa: SLF001 - as a person would
        for min_ttl in (0, inf):
            with pytest.raises(GrantError, match="does not contain") as caught:
                make_refresher(store).fresh_grant("alex", min_ttl)
            assert caught.value.hint.endswith("tokcheck login fitbit --name alex")
        assert [] == token_endpoint.requests
        grant = token_endpoint.grant("alex")
        store.put(grant)
        assert holds_only(keyring, grant)
        store.remove("alex")


def test_a_deleted_access_token_is_refreshed(
    folder: Path,
    keyring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with open_store(folder, keyring) as store:
        store.put(token_endpoint.grant("alex"))
        (deleted,) = (one for one in keyring.entries() if one.endswith("/access"))
        keyring.delete_password(*deleted.split(" ", 1))
        assert None is store.account("alex").broken
        grant = make_refresher(store).fresh_grant("alex", 0)
        assert 1 == len(token_endpoint.requests)
        assert holds_only(keyring, grant)


def test_a_deleted_client_secret_breaks_the_grant(
    folder: Path,
    keyring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with open_store(folder, keyring) as store:
        grant = token_endpoint.grant("alex")
        store.put(grant)
        (deleted,) = (one for one in keyring.entries() if one.endswith("/client_secret"))
        keyring.delete_password(*deleted.split(" ", 1))
        assert (
            grant.access.fingerprint
            == make_refresher(store).fresh_grant("alex", 0).access.fingerprint
        )
        with pytest.raises(GrantError, match="does not contain"):
            make_refresher(store).fresh_grant("alex", 30_000)
        assert [] == token_endpoint.requests


def test_a_vault_is_chosen_once(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    with pytest.raises(UsageError, match="is neither file nor keyring"):
        choose_vault("attic")
    with Store(folder, vault=choose_vault("file")) as store:
        assert isinstance(store._database.vault, TableVault)  # noqa: SLF001 - what was chosen
        store.put(token_endpoint.grant("alex"))
    with pytest.raises(UsageError, match="in the file, but TOKCHECK_VAULT is keyring"):
        Store(folder, vault=choose_vault("keyring"))
    with Store(folder) as store:
        assert ["alex"] == [grant.name for grant in store.grants()]


def test_an_unknown_reference_can_be_dropped(folder: Path, keyring: FileKeyring) -> None:
    with open_store(folder, keyring) as store:
        vault = store._database.vault  # noqa: SLF001 - what the store does with it
        vault.drop("9/9/access")
        vault.after_commit()
        vault.keep("9/9/access", Secret("x"))
        vault.after_rollback()
    assert {} == keyring.entries()
