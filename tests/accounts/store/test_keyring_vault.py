"""Secrets in a keyring: a crash between its writes and the store's loses none and leaves none."""

import sqlite3
from math import inf
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.fake_token_endpoint import FakeTokenEndpoint
from tests.support.accounts.file_keyring import FileKeyring
from tokcheck.accounts.errors import GrantError, StoreError
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.store.keyring_vault import KeyringVault
from tokcheck.accounts.store.store import Store
from tokcheck.accounts.store.vault import TableVault
from tokcheck.accounts.store.vault_choice import choose_vault
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret


class Crash(BaseException):
    """The process ends here."""


class Breaking(FileKeyring):
    """A keyring at whose call number ``at`` the process ends, before or after it is done."""

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
    """A connection at whose next commit the process ends, before or after it is done."""

    after: bool | None = None

    def execute(self, statement: str, values: object = (), /) -> sqlite3.Cursor:
        if statement != "COMMIT" or self.after is None:
            return super().execute(statement, values)  # type: ignore[arg-type]  # passed on
        if self.after:
            super().execute(statement)
        raise Crash


@pytest.fixture
def ring(tmp_path: Path) -> FileKeyring:
    return FileKeyring(tmp_path / "ring")


def _opened(folder: Path, ring: FileKeyring) -> Store:
    return Store(folder, vault=lambda connection: KeyringVault(connection, ring))


def _texts(grant: Grant) -> list[str]:
    secrets = (grant.client.secret, grant.access, grant.refresh)
    return sorted(secret.reveal() for secret in secrets if secret is not None)


def _holds_only(ring: FileKeyring, *grants: Grant) -> bool:
    return sorted(ring.entries().values()) == sorted(t for grant in grants for t in _texts(grant))


def test_the_secrets_are_in_the_keyring_and_nowhere_else(
    folder: Path, ring: FileKeyring, token_endpoint: FakeTokenEndpoint
) -> None:
    grants = [token_endpoint.grant("alex"), token_endpoint.grant("kim")]
    with _opened(folder, ring) as store:
        for grant in grants:
            store.put(grant)
        assert [_texts(grant) for grant in grants] == [_texts(grant) for grant in store.grants()]
        assert _holds_only(ring, *grants)
        files = b"".join(path.read_bytes() for path in folder.iterdir())
        for grant in grants:
            assert [] == [text for text in _texts(grant) if text.encode() in files]
        store.remove("alex")
        assert _holds_only(ring, grants[1])
    assert [] == list(folder.glob("*.pending"))


def test_a_refresh_leaves_the_new_secrets_alone(
    folder: Path,
    ring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with _opened(folder, ring) as store:
        store.put(token_endpoint.grant("alex", left=1))
        grant = make_refresher(store).fresh_grant("alex", 60)
        assert _holds_only(ring, grant)
        assert not any(folder.glob("*.rescue"))


@pytest.mark.parametrize("after", ["", "after"], ids=["before", "after"])
@pytest.mark.parametrize("call", range(1, 7))
def test_a_crash_at_any_call_of_the_keyring_loses_nothing_and_leaves_nothing(
    folder: Path,
    ring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    call: int,
    after: str,
    tmp_path: Path,
) -> None:
    old, new = token_endpoint.grant("alex"), token_endpoint.grant("alex")
    with _opened(folder, ring) as store:
        store.put(old)
    # Three entries are written before the commit, three are deleted after it.
    with (
        _opened(folder, Breaking(tmp_path / "ring", call, after=bool(after))) as store,
        pytest.raises(Crash),
    ):
        store.put(new)
    with _opened(folder, ring) as store:
        left = store.grant("alex")
        assert _texts(old if call <= 3 else new) == _texts(left)
        assert _holds_only(ring, left)
    assert [] == list(folder.glob("*.pending"))


@pytest.mark.parametrize("after", ["", "after"], ids=["before", "after"])
def test_a_crash_at_the_commit_loses_nothing_and_leaves_nothing(
    folder: Path, ring: FileKeyring, token_endpoint: FakeTokenEndpoint, after: str
) -> None:
    old, new = token_endpoint.grant("alex"), token_endpoint.grant("alex")
    connections: list[BreakingConnection] = []

    def vault(connection: sqlite3.Connection) -> KeyringVault:
        assert isinstance(connection, BreakingConnection)
        connections.append(connection)
        return KeyringVault(connection, ring)

    with Store(folder, vault=vault, connection=BreakingConnection) as store:
        store.put(old)
        connections[0].after = bool(after)
        with pytest.raises(Crash):
            store.put(new)
    with _opened(folder, ring) as store:
        assert _texts(new if after else old) == _texts(store.grant("alex"))
        assert _holds_only(ring, store.grant("alex"))


def test_a_first_consent_that_was_cut_off_leaves_no_token_behind(
    folder: Path, ring: FileKeyring, token_endpoint: FakeTokenEndpoint, tmp_path: Path
) -> None:
    with (
        _opened(folder, Breaking(tmp_path / "ring", 3, after=True)) as store,
        pytest.raises(Crash),
    ):
        store.put(token_endpoint.grant("alex"))
    _opened(folder, ring).close()
    assert {} == ring.entries()


def test_what_another_process_is_writing_is_not_taken_for_left_over(
    folder: Path, ring: FileKeyring, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("alex")
    refused: list[str] = []

    class Looking(FileKeyring):
        priority = 0.1

        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password)
            with pytest.raises(StoreError, match="in use by another process"):
                Store(folder, vault=lambda c: KeyringVault(c, ring), patience=0.01)
            refused.append(username)

    with _opened(folder, Looking(ring._path)) as store:  # noqa: SLF001 - the same file
        store.put(grant)
        assert _texts(grant) == _texts(store.grant("alex"))
    assert 3 == len(refused)


def test_a_keyring_that_fails_is_named_and_its_text_is_not(
    folder: Path, ring: FileKeyring, token_endpoint: FakeTokenEndpoint
) -> None:
    class Locked(FileKeyring):
        priority = 0.1

        def get_password(self, service: str, username: str) -> str | None:
            raise RuntimeError(f"canary {service} {username}")

        def set_password(self, service: str, username: str, password: str) -> None:
            raise RuntimeError(f"canary {service} {username} {password}")

    with _opened(folder, ring) as store:
        store.put(token_endpoint.grant("alex"))
    with _opened(folder, Locked(ring._path)) as store:  # noqa: SLF001 - the same file
        for act in (lambda: store.grant("alex"), lambda: store.put(token_endpoint.grant("kim"))):
            with pytest.raises(StoreError, match=r"could not be used \(RuntimeError\)") as caught:
                act()
            assert "canary" not in caught.value.message + caught.value.hint
    with _opened(folder, ring) as store:
        assert ["alex"] == [grant.name for grant in store.grants()]


def test_an_entry_that_somebody_deleted_is_named(
    folder: Path,
    ring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with _opened(folder, ring) as store:
        store.put(token_endpoint.grant("alex"))
        ring._path.unlink()  # noqa: SLF001 - as a person would
        for min_ttl in (0, inf):
            with pytest.raises(GrantError, match="does not hold") as caught:
                make_refresher(store).fresh_grant("alex", min_ttl)
            assert caught.value.hint.endswith("tokcheck login fitbit --name alex")
        assert [] == token_endpoint.requests
        grant = token_endpoint.grant("alex")
        store.put(grant)
        assert _holds_only(ring, grant)
        store.remove("alex")


def test_an_access_token_that_was_deleted_is_fetched_anew(
    folder: Path,
    ring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with _opened(folder, ring) as store:
        store.put(token_endpoint.grant("alex"))
        (deleted,) = (one for one in ring.entries() if one.endswith("/access"))
        ring.delete_password(*deleted.split(" ", 1))
        assert None is store.account("alex").broken
        grant = make_refresher(store).fresh_grant("alex", 0)
        assert 1 == len(token_endpoint.requests)
        assert _holds_only(ring, grant)


def test_a_clients_secret_that_was_deleted_breaks_the_grant(
    folder: Path,
    ring: FileKeyring,
    token_endpoint: FakeTokenEndpoint,
    make_refresher: MakeRefresher,
) -> None:
    with _opened(folder, ring) as store:
        grant = token_endpoint.grant("alex")
        store.put(grant)
        (deleted,) = (one for one in ring.entries() if one.endswith("/client_secret"))
        ring.delete_password(*deleted.split(" ", 1))
        assert (
            grant.access.fingerprint
            == make_refresher(store).fresh_grant("alex", 0).access.fingerprint
        )
        with pytest.raises(GrantError, match="does not hold"):
            make_refresher(store).fresh_grant("alex", 30_000)
        assert [] == token_endpoint.requests


def test_where_secrets_are_is_chosen_once(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    with pytest.raises(UsageError, match="is neither file nor keyring"):
        choose_vault("attic")
    with Store(folder, vault=choose_vault("file")) as store:
        assert isinstance(store._vault, TableVault)  # noqa: SLF001 - what was chosen
        store.put(token_endpoint.grant("alex"))
    with pytest.raises(UsageError, match="in the file, but TOKCHECK_VAULT is keyring"):
        Store(folder, vault=choose_vault("keyring"))
    with Store(folder) as store:
        assert ["alex"] == [grant.name for grant in store.grants()]


def test_a_reference_that_no_keyring_knows_is_dropped_in_peace(
    folder: Path, ring: FileKeyring
) -> None:
    with _opened(folder, ring) as store:
        vault = store._vault  # noqa: SLF001 - what the store does with it
        vault.drop("9/9/access")
        vault.settle()
        vault.keep("9/9/access", Secret("x"))
        vault.undo()
    assert {} == ring.entries()
