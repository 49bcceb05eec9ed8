"""Responses that a test has put behind a path."""

import threading
from dataclasses import dataclass, field

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.http_messages import Headers, HttpResponse

_MOST = 1000


@dataclass(frozen=True, slots=True)
class CannedResponse:
    """A response that replaces the one of the sandbox."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)

    def response(self, headers: Headers = ()) -> HttpResponse:
        """Return the response; ``headers`` are added unless this one has its own of that name."""
        own = {name.lower() for name, _ in self.headers}
        added = tuple(pair for pair in headers if pair[0].lower() not in own)
        return HttpResponse(self.status, (*self.headers, *added), self.body)


class CannedResponses:
    """All canned responses by method and path; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._responses: dict[tuple[str, str], CannedResponse] = {}

    def put(self, method: str, path: str, response: CannedResponse) -> None:
        """Put a response behind a path, or replace the one that is there."""
        with self._lock:
            if (method, path) not in self._responses and len(self._responses) >= _MOST:
                raise UsageError(
                    f"There are {_MOST} answers already.",
                    "DELETE /sandbox/answers removes them.",
                )
            self._responses[method, path] = response

    def find(self, method: str, path: str) -> CannedResponse | None:
        """Return the response to a request; ``None`` if there is none."""
        with self._lock:
            return self._responses.get((method, path))

    def all(self) -> dict[tuple[str, str], CannedResponse]:
        """Return all responses, oldest first."""
        with self._lock:
            return dict(self._responses)

    def remove(self, path: str | None = None) -> None:
        """Remove the responses of a path, or all of them."""
        with self._lock:
            for key in [key for key in self._responses if path in {None, key[1]}]:
                del self._responses[key]
