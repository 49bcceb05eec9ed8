"""The signs of tokens, prefixes and labels in every notation: one table for all of them."""

import pytest

from tests.support.scan.searching import finds_only, search
from tests.support.scan.written_tokens import SPELLINGS, spell
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)

_TOKENS = {
    "signed": FITBIT, "opaque": GOOGLE, "refresh": GOOGLE_REFRESH, "secret": GOOGLE_SECRET,
}  # fmt: skip
_FRAMES = ('x = "@"\n', "@\n", "<td>@</td>\n", "a|@|b\n", '{"t": "@", "name": "x"}', "`@`", "@")


def test_a_token_is_found_whole_in_every_notation() -> None:
    failed = [
        (name, spelling, signs, frame)
        for name, token in _TOKENS.items()
        for spelling, notation in SPELLINGS.items()
        for signs in (".", "-", "_", "/", "._-/")
        for frame in _FRAMES
        if not finds_only(frame.replace("@", spell(token, signs, notation)), token)
    ]
    assert [] == failed


def test_a_label_is_read_in_every_notation() -> None:
    failed = [
        spelling
        for spelling, notation in SPELLINGS.items()
        if not finds_only(f'{spell("refresh_token", "_", notation)}: "{FITBIT_REFRESH}"\n',
                          FITBIT_REFRESH)
    ]  # fmt: skip
    assert [] == failed


def test_a_code_is_found_in_every_notation_of_its_prefix() -> None:
    failed = [
        spelling
        for spelling, notation in SPELLINGS.items()
        if not finds_only(f"code={spell(GOOGLE_CODE, '/', notation)}&scope=x\n", GOOGLE_CODE)
    ]
    assert [] == failed


def test_notations_and_line_breaks_together_hide_nothing() -> None:
    for token in (FITBIT, GOOGLE):
        for spelling, notation in SPELLINGS.items():
            for joint in ("\n", "\r\n    ", '" +\n  "'):
                text = (
                    spell(token[:70], "._-", notation) + joint + spell(token[70:], "._-", notation)
                )
                assert finds_only(f'x = "{text}"\n', token), (spelling, joint)


def test_what_follows_in_a_notation_is_no_part_of_the_token() -> None:
    for token in (FITBIT, GOOGLE):
        for end in (
            "&period;",
            "\\.",
            "%2E",
            "&#46;\n",
            "&quot;",
            "\\n",
            "=\n\n",
            "&amp;x=1",
            "\\_",
        ):
            found = search(f'"{token}{end} "')
            assert 1 == len(found), end


_LATEX = (("_", r"{\_}"), ("-", "{-}"), ("_", "{_}"), (".", "[.]"), ("-", "[-]"), ("_", r"\137"))


@pytest.mark.parametrize(("sign", "notation"), _LATEX)
def test_a_sign_in_a_group_or_in_octal_digits_does_not_cut_a_token(
    sign: str, notation: str
) -> None:
    signed = f"{FITBIT[:-43]}Y_9_5NzUco4-BcZm01DyCsJ2o0zCeY3RWM5rTLBcMQE"
    for token in (signed, FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET):
        if not token.endswith(sign):
            text = token.replace(sign, notation)
            assert finds_only(f"\\texttt{{{text}}}\n", token), text
            assert finds_only(f"see {text} here\n", token), text


def test_quotation_marks_of_dotnet_join_literals() -> None:
    for token in (FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET):
        for sign in ("+", r"\u002B", r"\u002b", ""):
            for mark in (r"\u0022", r"\u0027"):
                text = f"{mark}{token[:20]}{mark} {sign} {mark}{token[20:]}{mark}"
                assert finds_only(f'{{"x": "t = {text}"}}', token), text


def test_a_number_of_html_needs_no_semicolon_and_percent_may_have_a_u() -> None:
    for written in ("&#46", "&#x002E;", "%u002E", "%U002e"):
        for token in (FITBIT, GOOGLE):
            assert finds_only(token.replace(".", written), token), written
