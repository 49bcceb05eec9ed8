"""A value of no certain length is whole only where nothing behind it may be its rest."""

import string

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


# Every character that no token has, in the middle of a value that a literal delimits.
_FOREIGN = [
    *sorted(set(string.punctuation) - set("._~+/=-*<\\")),
    "\N{LATIN SMALL LETTER E WITH ACUTE}",
]
_LITERALS = {
    "json": '{"access_token": "%s", "x": 1}',
    "label": "WHOOP_ACCESS_TOKEN='%s'",
    "header": "headers = {'Authorization': 'Bearer %s'}",
}


@pytest.mark.parametrize("literal", _LITERALS)
@pytest.mark.parametrize("sign", _FOREIGN)
def test_no_part_of_a_literal_is_called_whole(literal: str, sign: str) -> None:
    text = _LITERALS[literal] % f"abcDefghij0123456789{sign}KLMNOPQRST0123456789"
    report = tokcheck.check(text, offline=True, provider="whoop")
    assert report.usable is False
    with pytest.raises(tokcheck.NoTokenError):
        tokcheck.clean(text)


@pytest.mark.parametrize("sign", ",;\N{LATIN SMALL LETTER E WITH ACUTE}")
def test_no_part_of_a_variable_is_called_whole(sign: str) -> None:
    text = f"WHOOP_ACCESS_TOKEN=abcDefghij0123456789{sign}KLMNOPQRST0123456789"
    assert tokcheck.check(text, offline=True, provider="whoop").usable is False


@pytest.mark.parametrize(
    "text",
    [
        "access_token=%s&expires_in=3600",
        "access_token=%s;expires=3600",
        "access_token=%s,user=anna",
        "token: %s, see below",
        "token: %s; then try again",
        "curl -H 'Authorization: Bearer %s' https://api.prod.whoop.com/x",
        'curl -d "access_token=%s" https://api.prod.whoop.com/x',
        "t(access_token='%s', user='anna')",
    ],
)
def test_what_ends_a_value_is_no_part_of_it(text: str) -> None:
    token = "abcDefghij0123456789KLMNOPQRST0123456789"  # tokcheck: allow
    report = tokcheck.check(text % token, offline=True, provider="whoop")
    assert report.usable is not False
    assert report.credential is not None
    assert 40 == report.credential.length
