"""Chains of exceptions in a traceback of Python: which of them the program ended with.

An access token that has expired is the reason for a refresh. If an exception follows, the refresh
has failed, and the expiry is not the cause.
"""

from tokcheck.accounts.explanation.error_messages.error_message import ErrorMessage
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import ErrorExplanation, Verdict

# https://docs.python.org/3/library/traceback.html
_LINK = LazyRegex(
    r"\bDuring handling of the above exception, another exception occurred:"
    r"|\bThe above exception was the direct cause of the following exception:"
)
_MOST = 64
_NEEDS_REFRESH = frozenset({Verdict.EXPIRED, Verdict.REVOKED_OR_INVALID})


class ExceptionChain:
    """The links of a chain, and the exception that a later one replaces."""

    def __init__(self, text: str) -> None:
        self._links = [match.start() for match in list(_LINK.compiled.finditer(text))[-_MOST:]]
        self._first: tuple[int, ErrorExplanation] | None = None
        self._later: list[tuple[int, ErrorExplanation]] = []

    def add(self, message: ErrorMessage, explanation: ErrorExplanation) -> bool:
        """Return whether a message may be concluded from at once.

        If not, another exception followed it, or it comes before one that does so.
        """
        if self._first is not None and not self._is_linked(self._first[0], message.at):
            return False
        is_about_token = message.source in {"api", "client", "status"}
        is_followed = any(link > message.at for link in self._links)
        if is_about_token and is_followed and explanation.verdict in _NEEDS_REFRESH:
            self._first = self._first or (message.at, explanation)
            return False
        self._later.append((message.at, explanation))
        return True

    @property
    def conclusion(self) -> ErrorExplanation | None:
        """The explanation of the last exception that has one; ``None`` if none was followed."""
        if self._first is None:
            return None
        at, explanation = self._first
        later = (each for place, each in self._later if self._is_linked(at, place))
        return next(later, explanation)

    def _is_linked(self, start: int, end: int) -> bool:
        return any(start < link < end for link in self._links)
