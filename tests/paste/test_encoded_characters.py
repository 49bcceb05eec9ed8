"""A token of which every character is written in a notation: read in a paste and in a scan."""

import string
from random import Random

import pytest

from tests.support.providers.paste_checks import read, sendable_token
from tests.support.scan.searching import finds_only, search
from tests.support.scan.written_tokens import CHARACTERS, spell_all
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)

_GITHUB = "ghp_" + "".join(Random(7).choices(string.ascii_letters + string.digits, k=36))
_TOKENS = {"signed": FITBIT, "opaque": GOOGLE}
_OTHERS = {"declared": _GITHUB, "refresh": GOOGLE_REFRESH, "secret": GOOGLE_SECRET}
_FRAMES = ('t = "@"\n', "@", "<td>@</td>\n", "token: @\n", "x = '@';")


@pytest.mark.parametrize("notation", CHARACTERS)
def test_an_access_token_is_read_in_a_paste_and_in_a_scan(notation: str) -> None:
    for name, token in _TOKENS.items():
        for frame in _FRAMES:
            text = frame.replace("@", spell_all(token, notation))
            assert token == sendable_token(text), (name, frame)
            assert finds_only(text, token), (name, frame)


@pytest.mark.parametrize("notation", CHARACTERS)
def test_any_other_credential_is_read_in_both(notation: str) -> None:
    for name, token in _OTHERS.items():
        for frame in _FRAMES:
            text = frame.replace("@", spell_all(token, notation))
            assert finds_only(text, token), (name, frame)
            credential = read(text).credential
            assert credential is not None, (name, frame)
            assert token == credential.secret.reveal(), (name, frame)


def test_a_text_over_joints_is_read_as_a_plain_one_over_them() -> None:
    for token in (FITBIT, GOOGLE):
        for notation in CHARACTERS:
            written = [spell_all(token[at : at + 40], notation) for at in range(0, len(token), 40)]
            for joint in ("\n", "\r\n    ", '" +\n  "', '"\n  "', "\\\n", "=\n"):
                text = f't = "{joint.join(written)}"\n'
                assert token == sendable_token(text), (notation, joint)
                assert finds_only(text, token), (notation, joint)


def test_a_label_in_front_of_a_text_counts() -> None:
    for notation in CHARACTERS:
        if notation.startswith("hexadecimal"):
            continue  # digits of digits have no first letters of their own
        text = f'refresh_token = "{spell_all(FITBIT_REFRESH, notation)}"\n'
        assert finds_only(text, FITBIT_REFRESH), notation


def test_the_place_is_that_of_the_first_character() -> None:
    for notation in CHARACTERS:
        found = search(f"# settings\n\nt = '{spell_all(GOOGLE, notation)}'\n")
        assert [(3, 6)] == [(item.line, item.column) for item in found], notation


def test_two_texts_in_a_row_are_both_found() -> None:
    for notation in CHARACTERS:
        text = "".join(f"t = '{spell_all(token, notation)}'\n" for token in (FITBIT, GOOGLE))
        assert finds_only(text, {FITBIT, GOOGLE}), notation


def test_fewer_characters_are_no_text() -> None:
    for notation in CHARACTERS:
        assert [] == search(f"x = '{spell_all(GOOGLE[:15], notation)}'\n")
