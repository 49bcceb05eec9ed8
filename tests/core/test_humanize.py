"""Durations and moments in words, and back."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.suite.thoroughness import inputs
from tokcheck.core.errors import UsageError
from tokcheck.core.humanize import (
    LONGEST_DURATION,
    draw_bar,
    format_duration,
    format_moment,
    format_relative,
    format_relative_to_minute,
    format_wait,
    join_sentences,
    list_names,
    moment_in_utc,
    nearest_names,
    parse_duration,
    read_in_range,
    suggestion,
    wrap_text,
)

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("in 12 min", 720),
        ("in 1 s", 1),
        ("now", 0.99),
        ("now", 0),
        ("now", -0.99),
        ("1 s ago", -1),
        ("1 h 1 min ago", -3660),
    ],
)
def test_a_moment_is_ahead_or_ago(words: str, seconds: float) -> None:
    assert words == format_relative(seconds)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("in 2 min", 179.9),
        ("in 1 min", 90),
        ("in 1 min 29 s", 89.9),
        ("in 1 s", 1),
        ("now", 0.5),
        ("now", -0.5),
        ("59 s ago", -59.9),
        ("1 min ago", -119.9),
        ("in 1 h", 3_659),
        ("in 1 day 1 h", 90_059),
    ],
)
def test_a_moment_is_written_to_the_minute(words: str, seconds: float) -> None:
    assert words == format_relative_to_minute(seconds)


def test_a_wait_is_zero_only_once_it_is_over() -> None:
    waits = [format_wait(seconds) for seconds in (-5, 0, 0.01, 1, 61)]
    assert ["0 s", "0 s", "1 s", "1 s", "1 min 1 s"] == waits


@pytest.mark.parametrize(
    ("bar", "number", "of"),
    [
        ("####", 150, 150),
        ("##..", 75, 150),
        ("....", 0, 150),
        ("....", 1, 0),
        ("####", 9, 1),
        ("###.", 149, 150),
        ("#...", 1, 150),
    ],
)
def test_a_bar_shows_a_share(bar: str, number: int, of: int) -> None:
    assert bar == "".join(draw_bar(number, of, 4, blocks=False))
    assert bar.translate({35: "█", 46: "░"}) == "".join(draw_bar(number, of, 4, blocks=True))


def test_a_bar_is_full_or_empty_only_where_the_number_is() -> None:
    assert [] == [
        (number, of, cells)
        for of in (1, 2, 7, 150)
        for number in range(of + 1)
        for cells in range(2, 14)
        for full, empty in [draw_bar(number, of, cells, blocks=False)]
        if (not full, not empty, len(full + empty)) != (number == 0, number == of, cells)
    ]
    assert ("", "") == draw_bar(1, 2, 0, blocks=False)


def test_a_moment_beyond_the_calendar_is_unknown() -> None:
    assert NOON == moment_in_utc(NOON.timestamp())
    assert [None] * 3 == [moment_in_utc(seconds) for seconds in (1e300, float("inf"), -1e18)]


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("0 s", 0),
        ("0 s", 0.9),
        ("0 s", -5),
        ("1 s", 1),
        ("59 s", 59.99),
        ("1 min", 60),
        ("1 min 1 s", 61),
        ("1 h", 3600),
        ("1 h", 3601),
        ("1 h 1 min", 3660),
        ("7 h 58 min", 28_680),
        ("1 day", 86_400),
        ("1 day", 86_460),
        ("1 day 1 h", 90_000),
        ("2 days", 172_800),
        ("364 days 23 h", 31_535_999),
        ("11574074 days 1 h", 1e12),
    ],
)
def test_a_duration_has_its_two_largest_units(words: str, seconds: float) -> None:
    assert format_duration(seconds) == words


@settings(max_examples=inputs(500), derandomize=True, deadline=None)
@given(st.integers(0, 10**9))
def test_a_duration_in_words_is_never_longer_nor_much_shorter(seconds: int) -> None:
    sizes = {"day": 86_400, "days": 86_400, "h": 3_600, "min": 60, "s": 1}
    parts = format_duration(seconds).split()
    written = sum(
        int(number) * sizes[unit] for number, unit in zip(parts[::2], parts[1::2], strict=True)
    )
    assert written <= seconds
    assert seconds - written < max(1, written)
    assert len(parts) <= 4


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("2026-01-15 12:00 UTC", None),
        ("2026-01-15 12:00 UTC", UTC),
        ("2026-01-15 12:00 UTC", ZoneInfo("Africa/Abidjan")),
        ("2026-01-15 12:00 UTC (13:00 CET)", ZoneInfo("Europe/Berlin")),
        ("2026-01-15 12:00 UTC (04:00 PST)", ZoneInfo("America/Los_Angeles")),
        ("2026-01-15 12:00 UTC (17:45 +0545)", ZoneInfo("Asia/Kathmandu")),
        ("2026-01-15 12:00 UTC (2026-01-16 02:00 +14)", ZoneInfo("Pacific/Kiritimati")),
        ("2026-01-15 12:00 UTC (13:30 UTC+01:30)", timezone(timedelta(minutes=90))),
    ],
)
def test_a_moment_is_written_in_utc_and_the_local_zone(
    words: str, zone: ZoneInfo | timezone | None
) -> None:
    assert format_moment(NOON, zone) == words.replace(
        "+0545", f"{NOON.astimezone(zone):%Z}"
    ).replace("+14", f"{NOON.astimezone(zone):%Z}")


def test_summer_time_is_respected() -> None:
    assert format_moment(NOON.replace(month=7), ZoneInfo("Europe/Berlin")).endswith("(14:00 CEST)")


def test_a_moment_of_another_zone_is_converted_to_utc() -> None:
    when = datetime(2026, 1, 16, 1, 0, tzinfo=timezone(timedelta(hours=13)))
    assert format_moment(when) == "2026-01-15 12:00 UTC"


@pytest.mark.parametrize(
    "when", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
@pytest.mark.parametrize("hours", [-12, 14])
def test_the_first_and_the_last_moment_do_not_crash(when: datetime, hours: int) -> None:
    assert "UTC" in format_moment(when, timezone(timedelta(hours=hours)))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (90, "90"),
        (90, "90s"),
        (90, " 90 S "),
        (90, "90 s"),
        (90, "1.5m"),
        (900, "15m"),
        (900, "15min"),
        (3600, "1h"),
        (172_800, "2d"),
        (604_800, "1w"),
        (0, "0"),
        (0.5, ".5"),
        (0.25, "0.25s"),
        (5400, "1.5H"),
        (5400, "1h30m"),
        (5400, "90m"),
        (5400, " 1 H 30 Min "),
        (129_600, "1d12h"),
        (129_600, "1 day 12 h"),
        (788_645, "1w 2d3h 4m5s"),
        (3600.5, "1h.5s"),
    ],
)
def test_a_duration_is_read(seconds: float, text: str) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "h", "1y", "1hh", "1h30", "1 h 30", "30 1h", "30m1h", "1h1h", "1min1m", "1d 1day",
     "1h,30m", "1h-30m", "-1", "-1h", "+5", "nan", "inf", "-inf", "1e3",
    "1e999",
     "1_000", "1,5h", "1..5", ".", "0x10", "\u0663h", "\u00bd", "9" * 400, "9" * 300 + "w",
     "1h\x1b[0m", "ten"],
)  # fmt: skip
def test_an_invalid_duration_is_rejected_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_duration(text)
    assert "duration" in caught.value.message
    assert "1h" in caught.value.hint
    assert caught.value.message.isprintable()


@given(st.integers(0, 10**9))
def test_a_written_duration_can_be_read(seconds: int) -> None:
    written = format_duration(seconds)
    assert written == format_duration(parse_duration(written))
    assert parse_duration(written) == parse_duration(written.replace(" ", ""))


@settings(max_examples=inputs(500), derandomize=True, deadline=None)
@given(st.text(max_size=20) | st.from_regex(r"[0-9.]{1,400}[smhdw]?", fullmatch=True))
def test_any_text_is_a_finite_duration_or_an_error(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except UsageError:
        return
    assert 0 <= seconds <= 1e10


@pytest.mark.parametrize(("value", "text"), [(1, "1s"), (60, "1m"), (3600, "1h"), (3600, "60m")])
def test_a_duration_within_its_bounds(value: float, text: str) -> None:
    assert value == read_in_range("--timeout", text, "1s", "1h", parse_duration)


@pytest.mark.parametrize("text", ["0s", "0.9", "3601", "2h", LONGEST_DURATION])
def test_a_duration_out_of_range_is_an_error_that_states_both_bounds(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_in_range("--timeout", text, "1s", "1h", parse_duration)
    assert f"--timeout {text} is out of range." == caught.value.message
    assert "Give 1s to 1h." == caught.value.hint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0", "--jobs 0 is out of range."),
        ("-1", "--jobs -1 is out of range."),
        ("9", "--jobs 9 is out of range."),
        ("9" * 99, f"--jobs {'9' * 40} is out of range."),
        ("9" * 9_999, f"--jobs '{'9' * 40}' is not a whole number."),
        ("1.5", "--jobs '1.5' is not a whole number."),
        ("many", "--jobs 'many' is not a whole number."),
        ("", "--jobs '' is not a whole number."),
    ],
)
def test_a_number_that_is_none_or_out_of_range(text: str, why: str) -> None:
    assert 8 == read_in_range("--jobs", "8", "1", "8", int)
    with pytest.raises(UsageError) as caught:
        read_in_range("--jobs", text, "1", "8", int)
    assert (why, "Give 1 to 8.") == (caught.value.message, caught.value.hint)


def test_a_duration_that_is_too_long_states_both_bounds() -> None:
    assert parse_duration(LONGEST_DURATION) > 0
    with pytest.raises(UsageError, match="is out of range") as caught:
        parse_duration("100001d")
    assert "Give 0s to 100000d, such as 1h." == caught.value.hint


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        (["validate"], "VALIDATE"),
        (["list"], "lst"),
        (["google-health"], "google"),
        (["Kim O'Hara", "KIM O'HARA"], "kim ohara"),
        ([], "go"),
        ([], ""),
        ([], "xyzzy" * 1_000_000),
    ],
)
def test_the_nearest_names_are_found_in_any_case(expected: list[str], name: str) -> None:
    known = ("validate", "list", "google-health", "Kim O'Hara", "KIM O'HARA")
    assert expected == nearest_names(name, known)
    assert [] == nearest_names(name, ())


def test_a_suggestion_is_a_sentence_to_append() -> None:
    assert "" == suggestion([])
    assert " Did you mean a?" == suggestion(["a"])
    assert " Did you mean a or b?" == suggestion(["a", "b"])


@pytest.mark.parametrize(
    ("expected", "names"),
    [("", ""), ("a", "a"), ("a and b", "ab"), ("a, b and c", "abc"), ("a, b, c and d", "abcd")],
)
def test_names_are_listed_as_in_a_sentence(expected: str, names: str) -> None:
    assert expected == list_names(names) == list_names(iter(names))
    assert expected.replace("and", "or") == list_names(names, "or")


@pytest.mark.parametrize("duration", ["2 h 5 min", "1 day 3 h", "90 s", "2 days", "1,234 min"])
def test_no_line_ends_within_a_duration(duration: str) -> None:
    for before in range(1, 30):
        text = f"{'x' * before} it resets in {duration}, at last."
        for width in range(12, 60):
            lines = wrap_text(text, width)
            assert " ".join(lines) == text
            assert sum(duration in line for line in lines) == 1, lines


def test_a_text_is_wrapped_between_words_with_an_indent() -> None:
    assert ["  one", "    two-three-four", "    5 m"] == wrap_text(
        "one two-three-four 5 m", 12, "  ", "  "
    )
    assert [] == wrap_text("", 10)
    assert ["a", "b"] == wrap_text("a b", -3)


@given(st.text(alphabet="ab 12hmins,.-", max_size=60), st.integers(1, 80))
def test_a_wrapped_text_has_the_same_words(text: str, width: int) -> None:
    assert text.split() == " ".join(wrap_text(text, width)).split()


@pytest.mark.parametrize(
    ("expected", "parts"),
    [
        ("Wait. Then run: tokcheck x", ("Wait.", "Then run: tokcheck x")),
        ("Run: `chmod 700 /a`. Then wait.", ("Run: chmod 700 /a", "Then wait.")),
        ("Run: `a b`. Run: `c d`. Wait.", ("Run: a b", "Run: c d", "Wait.")),
        ("Run: `a b`. Wait.", ("Run: `a b`.", "Wait.")),
        ("Wait.", ("", "Wait.")),
        ("Run: a b", ("Run: a b", "", "")),
    ],
)
def test_a_command_at_the_end_is_quoted_where_a_sentence_follows(
    expected: str, parts: tuple[str, ...]
) -> None:
    assert expected == join_sentences(*parts)
