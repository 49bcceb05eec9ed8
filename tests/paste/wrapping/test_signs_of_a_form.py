"""A form with a sign at a fixed place, which other tokens do not have."""

from tests.support.suite.cases import each_case
from tokcheck.core.credential import Kind, ServiceForm
from tokcheck.paste.context import declared_tokens

_BODY = "aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zA2bC4"


@each_case(
    ("rest", "body"),
    [
        ("~[A-Za-z0-9]{30,}", f"~{_BODY}"),
        ("[A-Za-z0-9]{10,}/[A-Za-z0-9]{10,}", f"{_BODY}/{_BODY}"),
        (r"[a-z]{2}\+[A-Za-z0-9]{30,}", f"ab+{_BODY}"),
        (r"[0-9]{2,4}\|[A-Za-z0-9]{30,}", f"123|{_BODY}"),
    ],
)
def test_a_token_of_open_length_has_the_signs_of_its_form(rest: str, body: str) -> None:
    form = ServiceForm("a token", "acme_", rest, Kind.ACCESS_TOKEN)
    for text in ("{}", "TOKEN='{}'\n", "see {} and more"):
        (found,) = declared_tokens.find(text.format(f"acme_{body}"), form)
        assert (f"acme_{body}", None) == (found.raw, found.flaw)
