"""Clean the secret of an application, from whatever channel it comes. Pure.

Variables, files and prompts all carry what does not belong to a secret: ``docker --env-file`` keeps
the quotes of a value, files and secret stores end in a line break, and clipboards add characters
that no screen shows. A provider answers such a secret with *invalid client*. So every command
cleans a secret with the one function here, and says what it removed.
"""

from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret
from tokcheck.paste.invisible import strip_invisible

_QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}",
    "\N{LEFT SINGLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}",
}
# As two characters each, which some shells and templates leave: no secret has a backslash.
_WRITTEN_BREAKS = ("\\n", "\\r")
_SHORTEST_QUOTED = 2


class CleanText(NamedTuple):
    """A text without what does not belong to it, and the names of what was removed."""

    text: str
    removed: tuple[str, ...]

    def note(self, what: str) -> str:
        """Return the sentence about what was removed, or nothing; ``what`` is its subject."""
        if not self.removed:
            return ""
        *first, last = self.removed
        names = f"{', '.join(first)} and {last}" if first else last
        return f"{what} was read without the {names} around it."


class CleanSecret(NamedTuple):
    """A client secret, and the sentence about what was removed from it; empty if nothing was."""

    secret: Secret
    note: str


def clean_client_secret(text: str, where: str) -> CleanSecret:
    """Return the client secret in a text that comes from ``where``, as ``the prompt``.

    :raises UsageError: if no request can carry it; the text of the secret is not repeated.
    """
    clean = clean_text(text)
    if not is_token_text(clean.text):
        raise UsageError(
            f"The client secret from {where} is empty, or contains spaces or other characters that "
            "no secret has.",
            "Copy it again from the application's registration.",
        )
    return CleanSecret(Secret(clean.text), clean.note(f"The client secret from {where}"))


def clean_text(text: str) -> CleanText:
    """Remove quotes, line breaks, spaces and invisible characters around a text."""
    removed: dict[str, None] = {}
    while True:
        before = text
        visible = strip_invisible(text)
        if visible != text:
            removed["invisible characters"] = None
        text = visible.strip()
        around = visible.replace(text, "", 1)
        if text.endswith(_WRITTEN_BREAKS):
            text, around = text[:-2], "\n"
        if "\n" in around or "\r" in around:
            removed["line break"] = None
        elif around:
            removed["spaces"] = None
        if len(text) >= _SHORTEST_QUOTED and _QUOTES.get(text[0]) == text[-1]:
            removed["quotes"] = None
            text = text[1:-1]
        if text == before:
            return CleanText(text, tuple(removed))


def is_token_text(text: str) -> bool:
    """Return whether a request can carry a text: visible ASCII characters, at least one."""
    return bool(text) and all("!" <= letter <= "~" for letter in text)
