"""An id and a secret that stand plainly, as in an address, are named as Basic credentials."""

import pytest

from tests.support.providers.paste_checks import conclusion, read, sendable_token
from tests.support.tokens import FITBIT, FITBIT_CLIENT, FITBIT_SECRET
from tokcheck.core.credential import Kind
from tokcheck.core.report import Verdict

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
