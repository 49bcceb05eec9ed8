"""Standard error without secrets: all that a command writes there passes one place.

An option that is given the token in place of a name would repeat it in its error message, and a
path of others may hold escape sequences or the commands of a CI runner. Messages, warnings,
logging, tracebacks and prompts all write to ``sys.stderr``, which is a :class:`SafeStderr`.
"""

import io
import sys
from collections.abc import Mapping, Sequence

TYPE_CHECKING = False  # typing would take longer to import than a fast command takes
if TYPE_CHECKING:
    from typing import TextIO

# Texts that no harmless message holds: the beginnings of credentials, and of commands of CI
# runners.
_SIGNS = ("eyj", "ya29", "gocspx", "aiza", "1//", "1%2", "4/0", "4%2", "::", "##")
# A word is a secret only from so many characters without a separator on.
_LEAST = 16
_SEPARATORS = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) in "-_")}
_CERTAIN = 40
# How long a secret with separators is, and how many digits it has, beside capitals or without.
_LEAST_SPELLED = 31
_LEAST_DIGITS = 2
_LEAST_HEXADECIMAL_DIGITS = 8
_HEXADECIMAL = frozenset("0123456789abcdef")
# The ends of names of variables with values that are no secrets.
_PUBLIC = ("_ID", "_URL", "_SHA")
# Variables in which a secret may be written as on a command line.
_KEY = "TOKCHECK_ENCRYPTION_KEY"


class SafeStderr(io.TextIOBase):
    """A text stream that redacts secrets and escapes control characters.

    ``words`` are those of the command line, ``environ`` its environment: a credential among them
    is redacted in every piece. A line is written when it is complete or the stream is flushed.
    """

    @classmethod
    def install(cls, words: Sequence[str], environ: Mapping[str, str]) -> None:
        """Make ``sys.stderr`` one that knows this command line."""
        stream = sys.stderr
        sys.stderr = cls(getattr(stream, "stream", stream), words, environ)

    def __init__(self, stream: "TextIO", words: Sequence[str], environ: Mapping[str, str]) -> None:
        self.stream = stream
        """The stream that the text is written to; nothing else writes there."""
        self._words = words
        self._environ = environ
        self._pending = ""
        self._secrets: tuple[str, ...] | None = None
        self._odd_words: tuple[str, ...] = ()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream."""
        return self.stream.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        """How a character is written that the encoding lacks."""
        return self.stream.errors

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """Return the stream's file descriptor."""
        return self.stream.fileno()

    def writable(self) -> bool:
        """Return that the stream can be written."""
        return True

    def write(self, text: str) -> int:
        """Write a text; its last line waits for its end."""
        lines, newline, rest = (self._pending + text).rpartition("\n")
        self._pending = rest
        if newline:
            self.stream.write(self._safe(lines + newline))
        return len(text)

    def flush(self) -> None:
        """Write the waiting text."""
        pending, self._pending = self._pending, ""
        if pending:
            self.stream.write(self._safe(pending))
        self.stream.flush()

    def close(self) -> None:
        """Write the waiting text; the stream itself stays open, as it is another's."""
        if not self.stream.closed:
            self.flush()

    def _safe(self, text: str) -> str:
        if self._secrets is None:
            self._secrets = self._find_secrets()
            own = (value for name, value in self._environ.items() if name.startswith("TOKCHECK_"))
            self._odd_words = tuple(word for word in (*self._words, *own) if not word.isprintable())
        if not self._secrets and not self._odd_words and _is_harmless(text):
            return text
        from tokcheck.cli.shared.known_secrets import safe_text  # most messages are harmless

        return safe_text(text, self._odd_words, self._secrets)

    def _find_secrets(self) -> tuple[str, ...]:
        values = [
            value
            for name, value in self._environ.items()
            if _may_be_secret(value) and not (name.endswith(_PUBLIC) or value.startswith("/"))
        ]
        keys = (value for name, value in self._environ.items() if name.startswith(_KEY))
        words = (*self._words, *keys)
        if not values and not any(_may_be_secret(w) or _may_be_spelled(w) for w in words):
            return ()
        from tokcheck.cli.shared.known_secrets import secrets_in  # seldom needed

        return secrets_in(words, values)


def _is_harmless(text: str) -> bool:
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        return False
    low = text.lower()
    is_suspect = any(sign in low for sign in _SIGNS) or _may_be_spelled_otherwise(low)
    return not (is_suspect or _may_be_secret(text))


def _may_be_spelled_otherwise(text: str) -> bool:
    """Return whether a text may write a character as code, HTML, mail or an address does."""
    if "&" in text or "\\" in text:
        return True
    return any(
        _HEXADECIMAL.issuperset(behind[:2]) and len(behind) > 1
        for sign in "%="
        for behind in text.split(sign)[1:]
    )


def _may_be_secret(word: str) -> bool:
    """Return whether a word may hold a secret: a long run of letters and digits that is no name."""
    return len(word) >= _LEAST and any(
        len(run) >= _LEAST and (len(run) >= _CERTAIN or not _is_lower(run))
        for run in word.translate(_SEPARATORS).split()
    )


def _may_be_spelled(word: str) -> bool:
    """Return whether a word may be a secret with separators between its letters, or encoded."""
    if len(word) < _LEAST_SPELLED:
        return False
    if 2 * sum(map(str.isalnum, word)) <= len(word) + 1:
        return True  # as one with a separator behind each character
    digits = sum(map(str.isdigit, word))
    capitals = sum(map(str.isupper, word))
    return digits >= _LEAST_HEXADECIMAL_DIGITS or min(digits, capitals) >= _LEAST_DIGITS


def _is_lower(run: str) -> bool:
    return run.islower() and run.isascii() and not any(map(str.isdigit, run))
