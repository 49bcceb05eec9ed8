import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokcheck.core.errors import UsageError
from tokcheck.exporter.web import Address
from tokcheck.exporter.web.listening.address import parse_address


@pytest.mark.parametrize(
    ("text", "host", "port", "loopback"),
    [
        ("127.0.0.1:19150", "127.0.0.1", 19150, True),
        (" localhost:1 ", "127.0.0.1", 1, True),
        ("LOCALHOST:1", "127.0.0.1", 1, True),
        ("127.0.0.2:1", "127.0.0.2", 1, True),
        ("[::1]:0", "::1", 0, True),
        ("19150", "127.0.0.1", 19150, True),
        (":19150", "", 19150, False),
        ("0.0.0.0:65535", "0.0.0.0", 65535, False),
        ("[::]:80", "::", 80, False),
        ("192.0.2.7:80", "192.0.2.7", 80, False),
    ],
)
def test_an_address_is_parsed(text: str, host: str, port: int, *, loopback: bool) -> None:
    address = parse_address(text)
    assert Address(host, port) == address
    assert loopback is address.loopback


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "'' has no port"),
        ("127.0.0.1", "'127.0.0.1' has no port"),
        ("127.0.0.1:", "has no port"),
        ("127.0.0.1:http", "has no port"),
        ("127.0.0.1:-1", "has no port"),
        ("127.0.0.1:٣", "has no port"),
        ("127.0.0.1:65536", "The port 65536 is out of range"),
        ("9" * 5_000, "The port '9{40}' is not a whole number"),
        ("::1", "It is unclear where the port begins"),
        ("::1:80", "It is unclear where the port begins"),
        ("[127.0.0.1]:80", "It is unclear where the port begins"),
        ("example.org:80", "has no valid IP address"),
        ("http://127.0.0.1:80", "It is unclear where the port begins"),
        ("evillocalhost:80", "has no valid IP address"),
        ("evil.localhost:80", "has no valid IP address"),
        ("localhost.:80", "has no valid IP address"),
        ("[localhost]:80", "It is unclear where the port begins"),
        ("[::g]:80", "has no valid IP address"),
    ],
)
def test_an_invalid_address_is_an_error(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        parse_address(text)
    assert caught.value.hint


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    try:
        address = parse_address(text)
    except UsageError:
        return
    assert address == parse_address(str(address))
