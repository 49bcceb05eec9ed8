"""The only room that talks to a network: requests with a deadline, a bound and no redirects.

httpx sends; this room adds what a token needs on top: one deadline for a whole call, name
resolution and slow drips included, a bound on the body, and errors that say in one line what
went wrong and never hold a token. ``Net`` is for one call at a time, ``AsyncNet`` for many.
"""

from typing import TYPE_CHECKING, Any

from tokcheck.transport.client import Net
from tokcheck.transport.response import LONGEST_BODY

if TYPE_CHECKING:
    from tokcheck.transport.async_client import AsyncNet

__all__ = ["LONGEST_BODY", "AsyncNet", "Net"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    if name == "AsyncNet":
        # asyncio takes its time to load, and a check of one token does without.
        from tokcheck.transport.async_client import AsyncNet  # noqa: PLC0415 - the reason above

        return AsyncNet
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
