"""Fixtures of other rooms that attacks use; attacks are not measured by coverage.

They repeat what other tests cover, many times, and measuring takes as long as what is measured.
"""

import os
from pathlib import Path

import pytest

from tests.scan.conftest import _own_git, repository, scan  # noqa: F401 - its fixtures

_HERE = f"{Path(__file__).parent}{os.sep}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if str(item.path).startswith(_HERE):  # of all tests; parents take a second
            item.add_marker(pytest.mark.untraced)
