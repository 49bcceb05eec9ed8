"""Whether what stands behind a joint is a signature's end, or the next word of the text."""

import re

from tokcheck.lazy import Lazy
from tokcheck.paste.chars import ENDING, JOINT, KEY, OPTION
from tokcheck.paste.part import LAST_CHARACTERS

# A word of a sentence, and what shows that it is one.
_WORD = Lazy("[A-Za-z]?[a-z]{3,}+")
_PROSE = Lazy(r"[,.;:!?)]|\x20+[A-Za-z]?[a-z]")
_PARAGRAPH = Lazy(r"[^\S\n]*+\r?\n(?:[^\S\n]*+\r?\n)++[^\S\n]*+")


def completes(joint: re.Match[str], piece: re.Match[str], missing: int, length: int) -> bool:
    """Tell whether the piece behind a break, a blank or a seam can belong to the signature."""
    text = piece.string
    size = len(piece.group())
    if size > missing or is_option(joint, piece) or is_key(joint, piece):
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


def is_key(joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Tell whether a piece is the name of a value, as in JSON."""
    return joint.lastgroup == "literal" and KEY.match(piece.string, piece.end()) is not None


def is_option(joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Tell whether a piece is an option of a command line; two characters alone may be chance."""
    if joint.lastgroup == "literal" or not OPTION.fullmatch(piece.group()):
        return False
    following = piece.string[piece.end() : piece.end() + 1]
    if following in {'"', "'"}:
        return False
    blank = following in {" ", "\t"}
    return len(piece.group()) > len("-X") or blank or joint.lastgroup == "blank"
