"""Automatic refresh when it fails: counts, log lines and retries."""

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
    AutoRefreshHarness,
    harness_with_anna,
    keep_unchanged,
    unreachable_error,
)
from tests.support.tokens import FITBIT_REFRESH
from tokcheck.accounts import errors
from tokcheck.accounts.errors import GrantError, OAuthError
from tokcheck.accounts.grant import Broken, BrokenReason, Refused
from tokcheck.core.errors import UsageError
from tokcheck.exporter.state import RefreshResult

pytestmark = pytest.mark.anyio
BROKEN = Broken(AT, BrokenReason.DUPLICATE, "kim")
REFUSED_APPLICATION = Broken(
    AT,
    BrokenReason.APPLICATION,
    "Client secret invalid.",
    refused=Refused("invalid_client", "https://api.fitbit.com", ("",)),
)
FAILED, REFUSED, SUCCESS = RefreshResult.FAILED, RefreshResult.REFUSED, RefreshResult.SUCCESS


def grant_error() -> GrantError:
    return GrantError("The account anna cannot be refreshed. It is lost.", "Log in again.")


def known_error() -> GrantError:
    return GrantError(
        "The account anna cannot be refreshed (since now).", "Do this.", is_known=True
    )


def oauth(code: str, *, refused: bool, until: float | None = None) -> OAuthError:
    return OAuthError(code, f"It says {code}.", "Do this.", refused=refused, retry_at=until)


@pytest.fixture
def harness() -> AutoRefreshHarness:
    """Make an automatic refresh with one account that has just been logged in."""
    return harness_with_anna()


@pytest.mark.parametrize(
    ("error", "result", "said"),
    [
        (unreachable_error(), FAILED, "not refreshed: Fitbit could not be reached. Try again."),
        (errors.disk_full_error(Path("/home/x")), FAILED, "not refreshed: There is no space left"),
        (oauth("server_error", refused=False), FAILED, "not refreshed: It says server_error."),
        (oauth("rate_limited", refused=False), FAILED, "not refreshed: It says rate_limited."),
        (oauth("invalid_client", refused=True), REFUSED, "not refreshed: It says invalid_client."),
        (grant_error(), REFUSED, "The account anna cannot be refreshed. It is lost. Log in again."),
        (ValueError(FITBIT_REFRESH), FAILED, "this is a bug: ValueError at auto_refresh.py:"),
    ],
)
async def test_an_error_is_counted_each_time_and_logged_once(
    harness: AutoRefreshHarness, error: Exception, result: RefreshResult, said: str
) -> None:
    harness.outcomes["anna"] = [error] * 5
    await harness.advance(LIFE + 7_200)
    assert [("anna", result)] * 5 + [("anna", SUCCESS)] == harness.ended
    (line,) = harness.log
    assert line.startswith(f"anna: {said}")
    assert FITBIT_REFRESH not in line
    harness.outcomes["anna"] = [error]
    await harness.advance(LIFE)
    assert [line, line] == [entry[: len(line)] for entry in harness.log], "it is logged again"


async def test_a_different_error_is_logged(harness: AutoRefreshHarness) -> None:
    failures = [unreachable_error(), oauth("server_error", refused=False), unreachable_error()]
    harness.outcomes["anna"] = [*failures]
    await harness.advance(LIFE + 3_600)
    assert [
        f"anna: not refreshed: {error.message} {error.hint}" for error in failures
    ] == harness.log


async def test_a_bug_in_one_account_does_not_stop_the_others() -> None:
    harness = AutoRefreshHarness(at_once=1)
    for name in ("anna", "bo"):
        harness.login(name, expires_at=AT)
        harness.poll(name)
    harness.outcomes["anna"] = [ZeroDivisionError(FITBIT_REFRESH)] * 100
    await harness.advance(2 * LIFE)
    assert 3 == harness.ended.count(("bo", SUCCESS))
    assert {FAILED} == {result for name, result in harness.ended if name == "anna"}
    assert 1 == len(harness.log)


async def test_the_same_error_is_logged_again_for_a_new_token(harness: AutoRefreshHarness) -> None:
    harness.outcomes["anna"] = [unreachable_error()]
    await harness.run_due()
    await harness.auto_refresh.wait_idle()
    harness.now += 1
    harness.login("anna")
    harness.poll()
    harness.outcomes["anna"] = [unreachable_error()]
    await harness.run_due()
    await harness.auto_refresh.wait_idle()
    assert 2 == len(harness.log)


async def test_delays_grow_with_failures_and_reset_after_a_success(
    harness: AutoRefreshHarness,
) -> None:
    harness.outcomes["anna"] = [unreachable_error() for _ in range(10)]
    await harness.advance(LIFE + 6 * 3_600)
    for number, pause in enumerate(harness.pauses()[:10]):
        longest = min(3_600, 60 * 2**number)
        assert longest / 2 <= pause <= longest
    assert SUCCESS is harness.ended[10][1]
    harness.outcomes["anna"] = [unreachable_error()]
    before = len(harness.requests)
    await harness.advance(LIFE)
    assert 30 <= harness.requests[before + 1].at - harness.requests[before].at <= 60


async def test_no_request_is_sent_before_the_moment_that_the_provider_names(
    harness: AutoRefreshHarness,
) -> None:
    until = harness.now + LIFE + 600
    limited = oauth("rate_limited", refused=False, until=until)
    harness.outcomes["anna"] = [limited, unreachable_error(), unreachable_error()]
    await harness.advance(LIFE + 7_200)
    times = [request.at for request in harness.requests[:3]]
    assert times[0] < until - 600
    assert until <= times[1] <= until + 60, "from the first failure on"
    assert 60 <= times[2] - times[1] <= 120, "it applied to that one time"


async def test_a_moment_further_away_than_an_hour_is_read_from_the_store_each_hour(
    harness: AutoRefreshHarness,
) -> None:
    known = oauth("rate_limited", refused=False, until=harness.now + LIFE + 86_400)
    known.is_known = True
    harness.outcomes["anna"] = [known] * 9
    await harness.advance(LIFE + 7_200)
    assert 3_600 == harness.pauses()[0]
    assert {None} == {result for _, result in harness.ended[:2]}, "nothing was sent"
    assert 1 == sum("not refreshed" in line for line in harness.log)


async def test_a_token_that_expires_at_once_is_not_refreshed_in_a_loop() -> None:
    harness = AutoRefreshHarness(life=0.0)
    harness.login("anna")
    harness.poll()
    await harness.advance(600, polling=False)
    assert 2 <= len(harness.requests) <= 21
    assert min(harness.pauses()) >= 30


async def test_a_new_token_ends_a_delay_and_a_poll_does_not(harness: AutoRefreshHarness) -> None:
    harness.outcomes["anna"] = [unreachable_error()] * 4
    await harness.advance(LIFE)
    at = harness.auto_refresh.next_at
    harness.poll(begun_at=harness.now - 600)
    harness.poll()
    assert at == harness.auto_refresh.next_at
    harness.login("anna", expires_at=harness.now)
    harness.poll()
    assert harness.auto_refresh.next_at <= harness.now


async def test_a_refresh_under_way_elsewhere_has_no_result_and_is_retried(
    harness: AutoRefreshHarness,
) -> None:
    harness.outcomes["anna"] = [keep_unchanged]
    await harness.advance(LIFE)
    assert [("anna", None), ("anna", SUCCESS)] == harness.ended
    assert 30 <= harness.pauses()[0] <= 60
    assert [] == harness.log


async def test_an_account_removed_meanwhile_has_no_result_and_is_not_logged(
    harness: AutoRefreshHarness,
) -> None:
    harness.outcomes["anna"] = [UsageError("There is no account of that name.", "Look.")]
    await harness.run_due()
    await harness.auto_refresh.wait_idle()
    assert [("anna", None)] == harness.ended
    assert [] == harness.log
    harness.auto_refresh.forget("anna")
    assert inf == harness.auto_refresh.next_at


async def test_a_broken_grant_is_logged_once_and_never_refreshed(
    harness: AutoRefreshHarness,
) -> None:
    for _ in range(3):
        harness.poll(broken=BROKEN)
    assert inf == harness.auto_refresh.next_at
    assert [
        "anna: cannot be refreshed. The account kim has the same refresh token: both "
        "come from one consent. Use that account, and delete this one: "
        "tokcheck accounts remove anna --forget"
    ] == harness.log
    harness.login("anna")
    harness.poll()
    await harness.advance(LIFE)
    assert [("anna", SUCCESS)] == harness.ended, "a new consent fixes it"
    harness.poll(broken=BROKEN)
    assert 2 == len(harness.log), "and may break again"


async def test_a_refused_application_is_left_to_the_refresh_once_and_then_rests(
    harness: AutoRefreshHarness,
) -> None:
    """The refresh alone knows whether the address and the secret are still those refused."""
    harness.outcomes["anna"] = [known_error()]
    for _ in range(3):
        harness.poll(broken=REFUSED_APPLICATION)
    assert harness.auto_refresh.next_at < inf
    await harness.run_due()
    await harness.auto_refresh.wait_idle()
    assert [("anna", None)] == harness.ended, "nothing was sent"
    harness.poll(broken=REFUSED_APPLICATION)
    assert inf == harness.auto_refresh.next_at
    assert 1 == len(harness.log)
    harness.login("anna")
    harness.poll()
    await harness.advance(LIFE)
    assert [("anna", None), ("anna", SUCCESS)] == harness.ended


async def test_a_grant_that_breaks_is_not_logged_again_by_the_next_poll(
    harness: AutoRefreshHarness,
) -> None:
    harness.outcomes["anna"] = [grant_error()]
    await harness.run_due()
    await harness.auto_refresh.wait_idle()
    harness.poll(broken=BROKEN)
    assert 1 == len(harness.log)
    assert inf == harness.auto_refresh.next_at
    await harness.advance(10 * LIFE, polling=False)
    assert [("anna", REFUSED)] == harness.ended


_OUTCOMES = st.sampled_from(
    [
        None,
        keep_unchanged,
        unreachable_error(),
        oauth("invalid_client", refused=True),
        grant_error(),
        ValueError("x"),
    ]
)


@settings(deadline=None)
@given(
    st.lists(st.lists(_OUTCOMES, max_size=6), min_size=1, max_size=4),
    st.integers(1, 3),
    st.sampled_from([0.0, 60.0, 3_600.0, LIFE, None]),
    st.integers(),
)
def test_any_sequence_of_results_keeps_delays_within_bounds(
    outcomes: list[list[object]], at_once: int, life: float | None, seed: int
) -> None:
    harness = AutoRefreshHarness(at_once=at_once, life=life, seed=seed)
    for number, of_one in enumerate(outcomes):
        name = f"p{number}"
        harness.login(name)
        harness.outcomes[name] = [
            harness.renew if outcome is None else outcome  # type: ignore[misc]
            for outcome in of_one
        ]
        harness.poll(name)
    asyncio.run(harness.advance((life or 1_800) + 7_200, polling=False))
    assert harness.most <= at_once
    for name in harness.grants:
        moments = [request.at for request in harness.requests if request.name == name]
        assert all(later - one > 29.99 for one, later in itertools.pairwise(moments))
        assert (name, SUCCESS) in harness.ended
        assert harness.now - moments[-1] <= (1_800 if life is None else max(3_600, life))
