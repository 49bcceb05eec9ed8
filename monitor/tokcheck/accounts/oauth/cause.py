"""Why an OAuth endpoint refuses: one row of an error table, and the search in such a table."""

from collections.abc import Iterable
from typing import NamedTuple


class Cause(NamedTuple):
    """One meaning of an error code; the first row of a table that matches is taken.

    In texts, ``{title}`` is the provider's title and ``{name}`` its name.
    """

    code: str
    """The protocol's error code."""

    words: tuple[str, ...]
    """What else has to stand in the provider's text, in lower case."""

    sentence: str
    """What happened."""

    hint: str
    """What to do."""

    provider: str | None = None
    """The one provider that says so; ``None`` for all."""

    requests: tuple[str, ...] = ("code", "refresh", "revoke")
    """The requests to the token endpoint that may be refused so."""

    secret_sent: bool | None = None
    """Whether the application's secret was sent; ``None`` where that makes no difference."""

    sign_in: bool = False
    """Whether the user has to sign in again at the provider."""

    is_shown: bool = False
    """Whether the authorization page shows the error and sends no response."""

    signs: tuple[str, ...] = ()
    """What gives the error away on that page, where the code may be missing; in lower case."""


def find_cause(causes: Iterable[Cause], text: str, code: str | None = None) -> Cause | None:
    """Return the first cause with this code, all words of which stand in a provider's text.

    Without a code, that has to stand in the text as well.
    """
    text = text.lower()
    for cause in causes:
        is_named = cause.code in text if code is None else cause.code == code
        if is_named and all(word in text for word in cause.words):
            return cause
    return None
