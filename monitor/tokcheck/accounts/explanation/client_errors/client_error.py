"""One error that a client raises by itself: how it is recognized, and what it means."""

from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Verdict


class ClientError(NamedTuple):
    """One error of a client library.

    ``{title}`` of the texts is the provider's title, and ``{refresh}`` of the hint the next step
    after an expiry.
    """

    code: str
    sign: LazyRegex
    verdict: Verdict
    sentence: str
    hint: str
    owner: str | None = None
    """The name of the only provider that the library is for; empty if it is for none."""
    needs_owner: bool = False
    """Whether it means nothing if no provider is named near it."""
