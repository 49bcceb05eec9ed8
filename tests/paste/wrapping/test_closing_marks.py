"""Underscores and hyphens of a mark that closes around a token are none of the token's."""

import random
import string
from hashlib import sha256

import pytest

import tokcheck
from tests.support.providers.paste_checks import sendable_token
from tests.support.scan.searching import search
from tests.support.suite.cases import each_case
from tests.support.tokens import random_characters

_MARKS = {
    "<!--": "-->", "<!---": "--->", "<!--token: ": "-->", "<%--": "--%>", "{{!--": "--}}",
    "{-": "-}", "[--": "--]", "--[[": "--]]", "-- --": "--", "_": "_", "__": "__", "___": "___",
    "*_": "_*", "_*": "*_", "**_": "_**", "_**": "**_", "*__": "__*", "__*": "*__",
    "***_": "_***", "**_Bearer ": "_**", "*_token: ": "_*",
}  # fmt: skip
_DOUBTFUL = ["-", "--", "---", "-_", "_-", "__", "(_", "[_", '"_', "'-", "~~-", "|_", "\\_"]
_BEHIND = ["", "\n", ".", ", then", " thanks", "\n\nThanks", " <b>x7</b>", "<b>x7</b>", "\n1. x"]


def _mirror(mark: str) -> str:
    """Return what closes a mark."""
    return mark[::-1].translate(str.maketrans("([", ")]"))


def _token_of(seed: int, last: str = "x") -> str:
    return f"ya29.{random_characters(random.Random(seed).randint(60, 200), seed)}{last}"


@pytest.mark.parametrize("opening", _MARKS)
def test_a_closing_mark_is_no_part_of_a_token(opening: str) -> None:
    for seed, behind in enumerate(_BEHIND):
        token = _token_of(seed)
        found = sendable_token(f"{opening}{token}{_MARKS[opening]}{behind}")
        assert token == found or (found is None and behind not in {"", "\n"}), behind


@each_case("opening", _DOUBTFUL)
@each_case("label", ["", "token: ", "Bearer ", "my token: ", "t=", "token "])
def test_a_sign_that_may_close_a_mark_makes_a_token_incomplete(opening: str, label: str) -> None:
    token = _token_of(len(opening + label))
    for behind in ("", " thanks\n", ".\n"):
        text = f"see: {opening}{label}{token}{_mirror(opening)}{behind}"
        assert sendable_token(text) in {None, token}, text
        digests = {found.digest for found in search(text) if not found.fragment}
        assert digests <= {sha256(token.encode()).digest()}, text


@each_case("opening", ["-", "_", "__", "-_"])
@each_case("prefix", ["hvs.", "glpat-", "sk-ant-", "1//0", "pypi-AgE"])
def test_a_service_token_ends_in_front_of_such_a_mark(opening: str, prefix: str) -> None:
    token = f"{prefix}{random_characters(60, 3)}x"
    text = f"{opening}token: {token}{_mirror(opening)}\n"
    report = tokcheck.check(text, offline=True)
    assert report.credential is not None
    doubt = " ".join((report.summary, *report.advice))
    assert report.credential.length == len(token) or "may be its own" in doubt, text
    digests = {found.digest for found in search(text) if not found.fragment}
    assert digests <= {sha256(token.encode()).digest()}, text


@each_case(
    "text",
    [
        "-- @", "--token @", "--token=@", "- @", '-H "Authorization: Bearer @"', "_a_ @",
        '_token: "@"', "x-token: @", "my_token: @", "_note_ the token: @", "-a- @",
    ],
)  # fmt: skip
def test_a_sign_that_closes_nothing_is_the_tokens_own(text: str) -> None:
    for last in ("-", "_"):
        token = _token_of(3, last)
        assert token == sendable_token(text.replace("@", token))


@pytest.mark.parametrize("opening", _MARKS)
def test_an_opaque_credential_ends_in_front_of_a_closing_mark(opening: str) -> None:
    secret = f"GOCSPX-{random_characters(27, 3)}x"
    report = tokcheck.check(f"{opening}{secret}{_MARKS[opening]}", offline=True)
    assert report.credential is not None
    assert len(secret) == report.credential.length


@pytest.mark.parametrize("last", ["x", "-", "_", "--", "__", "-_"])
def test_a_tokens_own_signs_stay_where_no_mark_closes(last: str) -> None:
    for seed, (opening, closing) in enumerate([("", ""), ("'", "'"), ("**", "**"), ("(", ")")]):
        token = _token_of(seed, last)
        assert token == sendable_token(f"{opening}{token}{closing}")


@pytest.mark.parametrize("opening", _MARKS)
@pytest.mark.parametrize("width", [28, 64])
def test_a_wrapped_token_in_marks_is_whole_or_incomplete(width: int, opening: str) -> None:
    for seed, seam in enumerate(["\n", "\r\n", "<br>", " \n"]):
        token = _token_of(seed)
        lines = seam.join(token[at : at + width] for at in range(0, len(token), width))
        found = sendable_token(f"{opening}{lines}{_MARKS[opening]}")
        assert found in {token, None}


@pytest.mark.parametrize("behind", [*string.punctuation, "\u2026", "\u2014"])
def test_hyphens_in_front_of_an_unopened_end_of_a_comment_are_a_doubt(behind: str) -> None:
    token = _token_of(7)
    found = sendable_token(f"x {token}-->{behind}")
    assert None is found
