"""Refresh a grant: one flow, a synchronous and an asynchronous driver, and the recovery file."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokcheck.accounts.refresh.async_refresher import AsyncRefresher
    from tokcheck.accounts.refresh.refresher import Refresher

__all__ = ["AsyncRefresher", "Refresher"]

_MODULES = {
    "AsyncRefresher": "tokcheck.accounts.refresh.async_refresher",
    "Refresher": "tokcheck.accounts.refresh.refresher",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - as the language has it
    from tokcheck.core.lazy import load_export

    return load_export(__name__, _MODULES, name)
