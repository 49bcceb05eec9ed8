"""Run a sans-IO generator to its end, synchronously or asynchronously."""

from collections.abc import Awaitable, Callable, Generator
from typing import TypeVar

from tokcheck.core.errors import TokcheckError

_Question = TypeVar("_Question")


_Answer = TypeVar("_Answer")


_Result = TypeVar("_Result")


def drive(
    flow: Generator[_Question, _Answer, _Result], send: Callable[[_Question], _Answer]
) -> _Result:
    """Run a flow to its end: send what it asks for, give it the answers and the errors."""
    try:
        question = next(flow)
        while True:
            try:
                answer = send(question)
            except TokcheckError as error:
                question = flow.throw(error)
            else:
                question = flow.send(answer)
    except StopIteration as end:
        result: _Result = end.value
        return result


async def drive_async(
    flow: Generator[_Question, _Answer, _Result], send: Callable[[_Question], Awaitable[_Answer]]
) -> _Result:
    """Run a flow to its end as :func:`drive` does, waiting for each answer."""
    try:
        question = next(flow)
        while True:
            try:
                answer = await send(question)
            except TokcheckError as error:
                question = flow.throw(error)
            else:
                question = flow.send(answer)
    except StopIteration as end:
        result: _Result = end.value
        return result
