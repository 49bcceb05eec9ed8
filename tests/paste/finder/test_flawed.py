"""Tokens that are cut off, glued to other text or altered: the flaw is named."""

import base64

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.tokens import (
    FITBIT,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    base64url,
    fitbit,
    make_jwt,
)
from tokcheck.core.credential import Flaw
from tokcheck.core.report import Verdict


@pytest.mark.parametrize("ellipsis", ["...", "\u2026", "....", "[...]", "<snip>", " ... "])
@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_a_shortened_token_is_recognized(token: str, ellipsis: str) -> None:
    for at in range(6, len(token) - 4, 3):
        for end in ("", token[-4:]):
            text = f"{token[:at].rstrip('.')}{ellipsis}{end}"
            credential = read(text).credential
            assert credential is not None, at
            assert credential.flaw is Flaw.CUT_OFF, at
            assert "ellipsis" in credential.reason, at
            assert conclusion(text).verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("its signature, the third part, is missing", FITBIT[: FITBIT.rindex(".")]),
        ("its signature, the third part, is missing", FITBIT[: FITBIT.rindex(".") + 1]),
        ("its signature has 42 of 43 characters", FITBIT[:-1]),
        ("its signature has 1 of 43 characters", FITBIT[:-42]),
        ("it ends within its first part", FITBIT[: FITBIT.index(".")]),
        ("it ends within its first part", FITBIT[: FITBIT.index(".") - 3]),
        ("it ends within its second part", FITBIT[: FITBIT.index(".") + 40]),
        ("its first part is missing or damaged", FITBIT[FITBIT.index(".") + 1 :]),
        ("its first part is missing or damaged", FITBIT[FITBIT.index(".") :]),
        ("its first part is missing or damaged", FITBIT[1:]),
        ("its first part is missing or damaged", FITBIT.split(".")[1]),
        ("it is the end of a signed token without its beginning", FITBIT[40:]),
        ("it has only 20 characters, far fewer than a complete one", GOOGLE[:20]),
    ],
)
def test_the_missing_part_of_a_token_is_named(why: str, text: str) -> None:
    for around in ("@", "Bearer @", '-H "authorization: Bearer @"'):
        pasted = around.replace("@", text)
        credential = read(pasted).credential
        assert credential is not None
        assert (credential.flaw, credential.reason) == (Flaw.CUT_OFF, why)
        assert conclusion(pasted).verdict is Verdict.INCOMPLETE
        assert conclusion(pasted).advice[0].endswith(".")


_BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize("user", ["7TESTS", "7TESTS1", "7TESTS12"])
def test_a_part_that_no_encoder_writes_is_damaged(user: str) -> None:
    head, payload, signature = fitbit(sub=user).split(".")
    odd = []
    if len(payload) % 4:
        # Another last character: the same bytes, and spare bits that are not zero.
        odd.append(payload[:-1] + _BASE64URL[_BASE64URL.index(payload[-1]) + 1])
    plain = base64.urlsafe_b64decode(payload + "==")
    odd += [base64url(plain + blank) for blank in (b" ", b"\n", b"\t ")]
    for part in odd:
        credential = read(f"{head}.{part}.{signature}").credential
        assert credential is not None
        assert Flaw.DAMAGED is credential.flaw
        assert "its second part cannot be decoded" in credential.reason


TAILS = [
    "", '"', "'", "\n", " ", "\\", " \\\n  -H 'accept: */*'", '" -H "accept: */*"', "\n-X GET",
    ". Visit https://dev.fitbit.com", "&user_id=7TESTS", "\nAccept: application/json", "%22",
    "\u200b", '","expires_in":28800', " and so on and on", "\n\nRegards,\nAnna", "^\r\n", " | jq .",
    "\u2026",
]  # fmt: skip


@pytest.mark.parametrize("tail", TAILS)
def test_a_signed_token_cut_at_any_length_is_never_sound(tail: str) -> None:
    for length in range(len(FITBIT)):
        assert sendable_token(f"Bearer {FITBIT[:length]}{tail}") is None, length


@pytest.mark.parametrize("front", ["", '"', "Bearer ", "token=", "\n", ". ", "%22", "x\n"])
def test_a_signed_token_without_its_first_characters_is_never_sound(front: str) -> None:
    for length in range(1, len(FITBIT)):
        assert sendable_token(front + FITBIT[length:]) is None, length


@pytest.mark.parametrize("glue", ["x", "-", "A1", "abc123", "YOUR_ACCESS_TOKEN", "_rest", "n", "4"])
@pytest.mark.parametrize("front", ["", "Bearer ", "token: '"])
def test_characters_glued_to_the_end_are_named(front: str, glue: str) -> None:
    credential = read(f"{front}{FITBIT}{glue}").credential
    assert credential is not None
    assert credential.flaw is Flaw.DAMAGED
    assert "glued to its end" in credential.reason
    assert conclusion(f"{front}{FITBIT}{glue}").verdict is Verdict.MALFORMED


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize(
    "glue", ["x", "A1", "abc123", "YOUR_ACCESS_TOKEN", "MY_TOKEN", "BearerX", "n"]
)
def test_characters_glued_to_the_beginning_are_named(glue: str, token: str) -> None:
    for front in ("", "Bearer ", "token: '"):
        credential = read(f"{front}{glue}{token}").credential
        assert credential is not None
        assert credential.flaw is Flaw.DAMAGED, front
        assert "glued to" in credential.reason
        assert conclusion(f"{front}{glue}{token}").verdict is Verdict.MALFORMED


@pytest.mark.parametrize("glue", ["x", "9", "abc-", "x."])
@pytest.mark.parametrize("token", [GOOGLE_REFRESH, GOOGLE_CODE, GOOGLE_SECRET, GOOGLE_KEY])
def test_the_end_of_a_longer_word_is_no_credential(token: str, glue: str) -> None:
    assert read(f"text {token} more").credential is not None
    assert read(f"text {glue}{token} more").credential is None


def test_a_word_glued_after_a_full_stop_is_named() -> None:
    credential = read(f"{FITBIT}.Visit").credential
    assert credential is not None
    assert credential.flaw is Flaw.DAMAGED
    assert "full stop" in credential.reason


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
def test_lost_capital_letters_are_named(token: str) -> None:
    for text in (token.lower(), token.upper()):
        for front in ("", "Bearer "):
            credential = read(front + text).credential
            assert credential is not None
            assert credential.flaw is Flaw.DAMAGED
            assert "capital" in credential.reason
            assert "without converting" in conclusion(front + text).advice[0]


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": "JWT", "kid": "1"}, {"kid": "a"}])
def test_a_header_without_an_algorithm_is_named(header: dict[str, str]) -> None:
    credential = read(make_jwt({"aud": "23TEST", "iss": "Fitbit"}, header)).credential
    assert credential is not None
    assert credential.flaw is Flaw.DAMAGED
    assert "its header names no algorithm (alg), which every signed token has" == credential.reason


def test_a_damaged_header_with_capitals_has_not_lost_them() -> None:
    _, _, rest = FITBIT.partition(".")
    credential = read(f"eyJhbGciOiJIUzI1NiIZzX.{rest}").credential
    assert credential is not None
    assert "capital" not in credential.reason


@pytest.mark.parametrize("dash", list("\u2012\u2013\u2014\u2015\u2212"))
def test_a_hyphen_that_became_a_dash_is_named(dash: str) -> None:
    assert "-" in GOOGLE
    credential = read(GOOGLE.replace("-", dash)).credential
    assert credential is not None
    assert credential.flaw is Flaw.DAMAGED
    assert f"into a dash ({dash})" in credential.reason


def test_a_flawed_token_shows_no_more_of_itself_than_its_mask() -> None:
    for text in (FITBIT[:-1], f"{FITBIT}x", f"x{GOOGLE}", FITBIT.lower()):
        found = conclusion(text)
        words = " ".join((found.summary, *found.advice))
        assert not any(text[at : at + 12] in words for at in range(len(text) - 12))


@pytest.mark.parametrize("seam", ["\n\t", "\n> ", "\n# ", "\n", "\n2026-11-28 10:00:00 INFO "])
@pytest.mark.parametrize("behind", ["", "*", "\n", " thanks"])
@pytest.mark.parametrize("secret", [GOOGLE_SECRET, GOOGLE_REFRESH], ids=["secret", "refresh"])
def test_a_part_of_another_credential_is_reported_as_such(
    secret: str, behind: str, seam: str
) -> None:
    for at in range(30, len(secret)):
        text = f"{secret[:at]}{seam}{secret[at:]}{behind}"
        credential = read(text).credential
        assert credential is not None
        if seam.endswith(" INFO ") and len(secret) - at < 20:
            continue  # any word may stand there
        assert credential.secret.reveal() == secret or "are those of a part" in credential.doubt
        assert credential.doubt in " ".join(conclusion(text).advice)
