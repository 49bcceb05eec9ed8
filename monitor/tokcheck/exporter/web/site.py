"""What the web side needs from the exporter behind it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from tokcheck.exporter.standing import Standing


class Answer(Protocol):
    """A scrape's answer: the headers that describe the body, and the body."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers by name, ``Content-Type`` among them."""
        ...

    @property
    def body(self) -> bytes:
        """The body, in the encoding that the headers name."""
        ...


class Site(Protocol):
    """What is shown, and what can be asked of it.

    :meth:`answer` is called in worker threads, several at once; everything else in the event loop.
    """

    @property
    def titles(self) -> Mapping[str, str]:
        """Each provider's title by its name."""
        ...

    def answer(self, accept: str, accept_encoding: str) -> Answer:
        """Return the metrics in the form that these two request headers ask for."""
        ...

    def standings(self) -> Sequence[Standing]:
        """Return what is known about each account."""
        ...

    def ready(self) -> bool:
        """Tell whether the first round of probes has ended."""
        ...

    async def reload(self) -> None:
        """Read the configuration again.

        :raises UsageError: if it is broken; the old one is then still in force.
        """
        ...

    def now(self) -> float:
        """Return the present moment in Unix seconds."""
        ...
