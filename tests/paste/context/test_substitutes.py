"""Characters that stand for a token's own are put right where that is certain, or named."""

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE, fitbit, google
from tokcheck.core.credential import Flaw
from tokcheck.core.report import Verdict
from tokcheck.paste.context.substitutes import restore, without_look_alikes

EXAMPLES = settings(max_examples=inputs(200), derandomize=True, deadline=None)
_MANY = [fitbit(sub=f"USER{number:02}") for number in range(60)]
_LIGATURES = {"ff": "\ufb00", "fi": "\ufb01", "fl": "\ufb02", "ffi": "\ufb03", "st": "\ufb06"}
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_FRONTS = ("", "Bearer ", "TOKEN=", '"')


def token_with(text: str) -> str:
    """Return a token with this text in its signature."""
    for number in itertools.count():
        token = fitbit(sub=f"U{number}")
        if text in token.rpartition(".")[2][:-1]:
            return token
    raise AssertionError


@pytest.mark.parametrize(("letters", "ligature"), _LIGATURES.items())
def test_a_ligature_is_put_right(letters: str, ligature: str) -> None:
    for token in (token_with(letters), f"{GOOGLE}{letters}Q7x"):
        for front in _FRONTS:
            text = front + token.replace(letters, ligature)
            assert token == sendable_token(text)
            assert "a ligature inside it" in read(text).cleaned


@pytest.mark.parametrize("dash", _DASHES)
def test_a_dash_in_a_signed_token_is_put_right(dash: str) -> None:
    for hyphens in ("-", "--"):
        token = token_with(hyphens)
        # One dash stands for one hyphen or for two, as editors write it.
        whole = token.replace("-", dash) if hyphens == "-" else token.replace("--", dash)
        if hyphens == "--" and ("-" in token.replace("--", "") or dash in "\u2010\u2011"):
            continue
        assert token == sendable_token(whole)
        assert any("hyphen" in note for note in read(whole).cleaned)


def test_plain_base64_is_put_right() -> None:
    kinds = {"+": "-", "/": "_"}
    for token in _MANY:
        parts = [part + "=" * (-len(part) % 4) for part in token.split(".")]
        plain = ".".join(parts)
        for sign, own in kinds.items():
            plain = plain.replace(own, sign)
        escaped = plain.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        for text in (plain, escaped, plain.replace("/", "\\/"), f"Bearer {plain}\n"):
            assert token == sendable_token(text)
            if text.rstrip("=\n") != token:
                assert read(text).cleaned


_ODD = "\u0430\u0435\u043e\u0440\u0441\u0391\u03bf\uff21\u00e9\u00df\u0131\ufffd\U0001d400"


@EXAMPLES
@given(st.sampled_from(_MANY), st.integers(0, 400), st.sampled_from(_ODD))
def test_a_letter_that_no_token_has_is_named(token: str, at: int, letter: str) -> None:
    at %= len(token)
    for front in _FRONTS:
        text = f"{front}{token[:at]}{letter}{token[at + 1 :]}"
        assert sendable_token(text) is None
        if token[at] == "." or (at < 3 and without_look_alikes(letter) != token[at]):
            continue  # without a beginning, or in parts, it is no provider's token
        credential = read(text).credential
        assert credential is not None
        if token[: token.index(".")].startswith(token[:at]) and at < 10:
            continue
        assert credential.flaw is Flaw.DAMAGED, text
        assert letter in credential.reason
        assert "missing" not in credential.reason
        assert conclusion(text).verdict is Verdict.MALFORMED


@EXAMPLES
@given(st.integers(5, 170), st.sampled_from(_ODD))
def test_no_part_of_an_opaque_token_with_such_a_letter_is_taken(at: int, letter: str) -> None:
    for token in (GOOGLE, google("second")):
        text = token[:at] + letter + token[at + 1 :]
        assert sendable_token(text) is None
        credential = read(text).credential
        assert credential is not None
        assert letter in credential.reason or credential.flaw is Flaw.CUT_OFF


@pytest.mark.parametrize("dash", _DASHES[2:])
def test_a_dash_in_an_opaque_token_is_named(dash: str) -> None:
    credential = read(GOOGLE.replace("-", dash, 1)).credential
    assert credential is not None
    assert f"into a dash ({dash})" in credential.reason


@pytest.mark.parametrize("sign", ["+", "/"])
def test_a_sign_of_plain_base64_in_an_opaque_token_is_named(sign: str) -> None:
    for at in range(45, len(GOOGLE) - 30, 7):
        credential = read(GOOGLE[:at] + sign + GOOGLE[at + 1 :]).credential
        assert credential is not None
        assert credential.flaw is Flaw.DAMAGED
        assert f"that no token has: {sign}" in credential.reason


@pytest.mark.parametrize(
    "text", [f"{GOOGLE}です", f"令牌{GOOGLE}。", f"{FITBIT}。次", f"«{FITBIT}»"]
)
def test_text_of_other_scripts_may_stand_beside_a_token(text: str) -> None:
    assert sendable_token(text) in {FITBIT, GOOGLE}


@EXAMPLES
@given(st.text(max_size=200) | st.text("eyJhbGciOi.-_+/=\u2013\ufb01aA0", max_size=200))
def test_what_is_put_right_has_only_known_changes(text: str) -> None:
    restored, notes = restore(text)
    assert (restored == text) or notes
    assert len(without_look_alikes(text)) == len(text)


def test_a_sign_of_padding_inside_a_part_is_no_padding() -> None:
    for at in range(20, len(FITBIT) - 1, 3):
        assert sendable_token(f"{FITBIT[:at]}={FITBIT[at:]}".replace("-", "+")) in {None, FITBIT}
        assert sendable_token(f"{FITBIT[:at]}={FITBIT[at + 1 :]}") is None


def test_every_look_alike_is_a_letter_above_ours() -> None:
    for letter in map(chr, range(0x0370, 0x0530)):
        similar = without_look_alikes(letter)
        assert similar == letter or (similar.isascii() and similar.isalpha())
        if similar != letter:
            assert unicodedata.name(letter).startswith(("GREEK", "CYRILLIC"))


@EXAMPLES
@given(st.sampled_from(_MANY), st.integers(1, 60), st.sampled_from([*_DASHES, "+", "/", "=", "+a"]))
def test_a_cut_token_is_not_completed_by_a_sign(token: str, lost: int, sign: str) -> None:
    assert sendable_token(token[:-lost] + sign) is None
