"""The message of a commit that is being made, as a source."""

from tokcheck.core.errors import UsageError
from tokcheck.core.redact import mask_random
from tokcheck.scan.finding import Piece, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import PIECE, MemorySource, Source
from tokcheck.storage.regular_files import read_regular_file, reason_of


def message_source(place: str) -> Source:
    """Return the source of a commit message file, without what git removes from it."""
    try:
        data = read_regular_file(place, PIECE, descriptors=True)
    except OSError as error:
        # There may be no such file because the name is a token.
        reason = reason_of(error)
        return MemorySource(Unreadable(mask_random(place), f"{reason[:1].upper()}{reason[1:]}."))
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
