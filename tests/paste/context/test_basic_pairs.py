"""The messages on the id and the secret of Basic credentials."""

import base64

import pytest

from tests.support.providers.paste_checks import read
from tests.support.tokens import FITBIT_SECRET as SECRET
from tokcheck.core.credential import Kind
from tokcheck.paste.context.basic_pairs import doubt_of_pair


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("words", "pair"),
    [
        ("", f"23TEST:{SECRET}"),
        ("", "my-application:correct-horse-battery"),
        ("A blank is encoded", f"23TEST: {SECRET}"),
        ("A blank is encoded", f"23TEST :{SECRET}"),
        ("A line break or a blank is encoded", f"23TEST:{SECRET}\n"),
        ("They are encoded twice", encode(f"23TEST:{SECRET}")),
        ("a value that is missing", "None:None"),
        ("a value that is missing", f"undefined:{SECRET}"),
        ("Quotation marks are encoded", f'"23TEST":"{SECRET}"'),
        ("has 15 characters in the place of 32", f"23TEST:{SECRET[:15]}"),
        ("secret is empty", "23TEST:"),
        ("They have no colon", "23TEST-without"),
        ("too short", "23TEST:abc"),
        ("sample of documentation", "client_id:client secret"),
    ],
)
def test_a_flaw_of_an_id_and_a_secret_is_named(words: str, pair: str) -> None:
    assert words in doubt_of_pair(pair)
    assert bool(words) == bool(doubt_of_pair(pair))
    credential = read(f"Authorization: Basic {encode(pair)}").credential
    assert credential is not None
    assert Kind.BASIC_CREDENTIALS is credential.kind
    assert doubt_of_pair(pair) == credential.doubt
    assert SECRET[:15] not in doubt_of_pair(pair).replace(" ", "")
