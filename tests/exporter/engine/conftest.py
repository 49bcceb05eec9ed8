"""A sandbox on the exporter's simulated time."""

from collections.abc import Iterator

import pytest

from tests.support.exporter.simulated_exporter import HOUR, START
from tests.support.exporter.virtual_time import VirtualTime
from tokcheck.sandbox import Sandbox, SandboxState, serve_in_thread


@pytest.fixture
def virtual() -> VirtualTime:
    return VirtualTime(START, START + HOUR)


@pytest.fixture
def sandbox(virtual: VirtualTime) -> Iterator[Sandbox]:
    with serve_in_thread(SandboxState(now=virtual.now)) as started:
        yield started
