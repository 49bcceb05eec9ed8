"""A database file that is lost, or the log of one that is damaged."""

from functools import partial
from pathlib import Path

import pytest

from tests.accounts.recovery.conftest import (
    NAME,
    StoreSample,
    grants_of,
    lose_file,
    recover,
    tokens_of,
    whole_names,
)
from tests.support.accounts.fake_token_endpoint import START, FakeTokenEndpoint
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.recovery import RecoveryState
from tokcheck.accounts.store import Store, fast_read


@pytest.mark.parametrize("is_missing", [True, False])
def test_a_lost_file_beside_its_log_is_recovered_from_the_log(
    log_sample: StoreSample, tmp_path: Path, *, is_missing: bool
) -> None:
    path = log_sample.write(tmp_path / "data")
    log = path.with_name(f"{NAME}-wal")
    lose_file(path, is_missing=is_missing)
    with pytest.raises(StoreError, match="files of accounts") as raised:
        Store(path.parent)
    assert "tokcheck accounts recover" in raised.value.hint
    assert log_sample.files[log.name] == log.read_bytes()
    assert is_missing != path.exists()
    recovery = recover(path.parent)
    assert {RecoveryState.WHOLE} == {account.state for account in recovery.accounts}
    assert {name: tokens_of(grant) for name, grant in log_sample.grants.items()} == {
        name: tokens_of(grant) for name, grant in grants_of(path.parent).items()
    }
    assert recovery.kept is not None
    kept_log = recovery.kept.with_name(f"{recovery.kept.name}-wal")
    assert log_sample.files[log.name] == kept_log.read_bytes()
    assert recover(path.parent).was_whole


@pytest.mark.parametrize("is_missing", [True, False])
@pytest.mark.parametrize("trace", [f"{NAME}-wal", "account-1.lock", "account-1.rescue"])
def test_a_lost_file_beside_any_trace_is_not_a_new_store(
    folder: Path, trace: str, *, is_missing: bool
) -> None:
    folder.mkdir(0o700)
    path = folder / NAME
    path.touch(0o600)
    lose_file(path, is_missing=is_missing)
    (folder / trace).touch(0o600)
    (folder / trace).write_bytes(b"something")
    for _ in range(2):
        with pytest.raises(StoreError, match="files of accounts"):
            Store(folder)
    assert b"something" == (folder / trace).read_bytes()
    assert () == recover(folder).accounts
    with Store(folder) as store:
        assert [] == store.grants()


@pytest.mark.parametrize("is_missing", [True, False])
def test_an_open_store_whose_file_is_lost_is_not_written(
    folder: Path, token_endpoint: FakeTokenEndpoint, *, is_missing: bool
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
        path = folder / NAME
        content = path.read_bytes()
        lose_file(path, is_missing=is_missing)
        for use in (store.grants, store.data_version, partial(store.remove, "kim")):
            with pytest.raises(StoreError, match="files of accounts"):
                use()
        assert is_missing != path.exists()
        path.write_bytes(content)
        path.chmod(0o600)
        assert ["kim"] == [grant.name for grant in store.grants()]


def test_no_command_but_recover_opens_a_store_with_a_damaged_log(
    samples: dict[str, StoreSample], tmp_path: Path
) -> None:
    sample = samples["in use"]
    log = f"{NAME}-wal"
    size = len(sample.files[log])
    folder = tmp_path / "data"
    wrong = []
    for position in range(32, size // 2, max(1, size // 50)):

        def flip(data: bytes, position: int = position) -> bytes:
            return data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]

        damaged = sample.with_damage(flip, log)
        path = damaged.write(folder)
        token = fast_read.read_fresh_token(str(folder), "person-001-x", 0.0, START)
        with pytest.raises(StoreError, match="-wal, the log of the store, is damaged") as caught:
            Store(folder)
        after = {name: (folder / name).read_bytes() for name in damaged.files}
        if token or after != damaged.files or "accounts recover" not in caught.value.hint:
            wrong.append(position)
        if position == 32:
            readable = sample.readable(damaged)
            assert readable <= whole_names(recover(folder))
            path.with_name(log).unlink(missing_ok=True)
    assert [] == wrong


def test_a_log_that_ends_within_a_transaction_is_not_damaged(
    samples: dict[str, StoreSample], tmp_path: Path
) -> None:
    sample = samples["in use"].with_damage(lambda data: data[:-100], f"{NAME}-wal")
    with Store(sample.write(tmp_path / "data").parent) as store:
        assert store.accounts()
