"""Damage of any page, header or byte of the database costs only the grants that it hits."""

import re
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.accounts.recovery.conftest import (
    NAME,
    PAGE,
    StoreSample,
    check_recovery,
    grants_of,
    recover,
    tokens_of,
    whole_names,
    zero_page,
)
from tests.support.accounts.fake_token_endpoint import FakeTokenEndpoint
from tests.support.suite.thoroughness import IS_THOROUGH, inputs
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import BrokenReason
from tokcheck.accounts.recovery import Recovered, RecoveryState
from tokcheck.accounts.store import Store


@pytest.mark.untraced
def test_any_one_page_may_be_lost(samples: dict[str, StoreSample], tmp_path: Path) -> None:
    sample = samples["at rest"]
    for page in range(len(sample.files[NAME]) // PAGE):
        for fill in (b"\0", b"\xff", b"x") if IS_THOROUGH else (b"\0x\xff"[page % 3 :][:1],):
            damaged = sample.with_damage(zero_page(page, fill))
            check_recovery(sample, damaged, tmp_path / f"{page}-{fill.hex()}")


def _first_bytes(end: int, data: bytes) -> bytes:
    return data[:end]


@pytest.mark.untraced
def test_a_store_may_be_cut_anywhere(samples: dict[str, StoreSample], tmp_path: Path) -> None:
    sample = samples["at rest"]
    size = len(sample.files[NAME])
    for end in {*range(0, size, PAGE), 1, 99, 100, 200, PAGE + 7, size - 1}:
        damaged = sample.with_damage(partial(_first_bytes, end))
        folder = tmp_path / str(end)
        damaged.write(folder)
        if end == 0:
            (folder / "account-1.lock").touch(0o600)
        recovery = recover(folder)
        assert not recovery.was_whole
        cut = sample.files[NAME][:end]
        for name in sample.grants:
            row = re.search(name.encode() + rb".{1,2}(fitbit|google-health)23TEST", cut, re.DOTALL)
            if row is not None and row.start() < end // PAGE * PAGE:
                assert name in whole_names(recovery)
        assert grants_of(folder).keys() <= sample.grants.keys()


@pytest.mark.parametrize("header", [b"\0" * 100, b"x" * 100, b"SQLite format 4\0", b"\0" * 16])
def test_a_wrong_header_loses_nothing(sample: StoreSample, tmp_path: Path, header: bytes) -> None:
    damaged = sample.with_damage(lambda data: header + data[len(header) :])
    damaged.write(tmp_path / "data")
    recovery = recover(tmp_path / "data")
    if recovery.was_whole:  # the whole first page is in the log
        assert "accounts.sqlite3-wal" in sample.files
    assert {name: tokens_of(grant) for name, grant in sample.grants.items()} == {
        name: tokens_of(grant) for name, grant in grants_of(tmp_path / "data").items()
    }


@pytest.mark.parametrize("size", [512, 1024, 8192, 65536])
def test_a_wrong_size_of_a_page_loses_nothing(
    samples: dict[str, StoreSample], tmp_path: Path, size: int
) -> None:
    value = (1 if size == 65536 else size).to_bytes(2, "big")
    sample = samples["at rest"]
    sample.with_damage(lambda data: data[:16] + value + data[18:]).write(tmp_path / "data")
    assert not recover(tmp_path / "data").was_whole
    assert sample.grants.keys() == grants_of(tmp_path / "data").keys()


def test_a_lost_index_is_made_again(samples: dict[str, StoreSample], tmp_path: Path) -> None:
    sample = samples["at rest"]
    path = sample.write(tmp_path / "data")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for (root,) in connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'grants'"
        ).fetchall():
            with path.open("r+b") as file:
                file.seek((root - 1) * PAGE)
                file.write(bytes([10, 0, 0, 0, 0, 16, 0, 0]))  # an empty one
    assert not recover(path.parent).was_whole
    assert sample.grants.keys() == grants_of(path.parent).keys()
    with closing(sqlite3.connect(path)) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()


def test_a_changed_token_is_not_taken_for_the_grant(
    samples: dict[str, StoreSample], tmp_path: Path
) -> None:
    sample = samples["at rest"]
    grant = sample.grants["person-011-x"]
    assert grant.refresh is not None
    raw = grant.refresh.reveal().encode()
    other = (b"0" if raw[:1] != b"0" else b"1") + raw[1:]
    path = sample.with_damage(lambda data: data.replace(raw, other)).write(tmp_path / "data")
    recovery = recover(path.parent)
    assert Recovered("person-011-x", "fitbit", RecoveryState.NEEDS_LOGIN) in recovery.accounts
    assert sample.grants.keys() - {"person-011-x"} == grants_of(path.parent).keys()
    with Store(path.parent) as store:
        account = store.account("person-011-x")
    assert account.broken is not None
    assert (BrokenReason.SECRET_LOST, None) == (account.broken.reason, account.grant.refresh)


@pytest.mark.parametrize("version", [0, -5, 1000, 2**31 - 1])
def test_a_damaged_version_is_put_right(
    samples: dict[str, StoreSample], tmp_path: Path, version: int
) -> None:
    raw = version.to_bytes(4, "big", signed=True)
    sample = samples["at rest"]
    sample.with_damage(lambda data: data[:60] + raw + data[64:]).write(tmp_path / "data")
    if version <= 0:  # another number may be that of a newer version
        with pytest.raises(StoreError, match="another program") as caught:
            Store(tmp_path / "data")
        assert "tokcheck accounts recover" in caught.value.hint
    assert not recover(tmp_path / "data").was_whole
    assert sample.grants.keys() == grants_of(tmp_path / "data").keys()


@settings(max_examples=inputs(60), deadline=None)
@example(changes=[(60, 128)])  # the version
@given(changes=st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 255)), min_size=1))
def test_any_damage_is_an_error_that_names_the_next_step(
    samples: dict[str, StoreSample], changes: list[tuple[int, int]]
) -> None:
    data = bytearray(samples["at rest"].files[NAME])
    for position, mask in changes:
        data[position % len(data)] ^= mask
    with TemporaryDirectory() as folder:
        path = StoreSample({NAME: bytes(data)}, {}).write(Path(folder) / "data")
        try:
            with Store(path.parent) as store:
                store.accounts()
        except StoreError as error:
            assert "recover" in error.hint or "newer version" in error.message  # noqa: PT017 - or none


_CHANGES = st.lists(
    st.tuples(st.integers(0, 10**7), st.integers(1, 255), st.sampled_from([1, 1, 1, 8, 600])),
    min_size=1,
    max_size=6,
)


@example(kind="in use", changes=[(0, 1, 600)], where="accounts.sqlite3-wal")
@example(kind="at rest", changes=[(19, 1, 1)], where=NAME)
@example(kind="at rest", changes=[(18, 2, 1)], where=NAME)
@settings(max_examples=inputs(60), deadline=None, report_multiple_bugs=False)
@given(
    kind=st.sampled_from(["at rest", "in use"]),
    changes=_CHANGES,
    where=st.sampled_from([NAME, f"{NAME}-wal"]),
)
def test_random_damage_loses_only_what_it_hits(
    samples: dict[str, StoreSample], kind: str, changes: list[tuple[int, int, int]], where: str
) -> None:
    sample = samples[kind]
    name = where if where in sample.files else NAME

    def flip(data: bytes) -> bytes:
        changed = bytearray(data)
        for position, mask, length in changes:
            for at in range(position % len(data), min(position % len(data) + length, len(data))):
                changed[at] ^= mask
        return bytes(changed)

    with TemporaryDirectory() as folder:
        if name != NAME:  # SQLite itself ignores what stands behind a damaged frame
            sample.with_damage(flip, name).write(Path(folder))
            Path(folder).chmod(0o700)
            recovery = recover(Path(folder))
            known = {tokens_of(grant)[0] for grant in (*sample.grants.values(), *sample.removed)}
            assert {tokens_of(one)[0] for one in grants_of(Path(folder)).values()} <= known
            assert recovery.was_whole or recover(Path(folder)).was_whole
            return
        check_recovery(sample, sample.with_damage(flip, name), Path(folder) / "data")


@settings(max_examples=30, deadline=None)
@given(data=st.binary(max_size=3 * PAGE) | st.binary(max_size=200).map(lambda data: data * 50))
def test_any_content_is_recovered_or_refused(data: bytes) -> None:
    with TemporaryDirectory() as home:
        sample = StoreSample({NAME: data, "account-1.lock": b""}, {})
        sample.write(Path(home) / "data")
        assert not recover(Path(home) / "data").was_whole
        assert {} == grants_of(Path(home) / "data")
        assert recover(Path(home) / "data").was_whole


def test_a_flipped_bit_in_any_secret_is_seen(
    tmp_path: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    folder = tmp_path / "data"
    with Store(folder) as store:
        for name in ("bo", "kim"):
            store.put(token_endpoint.grant(name, provider="google-health"))
        access = store.grant("kim").access.reveal().encode()
    path = folder / NAME
    whole = path.read_bytes()
    wrong = []
    for place in range(0, len(access), 7):
        at = whole.index(access) + place
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = {one.name: one.state for one in recover(folder).accounts}
        if found != {"bo": RecoveryState.WHOLE, "kim": RecoveryState.NO_ACCESS_TOKEN}:
            wrong.append((place, found))
    assert [] == wrong
