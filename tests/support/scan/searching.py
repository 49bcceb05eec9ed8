"""A search of one text, and what it reports: the fingerprints of whole credentials."""

from collections.abc import Iterable
from hashlib import sha256

from tests.support.tokens import NOW
from tokcheck.scan import Chunk, Finding, Searcher, Unreadable

_SEARCH = Searcher(NOW.timestamp())


def search(data: str | bytes, path: str = "x.txt") -> list[Finding]:
    """Return the findings of a file with this content."""
    return list(_SEARCH(Chunk(path, data.encode() if isinstance(data, str) else data)))


def unread(data: str, path: str = "x.txt") -> list[Unreadable]:
    """Return what could not be read of a file with this content."""
    _SEARCH.take_unread()  # of earlier searches
    search(data, path)
    return _SEARCH.take_unread()


def finds_only(data: str | bytes, tokens: str | Iterable[str], path: str = "x.txt") -> bool:
    """Return whether exactly these credentials are found, each whole."""
    wanted = {tokens} if isinstance(tokens, str) else set(tokens)
    found = search(data, path)
    digests = {item.digest for item in found}
    return not any(item.fragment for item in found) and digests == {
        sha256(token.encode()).digest() for token in wanted
    }
