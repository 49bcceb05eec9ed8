"""A part of a wrapped credential is reported as a fragment, or the credential is read whole."""

import hashlib

import pytest

from tests.support.providers.paste_checks import hard_wrap
from tests.support.scan.searching import search
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, fitbit, random_characters
from tokcheck.core.credential import Kind


def _assert_whole_or_fragment(text: str, token: str, kind: Kind) -> None:
    findings = [finding for finding in search(text) if finding.kind is kind]
    assert findings, text
    digest = hashlib.sha256(token.encode()).digest()
    assert all(finding.fragment or finding.digest == digest for finding in findings), text


_BEHIND = [" thanks", "$", "=", ":", " [1]", "\tuser", "\u3002", "\u2026", " \U0001f44d",
           " and then it failed", "", "\n", "\n200", "+", "!", "@", "-- bad",
           "\u3001x"]  # fmt: skip


@pytest.mark.untraced
@each_case("behind", _BEHIND)
@each_case("width", [48, 64, 76])
@each_case("newline", ["\n", "\r\n", "\n  ", "\n> "])
def test_a_wrapped_signed_token_is_reported_whatever_follows(
    width: int, behind: str, newline: str
) -> None:
    for number in range(20):
        token = fitbit("rset rsle"[: number % 10], sub=f"7TES{number:02}")
        text = f"token: {hard_wrap(token, width, newline)}{behind}"
        _assert_whole_or_fragment(text, token, Kind.ACCESS_TOKEN)


@pytest.mark.parametrize("behind", [each for each in _BEHIND if each != "-- bad"])
def test_a_long_rest_of_a_signature_is_read_whatever_follows(behind: str) -> None:
    (finding,) = search(f"token: {FITBIT[:-30]}\n{FITBIT[-30:]}{behind}")
    assert (hashlib.sha256(FITBIT.encode()).digest(), False) == (finding.digest, finding.fragment)


@pytest.mark.parametrize("behind", ["\u2026", "...", "\ufffd", "+x7Qb9", "/aB3dE6gH9kL2mN5pQ8sT1"])
def test_a_google_token_before_an_ellipsis_or_a_sign_is_a_fragment(behind: str) -> None:
    (finding,) = search(f"ya29.{random_characters(100, 1)}{behind} is it\n")
    assert (Kind.ACCESS_TOKEN, True) == (finding.kind, finding.fragment)


@pytest.mark.untraced
@each_case("width", range(14, 40))
@each_case("newline", ["\n", "\r\n", "\n\t", "\n    ", "\n> "])
@each_case("behind", ["", "\n", " thanks", "-- bad"])
def test_a_wrapped_secret_is_whole_or_a_fragment(width: int, newline: str, behind: str) -> None:
    for seed in range(5):
        for kind, token in (
            (Kind.CLIENT_SECRET, f"GOCSPX-{random_characters(28, seed)}"),
            (Kind.REFRESH_TOKEN, f"1//0{random_characters(99, seed)}"),
        ):
            if len(token) - 3 < width or not any(map(str.isdigit, token[7:14])):
                continue
            _assert_whole_or_fragment(hard_wrap(token, width, newline) + behind, token, kind)


@pytest.mark.parametrize(
    "text",
    ["GOCSPX-\nnext", "GOCSPX-your\nsecret", "GOCSPX-xxxxxxxxxxxx\nxxxxxxxxx", "1//0\n1//0",
     "ya29.a0AfH6SMBx\u2026", "ya29.\nThe prefix", f"{FITBIT[:-1]}", f'"{FITBIT[:-1]}"'],
)  # fmt: skip
def test_a_sample_or_a_cut_token_is_no_fragment(text: str) -> None:
    assert [] == search(text)


@pytest.mark.parametrize(
    "newline", ["\n", "\r\n", "\n  ", "\n> ", " ", "\u00a0", "\u3000", "+", "/"]
)
def test_a_client_secret_in_two_pieces_is_never_reported_as_one_of_them(newline: str) -> None:
    for seed in range(150):
        secret = f"GOCSPX-{random_characters(28, seed)}"
        at = 17 + seed % 16
        _assert_whole_or_fragment(
            f"client_secret: {secret[:at]}{newline}{secret[at:]}\n", secret, Kind.CLIENT_SECRET
        )


@pytest.mark.parametrize("width", [14, 17, 20, 24, 40])
@pytest.mark.parametrize(
    ("seam", "front"),
    [("</p><p>", "<p>"), ("</td><td>", "<td>"), ("</td>\n  <td class='x'>", "<tr><td>")],
)
def test_a_token_in_short_elements_of_a_page_is_found(seam: str, front: str, width: int) -> None:
    token = "ya29." + random_characters(150, 1)
    body = seam.join(token[at : at + width] for at in range(0, len(token), width))
    (finding,) = search(f"{front}{body}</p>")
    assert finding.fragment or hashlib.sha256(token.encode()).digest() == finding.digest
    # The mark behind the last piece is another one than between the pieces.
    assert finding.fragment == (front != "<p>")


@pytest.mark.parametrize("behind", ["</p><p>Example", "</td><td>access_token", "</b>fourth-value"])
def test_a_prefix_in_an_element_before_another_word_is_no_token(behind: str) -> None:
    assert [] == search(f"<p>ya29.a0ARrdaM{behind}</p>")
