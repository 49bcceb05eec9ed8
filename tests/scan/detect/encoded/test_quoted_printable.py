"""Credentials in mails in quoted-printable, as Python's own encoder writes them."""

import base64
import gzip
import quopri

from tests.support.scan.searching import finds_only, search
from tests.support.suite.cases import each_case
from tests.support.tokens import (
    FITBIT,
    FITBIT_REFRESH,
    GOOGLE,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
)

_HEAD = "Content-Transfer-Encoding: quoted-printable\n\n"


def _mail(text: str) -> str:
    return _HEAD + quopri.encodestring(text.encode()).decode()


@each_case("label", ["fitbit refresh_token=", "token: ", "Your fitbit refresh_token = "])
def test_a_credential_behind_any_label_is_found_whole(label: str) -> None:
    tokens = [FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET]
    if "refresh" in label:
        tokens.append(FITBIT_REFRESH)
    missed = [
        (front, token[:4])
        for token in tokens
        for front in range(0, 40, 3)
        if not finds_only(_mail(f"{'x' * front} {label}{token}\n"), token)
    ]
    assert [] == missed


def test_words_behind_a_soft_break_are_none_of_the_token() -> None:
    tokens = (FITBIT, GOOGLE, GOOGLE_REFRESH)
    for front in range(76):
        for token in tokens:
            mail = _mail(f"{'x' * front} token={token} is it\n")
            (found,) = search(mail)
            assert finds_only(mail, token) or found.fragment, mail


def test_a_text_in_base64_is_read_over_soft_breaks() -> None:
    for token in (FITBIT, GOOGLE, GOOGLE_REFRESH, GOOGLE_SECRET):
        for text in (f"note: {token}\n", f"{{'a': 1}} {token} {'some words ' * 30}\n"):
            encoded = base64.b64encode(text.encode())
            packed = base64.b64encode(gzip.compress(text.encode()))
            for data in (encoded, packed):
                assert finds_only(_mail(f"data: {data.decode()}\n"), token)
