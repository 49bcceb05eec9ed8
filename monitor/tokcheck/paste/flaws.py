"""Flaws that signed and opaque tokens share: what is wrong, the reason, and the remedy."""

import unicodedata
from typing import TypeAlias

from tokcheck.core.credential import Flaw
from tokcheck.core.lazy import LazyRegex

# A flaw, a clause that completes "it is incomplete: …" or "it is damaged: …", and a sentence.
Diagnosis: TypeAlias = tuple[Flaw, str, str]

COPY_AGAIN = "Copy the whole token again from where it was issued."
DELETE_LEFTOVERS = "Delete the extra characters, or copy the token again."
KEEP_CASE = "Copy it again without converting it to lower or upper case."

SHORTENED: Diagnosis = (
    Flaw.CUT_OFF,
    "it was shortened with an ellipsis",
    "Copy it from a place that shows it in full.",
)
MAY_GO_ON: Diagnosis = (
    Flaw.CUT_OFF,
    "it may continue in the next line",
    "Copy it again in one line, or paste only the token.",
)
GLUED_PROMPT: Diagnosis = (
    Flaw.DAMAGED,
    "a prompt is glued to its end",
    "Delete the prompt and the first word of it, or copy the token again.",
)
GLUED_BEHIND: Diagnosis = (
    Flaw.DAMAGED,
    "other characters are glued to its end",
    DELETE_LEFTOVERS,
)
CAPITALS_LOST: Diagnosis = (
    Flaw.DAMAGED,
    "its capital letters were changed to lower case",
    KEEP_CASE,
)


def flaw_sentences(flaw: Diagnosis | None) -> str:
    """Return a flaw's reason and remedy as sentences; empty without a flaw."""
    if flaw is None:
        return ""
    _, clause, remedy = flaw
    return f"{clause[0].upper()}{clause[1:]}. {remedy}"


def describe_damage(flaw: Diagnosis) -> str:
    """Return sentences about a credential with a flaw: its state, the reason, and the remedy."""
    _, clause, remedy = flaw
    return f"It is {state_of(flaw[0])}: {clause}. {remedy}"


def state_of(flaw: Flaw) -> str:
    """Return the state of a credential with a flaw, in a word."""
    return "incomplete" if flaw is Flaw.CUT_OFF else "damaged"


def hyphen_became(dash: str) -> Diagnosis:
    """Return the flaw of a token in which an editor replaced a hyphen by ``dash``."""
    return (
        Flaw.DAMAGED,
        f"a text editor turned a hyphen in it into a dash ({dash})",
        "Copy it from where it was issued, not from a formatted document.",
    )


# The names of letters that are taken for those of a token begin so.
_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "FULLWIDTH", "MATHEMATICAL", "ARMENIAN", "REPLACEMENT")


def odd_letter_at(text: str, at: int) -> Diagnosis | None:
    """Return the flaw of a token that a letter ends which no token has."""
    letter = text[at : at + 1]
    if not letter or letter.isascii():
        return None
    name = unicodedata.name(letter, "")
    if not name.startswith(_SCRIPTS) or (letter != "\ufffd" and not letter.isalpha()):
        return None
    words = name.lower()
    return (
        Flaw.DAMAGED,
        f"it contains a character that no token has: {letter} (U+{ord(letter):04X}, {words})",
        "Copy it again from where it was issued, as plain text.",
    )


_GOES_ON = LazyRegex(r"[A-Za-z0-9_-]")


def plain_base64_at(text: str, at: int) -> Diagnosis | None:
    """Return the flaw of a token that continues behind a sign of plain Base64."""
    sign = text[at : at + 1]
    if sign not in {"+", "/", "="} or not _GOES_ON.match(text, at + 1):
        return None
    return (
        Flaw.DAMAGED,
        f"it contains a character that no token has: {sign}, as in plain Base64",
        "Copy it again from where it was issued. Tokens have - and _ in the place of + and /.",
    )


def plus_at(text: str, at: int) -> Diagnosis | None:
    """Return the flaw of a token that continues behind a plus: other signs may begin a value."""
    return plain_base64_at(text, at) if text.startswith("+", at) else None
