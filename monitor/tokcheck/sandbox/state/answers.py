"""Responses that a test has put behind a path."""

import threading
from dataclasses import dataclass, field

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.messages import Headers, HttpResponse

_MOST_ANSWERS = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that replaces the one of the sandbox."""

    status: int
    headers: Headers
    body: bytes = field(repr=False)

    def response(self, headers: Headers = ()) -> HttpResponse:
        """Return the response; ``headers`` are added unless the answer has its own of that name."""
        own = {name.lower() for name, _ in self.headers}
        added = tuple(pair for pair in headers if pair[0].lower() not in own)
        return HttpResponse(self.status, (*self.headers, *added), self.body)


class Answers:
    """All answers by method and path; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], Answer] = {}

    def put(self, method: str, path: str, answer: Answer) -> None:
        """Put an answer behind a path, or replace the one that is there."""
        with self._lock:
            if (method, path) not in self._answers and len(self._answers) >= _MOST_ANSWERS:
                raise UsageError(
                    f"There are {_MOST_ANSWERS} answers already.",
                    "DELETE /sandbox/answers removes them.",
                )
            self._answers[method, path] = answer

    def find(self, method: str, path: str) -> Answer | None:
        """Return the answer to a request; ``None`` if there is none."""
        with self._lock:
            return self._answers.get((method, path))

    def all(self) -> dict[tuple[str, str], Answer]:
        """Return all answers, oldest first."""
        with self._lock:
            return dict(self._answers)

    def remove(self, path: str | None = None) -> None:
        """Remove the answers of a path, or all of them."""
        with self._lock:
            for key in [key for key in self._answers if path in {None, key[1]}]:
                del self._answers[key]
