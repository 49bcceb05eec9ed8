"""Rate-limit dialects as services write them, each declared and read from a response."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tokcheck.core.report import Quota
from tokcheck.providers.rate_limits.ietf import read_standard_fields
from tokcheck.providers.rate_limits.numbers import parse_duration
from tokcheck.providers.rate_limits.reader import (
    documented_quotas,
    read_window,
    read_windows,
)
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm, label_of

# The server's clock and this computer's agree.
HERE = datetime(2026, 1, 15, 12, 7, 30, tzinfo=UTC)
DATE = {"date": "Thu, 15 Jan 2026 12:07:30 GMT"}
DAY_END = datetime(2026, 1, 16, tzinfo=UTC)


def seconds_later(seconds: float) -> datetime:
    return HERE + timedelta(seconds=seconds)


def two_windows(prefix: str, name: str) -> list[WindowForm]:
    """Return windows with numbers at two positions of the same lists, as Strava's are."""
    return [
        WindowForm(
            name,
            seconds=seconds,
            limit=FieldSource(f"x-{prefix}ratelimit-limit", item=position),
            used=FieldSource(f"x-{prefix}ratelimit-usage", item=position),
            reset_form=ResetForm.ALIGNED,
            owner="project",
        )
        for position, seconds in enumerate((900.0, 86_400.0))
    ]


def nearest(seconds: int) -> WindowForm:
    """Return a window of a service that reports what is left of the one nearest to its limit."""
    return WindowForm(
        seconds=seconds,
        limit=FieldSource("x-ratelimit-limit", where=("window", seconds)),
        remaining=FieldSource("x-ratelimit-remaining"),
        reset=FieldSource("x-ratelimit-reset"),
        current=FieldSource("x-ratelimit-limit", item=0),
    )


def plain_window(prefix: str, form: ResetForm, seconds: float = 3600) -> WindowForm:
    return WindowForm(
        seconds=seconds,
        limit=FieldSource(f"{prefix}limit"),
        remaining=FieldSource(f"{prefix}remaining"),
        reset=FieldSource(f"{prefix}reset"),
        reset_form=form,
    )


class Dialect(NamedTuple):
    forms: list[WindowForm]
    headers: dict[str, str]
    quotas: list[Quota]
    body: Any = None


DIALECTS = {
    "positions in lists, usage instead of remaining, windows of the clock": Dialect(
        two_windows("", "") + two_windows("read", "read"),
        {
            "x-ratelimit-limit": "200,2000",
            "x-ratelimit-usage": "12,431",
            "x-readratelimit-limit": "100,1000",
            "x-readratelimit-usage": "112,431",
        },
        [
            Quota("900s", 200, 188, seconds_later(450), "headers", "project"),
            Quota("day", 2000, 1569, DAY_END, "headers", "project"),
            Quota("read 900s", 100, 0, seconds_later(450), "headers", "project"),
            Quota("read day", 1000, 569, DAY_END, "headers", "project"),
        ],
    ),
    "the window nearest to its limit comes first": Dialect(
        [nearest(60), nearest(86_400)],
        {
            "x-ratelimit-limit": "100, 100;window=60, 10000;window=86400",
            "x-ratelimit-remaining": "98",
            "x-ratelimit-reset": "3",
        },
        [
            Quota("minute", 100, 98, seconds_later(3), "headers"),
            Quota("day", 10_000, None, None, "headers"),
        ],
    ),
    "the longer window is the nearer": Dialect(
        [nearest(60), nearest(86_400)],
        {
            "x-ratelimit-limit": "10000, 100;window=60, 10000;window=86400",
            "x-ratelimit-remaining": "4",
            "x-ratelimit-reset": "7200",
        },
        [
            Quota("minute", 100, None, None, "headers"),
            Quota("day", 10_000, 4, seconds_later(7200), "headers"),
        ],
    ),
    "the length is a parameter, the unit is another": Dialect(
        [
            WindowForm(
                unit="pulls",
                length=FieldSource("ratelimit-limit", parameter="w"),
                limit=FieldSource("ratelimit-limit", item=0),
                remaining=FieldSource("ratelimit-remaining", item=0),
            )
        ],
        {"ratelimit-limit": "100;w=21600", "ratelimit-remaining": "20;w=21600"},
        [Quota("21600s", 100, 20, None, "headers", unit="pulls")],
    ),
    "Unix seconds": Dialect(
        [plain_window("x-ratelimit-", ResetForm.EPOCH)],
        {
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": "4999",
            "x-ratelimit-reset": str(int(seconds_later(1800).timestamp())),
        },
        [Quota("hour", 5000, 4999, seconds_later(1800), "headers")],
    ),
    "Unix seconds with a fraction": Dialect(
        [plain_window("x-ratelimit-", ResetForm.EPOCH)],
        {"x-ratelimit-limit": "5", "x-ratelimit-reset": f"{seconds_later(1).timestamp():.0f}.5"},
        [Quota("hour", 5, None, seconds_later(1.5), "headers")],
    ),
    "Unix milliseconds": Dialect(
        [plain_window("x-", ResetForm.EPOCH_MS)],
        {"x-limit": "1500", "x-reset": str(int(seconds_later(60).timestamp() * 1000))},
        [Quota("hour", 1500, None, seconds_later(60), "headers")],
    ),
    "milliseconds from now on": Dialect(
        [plain_window("x-", ResetForm.MILLISECONDS)],
        {"x-remaining": "7", "x-reset": "600000"},
        [Quota("hour", None, 7, seconds_later(600), "headers")],
    ),
    "a moment of RFC 3339": Dialect(
        [plain_window("x-", ResetForm.RFC3339, 60)],
        {"x-limit": "50", "x-reset": "2026-01-15T12:08:30Z"},
        [Quota("minute", 50, None, seconds_later(60), "headers")],
    ),
    "a moment without seconds": Dialect(
        [plain_window("x-", ResetForm.RFC3339)],
        {"x-limit": "50", "x-reset": "2026-01-15T13:00Z"},
        [Quota("hour", 50, None, datetime(2026, 1, 15, 13, tzinfo=UTC), "headers")],
    ),
    "a date of HTTP": Dialect(
        [plain_window("x-", ResetForm.HTTP_DATE)],
        {"x-limit": "50", "x-reset": "Thu, 15 Jan 2026 12:08:00 GMT"},
        [Quota("hour", 50, None, seconds_later(30), "headers")],
    ),
    "durations, and two families beside each other": Dialect(
        [
            WindowForm(
                name,
                name,
                limit=FieldSource(f"x-ratelimit-limit-{name}"),
                remaining=FieldSource(f"x-ratelimit-remaining-{name}"),
                reset=FieldSource(f"x-ratelimit-reset-{name}"),
                reset_form=ResetForm.DURATION,
            )
            for name in ("requests", "tokens")
        ],
        {
            "x-ratelimit-limit-requests": "60",
            "x-ratelimit-limit-tokens": "150000",
            "x-ratelimit-remaining-requests": "59",
            "x-ratelimit-remaining-tokens": "149984",
            "x-ratelimit-reset-requests": "1s",
            "x-ratelimit-reset-tokens": "6m0s",
        },
        [
            Quota("requests unknown", 60, 59, seconds_later(1), "headers", unit="requests"),
            Quota("tokens unknown", 150_000, 149_984, seconds_later(360), "headers", unit="tokens"),
        ],
    ),
    "used of size in one value": Dialect(
        [
            WindowForm(
                limit=FieldSource("x-call-limit", pattern=r"/([0-9]+)"),
                used=FieldSource("x-call-limit", pattern=r"([0-9]+)/"),
            )
        ],
        {"x-call-limit": "32/40"},
        [Quota("unknown", 40, 8, None, "headers")],
    ),
    "several values by name in one header": Dialect(
        [
            WindowForm(
                "3Min", seconds=180, remaining=FieldSource("x-left", pattern=r"Set3Min;([0-9]+)")
            )
        ],
        {"x-left": "Compute/GetSet3Min;197,Compute/GetSet30Min;1297"},
        [Quota("3Min 180s", None, 197, None, "headers")],
    ),
    "numbers of the body": Dialect(
        [
            WindowForm(
                "core",
                seconds=3600,
                limit=FieldSource(path="resources.core.limit"),
                remaining=FieldSource(path="resources.core.remaining"),
                reset=FieldSource(path="$.resources.core.reset"),
                reset_form=ResetForm.EPOCH,
            ),
            WindowForm("other", seconds=60, limit=FieldSource(path="resources.other.limit")),
            WindowForm("first", seconds=60, remaining=FieldSource(path="rates.1.left")),
        ],
        {},
        [
            Quota("core hour", 5000, 4990, seconds_later(600), "headers"),
            Quota("first minute", None, 3, None, "headers"),
        ],
        {
            "resources": {
                "core": {
                    "limit": 5000,
                    "remaining": 4990,
                    "reset": int(seconds_later(600).timestamp()),
                }
            },
            "rates": [{}, {"left": 3}],
        },
    ),
    "a decimal number": Dialect(
        [plain_window("x-ratelimit-", ResetForm.SECONDS, 600)],
        {"x-ratelimit-remaining": "98.0", "x-ratelimit-reset": "120"},
        [Quota("600s", None, 98, seconds_later(120), "headers")],
    ),
}


@each_case("name", list(DIALECTS))
def test_a_declared_dialect_is_read(name: str) -> None:
    dialect = DIALECTS[name]
    reading = read_windows(DATE | dialect.headers, dialect.forms, HERE, dialect.body)
    assert (tuple(dialect.quotas), ()) == reading


@each_case(
    ("form", "value"),
    [
        (ResetForm.RFC3339, "2026-01-15T12:08:30"),  # of no zone
        (ResetForm.RFC3339, "1768479000"),
        (ResetForm.HTTP_DATE, "2026-01-15"),
        (ResetForm.DURATION, "60"),
        (ResetForm.DURATION, "soon"),
        (ResetForm.EPOCH, "6m0s"),
        (ResetForm.SECONDS, "2026-01-15T12:08:30Z"),
        (ResetForm.EPOCH_MS, "-1"),
    ],
)
def test_a_reset_of_another_form_is_ignored_with_a_note(form: ResetForm, value: str) -> None:
    reading = read_window(DATE | {"x-limit": "5", "x-reset": value}, plain_window("x-", form), HERE)
    assert Quota("hour", 5, None, None, "headers") == reading.quota
    assert 1 == len(reading.notes)
    assert "x-reset" in reading.notes[0]


@each_case(
    ("form", "value", "fitting"),
    [
        (ResetForm.EPOCH, "1768479000000", "epoch-ms"),
        (ResetForm.EPOCH_MS, "1768479000", "epoch"),
        (ResetForm.SECONDS, "1768479000000", "epoch-ms"),
        (ResetForm.SECONDS, "1768479000", "epoch"),
        (ResetForm.MILLISECONDS, "1768479000000", "epoch-ms"),
        (ResetForm.EPOCH, "90", "seconds"),
        (ResetForm.EPOCH_MS, "90", "seconds"),
        (ResetForm.RFC3339, "1768479000", "epoch"),
        (ResetForm.HTTP_DATE, "90", "seconds"),
        (ResetForm.DURATION, "1768479000000", "epoch-ms"),
        (ResetForm.HTTP_DATE, "2026-01-15T12:08:30Z", "rfc3339"),
        (ResetForm.RFC3339, "Thu, 15 Jan 2026 12:08:30 GMT", "http-date"),
        (ResetForm.RFC3339, "6m0s", "duration"),
        (ResetForm.SECONDS, "2026-01-15T12:08:30Z", "rfc3339"),
        (ResetForm.EPOCH, "Thu, 15 Jan 2026 12:08:30 GMT", "http-date"),
        (ResetForm.EPOCH_MS, "6m0s", "duration"),
    ],
)
def test_a_known_form_in_place_of_another_is_ignored_with_a_note_that_names_it(
    form: ResetForm, value: str, fitting: str
) -> None:
    reading = read_window(DATE | {"x-limit": "5", "x-reset": value}, plain_window("x-", form), HERE)
    assert Quota("hour", 5, None, None, "headers") == reading.quota
    note = f"The header x-reset is not of the form {form} and was ignored: it looks like {fitting}."
    assert (f"{note} Check the form in the declaration.",) == reading.notes


def test_an_epoch_of_zero_is_a_moment_long_ago_because_its_form_is_declared() -> None:
    quota = read_window({"x-reset": "0"}, plain_window("x-", ResetForm.EPOCH), HERE).quota
    assert quota is not None
    assert datetime(1970, 1, 1, tzinfo=UTC) == quota.reset_at


@pytest.mark.parametrize("text", ["2026-01-15t12:30:00z", "2026-01-15t14:30:00.000+02:00"])
def test_a_date_may_have_small_letters(text: str) -> None:
    quota = read_window({"x-reset": text}, plain_window("x-", ResetForm.RFC3339), HERE).quota
    assert quota is not None
    assert datetime(2026, 1, 15, 12, 30, tzinfo=UTC) == quota.reset_at


def test_a_window_named_by_its_length_has_one_word() -> None:
    assert "day" == label_of("day", 86_400)
    assert "read day" == label_of("read", 86_400)


def test_minus_one_is_not_counted() -> None:
    headers = {"x-limit": "-1", "x-remaining": "-1", "x-reset": "0"}
    quota, notes = read_window(headers, plain_window("x-", ResetForm.SECONDS), HERE)
    assert quota == Quota("hour", None, None, HERE, "headers")
    assert all("negative" in note for note in notes)


def test_a_limit_that_is_missing_leaves_its_parameter_unread() -> None:
    form = WindowForm(
        seconds=21_600, limit=FieldSource("l", item=0), remaining=FieldSource("r", item=0)
    )
    quota, notes = read_window({"l": ";w=21600", "r": "20;w=21600"}, form, HERE)
    assert quota == Quota("21600s", None, 20, None, "headers")
    assert ("The header l is not a whole number and was ignored.",) == notes


def test_documented_limits_are_reported_as_such() -> None:
    forms = [WindowForm(seconds=300, documented=5000), WindowForm(seconds=60)]
    assert (Quota("300s", 5000, None, None, "documented"),) == documented_quotas(forms)


@each_case(
    ("end", "seconds", "date"),
    [
        ("2026-01-15T12:15:00+00:00", 900, "Thu, 15 Jan 2026 12:07:30 GMT"),
        ("2026-01-15T12:15:00+00:00", 900, "Thu, 15 Jan 2026 12:00:00 GMT"),
        ("2026-01-16T00:00:00+00:00", 900, "Thu, 15 Jan 2026 23:59:59 GMT"),
        ("2026-01-16T00:00:00+00:00", 86_400, "Thu, 15 Jan 2026 12:00:00 GMT"),
        ("2026-01-16T00:00:00+00:00", 25_200, "Thu, 15 Jan 2026 23:00:00 GMT"),
    ],
)
def test_an_aligned_window_ends_by_the_servers_clock(end: str, seconds: int, date: str) -> None:
    form = WindowForm(seconds=seconds, limit=FieldSource("x"), reset_form=ResetForm.ALIGNED)
    server = datetime.strptime(date, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC)
    quota = read_window({"x": "5", "date": date}, form, server).quota
    assert quota is not None
    assert datetime.fromisoformat(end) == quota.reset_at


def standard(**headers: str) -> list[Quota]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return list(read_standard_fields(DATE | named, HERE).quotas)


@each_case(
    ("quotas", "headers"),
    [
        (  # draft 08 to 11
            [
                Quota("burst minute", 100, 50, seconds_later(30), "headers"),
                Quota("daily day", 1000, 900, None, "headers"),
            ],
            {
                "ratelimit_policy": '"burst";q=100;w=60,"daily";q=1000;w=86400',
                "ratelimit": '"burst";r=50;t=30, "daily";r=900',
            },
        ),
        (  # the draft's own example has a Token
            [Quota("quota 1s", 100, 5, None, "headers")],
            {"ratelimit_policy": "quota;q=100;w=1", "ratelimit": "quota;r=5"},
        ),
        (  # bytes, a partition key, a policy that nobody described
            [
                Quota("up day", 9, 3, None, "headers", unit="bytes"),
                Quota("x unknown", None, 4, seconds_later(7), "headers"),
            ],
            {
                "ratelimit_policy": '"up";q=9;w=86400;qu="content-bytes";pk=:YQ==:',
                "ratelimit": '"up";r=3, "x";r=4;t=7',
            },
        ),
        (  # one name twice, of two partitions or a proxy
            [
                Quota("a minute", 100, 4, seconds_later(30), "headers"),
                Quota("b unknown", None, 9, None, "headers"),
            ],
            {
                "ratelimit_policy": '"a";q=100;w=60',
                "ratelimit": '"a";r=5;t=30, "b";r=9, "a";r=4;t=30, "a";r=6;t=30',
            },
        ),
        (
            [Quota("a minute", 100, 0, seconds_later(40), "headers")],
            {
                "ratelimit_policy": '"a";q=100;w=60',
                "ratelimit": '"a";r=0;t=30, "a";r=0;t=40, "a";r=0;t=20',
            },
        ),
        (  # two policies of one name, as of two partitions
            [Quota("b unknown", None, 5, seconds_later(30), "headers")],
            {"ratelimit_policy": '"b";q=100;w=60, "b";q=10;w=1', "ratelimit": '"b";r=5;t=30'},
        ),
        (
            [Quota("b minute", 100, 5, None, "headers")],
            {
                "ratelimit_policy": '"b";q=100;w=60;pk=:YQ==:, "b";q=100;w=60',
                "ratelimit": '"b";r=5',
            },
        ),
        (  # requests at once: those that are left change with each response
            [Quota("c unknown", 10, 3, None, "headers", unit="concurrent requests")],
            {"ratelimit_policy": '"c";q=10;qu="concurrent-requests"', "ratelimit": '"c";r=3'},
        ),
        (
            [Quota("c unknown", 10, None, None, "headers", unit="concurrent requests")],
            {"ratelimit_policy": '"c";q=10;qu="concurrent-requests"', "ratelimit": '"c";r=0'},
        ),
        (  # a fraction, as of Nautobot
            [Quota("p minute", 100, 49, seconds_later(1), "headers")],
            {"ratelimit_policy": '"p";q=100.5;w=60', "ratelimit": '"p";r=49.9;t=1.2'},
        ),
        (  # draft 07
            [Quota("minute", 100, 50, seconds_later(50), "headers")],
            {"ratelimit": "limit=100, remaining=50, reset=50", "ratelimit_policy": "100;w=60"},
        ),
        (  # draft 00 to 06
            [Quota("unknown", 100, 50, seconds_later(50), "headers")],
            {"ratelimit_limit": "100", "ratelimit_remaining": "50", "ratelimit_reset": "50"},
        ),
        (
            [Quota("minute", 100, 50, seconds_later(50), "headers")],
            {
                "ratelimit_limit": "100, 100;w=60, 1000;w=3600",
                "ratelimit_remaining": "50",
                "ratelimit_reset": "50",
            },
        ),
        (
            [Quota("minute", 100, 50, None, "headers")],
            {
                "ratelimit_limit": "100",
                "ratelimit_policy": '1000;w=3600, 100;w=60;comment="burst"',
                "ratelimit_remaining": "50",
            },
        ),
        (  # a moment under the IETF's name is no number of seconds
            [Quota("unknown", 600, 594, None, "headers")],
            {
                "ratelimit_limit": "600",
                "ratelimit_remaining": "594",
                "ratelimit_reset": "1768479000",
            },
        ),
        ([], {"ratelimit": '"burst";t=30'}),
        ([], {"ratelimit": '"burst";r=-1'}),
        ([], {"ratelimit": '"burst";r="many"'}),
        ([], {"ratelimit": '"burst;r=1'}),
        ([], {"ratelimit_reset": "5"}),
        ([], {"ratelimit": "\u00e4"}),
        ([], {}),
    ],
)
def test_every_draft_of_the_ietf_is_read(quotas: list[Quota], headers: dict[str, str]) -> None:
    assert quotas == standard(**headers)


@each_case(
    ("seconds", "text"),
    [(360, "6m0s"), (0.012, "12ms"), (1, "1s"), (90_061, "1d1h1m1s"), (1.5, "1.5s"),
     (None, "s"), (None, ""), (None, "6"), (None, "6 m"), (None, "1.2.3s"), (None, "-1s")],
)  # fmt: skip
def test_a_duration_is_read(seconds: float | None, text: str) -> None:
    assert seconds == parse_duration(text)


FIELDS = ("ratelimit", "ratelimit-policy", "ratelimit-limit", "ratelimit-remaining", "x")
VALUES = st.text(max_size=40) | st.sampled_from(
    ['"a";r=1;t=2', "limit=1, remaining=2, reset=3", "1, 2;w=3", '("a" "b");r=1', "?1", "@1", "9.5"]
)


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_no_value_crashes_a_reader(headers: dict[str, str]) -> None:
    read_standard_fields(headers, HERE)
    sources = [
        FieldSource("x"),
        FieldSource("x", item=1),
        FieldSource("x", where=("w", 3)),
        FieldSource("x", parameter="r"),
        FieldSource("x", pattern="([0-9]+)/"),
    ]
    forms = [
        WindowForm(seconds=60, limit=source, reset=source, reset_form=form)
        for source in sources
        for form in ResetForm
    ]
    for quota in read_windows(headers, forms, HERE).quotas:
        assert 0 < quota.window_seconds
        assert quota.limit is None or quota.limit >= 0
