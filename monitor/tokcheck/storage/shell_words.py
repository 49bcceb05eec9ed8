"""Words in the commands that messages show, quoted for the shells of this system."""

import sys
from collections.abc import Iterable

from tokcheck.core.escape import quote_for_windows


def quote(word: str) -> str:
    """Return a word as one argument: for a POSIX shell, or for cmd and PowerShell on Windows."""
    if sys.platform == "win32":
        return quote_for_windows(word)
    import shlex

    return shlex.quote(word)


def quote_words(words: Iterable[str]) -> str:
    """Return words as one command line."""
    return " ".join(map(quote, words))
