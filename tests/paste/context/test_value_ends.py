"""A value of no certain length is whole only where nothing behind it may be its rest."""

import string

import pytest

import tokcheck
from tests.support.suite.cases import each_case
from tests.support.tokens import random_characters
from tokcheck.paste.context.value_ends import may_go_on
from tokcheck.providers.base import finder_for
from tokcheck.providers.declared.declared_provider import provider_of

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


_FORMS = {
    "acme_": None,
    "acmer_": "[A-Za-z0-9]{20,60}",
    "acmes_": r"[\w.-]{20,300}",
}
_FINDER = finder_for(
    {
        "acme": provider_of(
            {
                "name": "acme",
                "address": "https://api.acme.example",
                "check": "/v1/me",
                "tokens": [
                    {"prefix": prefix, **({"pattern": pattern} if pattern else {})}
                    for prefix, pattern in _FORMS.items()
                ],
            }
        )
    }
)
_URL = "https://api.acme.example/v1/me"
_QUOTED = [
    f"curl '{_URL}' \\\n  -H 'authorization: Bearer @' \\\n  -H 'accept: application/json'",
    f'curl -X GET \\\n  -H "Authorization: Bearer @" \\\n  {_URL}',
    f'curl ^"{_URL}^" ^\n  -H ^"authorization: Bearer @^" ^\n  -H ^"accept: */*^"',
    '-H "Authorization: Bearer @" \\\n  -H "X-Request-Id: 8f14e45fceea167a5a36dedd4bea2543"',
    f"curl -H 'authorization: Bearer @' --compressed {_URL}\nls",
    'ACME_TOKEN="@"\nX=1\n',
    "export TOKEN='@'\nexport A=b\ncurl x",
    'set TOKEN="@"\r\nset X=1',
    'token = "@"\nname = "alex"\n',
    'token: "@"\nid: 7\n',
    '- "@"\n- "x"\n',
    'h = {"Authorization": "Bearer @"}\nr = requests.get("https://api.acme.example/", headers=h)',
    'headers = {\n    "Authorization": "Bearer @",\n    "Accept": "application/json",\n}\n',
    'client = Client(\n    token="@",\n    user="alex",\n)\n',
    'client = Client("@", "8f14e45fceea167a5a36dedd4bea2543")\n',
    '$h = @{ Authorization = "Bearer @" }\nirm https://api.acme.example/me -Headers $h',
    'iwr -Headers @{\n"authorization"="Bearer @"\n  "accept"="*/*"\n}',
    '$env:TOKEN = "@"\nnode x.js',
    '{"access_token":"@","token_type":"bearer"}',
    '{"access_token":"@","token_type":"bearer","refresh_token":"8f14e45fceea167a5a36dedd4bea2543"}',
    '{\n  "access_token": "@",\n  "token_type": "bearer"\n}',
    'fetch("x", {\n  "headers": {\n    "authorization": "Bearer @"\n  },\n  "method": "GET"\n});',
    '["x",\n"@",\n"y"]',
    "a = '@'\nb = '8f14e45fceea167a5a36dedd4bea2543'\n",
    "`@` is my token\nthanks",
    "\u201c@\u201d\nhello",
    "[@]\nfoo bar",
    "(@)\nfoo bar",
    "(Bearer @)\nfoo bar",
    "<@>\nhello",
    "{{ '@' }}\nhello",
    "sh -c \"curl -H 'Authorization: Bearer @' x\"\nls -l",
    '"{\\"access_token\\":\\"@\\",\\"scope\\":\\"x\\"}"\nhello',
    "value=&quot;@&quot;\nhello",
]


@each_case("prefix", _FORMS)
@each_case("text", _QUOTED)
def test_a_token_ends_where_the_mark_closes_that_opened_before_it(prefix: str, text: str) -> None:
    token = f"{prefix}{random_characters(40, 7).translate({45: 'k', 95: 'Q'})}"
    # Another sign of PowerShell's stands in front of it.
    at = text.rfind("@") if text.startswith(("$h", "iwr")) else text.find("@")
    found = _FINDER.find(f"{text[:at]}{token}{text[at + 1 :]}", "acme").credential
    assert found is not None
    assert (token, None) == (found.secret.reveal(), found.flaw)


@each_case("prefix", _FORMS)
@each_case(
    "text",
    [
        '"{}" + "{}"', '> &quot;{}" +\n>   "{}"',
        't = "{}" \\\n    "{}"', '"{}",\n"{}"', '"{}"\n"{}"',
        '"{}" & vbCrLf & "{}"',
        "'{}' . '{}'", 't = "{}"\nt += "{}"', 'A="{}"\nB="{}"\nT="$A$B"', '"{}"\'{}\'', '"{}"{}',
        '"".join(["{}", "{}"])', 'concat("{}", "{}")', '"{}" || "{}"', '"{}".concat("{}")',
        'T1 = "{}"\nT2 = "{}"',
    ],
)  # fmt: skip
def test_a_literal_that_a_program_continues_is_no_end(prefix: str, text: str) -> None:
    first, rest = (random_characters(30, seed).translate({45: "k", 95: "Q"}) for seed in (3, 4))
    found = _FINDER.find(text.format(f"{prefix}{first}", rest), "acme").credential
    assert found is not None
    assert found.flaw is not None or found.secret.reveal() == f"{prefix}{first}{rest}", text


@each_case("provider", ["oura", "spotify", "whoop"])
def test_a_labelled_token_in_a_copied_command_is_whole(provider: str) -> None:
    token = f"{random_characters(50, 5).translate({45: 'k', 95: 'Q'})}a1"
    for text in _QUOTED[:3]:
        report = tokcheck.check(text.replace("@", token), offline=True, provider=provider)
        assert report.credential is not None
        assert (str(report.verdict), report.credential.length) == ("unverified", len(token)), text
