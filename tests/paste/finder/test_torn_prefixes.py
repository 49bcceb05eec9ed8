"""A line break in the prefix of a credential, or directly behind it."""

from itertools import product

import pytest

from tests.support.cli.account_store import reveal
from tests.support.providers.paste_checks import read
from tests.support.tokens import (
    GOOGLE_CODE,
    GOOGLE_KEY,
    GOOGLE_REFRESH,
    GOOGLE_SECRET,
    google,
    random_characters,
)

_CREDENTIALS = {
    "ya29.": google("torn"),
    "1//0": GOOGLE_REFRESH,
    "GOCSPX-": GOOGLE_SECRET,
    "4/0": GOOGLE_CODE,
    "AIza": GOOGLE_KEY,
}
_PLACES = [("", ""), ("refresh_token=", ""), ('T="', '"'), ("Authorization: Bearer ", "")]


@pytest.mark.parametrize("seam", ["\n", "\r\n", " \\\n", "=\n"])
@pytest.mark.parametrize("prefix", _CREDENTIALS)
def test_a_credential_is_joined_over_a_break_in_its_prefix(prefix: str, seam: str) -> None:
    whole = _CREDENTIALS[prefix]
    for at, (front, behind) in product(range(1, len(prefix) + 1), _PLACES):
        found = read(f"{front}{whole[:at]}{seam}{whole[at:]}{behind}\n").credential
        assert found is not None, (at, front)
        assert found.flaw is not None or whole == reveal(found.secret), (at, front)
        assert at == len(prefix) or found.flaw is None, (at, front)


@pytest.mark.parametrize(
    "text",
    ["x = 1\n//0 is the first one of them all\n", "4\n/0123456789012345678901234567890\n",
     "AI\nza" + "a" * 35, "1\n//0" + random_characters(12, 3), "GOC\nSPX-example-of-a-secret-here"],
)  # fmt: skip
def test_words_and_numbers_behind_such_a_break_are_no_credential(text: str) -> None:
    assert read(text).credential is None
