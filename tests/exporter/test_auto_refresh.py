"""The keeper: each grant ahead of its end, few at once, and what looks at the store change."""

import asyncio
from math import inf

import pytest

from tests.support.exporter.fake_auto_refresh import (
    AT,
    LIFE,
    Keeping,
    breath,
    unreached,
    watched,
    with_anna,
)
from tests.support.tokens import FITBIT
from tokcheck.core.secret import Secret
from tokcheck.exporter.sources.store import granted
from tokcheck.exporter.state.account_state import Refresh

pytestmark = pytest.mark.anyio
OTHER = Secret(FITBIT)
SUCCESS = Refresh.SUCCESS


@pytest.fixture
def made() -> Keeping:
    """A keeper with one account that has just been logged in."""
    return with_anna()


async def test_a_grant_is_refreshed_ahead_of_each_end(made: Keeping) -> None:
    await made.on(4 * LIFE)
    assert [("anna", SUCCESS)] * 4 == made.ended
    for asked in made.asked:
        assert asked.ends is not None
        assert 300 <= asked.ends - asked.at <= 900
        assert asked.ends - asked.at < asked.lead <= asked.ends - asked.at + 1, "just enough"
    assert [] == made.log


async def test_a_token_that_ended_while_nobody_looked_is_refreshed_at_once() -> None:
    made = Keeping()
    made.login("anna", expires_at=AT - 3_600)
    made.look()
    await made.on(0)
    assert [("anna", SUCCESS)] == made.ended
    assert [1.0] == [asked.lead for asked in made.asked]


async def test_what_somebody_left_behind_is_finished_whatever_its_token_lives(
    made: Keeping,
) -> None:
    made.look(begun_at=AT)
    assert AT + 30 == made.keeper.next_at
    await made.on(30)
    assert [0.0] == [asked.lead for asked in made.asked], "or a token would be given up for it"


async def test_a_token_of_an_unknown_life_is_refreshed_in_any_case() -> None:
    made = Keeping(life=None)
    made.login("anna")
    made.look()
    await made.on(3_600)
    assert [("anna", SUCCESS)] * 2 == made.ended
    assert [0.0, 0.0] == [asked.lead for asked in made.asked]


async def test_no_more_than_at_once_are_under_way_and_all_come_to_their_turn() -> None:
    made = Keeping(at_once=3)
    doors = {f"p{n}": asyncio.Event() for n in range(8)}
    for name, door in doors.items():
        made.login(name, expires_at=AT)
        made.outcomes[name] = [door]
        made.look(name)
    await made.due()
    assert 3 == len(made.under_way)
    assert (True, inf) == (made.keeper.busy, made.keeper.next_at), "nothing may begin"
    while made.keeper.busy:
        doors[made.under_way[0]].set()
        await breath()
        made.begin()
        await breath()
    assert (3, 8) == (made.most, len(made.ended))
    assert {(name, SUCCESS) for name in doors} == set(made.ended)


async def test_one_that_takes_long_holds_no_other_up() -> None:
    made, door = Keeping(at_once=2), asyncio.Event()
    for name in ("anna", "bo", "cleo"):
        made.login(name, expires_at=AT)
        made.look(name)
    made.outcomes["anna"] = [door]
    for _ in range(3):
        await made.due()
    assert ["anna"] == made.under_way
    assert {("bo", SUCCESS), ("cleo", SUCCESS)} == set(made.ended)
    door.set()
    await made.keeper.settle()


async def test_it_knows_the_tokens_that_it_brought(made: Keeping) -> None:
    def brought() -> bool:
        grant = made.grants["anna"]
        return made.keeper.brought(watched(grant, granted(grant)))

    assert not brought(), "a login put it there"
    await made.due()
    await made.keeper.settle()
    assert brought()
    made.look()
    assert brought()
    made.now += 1
    made.login("anna")
    assert not brought()
    made.look()
    assert not brought()
    made.keeper.forget("anna")
    assert not brought()


async def test_what_another_process_refreshed_is_taken_and_not_counted(made: Keeping) -> None:
    made.elsewhere = {"anna"}
    await made.due()
    await made.keeper.settle()
    assert [("anna", None)] == made.ended
    assert made.keeper.next_at >= made.now + LIFE - 900
    assert [] == made.log


async def test_a_look_that_began_before_the_refresh_changes_nothing(made: Keeping) -> None:
    before = made.grants["anna"]
    await made.due()
    await made.keeper.settle()
    at = made.keeper.next_at
    made.look(grant=before)
    assert at == made.keeper.next_at
    made.look()
    assert at == made.keeper.next_at, "and so does the one that shows what it brought"
    await made.on(LIFE)
    assert 2 == len(made.asked)


async def test_a_look_may_show_the_new_token_before_the_refresh_has_ended(made: Keeping) -> None:
    door = asyncio.Event()
    made.outcomes["anna"] = [door]
    await made.due()
    new = made.grants["anna"]._replace(
        access=OTHER, obtained_at=made.now, expires_at=made.now + LIFE
    )
    made.look(grant=new)
    await made.due()
    assert ["anna"] == made.under_way, "it is not begun twice"
    made.outcomes["anna"] = []
    door.set()
    await made.keeper.settle()
    assert [("anna", SUCCESS)] == made.ended
    assert made.keeper.next_at > made.now + LIFE - 901


async def test_a_new_token_from_elsewhere_moves_the_next_refresh(made: Keeping) -> None:
    made.now += LIFE - 901
    made.login("anna")
    made.look()
    assert made.keeper.next_at > made.now + LIFE - 901


async def test_looks_that_show_nothing_new_do_not_draw_anew(made: Keeping) -> None:
    at = made.keeper.next_at
    for _ in range(20):
        made.look()
    assert at == made.keeper.next_at


@pytest.mark.parametrize("error", [None, unreached()], ids=["refreshed", "failed"])
async def test_an_account_that_is_forgotten_while_it_is_refreshed_stays_forgotten(
    made: Keeping, error: Exception | None
) -> None:
    door = asyncio.Event()
    made.outcomes["anna"] = [door] if error is None else [error]
    made.now = made.keeper.next_at
    made.begin()
    made.keeper.forget("anna")
    assert made.keeper.busy, "what is in the store by then must be seen by whoever comes next"
    door.set()
    await made.keeper.settle()
    assert inf == made.keeper.next_at
    assert 1 == len(made.ended)


async def test_an_account_that_comes_back_while_its_former_self_is_refreshed_is_its_own(
    made: Keeping,
) -> None:
    door = asyncio.Event()
    made.outcomes["anna"] = [door]
    await made.due()
    made.keeper.forget("anna")
    new = made.login("anna", access=OTHER)
    made.look(grant=new)
    at = made.keeper.next_at
    assert new.expires_at is not None
    assert 300 <= new.expires_at - at <= 900
    door.set()
    await made.keeper.settle()
    assert at == made.keeper.next_at, "the end of the old one plans nothing"


async def test_an_account_that_is_no_longer_of_the_store_is_left_alone(made: Keeping) -> None:
    made.keeper.watch(watched(made.grants["anna"], None))
    assert inf == made.keeper.next_at
    made.look()
    assert made.keeper.next_at < inf


async def test_closing_lets_what_is_under_way_end_in_time(made: Keeping) -> None:
    door = asyncio.Event()
    made.outcomes["anna"] = [door]
    await made.due()
    closing = asyncio.create_task(made.keeper.aclose(60))
    await breath()
    assert not closing.done()
    door.set()
    await closing
    assert [("anna", SUCCESS)] == made.ended
    assert (False, []) == (made.keeper.busy, made.cut)


async def test_closing_cuts_off_what_does_not_end_in_time() -> None:
    made = Keeping()
    for name in ("anna", "bo"):
        made.login(name, expires_at=AT)
        made.look(name)
    made.outcomes["anna"] = [asyncio.Event()]
    await made.due()
    await asyncio.wait_for(made.keeper.aclose(0), 10)
    assert (False, ["anna"]) == (made.keeper.busy, made.cut)
    assert [("bo", SUCCESS)] == made.ended, "of what was cut off nobody knows a result"
    await made.keeper.aclose(0)
    assert [] == made.log
