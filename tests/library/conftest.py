"""Fixtures of the package's tests: a sandbox, accounts of its users, and HTTP clients."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.accounts.stored_accounts import StoredAccounts
from tests.support.transport.auth_clients import (
    SendWith,
    send_by_async_httpx,
    send_by_httpx,
    send_by_requests,
)
from tokcheck.sandbox import Sandbox, serve_in_thread


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve_in_thread() as started:
        yield started


@pytest.fixture
def accounts(sandbox: Sandbox, tmp_path: Path) -> StoredAccounts:
    """An empty data folder."""
    return StoredAccounts(sandbox, tmp_path / "home")


@pytest.fixture(
    params=[send_by_httpx, send_by_async_httpx, send_by_requests], ids=lambda send: send.__name__
)
def send_with(request: pytest.FixtureRequest) -> SendWith:
    send: SendWith = request.param
    return send
