import asyncio
from dataclasses import dataclass, field

from tests.support.exporter.fake_backend import run_in_loop
from tokcheck.exporter.web import Limits
from tokcheck.exporter.web.connection_limits import ConnectionLimiter, Phase

LIMITS = Limits(connections=3, readers=1, head=10, idle=90, stalled=11, response=60)


class FakeTimer:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(eq=False)
class FakeConnection:
    phase: Phase
    since: float = 0.0
    is_new: bool = False
    request_since: float | None = None
    aborts: list[int] = field(default_factory=list)

    def seconds_in_phase(self, now: float) -> float:
        return now - self.since

    def seconds_responding(self, now: float) -> float:
        return 0.0 if self.request_since is None else now - self.request_since

    def abort(self) -> None:
        self.aborts.append(1)


def test_no_connection_is_added_while_all_are_being_answered() -> None:
    limiter = ConnectionLimiter(LIMITS, FakeTimer())
    connections = [FakeConnection(Phase.RESPONSE) for _ in range(3)]
    assert [True, True, True] == [limiter.add(connection) for connection in connections]
    assert not limiter.add(FakeConnection(Phase.HEAD))
    assert 3 == len(limiter)
    connections[0].phase = Phase.IDLE
    assert limiter.add(FakeConnection(Phase.HEAD))
    assert [[1], [], []] == [connection.aborts for connection in connections]


def test_the_oldest_connection_without_a_request_is_aborted_first() -> None:
    clock = FakeTimer()
    clock.now = 100
    limiter = ConnectionLimiter(Limits(connections=6), clock)
    stalled = FakeConnection(Phase.STALLED, since=0)
    resting = FakeConnection(Phase.IDLE, since=10)
    dribbling = FakeConnection(Phase.HEAD, since=5)
    young = FakeConnection(Phase.HEAD, since=99, is_new=True)
    old = FakeConnection(Phase.HEAD, since=98, is_new=True)
    busy = FakeConnection(Phase.RESPONSE, since=0)
    for connection in (stalled, resting, dribbling, young, old, busy):
        limiter.add(connection)
    for going in (old, young, dribbling, resting, stalled):
        assert limiter.add(FakeConnection(Phase.RESPONSE))
        assert [1] == going.aborts
    assert not limiter.add(FakeConnection(Phase.HEAD))
    assert [] == busy.aborts


def test_each_phase_has_its_own_limit() -> None:
    clock = FakeTimer()
    limiter = ConnectionLimiter(Limits(head=10, idle=90, stalled=11, response=60), clock)
    connections = {phase: FakeConnection(phase) for phase in Phase}
    for connection in connections.values():
        limiter.add(connection)
    aborted: dict[float, set[Phase]] = {}
    for moment in (10, 10.5, 11.5, 60.5, 90.5):
        clock.now = moment
        limiter.abort_overdue()
        aborted[moment] = {phase for phase, connection in connections.items() if connection.aborts}
    assert {
        10: set(),
        10.5: {Phase.HEAD},
        11.5: {Phase.HEAD, Phase.STALLED},
        60.5: {Phase.HEAD, Phase.STALLED, Phase.RESPONSE},
        90.5: set(Phase),
    } == aborted


def test_a_client_that_reads_a_little_now_and_then_hits_the_limit_for_a_request() -> None:
    clock = FakeTimer()
    limiter = ConnectionLimiter(LIMITS, clock)
    connection = FakeConnection(Phase.STALLED, request_since=0)
    limiter.add(connection)
    for moment in range(0, 61, 5):
        clock.now = connection.since = moment
        limiter.abort_overdue()
        assert [] == connection.aborts
    clock.now = connection.since = 61
    limiter.abort_overdue()
    assert [1] == connection.aborts


def test_of_too_many_stalled_connections_the_first_is_aborted() -> None:
    limiter = ConnectionLimiter(LIMITS, FakeTimer())
    first, second, third = (FakeConnection(Phase.STALLED) for _ in range(3))
    limiter.mark_stalled(first)
    limiter.mark_reading(first)
    limiter.mark_stalled(second)
    assert [] == second.aborts
    limiter.mark_stalled(third)
    assert ([], [1], []) == (first.aborts, second.aborts, third.aborts)


@run_in_loop
async def test_waiting_until_empty_ends_with_the_last_connection() -> None:
    limiter = ConnectionLimiter(LIMITS, FakeTimer())
    await limiter.wait_until_empty()
    connection = FakeConnection(Phase.IDLE)
    limiter.add(connection)
    waiting = asyncio.create_task(limiter.wait_until_empty())
    await asyncio.sleep(0)
    assert not waiting.done()
    limiter.remove(connection)
    limiter.remove(connection)
    await waiting
