"""A wrapped token is found with its own fingerprint, or reported as cut."""

import re
from hashlib import sha256
from itertools import product

import pytest

from tests.support.attack.chance_lines import CHANCE_LINES
from tests.support.attack.wrapped_tokens import GRIDS, TOKEN_KINDS, TokenKind
from tests.support.scan.searching import search
from tests.support.tokens import random_characters
from tokcheck.core.credential import Kind

_STEP = {"openings": 67, "short ends": 29, "statements": 3, "markup": 3, "prompts": 67,
         "values": 47, "literals": 7, "marks": 11, "glued prompts": 5}  # fmt: skip
_SIGNED = frozenset({"HS256", "RS256"})
_OPEN = frozenset({"refresh", "digits"})
# In three lines, one is longer than any wrapped one is; and joined otherwise than in statements,
# these are found in one piece only.
_UNTYPICAL = frozenset(
    {("short ends", "RS256"), ("statements", "RS256")}
    | {("statements", "digits"), ("markup", "digits")}
    | {("markup", "HS256"), ("markup", "RS256")}
)
# A word of a few characters at the end of a text, which the end of a token may look like.
_SHORT_END = re.compile(r"(?<![\w-])[\w-]{1,5}[^\w-]{0,3}(?:done\s*)?\Z")
_SECOND_TOKEN = "1//05tests"
# Backquotes around a word, and what is glued to the beginning of a token or a part of it.
_SPLIT = re.compile(r"(?m)^\d-(?:eyJ|ya29|1//0)|`r`n|\.txt-|Page 2\w")


def _is_unambiguous(text: str, kind: str) -> bool:
    """Return whether a text shows of itself what is the token."""
    if _SPLIT.search(text):
        return False
    return kind not in _OPEN or not (_SHORT_END.search(text) or _SECOND_TOKEN in text)


def _is_wrong(text: str, token: str, kind: TokenKind) -> bool:
    found = [one for one in search(text) if one.kind is kind.kind and one.provider != "github"]
    digest = sha256(token.encode()).digest()
    return not found or any(item.digest != digest and not item.fragment for item in found)


@pytest.mark.untraced
@pytest.mark.parametrize("name", GRIDS)
def test_a_wrapped_token_is_found_whole_or_as_cut(name: str) -> None:
    wrong = []
    for seed, (kind_name, kind) in enumerate(TOKEN_KINDS.items()):
        if (
            (name, kind_name) in _UNTYPICAL
            or (name == "marks" and kind_name in _SIGNED)
            or (name in {"glued prompts", "literals", "short ends"} and kind_name == "digits")
        ):
            continue
        token = kind.make(seed)
        wrong += [
            (kind_name, text)
            for text in GRIDS[name].texts(kind.label + token, _STEP[name], seed)
            if _is_unambiguous(text, kind_name) and _is_wrong(text, token, kind)
        ]
    assert [] == wrong


def test_letters_at_the_beginning_of_an_unquoted_piece_are_the_tokens() -> None:
    token = TOKEN_KINDS["opaque"].make(0)
    digest = sha256(token.encode()).digest()
    found = {
        item.digest
        for cut in range(30, 120)
        for item in search(f"T={token[:cut]}\nT+={token[cut:]}\n")
        if not item.fragment
    }
    assert {digest} == found


_SHORT_FIRST = {
    "opaque": TokenKind(Kind.ACCESS_TOKEN, lambda seed: "ya29.a0" + random_characters(150, seed)),
    "HS256": TOKEN_KINDS["HS256"],
    "refresh": TOKEN_KINDS["refresh"],
    "secret": TokenKind(Kind.CLIENT_SECRET, lambda seed: "GOCSPX-" + random_characters(28, seed)),
}


@pytest.mark.untraced
@pytest.mark.parametrize("seam", ["\n", "\n> ", "\\\n", " \\\n", "=\n", "%0A"])
@pytest.mark.parametrize("name", _SHORT_FIRST)
def test_a_token_with_few_characters_in_its_first_line_is_found_whole_or_as_cut(
    name: str, seam: str
) -> None:
    wrong = []
    kind = _SHORT_FIRST[name]
    for first in range(3, 27):
        token = kind.make(first)
        for width in (64, 76, 300):
            rest = [token[at : at + width] for at in range(first, len(token), width)]
            text = f"T={seam.join((token[:first], *rest))}\n"
            wrong += [text] if _is_wrong(text, token, kind) else []
    assert [] == wrong


@pytest.mark.parametrize(
    "text",
    [
        "curl -H 'Authorization: Bearer ya29.aB3 \\\n  --compressed-and-more'",
        "ya29.abc \\\n  https://www.googleapis.com/health/v4/users",
        "T=ya29.aB1 \\\nCONTENT_TYPE=application",
        'FIRST = "1//05tests"\n# Backquotes around a word',
        "1 \\\n//0 is the number of the first comment of this program",
        "eyJhbGciOiJIUzI1NiJ9 \\\nand so on and so forth",
    ],
)
def test_other_text_behind_a_short_first_line_is_no_part_of_a_token(text: str) -> None:
    assert [] == search(text)


@pytest.mark.untraced
@pytest.mark.parametrize("name", CHANCE_LINES)
def test_a_line_that_looks_like_other_text_leaves_no_fingerprint_of_a_part(name: str) -> None:
    wrong = []
    for text, token in CHANCE_LINES[name]():
        digest = sha256(token.encode()).digest()
        # A line that begins as a token of another service is reported as one.
        found = [one for one in search(text) if not one.remedy.service]
        if any(one.digest != digest and not one.fragment for one in found):
            wrong.append(text)
    assert [] == wrong


@pytest.mark.parametrize(
    "behind",
    [
        "",
        "\n",
        " \\\nAb3x\n",
        " \\\nGET\n",
        " \\\n-X GET\n",
        " && ls \\\nAb3x\n",
        ") \\\nAb3x\n",
        '"\n',
    ],
)
@pytest.mark.parametrize("continuation", [" \\\n", " \\\r\n", "\\\n", " ^\r\n", " `\n", "=\n"])
def test_a_short_last_word_is_that_of_the_token_or_the_finding_is_a_part(
    continuation: str, behind: str
) -> None:
    tokens = [TOKEN_KINDS[kind].make(3) for kind in ("HS256", "RS256")]
    for token, size in product(tokens, (1, 2, 3, 4, 7, 12, 19)):
        text = f"curl -H Bearer {token[:-size]}{continuation}{token[-size:]}{behind}"
        for finding in search(text):
            assert finding.fragment or sha256(token.encode()).digest() == finding.digest, text
