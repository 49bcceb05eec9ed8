"""Deadlines by name: the last one set counts."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from tokcheck.exporter.scheduling.timer_queue import TimerQueue

_NAMES = st.sampled_from(["anna", "bo", "cleo"])
_DEADLINES = st.one_of(st.integers(0, 20).map(float), st.just(inf))
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), _NAMES, _DEADLINES),
        st.tuples(st.just("remove"), _NAMES, st.none()),
        st.tuples(st.just("due"), st.none(), st.integers(0, 20).map(float)),
    ),
    max_size=40,
)


def test_names_are_due_at_their_deadlines_earliest_first() -> None:
    timers = TimerQueue()
    timers.put("bo", 20)
    timers.put("anna", 10)
    timers.put("cleo", 30)
    assert 10 == timers.next_at
    assert [] == list(timers.pop_due(9.5))
    assert ["anna", "bo"] == list(timers.pop_due(20))
    assert [] == list(timers.pop_due(20)), "each is due once"
    assert 30 == timers.next_at


def test_only_the_last_deadline_of_a_name_counts() -> None:
    timers = TimerQueue()
    timers.put("anna", 10)
    timers.put("anna", 30)
    assert 30 == timers.next_at
    assert [] == list(timers.pop_due(29))
    timers.put("anna", 5)
    assert ["anna"] == list(timers.pop_due(100))
    assert inf == timers.next_at


def test_a_name_without_a_deadline_is_never_due() -> None:
    timers = TimerQueue()
    timers.put("anna", 10)
    timers.put("bo", 10)
    timers.remove("anna")
    timers.remove("cleo")
    timers.put("bo", inf)
    timers.put("dora", 10)
    timers.put("dora", None)
    assert inf == timers.next_at
    assert [] == list(timers.pop_due(1e9))


def test_removing_one_name_keeps_the_others() -> None:
    timers = TimerQueue()
    for name in ("anna", "bo"):
        timers.put(name, 10)
    assert "anna" == next(timers.pop_due(10))
    assert "bo" == next(timers.pop_due(10))


def test_a_name_may_be_put_again_while_names_are_popped() -> None:
    timers = TimerQueue()
    timers.put("anna", 1)
    seen = []
    for name in timers.pop_due(3):
        seen.append(name)
        timers.put(name, len(seen) + 1.0)
    assert ["anna"] * 3 == seen
    assert 4 == timers.next_at


@given(_STEPS)
def test_the_queue_equals_a_table_of_deadlines(
    steps: list[tuple[str, str | None, float | None]],
) -> None:
    timers, table = TimerQueue(), dict[str, float]()
    for step, name, moment in steps:
        if name is not None and moment is not None:
            timers.put(name, moment)
            table[name] = moment
        elif name is not None:
            timers.remove(name)
            table.pop(name, None)
        elif moment is not None:
            came = list(timers.pop_due(moment))
            assert sorted(n for n, at in table.items() if at <= moment) == sorted(came), step
            assert sorted(map(table.__getitem__, came)) == [table[name] for name in came]
            for one in came:
                del table[one]
        assert min(table.values(), default=inf) == timers.next_at


def test_each_deadline_is_due_once_and_in_order() -> None:
    timers = TimerQueue()
    for name, at in {"b": 2.0, "c": 3.0, "a": 1.0, "d": 4.0}.items():
        timers.put(name, at)
    timers.put("a", 2.5)
    timers.put("b", None)
    assert ["a", "c"] == list(timers.pop_due(3.0))
    assert [] == list(timers.pop_due(3.0))
    assert ["d"] == list(timers.pop_due(9.0))


def test_a_deadline_that_is_replaced_and_restored_is_due_once() -> None:
    timers = TimerQueue()
    for at in (1.0, 2.0, 1.0):
        timers.put("a", at)
    assert ["a"] == list(timers.pop_due(9.0))


def test_replacing_deadlines_does_not_grow_the_queue() -> None:
    timers = TimerQueue()
    for turn in range(10_000):
        timers.put(f"account {turn % 10}", float(turn))
    assert 100 > len(timers)
    assert [f"account {place}" for place in range(10)] == list(timers.pop_due(1e9))


def test_removing_and_putting_again_does_not_grow_the_queue() -> None:
    timers = TimerQueue()
    for turn in range(10_000):
        timers.put("anna", 1e6 + turn)
        timers.remove("anna")
    assert 100 > len(timers)
    assert inf == timers.next_at
