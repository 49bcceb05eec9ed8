"""The message of a commit that is being made, as a source."""

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import redact_random
from tokcheck.scan.finding import Piece, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import PIECE, MemorySource, Source


def message_source(place: str) -> Source:
    """Return the source of a commit message file, without what git removes from it."""
    try:
        with open(place, "rb") as file:
            data = file.read(PIECE + 1)
    except OSError as error:
        # There may be no such file because the name is a token.
        why = f"{error.strerror or type(error).__name__}."
        return MemorySource(Unreadable(redact_random(place), why))
    if len(data) > PIECE:
        return MemorySource(
            Unreadable(place, "It is too large for a commit message (16 MiB at most).")
        )
    return MemorySource(Piece(place, strip_comments(data, _comment_prefix())))


# https://git-scm.com/docs/git-commit#Documentation/git-commit.txt-scissors
_SCISSORS = b" ------------------------ >8 ------------------------"


def strip_comments(text: bytes, comment: bytes) -> bytes:
    """Return the text without its comments and without all from the scissors line on.

    A comment becomes an empty line, so that the other lines keep their numbers.
    """
    lines: list[bytes] = []
    for line in text.split(b"\n"):
        if line.rstrip(b"\r") == comment + _SCISSORS:
            break
        lines.append(b"" if line.startswith(comment) else line)
    return b"\n".join(lines)


def _comment_prefix() -> bytes:
    """Return the configured prefix of a comment in a commit message."""
    try:
        output = git.run("config", "--null", "--get-regexp", r"^core\.comment(char|string)$")
    except UsageError:
        return b"#"  # nothing is configured, or there is no repository
    values = [entry.partition(b"\n")[2] for entry in output.split(b"\0")[:-1]]
    # With "auto", git uses another one only if a line of the message begins with this one.
    return values[-1] if values and values[-1] not in {b"", b"auto"} else b"#"
