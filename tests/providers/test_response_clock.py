"""HTTP dates: the three forms of RFC 9110, and no other text, however near it comes."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tokcheck.providers.response_clock import ResponseClock, parse_http_date

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        " Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 09:49:37 +0100",
        "Sun, 06 Nov 1994 03:19:37 -0530",
    ],
)
def test_each_form_of_an_http_date_is_read(text: str) -> None:
    assert MOMENT == parse_http_date(text)


def test_a_leap_second_is_read() -> None:
    assert datetime(2017, 1, 1, tzinfo=UTC) == parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT")


@pytest.mark.parametrize(
    "text",
    [
        "Tue Feb 16 2021 09:02:42 GMT+0100 (Central European Standard Time)",
        "Tue Feb 16 2021 09:02:42 GMT+0100",
        "Tue, 16 Feb 2021 09:02:42 GMT+0100",
        "Tue, 16 Feb 2021 09:02:42 GMT+1",
        "Tue, 16 Feb 2021 09:02:42 CET",
        "Tue, 16 Feb 2021 09:02:42 EST",
        "Tue, 16 Feb 2021 09:02:42",
        "Tue, 16 Feb 2021 09:02 GMT",
        "Tue, 16 Feb 2021 24:00:00 GMT",
        "Tue, 30 Feb 2021 09:02:42 GMT",
        "Tue, 16 Feb 2021 09:02:42 PM GMT",
        "16.02.2021 09:02:42",
        "2021-02-16T09:02:42Z",
        "Tue, 16 Feb 2021 09:02:42 GMT, Tue, 16 Feb 2021 09:02:42 GMT",
        "Mon, 01 Jan 0001 00:00:00 +0100",
        "Fri, 31 Dec 9999 23:59:60 GMT",
        "",
    ],
)
def test_any_other_text_is_no_http_date(text: str) -> None:
    assert parse_http_date(text) is None


@pytest.mark.parametrize(
    ("seconds", "moved"),
    [(0.08, 0), (-0.4, 0), (4.9, 0), (-3, 0), (5.2, 5), (-60, -60), (600.6, 600)],
)
def test_a_moment_of_the_server_is_moved_by_another_clock_alone(seconds: float, moved: int) -> None:
    """Date has whole seconds, and a response takes some time."""
    date = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
    clock = ResponseClock(date + timedelta(seconds=seconds), date)
    reset = date + timedelta(minutes=15)
    assert reset + timedelta(seconds=moved) == clock.local(reset)


def moments() -> st.SearchStrategy[datetime]:
    seconds = st.integers(-62_135_000_000, 253_402_000_000)
    return seconds.map(lambda count: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=count))


@given(moments())
def test_every_moment_that_a_server_writes_is_read(moment: datetime) -> None:
    assert moment == parse_http_date(format_datetime(moment, usegmt=True))


@given(moments(), st.integers(-14 * 60, 14 * 60))
def test_an_offset_in_digits_counts(moment: datetime, minutes: int) -> None:
    zone = timezone(timedelta(minutes=minutes))
    try:
        text = format_datetime(moment.astimezone(zone))
    except OverflowError:
        return
    if moment.year > 1000 and -840 < minutes < 840:
        assert moment == parse_http_date(text)


@given(
    st.one_of(
        st.text(max_size=60),
        st.text("MonTueJanFeb0123456789:,+-GMTUTC ()", max_size=60),
        st.builds(
            lambda moment, at, put: (
                (text := format_datetime(moment, usegmt=True))[:at] + put + text[at:]
            ),
            moments(),
            st.integers(0, 29),
            st.text("0123456789+-:, GMTZ(a", min_size=1, max_size=6),
        ),
    )
)
@example("Sun, 06 Nov 1994 08:49:37 GMT\x00")
@example("Sun, \u09666 Nov 1994 08:49:37 GMT")
def test_a_text_is_read_whole_or_not_at_all(text: str) -> None:
    moment = parse_http_date(text)
    # What is read can be written again as it was, but for its case, spaces and zone.
    if moment is not None and moment.year >= 1000:
        zoned = text.strip().lower()
        shown = format_datetime(moment, usegmt=True).lower()
        assert zoned[-3:] in {"gmt", "utc"} or zoned[-5:-4] in {"+", "-"} or " " in zoned[:4]
        if zoned.endswith("gmt") and zoned[3:4] == "," and zoned[6:7].isdecimal():
            assert shown[5:] == zoned[5:]
