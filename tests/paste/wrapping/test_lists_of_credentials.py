"""A name and another credential in the next line end a token; a line of its own does not."""

from hashlib import sha256
from itertools import product

import pytest

from tests.support.attack.chance_lines import opaque_lines
from tests.support.cli.account_store import reveal
from tests.support.providers.paste_checks import read
from tests.support.scan.searching import search
from tests.support.tokens import GOOGLE_REFRESH, GOOGLE_SECRET, random_characters
from tokcheck.core.credential import Kind

_OTHER = "ya29." + random_characters(120, 77)
_RESTS = ("gLz3CDuOI2GEQbTr", "x7", "g", "gab", "Zq-", "key_2", "_x", "A1b2C3d4E5f6G7h8I9j0K1")
_SEAMS = ("\n", "\r\n", "\n  ")
_SIGNS = (":", "=", ": ", " = ", "='", ': "')
_FRONTS = ("", "T=", "token: ", "export T=", "- ", "k7: ")


def _access_tokens(text: str) -> set[str]:
    """Return the access tokens that a paste is said to hold as a whole."""
    paste = read(text)
    found = paste.candidates or ((paste.credential,) if paste.credential else ())
    return {
        reveal(each.secret)
        for each in found
        if each.kind is Kind.ACCESS_TOKEN and each.flaw is None
    }


@pytest.mark.parametrize("rest", _RESTS)
@pytest.mark.parametrize("lines", [1, 2, 3])
def test_a_last_line_that_reads_as_a_name_is_never_left_out(lines: int, rest: str) -> None:
    others = (_OTHER, GOOGLE_REFRESH, GOOGLE_SECRET)
    for seam, sign, other, front in product(_SEAMS, _SIGNS, others, _FRONTS):
        pieces = [*opaque_lines(lines, lines), rest]
        text = f"{front}{seam.join(pieces)}{sign}{other}\n"
        whole = {"".join(pieces), _OTHER}
        assert _access_tokens(text) <= whole, text
        digests = {sha256(token.encode()).digest() for token in whole}
        found = [each for each in search(text) if each.kind is Kind.ACCESS_TOKEN]
        assert {each.digest for each in found if not each.fragment} <= digests, text


@pytest.mark.parametrize(
    ("first", "second"),
    [("TOKEN=", "OTHER_TOKEN="), ("key_1: ", "key_2: "), ('"key_a1": "', '"key_a2": "'),
     ("export T=", "export REFRESH_TOKEN=")],
)  # fmt: skip
def test_a_name_of_words_or_the_same_name_in_the_next_line_ends_a_token(
    first: str, second: str
) -> None:
    token = "ya29." + random_characters(90, 6)
    closing = '",' if first.endswith('"') else ""
    text = f"{first}{token}{closing}\n{second}{_OTHER}{closing}\n"
    assert {token, _OTHER} == _access_tokens(text)
