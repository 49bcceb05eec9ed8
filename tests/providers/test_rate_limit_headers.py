"""Rate-limit headers of every kind: numbers are used, anything else is noted or ignored."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokcheck.core.report import Quota
from tokcheck.providers.rate_limit_headers import (
    HeaderNames,
    QuotaReading,
    delay_end,
    read_quota,
    response_date,
    retry_after,
)

NAMES = HeaderNames("x-limit", "x-remaining", "x-reset")
HERE = datetime(2026, 1, 15, 12, 0, 0, tzinfo=UTC)
# The server's own clock, ten minutes ahead of this computer's.
THERE = datetime(2026, 1, 15, 12, 10, 0, tzinfo=UTC)
DATE = format_datetime(THERE, usegmt=True)


def reading(**headers: str) -> QuotaReading:
    """Read headers whose names are written with underscores."""
    return read_quota(
        {name.replace("_", "-"): value for name, value in headers.items()}, NAMES, "hour", HERE
    )


def quota(**headers: str) -> Quota:
    found = reading(**headers).quota
    assert found is not None
    return found


def test_three_headers_are_a_quota() -> None:
    found = reading(x_limit="150", x_remaining="149", x_reset="1201", date=DATE)
    assert found.quota == Quota("hour", 150, 149, THERE + timedelta(seconds=1201), "headers")
    assert found.notes == ()


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
        (150, 151, None, {"x_limit": "150", "x_remaining": "151"}),
    ],
)  # fmt: skip
def test_missing_headers_leave_fields_unknown(
    limit: int | None, remaining: int | None, reset: datetime | None, headers: dict[str, str]
) -> None:
    found = quota(**headers)
    assert (found.limit, found.remaining, found.reset_at) == (limit, remaining, reset)


@pytest.mark.parametrize(
    "value",
    ["", " ", "many", "-1", "+5", "1.5", "1e3", "150, 150", "150;w=3600", "0x96", "150 requests",
    "NaN", "inf", "null",
     "\u0661\u0665\u0660", "1" * 16, "1" * 5000, "\x00", "1_000", '"150"'],
)  # fmt: skip
@pytest.mark.parametrize("name", ["x_limit", "x_remaining", "x_reset"])
def test_a_header_that_is_not_a_number_is_ignored_with_a_note(name: str, value: str) -> None:
    headers = {"x_limit": "150", "x_remaining": "149", "x_reset": "60"} | {name: value}
    found = reading(**headers)
    field = {"x_limit": "limit", "x_remaining": "remaining", "x_reset": "reset_at"}[name]
    assert found.quota is not None
    assert getattr(found.quota, field) is None
    assert len(found.notes) == 1
    assert name.replace("_", "-") in found.notes[0]
    assert value.strip() == "" or value not in found.notes[0]


def test_unusable_headers_yield_notes_and_no_quota() -> None:
    found = reading(x_limit="a", x_remaining="b", x_reset="c")
    assert found.quota is None
    assert len(found.notes) == 3


@pytest.mark.parametrize("value", ["150", " 150 ", "150\t", "00150"])
def test_spaces_and_leading_zeros_of_a_number_are_ignored(value: str) -> None:
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
    ("start", "date"),
    [
        (THERE, DATE),
        (THERE, DATE.replace("GMT", "+0000")),
        (THERE, "Thu, 15 Jan 2026 13:10:00 +0100"),
        (THERE, "Thursday, 15-Jan-26 12:10:00 GMT"),
        (THERE, "Thu Jan 15 12:10:00 2026"),
        (HERE, ""),
        (HERE, "yesterday"),
        (HERE, "2026-01-15T12:10:00Z"),
        (HERE, "Thu, 99 Jan 2026 12:10:00 GMT"),
        (HERE, "Thu, 15 Jan 99999 12:10:00 GMT"),
        (HERE, "Thu, 15 Jan 2026 12:10:00 +9999"),
        (HERE, "\x00"),
        (HERE, "0"),
    ],
)
def test_the_reset_counts_from_the_servers_date_where_it_has_one(
    start: datetime, date: str
) -> None:
    assert quota(x_reset="60", date=date).reset_at == start + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("moment", "value"),
    [
        (THERE + timedelta(seconds=120), "120"),
        (THERE + timedelta(seconds=120), " 120 "),
        (THERE, "0"),
        (THERE + timedelta(hours=1), format_datetime(THERE + timedelta(hours=1), usegmt=True)),
        (datetime(2026, 1, 15, 13, 0, tzinfo=UTC), "1768482000"),
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
    expected = None if seconds is None else THERE + timedelta(seconds=seconds)
    assert delay_end(delay, {"date": DATE}, HERE) == expected


def test_a_moment_beyond_the_calendar_is_unknown() -> None:
    late = format_datetime(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), usegmt=True)
    assert retry_after({"retry-after": "60", "date": late}, HERE) is None
    assert delay_end("60s", {"date": late}, HERE) is None
    assert quota(x_limit="150", x_reset="60", date=late).reset_at is None


header_values = (
    st.text(max_size=30)
    | st.integers(-(10**20), 10**20).map(str)
    | st.floats().map(str)
    | st.datetimes(timezones=st.just(UTC)).map(format_datetime)
    | st.sampled_from([DATE, "150, 150", "150", "60"])
)


@settings(max_examples=1000, derandomize=True, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["x-limit", "x-remaining", "x-reset", "retry-after", "date"]), header_values
    )
)
def test_no_headers_crash(headers: dict[str, str]) -> None:
    found = read_quota(headers, NAMES, "minute", HERE)
    assert all(note.endswith(".") for note in found.notes)
    if found.quota is not None:
        assert found.quota.window == "minute"
        assert found.quota.reset_at is None or found.quota.reset_at.tzinfo is UTC
    moment = response_date(headers)
    assert moment is None or moment.utcoffset() == timedelta(0)
