"""Decide whether what stands behind a joint is the end of a signature of known length."""

import re

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import (
    ENDING,
    LAST_CHARACTERS,
    PARAGRAPH,
    is_key,
    is_option,
    joint_at,
)
from tokcheck.paste.wrapping.word_shapes import is_irregular

# A word of a sentence, and what shows that it is one.
_WORD = LazyRegex("[A-Za-z]?[a-z]{3,}+")
_PROSE = LazyRegex(r"[,.;:!?)]|\x20+[A-Za-z]?[a-z]")


def completes_signature(
    joint: re.Match[str], piece: re.Match[str], missing: int, length: int
) -> bool:
    """Return whether the piece behind a break, a blank or a seam can belong to the signature."""
    text = piece.string
    size = len(piece.group())
    if size > missing or is_option(joint, piece) or is_key(joint, piece):
        return False
    if _WORD.fullmatch(piece.group()) and (
        joint.lastgroup == "blank"
        or PARAGRAPH.fullmatch(joint.group())
        or _PROSE.match(text, piece.end())
    ):
        return False
    if size < missing:
        return joint_at(text, piece.end()) is not None
    plausible = piece.group()[-1] in LAST_CHARACTERS[length % 4]
    drawn = joint.lastgroup != "blank" and is_irregular(piece.group())
    return plausible and (drawn or ENDING.match(text, piece.end()) is not None)
