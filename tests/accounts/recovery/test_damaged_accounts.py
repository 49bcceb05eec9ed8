"""Damage within the row, the name or the secrets of one account."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounts.recovery.conftest import NAME, StoreSample, grants_of, recover, tokens_of
from tests.support.accounts.fake_token_endpoint import FakeTokenEndpoint
from tests.support.suite.thoroughness import inputs
from tokcheck.accounts.grant import Grant
from tokcheck.accounts.recovery import Recovered, RecoveryState
from tokcheck.accounts.recovery.account_names import name_accounts
from tokcheck.accounts.store import Store
from tokcheck.accounts.store.account_file import account_file
from tokcheck.core.secret import Secret


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
    state = RecoveryState.WHOLE if others else RecoveryState.NO_CLIENT_SECRET
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


def put_eight_accounts(folder: Path, endpoint: FakeTokenEndpoint) -> dict[str, Grant]:
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
    grants = put_eight_accounts(folder, token_endpoint)
    path = folder / NAME
    for name in grants:
        data = bytearray(path.read_bytes())
        at = find_row_of(bytes(data), name)
        data[at - 20 : at + 20] = b"\xff" * 40
        other = folder.with_name(name)
        StoreSample({NAME: bytes(data)}, {}).write(other)
        recovery = recover(other)
        assert Recovered(name, "", RecoveryState.LOST) in recovery.accounts
        assert grants.keys() == {account.name for account in recovery.accounts}


def test_an_account_is_listed_of_which_only_a_token_is_left(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    put_eight_accounts(folder, token_endpoint)
    path = folder / NAME
    data = bytearray(path.read_bytes())
    for match in re.finditer(b"account-5", bytes(data)):
        data[match.start() - 20 : match.end()] = b"\xff" * 29
    path.write_bytes(data)
    recovery = recover(folder)
    assert Recovered("", "", RecoveryState.LOST) in recovery.accounts


@pytest.mark.parametrize("damage", [b"\x1b[2J", b"\xff\xfe\xfdx"])
@pytest.mark.parametrize("is_indexed", [True, False])
def test_an_account_with_a_damaged_name_is_kept(
    folder: Path, token_endpoint: FakeTokenEndpoint, damage: bytes, *, is_indexed: bool
) -> None:
    grants = put_eight_accounts(folder, token_endpoint)
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
    expected = Recovered(name, "fitbit", RecoveryState.WHOLE, has_other_name=not is_indexed)
    assert expected in recovery.accounts
    assert 8 == len(recovery.accounts)
    assert tokens_of(grants["account-5"]) == tokens_of(grants_of(folder)[name])


def test_a_damaged_name_of_a_provider_is_put_right(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    grants = put_eight_accounts(folder, token_endpoint)
    path = folder / NAME
    path.write_bytes(path.read_bytes().replace(b"fitbit23TEST", b"fipbit23TEST", 1))
    recovery = recover(folder)
    assert {("fitbit", RecoveryState.WHOLE)} == {
        (one.provider, one.state) for one in recovery.accounts
    }
    assert {"fitbit"} == {grant.client.provider for grant in grants_of(folder).values()}
    assert grants.keys() == grants_of(folder).keys()


def test_a_changed_secret_of_an_application_is_that_of_the_other_accounts(
    folder: Path, token_endpoint: FakeTokenEndpoint
) -> None:
    put_eight_accounts(folder, token_endpoint)
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
    grants = put_eight_accounts(folder, token_endpoint)
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


@settings(max_examples=inputs(60))
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


@pytest.mark.parametrize(
    ("fields", "has_another", "state"),
    [
        (("access",), False, RecoveryState.NO_ACCESS_TOKEN),
        (("access", "client_secret"), False, RecoveryState.NO_CLIENT_SECRET),
        (("access", "client_secret"), True, RecoveryState.NO_ACCESS_TOKEN),
        (("access", "refresh"), False, RecoveryState.NEEDS_LOGIN),
        (("client_secret",), True, RecoveryState.WHOLE),
    ],
)
def test_a_lost_access_token_is_listed_beside_what_else_is_lost(
    folder: Path,
    token_endpoint: FakeTokenEndpoint,
    fields: tuple[str, ...],
    state: RecoveryState,
    *,
    has_another: bool,
) -> None:
    with Store(folder) as store:
        for name in ("kim", "alex")[: 1 + has_another]:
            store.put(token_endpoint.grant(name))
    kim = grants_of(folder)["kim"]
    secrets = {"access": kim.access, "refresh": kim.refresh, "client_secret": kim.client.secret}
    path = folder / NAME
    data = path.read_bytes()
    for field in fields:
        secret = secrets[field]
        assert secret is not None
        text = f"1/1/{field}{secret.reveal()}".encode()
        data = data.replace(text, b"\0" * len(text))
    path.write_bytes(data)
    recovery = recover(folder)
    (account,) = [one for one in recovery.accounts if one.name == "kim"]
    assert (state, "access" in fields) == (account.state, account.lacks_access_token)
    assert not recovery.is_unchecked
