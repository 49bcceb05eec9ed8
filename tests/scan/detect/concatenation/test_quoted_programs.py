"""A token in pieces is found whole in a program, also where another text quotes that."""

from hashlib import sha256
from random import Random
from string import ascii_letters, digits

import pytest

from tests.support.providers.paste_checks import sendable_token
from tests.support.scan.searching import finds_only, search
from tests.support.scan.split_programs import NOTATIONS, split_at, split_programs
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, google, random_characters

_GOOGLE = google("x")
_TOKENS = {
    "access token": (_GOOGLE, [(110,), (60, 120), (80, 160), (128,), (50, 100, 150)]),
    "refresh token": (f"1//06{random_characters(98, 7)}", [(50,), (35, 70), (50, 100)]),
    "client secret": (f"GOCSPX-{random_characters(28, 8)}", [(12,), (16,), (16, 32), (20,)]),
    "another service's": (
        f"ghp_{''.join(Random(9).choices(ascii_letters + digits, k=36))}",
        [(12,), (20,), (14, 28)],
    ),
    "signed token": (FITBIT, [(60,), (60, 120), (37,)]),
}
# Nobody exports the names of a program in JSON as HTML; then the token is said to be a part.
_PARTS = {("names", "JSON in HTML")}


@pytest.mark.untraced
@each_case("kind", list(_TOKENS))
def test_a_split_token_is_found_whole_and_never_a_part_without_a_word(kind: str) -> None:
    token, cuts = _TOKENS[kind]
    digest = sha256(token.encode()).digest()
    missed, parts, sent = [], [], []
    for cut in cuts:
        for joint, notation, text in split_programs(split_at(token, *cut)):
            found = search(text)
            if any(item.digest != digest and not item.fragment for item in found):
                parts.append((joint, notation, cut))
            if digest not in {item.digest for item in found} and (joint, notation) not in _PARTS:
                missed.append((joint, notation, cut))
            if sendable_token(text) not in {None, token}:
                sent.append((joint, notation, cut))
    assert ([], [], []) == (missed, parts, sent)


@each_case("notation", ["itself", "HTML", "JSON", "notebook"])
def test_a_list_of_equal_pieces_is_one_token_without_a_call_as_well(notation: str) -> None:
    for token, *_ in (_TOKENS["access token"], _TOKENS["client secret"]):
        pieces = split_at(token, *range(12, len(token), 12))
        elements = "".join(f'  "{piece}",\n' for piece in pieces[:12])
        text = NOTATIONS[notation](f"t = [\n{elements}]\n")
        assert finds_only(text, "".join(pieces[:12]))


def test_a_name_is_not_used_where_a_piece_ends_with_it() -> None:
    first, second, third = split_at(_GOOGLE, 80, 140)
    token = f"{first}{second[:-2]}-x{third}"
    for seam in ('" +\n    "', '" + \\\n    "'):
        assert finds_only(f'x = "{first}{seam}{second[:-2]}-x{seam}{third}"\n', token)


def test_a_last_piece_may_be_a_letter_behind_equal_ones() -> None:
    token = f"1//06{random_characters(96, 9)}"
    pieces = split_at(token, 50, 100)
    assert ["added", "append", "list", "names"] == sorted(
        joint
        for joint, notation, text in split_programs(pieces)
        if notation == "itself"
        and joint in {"added", "append", "list", "names"}
        and finds_only(text, token)
    )


def test_other_arguments_are_no_pieces() -> None:
    other = random_characters(52, 11)
    for text in (f'login "{_GOOGLE}" "{other}" now\n', f'["{_GOOGLE}", "{other}"]'):
        digests = {item.digest for item in search(text) if not item.fragment}
        assert digests <= {sha256(_GOOGLE.encode()).digest()}, text
