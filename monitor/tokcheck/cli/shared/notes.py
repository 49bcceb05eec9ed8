"""The notes that a command prints on stderr beside its result."""

import sys
from collections.abc import Iterable
from shlex import quote

from tokcheck.providers.base import Provider


def print_notes(sentences: Iterable[str]) -> None:
    """Print notes on stderr."""
    for sentence in sentences:
        sys.stderr.write(f"note: {sentence}\n")


def twin_note(provider: Provider, twin: str) -> str:
    """Return the note about another account of the same user and application."""
    ended = "; this consent may have ended its refresh token"
    return (
        f"The account {twin} has the same user and application"
        f"{ended if provider.oauth.single_use else ''}. If it is not needed: "
        f"tokcheck accounts remove {quote(twin)} --forget"
    )
