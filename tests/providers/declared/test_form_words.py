"""What a declaration calls its credentials, by their forms."""

from tests.support.suite.cases import each_case
from tokcheck.core.credential import Credential, Kind
from tokcheck.core.secret import Secret
from tokcheck.providers.declared.declared_provider import provider_of

_PROVIDER = provider_of(
    {
        "name": "acme",
        "address": "https://api.acme.example",
        "check": "/me",
        "tokens": [
            {"prefix": "acme_", "pattern": "x{5}|[a-z]{30}", "words": "a token of an app"},
            {"prefix": "acme_", "pattern": "[0-9]{30}", "words": "a token of a user"},
        ],
    }
)


@each_case(
    ("words", "text"),
    [
        ("a token of an app", "acme_xxxxx"),
        ("a token of an app", f"acme_{'ab' * 15}"),
        ("a token of a user", f"acme_{'12' * 15}"),
        ("", "ab" * 15),  # an alternative is behind the prefix, too
    ],
)
def test_a_form_is_named_by_all_of_its_text(words: str, text: str) -> None:
    credential = Credential(Kind.ACCESS_TOKEN, Secret(text), "acme")
    assert words == _PROVIDER.form_words(credential)
