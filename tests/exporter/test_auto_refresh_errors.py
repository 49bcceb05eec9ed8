"""The keeper when refreshes fail: what is counted, what is said, and when it is tried again."""

import asyncio
import itertools
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exporter.fake_auto_refresh import (
    AT,
    LIFE,
    Keeping,
    unchanged,
    unreached,
    with_anna,
)
from tests.support.tokens import FITBIT_REFRESH
from tokcheck.accounts import errors
from tokcheck.accounts.errors import GrantError, OAuthError
from tokcheck.accounts.grant import Broken, BrokenReason
from tokcheck.core.errors import UsageError
from tokcheck.exporter.state.account_state import Refresh

pytestmark = pytest.mark.anyio
BROKEN = Broken(AT, BrokenReason.DUPLICATE, "kim")
FAILED, REFUSED, SUCCESS = Refresh.FAILED, Refresh.REFUSED, Refresh.SUCCESS


def lost() -> GrantError:
    return GrantError("The account anna cannot be refreshed. It is lost.", "Log in again.")


def oauth(code: str, *, refused: bool, later: float | None = None) -> OAuthError:
    return OAuthError(code, f"It says {code}.", "Do this.", refused=refused, retry_after=later)


@pytest.fixture
def made() -> Keeping:
    """A keeper with one account that has just been logged in."""
    return with_anna()


@pytest.mark.parametrize(
    ("error", "result", "said"),
    [
        (unreached(), FAILED, "not refreshed: Fitbit could not be reached. Try again."),
        (errors.full(Path("/home/x")), FAILED, "not refreshed: There is no space left"),
        (oauth("server_error", refused=False), FAILED, "not refreshed: It says server_error."),
        (oauth("rate_limited", refused=False), FAILED, "not refreshed: It says rate_limited."),
        (oauth("invalid_client", refused=True), REFUSED, "not refreshed: It says invalid_client."),
        (lost(), REFUSED, "The account anna cannot be refreshed. It is lost. Log in again."),
        (ValueError(FITBIT_REFRESH), FAILED, "this is a bug: ValueError at auto_refresh.py:"),
    ],
)
async def test_what_went_wrong_is_counted_and_said_once_until_it_is_over(
    made: Keeping, error: Exception, result: Refresh, said: str
) -> None:
    made.outcomes["anna"] = [error] * 5
    await made.on(LIFE + 7_200)
    assert [("anna", result)] * 5 + [("anna", SUCCESS)] == made.ended
    (line,) = made.log
    assert line.startswith(f"anna: {said}")
    assert FITBIT_REFRESH not in line
    made.outcomes["anna"] = [error]
    await made.on(LIFE)
    assert [line, line] == [told[: len(line)] for told in made.log], "it is news again"


async def test_another_fault_is_told(made: Keeping) -> None:
    failures = [unreached(), oauth("server_error", refused=False), unreached()]
    made.outcomes["anna"] = [*failures]
    await made.on(LIFE + 3_600)
    assert [f"anna: not refreshed: {error.message} {error.hint}" for error in failures] == made.log


async def test_a_bug_in_one_account_does_not_stop_the_others() -> None:
    made = Keeping(at_once=1)
    for name in ("anna", "bo"):
        made.login(name, expires_at=AT)
        made.look(name)
    made.outcomes["anna"] = [ZeroDivisionError(FITBIT_REFRESH)] * 100
    await made.on(2 * LIFE)
    assert 3 == made.ended.count(("bo", SUCCESS))
    assert {FAILED} == {result for name, result in made.ended if name == "anna"}
    assert 1 == len(made.log)


async def test_the_same_fault_of_a_new_token_is_news(made: Keeping) -> None:
    made.outcomes["anna"] = [unreached()]
    await made.due()
    await made.keeper.settle()
    made.now += 1
    made.login("anna")
    made.look()
    made.outcomes["anna"] = [unreached()]
    await made.due()
    await made.keeper.settle()
    assert 2 == len(made.log)


async def test_pauses_grow_while_it_fails_and_begin_anew_after_a_success(made: Keeping) -> None:
    made.outcomes["anna"] = [unreached() for _ in range(10)]
    await made.on(LIFE + 6 * 3_600)
    for number, pause in enumerate(made.pauses()[:10]):
        longest = min(3_600, 60 * 2**number)
        assert longest / 2 <= pause <= longest
    assert SUCCESS is made.ended[10][1]
    made.outcomes["anna"] = [unreached()]
    before = len(made.asked)
    await made.on(LIFE)
    assert 30 <= made.asked[before + 1].at - made.asked[before].at <= 60


@pytest.mark.parametrize(
    ("asked", "shortest", "longest"), [(None, 60, 120), (5.0, 60, 120), (600.0, 600, 600),
                                       (1e9, 3_600, 3_600)],
)  # fmt: skip
async def test_the_provider_is_given_the_time_that_it_asks_for_again_up_to_an_hour(
    made: Keeping, asked: float | None, shortest: float, longest: float
) -> None:
    limited = oauth("rate_limited", refused=False, later=asked)
    made.outcomes["anna"] = [limited, limited, unreached()]
    await made.on(LIFE + 7_200)
    first, second, third = made.pauses()[:3]
    assert 30 <= first <= 60, "an answer that was lost is repeated for two minutes alone"
    assert shortest <= second <= longest
    assert 120 <= third <= 240, "it was for that once"


async def test_a_token_that_ends_at_once_is_not_refreshed_without_a_pause() -> None:
    made = Keeping(life=0.0)
    made.login("anna")
    made.look()
    await made.on(600, looking=False)
    assert 2 <= len(made.asked) <= 21
    assert min(made.pauses()) >= 30


async def test_looks_do_not_end_a_pause_and_a_new_token_does(made: Keeping) -> None:
    made.outcomes["anna"] = [unreached()] * 4
    await made.on(LIFE)
    at = made.keeper.next_at
    made.look(begun_at=made.now - 600)
    made.look()
    assert at == made.keeper.next_at
    made.login("anna", expires_at=made.now)
    made.look()
    assert made.keeper.next_at <= made.now


async def test_a_refresh_that_somebody_else_is_at_is_no_result_and_looked_at_again(
    made: Keeping,
) -> None:
    made.outcomes["anna"] = [unchanged]
    await made.on(LIFE)
    assert [("anna", None), ("anna", SUCCESS)] == made.ended
    assert 30 <= made.pauses()[0] <= 60
    assert [] == made.log


async def test_an_account_that_was_removed_meanwhile_is_no_result_and_not_told(
    made: Keeping,
) -> None:
    made.outcomes["anna"] = [UsageError("There is no account of that name.", "Look.")]
    await made.due()
    await made.keeper.settle()
    assert [("anna", None)] == made.ended
    assert [] == made.log
    made.keeper.forget("anna")
    assert inf == made.keeper.next_at


async def test_a_broken_grant_is_told_once_and_never_tried(made: Keeping) -> None:
    for _ in range(3):
        made.look(broken=BROKEN)
    assert inf == made.keeper.next_at
    assert [
        "anna: its grant cannot be refreshed. The account kim has the same refresh token: both "
        "come from one consent. Use that account, and delete this one: "
        "tokcheck accounts remove anna --forget"
    ] == made.log
    made.login("anna")
    made.look()
    await made.on(LIFE)
    assert [("anna", SUCCESS)] == made.ended, "a new consent mends it"
    made.look(broken=BROKEN)
    assert 2 == len(made.log), "and may break as well"


async def test_a_grant_that_breaks_is_not_told_again_by_the_look_that_shows_it(
    made: Keeping,
) -> None:
    made.outcomes["anna"] = [lost()]
    await made.due()
    await made.keeper.settle()
    made.look(broken=BROKEN)
    assert 1 == len(made.log)
    assert inf == made.keeper.next_at
    await made.on(10 * LIFE, looking=False)
    assert [("anna", REFUSED)] == made.ended


_OUTCOMES = st.sampled_from(
    [None, unchanged, unreached(), oauth("invalid_client", refused=True), lost(), ValueError("x")]
)


@settings(deadline=None)
@given(
    st.lists(st.lists(_OUTCOMES, max_size=6), min_size=1, max_size=4),
    st.integers(1, 3),
    st.sampled_from([0.0, 60.0, 3_600.0, LIFE, None]),
    st.integers(),
)
def test_however_it_goes_nobody_is_asked_in_a_hurry_nor_forgotten(
    outcomes: list[list[object]], at_once: int, life: float | None, seed: int
) -> None:
    made = Keeping(at_once=at_once, life=life, seed=seed)
    for number, of_one in enumerate(outcomes):
        name = f"p{number}"
        made.login(name)
        made.outcomes[name] = [
            made.renewed if outcome is None else outcome  # type: ignore[misc]
            for outcome in of_one
        ]
        made.look(name)
    asyncio.run(made.on((life or 1_800) + 7_200, looking=False))
    assert made.most <= at_once
    for name in made.grants:
        moments = [asked.at for asked in made.asked if asked.name == name]
        assert all(later - one > 29.99 for one, later in itertools.pairwise(moments))
        assert (name, SUCCESS) in made.ended
        assert made.now - moments[-1] <= (1_800 if life is None else max(3_600, life))
