"""The drivers of a flow: requests, responses and errors."""

import asyncio
from collections.abc import Generator

import pytest

from tokcheck.core.errors import UsageError
from tokcheck.core.flow import drive, drive_async, map_requests


def count_errors(requests: int) -> Generator[int, str, tuple[list[str], int]]:
    responses, errors = [], 0
    for number in range(requests):
        try:
            responses.append((yield number))
        except UsageError:
            errors += 1
    return responses, errors


def give_up() -> Generator[int, str, str]:
    yield 1
    raise UsageError("given up")


def respond(number: int) -> str:
    if number % 3 == 2:
        raise UsageError("no response")
    return f"response {number}"


EXPECTED = (["response 0", "response 1", "response 3"], 1)


def test_drive_returns_the_result_of_a_flow() -> None:
    assert EXPECTED == drive(count_errors(4), respond)
    assert ([], 0) == drive(count_errors(0), respond)


def test_drive_async_returns_the_same_result() -> None:
    async def send(number: int) -> str:
        await asyncio.sleep(0)
        return respond(number)

    assert EXPECTED == asyncio.run(drive_async(count_errors(4), send))


def test_map_requests_converts_each_request() -> None:
    sent: list[str] = []

    def send(request: str) -> str:
        sent.append(request)
        return respond(int(request.removeprefix("request ")))

    flow = map_requests(count_errors(4), lambda number: f"request {number}")
    assert EXPECTED == drive(flow, send)
    assert [f"request {number}" for number in range(4)] == sent


def test_an_error_of_the_flow_itself_propagates() -> None:
    for flow in (give_up(), map_requests(give_up(), lambda number: number)):
        with pytest.raises(UsageError, match="given up"):
            drive(flow, respond)
