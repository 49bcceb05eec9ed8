"""``scan`` finds each token that ``validate`` reads as whole, with the same fingerprint."""

from hashlib import sha256

import pytest

from tests.support.providers.paste_checks import sendable_token
from tests.support.scan.searching import search
from tests.support.scan.written_tokens import ways
from tests.support.tokens import FITBIT, GOOGLE, fitbit, google

_TOKENS = (FITBIT, GOOGLE, fitbit("rset rsle rhr ract rnut whr", sub="7QQ_x9"), google("b"))


@pytest.mark.untraced
def test_scan_reads_a_text_as_validate_does() -> None:
    cut, missed, differing = [], [], []
    for name, way in ways():
        for number, token in enumerate(_TOKENS):
            text = way(token)
            read = sendable_token(text)
            found = search(text)
            digests = {item.digest for item in found if not item.fragment}
            if read not in {None, token}:
                differing.append((name, number))
            if digests - {sha256(token.encode()).digest()}:
                cut.append((name, number))
            if read == token and len(digests) != 1:
                missed.append((name, number))
    assert ([], [], []) == (cut, missed, differing)
