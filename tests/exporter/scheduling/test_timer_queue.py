"""Moments by name: the last one told counts, and each name comes when its own does."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from tokcheck.exporter.scheduling.timer_queue import Wakes

_NAMES = st.sampled_from(["anna", "bo", "cleo"])
_MOMENTS = st.one_of(st.integers(0, 20).map(float), st.just(inf))
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), _NAMES, _MOMENTS),
        st.tuples(st.just("drop"), _NAMES, st.none()),
        st.tuples(st.just("due"), st.none(), st.integers(0, 20).map(float)),
    ),
    max_size=40,
)


def test_names_come_when_their_moment_does_the_earliest_first() -> None:
    wakes = Wakes()
    wakes.put("bo", 20)
    wakes.put("anna", 10)
    wakes.put("cleo", 30)
    assert 10 == wakes.next_at
    assert [] == list(wakes.due(9.5))
    assert ["anna", "bo"] == list(wakes.due(20))
    assert [] == list(wakes.due(20)), "each comes once"
    assert 30 == wakes.next_at


def test_only_the_last_moment_of_a_name_counts_be_it_earlier_or_later() -> None:
    wakes = Wakes()
    wakes.put("anna", 10)
    wakes.put("anna", 30)
    assert 30 == wakes.next_at
    assert [] == list(wakes.due(29))
    wakes.put("anna", 5)
    assert ["anna"] == list(wakes.due(100))
    assert inf == wakes.next_at


def test_a_name_that_is_dropped_or_waits_for_ever_does_not_come() -> None:
    wakes = Wakes()
    wakes.put("anna", 10)
    wakes.put("bo", 10)
    wakes.drop("anna")
    wakes.drop("cleo")
    wakes.put("bo", inf)
    assert inf == wakes.next_at
    assert [] == list(wakes.due(1e9))


def test_who_takes_one_name_leaves_the_others() -> None:
    wakes = Wakes()
    for name in ("anna", "bo"):
        wakes.put(name, 10)
    assert "anna" == next(wakes.due(10))
    assert "bo" == next(wakes.due(10))


def test_a_name_may_be_put_again_while_names_are_taken() -> None:
    wakes = Wakes()
    wakes.put("anna", 1)
    seen = []
    for name in wakes.due(3):
        seen.append(name)
        wakes.put(name, len(seen) + 1.0)
    assert ["anna"] * 3 == seen
    assert 4 == wakes.next_at


@given(_STEPS)
def test_it_does_what_a_table_of_moments_would(
    steps: list[tuple[str, str | None, float | None]],
) -> None:
    wakes, table = Wakes(), dict[str, float]()
    for step, name, moment in steps:
        if name is not None and moment is not None:
            wakes.put(name, moment)
            table[name] = moment
        elif name is not None:
            wakes.drop(name)
            table.pop(name, None)
        elif moment is not None:
            came = list(wakes.due(moment))
            assert sorted(n for n, at in table.items() if at <= moment) == sorted(came), step
            assert sorted(map(table.__getitem__, came)) == [table[name] for name in came]
            for one in came:
                del table[one]
        assert min(table.values(), default=inf) == wakes.next_at
