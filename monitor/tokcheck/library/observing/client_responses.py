"""Responses of httpx and of requests: whether they are from a cache, and their body.

Neither client need be installed, so none is imported.
"""

from collections.abc import Mapping
from typing import Any

# The extensions that httpx itself adds to a response.
_OF_HTTPX = {"http_version", "network_stream", "reason_phrase", "stream_id"}


def is_from_hishel(extensions: Mapping[str, Any]) -> bool:
    """Return whether hishel took a response of httpx from its cache without a request.

    Its versions 0, 1 and 2 write it differently.
    """
    if extensions.keys() <= _OF_HTTPX:
        return False
    status: Mapping[str, Any] = extensions.get("caching") or {}
    for start in ("", "hishel_"):
        if extensions.get(f"{start}from_cache"):
            return not extensions.get(f"{start}revalidated")
    return bool(status.get("from_cache")) and not status.get("revalidated")


def body_of_httpx(response: Any) -> bytes | None:  # noqa: ANN401 - of httpx
    """Return the decoded body if it is read as a whole; a stream is left to its reader."""
    try:
        body: bytes = response.content
    except Exception:  # noqa: BLE001 - it is not read yet, or was read in pieces
        return None
    return body


def body_of_requests(response: Any) -> bytes | None:  # noqa: ANN401 - of requests
    """Return the decoded body if it is read as a whole; a stream is left to its reader."""
    body = getattr(response, "_content", None)  # its property would read the stream
    return body if isinstance(body, bytes) else None
