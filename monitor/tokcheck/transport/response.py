"""An answer: its body as it arrives, up to a bound, and what is made of it."""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx

from tokcheck.providers.base import Response

LONGEST_BODY = 1024 * 1024


class Body:
    """A body as it arrives, up to the bound; ``cut`` tells if it did not come whole."""

    def __init__(self) -> None:
        self._data = bytearray()
        self.cut = False

    def take(self, chunk: bytes) -> bool:
        """Add what came; tell whether more is wanted."""
        self._data += chunk
        if len(self._data) > LONGEST_BODY:
            self.cut = True
        return not self.cut

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Take a connection that breaks off while the block runs for the end of the body."""
        try:
            yield
        except (httpx.RemoteProtocolError, httpx.ReadError):
            self.cut = True

    def __bytes__(self) -> bytes:
        return bytes(self._data[:LONGEST_BODY])


def answered(answer: httpx.Response, body: Body) -> Response:
    """Return the answer as the providers read it."""
    # httpx joins repeated headers with commas; a joined number is no number, and says so later.
    headers = dict(answer.headers.items())
    decoded, whole = _decoded(bytes(body), headers)
    return Response(answer.status_code, headers, decoded, datetime.now(UTC), body.cut or not whole)


def _decoded(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, bool]:
    """Undo a compression that was not asked for, up to the bound; tell if that was all of it."""
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in {"gzip", "x-gzip", "deflate"} or not body:
        return body, True
    decoder = zlib.decompressobj(wbits=47)  # a gzip or zlib header, whichever stands there
    try:
        return decoder.decompress(body, LONGEST_BODY), decoder.eof
    except zlib.error:
        return b"", False
