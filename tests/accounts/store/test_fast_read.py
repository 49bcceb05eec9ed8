"""The fast read path returns what the store would return, and nothing else."""

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounts.conftest import OpenStore
from tests.support.accounts.fake_token_endpoint import START, FakeTokenEndpoint
from tokcheck.accounts.grant import Broken, BrokenReason, Intent
from tokcheck.accounts.store import MIGRATIONS, Store, fast_read
from tokcheck.core.secret import Secret


@pytest.fixture
def open_store(folder: Path) -> OpenStore:
    """Return a function that opens the store in its file alone, which these tests are about."""
    return lambda: Store(folder)


def _raw(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def test_it_reads_the_current_version_of_the_store() -> None:
    assert (len(MIGRATIONS),) in fast_read.VERSIONS


def test_a_token_is_found_while_it_is_valid_for_long_enough(
    store: Store, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("alex", left=100)
    store.put(grant)
    folder = str(store.folder)
    assert grant.access.reveal() == _raw(fast_read.read_fresh_token(folder, "alex", 99, START))
    assert None is fast_read.read_fresh_token(folder, "alex", 100, START)
    assert None is fast_read.read_fresh_token(folder, "sam", 0, START)
    assert None is fast_read.read_fresh_token(folder, "\udc80", 0, START)


def test_an_unknown_expiry_gives_none(store: Store, token_endpoint: FakeTokenEndpoint) -> None:
    store.put(token_endpoint.grant("alex")._replace(expires_at=None))
    assert None is fast_read.read_fresh_token(str(store.folder), "alex", 0, START)


def test_an_unfinished_refresh_gives_none(store: Store, token_endpoint: FakeTokenEndpoint) -> None:
    grant = token_endpoint.grant("alex")
    assert grant.refresh is not None
    store.put(grant)
    store.begin("alex", Intent(grant.refresh.fingerprint, START, "process 1"))
    assert None is fast_read.read_fresh_token(str(store.folder), "alex", 0, START)


def test_a_broken_grant_gives_none(store: Store, token_endpoint: FakeTokenEndpoint) -> None:
    grant = token_endpoint.grant("alex")
    assert grant.refresh is not None
    store.put(grant)
    store.mark_broken("alex", grant.refresh.fingerprint, Broken(START, BrokenReason.REFUSED))
    assert None is fast_read.read_fresh_token(str(store.folder), "alex", 0, START)


def test_a_missing_token_gives_none(store: Store, token_endpoint: FakeTokenEndpoint) -> None:
    store.put(token_endpoint.grant("alex")._replace(access=Secret("")))
    assert None is fast_read.read_fresh_token(str(store.folder), "alex", 0, START)


def test_the_owners_of_tokens_are_found(store: Store, token_endpoint: FakeTokenEndpoint) -> None:
    grants = [token_endpoint.grant("alex"), token_endpoint.grant("sam")]
    for grant in grants:
        store.put(grant)
    alex, sam = grants
    assert sam.refresh is not None
    digests = [
        hashlib.sha256(each.reveal().encode()).digest() for each in (alex.access, sam.refresh)
    ]
    folder = str(store.folder)
    expected = dict(zip(digests, ("alex", "sam"), strict=True))
    assert expected == fast_read.read_token_owners(folder, {*digests, b"other"})
    assert {} == fast_read.read_token_owners(folder, {b"other"})
    assert {} == fast_read.read_token_owners(f"{folder}/missing", set(digests))
    store.folder.chmod(0o755)
    assert {} == fast_read.read_token_owners(folder, set(digests))
    store.folder.chmod(0o700)


def test_a_store_of_another_version_gives_none(
    store: Store, token_endpoint: FakeTokenEndpoint
) -> None:
    store.put(token_endpoint.grant("alex"))
    with store._database.writing() as connection:  # noqa: SLF001 - as a newer one would
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    assert None is fast_read.read_fresh_token(str(store.folder), "alex", 0, START)


def test_no_file_is_created(tmp_path: Path) -> None:
    assert None is fast_read.read_fresh_token(str(tmp_path / "none"), "alex", 0, START)
    tmp_path.chmod(0o700)
    assert None is fast_read.read_fresh_token(str(tmp_path), "alex", 0, START)
    assert [] == list(tmp_path.iterdir())


def test_wide_modes_links_and_damage_give_none(
    store: Store, token_endpoint: FakeTokenEndpoint
) -> None:
    store.put(token_endpoint.grant("alex"))
    folder = str(store.folder)
    store.path.chmod(0o640)
    assert None is fast_read.read_fresh_token(folder, "alex", 0, START)
    store.path.chmod(0o600)
    store.folder.chmod(0o750)
    assert None is fast_read.read_fresh_token(folder, "alex", 0, START)
    store.folder.chmod(0o700)
    for ending in ("-wal", "-shm"):
        beside = store.path.with_name(store.path.name + ending)
        beside.chmod(0o604)
        assert None is fast_read.read_fresh_token(folder, "alex", 0, START)
        beside.chmod(0o600)
    assert None is not fast_read.read_fresh_token(folder, "alex", 0, START)
    link = store.folder.parent / "link"
    link.symlink_to(store.folder)
    assert None is fast_read.read_fresh_token(str(link), "alex", 0, START)
    store.close()
    store.path.write_bytes(os.urandom(8192))
    assert None is fast_read.read_fresh_token(folder, "alex", 0, START)


@given(
    jump=st.integers(-10 * 86_400, 10 * 86_400),
    left=st.none() | st.integers(-100, 100_000),
    min_ttl=st.integers(0, 3_600),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_knows_of_the_same_expiry_as_the_store_after_the_clock_was_set(
    store: Store,
    token_endpoint: FakeTokenEndpoint,
    jump: float,
    left: float | None,
    min_ttl: float,
) -> None:
    now = START - jump
    grant = token_endpoint.grant("alex")._replace(
        obtained_at=START, expires_at=None if left is None else START + left
    )
    store.put(grant)
    is_fresh = store.account("alex").needs_no_refresh(min_ttl, now)
    token = fast_read.read_fresh_token(str(store.folder), "alex", min_ttl, now)
    assert is_fresh == (token is not None)
    assert not is_fresh or jump <= 60
