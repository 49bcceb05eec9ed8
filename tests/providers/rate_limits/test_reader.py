"""Rate-limit headers of every kind: numbers are used, anything else is noted or ignored."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tokcheck.core.report import Quota
from tokcheck.providers.base import Response
from tokcheck.providers.rate_limits.pauses import delay_end, retry_after
from tokcheck.providers.rate_limits.reader import QuotaReading, read_window, read_windows
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm
from tokcheck.providers.response_clock import clock_skew

HOUR = WindowForm(
    seconds=3600,
    limit=FieldSource("x-limit"),
    remaining=FieldSource("x-remaining"),
    reset=FieldSource("x-reset"),
    reset_form=ResetForm.MAGNITUDE,
    fractions=False,
)
HERE = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
# The server's own clock, ten minutes ahead of this computer's.
THERE = datetime(2026, 1, 15, 12, 10, 0, tzinfo=UTC)
DATE = format_datetime(THERE, usegmt=True)


def reading(**headers: str) -> QuotaReading:
    """Read headers with names that are written with underscores."""
    return read_window(
        {name.replace("_", "-"): value for name, value in headers.items()}, HOUR, HERE
    )


def quota(**headers: str) -> Quota:
    found = reading(**headers).quota
    assert found is not None
    return found


def test_three_headers_are_a_quota() -> None:
    found = reading(x_limit="150", x_remaining="149", x_reset="1201", date=DATE)
    assert found.quota == Quota("hour", 150, 149, HERE + timedelta(seconds=1201), "headers")
    assert found.notes == ()


def test_without_its_own_limit_a_window_is_the_current_one() -> None:
    form = HOUR._replace(current=FieldSource("x-current"))
    for limit, remaining in ((None, 99), ("150", None), ("100", 99)):
        headers = {"x-current": "100", "x-remaining": "99"} | ({"x-limit": limit} if limit else {})
        found = read_window(headers, form, HERE).quota
        assert found is not None
        assert remaining == found.remaining


def test_the_header_that_names_a_window_may_have_any_case() -> None:
    form = HOUR._replace(
        remaining=FieldSource("x-check"), elsewhere=HOUR._replace(bucket=("x-resource", "Core"))
    )
    for remaining, resource in ((149, " CORE "), (149, "core"), (None, "search")):
        headers = {"x-resource": resource, "x-remaining": "149"}
        found = read_windows(headers, [form], HERE).quotas
        assert [remaining] == ([quota.remaining for quota in found] or [None])


def test_the_length_that_a_response_reports_is_the_windows() -> None:
    form = HOUR._replace(length=FieldSource("x-length"))
    for label, headers in (("minute", {"x-length": "60"}), ("hour", {})):
        found = read_window({"x-remaining": "149"} | headers, form, HERE).quota
        assert found is not None
        assert label == found.window


def test_without_headers_there_is_no_quota() -> None:
    assert reading() == QuotaReading(None, ())
    assert reading(date=DATE, content_type="text/html") == QuotaReading(None, ())


@pytest.mark.parametrize(
    ("limit", "remaining", "reset", "headers"),
    [
        (150, None, None, {"x_limit": "150"}),
        (None, 0, None, {"x_remaining": "0"}),
        (None, None, HERE + timedelta(seconds=60), {"x_reset": "60"}),
        (150, 149, None, {"x_limit": "150", "x_remaining": "149"}),
        (150, 149, None, {"x_limit": "150", "x_remaining": "149", "retry_after": "9"}),
        (0, 0, HERE, {"x_limit": "0", "x_remaining": "0", "x_reset": "0"}),
        (150, None, None, {"x_limit": "150", "x_remaining": "151"}),
    ],
)  # fmt: skip
def test_missing_headers_leave_fields_unknown(
    limit: int | None, remaining: int | None, reset: datetime | None, headers: dict[str, str]
) -> None:
    found = quota(**headers)
    assert (found.limit, found.remaining, found.reset_at) == (limit, remaining, reset)


@each_case(
    "value",
    ["", " ", "many", "-1", "-3, -3", "+", "++5", "+-5", "1.5", "1.", "1e3", "150, 149", "150,",
     "150;w=3600", "0x96", "150 requests",
    "NaN", "inf", "null",
     "\u0661\u0665\u0660", "1" * 16, "1" * 5000, "\x00", "1_000", '"150"'],
)  # fmt: skip
@each_case("name", ["x_limit", "x_remaining", "x_reset"])
def test_a_header_that_is_not_a_number_is_ignored_with_a_note(name: str, value: str) -> None:
    headers = {"x_limit": "150", "x_remaining": "149", "x_reset": "60"} | {name: value}
    found = reading(**headers)
    field = {"x_limit": "limit", "x_remaining": "remaining", "x_reset": "reset_at"}[name]
    assert found.quota is not None
    assert getattr(found.quota, field) is None
    assert len(found.notes) == 1
    assert name.replace("_", "-") in found.notes[0]
    assert value.strip() == "" or f" {value} " not in found.notes[0]
    assert value.startswith("-") == ("is negative" in found.notes[0])
    assert value.startswith("-") != ("is not a whole number" in found.notes[0])


def test_unusable_headers_yield_notes_and_no_quota() -> None:
    found = reading(x_limit="a", x_remaining="b", x_reset="c")
    assert found.quota is None
    assert len(found.notes) == 3


@pytest.mark.parametrize("value", ["150", " 150 ", "150\t", "00150", "+150", "150, 150", "150,150"])
def test_spaces_signs_and_repetitions_of_a_number_are_ignored(value: str) -> None:
    assert quota(x_limit=value).limit == 150


@pytest.mark.parametrize(
    ("reset", "value"),
    [
        (HERE, "0"),
        (HERE + timedelta(seconds=3600), "3600"),
        (HERE + timedelta(days=365), str(365 * 86_400)),
        (HERE + timedelta(seconds=1_000_000_000), "1000000000"),
        (datetime(2001, 9, 9, 1, 46, 41, tzinfo=UTC), "1000000001"),
        (datetime(2026, 1, 15, 13, 0, tzinfo=UTC), "1768482000"),
        (None, "999999999999999"),
        (datetime(1978, 1, 11, 21, 31, 40, tzinfo=UTC), "253402300800"),
        (datetime(2026, 1, 15, 13, 0, tzinfo=UTC), "1768482000000"),
    ],
)
def test_a_large_reset_is_a_moment_and_a_small_one_a_delay(
    reset: datetime | None, value: str
) -> None:
    assert quota(x_limit="150", x_reset=value).reset_at == reset


@pytest.mark.parametrize(
    ("skew", "date"),
    [
        (600, DATE),
        (600, DATE.replace("GMT", "+0000")),
        (600, "Thu, 15 Jan 2026 13:10:00 +0100"),
        (600, "Thursday, 15-Jan-26 12:10:00 GMT"),
        (600, "Thu Jan 15 12:10:00 2026"),
        (0, format_datetime(HERE, usegmt=True)),
        (None, ""),
        (None, "yesterday"),
        (None, "2026-01-15T12:10:00Z"),
        (None, "Thu, 99 Jan 2026 12:10:00 GMT"),
        (None, "Thu, 15 Jan 99999 12:10:00 GMT"),
        (None, "Thu, 15 Jan 2026 12:10:00 +9999"),
        (None, "\x00"),
        (None, "0"),
        (None, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (None, "Tue, 31 Dec 2019 23:59:59 GMT"),
        (None, "Sat, 01 Jan 2000 00:10:00 GMT"),
        (None, "Fri, 01 Jan 2100 00:00:00 GMT"),
        (None, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (None, "Mon, 01 Jan 0001 00:00:00 GMT"),
        (-190598400, "Wed, 01 Jan 2020 12:00:00 GMT"),
    ],
)
def test_the_date_shows_by_how_much_the_clocks_differ_and_moves_no_reset(
    skew: int | None, date: str
) -> None:
    assert skew == clock_skew(Response(200, {"date": date}, b"", HERE))
    assert HERE + timedelta(seconds=60) == quota(x_reset="60", date=date).reset_at


def test_an_absurd_date_moves_no_moment_of_another_clock() -> None:
    wrong = []
    for date in ("Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:00 GMT"):
        reset = quota(x_reset=str(int(HERE.timestamp()) + 60), date=date).reset_at
        if reset != HERE + timedelta(seconds=60):
            wrong.append((date, reset))
    # A server that counts from its own start is consistent with itself.
    headers = {
        "date": "Thu, 01 Jan 1970 01:00:00 GMT",
        "retry-after": "Thu, 01 Jan 1970 01:01:00 GMT",
    }
    if retry_after(headers, HERE) != HERE + timedelta(seconds=60):
        wrong.append(("retry-after", retry_after(headers, HERE)))
    assert [] == wrong


def test_a_computer_without_a_clock_believes_the_date() -> None:
    received_at = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    skew = clock_skew(Response(200, {"date": DATE}, b"", received_at))
    assert skew is not None
    assert skew > 56 * 365 * 86_400


# Clocks that differ by less than five seconds are taken for the same.
skews = st.integers(-10 * 86_400, 10 * 86_400).filter(lambda skew: skew == 0 or abs(skew) >= 5)


@given(skew=skews, seconds=st.integers(0, 100_000), age=st.integers(0, 5_000), cached=st.booleans())
def test_resets_are_of_this_clock_whatever_the_servers_says(
    *, skew: int, seconds: int, age: int, cached: bool
) -> None:
    made_at = HERE - timedelta(seconds=age if cached else 0)
    there = made_at + timedelta(seconds=skew)
    headers = {"date": format_datetime(there, usegmt=True)} | ({"age": str(age)} if cached else {})
    reset_at, end = made_at + timedelta(seconds=seconds), there + timedelta(seconds=seconds)
    for value in (str(seconds), str(int(end.timestamp())), str(int(end.timestamp() * 1000))):
        found = read_window(headers | {"x-reset": value}, HOUR, HERE).quota
        assert found is not None
        assert reset_at == found.reset_at
    for value in (str(seconds), format_datetime(end, usegmt=True)):
        assert reset_at == retry_after(headers | {"retry-after": value}, HERE)
    assert reset_at == delay_end(f"{seconds}s", headers, HERE)
    assert skew == clock_skew(Response(200, headers, b"", HERE))


@given(
    skew=skews,
    fraction=st.floats(0, 0.999),
    elapsed=st.floats(0, 3_600),
    share=st.floats(0, 1),
)
def test_a_slow_response_does_not_look_like_a_wrong_clock(
    skew: int, fraction: float, elapsed: float, share: float
) -> None:
    received_at = HERE + timedelta(seconds=fraction)
    date = received_at + timedelta(seconds=skew - elapsed * share)
    headers = {"date": format_datetime(date.replace(microsecond=0), usegmt=True)}
    measured = clock_skew(Response(200, headers, b"", received_at, elapsed_seconds=elapsed))
    assert measured is not None
    assert abs(measured) <= abs(skew) + 1
    assert abs(measured - skew) <= elapsed + 1.5


@pytest.mark.parametrize("age", ["", "soon", "-5", "1.5", "9" * 10, "\x00"])
def test_an_age_that_is_no_number_counts_as_none(age: str) -> None:
    assert HERE + timedelta(seconds=60) == quota(x_reset="60", age=age).reset_at


def test_of_two_ages_the_first_counts() -> None:
    assert HERE + timedelta(seconds=30) == quota(x_reset="60", age="30, 40").reset_at


@pytest.mark.parametrize(
    ("moment", "value"),
    [
        (HERE + timedelta(seconds=120), "120"),
        (HERE + timedelta(seconds=120), " 120 "),
        (HERE, "0"),
        (HERE + timedelta(hours=1), format_datetime(THERE + timedelta(hours=1), usegmt=True)),
        (datetime(2026, 1, 15, 12, 50, tzinfo=UTC), "1768482000"),
        (None, ""),
        (None, "soon"),
        (None, "-5"),
        (None, "1.5"),
        (None, "9" * 15),
        (None, "9" * 400),
        (None, "1, 2"),
    ],
)
def test_retry_after_is_a_delay_or_a_date(moment: datetime | None, value: str) -> None:
    assert retry_after({"retry-after": value, "date": DATE}, HERE) == moment


def test_retry_after_is_a_pause_and_no_quota() -> None:
    assert reading(retry_after="9").quota is None
    assert quota(x_reset="60", retry_after="9").reset_at == HERE + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("seconds", "delay"),
    [(32, "32s"), (0, "0s"), (3, "3.5s"), (0, "0.000000001s"), (None, "32"), (None, "-1s"),
    (None, ""),
     (None, "1m"), (None, "9999999999s"), (None, "1.s"), (None, "s")],
)  # fmt: skip
def test_a_retry_delay_of_a_body_is_read(seconds: int | None, delay: str) -> None:
    expected = None if seconds is None else HERE + timedelta(seconds=seconds)
    assert delay_end(delay, {"date": DATE}, HERE) == expected


def test_a_moment_beyond_the_calendar_is_unknown() -> None:
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert retry_after({"retry-after": "60"}, late) is None
    assert delay_end("60s", {}, late) is None
    early = "Thu, 01 Jan 0001 00:00:00 GMT"
    assert retry_after({"retry-after": format_datetime(late), "date": early}, HERE) is None


header_values = (
    st.text(max_size=30)
    | st.integers(-(10**20), 10**20).map(str)
    | st.floats().map(str)
    | st.datetimes(timezones=st.just(UTC)).map(format_datetime)
    | st.sampled_from([DATE, "150, 150", "150", "60"])
)


@settings(max_examples=inputs(1000), derandomize=True, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["x-limit", "x-remaining", "x-reset", "retry-after", "date"]), header_values
    )
)
def test_no_headers_crash(headers: dict[str, str]) -> None:
    found = read_window(headers, HOUR, HERE)
    assert all(note.endswith(".") for note in found.notes)
    if found.quota is not None:
        assert found.quota.window == "hour"
        assert found.quota.reset_at is None or found.quota.reset_at.tzinfo is UTC
    skew = clock_skew(Response(200, headers, b"", HERE))
    assert ("date" not in headers) <= (skew is None)
