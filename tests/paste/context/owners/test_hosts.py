"""Every spelling of a host is found, and a text that cannot name one is not searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.suite.cases import each_case
from tokcheck.paste.context.owners import hosts

# Each has what shows that a text may name a host once, and nothing else that does.
_SPELLINGS = {
    "http://acme": "acme",
    r"http:\/\/acme": "acme",
    r"http:/\/acme": "acme",
    r"http:\//acme": "acme",
    "https%3A%2F%2Facme": "acme",
    "https%3a%2facme": None,
    "Host: acme": "acme",
    ":authority: acme": "acme",
    "api.acme.example": "api.acme.example",
    "curl acme.dev": "acme.dev",
    "localhost:8": "localhost",
    "127.0.0.1:8": "127.0.0.1",
    "[::a]:8": "[::a]",
    "[::a]/x": "[::a]",
    "curl acme:80": "acme",
    "curl acme-:80": "acme-",
    '{"refresh_token": "80"}': None,
}
_PARTS = st.sampled_from(sorted({*_SPELLINGS, *"[]:/.-", "\\/", "%2F", "80", " ", "\n", '"', "x"}))


@each_case("text", [*_SPELLINGS])
def test_a_host_is_found_in_each_spelling(text: str) -> None:
    expected = [host for host in (_SPELLINGS[text],) if host is not None]
    assert expected == [host.name for host in hosts.named_hosts(text)]


@given(st.lists(_PARTS, max_size=4).map("".join))
def test_a_text_that_is_not_searched_has_no_host(text: str) -> None:
    found = hosts.named_hosts(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hosts, "_may_name_hosts", lambda _folded: True)
        expected = hosts.named_hosts(text)
    assert expected == found
