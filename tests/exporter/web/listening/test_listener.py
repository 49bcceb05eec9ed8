import socket

import pytest

from tokcheck.core.errors import UsageError
from tokcheck.exporter.web import Address
from tokcheck.exporter.web.listening.listener import listen, url


def test_a_port_in_use_is_named() -> None:
    with listen(Address("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            listen(Address("127.0.0.1", port))
    assert f"Port {port} on 127.0.0.1 is already in use." == caught.value.message
    assert "choose another port with --listen." in caught.value.hint


def test_an_address_of_another_computer() -> None:
    with pytest.raises(UsageError, match=r"has no address 192\.0\.2\.1\."):
        listen(Address("192.0.2.1", 0))


def test_responses_are_not_delayed_by_nagle() -> None:
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
