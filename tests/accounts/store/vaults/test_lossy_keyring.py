"""A keyring that does not keep what is written to it: nothing is stored, and nothing is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import PasswordDeleteError

from tests.accounts.store.vaults.test_keyring_vault import open_store
from tests.support.accounts.fake_token_endpoint import FakeTokenEndpoint
from tests.support.accounts.vaults.file_keyring import FileKeyring
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Intent
from tokcheck.accounts.store import Store
from tokcheck.core.secret import Secret
from tokcheck.storage.install_method import module_command

_LOST = "did not keep what was written to it"


class _Truncating(FileKeyring):
    """A keyring that keeps only the beginning of a secret."""

    priority = 0.1

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password[:100])


class _Forgetful(FileKeyring):
    """A keyring that loses the refresh tokens."""

    priority = 0.1

    def set_password(self, service: str, username: str, password: str) -> None:
        if not username.endswith("/refresh"):
            super().set_password(service, username, password)


class _Confused(FileKeyring):
    """A keyring that returns another text than it was given."""

    priority = 0.1

    def get_password(self, service: str, username: str) -> str | None:
        found = super().get_password(service, username)
        return None if found is None else found[::-1]


class _Undeletable(FileKeyring):
    """A keyring that refuses to delete entries."""

    priority = 0.1

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError(f"canary {service} {username}")


_LOSSY: dict[str, Callable[[Path], KeyringBackend]] = {
    "keeps nothing": lambda _: NullKeyring(),  # type: ignore[no-untyped-call]  # the library leaves it so
    "truncates": _Truncating,
    "loses refresh tokens": _Forgetful,
    "returns another text": _Confused,
}


@pytest.fixture(params=_LOSSY.values(), ids=list(_LOSSY))
def lossy(request: pytest.FixtureRequest, tmp_path: Path) -> KeyringBackend:
    """A keyring that loses secrets, in the file ``ring`` if it has one."""
    make: Callable[[Path], KeyringBackend] = request.param
    return make(tmp_path / "ring")


def test_an_account_whose_secrets_are_not_kept_is_not_stored(
    folder: Path, token_endpoint: FakeTokenEndpoint, lossy: KeyringBackend, tmp_path: Path
) -> None:
    with open_store(folder, lossy) as store:
        with pytest.raises(StoreError, match=_LOST) as caught:
            store.put(token_endpoint.grant("alex"))
        assert "PYTHON_KEYRING_BACKEND" in caught.value.hint
        assert caught.value.hint.endswith(module_command("keyring --list-backends"))
        assert "TOKCHECK_VAULT" in caught.value.hint
        assert [] == store.grants()
    assert {} == FileKeyring(tmp_path / "ring").entries()
    with Store(folder) as store:  # the store does not depend on that keyring
        store.put(token_endpoint.grant("alex"))


def test_a_replaced_account_stays_if_its_new_secrets_are_not_kept(
    folder: Path, token_endpoint: FakeTokenEndpoint, lossy: KeyringBackend, tmp_path: Path
) -> None:
    ring = FileKeyring(tmp_path / "ring")
    with open_store(folder, ring) as store:
        store.put(token_endpoint.grant("alex"))
        before = ring.entries()
    with open_store(folder, lossy) as store, pytest.raises(StoreError, match=_LOST):
        store.put(token_endpoint.grant("alex"))
    assert before == ring.entries()


def test_accounts_whose_secrets_are_not_kept_are_not_moved(
    folder: Path, token_endpoint: FakeTokenEndpoint, lossy: KeyringBackend, tmp_path: Path
) -> None:
    with Store(tmp_path / "here") as here, open_store(folder, lossy) as there:
        here.put(token_endpoint.grant("alex"))
        with (
            pytest.raises(StoreError, match=_LOST),
            here.moving_out() as accounts,
            there.transaction(),
        ):
            there.adopt(accounts)
        assert ["alex"] == [grant.name for grant in here.grants()]
        assert [] == there.grants()


def test_refreshed_tokens_that_are_not_kept_are_an_error(
    folder: Path, token_endpoint: FakeTokenEndpoint, tmp_path: Path
) -> None:
    old, new = token_endpoint.grant("alex"), token_endpoint.grant("alex")
    with open_store(folder, FileKeyring(tmp_path / "ring")) as store:
        store.put(old)
    assert old.refresh is not None
    with open_store(folder, _Forgetful(tmp_path / "ring")) as store:
        store.begin("alex", Intent(old.refresh.fingerprint, old.obtained_at, "a test"))
        with pytest.raises(StoreError, match=_LOST):
            store.finish(old.refresh.fingerprint, new)
        kept = store.grant("alex").refresh
        assert kept is not None
        assert old.refresh.fingerprint == kept.fingerprint


def test_a_keyring_is_tried_once_in_an_open_store(
    folder: Path, token_endpoint: FakeTokenEndpoint, tmp_path: Path
) -> None:
    tried: list[str] = []

    class CountingTrials(FileKeyring):
        priority = 0.1

        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password)
            tried.extend([username] if "rehearsal" in username else [])

    with open_store(folder, CountingTrials(tmp_path / "ring")) as store:
        store.put(token_endpoint.grant("alex"))
        store.put(token_endpoint.grant("kim"))
        store.check_writable(0)
    assert 2 == len(tried)  # by the first account, and by the login that requires it


def test_a_keyring_that_deletes_nothing_gets_no_secret(
    folder: Path, token_endpoint: FakeTokenEndpoint, tmp_path: Path
) -> None:
    ring = FileKeyring(tmp_path / "ring")
    with open_store(folder, _Undeletable(tmp_path / "ring")) as store:
        acts: list[Callable[[], None]] = [
            lambda: store.put(token_endpoint.grant("alex")),
            lambda: store.check_writable(0),
        ]
        for act in acts:
            with pytest.raises(StoreError, match=r"could not be used \(PasswordDeleteError\)") as e:
                act()
            assert "canary" not in e.value.message + e.value.hint
        assert [] == [name for name in ring.entries() if name.endswith(("/access", "/refresh"))]
    open_store(folder, ring).close()
    assert {} == ring.entries()


def test_an_entry_that_cannot_be_deleted_is_deleted_later(
    folder: Path, token_endpoint: FakeTokenEndpoint, tmp_path: Path
) -> None:
    ring = FileKeyring(tmp_path / "ring")
    with open_store(folder, ring) as store:
        store.put(token_endpoint.grant("alex"))
    for _ in range(2):  # the store is usable meanwhile
        with open_store(folder, _Undeletable(tmp_path / "ring")) as store:
            if store.grants():
                store.remove("alex")
            assert 3 == len(ring.entries())
    open_store(folder, ring).close()
    assert {} == ring.entries()
    assert [] == list(folder.glob("*.pending"))


def test_an_empty_secret_need_not_be_kept(
    folder: Path, token_endpoint: FakeTokenEndpoint, tmp_path: Path
) -> None:
    """Some systems return no entry for it."""

    class Emptying(FileKeyring):
        priority = 0.1

        def get_password(self, service: str, username: str) -> str | None:
            return super().get_password(service, username) or None

    with open_store(folder, Emptying(tmp_path / "ring")) as store:
        store.put(token_endpoint.grant("alex")._replace(access=Secret("")))
        assert ["alex"] == [grant.name for grant in store.grants()]
