"""``tokcheck accounts rekey``, and every command of an encrypted store."""

from pathlib import Path

import pytest

from tests.support.cli.account_store import AccountStore, make_grant, reveal
from tests.support.suite.postgres_server import skip_without_postgres

KEY, OTHER = "6b" * 32, "7c" * 32
_VARIABLE = "TOKCHECK_ENCRYPTION_KEY"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY)
    path.chmod(0o600)
    return path


def test_a_store_is_encrypted_used_and_decrypted(
    account_store: AccountStore, key_file: Path
) -> None:
    grant = account_store.add("alex")
    token = f"{reveal(grant.access)}\n"
    encrypted = account_store("accounts", "rekey", "--new-key-file", str(key_file))
    place = account_store.folder
    assert f"encrypted 3 secrets in {place} with the key 55f21ccf\n" == encrypted.out
    assert (
        0,
        "From now on, every command needs this key. Without it, the accounts are lost: keep a copy "
        "of it, and not beside a backup of the accounts.\n",
    ) == (encrypted.code, encrypted.err)
    assert token.encode().strip() not in (place / "accounts.sqlite3").read_bytes()

    without = account_store("token", "alex")
    assert (2, "") == without[:2]
    assert (
        "tokcheck: The secrets of this store are encrypted with the key 55f21ccf, and no key is "
        "set.\nSet TOKCHECK_ENCRYPTION_KEY_FILE to the file of the key.\n"
    ) == without.err
    with_file = {"TOKCHECK_ENCRYPTION_KEY_FILE": str(key_file)}
    assert (0, token, "") == account_store("token", "alex", **with_file)
    assert 0 == account_store("accounts", "refresh", "alex", **with_file).code
    shown = account_store("accounts", "show", "alex", **with_file)
    assert (0, True) == (shown.code, "alex" in shown.out)

    other = account_store("accounts", "rekey", "--new-key-variable", "NEW", **with_file, NEW=OTHER)
    assert 0 == other.code, other.err
    assert 2 == account_store("accounts", "list", **with_file).code
    back = account_store("accounts", "rekey", "--unencrypted", **{_VARIABLE: OTHER})
    assert f"decrypted 3 secrets in {place}\n" == back.out
    assert 0 == account_store("token", "alex").code


@pytest.mark.parametrize(
    "words", [[], ["--unencrypted", "--new-key-file", "k"], ["--new-key-file", "no such file"]]
)
def test_wrong_words_change_nothing(account_store: AccountStore, words: list[str]) -> None:
    grant = account_store.add("alex")
    result = account_store("accounts", "rekey", *words)
    assert (2, "") == result[:2]
    assert reveal(grant.access) == account_store("token", "alex").out.strip()


def test_no_key_is_shown(account_store: AccountStore) -> None:
    account_store.add("alex")
    for key in (KEY, f"{KEY}00", KEY[:-3]):
        for words in (["--new-key-variable", "NEW"], ["--new-key-file", key]):
            for environment in ({"NEW": key}, {"NEW": key, _VARIABLE: key}):
                result = account_store("accounts", "rekey", *words, **environment)
                assert key[:20] not in result.out + result.err
                account_store("accounts", "rekey", "--unencrypted", **{_VARIABLE: KEY})


def test_accounts_move_encrypted_into_a_database(
    account_store: AccountStore, request: pytest.FixtureRequest
) -> None:
    skip_without_postgres()
    url = request.getfixturevalue("database_url")
    grant = make_grant(account_store.sandbox_state, "alex")
    account_store.put(grant)
    assert 0 == account_store("accounts", "rekey", "--new-key-variable", "NEW", NEW=KEY).code
    with_key = {_VARIABLE: KEY}
    moved = account_store("accounts", "migrate", "--to", url, **with_key)
    assert 0 == moved.code, moved.err
    there = with_key | {"TOKCHECK_DATABASE": url}
    assert reveal(grant.access) == account_store("token", "alex", **there).out.strip()
    assert 2 == account_store("token", "alex", TOKCHECK_DATABASE=url).code
    back = account_store("accounts", "migrate", "--from", url, **with_key)
    assert 0 == back.code, back.err
    assert reveal(grant.access) == account_store("token", "alex", **with_key).out.strip()
