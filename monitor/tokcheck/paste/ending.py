"""Whether what stands behind a joint is a signature's end, or the next word of the text."""

import re

from tokcheck.paste.chars import ENDING, JOINT, OPTION
from tokcheck.paste.lazy import Lazy
from tokcheck.paste.part import LAST_CHARACTERS

# A word of a sentence, and what shows that it is one.
_WORD = Lazy("[A-Za-z]?[a-z]{3,}+")
_PROSE = Lazy(r"[,.;:!?)]|\x20+[A-Za-z]?[a-z]")
_PARAGRAPH = Lazy(r"[^\S\n]*+\r?\n(?:[^\S\n]*+\r?\n)++[^\S\n]*+")


def completes(joint: re.Match[str], piece: re.Match[str], missing: int, length: int) -> bool:
    """Tell whether the piece behind a break, a blank or a seam can belong to the signature."""
    text = piece.string
    size = len(piece.group())
    if size > missing or OPTION.fullmatch(piece.group()):
        return False
    if _WORD.fullmatch(piece.group()) and (
        joint.lastgroup == "blank"
        or _PARAGRAPH.fullmatch(joint.group())
        or _PROSE.match(text, piece.end())
    ):
        return False
    if size < missing:
        return JOINT.match(text, piece.end()) is not None
    plausible = piece.group()[-1] in LAST_CHARACTERS[length % 4]
    return plausible and ENDING.match(text, piece.end()) is not None
