"""Fixtures of other rooms that attacks use; attacks are not measured by coverage.

They repeat what other tests cover, many times, and measuring takes as long as what is measured.
"""

from pathlib import Path

import pytest

from tests.scan.conftest import _own_git, repository, scan  # noqa: F401 - its fixtures
from tests.support.cli.coverage_hook import COVERAGE_HOOK

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.untraced)


@pytest.fixture(autouse=True)
def _unmeasured_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COVERAGE_HOOK, raising=False)
