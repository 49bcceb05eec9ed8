"""The responses that the hooks of ``tokcheck.observe`` have seen, and the place of the ledger."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from tokcheck.providers.base import Provider, Response
from tokcheck.providers.observed.printed_response import join_headers

if TYPE_CHECKING:
    from tokcheck.exporter.ledger.request_ledger import RequestLedger

_LONGEST_BODY = 65_536  # those of refusals, and of rate limits, are shorter


class LedgerPlace:
    """Where the environment keeps the ledger; ``environment`` must not change afterwards."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def open(self) -> "RequestLedger":
        """Open the ledger, a context manager."""
        # It takes longer to load than the caller's request may wait.
        from tokcheck.exporter.ledger.selected_ledger import open_ledger

        return open_ledger(self._environment)


class SeenResponse(NamedTuple):
    """The facts kept of one response."""

    ledger: "LedgerPlace"
    account: str
    provider: Provider
    at: float
    """When it came, in Unix seconds."""
    status: int
    headers: Sequence[tuple[str, str | bytes]]
    """Those that may be about rate limits, by lower-case name."""
    read_body: Callable[[], bytes | None] | None = None
    """Returns the body once the application has read it; ``None`` if it is not about them."""
    body: bytes = b""
    """The result of that, for one attempt to write."""
    waits: int = 0
    """How many attempts to write came before its body was read."""


def with_body(seen: SeenResponse) -> SeenResponse | None:
    """Return a response with its body and without its reader; ``None`` if it is not read yet."""
    if seen.read_body is None:
        return seen
    body = seen.read_body()
    if body is None:
        return None
    return seen._replace(read_body=None, body=body if len(body) <= _LONGEST_BODY else b"")


def _decode(headers: Iterable[tuple[str, str | bytes]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        yield name, value if isinstance(value, str) else value.decode("latin-1")


def response_of(seen: SeenResponse) -> Response:
    """Return a response as the providers read it."""
    return Response(
        seen.status,
        join_headers(_decode(seen.headers)),
        seen.body,
        datetime.fromtimestamp(seen.at, UTC),
    )
