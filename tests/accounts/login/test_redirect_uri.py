"""Redirect URIs: where a server can listen, which are pasted, and which are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokcheck.accounts.login import LoopbackEndpoint, default_endpoint, endpoint_of
from tokcheck.core.errors import UsageError


@pytest.mark.parametrize(
    ("endpoint", "uri"),
    [
        (LoopbackEndpoint("127.0.0.1", 8080, "/", "127.0.0.1"), "http://127.0.0.1:8080"),
        (LoopbackEndpoint("127.0.0.1", 8080, "/", "127.0.0.1"), "http://127.0.0.1:8080/"),
        (LoopbackEndpoint("127.0.0.1", 8080, "/a/b", "localhost"), "http://localhost:8080/a/b"),
        (LoopbackEndpoint("127.0.0.1", 80, "/cb", "localhost"), "http://localhost/cb"),
        (LoopbackEndpoint("127.0.0.2", 8080, "/cb", "127.0.0.2"), "http://127.0.0.2:8080/cb"),
        (LoopbackEndpoint("::1", 8080, "/cb", "[::1]"), "http://[::1]:8080/cb"),
        (LoopbackEndpoint("127.0.0.1", 8080, "/cb", "127.0.0.1"), "http://127.0.0.1:8080/cb?x=1"),
    ],
)
def test_a_server_can_listen_at_a_uri_on_this_machine(endpoint: LoopbackEndpoint, uri: str) -> None:
    assert endpoint == endpoint_of(uri)


def test_an_endpoint_has_its_redirect_uri() -> None:
    assert "http://127.0.0.1:19152/callback" == default_endpoint(19152).redirect_uri(19152)
    assert "http://[::1]:80/cb" == LoopbackEndpoint("::1", 80, "/cb", "[::1]").redirect_uri(80)


@pytest.mark.parametrize(
    "address", ["https://localhost/", "https://localhost:8443/cb", "https://www.example.org/x?y=1"]
)
def test_the_redirect_to_an_encrypted_uri_is_pasted(address: str) -> None:
    assert endpoint_of(address) is None


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("unencrypted and not on this computer", "http://example.org/cb"),
        ("unencrypted and not on this computer", "http://127.0.0.1.example.org/"),
        ("unencrypted and not on this computer", "http://0.0.0.0:8080/"),
        ("no web address", ""),
        ("no web address", "localhost:8080"),
        ("no web address", "ftp://localhost/"),
        ("no web address", "http:///cb"),
        ("no web address", "http://127.0.0.1:0/"),
        ("no web address", "http://127.0.0.1:8080/a b"),
        ("no web address", "http://127.0.0.1:8080\\@example.org/"),
        ("no web address", "http://127.0.0.1:8080/\x1b"),
        ("no web address", "http://127.0.0.1:8080/ä"),
        ("cannot be parsed", "http://[::1"),
        ("cannot be parsed", "http://127.0.0.1:99999/"),
        ("more than a host, a path and a query", "http://127.0.0.1:8080/#a"),
        ("more than a host, a path and a query", "http://me@127.0.0.1:8080/"),
    ],
)
def test_what_no_application_is_registered_with_is_wrong_usage(words: str, address: str) -> None:
    with pytest.raises(UsageError) as caught:
        endpoint_of(address)
    assert words in caught.value.message.replace("not a web address", "no web address")
    assert "http://127.0.0.1:19152/callback" in caught.value.hint


def outcome(address: str) -> LoopbackEndpoint | UsageError | None:
    try:
        return endpoint_of(address)
    except UsageError as error:
        return error


@given(st.one_of(st.text(), st.text().map("http://".__add__)))
def test_any_text_is_a_uri_on_this_machine_or_wrong_usage(address: str) -> None:
    endpoint = outcome(address)
    assert not isinstance(endpoint, LoopbackEndpoint) or endpoint.host in {"127.0.0.1", "::1"}
