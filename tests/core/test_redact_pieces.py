"""No piece of a known secret survives, however a text writes it."""

import gc
import json
from collections.abc import Callable, Iterator
from itertools import count
from time import process_time
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.support.attack.leaks import shared_piece
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    FITBIT_SECRET,
    GOOGLE,
    GOOGLE_CODE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    fitbit,
    google,
)
from tokcheck.core.redact import mask_random, random_runs, redact, redact_known, redact_pieces
from tokcheck.core.secret import Secret

_PIECE = 16


def _join_with(joint: str, width: int = 1) -> Callable[[str], str]:
    return lambda text: joint.join(
        text[at : at + width] for at in range(0, len(text), width)
    )  # the token wrapped at a width


def _escape_as(form: str) -> Callable[[str], str]:
    return lambda text: "".join(form.format(ord(letter)) for letter in text)


WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "its beginning": lambda text: text[:30],
    "its end": lambda text: text[-30:],
    "sixteen characters": lambda text: text[7 : 7 + _PIECE],
    "cut by an ellipsis": lambda text: f"{text[:25]}…{text[-25:]}",
    "in pieces": lambda text: " then ".join((text[20:], text[:20])),
    "backwards": lambda text: text[::-1],
    "backwards in part": lambda text: text[25::-1],
    "in capitals": str.upper,
    "in small letters": str.lower,
    "percent-encoded": lambda text: quote(text, safe=""),
    "encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "wholly encoded": _escape_as("%{:02x}"),
    "wholly encoded twice": _escape_as("%25{:02X}"),
    "a percent sign in between": _join_with("%", 9),
    "escaped": _escape_as("\\x{:02x}"),
    "escaped as JSON": _escape_as("\\u{:04x}"),
    "spaced": _join_with(" "),
    "spaced by tabs": _join_with("\t"),
    "wrapped": _join_with("\n", 13),
    "in a box": _join_with(" │\n│ ", 20),
    "quoted in lines": _join_with("\n> ", 15),
    "by dashes": _join_with("-", 4),
    "without its separators": lambda text: text.replace("-", "_").replace(".", "_"),
    "as a path": lambda text: text.replace("//", "/"),
    "as JSON": json.dumps,
    "as a path in JSON": lambda text: json.dumps(text).replace("/", "\\/"),
    "repeated": lambda text: text * 3,
}
secrets = (
    st.integers(0, 5000).map(str).map(google)
    | st.text("0123456789ABCDEF", min_size=6, max_size=6).map(lambda sub: fitbit(sub=sub))
    | st.sampled_from([FITBIT_REFRESH, FITBIT_SECRET, GOOGLE_REFRESH, GOOGLE_CODE, GOOGLE_SECRET])
)


def leak(secret: str, shown: str) -> str | None:
    """Return a piece of a secret that a text still holds, in any of the ways that undo it."""
    texts = {shown, unquote(shown), unquote(unquote(shown)), shown.replace("%", "")}
    texts |= {"".join(text.split()) for text in texts}
    texts |= {text[::-1] for text in texts}
    return shared_piece(secret.lower(), [text.lower() for text in texts], _PIECE)


@settings(max_examples=inputs(2000), derandomize=True, deadline=None)
@given(secrets, st.sampled_from(sorted(WRITTEN)), st.text(max_size=60), st.text(max_size=60))
def test_no_piece_of_a_known_secret_survives(
    secret: str, written: str, before: str, behind: str
) -> None:
    text = f"{before} {WRITTEN[written](secret)} {behind}"
    assert None is leak(secret, redact_known(text, Secret(secret)))
    assert None is leak(secret, redact(text, Secret("of others"), Secret(secret)))


@each_case("written", WRITTEN)
@each_case("secret", [FITBIT, GOOGLE, GOOGLE_REFRESH, FITBIT_SECRET])
def test_what_stands_around_a_piece_stays(secret: str, written: str) -> None:
    shown = redact_known(f"Not valid: {WRITTEN[written](secret)}, user 7TESTS", Secret(secret))
    assert shown.startswith("Not valid: ")
    assert shown.endswith(", user 7TESTS")
    assert "[redacted]" in shown


@pytest.mark.parametrize("secret", [FITBIT, GOOGLE_REFRESH, FITBIT_SECRET])
def test_a_secret_that_is_encoded_at_both_ends_is_redacted_whole(secret: str) -> None:
    for width in range(1, len(secret) // 2 - 6):
        head, middle, tail = secret[:width], secret[width:-width], secret[-width:]
        encoded = _escape_as("%{:02x}")
        text = f"a {encoded(head)}{middle}{encoded(tail)} b"
        assert "a [redacted] b" == redact_known(text, Secret(secret))


@pytest.mark.parametrize("times", range(1, 10))
def test_a_secret_is_redacted_however_often_it_is_encoded(times: int) -> None:
    encoded = _escape_as("%" + "25" * (times - 1) + "{:02x}")
    assert "a [redacted] b" == redact_known(f"a {encoded(FITBIT)} b", Secret(FITBIT))


def test_pieces_of_two_secrets_without_a_gap_are_one() -> None:
    text = f"a {FITBIT_SECRET[:14]}{FITBIT_REFRESH[:14]} b"
    assert "a [redacted] b" == redact_pieces(text, [FITBIT_SECRET, FITBIT_REFRESH])


@settings(max_examples=inputs(500), derandomize=True, deadline=None)
@example("the scope https://www.googleapis.com/auth/googlehealth.sleep.readonly", GOOGLE)
@example("eyJ…a1b2, ya29.a…9_, user 7TESTS, 2026-01-15T11:00:00.000", FITBIT)
@example("100% of %41%42", FITBIT)
@given(st.text(), secrets)
def test_a_text_without_pieces_is_unchanged(text: str, secret: str) -> None:
    assert text == redact_known(text, Secret(secret))


@settings(max_examples=inputs(500), derandomize=True, deadline=None)
@given(st.text(max_size=200), st.lists(secrets, max_size=3))
def test_redacting_twice_changes_nothing(text: str, known: list[str]) -> None:
    shown = redact_pieces("".join((text, *known)), known)
    assert shown == redact_pieces(shown, known)


@given(st.text(max_size=3))
def test_a_secret_of_three_characters_or_none_is_left(secret: str) -> None:
    assert "invalid_grant at" == redact_known("invalid_grant at", Secret(secret))


@settings(max_examples=inputs(300), derandomize=True, deadline=None)
@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=40, max_size=90))
def test_a_long_token_of_letters_alone_is_redacted_in_a_message(token: str) -> None:
    assume(not token.startswith(("eyJ", "AIza")))  # these are redacted in any case
    assert "Invalid: [redacted]." == redact(f"Invalid: {token}.")
    assert "Invalid: [redacted]." == redact(f"Invalid: {token[:20]}_{token[20:]}.")


def test_a_long_word_is_kept() -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapit"[:39]
    assert f"The {word}." == redact(f"The {word}.")


@pytest.mark.parametrize(
    "text",
    [
        "/home/alex/MyDocumentsFolder2024/token.txt",
        "study-2024-participant-001",
        "test_a_name_of_a_test_that_is_long0",
        "production-eu-west-1-fitbit-tokens",
        "kubernetes.io/serviceaccount/TOKCHECK_FITBIT_CLIENT_SECRET",
        "VeryLongNameInCamelCase2.java",
        "short1A2b3C",
        "2026-01-15T11-00-00",
    ],
)
def test_names_do_not_look_random(text: str) -> None:
    assert [] == random_runs(text)
    assert text == mask_random(text)


@pytest.mark.parametrize(
    "secret", [FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_CODE, GOOGLE_SECRET, FITBIT_SECRET]
)
def test_half_a_token_looks_random(secret: str) -> None:
    half = len(secret) // 2
    for piece in (secret, secret[:half], secret[half:]):
        assert None is leak(secret, mask_random(f"/nowhere/{piece}/a.txt"))


def _repeat(piece: str) -> Callable[[int], str]:
    return lambda size: (piece * (size // len(piece) + 1))[:size]


def _numbers(size: int) -> str:
    return "".join(_until(map(str, count()), size))[:size]


def _until(parts: Iterator[str], size: int) -> Iterator[str]:
    while size > 0:
        part = next(parts)
        size -= len(part)
        yield part


@pytest.mark.untraced
@pytest.mark.parametrize(
    "text",
    [
        _repeat("a"), _repeat("%"), _repeat("%25"), _repeat("%2525"), _repeat("\\"),
        _repeat("\\u00"), _repeat("%4"), _repeat(FITBIT[:11]), _repeat(FITBIT[:12]),
        _repeat(FITBIT), _repeat(f"{FITBIT[:20]} x"), _repeat(f"%{GOOGLE[:20]}"), _repeat(" "),
        _repeat("eyJ"), _repeat("eyJ."), _repeat("ya29."), _repeat("1//0"), _repeat("aB3"),
        _repeat("Bearer "), _numbers,
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "clean",
    [
        lambda text: redact_pieces(text, [FITBIT, GOOGLE]),
        lambda text: redact(text, Secret(FITBIT)),
        mask_random,
    ],
    ids=["pieces", "message", "random"],
)
def test_no_text_takes_more_than_linear_time(
    clean: Callable[[str], str], text: Callable[[int], str]
) -> None:
    times = []
    for size in (1 << 15, 1 << 17):
        long = FITBIT + text(size)
        times.append(min(_time(clean, long) for _ in range(2)))
    # Of four times the text; a quadratic one takes sixteen times as long.
    assert times[1] < 10 * times[0] or times[1] < 0.05


def _time(clean: Callable[[str], str], text: str) -> float:
    # A collection would take longer the more other tests have left, and comes with more objects.
    gc.disable()
    try:
        started = process_time()
        clean(text)
        return process_time() - started
    finally:
        gc.enable()
