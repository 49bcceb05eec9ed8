"""The client that runs each request in a thread, where it differs."""

import threading

import pytest

from tests.support.transport.client_calls import (
    DEVICES,
    NO_CERTIFICATES,
    SHORT,
    endpoints_at,
    expecting_error,
    send,
)
from tests.support.transport.raw_socket_server import (
    bind_refusing_socket,
    drip_body,
    respond_with,
    response,
    run_raw_server,
)
from tokcheck.core.errors import NetError
from tokcheck.providers import REGISTRY
from tokcheck.transport import Net
from tokcheck.transport.errors import is_retryable


def test_a_request_whose_caller_is_gone_is_not_sent_again() -> None:
    gone, before = threading.Event(), threading.enumerate()

    def pause(_: float) -> None:
        gone.wait(5)

    with bind_refusing_socket() as bound:
        endpoints = endpoints_at(f"http://127.0.0.1:{bound.getsockname()[1]}")
        # The client stays open, or that alone would stop the second request.
        with Net(endpoints, timeout=SHORT, pause=pause, verify=NO_CERTIFICATES) as net:
            with pytest.raises(NetError, match=r"did not respond within 0\.3 s"):
                net.send(REGISTRY["fitbit"], DEVICES)
            (worker,) = (t for t in threading.enumerate() if t not in before)
            with run_raw_server(respond_with(response(b"[]")), bound=bound.dup()) as raw_server:
                gone.set()
                worker.join(5)
                assert raw_server.connections == 0


def test_a_request_that_drips_its_body_ends_behind_its_deadline() -> None:
    with run_raw_server(drip_body) as raw_server:
        expecting_error(send)(raw_server.url, timeout=SHORT)
        for worker in (t for t in threading.enumerate() if t.name == "tokcheck-request"):
            worker.join(5)
            assert not worker.is_alive()


@pytest.mark.parametrize("kind", ["refused", "connect", "dns", "proxy"])
def test_nothing_that_may_have_reached_the_server_is_sent_again(kind: str) -> None:
    assert is_retryable(NetError(kind, "", reached=False))
    assert not is_retryable(NetError(kind, "", reached=True))


@pytest.mark.parametrize(
    "kind", ["tls", "timeout", "connect-timeout", "given-up", "address", "token", "dropped"]
)
def test_nothing_that_would_fail_again_is_sent_again(kind: str) -> None:
    assert not is_retryable(NetError(kind, "", reached=False))
