import asyncio
from dataclasses import dataclass, field

from tests.support.exporter.fake_site import in_loop
from tokcheck.exporter.web.connection_limits import Crowd, Limits, Phase

LIMITS = Limits(connections=3, readers=1, head=10, idle=90, stalled=11, answer=60)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass(eq=False)
class Person:
    phase: Phase
    since: float = 0.0
    untried: bool = False
    asked: float | None = None
    cuts: list[int] = field(default_factory=list)

    def spent(self, now: float) -> float:
        return now - self.since

    def answering(self, now: float) -> float:
        return 0.0 if self.asked is None else now - self.asked

    def cut(self) -> None:
        self.cuts.append(1)


def test_there_is_no_place_while_everybody_is_being_answered() -> None:
    crowd = Crowd(LIMITS, Clock())
    people = [Person(Phase.ANSWER) for _ in range(3)]
    assert [True, True, True] == [crowd.enter(person) for person in people]
    assert not crowd.enter(Person(Phase.HEAD))
    assert 3 == len(crowd)
    people[0].phase = Phase.IDLE
    assert crowd.enter(Person(Phase.HEAD))
    assert [[1], [], []] == [person.cuts for person in people]


def test_who_never_asked_goes_first_and_of_these_who_is_here_longest() -> None:
    clock = Clock()
    clock.now = 100
    crowd = Crowd(Limits(connections=6), clock)
    stalled = Person(Phase.STALLED, since=0)
    resting = Person(Phase.IDLE, since=10)
    dribbling = Person(Phase.HEAD, since=5)
    young = Person(Phase.HEAD, since=99, untried=True)
    old = Person(Phase.HEAD, since=98, untried=True)
    busy = Person(Phase.ANSWER, since=0)
    for person in (stalled, resting, dribbling, young, old, busy):
        crowd.enter(person)
    for going in (old, young, dribbling, resting, stalled):
        assert crowd.enter(Person(Phase.ANSWER))
        assert [1] == going.cuts
    assert not crowd.enter(Person(Phase.HEAD))
    assert [] == busy.cuts


def test_each_phase_has_its_own_bound() -> None:
    clock = Clock()
    crowd = Crowd(Limits(head=10, idle=90, stalled=11, answer=60), clock)
    people = {phase: Person(phase) for phase in Phase}
    for person in people.values():
        crowd.enter(person)
    cut: dict[float, set[Phase]] = {}
    for moment in (10, 10.5, 11.5, 60.5, 90.5):
        clock.now = moment
        crowd.sweep()
        cut[moment] = {phase for phase, person in people.items() if person.cuts}
    assert {
        10: set(),
        10.5: {Phase.HEAD},
        11.5: {Phase.HEAD, Phase.STALLED},
        60.5: {Phase.HEAD, Phase.STALLED, Phase.ANSWER},
        90.5: set(Phase),
    } == cut


def test_who_reads_a_little_again_and_again_has_only_so_long_for_it_all() -> None:
    clock = Clock()
    crowd = Crowd(LIMITS, clock)
    person = Person(Phase.STALLED, asked=0)
    crowd.enter(person)
    for moment in range(0, 61, 5):
        clock.now = person.since = moment
        crowd.sweep()
        assert [] == person.cuts
    clock.now = person.since = 61
    crowd.sweep()
    assert [1] == person.cuts


def test_of_too_many_who_do_not_read_the_first_to_stop_goes() -> None:
    crowd = Crowd(LIMITS, Clock())
    first, second, third = (Person(Phase.STALLED) for _ in range(3))
    crowd.stalls(first)
    crowd.reads(first)
    crowd.stalls(second)
    assert [] == second.cuts
    crowd.stalls(third)
    assert ([], [1], []) == (first.cuts, second.cuts, third.cuts)


@in_loop
async def test_it_tells_when_nobody_is_left() -> None:
    crowd = Crowd(LIMITS, Clock())
    await crowd.emptied()
    person = Person(Phase.IDLE)
    crowd.enter(person)
    waiting = asyncio.create_task(crowd.emptied())
    await asyncio.sleep(0)
    assert not waiting.done()
    crowd.leave(person)
    crowd.leave(person)
    await waiting
