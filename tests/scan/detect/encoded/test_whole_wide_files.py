"""A file that is in UTF-16 or UTF-32 from its beginning on is searched as any other."""

import base64

from tests.support.scan.searching import finds_only, search
from tests.support.suite.cases import each_case
from tests.support.tokens import FITBIT, FITBIT_CODE, GOOGLE, GOOGLE_CODE, GOOGLE_REFRESH
from tokcheck.scan.detect.first_pass.prefilter import wide_beginning

_GITHUB = "ghp_" + FITBIT[-42:-6].replace("-", "a").replace("_", "b")
_CODECS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@each_case("codec", list(_CODECS))
def test_every_credential_is_found_plain_and_in_base64(codec: str) -> None:
    for token in (FITBIT, GOOGLE, GOOGLE_REFRESH, _GITHUB):
        for text in (token, f"token: {token}\n", _encode(f"token: {token}"), f"é {token}"):
            mark = "" if codec in {"utf-16", "utf-32"} or text[0] != "é" else "\ufeff"
            assert finds_only((mark + text).encode(codec), token), text


def test_other_data_is_not_taken_for_such_a_text() -> None:
    for data in (b"", b"\0" * 16, b"a\0", b"ab\0\0cd", b"\x7fELF\0\0\0\0", b"PK\x03\x04\x14\0\0\0"):
        assert [] == wide_beginning(data)


def test_a_code_in_an_address_in_base64_is_found() -> None:
    for front in ("", "x", "xy"):
        address = f"{front}https://localhost/?code={GOOGLE_CODE}&scope=openid"
        assert finds_only(_encode(address), GOOGLE_CODE)
    assert [] == search(_encode(f"https://localhost/?q={FITBIT_CODE}"))


def test_a_token_alone_in_base64_twice_is_found() -> None:
    assert finds_only(_encode(_encode(_GITHUB)), _GITHUB)
