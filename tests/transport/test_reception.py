"""When a response arrived, by a clock that differs from the server's: real HTTP, both clients."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.transport.client_calls import DEVICES, NO_CERTIFICATES, endpoints_at, no_pause
from tests.support.transport.raw_socket_server import (
    respond_with,
    response,
    run_raw_server,
)
from tokcheck.providers import REGISTRY
from tokcheck.providers.base import Response
from tokcheck.providers.fitbit.quota import quota_from_headers
from tokcheck.providers.response_clock import clock_skew
from tokcheck.transport import AsyncNet, Net
from tokcheck.transport.response import Reception

HERE = datetime(2026, 1, 15, 12, tzinfo=UTC)
SendOnce = Callable[[str, Reception], Response]


def send_once(url: str, reception: Reception) -> Response:
    with Net(
        endpoints_at(url), timeout=5, pause=no_pause, verify=NO_CERTIFICATES, reception=reception
    ) as net:
        return net.send(REGISTRY["fitbit"], DEVICES)


def send_once_async(url: str, reception: Reception) -> Response:
    async def pause(_: float) -> None:
        pass

    async def main() -> Response:
        async with AsyncNet(
            endpoints_at(url), timeout=5, pause=pause, verify=NO_CERTIFICATES, reception=reception
        ) as net:
            return await net.send(REGISTRY["fitbit"], DEVICES)

    return asyncio.run(main())


@pytest.fixture(params=[send_once, send_once_async], ids=["sync", "async"])
def send(request: pytest.FixtureRequest) -> SendOnce:
    chosen: SendOnce = request.param
    return chosen


@given(skew=st.integers(-20 * 86_400, 20 * 86_400), reset=st.integers(0, 3_600))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_reset_counts_from_the_arrival_and_the_skew_is_measured(
    send: SendOnce, skew: int, reset: int
) -> None:
    date = format_datetime(HERE + timedelta(seconds=skew), usegmt=True)
    headers = (f"Date: {date}", f"Fitbit-Rate-Limit-Reset: {reset}")
    seen: list[Response] = []
    with run_raw_server(respond_with(response(b"[]", *headers))) as server:
        answer = send(server.url, Reception(lambda: HERE, seen.append))
    assert [answer] == seen
    assert HERE == answer.received_at
    assert 0 < answer.elapsed_seconds < 5
    quota = quota_from_headers(answer).quota
    assert quota is not None
    assert HERE + timedelta(seconds=reset) == quota.reset_at
    measured = clock_skew(answer)
    assert measured is not None
    assert abs(measured - skew) <= answer.elapsed_seconds + 1
