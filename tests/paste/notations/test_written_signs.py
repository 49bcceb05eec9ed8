"""Refresh tokens, secrets and codes are read with their signs plain, in whatever notation."""

import urllib.parse

from tests.support.providers.paste_checks import read
from tests.support.scan.written_tokens import SPELLINGS, spell
from tests.support.suite.cases import each_case
from tests.support.tokens import GOOGLE_CODE, GOOGLE_REFRESH, GOOGLE_SECRET


@each_case("spelling", [*SPELLINGS])
def test_the_fingerprint_is_that_of_the_plain_text(spelling: str) -> None:
    wrong = []
    for token in (GOOGLE_REFRESH, GOOGLE_SECRET, GOOGLE_CODE):
        for signs in ("/", "-", "_", "/-_"):
            credential = read(f'x = "{spell(token, signs, SPELLINGS[spelling])}"\n').credential
            if credential is None or credential.secret.reveal() != token:
                wrong.append((token, signs))
    assert [] == wrong


def test_a_credential_in_an_address_is_read_plainly() -> None:
    for token in (GOOGLE_REFRESH, GOOGLE_CODE):
        address = f"https://app.test/?code={urllib.parse.quote(token, safe='')}&scope=a"
        credential = read(address).credential
        assert credential is not None
        assert token == credential.secret.reveal()
