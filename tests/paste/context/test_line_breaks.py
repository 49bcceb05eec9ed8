"""Line breaks in hexadecimal digits, and text of mails in quoted-printable."""

import quopri

import pytest

from tests.support.providers.paste_checks import read, sendable_token
from tests.support.tokens import FITBIT, FITBIT_CODE, FITBIT_REFRESH, FITBIT_SECRET, GOOGLE
from tokcheck.core.credential import Kind
from tokcheck.paste.context.line_breaks import join_digits

_BREAKS = ("\n", "\r\n", "\n    ", "\n> ", " \\\n  ", '"\n"')


@pytest.mark.parametrize("newline", _BREAKS)
def test_labelled_digits_over_two_lines_are_read_whole(newline: str) -> None:
    wrong = []
    for at in range(8, 63):
        text = f"FITBIT_REFRESH_TOKEN={FITBIT_REFRESH[:at]}{newline}{FITBIT_REFRESH[at:]}\n"
        credential = read(text).credential
        assert credential is not None
        found = (credential.kind, credential.secret.reveal(), credential.provider)
        if found != (Kind.REFRESH_TOKEN, FITBIT_REFRESH, "fitbit"):
            wrong.append(at)
    assert [] == wrong


def test_digits_alone_over_two_lines_are_joined_to_a_usual_length_only() -> None:
    for whole in (FITBIT_CODE, FITBIT_REFRESH):
        assert whole == join_digits(f"{whole[:20]}\n{whole[20:]}\n")
        assert join_digits(f"{whole[:20]}\n{whole[20:]}0") is None
        assert join_digits(f"{whole[:20]}\n{whole[20:]}\nmore") is None
    assert join_digits(f"{FITBIT_SECRET[:16]}\n{FITBIT_SECRET[16:]}") is None
    assert join_digits(f"{FITBIT_REFRESH}\n{FITBIT_SECRET}") is None
    joined = read(f"{FITBIT_REFRESH[:32]}\n{FITBIT_REFRESH[32:]}", "fitbit").credential
    assert joined is not None
    assert (Kind.REFRESH_TOKEN, FITBIT_REFRESH) == (joined.kind, joined.secret.reveal())


@pytest.mark.parametrize(
    "text",
    [
        f"access_token={FITBIT}",
        f'<a href="https://x.example/?access_token={FITBIT}&b=1">it</a>',
        f"Hi,\n\nmy token is {FITBIT}\nand it fails = why?\n",
    ],
)
def test_a_mail_in_quoted_printable_is_decoded(text: str) -> None:
    for quote_tabs in (False, True):
        quoted = quopri.encodestring(text.encode(), quotetabs=quote_tabs).decode()
        assert FITBIT not in quoted
        assert FITBIT == sendable_token(quoted)
        assert FITBIT == sendable_token(quoted.replace("\n", "\r\n"))


def test_an_opaque_token_behind_a_quoted_sign_is_read() -> None:
    assert GOOGLE == sendable_token(f"access_token=3D{GOOGLE}")
    assert "quoted-printable around it" in read(f"access_token=3D{GOOGLE}").cleaned
