"""The rest of a token behind what a log, a dump or a prompt puts in front of its line."""

import random
from hashlib import sha256

import pytest

from tests.support.providers.paste_checks import sendable_token
from tests.support.scan.searching import search
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs, some_of
from tests.support.tokens import random_characters
from tokcheck.core.credential import Kind
from tokcheck.providers.base import finder_for
from tokcheck.providers.ready_made_providers import load_packaged

_OPENINGS = [
    "2026-11-28 ", "10:00:01 ", "2026-11-28 10:00:00 ", "2026-11-28T10:00:00Z ",
    "28.11.2026 10:00 ",
    "2026-11-28T10:00:01.123+00:00 INFO ", "2026-11-28T10:00:00Z stdout F ", "[10:00:00] ",
    "00:01:02,500 --> 00:01:04,000 ", "11/28/2026 10:00 AM - ", "Sat Nov 28 10:00:00 2026 ",
    "Nov 28 10:00:00 host app[12]: ", "28/Nov/2026:10:00:00 ", "1795859574.123 ", "[12345.678901] ",
    "0000040 ", "00000040: ", "00000040  ", "+0100 ", "line 2: ", "part 2: ", "(2/3) ", "2: ",
    "$ ", "user@host:~$ ", "kim@box:/tmp$ ", "C:\\> ", "PS C:\\> ", ">>> ", "[pod-1] ",
    "Anna: ", "<anna> ", "[10:00] <anna> ", "continued: ", "cont. ",
]  # fmt: skip


@each_case("opening", _OPENINGS)
@each_case("front", ["", "token: ", "Authorization: Bearer "])
def test_a_full_line_is_never_whole_before_the_rest_behind_an_opening(
    opening: str, front: str
) -> None:
    wrong = []
    for width in some_of((64, 72, 76, 80, 100, 120, 128), len(opening + front)):
        for end in ("", "\n", " ok\n", "\n2026-11-28 10:00:01 done\n"):
            drawn = random.Random(f"{opening}{front}{width}{end}")
            rest = random_characters(drawn.randint(4, 24), drawn.randint(1, 999))
            token = f"ya29.{random_characters(width - 5, drawn.randint(1, 999))}{rest}"
            text = f"{front}{token[:width]}\n{opening}{rest}{end}"
            digest = sha256(token.encode()).digest()
            stumps = [
                finding
                for finding in search(text)
                if finding.kind is Kind.ACCESS_TOKEN
                and not finding.fragment
                and finding.digest != digest
            ]
            if sendable_token(text) not in {token, None} or stumps:
                wrong.append(text)
    assert [] == wrong


@each_case(
    "behind",
    ["2026-11-28 10:00:01 INFO GET /v4/users/me", "10:00:01 done", "$ curl --help",
     "10:00:01 6 done", "user@host:~$ ls", "C:\\> dir", "2026-11-28 10:00:01 GET done",
     "expires_in: 3599",
     "Host: x.org", "1795859574", "user: 7TESTS", "10:00:01.123 [main] INFO  c.e.App - Started",
     "2026-11-28 10:00:01 1234 INFO message", "2026-11-28T10:00:01Z level=info msg=done",
     "[INFO] 200 OK", "2026-11-28T10:00:01Z ready"],
)  # fmt: skip
def test_a_complete_token_is_whole_before_an_ordinary_line(behind: str) -> None:
    for size in (137, 157, 163, 183, 222):
        token = "ya29." + random_characters(size - 5, size)
        for front in ("", "2026-11-28 10:00:00 INFO token "):
            assert token == sendable_token(f"{front}{token}\n{behind}\n"), (front, size)


@pytest.mark.parametrize(
    "behind",
    ["2026-11-28 10:00:01 INFO GET /v4/users/me", "2026-11-28 10:00:01 WARN request failed",
     "10:00:01 done", "user@host:~$ make", "2026-11-28 10:00:01,123 - root - INFO - yes",
     "Host: x.org", "1795859574", "10:00:01.123 [main] INFO  c.e.App - Started"],
)  # fmt: skip
def test_a_short_line_is_whole_before_certain_text_behind_an_opening(behind: str) -> None:
    token = "ya29." + random_characters(75, 3)
    assert token == sendable_token(f"token: {token}\n{behind}\n")


_FINDER = finder_for(load_packaged())
# What logs and grep write in front of each line, or of the later ones alone.
_LOG_OPENINGS = (
    "2026-01-01T00:00:00Z ", "2026-11-30T20:01:02.123456789Z ", "2026/11/30 20:01:02 ", "20:01:02 ",
    "[2026-11-30 20:01:02] INFO ", "[INFO] ", "INFO: ", "a.txt:12:", "a.txt-12-", "src/x.py:7:",
    "12:", "  12\t", "<14>", "Nov 30 20:01:02 host app[123]: ", "app-1  | ",
    "I1130 20:01:02.000 1 x.go:1] ",
)  # fmt: skip
_LINE_ENDS = (
    "\n", "\r\n", " \n", "\x1b[K\n", "\x1b[0m\n", "\n\n", " \\\n", "<br>", "&#10;", "%0A", "\\n",
)  # fmt: skip
_FRONTS = (
    "", "token=", "Authorization: Bearer ", '{"access_token": "', "got `", "**", "'", 'export T="',
    "curl -H 'Authorization: Bearer ",
)  # fmt: skip
_BEHIND = (
    "", "\n", "'", '"', "`", "**", "</p>", "}", " ", ",", ")", "\n> x", "\nthanks",
    "&expires_in=3599", '","expires_in":3599}', " -H 'Accept: x'",
)  # fmt: skip


def _drawn_token(drawn: random.Random) -> str:
    body = random_characters(drawn.randint(150, 215), drawn.randrange(10_000))
    return drawn.choice(
        (
            f"ya29.a0{body}",
            f"ya29.c.{body}",
            f"ghs_123456_eyJ{body}",
            f"glpat-{body[:27]}.01.{body[30:39].lower().replace('-', '0').replace('_', '1')}",
        )
    )


@pytest.mark.untraced
@each_case("opening", _LOG_OPENINGS)
@each_case("line_end", _LINE_ENDS)
def test_no_part_is_whole_before_its_rest_behind_the_opening_of_a_log(
    opening: str, line_end: str
) -> None:
    drawn = random.Random(opening + line_end)
    for _ in range(inputs(10)):
        token = _drawn_token(drawn)
        first = len(token) - drawn.choice((*range(2, 31), len(token) // 2))
        text = drawn.choice((opening, "")) + drawn.choice(_FRONTS) + token[:first]
        text += line_end + opening + token[first:] + drawn.choice(_BEHIND)
        credential = _FINDER.find(text).credential
        if credential is not None and credential.flaw is None:
            assert token == credential.secret.reveal(), text
        digest = sha256(token.encode()).digest()
        for finding in search(text):
            known = finding.kind is Kind.ACCESS_TOKEN and finding.provider
            assert not known or finding.fragment or digest == finding.digest, text
