"""The only room that talks to a network: requests with a deadline, a bound and no redirects.

httpx sends; this room adds what a token needs on top: one deadline for a whole call, name
resolution and slow drips included, a bound on the body, and errors that say in one line what
went wrong and never hold a token. ``Net`` is for one call at a time, ``AsyncNet`` for many.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.transport.async_client import AsyncNet
    from tokcheck.transport.client import Net

__all__ = ["AsyncNet", "Net"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    # Imported on first use: most commands load the endpoints alone, and httpx and asyncio take
    # longer to load than an offline check takes.
    if name == "Net":
        from tokcheck.transport.client import Net  # noqa: PLC0415 - the reason above

        return Net
    if name == "AsyncNet":
        from tokcheck.transport.async_client import AsyncNet  # noqa: PLC0415 - the same

        return AsyncNet
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
