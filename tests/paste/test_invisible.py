"""Invisible characters are removed, and visible ones are kept."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.paste.invisible import strip_invisible

VISIBLE = st.characters(categories=("L", "N", "P", "S"), exclude_characters="\\%&\x1b")


@pytest.mark.parametrize(
    "written",
    [
        *"\u00ad\u034f\u061c\u200b\u200e\u202a\u202e\u2060\u2066\u2069\ufe0f\ufeff",
        "\\u200b",
        "\\\\uFEFF",
        "%E2%80%8B",
        "%25E2%2580%258B",
        "%EF%BB%BF",
        "&shy;",
        "&#8203;",
        "&zwj;",
        "\x1b[0m",
    ],
)
def test_every_spelling_is_removed(written: str) -> None:
    assert "ab" == strip_invisible(f"{written}a{written}{written}b{written}")


def test_every_format_character_of_the_basic_plane_but_script_marks_is_removed() -> None:
    kept = {
        character
        for character in map(chr, range(0x10000))
        if unicodedata.category(character) == "Cf" and strip_invisible(character)
    }
    # Signs of Arabic, Syriac, and of annotations, which a screen shows.
    names = {unicodedata.name(character).split()[0] for character in kept}
    assert names <= {"ARABIC", "SYRIAC", "INTERLINEAR"}


@given(st.text(VISIBLE.filter(lambda character: character.isascii())))
def test_visible_text_is_kept(text: str) -> None:
    assert text == strip_invisible(text)
