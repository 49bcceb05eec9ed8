"""Run a sans-IO flow: a generator that yields requests and is sent their responses.

An error of a request is thrown into the flow, which may catch it.
"""

from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, TypeVar

from tokcheck.core.errors import TokcheckError

if TYPE_CHECKING:
    from asyncio import Future

_Request = TypeVar("_Request")
_Sent = TypeVar("_Sent")
_Response = TypeVar("_Response")
_Result = TypeVar("_Result")


def drive(
    flow: Generator[_Request, _Response, _Result], send: Callable[[_Request], _Response]
) -> _Result:
    """Run a flow to its end and return its result; ``send`` returns a response or raises."""
    try:
        request = next(flow)
        while True:
            try:
                response = send(request)
            except TokcheckError as error:
                request = flow.throw(error)
            else:
                request = flow.send(response)
    except StopIteration as end:
        result: _Result = end.value
        return result


async def drive_async(
    flow: Generator[_Request, _Response, _Result], send: Callable[[_Request], Awaitable[_Response]]
) -> _Result:
    """Run a flow to its end as :func:`drive` does, and await each response."""
    try:
        request = next(flow)
        while True:
            try:
                response = await send(request)
            except TokcheckError as error:
                request = flow.throw(error)
            else:
                request = flow.send(response)
    except StopIteration as end:
        result: _Result = end.value
        return result


async def await_result(future: "Future[_Result]") -> _Result:
    """Return the result of a future, which continues if the caller is cancelled meanwhile."""
    import asyncio  # noqa: PLC0415 - a command without it starts sooner

    # No shield: since Python 3.14, that logs an error that comes after the cancellation.
    await asyncio.wait([future])
    return future.result()


def map_requests(
    flow: Generator[_Request, _Response, _Result],
    convert: Callable[[_Request], _Sent],
    observe: Callable[[_Response], None] = lambda _: None,
) -> Generator[_Sent, _Response, _Result]:
    """Run a flow inside another one that yields its requests converted; return its result.

    ``observe`` is called with each response.
    """
    try:
        request = next(flow)
        while True:
            try:
                response = yield convert(request)
            except TokcheckError as error:
                request = flow.throw(error)
            else:
                observe(response)
                request = flow.send(response)
    except StopIteration as end:
        result: _Result = end.value
        return result
