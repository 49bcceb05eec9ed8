"""A store with encrypted secrets: no file holds them in clear, no change of key loses them."""

import hashlib
from collections.abc import Callable
from functools import partial
from math import inf
from pathlib import Path

import pytest

from tests.accounts.conftest import MakeRefresher
from tests.support.accounts.failing_sqlite import UPDATE, failing_connection
from tests.support.accounts.fake_token_endpoint import START, FakeTokenEndpoint
from tests.support.suite.postgres_server import skip_without_postgres
from tokcheck.accounts.errors import StoreError
from tokcheck.accounts.grant import Grant, Intent
from tokcheck.accounts.recovery import Recovered, RecoveryState, recover_store
from tokcheck.accounts.store import Store, fast_read
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.accounts.store.vaults.encrypted_text import PREFIX
from tokcheck.accounts.store.vaults.encryption import SecretEncryption
from tokcheck.accounts.store.vaults.encryption_key import EncryptionKey
from tokcheck.accounts.store.vaults.vault_choice import choose_vault
from tokcheck.core.errors import UsageError

ONE, OTHER = (EncryptionKey(bytes([number] * 32)) for number in (1, 2))
NAMES = ("alex", "kim")

OpenWithKey = Callable[[EncryptionKey | None], GrantStore]


@pytest.fixture(params=["sqlite", "postgres"])
def open_with(request: pytest.FixtureRequest, folder: Path) -> OpenWithKey:
    """Return a function that opens the store with a key, or with none."""
    if request.param == "sqlite":
        return lambda key: Store(folder, vault=choose_vault(None, key))
    skip_without_postgres()
    url = request.getfixturevalue("database_url")
    from tokcheck.accounts.store.postgres.postgres_store import PostgresStore  # noqa: PLC0415
    from tokcheck.storage.postgres.database_address import (  # noqa: PLC0415 - not everywhere
        parse_database_address,
    )

    return lambda key: PostgresStore(parse_database_address(url, {}), folder, key=key)


def secrets_of(grant: Grant) -> list[str]:
    found = (grant.client.secret, grant.access, grant.refresh)
    return [secret.reveal() for secret in found if secret is not None]


def put_two(store: GrantStore, endpoint: FakeTokenEndpoint) -> list[list[str]]:
    grants = [endpoint.grant(name) for name in NAMES]
    for grant in grants:
        store.put(grant)
    return [secrets_of(grant) for grant in grants]


def open_emptied(open_with: OpenWithKey, endpoint: FakeTokenEndpoint) -> GrantStore:
    """Return a store that was encrypted with a key, and from which all accounts were removed."""
    with open_with(ONE) as store:
        put_two(store, endpoint)
        for name in NAMES:
            store.remove(name)
        return open_with(ONE)


def stored_texts(store: GrantStore) -> list[str]:
    with store.transaction() as connection:
        return [str(text) for (text,) in connection.execute("SELECT text FROM secrets").fetchall()]


def test_secrets_are_encrypted_and_read_again(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    with open_with(ONE) as store:
        kept = put_two(store, token_endpoint)
    with open_with(ONE) as store:
        assert kept == [secrets_of(grant) for grant in store.grants()]
        assert kept[1] == secrets_of(store.grant("kim"))
        texts = stored_texts(store)
    assert 6 == len(texts)
    assert all(text.startswith(f"{PREFIX}{ONE.id}:") for text in texts)


def test_no_file_holds_a_secret(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    with Store(folder, vault=choose_vault(None, ONE)) as store:
        kept = put_two(store, token_endpoint)
        content = b"".join(file.read_bytes() for file in folder.iterdir())
    content += b"".join(file.read_bytes() for file in folder.iterdir())
    assert [] == [text for grant in kept for text in grant if text.encode() in content]


@pytest.mark.parametrize(
    ("stored", "given", "message", "hint"),
    [
        (ONE, None, f"encrypted with the key {ONE.id}, and no key is set", "KEY_FILE"),
        (ONE, OTHER, f"key {ONE.id}, and the key that is set is {OTHER.id}", "rekey"),
        (None, ONE, "A key is set, and the secrets of this store are not", "--new-key-file"),
    ],
    ids=["none", "other", "unencrypted"],
)
def test_another_key_is_refused(
    stored: EncryptionKey | None, given: EncryptionKey | None, message: str, hint: str,
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint,
) -> None:  # fmt: skip
    with open_with(stored) as store:
        put_two(store, token_endpoint)
    with pytest.raises(UsageError) as caught:
        open_with(given)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_new_store_is_encrypted_once_a_key_is_set(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    open_with(None).close()
    with open_with(ONE) as store:
        store.put(token_endpoint.grant(NAMES[0]))
    with pytest.raises(UsageError, match="no key is set"):
        open_with(None)


def test_an_empty_store_is_opened_without_the_key_that_it_had(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    """As one without accounts and without its key: the last account was removed."""
    old = open_emptied(open_with, token_endpoint)
    grant = token_endpoint.grant(NAMES[0])
    with open_with(None) as store:
        store.put(grant)
        assert set(secrets_of(grant)) == set(stored_texts(store))
    with pytest.raises(StoreError, match="encrypted with another key"):
        old.put(token_endpoint.grant(NAMES[1]))
    old.close()
    with pytest.raises(UsageError, match="A key is set"):
        open_with(ONE)


def test_an_empty_store_takes_another_key(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    """As one does from which all accounts have moved, and got another key elsewhere."""
    old = open_emptied(open_with, token_endpoint)
    with open_with(OTHER) as store:
        store.put(token_endpoint.grant(NAMES[0]))
        assert stored_texts(store)[0].startswith(f"{PREFIX}{OTHER.id}:")
    with pytest.raises(StoreError, match="encrypted with another key"):
        old.put(token_endpoint.grant(NAMES[1]))
    old.close()
    for key in (ONE, None):
        with pytest.raises(UsageError):
            open_with(key)


def test_a_key_changes_in_every_direction(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    with open_with(None) as store:
        kept = put_two(store, token_endpoint)
    for before, after in ((None, ONE), (ONE, OTHER), (OTHER, OTHER), (OTHER, None), (None, None)):
        with open_with(before) as store:
            assert 6 == store.rekey(None if after is None else SecretEncryption(after))
        with open_with(after) as store:
            assert kept == [secrets_of(grant) for grant in store.grants()]
            ids = {text.removeprefix(PREFIX).split(":")[0] for text in stored_texts(store)}
            assert after is None or {after.id} == ids
            assert after is not None or {text for one in kept for text in one} == ids


def test_a_process_with_the_old_key_writes_nothing(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    """The store gets another key beside an exporter, which then must not send a refresh."""
    for before, after in ((None, ONE), (ONE, OTHER), (OTHER, None)):
        with open_with(before) as running:
            if before is None:
                put_two(running, token_endpoint)
            with open_with(before) as other:
                other.rekey(None if after is None else SecretEncryption(after))
            requests = list(token_endpoint.requests)
            intent = intent_of(open_with(after))
            for work in (
                partial(running.put, token_endpoint.grant("new")),
                partial(running.grant, "kim"),
                partial(make_refresher(running).fresh_grant, "kim", inf),
                partial(running.begin, "kim", intent),
            ):
                with pytest.raises(StoreError, match="were encrypted with another key"):
                    work()
            assert requests == token_endpoint.requests
    with open_with(None) as store:
        assert token_endpoint.would_refresh(make_refresher(store).fresh_grant("kim", inf))


def intent_of(store: GrantStore) -> Intent:
    with store:
        refresh = store.grant("kim").refresh
        assert refresh is not None
        return Intent(refresh.fingerprint, START, "process 1")


def test_an_unfinished_refresh_keeps_the_key(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    with open_with(ONE) as store:
        kept = put_two(store, token_endpoint)
        refresh = store.grant("kim").refresh
        assert refresh is not None
        store.begin("kim", Intent(refresh.fingerprint, START, "process 1"))
        with pytest.raises(StoreError, match="refresh of the account kim is unfinished") as caught:
            store.rekey(SecretEncryption(OTHER))
        assert "tokcheck accounts refresh kim" in caught.value.hint
        assert kept == [secrets_of(grant) for grant in store.grants()]


def test_a_secret_that_cannot_be_decrypted_stops_the_change(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    with open_with(ONE) as store:
        kept = put_two(store, token_endpoint)
        with store.transaction() as connection:
            connection.execute(
                "UPDATE secrets SET text = ? WHERE reference LIKE '2/%/access'", (f"{PREFIX}x:y:z",)
            )
        with pytest.raises(StoreError, match=r"secret 2/1/access cannot be decrypted"):
            store.rekey(SecretEncryption(OTHER))
    with open_with(ONE) as store:
        assert kept[0] == secrets_of(store.grant("alex"))


def test_encrypted_secrets_whose_key_is_not_set_stop_the_change(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    with open_with(ONE) as store:
        put_two(store, token_endpoint)
        before = stored_texts(store)
        with store.transaction() as connection:
            connection.execute("DELETE FROM settings WHERE name = 'key'")
    with open_with(None) as store:
        for new in (SecretEncryption(OTHER), None):
            with pytest.raises(StoreError, match="cannot be decrypted with the key that is set"):
                store.rekey(new)
        assert sorted(before) == sorted(stored_texts(store))


def test_secrets_of_two_accounts_cannot_be_exchanged(
    open_with: OpenWithKey, token_endpoint: FakeTokenEndpoint
) -> None:
    with open_with(ONE) as store:
        put_two(store, token_endpoint)
        with store.transaction() as connection:
            (text,) = connection.execute(
                "SELECT text FROM secrets WHERE reference = '1/1/refresh'"
            ).fetchone()
            connection.execute(
                "UPDATE secrets SET text = ? WHERE reference = '2/1/refresh'", (text,)
            )
        broken = store.account("kim").broken
        assert broken is not None
        assert "secret_lost" == broken.reason.value


def test_new_tokens_beside_a_full_disk_are_encrypted(
    folder: Path, token_endpoint: FakeTokenEndpoint, make_refresher: MakeRefresher
) -> None:
    vault = choose_vault(None, ONE)
    with Store(folder, vault=vault) as store:
        put_two(store, token_endpoint)
    with (
        Store(folder, vault=vault, connection=failing_connection(UPDATE, UPDATE)) as store,
        pytest.raises(StoreError, match="recovery file"),
    ):
        make_refresher(store).fresh_grant("kim", inf)
    saved = next(folder.glob("*.rescue")).read_bytes()
    assert PREFIX.encode() in saved
    with Store(folder, vault=vault) as store:
        with pytest.raises(StoreError, match="unfinished"):
            store.rekey(None)
        new = make_refresher(store).fresh_grant("kim", 0)
        assert token_endpoint.would_refresh(new)
        assert [] == [text for text in secrets_of(new) if text.encode() in saved]


def test_the_fast_way_leaves_them_to_the_store(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    with Store(folder, vault=choose_vault(None, ONE)) as store:
        kept = put_two(store, token_endpoint)
    assert fast_read.read_fresh_token(str(folder), "kim", 0, START) is None
    digests = {hashlib.sha256(text.encode()).digest(): "kim" for text in kept[1][1:]}
    assert digests == fast_read.read_token_owners(str(folder), digests.keys())


def test_a_damaged_store_is_rebuilt_with_its_key(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    vault = choose_vault(None, ONE)
    with Store(folder, vault=vault) as store:
        kept = put_two(store, token_endpoint)
    path = folder / "accounts.sqlite3"
    encryption = SecretEncryption(ONE)
    assert recover_store(folder, START, encryption=encryption).was_whole
    assert recover_store(folder, START).was_whole, "what is encrypted cannot be checked"
    path.write_bytes(b"\0" * 16 + path.read_bytes()[16:])
    with pytest.raises(UsageError, match="encrypted, and no key is set"):
        recover_store(folder, START)
    with pytest.raises(UsageError, match=f"key {ONE.id}, and the key that is set is {OTHER.id}"):
        recover_store(folder, START, encryption=SecretEncryption(OTHER))
    expected = tuple(Recovered(name, "fitbit", RecoveryState.WHOLE) for name in NAMES)
    assert expected == recover_store(folder, START, encryption=encryption).accounts
    assert recover_store(folder, START, encryption=encryption).was_whole
    with Store(folder, vault=vault) as store:
        assert kept == [secrets_of(grant) for grant in store.grants()]
        assert all(text.startswith(PREFIX) for text in stored_texts(store))


def test_a_changed_secret_is_damage(folder: Path, token_endpoint: FakeTokenEndpoint) -> None:
    vault, encryption = choose_vault(None, ONE), SecretEncryption(ONE)
    with Store(folder, vault=vault) as store:
        kept = put_two(store, token_endpoint)
        with store.transaction() as connection:
            connection.execute(
                "UPDATE secrets SET text = ? WHERE reference = '2/1/access'",
                (encryption.encrypt("2/1/access", "another"),),
            )
    accounts = recover_store(folder, START, encryption=encryption).accounts
    assert [RecoveryState.WHOLE, RecoveryState.NO_ACCESS_TOKEN] == [
        account.state for account in accounts
    ]
    with Store(folder, vault=vault) as store:
        assert kept[0] == secrets_of(store.grant("alex"))
