"""A paste that is compressed or encoded once more is read, within its bounds."""

import base64
import bz2
import gzip
import json
import lzma
import textwrap
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.scan.archives import zip_of
from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import (
    FITBIT,
    GOOGLE,
    GOOGLE_REFRESH,
    NOW,
    fitbit,
    google,
    random_characters,
)
from tokcheck.checks.without_token import conclude_from_text
from tokcheck.core.credential import Flaw
from tokcheck.core.errors import UsageError
from tokcheck.core.report import Verdict
from tokcheck.paste.encoding.compression import LONGEST_PASTE, decode_paste

NOTE = "Base64 encoding around it"
EXAMPLES = settings(max_examples=inputs(200), derandomize=True, deadline=None)


def encode(text: str, *, url: bool = False) -> str:
    data = text.encode()
    return (base64.urlsafe_b64encode(data) if url else base64.b64encode(data)).decode()


_SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: fitbit\ndata:\n  id: MjNURVNU\n  token: @\n"
)
_PLACES = (
    "@",
    "@\n",
    '"@"',
    _SECRET,
    '{"data": {"token": "@"}}',
    "token=@",
    "Bearer @",
    "It is @.",
)


@each_case("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@each_case("place", _PLACES)
@each_case("inner", ["@", "@\n", "Bearer @", '{"access_token": "@"}', "A=1\nT=@\n"])
def test_an_encoded_token_is_decoded(token: str, place: str, inner: str) -> None:
    for url in (False, True):
        text = place.replace("@", encode(inner.replace("@", token), url=url))
        assert token == sendable_token(text)
        assert NOTE in read(text).cleaned
        for provider in ("fitbit", "google-health"):
            credential = read(text, provider).credential
            assert credential is not None
            assert credential.secret.reveal() == token, "it is never sent encoded"


@pytest.mark.parametrize("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize("indent", ["", "    "])
def test_encoded_lines_are_joined(token: str, width: int, indent: str) -> None:
    lines = textwrap.wrap(encode(f"{token}\n"), width)
    text = "token: |\n" + "\n".join(f"{indent}{line}" for line in lines) + "\n"
    assert token == sendable_token(text)


@EXAMPLES
@given(st.integers(0, 300).map(str).map(google), st.integers(8, 120), st.integers(1, 4))
def test_no_part_of_an_encoded_opaque_token_is_taken(token: str, width: int, count: int) -> None:
    lines = textwrap.wrap(encode(f"{token}\n"), width)
    assert sendable_token("\n".join(lines) + "\n") in {token, None}
    # A text cut in the middle of a line looks like any token that was cut; at its end, it is seen.
    if width in (64, 76):
        assert sendable_token("\n".join(lines[:count])) in {token, None}


@EXAMPLES
@given(st.integers(0, 300), st.sampled_from(["", "=", "\n", " and more"]))
def test_no_part_of_an_encoded_signed_token_is_taken(length: int, behind: str) -> None:
    encoded = encode(FITBIT)
    assert sendable_token(encoded[:length] + behind) in {
        None,
        FITBIT if length >= len(encoded) - 3 else None,
    }


def test_what_is_decoded_is_named_even_if_it_is_no_access_token() -> None:
    found = conclusion(encode(f"{GOOGLE_REFRESH}\n"))
    assert found.verdict is Verdict.WRONG_KIND
    assert conclusion(encode(FITBIT[:-5])).verdict is Verdict.INCOMPLETE
    assert NOTE in read(encode(FITBIT[:-5])).cleaned


@each_case("token", [FITBIT, GOOGLE], ids=["fitbit", "google"])
@each_case("place", _PLACES)
@each_case("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_other_encodings_and_layers_are_decoded(token: str, place: str, codec: str) -> None:
    inner = base64.b64encode(f"{token}\n".encode(codec)).decode()
    for layers in (inner, encode(inner), encode(encode(inner))):
        text = place.replace("@", layers)
        assert sendable_token(text) == token
        assert NOTE in read(text).cleaned


_KEY = json.dumps(
    {"type": "service_account", "private_key_id": "made up", "client_email": "a@example.com"}
)


@pytest.mark.parametrize("place", ["@", "TOKEN=@", "Bearer @", '{"key": "@"}'])
@pytest.mark.parametrize("provider", [None, "fitbit", "google-health"])
def test_an_encoded_key_is_named_and_never_sent(place: str, provider: str | None) -> None:
    for width in (10_000, 76):
        for inner in (encode(_KEY), encode(encode(_KEY))):
            text = place.replace("@", "\n".join(textwrap.wrap(inner, width)))
            found = conclude_from_text(text, read(text, provider), {}, NOW)
            assert found is not None
            assert "service account" in found.summary


@pytest.mark.parametrize(
    "inner", ["hello world, how are you today?", "user=1\nsecret=none of it\n"]
)
def test_an_encoded_text_without_a_token_is_never_sent(inner: str) -> None:
    for place in ("@", "TOKEN=@", "Bearer @"):
        credential = read(place.replace("@", encode(inner)), "google-health").credential
        assert credential is None or credential.flaw is Flaw.DAMAGED


@pytest.mark.parametrize(
    "text", ["q7" * 30, "Zm9v" * 20, "d" * 64, encode("hello world, how are you today?")]
)
def test_other_words_are_left_as_they_are(text: str) -> None:
    assert NOTE not in read(text).cleaned


def test_a_token_that_stands_in_the_text_comes_before_an_encoded_one() -> None:
    assert FITBIT == sendable_token(f"{encode(fitbit(sub='OTHER1'))}\n{FITBIT}\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_compressed_paste_is_read(encoding: str) -> None:
    data = gzip.compress(json.dumps({"access_token": FITBIT}).encode(encoding))
    assert FITBIT == sendable_token(decode_paste(data, lambda: "It"))


def _zip(*texts: str) -> bytes:
    return zip_of(**{f"{number}.json": text for number, text in enumerate(texts)})


_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda data: _zip("notes", data.decode()),
    "gzip, twice": lambda data: gzip.compress(gzip.compress(data)),
    "zip in gzip": lambda data: gzip.compress(_zip(data.decode())),
}


@pytest.mark.parametrize("pack", _PACKERS.values(), ids=_PACKERS)
def test_a_paste_that_another_program_compressed_is_read(pack: Callable[[bytes], bytes]) -> None:
    data = pack(json.dumps({"access_token": FITBIT}).encode())
    assert FITBIT == sendable_token(decode_paste(data, lambda: "It"))
    with suppress(UsageError):
        assert FITBIT != sendable_token(decode_paste(data[:-20], lambda: "It"))


@pytest.mark.parametrize(
    "pack", [bz2.compress, lzma.compress, lambda data: _zip(data.decode()), gzip.compress]
)
def test_every_kind_of_compressed_data_has_bounds(pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b" " * (30 << 20))
    tracemalloc.start()
    with pytest.raises(UsageError, match=r"It unpacks to more than 1 MiB."):
        decode_paste(bomb, lambda: "It")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20


@pytest.mark.parametrize(
    ("words", "head"),
    [
        ("compressed by Zstandard", b"(\xb5/\xfd"), ("compressed by 7-Zip", b"7z\xbc\xaf\x27\x1c"),
        ("compressed by RAR", b"Rar!\x1a\x07"), ("bzip2 cannot unpack it", b"BZh91AY&SY"),
        ("xz cannot unpack it", b"\xfd7zXZ\0"), ("zip cannot unpack it", b"PK\x03\x04"),
    ],
)  # fmt: skip
def test_what_cannot_be_unpacked_is_named(words: str, head: bytes) -> None:
    with pytest.raises(UsageError, match=words):
        decode_paste(head + b"\xff" * 40, lambda: "It")


def test_several_compressed_parts_are_one_paste() -> None:
    data = gzip.compress(FITBIT[:50].encode()) + gzip.compress(FITBIT[50:].encode())
    assert FITBIT == decode_paste(data, lambda: "It")


@cache
def bomb() -> bytes:
    """Return 200 MiB of zeros as gzip packs them."""
    return gzip.compress(bytes(200 << 20), compresslevel=1)


@pytest.mark.parametrize(
    ("words", "build_data"),
    [
        ("It unpacks to more than 1 MiB.", bomb),
        ("It unpacks to more than 1 MiB.", lambda: gzip.compress(b" " * LONGEST_PASTE) * 3),
        ("It is damaged", lambda: b"\x1f\x8b\x08" + b"\xff" * 40),
        ("It ends within its compressed data.", lambda: gzip.compress(FITBIT.encode())[:-20]),
        ("It is larger than 1 MiB.", lambda: b"\x1f\x8b\x08" + b"\0" * LONGEST_PASTE),
    ],
    ids=["a bomb", "three parts", "damaged", "cut", "large"],
)
def test_a_compressed_paste_has_bounds(words: str, build_data: Callable[[], bytes]) -> None:
    data = build_data()
    with pytest.raises(UsageError, match=words):
        decode_paste(data, lambda: "It")


def test_a_bomb_does_not_fill_the_memory() -> None:
    data = bomb()
    tracemalloc.start()
    with pytest.raises(UsageError):
        decode_paste(data, lambda: "It")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@EXAMPLES
@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_wrong_usage(data: bytes) -> None:
    for paste in (data, b"\x1f\x8b\x08" + data, gzip.compress(data)[: len(data)],
                  b"PK\x03\x04" + data, b"BZh91AY&SY" + data, b"\xfd7zXZ\0" + data):  # fmt: skip
        with suppress(UsageError):
            assert isinstance(decode_paste(paste, lambda: "It"), str)


def test_base64_without_its_padding_is_whole_if_it_ends_so() -> None:
    cut = 0
    for size in range(150, 156):
        token = f"ya29.{random_characters(size, size)}"
        encoded = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
        assert token == sendable_token(encoded)
        assert sendable_token(encoded[:-3]) != token
        cut += sendable_token(encoded[:-1]) is None
    assert 4 <= cut
