"""A damaged store is rebuilt: every readable grant is kept, and a crash at any step is harmless."""

import os
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from math import inf
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher
from tests.accounts.recovery.conftest import (
    NAME,
    PAGE,
    StoreSample,
    grants_of,
    recover,
    tokens_of,
    zero_page,
)
from tests.accounts.store.test_migration import contents_of, make_version_1
from tests.support.accounts.failing_sqlite import UPDATE, failing_connection
from tests.support.accounts.fake_token_endpoint import START, FakeTokenEndpoint
from tests.support.accounts.vaults.file_keyring import FileKeyring
from tests.support.suite.thoroughness import IS_THOROUGH
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Broken, BrokenReason, Intent
from tokcheck.accounts.recovery import Recovered, RecoveryState
from tokcheck.accounts.recovery.rebuild import Recovery
from tokcheck.accounts.store import MIGRATIONS, Store, hold_lock
from tokcheck.accounts.store.sqlite.replacement import has_replacement
from tokcheck.accounts.store.vaults.keyring_vault import KeyringVault
from tokcheck.core.errors import UsageError


def test_a_whole_store_is_not_changed(sample: StoreSample, tmp_path: Path) -> None:
    path = sample.write(tmp_path / "data")
    assert Recovery(path, (), None, was_whole=True) == recover(path.parent)
    assert sample.files == {
        file.name: file.read_bytes()
        for file in path.parent.iterdir()
        if not file.name.endswith(("-shm", ".lock"))
    }


def test_an_older_version_is_recovered_into_the_newest(
    tmp_path: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    content = make_version_1(tmp_path / "data", token_endpoint)
    path = tmp_path / "data" / NAME
    path.write_bytes(b"\0" * 16 + path.read_bytes()[16:])
    recovery = recover(path.parent)
    assert 3 == len(recovery.accounts)
    assert recovery.is_unchecked, "it has fingerprints of refresh tokens only"
    with Store(path.parent) as store:
        assert content == contents_of(store.accounts())
    with closing(sqlite3.connect(path)) as connection:
        assert (len(MIGRATIONS),) == connection.execute("PRAGMA user_version").fetchone()


def test_every_table_of_the_newest_version_is_recovered(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    with Store(folder) as store:
        for name in ("bo", "cy", "kim", "sam"):
            store.put(token_endpoint.grant(name))
        store.remove("sam")
        store.put(token_endpoint.grant("sam"))
        tokens = {grant.name: grant.refresh for grant in store.grants()}
        bo, cy, kim = (tokens[name] for name in ("bo", "cy", "kim"))
        assert bo is not None
        assert cy is not None
        assert kim is not None
        store.begin("bo", Intent(bo.fingerprint, START, "process 1"))
        store.mark_broken("cy", cy.fingerprint, Broken(START, BrokenReason.REFUSED, "It is old."))
        intent = Intent(kim.fingerprint, START, "process 2")
        store.mark_broken(
            "kim", kim.fingerprint, Broken(START, BrokenReason.INTERRUPTED, intent=intent)
        )
        content = contents_of(store.accounts())
    path = folder / NAME
    tables = _dump(path)
    path.write_bytes(b"\0" * 16 + path.read_bytes()[16:])
    recovery = recover(folder)
    assert {RecoveryState.WHOLE} == {account.state for account in recovery.accounts}
    assert tables == _dump(path)
    with Store(folder) as store:
        assert content == contents_of(store.accounts())


def _dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}")) for name in tables}


def test_tokens_of_a_recovery_file_are_taken_in(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    with Store(folder) as store:
        for name in ("alex", "kim"):
            store.put(token_endpoint.grant(name))
    with (
        Store(folder, connection=failing_connection(UPDATE, UPDATE)) as store,
        pytest.raises(StoreError, match="They are in the account's recovery file"),
    ):
        make_refresher(store).fresh_grant("kim", inf)
    rescue = next(folder.glob("*.rescue"))
    saved = rescue.read_bytes()
    path = folder / NAME
    for damage in (b"\0" * 16 + path.read_bytes()[16:], b"", b"nothing of it is left" * 300):
        path.write_bytes(damage)
        rescue.write_bytes(saved)
        recovery = recover(folder)
        assert Recovered("kim", "fitbit", RecoveryState.FROM_RECOVERY_FILE) in recovery.accounts
        assert b"" == rescue.read_bytes().strip(b"\0")
        grant = grants_of(folder)["kim"]
        assert token_endpoint.would_refresh(grant)
        assert grant.client.secret is not None
        assert ("fitbit", "23TEST", "5e" * 16) == (
            *grant.client[:2],
            grant.client.secret.reveal(),
        )
    with Store(folder) as store:
        assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", inf))


def test_an_older_recovery_file_is_left_alone(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    with (
        Store(folder, connection=failing_connection(UPDATE, UPDATE)) as store,
        pytest.raises(StoreError),
    ):
        make_refresher(store).fresh_grant("kim", inf)
    saved = next(folder.glob("*.rescue")).read_bytes()
    with Store(folder) as store:
        for _ in range(2):
            newest = make_refresher(store).fresh_grant("kim", inf)
    next(folder.glob("*.rescue")).write_bytes(saved)
    path = folder / NAME
    path.write_bytes(b"\0" * 16 + path.read_bytes()[16:])
    assert (Recovered("kim", "fitbit", RecoveryState.WHOLE),) == recover(folder).accounts
    assert tokens_of(newest) == tokens_of(grants_of(folder)["kim"])
    assert saved == next(folder.glob("*.rescue")).read_bytes()


def test_secrets_in_a_keyring_stay_there(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    backend = FileKeyring(folder.with_name("keyring"))

    def vault(connection: sqlite3.Connection) -> KeyringVault:
        connection.execute("INSERT OR REPLACE INTO settings VALUES ('vault', 'keyring')")
        return KeyringVault(connection, backend)

    with Store(folder, vault=vault) as store:
        store.put(token_endpoint.grant("kim"))
        content = contents_of(store.accounts())
    path = folder / NAME
    path.write_bytes(b"\0" * 16 + path.read_bytes()[16:])
    assert (Recovered("kim", "fitbit", RecoveryState.WHOLE),) == recover(folder).accounts
    with Store(folder, vault=vault) as store:
        assert content == contents_of(store.accounts())


def test_a_store_that_is_open_elsewhere_is_followed(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    with Store(folder) as store:
        for name in ("alex", "kim"):
            store.put(token_endpoint.grant(name))
    with Store(folder) as running, Store(folder) as other:
        assert ["alex", "kim"] == [grant.name for grant in other.grants()]
        version = running.data_version()
        path = folder / NAME
        path.write_bytes(path.read_bytes()[:-PAGE])
        assert not recover(folder).was_whole
        assert version != running.data_version()
        fresh = make_refresher(running).fresh_grant("kim", inf)
        assert tokens_of(fresh) == tokens_of(grants_of(folder)["kim"])
        assert tokens_of(fresh) == tokens_of(other.grant("kim"))
    assert tokens_of(fresh) == tokens_of(grants_of(folder)["kim"])


def damage_header(folder: Path) -> None:
    path = folder / NAME
    path.write_bytes(b"\0" * 16 + path.read_bytes()[16:])


@pytest.mark.parametrize("name", ["accounts.lock", "account-1.lock"])
def test_a_recovery_waits_for_who_uses_the_store(
    folder: Path, token_endpoint: FakeTokenEndpoint, name: str
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    damage_header(folder)
    with hold_lock(folder / name, 1), pytest.raises(StoreError, match="in use by another process"):
        recover(folder)
    assert ["kim"] == [account.name for account in recover(folder).accounts]


def test_a_writer_is_waited_for(samples: dict[str, StoreSample], tmp_path: Path) -> None:
    path = samples["at rest"].with_damage(zero_page(5)).write(tmp_path / "data")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="in use by another process"):
            recover(path.parent)
        writer.execute("ROLLBACK")
    assert not recover(path.parent).was_whole


def test_a_store_whose_accounts_were_removed_is_whole(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
        store.remove("kim")
    assert list(folder.glob("account-*.lock"))
    assert recover(folder).was_whole
    with Store(folder) as store:
        assert [] == store.grants()


def test_without_a_store_there_is_nothing_to_recover(folder: Path) -> None:
    with pytest.raises(UsageError, match="There is no store in"):
        recover(folder)
    assert not folder.exists()


@pytest.mark.parametrize("version", [0, len(MIGRATIONS) + 1])
def test_a_whole_file_of_another_program_or_version_is_refused(folder: Path, version: int) -> None:
    folder.mkdir(0o700)
    path = folder / NAME
    path.touch(0o600)
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE music (x)")
        other.execute(f"PRAGMA user_version = {version}")
    found = path.read_bytes()
    with pytest.raises(StoreError, match=r"another program|newer version") as caught:
        recover(folder)
    assert "accounts recover" not in caught.value.hint
    assert found == path.read_bytes()


@pytest.mark.untraced
def test_a_recovery_may_be_killed_at_any_step(
    samples: dict[str, StoreSample], tmp_path: Path
) -> None:
    sample = samples["in use"]
    damaged = sample.with_damage(lambda data: data[:-1] + b"?", f"{NAME}-wal")
    damaged = damaged.with_damage(lambda data: b"\0" * 200 + data[200:], f"{NAME}-wal")
    expected = None
    for step in range(0, 1000, 1 if IS_THOROUGH else 3):
        folder = tmp_path / str(step)
        damaged.write(folder)
        is_done = _killed_at(step, folder)
        if has_replacement(folder / NAME):  # then whoever comes next puts it into place
            assert expected == {name: tokens_of(one) for name, one in grants_of(folder).items()}
        recovery = recover(folder)
        found = {name: tokens_of(grant) for name, grant in grants_of(folder).items()}
        expected = expected or found
        assert expected == found
        kept = [path for path in folder.glob(f"{NAME}.damaged-*") if path.name.endswith("Z")]
        assert 1 == len(kept)
        assert damaged.files[NAME] == kept[0].read_bytes()
        assert not list(folder.glob("*.rebuil*"))
        assert recovery.was_whole or not is_done
        shutil.rmtree(folder)
        if is_done:
            assert step > 10
            break


def _killed_at(step: int, folder: Path) -> bool:
    """Recover in a process that dies at its call number ``step`` of the system; or is done."""
    pid = os.fork()
    if pid == 0:
        left = step

        def count(event: str, args: tuple[object, ...]) -> None:
            nonlocal left
            if event in _STEPS and str(folder) in str(args):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            recover(folder)
        except BaseException:  # noqa: BLE001 - the fork must not continue
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert status in (0, signal.SIGKILL)
    return status == 0


_STEPS = {"open", "os.rename", "os.remove", "os.chmod", "os.listdir", "sqlite3.connect"}
