from datetime import timedelta

import pytest

from tests.support.providers.verdicts import OF_A_RESPONSE
from tests.support.suite.cases import each_case
from tests.support.tokens import NOW
from tokcheck.checks import Conclusion, conclude_from_outcome, exit_code
from tokcheck.checks.verdict import (
    conclude_expired,
    conclude_from_net_error,
    conclude_unverified,
)
from tokcheck.core.errors import ExitCode, NetError
from tokcheck.core.humanize import format_wait
from tokcheck.core.report import Claims, Outcome, Quota, Verdict
from tokcheck.providers import REGISTRY

PARTLY_KNOWN = (Verdict.VALID, Verdict.UNVERIFIED, Verdict.RATE_LIMITED)
SETTLED = [verdict for verdict in Verdict if verdict not in PARTLY_KNOWN]


@pytest.mark.parametrize(
    ("code", "verdict", "usable"),
    [
        (0, Verdict.VALID, True),
        (0, Verdict.UNVERIFIED, None),
        (4, Verdict.RATE_LIMITED, True),
        (3, Verdict.UNDETERMINED, None),
        (1, Verdict.VALID, False),
        (1, Verdict.RATE_LIMITED, False),
        (1, Verdict.UNVERIFIED, False),
        *((1, verdict, False) for verdict in SETTLED if verdict is not Verdict.UNDETERMINED),
    ],
)
def test_each_verdict_has_its_exit_code(
    code: int, verdict: Verdict, *, usable: bool | None
) -> None:
    assert ExitCode(code) is exit_code(verdict, usable)


@pytest.mark.parametrize("verdict", sorted(OF_A_RESPONSE))
def test_every_verdict_of_a_response_has_a_headline(verdict: Verdict) -> None:
    summary = conclude_from_outcome(Outcome(verdict), NOW, "API", {}).summary
    assert "contains no access token" not in summary


@pytest.mark.parametrize("provider", REGISTRY.values(), ids=list(REGISTRY))
@pytest.mark.parametrize(
    ("usable", "verdict"),
    [
        (True, Verdict.VALID),
        (True, Verdict.RATE_LIMITED),
        (None, Verdict.UNDETERMINED),
        (False, Verdict.EXPIRED),
        (False, Verdict.REVOKED_OR_INVALID),
        (False, Verdict.INSUFFICIENT_SCOPE),
        (False, Verdict.SERVICE_GONE),
        (False, Verdict.API_DISABLED),
        (False, Verdict.ACCOUNT_NOT_LINKED),
        (False, Verdict.PROFILE_MISSING),
        (False, Verdict.GRANT_BROKEN),
        (False, Verdict.NOT_PERMITTED),
    ],
)
def test_usable_is_none_unless_something_is_known(
    provider: object, verdict: Verdict, *, usable: bool | None
) -> None:
    title = getattr(provider, "title", "")
    remedies = getattr(provider, "remedies", {})
    conclusion = conclude_from_outcome(Outcome(verdict, advice=("First.",)), NOW, title, remedies)
    assert usable is conclusion.usable
    assert verdict is conclusion.verdict
    assert conclusion.summary.endswith(".")
    assert conclusion.advice[0] == "First."
    assert remedies.get(verdict, ()) == conclusion.advice[1:]


@pytest.mark.parametrize("name", list(REGISTRY))
def test_each_refusal_of_a_provider_has_a_remedy(name: str) -> None:
    common = {
        Verdict.EXPIRED,
        Verdict.REVOKED_OR_INVALID,
        Verdict.INSUFFICIENT_SCOPE,
        Verdict.RATE_LIMITED,
        Verdict.SERVICE_GONE,
        Verdict.NOT_PERMITTED,
    }
    assert set() == common - set(REGISTRY[name].remedies)


@pytest.mark.parametrize(
    ("rest", "quota"),
    [
        (
            ": 149 of 150 requests an hour are left; it resets in 20 min.",
            Quota("hour", 150, 149, NOW + timedelta(minutes=20), "headers"),
        ),
        (": 7 of 300 requests a minute are left.", Quota("minute", 300, 7, None, "headers")),
        (": 7 requests an hour are left.", Quota("hour", None, 7, None, "headers")),
        (": 7 requests are left.", Quota("unknown", None, 7, None, "headers")),
        (": 7 requests in 3 minutes (vm) are left.", Quota("vm 180s", None, 7, None, "headers")),
        (
            ": 7 of 9 tokens a day are left.",
            Quota("tokens day", 9, 7, None, "headers", "user", "tokens"),
        ),
        (
            ": at most 7 of 300 requests a minute are left.",
            Quota("minute", 300, 7, None, "counted"),
        ),
        (
            ": 0 of 150 requests an hour are left; it resets in 0 s.",
            Quota("hour", 150, 0, NOW, "headers"),
        ),
        (".", Quota("hour", 150, None, None, "documented")),
    ],
)
def test_the_summary_states_the_remaining_requests(rest: str, quota: Quota) -> None:
    outcome = Outcome(Verdict.VALID, quota=(quota,))
    assert f"This X token works{rest}" == conclude_from_outcome(outcome, NOW, "X", {}).summary


@each_case(
    "reset, pause, said",
    [
        (595, None, ""),
        (595, 595, ""),
        (595, 595.000_001, ""),
        (595, 594, ""),
        (595, 596.5, ""),  # a date in a header has whole seconds
        (595, 60, ""),
        (595, 598, ", but the response says to wait 9 min 58 s"),
        (595, 3_600, ", but the response says to wait 1 h"),
        (7_200 * 30, 7_200 * 30 + 3, ""),  # the same words
    ],
)
def test_the_summary_names_a_pause_that_outlasts_the_reset(
    reset: float, pause: float | None, said: str
) -> None:
    quota = Quota("hour", 150, 0, NOW + timedelta(seconds=reset), "headers")
    retry_at = None if pause is None else NOW + timedelta(seconds=pause)
    outcome = Outcome(Verdict.RATE_LIMITED, quota=(quota,), retry_at=retry_at)
    words = f"; it resets in {format_wait(reset)}{said}."
    summary = conclude_from_outcome(outcome, NOW, "X", {}).summary
    assert summary.endswith(words), summary


@pytest.mark.parametrize(
    ("rest", "quota"),
    [
        (": 0 requests an hour are left.", Quota("hour", None, 0, None, "headers")),
        (
            ": 0 of 150 requests an hour are left; it resets in 1 s.",
            Quota("hour", 150, 0, NOW + timedelta(seconds=1), "headers"),
        ),
    ],
)
def test_a_token_without_requests_left_works_but_is_rate_limited(rest: str, quota: Quota) -> None:
    conclusion = conclude_from_outcome(
        Outcome(Verdict.VALID, quota=(quota,)), NOW, "X", {Verdict.RATE_LIMITED: ("Wait.",)}
    )
    assert (Verdict.RATE_LIMITED, True) == (conclusion.verdict, conclusion.usable)
    assert f"This X token has reached its rate limit{rest}" == conclusion.summary
    assert ("Wait.",) == conclusion.advice


def test_a_detail_with_its_own_full_stop_gets_no_second_one() -> None:
    outcome = Outcome(Verdict.UNDETERMINED, "the server said: Sorry.")
    expected = "Could not tell whether this X token works: the server said: Sorry."
    assert expected == conclude_from_outcome(outcome, NOW, "X", {}).summary


def test_a_request_without_a_response_is_undetermined() -> None:
    error = NetError("dns", "the name x could not be resolved", "Check it.", reached=False)
    summary = "Could not tell whether this X token works: the name x could not be resolved."
    expected = Conclusion(Verdict.UNDETERMINED, None, summary, ("Check it.",))
    assert expected == conclude_from_net_error(error, "X")
    late = NetError("timeout", "x did not respond within 10 s", "Try again.", reached=True)
    assert "--timeout" in conclude_from_net_error(late, "X").advice[-1]
    assert conclude_from_net_error(NetError("x", "y", reached=False), "X").advice == ()


@pytest.mark.parametrize(("doubt", "ago"), [(True, 0), (True, 3_628_799), (False, 3_628_800)])
def test_an_expiry_within_six_weeks_mentions_the_clock(*, doubt: bool, ago: int) -> None:
    claims = Claims(expires_at=NOW - timedelta(seconds=ago))
    conclusion = conclude_expired(claims, NOW, "X", ("Refresh it.",))
    assert Verdict.EXPIRED is conclusion.verdict
    assert conclusion.usable is False
    assert conclusion.advice[0] == "Refresh it."
    assert doubt == ("This computer's clock says" in " ".join(conclusion.advice))


def test_an_unverified_summary_states_the_expiry() -> None:
    headline = "This X token looks right, but was not tried"
    assert f"{headline}; it expires in 7 h." == conclude_unverified(7 * 3600, "X").summary
    assert f"{headline}." == conclude_unverified(None, "X").summary


@pytest.mark.parametrize("verdict", [Verdict.VALID, Verdict.RATE_LIMITED])
def test_the_window_that_is_used_up_the_longest_is_the_one_that_is_named(verdict: Verdict) -> None:
    quotas = (
        Quota("900s", 100, 88, NOW + timedelta(minutes=7), "headers"),
        Quota("hour", 200, 0, NOW + timedelta(minutes=20), "headers"),
        Quota("day", 1000, 0, NOW + timedelta(hours=9), "headers"),
    )
    summary = conclude_from_outcome(Outcome(verdict, quota=quotas), NOW, "X", {}).summary
    assert (
        "This X token has reached its rate limit: 0 of 1000 requests a day are left; it resets in "
        "9 h." == summary
    )
