"""Responses: the body as it arrives, up to a limit, and the value that providers read."""

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import httpx

from tokcheck.providers.base import Response

MAX_BODY_BYTES = 1024 * 1024
_LOCATION = "location"


class Body:
    """A body as it arrives, up to the limit; ``is_truncated`` if it is not complete."""

    def __init__(self) -> None:
        self._data = bytearray()
        self.is_truncated = False

    def append(self, chunk: bytes) -> bool:
        """Append a chunk; return whether more is wanted."""
        self._data += chunk
        if len(self._data) > MAX_BODY_BYTES:
            self.is_truncated = True
        return not self.is_truncated

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Treat a connection that breaks off in the block as the end of the body."""
        try:
            yield
        except (httpx.RemoteProtocolError, httpx.ReadError):
            self.is_truncated = True

    def __bytes__(self) -> bytes:
        return bytes(self._data[:MAX_BODY_BYTES])


def utc_now() -> datetime:
    """Return the present moment of the system's clock."""
    return datetime.now(UTC)


class Reception(NamedTuple):
    """The further actions of a client on each response."""

    now: Callable[[], datetime] = utc_now
    """Returns the present moment in UTC, for the time of its arrival."""
    observe: Callable[[Response], None] = lambda _: None


DEFAULT_RECEPTION = Reception()


class Arrival(NamedTuple):
    """When the headers of a response arrived, and how many seconds after its request began."""

    at: datetime
    elapsed: float


class Stopwatch:
    """Measures one request, from its creation on; ``now`` returns the present moment in UTC."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._began_at = time.monotonic()

    def arrival(self) -> Arrival:
        """Return the present moment as that of the response's arrival."""
        return Arrival(self._now(), time.monotonic() - self._began_at)


def keep_location(http_response: httpx.Response) -> None:
    """Take the address of a redirect out of the headers; :func:`build_response` puts it back.

    httpx reads it even if redirects are not followed, and has no response where it is none that
    httpx takes, such as ``javascript:…``.
    """
    location = http_response.headers.pop(_LOCATION, None)
    if location is not None:
        http_response.extensions[_LOCATION] = location


async def keep_location_async(http_response: httpx.Response) -> None:
    """Do the same as a hook of an asynchronous client."""
    keep_location(http_response)


def build_response(http_response: httpx.Response, body: Body, arrival: Arrival) -> Response:
    """Return the response as the providers read it."""
    # httpx joins repeated headers by commas; a joined number fails later, when it is parsed.
    headers = dict(http_response.headers.items())
    if _LOCATION in http_response.extensions:
        headers[_LOCATION] = http_response.extensions[_LOCATION]
    decoded, complete = _decode(bytes(body), headers)
    return Response(
        http_response.status_code,
        headers,
        decoded,
        arrival.at,
        body.is_truncated or not complete,
        arrival.elapsed,
    )


def _decode(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """Return the body without a compression that was not requested, and whether it is complete."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in {"gzip", "x-gzip", "deflate"} or not body:
        return body, True
    decoder = zlib.decompressobj(wbits=47)  # either a gzip or a zlib header
    try:
        return decoder.decompress(body, MAX_BODY_BYTES), decoder.eof
    except zlib.error:
        return b"", False
