"""The notes that a command prints on stderr beside its result."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokcheck.accounts.login_command import LoginCommand
from tokcheck.checks.clock_notes import describe_skew, is_noticeable
from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import format_moment
from tokcheck.providers.base import Provider
from tokcheck.providers.response_clock import LatestSkew
from tokcheck.storage.shell_words import quote

if TYPE_CHECKING:
    from tokcheck.transport.response import Reception


def print_notes(sentences: Iterable[str]) -> None:
    """Print notes on stderr."""
    for sentence in sentences:
        sys.stderr.write(f"note: {sentence}\n")


@contextmanager
def comparing_clocks() -> "Iterator[Reception]":
    """Yield the reception of a client; at the end of the block, note if the clocks differ.

    The note is printed after an error, too: a wrong clock may be its cause.
    """
    from tokcheck.transport.response import Reception

    skew = LatestSkew()
    try:
        yield Reception(observe=skew.observe)
    finally:
        if skew.seconds is not None and is_noticeable(skew.seconds):
            print_notes([describe_skew(skew.seconds, datetime.now(UTC))])


def twin_note(provider: Provider, twin: str) -> str:
    """Return the note about another account of the same user and application."""
    ended = "; this consent may have ended its refresh token"
    return (
        f"The account {twin} has the same user and application"
        f"{ended if provider.oauth.single_use else ''}. If it is not needed: "
        f"tokcheck accounts remove {quote(twin)} --forget"
    )


def expired_grant_note(provider: Provider, name: str, ends: float | None, now: float) -> str:
    """Return the note about a refresh token that has expired by its file; empty if it has not.

    ``ends`` is its expiry (Unix seconds), if that is known.
    """
    if ends is None or not is_expired(ends, now):
        return ""
    since = format_moment(datetime.fromtimestamp(ends, UTC))
    return (
        f"The refresh token expired at {since}, by the file. If the provider refuses it, log in "
        f"again: {LoginCommand(provider.name, name)}"
    )
