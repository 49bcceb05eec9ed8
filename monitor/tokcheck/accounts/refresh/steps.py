"""The steps of a refresh, which :mod:`~tokcheck.accounts.refresh.refresh_flow` yields."""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias

from tokcheck.accounts.grant import Grant
from tokcheck.providers.base import Provider, Request


class RunOnDisk(NamedTuple):
    """Call ``work`` and send its result: a short, uninterruptible operation on the disk."""

    work: Callable[[], Any]


class RunOnFile(NamedTuple):
    """Like :class:`RunOnDisk`, on a file of the account alone: several may run at once."""

    work: Callable[[], Any]


class ChangeStore(NamedTuple):
    """Call ``work`` and send its result: a change for :meth:`GrantStore.apply_changes`."""

    work: Callable[[], Any]


class SendRequest(NamedTuple):
    """Send the request, and send its response to the flow."""

    provider: Provider
    request: Request


class Pause(NamedTuple):
    """Wait ``seconds``."""

    seconds: float
    note: str = ""
    """A sentence for the user about why this may take long."""


Step: TypeAlias = RunOnDisk | RunOnFile | ChangeStore | SendRequest | Pause
Flow: TypeAlias = Generator[Step, Any, Grant]
