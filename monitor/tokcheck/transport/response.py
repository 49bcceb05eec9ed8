"""Responses: the body as it arrives, up to a limit, and the value that providers read."""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx

from tokcheck.providers.base import Response

MAX_BODY_BYTES = 1024 * 1024


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


def build_response(http_response: httpx.Response, body: Body) -> Response:
    """Return the response as the providers read it."""
    # httpx joins repeated headers by commas; a joined number fails later, when it is parsed.
    headers = dict(http_response.headers.items())
    decoded, complete = _decode(bytes(body), headers)
    return Response(
        http_response.status_code,
        headers,
        decoded,
        datetime.now(UTC),
        body.is_truncated or not complete,
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
