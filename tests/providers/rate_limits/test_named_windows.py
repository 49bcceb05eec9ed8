"""Rate-limit fields with the window in their name, and numbers that contradict each other."""

from datetime import UTC, datetime, timedelta

import pytest

from tokcheck.core.report import Quota
from tokcheck.providers.rate_limits.ietf import read_standard_fields
from tokcheck.providers.rate_limits.reader import read_window
from tokcheck.providers.rate_limits.windows import FieldSource, WindowForm

_HERE = datetime(2026, 1, 15, 12, 7, 30, tzinfo=UTC)
_DATE = {"date": "Thu, 15 Jan 2026 12:07:30 GMT"}


def _quotas(headers: dict[str, str]) -> list[Quota]:
    return list(read_standard_fields(_DATE | headers, _HERE).quotas)


def _later(seconds: int) -> datetime:
    return _HERE + timedelta(seconds=seconds)


_KONG = {
    "ratelimit-limit": "6",
    "ratelimit-remaining": "4",
    "ratelimit-reset": "47",
    "x-ratelimit-limit-minute": "6",
    "x-ratelimit-remaining-minute": "4",
    "x-ratelimit-limit-hour": "100",
    "x-ratelimit-remaining-hour": "98",
}


@pytest.mark.parametrize(
    ("quotas", "headers"),
    [
        (
            [
                Quota("minute", 6, 4, _later(47), "headers"),
                Quota("hour", 100, 98, None, "headers"),
            ],
            _KONG,
        ),
        (
            [Quota("1s", 5, 0, _later(1), "headers")],
            {
                "ratelimit-limit": "5",
                "ratelimit-remaining": "0",
                "ratelimit-reset": "1",
                "retry-after": "1",
                "x-ratelimit-limit-second": "5",
                "x-ratelimit-remaining-second": "0",
            },
        ),
        # Without the fields of the draft, and without a limit, as PayFit writes it.
        ([Quota("1s", None, 4, None, "headers")], {"x-ratelimit-remaining-second": "4"}),
        # HighLevel's two orders of the words.
        (
            [Quota("day", 200_000, 199_990, None, "headers")],
            {"x-ratelimit-limit-daily": "200000", "x-ratelimit-daily-remaining": "199990"},
        ),
        # The length of a month differs.
        (
            [Quota("month unknown", 9, 8, None, "headers")],
            {"x-ratelimit-limit-month": "9", "x-ratelimit-remaining-month": "8"},
        ),
        # A reset that is a moment is no number of seconds.
        (
            [Quota("minute", 6, 4, None, "headers")],
            {
                **dict(list(_KONG.items())[:5]),
                "ratelimit-reset": "1768478850",
            },
        ),
        (
            [Quota("minute", 6, None, None, "headers")],
            {"x-ratelimit-limit-minute": "6", "x-ratelimit-remaining-minute": "x"},
        ),
    ],
)
def test_each_named_window_is_read(quotas: list[Quota], headers: dict[str, str]) -> None:
    assert quotas == _quotas(headers)


_WINDOW = WindowForm(
    seconds=3600, limit=FieldSource("x-limit"), remaining=FieldSource("x-remaining")
)
_CONTRADICTION = "The response reports 400 left of a limit of 150; how many are left is not known."


def test_more_left_than_the_limit_is_not_known() -> None:
    """Neither number is believed to say how many are left, and a note names both."""
    readings = [
        read_standard_fields(_DATE | headers, _HERE)
        for headers in (
            {"ratelimit-limit": "150", "ratelimit-remaining": "400", "ratelimit-reset": "9"},
            {"ratelimit": "limit=150, remaining=400, reset=9"},
            {"ratelimit-policy": '"default";q=150;w=60', "ratelimit": '"default";r=400;t=9'},
            {"x-ratelimit-limit-minute": "150", "x-ratelimit-remaining-minute": "400"},
        )
    ]
    assert [(150, None)] * 4 == [
        (each.quotas[0].limit, each.quotas[0].remaining) for each in readings
    ]
    assert {(_CONTRADICTION,)} == {each.notes for each in readings}
    declared = read_window({"x-limit": "150", "x-remaining": "400"}, _WINDOW, _HERE)
    assert (Quota("hour", 150, None, None, "headers"), (_CONTRADICTION,)) == declared


def test_all_left_is_no_contradiction() -> None:
    declared = read_window({"x-limit": "150", "x-remaining": "150"}, _WINDOW, _HERE)
    assert (Quota("hour", 150, 150, None, "headers"), ()) == declared
