"""``tokcheck token`` as scripts run it: a fresh token, one refresh, and what it loads."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli.account_store import FITBIT, GOOGLE, AccountStore, reveal, secrets_shown
from tokcheck.accounts.grant import Broken, BrokenReason, Client, Intent
from tokcheck.accounts.store import Store

_HEAVY = {
    "asyncio", "filelock", "httpx", "jwt", "oauthlib", "platformdirs", "pydantic", "rich", "ssl",
    "starlette", "typer",
}  # fmt: skip


def test_a_valid_token_is_printed_alone_and_nothing_is_sent(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex")
    assert (0, reveal(grant.access) + "\n", "") == account_store("token", "alex")
    assert {} == account_store.sandbox_state.request_counts()


@pytest.mark.parametrize("client", [FITBIT, GOOGLE], ids=lambda client: client.provider)
def test_a_token_that_is_about_to_expire_is_refreshed_and_stored_first(
    account_store: AccountStore, client: Client
) -> None:
    old = account_store.add("alex", client, left=299)
    result = account_store("token", "alex")
    assert 0 == result.code
    assert reveal(old.access) + "\n" != result.out
    assert reveal(account_store.grant("alex").access) + "\n" == result.out
    assert 1 == account_store.sandbox_state.refresh_counts().renewed


def test_min_ttl_decides_what_is_about_to_expire(account_store: AccountStore) -> None:
    grant = account_store.add("alex", left=1000)
    assert reveal(grant.access) + "\n" == account_store("token", "alex", "--min-ttl", "15m").out
    assert reveal(grant.access) + "\n" != account_store("token", "alex", "--min-ttl", "20m").out
    assert 2 == account_store("token", "alex", "--min-ttl", "soon").code


def test_two_processes_at_once_refresh_once(account_store: AccountStore) -> None:
    account_store.add("alex", left=10)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tokcheck", "token", "alex"],
            env={**os.environ, **account_store.env},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = {process.communicate(timeout=60)[0] for process in started}
    assert {reveal(account_store.grant("alex").access) + "\n"} == outputs
    assert (1, 0, 0) == account_store.sandbox_state.refresh_counts()


def test_a_refresh_that_somebody_left_behind_is_finished_first(account_store: AccountStore) -> None:
    grant = account_store.add("alex")
    with Store(account_store.folder) as store:
        assert grant.refresh is not None
        store.begin("alex", Intent(grant.refresh.fingerprint, grant.obtained_at, "process 1"))
    assert reveal(grant.access) + "\n" != account_store("token", "alex").out
    assert 1 == account_store.sandbox_state.refresh_counts().renewed


def test_a_grant_that_is_broken_ends_with_1_and_names_the_command_that_repairs_it(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex", left=-10)
    assert account_store.sandbox_state.revoke_grant(reveal(grant.refresh))
    for _ in range(2):  # found out, then remembered
        result = account_store("token", "alex")
        assert (1, "") == result[:2]
        assert "tokcheck login fitbit --name alex" in result.err
        assert [] == secrets_shown(result, grant)


def test_a_broken_grants_token_is_used_until_it_expires(account_store: AccountStore) -> None:
    grant = account_store.add("alex")
    with Store(account_store.folder) as store:
        assert grant.refresh is not None
        store.mark_broken("alex", grant.refresh.fingerprint, Broken(0, BrokenReason.REFUSED))
    result = account_store("token", "alex")
    assert (0, reveal(grant.access) + "\n") == result[:2]
    note = (
        "note: The account alex needs a new login (since 1970-01-01 00:00 UTC). The Fitbit Web API"
    )
    assert result.err.startswith(f"{note} refused the refresh token: ")
    assert result.err.endswith("Log in again: tokcheck login fitbit --name alex\n")


def test_a_living_token_is_used_where_its_refresh_is_refused(account_store: AccountStore) -> None:
    grant = account_store.add("alex", left=180)
    assert account_store.sandbox_state.revoke_grant(reveal(grant.refresh))
    for _ in range(2):  # found out, then remembered
        result = account_store("token", "alex")
        assert (0, reveal(grant.access) + "\n") == result[:2]
        assert result.err.startswith("note: The account alex needs a new login")
        assert "tokcheck login fitbit --name alex\n" in result.err
        assert re.search(r"valid for 2 min 5\d s; to fail instead, pass --min-ttl", result.err)
        result = account_store("token", "alex", "--min-ttl", "5m")
        assert (1, "") == result[:2], "a life that is required is required"
        assert (0, reveal(grant.access) + "\n") == account_store(
            "token", "alex", "--min-ttl", "1m"
        )[:2]


def test_a_living_token_is_used_where_its_refresh_fails(account_store: AccountStore) -> None:
    grant = account_store.add("alex", left=180)
    nowhere = {"TOKCHECK_FITBIT_URL": "http://127.0.0.1:9"}
    result = account_store("token", "alex", **nowhere)
    assert (0, reveal(grant.access) + "\n") == result[:2]
    assert "to fail instead, pass --min-ttl" in result.err
    assert (3, "") == account_store("token", "alex", "--min-ttl", "5m", **nowhere)[:2]


def test_a_token_shorter_lived_than_min_ttl_is_printed_with_a_note(
    account_store: AccountStore,
) -> None:
    account_store.add("alex")
    result = account_store("token", "alex", "--min-ttl", "9h")
    assert 0 == result.code
    assert reveal(account_store.grant("alex").access) + "\n" == result.out
    assert re.fullmatch(
        r"note: this token is valid for 7 h 59 min; the provider issues none for longer\.\n",
        result.err,
    )


def test_an_unknown_account_ends_with_2_and_lists_those_there_are(
    account_store: AccountStore,
) -> None:
    assert (2, "") == account_store("token", "alex")[:2]
    account_store.add("sam")
    account_store.add("kim", GOOGLE)
    result = account_store("token", "alex")
    assert (2, "") == result[:2]
    assert "There is no account 'alex'.\nThe accounts are: kim, sam.\n" in result.err


def test_an_unclear_refresh_exits_with_3_and_can_be_finished_later(
    account_store: AccountStore,
) -> None:
    grant = account_store.add("alex", left=-10)
    nobody = account_store("token", "alex", TOKCHECK_FITBIT_URL="http://127.0.0.1:9")
    assert (3, "") == nobody[:2]
    assert [] == secrets_shown(nobody, grant)
    assert 0 == account_store("token", "alex").code


def test_rights_that_are_too_wide_are_refused(account_store: AccountStore) -> None:
    grant = account_store.add("alex")
    account_store.folder.chmod(0o755)
    result = account_store("token", "alex")
    assert (3, "") == result[:2]
    assert f"chmod 700 {account_store.folder}" in result.err
    assert [] == secrets_shown(result, grant)


def test_what_the_fast_path_loads_is_little(account_store: AccountStore) -> None:
    account_store.add("alex")
    program = (
        "import sys\n"
        "from tokcheck.cli.main import main\n"
        "assert 0 == main(['token', 'alex'])\n"
        "print(*sys.modules)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={k: v for k, v in os.environ.items() if not k.startswith("COV")} | account_store.env,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(result.stdout.splitlines()[1].split())
    assert set() == _HEAVY & loaded
    assert {"tokcheck.accounts.store.fast_read", "sqlite3"} <= loaded
    assert "tokcheck.accounts.store.sqlite.store" not in loaded


def test_only_the_store_holds_tokens(account_store: AccountStore, tmp_path: Path) -> None:
    grant = account_store.add("alex", left=10)
    account_store("token", "alex")
    now = account_store.grant("alex")
    for secret in (grant.access, grant.refresh, now.access, now.refresh):
        assert reveal(secret) not in account_store.files()
    assert [account_store.folder] == list(tmp_path.iterdir())
    assert set() == {
        path.name
        for path in (account_store.folder, *account_store.folder.iterdir())
        if path.stat().st_mode & 0o077
    }


def test_a_terminal_gets_the_token_too(account_store: AccountStore) -> None:
    from tests.cli.test_terminal import talk  # noqa: PLC0415 - the one that plays a terminal

    grant = account_store.add("alex")
    code, screen = talk(["token", "alex"], **account_store.env)
    assert (0, reveal(grant.access) + "\r\n") == (code, screen)
