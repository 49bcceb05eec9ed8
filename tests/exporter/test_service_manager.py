"""The notifications to a service manager: readiness, signs of life and the end."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tokcheck.exporter.service_manager import notifier, report_to_manager, watchdog_seconds

pytestmark = pytest.mark.skipif(
    not hasattr(socket, "AF_UNIX"), reason="the protocol needs Unix sockets"
)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        channel.settimeout(0)
        yield channel


def _states_at(channel: socket.socket) -> list[bytes]:
    states = []
    while True:
        try:
            states.append(channel.recv(100))
        except BlockingIOError:
            return states


def test_states_reach_the_managers_socket(manager: socket.socket) -> None:
    notifier({"NOTIFY_SOCKET": manager.getsockname()})("READY=1")
    assert [b"READY=1"] == _states_at(manager)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has abstract names")
def test_states_reach_a_socket_with_an_abstract_name() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind("\0tokcheck-test-service-manager")
        channel.settimeout(0)
        notifier({"NOTIFY_SOCKET": "@tokcheck-test-service-manager"})("READY=1")
        assert [b"READY=1"] == _states_at(channel)


@pytest.mark.parametrize(
    "address", ["", "relative", "vsock:2:1", "/nowhere/notify", "/" + "x" * 200]
)
def test_without_a_manager_that_listens_nothing_happens(address: str) -> None:
    notifier({"NOTIFY_SOCKET": address})("READY=1")
    notifier({})("READY=1")


@pytest.mark.parametrize(
    ("expected", "environment"),
    [
        (30.0, {"WATCHDOG_USEC": "30000000"}),
        (30.0, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}),
        (None, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}),
        (None, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "seven"}),
        (None, {"WATCHDOG_USEC": "0"}),
        (None, {"WATCHDOG_USEC": "-1"}),
        (None, {"WATCHDOG_USEC": "²"}),
        (None, {"WATCHDOG_USEC": ""}),
        (None, {}),
    ],
)
def test_the_watchdogs_period(expected: float | None, environment: dict[str, str]) -> None:
    assert expected == watchdog_seconds(environment, pid=7)


def _reports(watchdog: float | None, beats: int) -> tuple[list[str], list[float]]:
    """Return the states and the pauses of an exporter that stops at the given sign of life.

    With 0 signs, it stops as soon as it is ready; with -1, before it listens.
    """
    states: list[str] = []
    pauses: list[float] = []

    async def run() -> None:
        listening, stop = asyncio.Event(), asyncio.Event()

        def notify(state: str) -> None:
            assert listening.is_set()
            states.append(state)
            if beats == 0:
                stop.set()

        async def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == beats:
                stop.set()

        report = report_to_manager(notify, watchdog, listening=listening, stop=stop, pause=pause)
        task = asyncio.ensure_future(report)
        await asyncio.sleep(0)
        if beats < 0:
            stop.set()
        listening.set()
        await task

    asyncio.run(run())
    return states, pauses


def test_signs_of_life_come_twice_a_period() -> None:
    expected = (["READY=1", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"], [15, 15, 15])
    assert expected == _reports(30, 3)


def test_without_a_watchdog_only_readiness_and_the_end_are_reported() -> None:
    assert (["READY=1", "STOPPING=1"], []) == _reports(None, 0)


def test_an_exporter_that_never_listened_is_not_ready() -> None:
    assert (["STOPPING=1"], []) == _reports(30, -1)
