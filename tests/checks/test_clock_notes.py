"""The notes of a report on clocks: by how much they differ and which way, and none without need."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.checks import LIST, SECONDS, Sender, check
from tests.support.providers.google_probe import IDENTITY, TOKENINFO
from tests.support.providers.probe_responses import problem, respond
from tests.support.tokens import FITBIT, GOOGLE, NOW, fitbit
from tokcheck.checks import Checker
from tokcheck.checks.clock_notes import clock_notes
from tokcheck.checks.requirements import Requirements
from tokcheck.core.report import Claims, Report, Verdict
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Response

EXPIRED = respond(401, problem("expired_token", "Access token expired"))
LIMITED = respond(
    429,
    problem("system", "Too Many Requests"),
    {
        "fitbit-rate-limit-limit": "150",
        "fitbit-rate-limit-remaining": "0",
        "fitbit-rate-limit-reset": "1800",
    },
)


def with_date(answer: Response, skew: float) -> Response:
    """Return a response with the date of a clock that is so many seconds ahead."""
    date = format_datetime(NOW + timedelta(seconds=skew), usegmt=True)
    return answer._replace(headers={**answer.headers, "date": date})


def clock_advice(report: Report) -> list[str]:
    return [line for line in report.advice if "clock" in line and "Wait until" not in line]


def notes(
    verdict: Verdict = Verdict.VALID,
    claims: Claims | None = None,
    skew: int | None = None,
    *,
    was_sent: bool = True,
) -> str:
    return " ".join(clock_notes(verdict, claims, NOW, skew, was_sent=was_sent))


@pytest.mark.parametrize(
    ("noted", "issued"), [(True, 300), (True, 86_400), (False, 299), (False, 0), (False, -5)]
)
def test_a_time_of_issue_in_the_future_questions_the_clock(*, noted: bool, issued: int) -> None:
    found = notes(claims=Claims(issued_at=NOW + timedelta(seconds=issued)))
    assert noted == ("This computer's clock may be wrong" in found)
    assert noted == bool(found)


def test_without_claims_and_a_difference_nothing_is_said() -> None:
    assert notes() == notes(claims=Claims()) == notes(skew=0) == ""


@pytest.mark.parametrize(
    ("start", "skew"),
    [
        ("", 0),
        ("", 60),
        ("", -60),
        ("The server's clock is 1 min 1 s ahead of this computer's", 61),
        ("The server's clock is 1 min 1 s behind this computer's", -61),
        ("The server's clock is 9 h ahead of this computer's", 32_400),
        ("The server's clock is 2 days behind this computer's", -2 * 86_400),
    ],
)
def test_a_difference_of_more_than_a_minute_is_said_with_its_direction(
    start: str, skew: int
) -> None:
    found = notes(skew=skew)
    assert found.startswith(start)
    assert bool(start) == bool(found)
    assert (f"{NOW:%Y-%m-%d %H:%M} UTC" in found) == bool(start)


def test_a_measured_difference_replaces_the_doubt_from_the_time_of_issue() -> None:
    issued = Claims(issued_at=NOW + timedelta(hours=2))
    assert "may be wrong" not in notes(claims=issued, skew=7_200)


@pytest.mark.parametrize(
    ("words", "skew"),
    [
        ("for another 7 h; according to the server's, it has expired.", 32_400),
        ("so it is according to the server's: the server ended it earlier.", -32_400),
        ("The server's clock agrees, so the server ended it earlier.", 1),
        ("The response has no readable date, so the clocks could not be compared.", None),
    ],
)
def test_an_expiry_that_only_the_server_reports_names_the_clocks(
    words: str, skew: int | None
) -> None:
    claims = Claims(expires_at=NOW + timedelta(hours=7))
    found = notes(Verdict.EXPIRED, claims, skew)
    assert "According to this computer's clock, the token is valid for another 7 h" in found
    assert words in found
    assert notes(Verdict.EXPIRED, claims, skew, was_sent=False) == notes(skew=skew)
    assert "lives" not in notes(Verdict.REVOKED_OR_INVALID, claims, skew)
    assert "lives" not in notes(Verdict.EXPIRED, Claims(expires_at=NOW), skew)
    assert "lives" not in notes(Verdict.EXPIRED, Claims(), skew)


@given(skew=st.integers(-5 * 86_400, 5 * 86_400))
def test_a_reset_is_as_far_away_as_the_header_says_and_the_skew_is_reported(skew: int) -> None:
    for answer, reset in ((LIMITED, 1800), (LIST, 1200)):
        report = check(fitbit(exp=SECONDS + 10 * 86_400), Sender(with_date(answer, skew)))
        shown = report.to_dict()
        assert reset == shown["quota"][0]["reset_in_seconds"]
        assert skew == shown["clock_skew_seconds"] == report.clock_skew_seconds
        assert (abs(skew) > 60) == bool(clock_advice(report))


def test_the_key_stands_behind_the_expiry_and_is_null_without_a_date() -> None:
    shown = check(FITBIT, Sender(LIST)).to_dict()
    keys = list(shown)
    assert "clock_skew_seconds" == keys[keys.index("expires_in_seconds") + 1]
    assert shown["clock_skew_seconds"] is None
    assert check("nothing").to_dict()["clock_skew_seconds"] is None


def test_an_expired_token_of_the_server_is_reported_with_both_clocks() -> None:
    report = check(fitbit(exp=SECONDS + 7 * 3600), Sender(with_date(EXPIRED, 32_400)))
    assert Verdict.EXPIRED is report.verdict
    assert 32_400 == report.clock_skew_seconds
    assert 2 == len(clock_advice(report))
    assert "9 h ahead of" in clock_advice(report)[1]


def test_the_last_response_with_a_date_counts() -> None:
    answers = (with_date(TOKENINFO, 500), with_date(IDENTITY, 700), respond(200, {}))
    assert 700 == check(GOOGLE, Sender(*answers)).clock_skew_seconds


def test_a_slow_probe_ends_when_its_reset_counts_from() -> None:
    moments: list[datetime] = [NOW, NOW + timedelta(seconds=30)]
    slow = LIMITED._replace(received_at=moments[1])
    checker = Checker(REGISTRY, now=lambda: moments.pop(0), timer=lambda: 0.0, send=Sender(slow))
    assert 1800 == checker.check(FITBIT).to_dict()["quota"][0]["reset_in_seconds"]


@pytest.mark.parametrize(
    ("usable", "min_ttl", "skew"),
    [
        (False, 9 * 3600, 7200),  # this clock is two hours behind: 10 h by it, 8 h by the server's
        (True, 7 * 3600, 7200),
        (False, 9 * 3600, None),  # no token lives longer than its lifetime
        (True, 7 * 3600, None),
    ],
)
def test_a_required_life_is_judged_by_the_clock_that_finds_less(
    *, usable: bool, min_ttl: float, skew: int | None
) -> None:
    token = fitbit(iat=SECONDS + 7200, exp=SECONDS + 10 * 3600)
    answer = LIST if skew is None else with_date(LIST, skew)
    checker = Checker(
        REGISTRY,
        now=lambda: NOW,
        timer=lambda: 0.0,
        send=Sender(answer),
        requirements=Requirements(min_ttl=min_ttl),
    )
    report = checker.check(token)
    assert (usable, not usable) == (report.usable, report.expires_too_soon)
    assert usable or report.summary.startswith(
        "This token expires in 8 h, sooner than the 9 h that --min-ttl requires."
    )


@given(skew=st.integers(-2 * 86_400, 2 * 86_400), left=st.integers(1, 10 * 3600))
def test_the_seconds_left_are_those_of_the_clock_that_finds_less(skew: int, left: int) -> None:
    token = fitbit(iat=SECONDS + left - 8 * 3600, exp=SECONDS + left)
    report = check(token, Sender(with_date(LIST, skew)))
    seconds = report.expires_in_seconds
    assert seconds is not None
    assert 0 < seconds <= min(left, 8 * 3600), "the server accepts it"
    if skew > 60 and skew < left:
        assert left - skew == seconds or 8 * 3600 == seconds
    else:
        assert min(left, 8 * 3600) == seconds
    assert seconds == report.to_dict()["expires_in_seconds"]


def test_a_token_of_tomorrow_lives_as_long_in_the_summary_as_in_the_fields() -> None:
    for ahead in (90, 7200, 86_400):
        report = check(fitbit(iat=SECONDS + ahead, exp=SECONDS + ahead + 8 * 3600))
        assert 8 * 3600 == report.expires_in_seconds
        assert report.summary.endswith("; it expires in 8 h.")


def test_a_lifetime_that_the_provider_counted_is_the_same_by_any_clock() -> None:
    found = clock_notes(
        Verdict.EXPIRED,
        Claims(expires_at=NOW + timedelta(hours=1)),
        NOW,
        7200,
        was_sent=True,
        is_counted=True,
    )
    expected = (
        "According to its lifetime, the token is valid for another 1 h: "
        "the server ended it earlier."
    )
    assert expected == found[0]
    assert "has expired" not in " ".join(found)
