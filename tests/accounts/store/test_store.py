"""The store: reading, writing, concurrent use, versions and vaults."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.accounts.conftest import OpenStore
from tests.support.accounts.failing_sqlite import failing_connection, recording_connection
from tests.support.accounts.fake_token_endpoint import START, FakeTokenEndpoint
from tests.support.accounts.vaults.vault_in_memory import VaultInMemory
from tests.support.paths import ROOT
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Broken, BrokenReason, Grant, Intent
from tokcheck.accounts.grant_errors import explain
from tokcheck.accounts.refresh.recovery_file import RecoveryFile
from tokcheck.accounts.store import MIGRATIONS, Store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.core.errors import UsageError

if TYPE_CHECKING:
    import sqlite3

ADDED = (*MIGRATIONS, ("ALTER TABLE grants ADD COLUMN note TEXT", "UPDATE grants SET note = 'x'"))


def raw(grant: Grant) -> list[object]:
    """Return all fields with their secrets' texts, to compare."""
    secrets = (grant.client.secret, grant.access, grant.refresh)
    return [secret and secret.reveal() for secret in secrets] + [*grant[4:], *grant.client[:2]]


def texts(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_a_stored_grant_is_read_unchanged(
    open_store: OpenStore, token_endpoint: FakeTokenEndpoint
) -> None:
    whole = token_endpoint.grant("kim")._replace(refresh_expires_at=START + 0.25)
    bare = whole._replace(
        name="bo b",
        client=whole.client._replace(secret=None),
        refresh=None,
        expires_at=None,
        scopes=(),
        user_id=None,
    )
    with open_store() as store:
        store.put(whole)
        store.put(bare)
    with open_store() as store:
        assert ["bo b", "kim"] == [grant.name for grant in store.grants()]
        assert raw(whole) == raw(store.grant("kim"))
        assert raw(bare) == raw(store.grant("bo b"))


def test_accounts_are_read_by_the_page(
    open_store: OpenStore, token_endpoint: FakeTokenEndpoint
) -> None:
    names = ["anna", "Bob", "ben", "eve", "kim"]
    with open_store() as store:
        for name in names:
            store.put(token_endpoint.grant(name))
        store.put(token_endpoint.grant("kim")._replace(refresh=None))
        everything = store.accounts()
        for count in (1, 2, 5, 9):
            found = store.page("", count)
            while len(found) % count == 0 and (more := store.page(found[-1].grant.name, count)):
                assert len(more) <= count
                found += more
            assert [raw(one.grant) for one in everything] == [raw(one.grant) for one in found]
        assert [] == store.page(everything[-1].grant.name, 3)


def test_a_replaced_grant_leaves_no_trace(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    old, new = token_endpoint.grant("kim"), token_endpoint.grant("kim")
    with Store(folder) as store:
        store.put(old)
        store.put(new)
        assert raw(new) == raw(store.grant("kim"))
    assert old.refresh is not None
    assert old.refresh.reveal().encode() not in texts(folder)


def test_a_removed_account_leaves_no_trace(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    grant = token_endpoint.grant("kim")
    assert grant.refresh is not None
    intent = Intent(grant.refresh.fingerprint, START, "process 1")
    with Store(folder) as store:
        store.put(grant)
        store.begin("kim", intent)
        recovery_file = RecoveryFile(folder, "kim")
        recovery_file.reserve()
        recovery_file.save(intent, grant)
        assert grant.refresh.reveal().encode() in texts(folder)
        store.remove("kim")
        assert [] == store.accounts()
        with pytest.raises(UsageError, match="There is no account 'kim'"):
            store.remove("kim")
    found = texts(folder)
    for secret in (grant.access, grant.refresh):
        assert secret.reveal().encode() not in found


def test_an_invalid_name_is_not_stored(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    with pytest.raises(UsageError, match="it is empty"):
        store.put(token_endpoint.grant(""))
    assert [] == store.grants()


def test_an_unknown_name_gets_the_known_ones(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    def hint(name: str) -> str:
        with pytest.raises(UsageError, match="There is no account") as caught:
            store.grant(name)
        return caught.value.hint

    assert (
        f"There are no accounts yet in {store.place}. To add one: tokcheck login --help"
    ) == hint("kim")
    for number in range(21):
        store.put(token_endpoint.grant(f"p-{number:03d}"))
    listed = ", ".join(f"p-{number:03d}" for number in range(20))
    expected = f"The accounts are: {listed} and 1 more. To list all: tokcheck accounts list"
    assert expected == hint("kim")
    assert expected == hint("\udcff")
    for name in ("Kim O'Hara", "Kim Ohara"):
        store.put(token_endpoint.grant(name))
    assert hint("kim ohara").startswith("Did you mean Kim Ohara or Kim O'Hara? The accounts are: ")
    assert hint("p-20").startswith("Did you mean p-020? The accounts are:")


def test_two_accounts_cannot_have_one_refresh_token(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("kim")
    store.put(grant)
    with pytest.raises(UsageError, match="The account kim has this refresh token already"):
        store.put(grant._replace(name="bo"))
    assert ["kim"] == [stored.name for stored in store.grants()]
    store.put(grant._replace(name="bo", refresh=None))
    store.put(grant._replace(name="cy", refresh=None))


def test_an_intent_is_kept_with_the_same_grant_but_not_with_another(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("kim")
    store.put(grant)
    assert grant.refresh is not None
    intent = Intent(grant.refresh.fingerprint, START, "process 1")
    assert store.begin("kim", intent)
    store.put(grant)
    assert intent == store.account("kim").intent
    store.put(token_endpoint.grant("kim"))
    assert None is store.account("kim").intent


def test_a_refresh_of_a_replaced_token_changes_nothing(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("kim")
    store.put(grant)
    strange = Intent("0" * 12, START, "process 1")
    assert not store.begin("kim", strange)
    assert not store.begin("nobody", strange)
    assert not store.finish("0" * 12, grant)
    assert not store.mark_broken("kim", "0" * 12, Broken(START, BrokenReason.REFUSED))
    store.withdraw("kim", "0" * 12)
    assert grant.refresh is not None
    assert not store.finish(grant.refresh.fingerprint, token_endpoint.grant("kim"))  # never begun
    account = store.account("kim")
    assert (1, None, None) == (account.revision, account.intent, account.broken)


def test_the_reason_of_a_broken_grant_is_stored(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("kim")
    store.put(grant)
    assert grant.refresh is not None
    broken = Broken(START, BrokenReason.REFUSED, "It was revoked.")
    assert store.mark_broken("kim", grant.refresh.fingerprint, broken)
    assert [broken] == [account.broken for account in store.accounts()]


def test_each_commit_is_synced_to_the_disk(folder: Path) -> None:
    made: list[sqlite3.Connection] = []
    with Store(folder, connection=recording_connection(made)):
        settings = {
            name: made[0].execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1} == (
        settings
    )


def test_an_older_store_is_migrated_with_its_content(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    grant = token_endpoint.grant("kim")
    with Store(folder) as store:
        store.put(grant)
    made: list[sqlite3.Connection] = []
    with Store(folder, migrations=ADDED, connection=recording_connection(made)) as store:
        assert raw(grant) == raw(store.grant("kim"))
        assert "x" == made[0].execute("SELECT note FROM grants").fetchone()[0]
        store.put(token_endpoint.grant("kim"))


def test_a_failed_migration_changes_nothing(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    with Store(folder) as store:
        store.put(token_endpoint.grant("kim"))
    with pytest.raises(StoreError):
        Store(folder, migrations=(*MIGRATIONS, (*ADDED[-1], "SELECT nothing FROM nowhere")))
    with Store(folder) as store:
        assert ["kim"] == [grant.name for grant in store.grants()]


def test_a_store_of_a_newer_version_is_refused_unchanged(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    with Store(folder, migrations=ADDED) as store:
        store.put(token_endpoint.grant("kim"))
    before = (folder / "accounts.sqlite3").read_bytes()
    with pytest.raises(
        StoreError, match=rf"newer version of tokcheck \(version {len(ADDED)}"
    ) as caught:
        Store(folder)
    assert "Update tokcheck" in caught.value.hint
    assert before == (folder / "accounts.sqlite3").read_bytes()


def test_several_threads_can_share_a_store(
    store: GrantStore, token_endpoint: FakeTokenEndpoint
) -> None:
    grants = [token_endpoint.grant(f"kim {number}") for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.put, grants))
        assert [20] * 20 == list(pool.map(lambda _: len(store.grants()), grants))


def test_several_processes_can_create_a_store_at_once(folder: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from tokcheck.accounts.store.sqlite.store import Store\n"
        "from tests.support.accounts.fake_token_endpoint import FakeTokenEndpoint, FakeClock\n"
        "sys.stdin.readline()\n"
        "with Store(pathlib.Path(sys.argv[1])) as store:\n"
        "    token_endpoint = FakeTokenEndpoint(FakeClock())\n"
        "    for number in range(5):\n"
        "        grant = token_endpoint.grant(f'kim {sys.argv[2]} {number}')\n"
        "        store.put(grant._replace(refresh=None))\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(folder), str(number)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        for number in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [b""] * 4 == [process.communicate(timeout=600)[1] for process in started]
    with Store(folder) as store:
        assert 20 == len(store.grants())


def test_a_rollback_loses_no_secret_in_another_vault(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    kept: dict[str, str] = {}
    vault = partial(VaultInMemory, kept)
    grant, new = token_endpoint.grant("kim"), token_endpoint.grant("kim")
    with Store(folder, vault=vault) as store:
        store.put(grant)
    with Store(folder, vault=vault, connection=failing_connection("COMMIT")) as store:
        with pytest.raises(StoreError):
            store.put(new)
        assert raw(grant) == raw(store.grant("kim"))
        store.put(new)
        assert raw(new) == raw(store.grant("kim"))
        assert not store.allows_recovery_file
    assert 3 == len(kept)
    assert grant.access.reveal().encode() not in texts(folder)
    with Store(folder, vault=vault) as store:
        store.remove("kim")
    assert {} == kept


def test_a_lost_secret_breaks_only_its_account(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    made: list[sqlite3.Connection] = []
    with Store(folder, connection=recording_connection(made)) as store:
        store.put(token_endpoint.grant("bo"))
        store.put(token_endpoint.grant("kim"))
        made[0].execute("DELETE FROM secrets WHERE reference LIKE '1/%'")
        bo, kim = store.accounts()
        assert bo.broken is not None
        assert (BrokenReason.SECRET_LOST, "file") == (bo.broken.reason, bo.broken.detail)
        words = explain(bo.broken, "bo", "fitbit")
        assert "names a secret that it does not contain" in words.sentence
        assert "tokcheck login fitbit --name bo" in words.hint
        assert (0, None, None) == (len(bo.grant.access), bo.grant.refresh, bo.grant.expires_at)
        assert kim.broken is None
