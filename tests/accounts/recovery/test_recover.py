"""A damaged store is rebuilt: no readable grant is lost, none is invented, and no crash matters."""

import os
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.accounts.conftest import MakeRefresher
from tests.accounts.store.test_migration import contents_of, make_version_1
from tests.support.accounts.failing_sqlite import UPDATE, failing_connection
from tests.support.accounts.fake_token_endpoint import START, FakeClock, FakeTokenEndpoint
from tests.support.accounts.file_keyring import FileKeyring
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Broken, BrokenReason, Grant, Intent
from tokcheck.accounts.recovery import Recovered, State, recover_store
from tokcheck.accounts.recovery.account_names import name_accounts
from tokcheck.accounts.recovery.rebuild import Recovery
from tokcheck.accounts.store import MIGRATIONS, Store, fast_read, hold_lock
from tokcheck.accounts.store.account_file import account_file
from tokcheck.accounts.store.sqlite.replacement import has_replacement
from tokcheck.accounts.store.vaults.keyring_vault import KeyringVault
from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret

NAME = "accounts.sqlite3"
PAGE = 4096
COUNT = 60


class StoreSample(NamedTuple):
    """The files of a store, and its grants by name."""

    files: dict[str, bytes]
    grants: dict[str, Grant]
    removed: tuple[Grant, ...] = ()
    """Grants that a transaction of the log removed: without it, they are there."""

    def __repr__(self) -> str:
        return f"StoreSample({list(self.files)})"

    def write(self, folder: Path) -> Path:
        folder.mkdir(0o700, exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o600)
        return folder / NAME

    def with_damage(self, change: Callable[[bytes], bytes], name: str = NAME) -> "StoreSample":
        return self._replace(files=self.files | {name: change(self.files[name])})

    def readable(self, damaged: "StoreSample") -> set[str]:
        """Return the accounts of which each part stands in unchanged pages alone."""
        return {
            name
            for name, grant in self.grants.items()
            if all(
                sum(data.count(text) for data in self.files.values())
                == sum(
                    count_whole(data, damaged.files[file], text)
                    for file, data in self.files.items()
                )
                > 0
                for text in parts_of(grant)
            )
        }


def parts_of(grant: Grant) -> list[bytes]:
    """Return what identifies the rows of a grant and of its secrets."""
    assert grant.refresh is not None
    secrets = (grant.refresh, grant.access)
    return [grant.name.encode(), *(secret.reveal().encode() for secret in secrets)]


def count_whole(before: bytes, after: bytes, text: bytes) -> int:
    """Return how often a text stands in pages that are unchanged."""
    count, at = 0, before.find(text)
    while at >= 0:
        page = slice(at // PAGE * PAGE, at // PAGE * PAGE + 2 * PAGE)
        count += before[page] == after[page]
        at = before.find(text, at + 1)
    return count


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StoreSample]:
    """A store at rest, and one in use: most of it is still in its log."""
    found = {}
    for kind in ("at rest", "in use"):
        folder = tmp_path_factory.mktemp(kind) / "data"
        endpoint = FakeTokenEndpoint(FakeClock())
        grants = {}
        with Store(folder) as store:
            store.put(endpoint.grant("person-000-y"))
        with ExitStack() as opened:
            store = opened.enter_context(Store(folder))
            store.remove("person-000-y")
            for number in range(COUNT):
                if number == COUNT * 3 // 4:  # what is in the log by now goes into the file
                    opened.pop_all().close()
                    store = opened.enter_context(Store(folder))
                provider = "google-health" if number % 3 == 0 else "fitbit"
                grant = endpoint.grant(f"person-{number:03}-x", provider=provider)
                if number % 10 == 5:  # longer than a page takes
                    grant = grant._replace(access=Secret(grant.access.reveal() * 60))
                store.put(grant)
                grants[grant.name] = grant
            store.remove("person-007-x")
            removed = grants.pop("person-007-x")
            paths = [path for path in folder.iterdir() if path.suffix != ".lock"]
            if kind == "in use":
                files = {p.name: p.read_bytes() for p in paths if not p.name.endswith("-shm")}
        if kind == "at rest":
            files = {NAME: (folder / NAME).read_bytes()}
        found[kind] = StoreSample(files, grants, (removed,))
    return found


def recover(folder: Path) -> Recovery:
    return recover_store(folder, START, patience=0.2)


def whole_names(recovery: Recovery) -> set[str]:
    return {account.name for account in recovery.accounts if account.state is not State.LOST}


def grants_of(folder: Path) -> dict[str, Grant]:
    with Store(folder) as store:
        return {
            account.grant.name: account.grant
            for account in store.accounts()
            if account.broken is None
        }


def tokens_of(grant: Grant) -> tuple[str | None, str]:
    return None if grant.refresh is None else grant.refresh.fingerprint, grant.access.fingerprint


def check_recovery(sample: StoreSample, damaged: StoreSample, folder: Path) -> None:
    """Recover a store, and check that nothing is lost that could be read, or made up."""
    damaged.write(folder)
    try:
        recovery = recover(folder)
    except StoreError as error:
        if "newer version" not in error.message:
            raise
        return
    found = grants_of(folder)
    for name in sample.readable(damaged):
        assert tokens_of(sample.grants[name]) == tokens_of(found[name])
    known = {tokens_of(grant)[0] for grant in (*sample.grants.values(), *sample.removed)}
    assert {tokens_of(grant)[0] for grant in found.values()} <= known
    if not recovery.was_whole:
        assert recovery.kept is not None
        assert damaged.files[NAME] == recovery.kept.read_bytes()
        assert 0o600 == recovery.kept.stat().st_mode & 0o777
    listing = sorted(path.name for path in folder.iterdir())
    assert recover(folder).was_whole
    assert found.keys() == grants_of(folder).keys()
    assert [name for name in listing if "damaged" in name] == [
        path.name for path in sorted(folder.iterdir()) if "damaged" in path.name
    ]


@pytest.fixture(params=["at rest", "in use"])
def sample(request: pytest.FixtureRequest, samples: dict[str, StoreSample]) -> StoreSample:
    return samples[request.param]


def test_a_whole_store_is_not_changed(sample: StoreSample, tmp_path: Path) -> None:
    path = sample.write(tmp_path / "data")
    assert Recovery(path, (), None, was_whole=True) == recover(path.parent)
    assert sample.files == {
        file.name: file.read_bytes()
        for file in path.parent.iterdir()
        if not file.name.endswith(("-shm", ".lock"))
    }


def zero_page(page: int, fill: bytes = b"\0") -> Callable[[bytes], bytes]:
    return lambda data: data[: page * PAGE] + fill * PAGE + data[(page + 1) * PAGE :]


@pytest.mark.untraced
def test_any_one_page_may_be_lost(samples: dict[str, StoreSample], tmp_path: Path) -> None:
    sample = samples["at rest"]
    for page in range(len(sample.files[NAME]) // PAGE):
        for fill in (b"\0", b"\xff", b"x"):
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
    assert Recovered("person-011-x", "fitbit", State.NEEDS_LOGIN) in recovery.accounts
    assert sample.grants.keys() - {"person-011-x"} == grants_of(path.parent).keys()
    with Store(path.parent) as store:
        account = store.account("person-011-x")
    assert account.broken is not None
    assert (BrokenReason.SECRET_LOST, None) == (account.broken.reason, account.grant.refresh)


@pytest.mark.parametrize("others", [0, 1])
def test_a_lost_secret_of_an_application_is_that_of_another_account(
    folder: Path, token_endpoint: FakeTokenEndpoint, others: int
) -> None:
    with Store(folder) as store:
        for name in ("kim", "alex")[: 1 + others]:
            store.put(token_endpoint.grant(name))
        other = token_endpoint.grant("sam", provider="google-health")
        store.put(other._replace(client=other.client._replace(secret=Secret("another"))))
    path = folder / NAME
    path.write_bytes(path.read_bytes().replace(b"1/1/client_secret" + b"5e" * 16, b"\0" * 49))
    recovery = recover(folder)
    state = State.WHOLE if others else State.NO_CLIENT_SECRET
    assert Recovered("kim", "fitbit", state) in recovery.accounts
    secret = grants_of(folder)["kim"].client.secret
    assert ("5e" * 16 if others else None) == (secret and secret.reveal())


@pytest.mark.parametrize("has_lock", ["alex", "axex"])
def test_a_changed_name_is_that_of_the_accounts_files(
    folder: Path, token_endpoint: FakeTokenEndpoint, has_lock: str
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("alex"))
    path = folder / NAME
    path.write_bytes(path.read_bytes().replace(b"alex", b"axex", 1))
    account_file(folder, has_lock, "lock").touch(0o600)
    recover(folder)
    assert {has_lock} == grants_of(folder).keys()


@pytest.mark.parametrize("version", [0, -5, 1000, 2**31 - 1])
def test_a_damaged_version_is_put_right(
    samples: dict[str, StoreSample], tmp_path: Path, version: int
) -> None:
    raw = version.to_bytes(4, "big", signed=True)
    sample = samples["at rest"]
    sample.with_damage(lambda data: data[:60] + raw + data[64:]).write(tmp_path / "data")
    assert not recover(tmp_path / "data").was_whole
    assert sample.grants.keys() == grants_of(tmp_path / "data").keys()


@settings(max_examples=60, deadline=None)
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
@settings(max_examples=60, deadline=None, report_multiple_bugs=False)
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


def eight_accounts(folder: Path, endpoint: FakeTokenEndpoint) -> dict[str, Grant]:
    with Store(folder) as store:
        for number in range(8):
            store.put(endpoint.grant(f"account-{number}"))
        return {grant.name: grant for grant in store.grants()}


def find_row_of(data: bytes, name: str) -> int:
    """Return where the name stands in the row of its account, not in the index of names."""
    match = re.search(name.encode() + rb".{0,2}(fitbit)23TEST", data, re.DOTALL)
    assert match is not None
    return match.start()


def test_an_account_whose_row_is_lost_is_listed(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    grants = eight_accounts(folder, token_endpoint)
    path = folder / NAME
    for name in grants:
        data = bytearray(path.read_bytes())
        at = find_row_of(bytes(data), name)
        data[at - 20 : at + 20] = b"\xff" * 40
        other = folder.with_name(name)
        StoreSample({NAME: bytes(data)}, {}).write(other)
        recovery = recover(other)
        assert Recovered(name, "", State.LOST) in recovery.accounts
        assert grants.keys() == {account.name for account in recovery.accounts}


def test_an_account_is_listed_of_which_only_a_token_is_left(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    eight_accounts(folder, token_endpoint)
    path = folder / NAME
    data = bytearray(path.read_bytes())
    for match in re.finditer(b"account-5", bytes(data)):
        data[match.start() - 20 : match.end()] = b"\xff" * 29
    path.write_bytes(data)
    recovery = recover(folder)
    assert Recovered("", "", State.LOST) in recovery.accounts


@pytest.mark.parametrize("damage", [b"\x1b[2J", b"\xff\xfe\xfdx"])
@pytest.mark.parametrize("is_indexed", [True, False])
def test_an_account_with_a_damaged_name_is_kept(
    folder: Path, token_endpoint: FakeTokenEndpoint, damage: bytes, *, is_indexed: bool
) -> None:
    grants = eight_accounts(folder, token_endpoint)
    path = folder / NAME
    data = path.read_bytes()
    if is_indexed:
        at = find_row_of(data, "account-5")
        data = data[:at] + damage + data[at + 4 :]
    else:
        data = data.replace(b"account-5", damage + b"unt-5")
    path.write_bytes(data)
    recovery = recover(folder)
    name = "account-5" if is_indexed else "recovered-6"
    expected = Recovered(name, "fitbit", State.WHOLE, has_other_name=not is_indexed)
    assert expected in recovery.accounts
    assert 8 == len(recovery.accounts)
    assert tokens_of(grants["account-5"]) == tokens_of(grants_of(folder)[name])


def test_a_damaged_name_of_a_provider_is_put_right(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    grants = eight_accounts(folder, token_endpoint)
    path = folder / NAME
    path.write_bytes(path.read_bytes().replace(b"fitbit23TEST", b"fipbit23TEST", 1))
    recovery = recover(folder)
    assert {("fitbit", State.WHOLE)} == {(one.provider, one.state) for one in recovery.accounts}
    assert {"fitbit"} == {grant.client.provider for grant in grants_of(folder).values()}
    assert grants.keys() == grants_of(folder).keys()


def test_a_changed_secret_of_an_application_is_that_of_the_other_accounts(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    eight_accounts(folder, token_endpoint)
    path = folder / NAME
    data = path.read_bytes().replace(b"5e" * 16, b"5f" + b"5e" * 15, 1)
    path.write_bytes(b"\0" * 16 + data[16:])
    recover(folder)
    secrets = [grant.client.secret for grant in grants_of(folder).values()]
    assert ["5e" * 16] * 8 == [secret and secret.reveal() for secret in secrets]


@pytest.mark.parametrize("is_indexed", [True, False])
def test_no_account_takes_the_name_of_another(
    folder: Path, token_endpoint: FakeTokenEndpoint, *, is_indexed: bool
) -> None:
    grants = eight_accounts(folder, token_endpoint)
    path = folder / NAME
    data = path.read_bytes()
    if is_indexed:
        at = find_row_of(data, "account-3")
        data = data[:at] + b"account-5" + data[at + 9 :]
    else:
        data = data.replace(b"account-3", b"account-5")
    path.write_bytes(data)
    recover(folder)
    found = {name: tokens_of(grant) for name, grant in grants_of(folder).items()}
    expected = {name: tokens_of(grant) for name, grant in grants.items()}
    if not is_indexed:  # nothing says which of the two it is
        expected["recovered-4"] = expected.pop("account-3")
        expected["recovered-6"] = expected.pop("account-5")
    assert expected == found


@settings(max_examples=60)
@given(
    stated=st.dictionaries(st.integers(1, 5), st.sampled_from(["a1", "b2", "c3", "", "0" * 12])),
    indexed=st.dictionaries(
        st.integers(1, 5), st.sets(st.sampled_from(["a1", "b2", "c3", "0" * 12]))
    ),
    files=st.sets(st.sampled_from(["a1", "b2", "0" * 12])),
)
def test_names_are_those_of_one_account_each(
    stated: dict[int, str], indexed: dict[int, set[str]], files: set[str]
) -> None:
    named = name_accounts(stated, indexed, (), files.__contains__)
    assert stated.keys() == named.names.keys()
    known = [*named.names.values(), *filter(None, named.others.values())]
    assert len(known) == len(set(known))
    assert {*stated, *indexed} == {*named.names, *named.others}


def test_an_older_version_is_recovered_into_the_newest(
    tmp_path: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    content = make_version_1(tmp_path / "data", token_endpoint)
    path = tmp_path / "data" / NAME
    path.write_bytes(b"\0" * 16 + path.read_bytes()[16:])
    assert 3 == len(recover(path.parent).accounts)
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
    assert {State.WHOLE} == {account.state for account in recovery.accounts}
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
        assert Recovered("kim", "fitbit", State.FROM_RECOVERY_FILE) in recovery.accounts
        assert b"" == rescue.read_bytes().strip(b"\0")
        grant = grants_of(folder)["kim"]
        assert token_endpoint.knows(grant)
        assert grant.client.secret is not None
        assert ("fitbit", "23TEST", "5e" * 16) == (
            *grant.client[:2],
            grant.client.secret.reveal(),
        )
    with Store(folder) as store:
        assert token_endpoint.knows(make_refresher(store).fresh_grant("kim", inf))


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
    assert (Recovered("kim", "fitbit", State.WHOLE),) == recover(folder).accounts
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
    assert (Recovered("kim", "fitbit", State.WHOLE),) == recover(folder).accounts
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


def lose_file(path: Path, *, is_missing: bool) -> None:
    if is_missing:
        path.unlink()
    else:
        path.write_bytes(b"")


@pytest.fixture
def log_sample(tmp_path: Path) -> StoreSample:
    """A store of eight accounts; each of them was stored again, so its log has all their rows."""
    folder = tmp_path / "log" / "data"
    folder.parent.mkdir()
    endpoint = FakeTokenEndpoint(FakeClock())
    with Store(folder) as store:
        for number in range(40):
            store.put(endpoint.grant(f"person-{number}"))
    with Store(folder) as store:
        grants = {}
        for number in range(40):
            grants[f"person-{number}"] = endpoint.grant(f"person-{number}")
            store.put(grants[f"person-{number}"])
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        del files[f"{NAME}-shm"]
    assert b"" != files[f"{NAME}-wal"]
    return StoreSample(files, grants)


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
    assert {State.WHOLE} == {account.state for account in recovery.accounts}
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
    with pytest.raises(StoreError, match=r"another program|newer version"):
        recover(folder)
    assert found == path.read_bytes()


@pytest.mark.untraced
def test_a_recovery_may_be_killed_at_any_step(
    samples: dict[str, StoreSample], tmp_path: Path
) -> None:
    sample = samples["in use"]
    damaged = sample.with_damage(lambda data: data[:-1] + b"?", f"{NAME}-wal")
    damaged = damaged.with_damage(lambda data: b"\0" * 200 + data[200:], f"{NAME}-wal")
    expected = None
    for step in range(1000):
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
        if found != {"bo": State.WHOLE, "kim": State.NO_ACCESS_TOKEN}:
            wrong.append((place, found))
    assert [] == wrong
