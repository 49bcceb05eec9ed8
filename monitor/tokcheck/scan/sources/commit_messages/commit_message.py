"""The message of a commit that is being made, as a source, without what git removes from it."""

import os
from collections.abc import Callable, Mapping
from enum import StrEnum

from tokcheck.core.escape import encode_text
from tokcheck.core.redact import mask_name
from tokcheck.scan.finding import Chunk, Unreadable
from tokcheck.scan.sources import git
from tokcheck.scan.sources.chunks import CHUNK, Head, InMemorySource, Source
from tokcheck.scan.sources.commit_messages.commit_command import CommitOptions, running_options
from tokcheck.storage.regular_files import read_regular_file, reason_of


class Cleanup(StrEnum):
    """The text that git removes from a message.

    https://git-scm.com/docs/git-commit#Documentation/git-commit.txt---cleanupltmodegt
    """

    DEFAULT = "default"
    STRIP = "strip"
    WHITESPACE = "whitespace"
    VERBATIM = "verbatim"
    SCISSORS = "scissors"


# https://git-scm.com/docs/git-commit#Documentation/git-commit.txt-scissors
_SCISSORS = b" ------------------------ >8 ------------------------"
# The text for the editor's user that git adds where it keeps the comments.
_KEPT = b"' will be kept;"
# From these, git takes the first that begins no line of the message, with the comment char "auto".
_AUTOMATIC = b"#;@!$%^&|:"
_AUTO = b"auto"
_COMMENT_STRING_SINCE = (2, 45)
_PEOPLE = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")


def message_source(
    place: str,
    environ: Mapping[str, str] = os.environ,
    options: Callable[[], CommitOptions] = running_options,
) -> Source:
    """Return the source of a commit message file, without what git removes from it, and its people.

    ``options`` returns those of the running ``git commit``, as far as they are known.
    """
    try:
        data = read_regular_file(place, CHUNK, descriptors=True)
    except OSError as error:
        # There may be no such file because the name is a token.
        reason = reason_of(error)
        return InMemorySource(Unreadable(mask_name(place), f"{reason[:1].upper()}{reason[1:]}."))
    given, edit = options()
    # Git names this editor to its hooks if none was opened; it may be the user's own as well.
    edited = edit or environ.get("GIT_EDITOR") != ":"
    prefix, configured = _read_configuration()
    mode = _parse_mode(configured if given is None else given)
    if edited and mode is Cleanup.DEFAULT and given is None and _KEPT in data:
        mode = Cleanup.WHITESPACE
    message = Chunk(place, clean_message(data, prefix, mode, edited=edited))
    # Git names them to its hooks: the author is the one of --author.
    people = "\n".join(filter(None, map(environ.get, _PEOPLE)))
    return InMemorySource(*([Head(place, encode_text(people))] if people else []), message)


def clean_message(text: bytes, prefix: bytes, mode: Cleanup, *, edited: bool) -> bytes:
    """Return the text without what git removes from it.

    ``prefix`` begins a comment; ``edited`` says whether an editor was opened. Git removes comments
    only then, or if ``mode`` says so, and it cuts the text at the line of scissors only where it
    wrote that line itself, for the editor. A comment becomes an empty line, so that the other lines
    keep their numbers.
    """
    if prefix == _AUTO:
        prefix = _automatic_prefix(text) if edited else b""
    if not prefix:
        return text
    drops = mode is Cleanup.STRIP or (mode is Cleanup.DEFAULT and edited)
    lines = text.split(b"\n")
    if edited:
        for number, line in enumerate(lines[:-1]):
            # The line below says that nothing is to be changed here.
            is_own = mode is Cleanup.SCISSORS or lines[number + 1].startswith(prefix)
            if is_own and line == prefix + _SCISSORS:
                lines = lines[:number]
                break
    if drops:
        lines = [b"" if line.startswith(prefix) else line for line in lines]
    return b"\n".join(lines)


def _automatic_prefix(text: bytes) -> bytes:
    """Return the prefix that git took by itself, as the lines show that it added; else nothing."""
    for number in _AUTOMATIC:
        prefix = bytes((number,))
        if b"\n" + prefix + _SCISSORS + b"\n" in b"\n" + text:
            return prefix
    lines = text.rstrip(b"\n").split(b"\n")
    prefix = lines[-1][:1]
    block = []
    while lines and lines[-1][:1] == prefix and lines[-1][1:2] in {b"", b" ", b"\t"}:
        block.append(lines.pop())
    return prefix if prefix and prefix in _AUTOMATIC and prefix in block else b""


def _read_configuration() -> tuple[bytes, str]:
    """Return the configured prefix of a comment, and the configured cleanup mode."""
    # It fails if nothing is configured, or outside a repository.
    output = git.try_run(
        *("config", "--null", "--get-regexp"),
        r"^(core\.comment(char|string)|commit\.cleanup)$",
    )
    prefix, mode = b"#", b""
    for entry in (output or b"").split(b"\0")[:-1]:
        key, _, value = entry.partition(b"\n")
        if key == b"commit.cleanup":
            mode = value
        elif value and (key != b"core.commentstring" or _knows_comment_string()):
            prefix = value
    return prefix, mode.decode("ascii", "replace")


def _knows_comment_string() -> bool:
    """Return whether this git reads ``core.commentString``; older ones ignore it."""
    words = git.run("--version").split()
    numbers = (words[2] if len(words) > 2 else b"").split(b".")  # noqa: PLR2004
    major, minor = (int(each) if each.isdigit() else 0 for each in (*numbers, b"", b"")[:2])
    return (major, minor) >= _COMMENT_STRING_SINCE


def _parse_mode(text: str) -> Cleanup:
    try:
        return Cleanup(text or Cleanup.DEFAULT)
    except ValueError:
        return Cleanup.VERBATIM  # git refuses it; a message that is read whole hides nothing
