"""An id and a secret of Basic credentials, plain or encoded, are named, with what is wrong."""

import base64

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.tokens import FITBIT, FITBIT_CLIENT, FITBIT_SECRET
from tests.support.tokens import FITBIT_SECRET as SECRET
from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict
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


_PAIR = f"{FITBIT_CLIENT}:{FITBIT_SECRET}"
_IN_ADDRESS = "stand in an address"


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        (f"https://{_PAIR}@api.fitbit.com/oauth2/token", _PAIR),
        (f"curl https://{_PAIR}@api.fitbit.com/oauth2/token -d grant_type=refresh_token", _PAIR),
        (f"http://{_PAIR}@localhost:8080", _PAIR),
        ("https://my-client:hunter2secret@example.com/x", "my-client:hunter2secret"),
        ("git remote add x https://joe:pa55word@git.example/a.git", "joe:pa55word"),
        ("HTTPS://Joe:pa55word@[::1]:8080/", "Joe:pa55word"),
        ("https://my%3Aid:b%2Fcret12345@host.example/", "my%3Aid:b%2Fcret12345"),
        ("curl -u client-1:Sup3rS3cret99 https://api.example.com/", "client-1:Sup3rS3cret99"),
        ("http -a client-1:Sup3rS3cret99 POST api.example.com", "client-1:Sup3rS3cret99"),
        (f'requests.post(url, auth=("{FITBIT_CLIENT}", "{FITBIT_SECRET}"))', _PAIR),
        (f"HTTPBasicAuth('{FITBIT_CLIENT}', '{FITBIT_SECRET}')", _PAIR),
    ],
)
def test_it_is_named_and_never_sent(text: str, pair: str) -> None:
    credential = read(text).credential
    assert credential is not None, text
    assert (Kind.BASIC_CREDENTIALS, pair) == (credential.kind, credential.secret.reveal())
    assert Verdict.WRONG_KIND is conclusion(text).verdict
    assert sendable_token(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://joe:pa55word@example.com/", _IN_ADDRESS),
        (f"https://{FITBIT_CLIENT}:@api.fitbit.com/", "The secret is empty"),
        (f"https://:{FITBIT_SECRET}@api.fitbit.com/", "The id is empty"),
        ("https://:@api.fitbit.com/", "are empty"),
        ("https://$ID:$SECRET@api.fitbit.com/", "was not replaced"),
        ("https://<id>:<secret>@api.fitbit.com/", "was not replaced"),
        ("https://%ID%:%SECRET%@api.fitbit.com/", "was not replaced"),
        ("curl -u client-1:Sup3rS\u0430cret99 https://x.example", "no token has: \u0430"),
    ],
)
def test_what_is_wrong_with_it_is_said(text: str, words: str) -> None:
    found = conclusion(text)
    assert Verdict.WRONG_KIND is found.verdict, text
    assert words in " ".join(found.advice)
    assert "too short" not in " ".join(found.advice)


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:8080/cb?x=a@b",
        "https://user@example.com/",
        "https://example.com:8443/a:b@c",
        "mailto:joe@example.com",
        "ls -a some:where",
    ],
)
def test_another_address_or_option_holds_none(text: str) -> None:
    assert read(text).credential is None


def test_a_token_in_the_place_of_the_secret_is_the_one_meant() -> None:
    credential = read(f"https://oauth2:{FITBIT}@git.example/a.git").credential
    assert credential is not None
    assert (Kind.ACCESS_TOKEN, FITBIT) == (credential.kind, credential.secret.reveal())
