"""Disks that are full, broken or read-only: nothing is sent too early, and nothing is lost."""

import sqlite3
from contextlib import ExitStack, closing
from math import inf
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher, OpenStore
from tests.support.accounts.failing_sqlite import (
    UPDATE,
    failing_connection,
    file_size_limit,
    recording_connection,
)
from tests.support.accounts.fake_token_endpoint import (
    START,
    FakeClock,
    FakeTokenEndpoint,
    dropped_connection,
    response,
)
from tokcheck.accounts.errors import (
    StoreError,
    busy_error,
    error_from_sqlite,
    error_from_system,
)
from tokcheck.accounts.refresh.recovery_file import SIZE
from tokcheck.accounts.store import MIGRATIONS, Store, TableVault, fast_read, hold_lock
from tokcheck.accounts.store.sqlite.replacement import rebuilt_path
from tokcheck.core.errors import ExitCode, NetError
from tokcheck.storage import ensure_private_folder


@pytest.fixture
def open_store(folder: Path) -> OpenStore:
    """Return a function that opens the store in its file alone, which these tests are about."""
    return lambda: Store(folder)


class Strict(TableVault):
    """A vault that lets no secret into any other file."""

    allows_recovery_file = False


def wal(folder: Path) -> int:
    return (folder / "accounts.sqlite3-wal").stat().st_size


def access(store: Store) -> str:
    return store.grant("kim").access.fingerprint


def test_a_full_disk_before_the_request_stops_the_refresh(
    store: Store, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim"))
    for size in (0, wal(store.folder)):  # the rescue's space, then the intent's
        with file_size_limit(size), pytest.raises(StoreError) as caught:
            make_refresher(store).fresh_grant("kim", inf)
        assert caught.value.message.startswith(("There is no space left", str(store.path)))
        assert "space" in caught.value.hint
        assert ExitCode.COULD_NOT_TELL == caught.value.exit_code
    assert [] == token_endpoint.requests
    make_refresher(store).fresh_grant("kim", inf)


def test_a_read_only_store_stops_the_refresh(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    made: list[sqlite3.Connection] = []
    with Store(folder, connection=recording_connection(made)) as store:
        store.put(token_endpoint.grant("kim"))
        made[0].execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="cannot be opened or written by this user"):
            make_refresher(store).fresh_grant("kim", inf)
        assert [] == token_endpoint.requests
        assert START + 28_800 == make_refresher(store).fresh_grant("kim", 0).expires_at


def test_a_disk_that_fills_up_during_a_refresh_needs_the_recovery_file(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
        make_refresher(store).fresh_grant("kim", inf)  # the space for a rescue is there from now on
        before = access(store)
        with ExitStack() as until:
            token_endpoint.before = lambda: until.enter_context(file_size_limit(wal(folder)))
            with pytest.raises(StoreError) as caught:
                make_refresher(store).fresh_grant("kim", inf)
        token_endpoint.before = lambda: None
        assert "The new tokens of the account kim could not be stored." in str(caught.value)
        assert "They are in the account's recovery file" in caught.value.message
        assert "Then run: tokcheck accounts refresh kim" in caught.value.hint
        assert before == access(store)
    token_endpoint.clock.seconds += 86_400  # far beyond the grace
    with Store(folder) as store:
        grant = make_refresher(store).fresh_grant("kim", 0)
        assert 2 == len(token_endpoint.requests)
        assert token_endpoint.would_refresh(grant)
        assert (None, grant.access.fingerprint) == (store.account("kim").intent, access(store))
    assert bytes(SIZE) == next(folder.glob("*.rescue")).read_bytes()


@pytest.mark.parametrize("vault", [TableVault, Strict])
def test_a_failed_commit_is_retried(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    clock: FakeClock,
    make_refresher: MakeRefresher,
    vault: type[TableVault],
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    with Store(folder, vault=vault, connection=failing_connection(UPDATE)) as store:
        grant = make_refresher(store).fresh_grant("kim", inf)
        assert grant.access.fingerprint == access(store)
    assert ([0.5], 1) == (clock.pauses, len(token_endpoint.requests))
    for rescue in folder.glob("*.rescue"):
        assert bytes(SIZE) == rescue.read_bytes()


def test_a_full_disk_without_a_recovery_file_gets_the_end_of_the_grace(
    store: Store, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    store.put(token_endpoint.grant("kim"))
    with ExitStack() as until:
        token_endpoint.before = lambda: until.enter_context(file_size_limit(0))
        with pytest.raises(StoreError, match="repeats its response until 2026-05-28 20:28 UTC"):
            make_refresher(store).fresh_grant("kim", inf)
    token_endpoint.before = lambda: None
    assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 0))
    assert token_endpoint.requests[0] == token_endpoint.requests[1]


@pytest.mark.parametrize("damage", [b"", b"\0" * 99, b"x" * SIZE, b'{"intent": []}'])
def test_a_damaged_recovery_file_is_ignored(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher, damage: bytes
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    with (
        Store(folder, connection=failing_connection(UPDATE, UPDATE)) as store,
        pytest.raises(StoreError),
    ):
        make_refresher(store).fresh_grant("kim", inf)
    rescue = next(folder.glob("*.rescue"))
    rescue.write_bytes(damage)
    with Store(folder) as store:
        assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 0))
        assert 2 == len(token_endpoint.requests)
        make_refresher(store).fresh_grant("kim", inf)
    assert SIZE <= rescue.stat().st_size


def test_a_recovery_file_of_an_earlier_refresh_is_ignored(
    folder: Path, token_endpoint: FakeTokenEndpoint, clock: FakeClock, make_refresher: MakeRefresher
) -> None:
    token_endpoint.single_use = False  # so that the refresh token is the same both times
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim", provider="google-health"))
    with (
        Store(folder, connection=failing_connection(UPDATE, UPDATE)) as store,
        pytest.raises(StoreError),
    ):
        make_refresher(store).fresh_grant("kim", inf)
    saved = next(folder.glob("*.rescue")).read_bytes()
    with Store(folder) as store:
        make_refresher(store).fresh_grant("kim", inf)
        next(folder.glob("*.rescue")).write_bytes(saved)  # as if it had not been cleared
        clock.seconds += 60
        token_endpoint.faults = [dropped_connection()] * 9
        with pytest.raises(NetError):
            make_refresher(store).fresh_grant("kim", inf)
        before = len(token_endpoint.requests)
        token_endpoint.faults = []
        make_refresher(store).fresh_grant("kim", inf)
        assert before + 1 == len(token_endpoint.requests)


def test_nothing_of_a_long_recovery_file_is_left(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    token_endpoint.faults = [response(200, {"access_token": "a" * 2 * SIZE, "expires_in": 60})]
    with (
        Store(folder, connection=failing_connection(UPDATE, UPDATE)) as store,
        pytest.raises(StoreError),
    ):
        make_refresher(store).fresh_grant("kim", inf)
    with Store(folder) as store:
        assert 2 * SIZE == len(make_refresher(store).fresh_grant("kim", 0).access)
    assert bytes(SIZE) == next(folder.glob("*.rescue")).read_bytes()


def test_a_recovery_file_is_kept_until_the_store_can_be_written(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    for _ in range(3):
        with (
            Store(folder, connection=failing_connection(UPDATE, UPDATE)) as store,
            pytest.raises(StoreError, match="They are in the account's recovery file"),
        ):
            make_refresher(store).fresh_grant("kim", inf)
    with Store(folder) as store:
        assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", 0))
    assert 1 == len(token_endpoint.requests)


def test_without_a_recovery_file_the_provider_repeats_its_response(
    folder: Path, token_endpoint: FakeTokenEndpoint, clock: FakeClock, make_refresher: MakeRefresher
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    with Store(folder, vault=Strict, connection=failing_connection(*[UPDATE] * 20)) as store:
        with pytest.raises(StoreError) as caught:
            make_refresher(store).fresh_grant("kim", inf)
        assert "Fitbit Web API repeats its response until 2026-05-28 20:28 UTC" in str(caught.value)
        assert [0.5, 1.0, 2.0, 4.0, 8.0, 8.0] == clock.pauses
    assert [] == list(folder.glob("*.rescue"))
    with Store(folder, vault=Strict) as store:
        grant = make_refresher(store).fresh_grant("kim", 0)
        assert token_endpoint.requests[0] == token_endpoint.requests[1]
        assert token_endpoint.would_refresh(grant)


def test_a_reusable_refresh_token_is_not_lost(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    token_endpoint.single_use = False
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim", provider="google-health"))
    with (
        Store(folder, vault=Strict, connection=failing_connection(*[UPDATE] * 20)) as store,
        pytest.raises(StoreError, match="The refresh token stays valid"),
    ):
        make_refresher(store).fresh_grant("kim", inf)


def test_a_full_database_is_an_error(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    made: list[sqlite3.Connection] = []
    with Store(folder, connection=recording_connection(made)) as store:
        store.put(token_endpoint.grant("kim"))
        pages = made[0].execute("PRAGMA page_count").fetchone()[0]
        made[0].execute(f"PRAGMA max_page_count = {pages}")
        token_endpoint.faults = [response(200, {"access_token": "a" * 9000, "expires_in": 60})]
        with pytest.raises(StoreError, match="There is no space left to write to"):
            make_refresher(store).fresh_grant("kim", inf)
    with Store(folder) as store:
        assert 9000 == len(make_refresher(store).fresh_grant("kim", 0).access)


@pytest.mark.parametrize("damage", [b"this is no database" * 300, None])
def test_a_damaged_store_is_not_changed(
    folder: Path, token_endpoint: FakeTokenEndpoint, damage: bytes | None
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    path = folder / "accounts.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(damage or whole[:4096] + b"\xff" * (len(whole) - 4096))
    found = path.read_bytes()
    with pytest.raises(StoreError, match="is damaged, and nothing was changed") as caught:
        Store(folder).grants()
    assert caught.value.hint.endswith("tokcheck accounts recover")
    assert found == path.read_bytes()


@pytest.mark.parametrize("trace", ["account-1.lock", "account-1.rescue", "accounts.sqlite3-wal"])
def test_an_empty_store_beside_what_accounts_left_is_damaged(folder: Path, trace: str) -> None:
    ensure_private_folder(folder)
    path = folder / "accounts.sqlite3"
    for file in (path, folder / trace):
        file.touch(0o600)
    (folder / trace).write_bytes(b"x")
    with pytest.raises(StoreError, match="is damaged: it is empty, though") as caught:
        Store(folder)
    assert caught.value.hint.endswith("tokcheck accounts recover")
    assert None is fast_read.read_fresh_token(str(folder), "kim", 0, START)
    assert (b"", b"x") == (path.read_bytes(), (folder / trace).read_bytes())
    path.unlink()
    with pytest.raises(StoreError, match="is damaged: it is missing, though"):
        Store(folder)
    assert not path.exists()


def test_a_store_that_had_an_account_is_no_new_one(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    (folder / "accounts.sqlite3").write_bytes(b"")
    with pytest.raises(StoreError, match="is damaged"):
        Store(folder)


def test_an_empty_file_without_accounts_becomes_a_store(folder: Path) -> None:
    ensure_private_folder(folder)
    (folder / "accounts.sqlite3").touch(0o600)
    with Store(folder) as store:
        assert [] == store.accounts()


def test_a_file_of_another_program_is_refused_unchanged(folder: Path) -> None:
    ensure_private_folder(folder)
    path = folder / "accounts.sqlite3"
    for version in (-1, 0, 1, len(MIGRATIONS)):
        path.unlink(missing_ok=True)
        path.touch(0o600)
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE grants (x)")
        other.execute(f"PRAGMA user_version = {version}")
        other.close()
        found = path.read_bytes()
        with pytest.raises(StoreError, match="the data that tokcheck needs") as caught:
            Store(folder).grants()
        assert "TOKCHECK_HOME" in caught.value.hint
        if version < 1:
            assert found == path.read_bytes()


def test_a_locked_store_is_an_error(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    made: list[sqlite3.Connection] = []
    with (
        Store(folder, connection=recording_connection(made)),
        Store(folder, patience=0.01) as other,
    ):
        made[0].execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="in use by another process"):
            other.put(token_endpoint.grant("kim"))
        made[0].execute("ROLLBACK")
        other.put(token_endpoint.grant("kim"))


def test_opening_waits_for_the_process_that_creates_the_store(folder: Path) -> None:
    ensure_private_folder(folder)
    with (
        hold_lock(folder / "accounts.lock", 1),
        pytest.raises(StoreError, match="in use by another process"),
    ):
        Store(folder, patience=0.01)
    Store(folder, patience=0.01).close()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_FULL])
def test_a_full_disk_has_several_error_codes(tmp_path: Path, code: int) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    assert (
        error_from_sqlite(error, tmp_path / "x").message
        == f"There is no space left to write to {tmp_path}."
    )


def test_other_errors_are_reported_without_their_text(tmp_path: Path) -> None:
    ensure_private_folder(tmp_path / "data")
    for error in (
        error_from_sqlite(sqlite3.OperationalError("value 5e5e5e5e"), tmp_path),
        error_from_system(OSError(5, "Input/output error"), tmp_path),
        error_from_system(OSError("5e5e5e5e"), tmp_path),
        error_from_system(OSError(30, "Read-only file system"), tmp_path),
    ):
        assert str(tmp_path) in error.message
        assert "5e5e" not in error.message + error.hint
        assert error.hint


def test_a_replacement_that_cannot_be_opened_yet_is_followed_by_the_next_call(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    refusals = [busy_error(folder)]
    calls = 0

    def make_vault(connection: sqlite3.Connection) -> TableVault:
        nonlocal calls
        calls += 1
        if calls > 1 and refusals:
            raise refusals.pop()
        return TableVault(connection)

    with Store(folder, vault=make_vault) as store:
        store.put(token_endpoint.grant("kim"))
        store.data_version()
        with closing(sqlite3.connect(rebuilt_path(store.path))) as copy:
            with closing(sqlite3.connect(store.path)) as source:
                source.backup(copy)
            copy.execute("PRAGMA journal_mode = WAL")
        rebuilt_path(store.path).chmod(0o600)
        with pytest.raises(StoreError, match="in use by another process"):
            store.grants()
        assert ["kim"] == [grant.name for grant in store.grants()]


def test_a_file_that_another_process_has_open_is_in_use() -> None:
    error = PermissionError(13, "Access is denied")
    error.winerror = 32  # type: ignore[attr-defined,unused-ignore]
    assert busy_error(Path("x")).message == error_from_system(error, Path("x")).message
