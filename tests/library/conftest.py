"""Fixtures of the package's tests: a sandbox, and accounts of its users."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.accounts.stored_accounts import StoredAccounts
from tokcheck.sandbox import Sandbox, serve_in_thread


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve_in_thread() as started:
        yield started


@pytest.fixture
def accounts(sandbox: Sandbox, tmp_path: Path) -> StoredAccounts:
    """An empty data folder."""
    return StoredAccounts(sandbox, tmp_path / "home")
