"""A value of no certain length is whole only where nothing behind it may be its rest."""

import pytest

import tokcheck
from tokcheck.paste.context.value_ends import may_go_on

DIGITS = "7123456789abcdef" * 4
OPENINGS = {
    "token: ": "",
    "access_token=": "",
    "Bearer ": "",
    '{"access_token": "': '"}',
    "{'access_token': '": "'}",
    "<p>token: ": "</p>",
}
BREAKS = [
    "\r",
    "\n\n",
    "\n# ",
    "\n// ",
    "\n * ",
    "\n- ",
    "\n> ",
    "\n:: ",
    "\n...",
    "\u2028",
    "\x0b",
    "\x85",
    "\u00ad\n",
    "\u21b5\n",
    "`\n`",
    '"\n. "',
    '" & _\n  "',
    "<br>",
    "<wbr>",
    "</p><p>",
    "</div>\n<div>",
    "</td><td>",
    "&#10;",
    "&#x0A;",
    "&NewLine;",
    "\\n",
    "\\r\\n",
    "\\u000a",
    "%0A",
    "%0d%0a",
]


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize("line_break", BREAKS)
@pytest.mark.parametrize(("first", "whole"), [(32, 40), (32, 64), (40, 64)])
def test_digits_that_the_next_ones_complete_are_not_whole(
    first: int, whole: int, line_break: str, opening: str
) -> None:
    rest = DIGITS[first:whole] + OPENINGS[opening]
    text = f"{opening}{DIGITS[:first]}{line_break}{rest}"
    assert may_go_on(text, len(opening), len(opening) + first)
    report = tokcheck.check(text, offline=True, provider="polar")
    whole_token = report.credential is not None and report.credential.length == whole
    assert report.usable is False or whole_token, report.verdict


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize(
    "behind",
    [
        "",
        "\n",
        "\nexpires_in: 3599",
        "\n1796000000",
        "\nuser 7a9b3c4d",
        "\n2026-11-30",
        " # 1234abcd1",
    ],
)
def test_other_texts_complete_no_digits(behind: str, opening: str) -> None:
    text = f"{opening}{DIGITS[:40]}{OPENINGS[opening]}{behind}"
    assert not may_go_on(text, len(opening), len(opening) + 40)
    report = tokcheck.check(text, offline=True, provider="polar")
    assert ("unverified", 40) == (
        str(report.verdict),
        report.credential.length if report.credential else 0,
    )
