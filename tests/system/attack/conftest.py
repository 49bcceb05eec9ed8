"""Fixtures of other rooms that attacks use."""

from tests.scan.conftest import _own_git, repository, scan  # noqa: F401 - its fixtures
