"""Claims of every type are read if possible, and each ignored one is noted."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tests.support.suite.thoroughness import inputs
from tests.support.tokens import FITBIT, GOOGLE, fitbit, make_jwt
from tokcheck.core.claims import read_claims
from tokcheck.core.report import Claims
from tokcheck.core.secret import Secret

EXP = 1_768_503_600
MOMENT = datetime.fromtimestamp(EXP, UTC)


def claims(token: str) -> Claims:
    found = read_claims(Secret(token))
    assert found is not None
    return found


def test_a_usual_token_yields_no_notes() -> None:
    found = claims(fitbit("rset rsle"))
    assert (found.client_id, found.user_id) == ("23TEST", "7TESTS")
    assert found.expires_at == MOMENT
    assert found.scopes == ("rset", "rsle")
    assert found.notes == ()


@pytest.mark.parametrize(
    ("scopes", "value", "notes"),
    [
        (("rset", "wact"), "rset wact", 0),
        (("rset",), "  rset \t rset\n", 0),
        (("rset", "unheard"), "rset unheard", 0),
        ((), "", 0),
        (("rset", "wact"), ["rset", "wact"], 1),
        (("rset", "wact"), ["rset wact"], 1),
        ((), [], 1),
        (None, None, 0),
        (None, 7, 1),
        (None, True, 1),
        (None, {"rset": "READ"}, 1),
        (None, ["rset", 7], 1),
        (None, [["rset"]], 1),
    ],
)
def test_scopes_of_every_type(scopes: tuple[str, ...] | None, value: Any, notes: int) -> None:
    found = claims(make_jwt({"iss": "Fitbit", "scopes": value}))
    assert found.scopes == scopes
    assert len(found.notes) == notes


@pytest.mark.parametrize(
    ("moment", "value", "words"),
    [
        (MOMENT, EXP, None),
        (MOMENT, float(EXP), None),
        (MOMENT, EXP + 0.9, None),
        (MOMENT, str(EXP), "string"),
        (MOMENT, f" {EXP}.0 ", "string"),
        (MOMENT, EXP * 1000, "milliseconds"),
        (MOMENT, EXP * 1000 + 999, "milliseconds"),
        (MOMENT, str(EXP * 1000), "milliseconds"),
        (datetime(1970, 1, 1, tzinfo=UTC), 0, None),
        (None, None, None),
        (None, -1, "1970"),
        (None, -1e300, "1970"),
        (None, "soon", "string"),
        (None, "", "string"),
        (None, "2026-01-15T12:00:00Z", "string"),
        (None, "nan", "1970"),
        (None, "inf", "9999"),
        (None, "-inf", "1970"),
        (None, "1e400", "9999"),
        (None, 10**400, "9999"),
        (None, 253_402_300_800_000, "9999"),
        (None, 1e308, "9999"),
        (None, float("inf"), "9999"),
        (None, float("-inf"), "1970"),
        (None, float("nan"), "1970"),
        (None, True, "true or false"),
        (None, [EXP], "list"),
        (None, {"seconds": EXP}, "object"),
    ],
)
@pytest.mark.parametrize("claim", ["exp", "iat"])
def test_times_of_every_type(
    claim: str, moment: datetime | None, value: Any, words: str | None
) -> None:
    found = claims(make_jwt({"iss": "Fitbit", claim: value}))
    assert (found.expires_at if claim == "exp" else found.issued_at) == moment
    if words is None:
        assert found.notes == ()
    else:
        assert any(words in note for note in found.notes)
        assert all(f"The claim {claim} " in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "value", "notes"),
    [
        ("23TEST", "23TEST", 0),
        ("23TEST", ["23TEST"], 0),
        (None, None, 0),
        (None, "", 0),
        (None, ["23TEST", "23OTHER"], 1),
        (None, [], 1),
        (None, [7], 1),
        (None, 7, 1),
        (None, 7.5, 1),
        (None, False, 1),
        (None, {"id": "23TEST"}, 1),
        ("ab", "a\x1b[31mb".replace("[31m", ""), 0),
        ("a b", "a\n\tb", 0),
        ("a[31mb", "a\x1b[31mb", 0),
        ("ab", "a\u202eb", 0),
        ("ab", "a\ud800b", 0),
    ],
)
@pytest.mark.parametrize("claim", ["aud", "sub"])
def test_names_of_every_type(claim: str, name: str | None, value: Any, notes: int) -> None:
    found = claims(make_jwt({"iss": "Fitbit", claim: value}))
    assert (found.client_id if claim == "aud" else found.user_id) == name
    assert len(found.notes) == notes


def test_a_long_name_is_cut() -> None:
    found = claims(make_jwt({"sub": "x" * 10_000}))
    assert found.user_id == "x" * 59 + "\u2026"


def test_control_characters_of_a_scope_are_removed() -> None:
    found = claims(make_jwt({"scopes": "rs\x1bet \u202ewact " + "x" * 500}))
    assert found.scopes == ("rset", "wact", "x" * 59 + "\u2026")


def test_a_scope_of_invisible_characters_is_dropped() -> None:
    assert claims(make_jwt({"scopes": "rset \u202e \x1b"})).scopes == ("rset",)


@pytest.mark.parametrize("payload", [[], "text", 7, None, True, [{"iss": "Fitbit"}]])
def test_a_payload_that_is_not_an_object_has_no_claims(payload: Any) -> None:
    assert read_claims(Secret(make_jwt(payload))) is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b'{"exp":', b"\xff\xfe", b'{"sub":"\xff"}', b"{}{}", b"\0", b'{"exp": 1e}',
     b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"[" * 100_000],
)  # fmt: skip
def test_a_payload_that_is_not_json_has_no_claims(raw: bytes) -> None:
    assert read_claims(Secret(make_jwt(None, raw=raw))) is None


def test_a_number_of_many_digits_does_not_crash() -> None:
    token = make_jwt(None, raw=b'{"exp": ' + b"9" * 10_000 + b"}")
    found = read_claims(Secret(token))
    assert found is None or found.expires_at is None


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "eyJ", "a.b.c", GOOGLE, FITBIT[:-50], FITBIT.split(".")[1], "\ud800.a.b",
     "\u00e9.\u00e9.\u00e9", f"{FITBIT}\n",
     "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOjd9.e30.AAAA"],  # tokcheck: allow
)  # fmt: skip
def test_text_that_is_not_a_signed_token_does_not_crash(token: str) -> None:
    found = read_claims(Secret(token))
    assert found is None or isinstance(found, Claims)


def test_claims_are_read_without_checking_times_or_signature() -> None:
    assert claims(fitbit(exp=1)).expires_at == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert claims(fitbit(iat=EXP * 2)).notes == ()
    assert claims(fitbit(nbf="soon", jti=7, iss=["x"])).client_id == "23TEST"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.integers(-(10**30), 10**30).map(str)
    | st.sampled_from(["rset wset", EXP, EXP * 1000, "Fitbit", 1e300, "1e999", "nan"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
payloads = st.dictionaries(
    st.sampled_from(["aud", "sub", "iss", "typ", "scopes", "scope", "exp", "iat", "nbf", "jti"]),
    values,
)


@settings(max_examples=inputs(1000), derandomize=True, deadline=None)
@given(payloads)
def test_no_payload_crashes_and_every_ignored_claim_is_noted(payload: dict[str, Any]) -> None:
    found = claims(make_jwt(payload))
    assert all(note.startswith("The claim ") and note.endswith(".") for note in found.notes)
    for claim, value in (("exp", found.expires_at), ("iat", found.issued_at)):
        if payload.get(claim) is not None and value is None:
            assert any(f"The claim {claim} " in note for note in found.notes)
    for text in (found.client_id or "", found.user_id or "", *(found.scopes or ())):
        assert text.isprintable()
        assert len(text) <= 60
    # A text that can be shown can also be written: no lone surrogates are left.
    json.dumps(found.notes).encode("utf-8")
    for text in (found.client_id or "", *(found.scopes or ())):
        text.encode("utf-8")


@settings(max_examples=inputs(500), derandomize=True, deadline=None)
@given(st.binary(max_size=400))
def test_no_payload_bytes_crash(raw: bytes) -> None:
    found = read_claims(Secret(make_jwt(None, raw=raw)))
    assert found is None or isinstance(found, Claims)


@pytest.mark.parametrize(
    "header",
    [{"kid": 1}, {"kid": None}, {"crit": ["x"]}, {"crit": []}, {"b64": False}, {"typ": 1},
     {"zip": "DEF"}, {"jku": "http://x.test"}, {"alg": ["HS256"]}, {"alg": "none"}],
)  # fmt: skip
def test_no_header_hides_the_claims(header: dict[str, Any]) -> None:
    token = make_jwt({"iss": "Fitbit", "sub": "7TESTS", "exp": EXP}, {"alg": "HS256"} | header)
    assert ("7TESTS", MOMENT) == (claims(token).user_id, claims(token).expires_at)


@pytest.mark.parametrize("text", ["", ".", "a.b", "a.b.c.d", f"a.{'_' * 5}.c", "a.bnVsbA.c"])
def test_what_has_no_object_in_its_second_part_has_no_claims(text: str) -> None:
    assert read_claims(Secret(text)) is None


@each_case(
    ("claim", "value", "words"),
    [
        ("scope", ["a", "b"], "The claim scope is a list instead of a string; it was accepted."),
        ("scopes", ["a", "b"], "The claim scopes is a list instead of a string; it was accepted."),
        ("scope", 7, "The claim scope is a number instead of a string and was ignored."),
    ],
)
def test_a_note_names_the_claim_of_the_scopes(claim: str, value: object, words: str) -> None:
    assert (words,) == claims(make_jwt({claim: value})).notes
