"""``deploy/``, the action and the mixin, tried with the programs and schemas that read them.

They need the packages of the group ``operations``, and are collected with them only:
``uv run --isolated --no-default-groups --group operations pytest -n0 tests/system/operations``
"""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tokcheck.sandbox import Sandbox, serve_in_thread

if find_spec("kubernetes_validate") is None:  # not the group's environment
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve_in_thread() as served:
        yield served
