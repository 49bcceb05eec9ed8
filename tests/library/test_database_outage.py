"""A database that is away: a process goes on using the tokens that it knows, while they live."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import tokcheck
from tests.support.accounts.fleet import StallingProxy
from tests.support.accounts.stored_accounts import DEVICES, FITBIT, StoredAccounts
from tests.support.exporter.sandbox_store import consented_grant
from tests.support.suite.postgres_server import PostgresServer, skip_without_postgres
from tests.support.transport.auth_clients import SendWith, send_by_httpx
from tokcheck.accounts.refresh import Refresher
from tokcheck.accounts.refresh.usable_grant import usable_grant
from tokcheck.accounts.store.environment import open_store
from tokcheck.accounts.store.grant_store import GrantStore
from tokcheck.library import account_tokens
from tokcheck.library.account_auth import AccountAuth
from tokcheck.library.memory.known_grants import RETRY_SECONDS, KnownGrants
from tokcheck.library.memory.replaced_tokens import account_key
from tokcheck.providers import REGISTRY
from tokcheck.sandbox import Sandbox

skip_without_postgres(at_import=True)


class RemoteAccounts:
    """Accounts in a database that is reached through a proxy."""

    def __init__(self, server: PostgresServer, sandbox: Sandbox, home: Path) -> None:
        self.proxy = StallingProxy(server.port)
        self.local = StoredAccounts(sandbox, home)
        self.url = sandbox.url + DEVICES
        database = server.url(server.new_schema(), port=self.proxy.port)
        self.environment = self.local.environment | {"TOKCHECK_DATABASE": database}

    def add(self, name: str, *, left: float) -> str:
        """Store an account with a token that is valid for ``left`` seconds; return its text."""
        grant = consented_grant(self.local.sandbox.state, FITBIT, name)
        with open_store(self.environment) as store:
            store.put(grant._replace(expires_at=time.time() + left))
        return grant.access.reveal()

    def auth(self, name: str = "alex", **options: Any) -> AccountAuth:
        return tokcheck.auth(name, environment=self.environment, **options)

    def cut_off(self) -> None:
        """Refuse every connection to the database from now on."""
        self.proxy.break_connections()
        self.proxy.close()


@pytest.fixture
def remote(
    postgres_server: PostgresServer, sandbox: Sandbox, tmp_path: Path
) -> Iterator[RemoteAccounts]:
    accounts = RemoteAccounts(postgres_server, sandbox, tmp_path / "home")
    yield accounts
    accounts.cut_off()


def test_a_known_token_is_used_while_the_database_is_away(
    remote: RemoteAccounts, send_with: SendWith, caplog: pytest.LogCaptureFixture
) -> None:
    token = remote.add("alex", left=3600)
    auth = remote.auth()
    assert 200 == send_with(auth, remote.url).status_code
    remote.cut_off()
    with caplog.at_level(logging.WARNING, "tokcheck"):
        # Another object of the same account, as one for each request has it.
        assert [200, 200] == [send_with(each, remote.url).status_code for each in (auth, auth)]
        assert 200 == send_with(remote.auth(), remote.url).status_code
    assert "cannot be reached" in caplog.text
    assert "Stored data is intact" in caplog.text
    assert token[-30:] not in caplog.text
    assert 0 == remote.local.refreshes()


def test_a_token_that_is_due_is_not_refreshed_without_its_record(remote: RemoteAccounts) -> None:
    remote.add("alex", left=100)
    assert 200 == send_by_httpx(remote.auth(min_ttl=0), remote.url).status_code
    remote.cut_off()
    assert 200 == send_by_httpx(remote.auth(min_ttl=300), remote.url).status_code
    assert 0 == remote.local.refreshes()


def test_an_expired_or_an_unknown_token_is_none(remote: RemoteAccounts) -> None:
    for name in ("alex", "bo"):
        remote.add(name, left=100)
    assert 200 == send_by_httpx(remote.auth(min_ttl=0), remote.url).status_code
    remote.cut_off()
    with pytest.raises(tokcheck.StoreError, match="cannot be reached"):
        send_by_httpx(remote.auth("bo"), remote.url)
    later = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(tokcheck.StoreError, match="cannot be reached"):
        send_by_httpx(remote.auth(now=lambda: later), remote.url)


def test_a_token_that_the_api_refuses_is_no_longer_known(remote: RemoteAccounts) -> None:
    token = remote.add("alex", left=3600)
    assert 200 == send_by_httpx(remote.auth(), remote.url).status_code
    remote.cut_off()
    remote.local.sandbox.state.revoke(token)
    for _ in range(2):
        with pytest.raises(tokcheck.StoreError, match="cannot be reached"):
            send_by_httpx(remote.auth(), remote.url)
    assert {200: 1, 401: 1} == remote.local.statuses()


def test_no_other_server_gets_a_known_token(remote: RemoteAccounts) -> None:
    remote.add("alex", left=3600)
    assert 200 == send_by_httpx(remote.auth(), remote.url).status_code
    remote.cut_off()
    with pytest.raises(tokcheck.UsageError, match="is not sent to"):
        send_by_httpx(remote.auth(), "http://127.0.0.1:9/")


def test_only_some_requests_wait_for_a_database_that_does_not_answer(
    remote: RemoteAccounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.add("alex", left=3600)
    assert 200 == send_by_httpx(remote.auth(), remote.url).status_code
    remote.cut_off()
    tries: list[object] = []

    def open_and_count(environment: Mapping[str, str]) -> GrantStore:
        tries.append(environment)
        return open_store(environment)

    monkeypatch.setattr(account_tokens, "open_store", open_and_count)
    statuses = [send_by_httpx(remote.auth(), remote.url).status_code for _ in range(5)]
    assert ([200] * 5, 1) == (statuses, len(tries))


def test_the_database_is_tried_again_after_a_while() -> None:
    moment = 100.0
    known = KnownGrants(lambda: moment)
    key = account_key({"TOKCHECK_HOME": "/data"}, "alex", None)
    error = tokcheck.StoreError("away")
    known.begin_outage(key, error)
    assert error is known.outage(key)
    assert known.outage(account_key({"TOKCHECK_HOME": "/data"}, "bo", None)) is None
    moment += RETRY_SECONDS
    assert known.outage(key) is None


def test_a_database_that_goes_away_during_a_refresh_leaves_the_token(
    remote: RemoteAccounts,
) -> None:
    """As of a command: its process has read nothing before."""
    token = remote.add("alex", left=100)
    with open_store(remote.environment) as store:
        account = store.account("alex")

        @contextmanager
        def cut_off(_: float) -> Iterator[Refresher]:
            remote.cut_off()
            yield Refresher(store, REGISTRY, refuse_to_send)

        found = usable_grant(store, account, 300, cut_off, providers=REGISTRY, is_required=False)
        assert (token, True) == (found.grant.access.reveal(), found.is_left_over)
        assert isinstance(found.failure, tokcheck.StoreError)
        with pytest.raises(tokcheck.StoreError, match="cannot be reached"):
            usable_grant(store, account, 300, cut_off, providers=REGISTRY, is_required=True)


def refuse_to_send(*_: Any, **__: Any) -> Any:
    pytest.fail("a refresh was sent without its record")
