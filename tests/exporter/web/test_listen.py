import errno
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokcheck.core.errors import UsageError
from tokcheck.exporter.web.listen import Address, listen, parse, refusal, url


@pytest.mark.parametrize(
    ("text", "host", "port", "loopback"),
    [
        ("127.0.0.1:19150", "127.0.0.1", 19150, True),
        (" localhost:1 ", "127.0.0.1", 1, True),
        ("[::1]:0", "::1", 0, True),
        ("19150", "127.0.0.1", 19150, True),
        (":19150", "", 19150, False),
        ("0.0.0.0:65535", "0.0.0.0", 65535, False),
        ("[::]:80", "::", 80, False),
        ("192.0.2.7:80", "192.0.2.7", 80, False),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int, *, loopback: bool) -> None:
    read = parse(text)
    assert Address(host, port) == read
    assert loopback is read.loopback


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "'' has no port"),
        ("127.0.0.1", "'127.0.0.1' has no port"),
        ("127.0.0.1:", "has no port"),
        ("127.0.0.1:http", "has no port"),
        ("127.0.0.1:-1", "has no port"),
        ("127.0.0.1:٣", "has no port"),
        ("127.0.0.1:65536", "65536 is not a port"),
        ("9" * 5_000, "is not a port"),
        ("::1", "cannot be told apart"),
        ("::1:80", "cannot be told apart"),
        ("[127.0.0.1]:80", "cannot be told apart"),
        ("example.org:80", "is no address to listen on"),
        ("http://127.0.0.1:80", "cannot be told apart"),
        ("[::g]:80", "is no address to listen on"),
    ],
)
def test_what_is_no_address_is_said_to_be_none(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        parse(text)
    assert caught.value.hint


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_an_address_or_an_error_in_words(text: str) -> None:
    try:
        read = parse(text)
    except UsageError:
        return
    assert read == parse(str(read))


def test_a_port_in_use_is_named() -> None:
    with listen(Address("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            listen(Address("127.0.0.1", port))
    assert f"Port {port} on 127.0.0.1 is already in use." == caught.value.message


def test_an_address_of_another_computer() -> None:
    with pytest.raises(UsageError, match=r"has no address 192\.0\.2\.1\."):
        listen(Address("192.0.2.1", 0))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "Port 80 needs more rights than this user has."),
        (errno.EPERM, "Port 80 needs more rights than this user has."),
        (errno.ENETDOWN, "Port 80 cannot be used (ENETDOWN)."),
        (None, "Port 80 cannot be used (unknown error)."),
    ],
)
def test_other_reasons_are_named(number: int | None, words: str) -> None:
    error = OSError() if number is None else OSError(number, "")
    assert words == refusal(Address("", 80), error).message


def test_answers_are_not_held_back_to_be_joined() -> None:
    with listen(Address("127.0.0.1", 0)) as listener:
        assert 0 != listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_every_address_means_both_families_where_there_are_both() -> None:
    with listen(Address("", 0)) as listener:
        port = listener.getsockname()[1]
        assert f"http://localhost:{port}" == url(Address("", 0), listener, tls=False)
        with socket.create_connection(("127.0.0.1", port)):
            pass
        if listener.family is socket.AF_INET6:
            with socket.create_connection(("::1", port)):
                pass


def test_the_url_of_an_ipv6_address() -> None:
    try:
        listener = listen(Address("::1", 0))
    except UsageError:
        pytest.skip("this computer has no IPv6")
    with listener:
        port = listener.getsockname()[1]
        assert f"https://[::1]:{port}" == url(Address("::1", 0), listener, tls=True)
