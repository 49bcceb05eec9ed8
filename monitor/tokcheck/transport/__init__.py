"""HTTP clients for requests to providers: with a deadline, a size limit and no redirects.

No other package talks to a provider. httpx sends; this package adds one deadline for a whole
request, name resolution and slow responses included, a limit on the body, and one-line errors that
never hold a token. ``Net`` sends one request at a time, ``AsyncNet`` many at once.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.transport.async_client import AsyncNet
    from tokcheck.transport.client import Net

__all__ = ["AsyncNet", "Net"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the type of the module attribute
    # Imported on first use: most commands need only the endpoints, and loading httpx and asyncio
    # takes longer than an offline check.
    if name == "Net":
        from tokcheck.transport.client import Net  # noqa: PLC0415 - see above

        return Net
    if name == "AsyncNet":
        from tokcheck.transport.async_client import AsyncNet  # noqa: PLC0415 - see above

        return AsyncNet
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
