"""The search: every way in which a token lies, and nothing where there is none."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.scan.planted_tokens import OTHER, PLANTED, Planted
from tests.support.scan.searching import search
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, FITBIT_SECRET, GOOGLE, NOW, fitbit, make_jwt
from tokcheck.core.credential import Kind
from tokcheck.paste import grammar
from tokcheck.scan import Chunk, Searcher
from tokcheck.scan.detect.first_pass import likelihood
from tokcheck.scan.detect.first_pass.anchors import PREFIXES
from tokcheck.scan.detect.first_pass.likelihood import PREFIX_PATTERNS
from tokcheck.scan.detect.hit import forms_by_prefix

_SEARCH = Searcher(NOW.timestamp())
_ARCHIVES = (".zip", ".gz")


def _print(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()[:12]


def test_the_first_pass_knows_what_stands_behind_the_word_basic() -> None:
    assert grammar.BASIC_GAP == likelihood.BASIC_GAP.decode()


@each_case(
    "planted",
    [planted for planted in PLANTED if not planted.name.endswith(_ARCHIVES)],
    ids=lambda planted: planted.name,
)
def test_a_token_is_found_whole_wherever_it_lies(planted: Planted) -> None:
    assert [_print(planted.raw)] == [
        finding.fingerprint for finding in search(planted.data, planted.name)
    ]


@pytest.mark.parametrize("end", [*"\"'`,;:)]}>&|<\\ \t\r\n\0%^", "%22", "", "&amp;", "\\n", "."])
def test_whatever_follows_ends_it(end: str) -> None:
    for token in (FITBIT, GOOGLE):
        assert [_print(token)] == [f.fingerprint for f in search(f"x={token}{end}")]


def test_a_finding_says_what_where_and_until_when() -> None:
    good, ended = fitbit(sub="7GOODS"), fitbit(exp=1_000_000_000)
    first, second, third = search(f"a\né = '{good}'\n  {ended} {OTHER}\n")
    assert (2, 6, Kind.ACCESS_TOKEN, "fitbit", False) == first[1:6]
    assert (3, 3, Kind.ACCESS_TOKEN, "fitbit", True) == second[1:6]
    assert (3, 4 + len(ended), Kind.JWT_OTHER, None, False) == third[1:6]
    assert "revok" in first.advice.lower()


def test_the_same_token_twice_is_found_twice() -> None:
    assert [(1, 1), (1, len(FITBIT) + 2), (2, 1)] == [
        (finding.line, finding.column) for finding in search(f"{FITBIT} {FITBIT}\n{FITBIT}")
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("token", [FITBIT, GOOGLE])
def test_a_token_at_the_very_end_of_wide_text_is_found_whole(token: str, encoding: str) -> None:
    (finding,) = _SEARCH(Chunk("x", f"x={token}".encode(encoding)))
    assert (_print(token), 3) == (finding.fingerprint, finding.column)


def test_lines_and_columns_go_on_from_the_piece_before() -> None:
    token = FITBIT.encode()
    (finding,) = _SEARCH(Chunk("x", b"ab " + token, first_line=7, first_column=11))
    assert (7, 14) == (finding.line, finding.column)
    (finding,) = _SEARCH(Chunk("x", b"ab\n " + token, first_line=7, first_column=11))
    assert (8, 2) == (finding.line, finding.column)


def test_what_ended_in_the_piece_before_is_not_found_again() -> None:
    data = FITBIT.encode() + b" " * 200 + GOOGLE.encode()
    (finding,) = _SEARCH(Chunk("x", data, seen=len(FITBIT) + 200))
    assert _print(GOOGLE) == finding.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        FITBIT[:-1],
        FITBIT.rpartition(".")[0],
        FITBIT.rpartition(".")[0] + ".signature",
        FITBIT.rpartition(".")[0] + "." + "x" * 43,
        FITBIT.rpartition(".")[0] + ".SIGNATURE_GOES_HERE_SIGNATURE_GOES_HERE_SI",
        make_jwt({"sub": "1234567890", "name": "John Doe", "iat": 1516239022}),
        "ya29.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ya29.a0AfH6SMBx...",
        "ya29.your_access_token_goes_here_and_here_and_here",
        "1//0your_refresh_token_your_refresh_token",
        "GOCSPX-your_client_secret_is_here_1",
        f"client_secret = {FITBIT_SECRET}",
        f"sha1 = {'0123456789abcdef' * 2}01234567",
        "refresh_token = " + "0123456789abcdef" * 4,
        "refresh_token = " + "a" * 64,
        "commit code da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "4/0AdQt8qh-this-is-no-code-without-its-label",
        "eyJhbGciOi",
        "eyJ" * 400,
        json.dumps({"eyJ": "ya29."}),
        "data:image/png;base64," + "eyJhbGciOiJIUzI1NiJ9" * 40,
    ],
)
def test_samples_fragments_and_strangers_are_no_findings(text: str) -> None:
    assert [] == search(text + "\n")


@pytest.mark.parametrize("prefix", ["ya29.", "ya29.a0Bc"])
def test_a_signed_token_glued_to_a_prefix_is_found(prefix: str) -> None:
    assert [_print(FITBIT)] == [finding.fingerprint for finding in search(prefix + FITBIT)]


def test_the_anchors_are_those_of_the_providers() -> None:
    assert set(forms_by_prefix()) == set(PREFIXES) == set(PREFIX_PATTERNS)


def test_only_the_requested_kinds_are_found() -> None:
    search = Searcher(NOW.timestamp(), {Kind.JWT_OTHER})
    text = f"{FITBIT} {OTHER} {GOOGLE}".encode()
    assert [_print(OTHER)] == [finding.fingerprint for finding in search(Chunk("x", text))]


@given(st.binary(max_size=3000))
def test_any_bytes_are_searched(data: bytes) -> None:
    assert [] == search(data)


_AROUND = st.binary(max_size=200).filter(lambda data: not data or not chr(data[-1]).isalnum())


@given(before=_AROUND, behind=st.binary(max_size=200), token=st.sampled_from([FITBIT, OTHER]))
def test_a_signed_token_is_found_among_any_bytes(before: bytes, behind: bytes, token: str) -> None:
    assert _print(token) in [
        finding.fingerprint for finding in search(before + token.encode() + behind)
    ]


@given(st.integers(1, 4), st.data())
def test_the_pieces_of_a_file_hold_what_the_file_holds(tokens: int, data: st.DataObject) -> None:
    text = b"".join(
        data.draw(st.binary(max_size=600)) + b"\n" + fitbit(sub=f"7TEST{number}").encode() + b"\n"
        for number in range(tokens)
    )
    size, overlap = 700, 400
    chunks = [
        Chunk("x", text[start : start + size], seen=overlap if start else 0)
        for start in range(0, max(1, len(text) - overlap), size - overlap)
    ]
    whole = {finding.fingerprint for finding in search(text)}
    assert tokens <= len(whole)
    assert whole <= {finding.fingerprint for chunk in chunks for finding in _SEARCH(chunk)}
