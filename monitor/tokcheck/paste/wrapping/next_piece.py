"""Judge what stands behind a joint: a credential's next piece, other text, or either.

The form of the lines decides: those of a wrapped text are equally long but for the last one, and
its characters look random.
"""

import re
from enum import Enum, auto

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import (
    CLOSING,
    CONTINUED,
    ENDING,
    OPTION,
    PARAGRAPH,
    is_key,
    is_option,
)
from tokcheck.paste.notations.neighbours import are_one_value
from tokcheck.paste.wrapping.line_ends import (
    CLOSED,
    LAST_ON_ITS_LINE,
    is_last_on_its_line,
    is_text,
    may_follow_short_line,
)
from tokcheck.paste.wrapping.openings.glued_prompt import is_prompt
from tokcheck.paste.wrapping.other_text import (
    begins_other_credential,
    is_argument,
    is_certain,
    is_option_name,
    is_word,
    may_begin_other_credential,
)
from tokcheck.paste.wrapping.token_lines import APART, BREAKS, Lines
from tokcheck.paste.wrapping.word_shapes import (
    NAME,
    begins_text,
    is_evident,
    is_irregular,
    is_plain,
    is_random_line,
    looks_random,
)

# The rest of a prompt, in front of what was entered behind it.
_PROMPT_END = LazyRegex(
    r"[^\r\n\"'`]{0,40}?[\"'`]?[>|$#%?:)\]\u276f][\"'`]?[\x20\t]{0,8}[\"'`]?[A-Za-z0-9_-]"
)
_WORD_BEHIND = LazyRegex(r"[ \t]{1,16}[A-Za-z0-9_-]")
_LOOSE = LazyRegex(r"[\s\"'`]*+\Z")
# Line breaks that hardly a program writes.
_UNUSUAL = LazyRegex(r"[\x0b\x0c\x1c-\x1f\x85]|(?:u00|x|%)(?:0[BbCc]|1[C-Fc-f]|85)")
# A line break, and one as a string or an address writes it: its sign may be a mark of the line.
_MIXED = LazyRegex(r"[\r\n]\s*+(?:\\\\?[a-z]|%(?:25){0,2}[01][0-9A-Fa-f])")
_WORD_LENGTH = 5
_WORD_FIRST = LazyRegex(rf"[a-z]{{{_WORD_LENGTH}}}|[A-Z][a-z]{{{_WORD_LENGTH}}}")
_NUMBER = LazyRegex(r"[0-9.-]++")
# Numbers of lines are shorter, those of years are not.
_LEAST_DATE = 4
# Of a line in quoted-printable in front of the sign that continues it (RFC 2045, 6.7).
_MAIL_WIDTH = 75
# Behind a line that is longer than wrapped ones, fewer drawn characters are a value of their own.
_LEAST_REST = 7
# The operators that join two string literals, and the signs that only separate them.
_OPERATOR = LazyRegex(r"[+&.~]|\|\||\.\.|\+\+|<>|%(?:25){0,2}2[6Bb]|\\{1,3}u002[6Bb]|&[a-z#].*;")
_SEPARATOR = LazyRegex(r"[,;]|%(?:25){0,2}(?:2[Cc]|3[Bb])")


class Rest(Enum):
    """The text behind a joint: the token's next piece, other text, or either."""

    TOKEN = auto()
    OTHER = auto()
    UNCLEAR = auto()


def stands_apart(joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a piece begins other text, or stands behind two breaks of different kinds."""
    breaks = {match.group() for match in BREAKS.compiled.finditer(joint.group())}
    return len(breaks) > 1 or begins_text(joint, piece)


def judge(
    text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines, *, quoted: bool
) -> Rest:
    """Judge the piece behind a joint."""
    if is_other_text(text, joint, piece):
        return _judge_other_text(text, joint, piece, lines)
    if quoted or joint.lastgroup == "invisible":
        return Rest.TOKEN
    seam = _judge_literal(text, joint, piece, lines) if joint.lastgroup == "literal" else None
    if seam is not None:
        return seam
    if lines.begins_with_mark(text, piece) or _MIXED.search(joint.group()):
        return Rest.UNCLEAR
    if CONTINUED.match(joint.group()) and not lines.are_broken_plainly:
        continued = _judge_continued(text, joint, piece, lines)
        if continued is not None:
            return continued
    if lines.has_ended:
        doubt = may_follow_short_line(text, joint, piece, lines)
        return Rest.UNCLEAR if doubt and joint.lastgroup != "blank" else Rest.OTHER
    if joint.lastgroup == "blank":
        return _judge_behind_blank(text, joint, piece, lines)
    if lines.is_single:
        return _judge_second_line(text, joint, piece, lines)
    return _judge_later_line(text, joint, piece, lines)


def _judge_continued(
    text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines
) -> Rest | None:
    """Judge the piece in a line that a mark continues; ``None`` for the number of a line."""
    if joint.group().startswith("=") and lines.last_length == _MAIL_WIDTH:
        # The line of a mail continues directly behind the break.
        return Rest.TOKEN if joint.group().endswith("\n") else Rest.OTHER
    closes = joint.lastgroup != "literal" and joint.group().startswith("`")
    if closes and lines.before.count("`") % 2:
        # It closes the token's own quotation, and continues no line of PowerShell.
        return Rest.OTHER
    if lines.is_margin(text, piece):
        return None
    opened = _is_prompt(text, joint, piece) or is_opened(text, joint, piece)
    # A mark of which no beginning was copied, or one at the end of another text's line.
    ends = closes or (joint.group()[0] in "\\^" and is_certain(text, piece.start()))
    closed = lines.is_single and is_plain(piece.group()) and ends
    return Rest.UNCLEAR if opened or closed else Rest.TOKEN


def _judge_other_text(text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines) -> Rest:
    """Judge what has the form of other text, which a few characters also have by chance."""
    word = piece.group()
    if not word.strip(".") or text.startswith("1//0", piece.start()):
        return Rest.OTHER
    if _begins_by_chance(text, joint, piece, lines):
        return Rest.UNCLEAR
    option = OPTION.fullmatch(word) is not None
    if option and is_prompt(text, piece.start(), piece.end()):
        return Rest.UNCLEAR  # the token's last characters, to which the prompt is glued
    named = len(word) > len("-xx") and is_option_name(word)
    chance = len(word) <= len("--") or (option and not named)
    if joint.lastgroup == "blank":
        argument = is_argument(text, piece, joint.group())
        return Rest.UNCLEAR if chance and not argument else Rest.OTHER
    if word.startswith("eyJ") and "." not in text[piece.start() : piece.end() + 1]:
        return Rest.UNCLEAR
    wide = lines.is_unwrapped if joint.lastgroup == "wrap" else lines.is_wide
    sure = (wide and is_argument(text, piece, " ")) or lines.has_ended
    # Three letters at the beginning of a line that fits may be chance, too.
    fits = not (lines.is_single or lines.has_ended) and len(word) == lines.widths[-1]
    return Rest.UNCLEAR if fits or (chance and not sure) else Rest.OTHER


def _begins_by_chance(text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines) -> bool:
    """Return whether a line of the token may begin as another credential does."""
    if not may_begin_other_credential(text, piece.start()):
        return False
    if lines.has_ended or lines.is_unwrapped:
        return False
    size = len(piece.group())
    # Only the first line may be shorter: other text stands in front of the token there.
    longest = lines.widths[-1] + (len(lines.before) if lines.is_single else 0)
    if begins_other_credential(text, piece.start(), piece.group()):
        return size in {lines.widths[-1], longest}
    return joint.lastgroup != "wrap" or size <= longest


def _judge_literal(
    text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines
) -> Rest | None:
    """Judge the piece in the next string literal; ``None`` if the seam does not decide."""
    word = piece.group()
    sign = joint["sign"] or joint["late"] or ""
    if is_key(joint, piece) and not _OPERATOR.fullmatch(sign):
        if not CLOSING.match(text, piece.end()):
            return Rest.UNCLEAR
        named = NAME.fullmatch(word) and (lines.is_single or lines.has_ended)
        return Rest.OTHER if lines.is_wide or named else Rest.UNCLEAR
    if _SEPARATOR.fullmatch(sign):
        other = (lines.is_wide or lines.has_ended) and not is_random_line(word)
        return Rest.OTHER if other else Rest.UNCLEAR
    if not ENDING.match(text, piece.end()):
        return Rest.UNCLEAR
    if _OPERATOR.fullmatch(sign) or (not sign and are_one_value(lines.before, text, piece.end())):
        return Rest.TOKEN
    return None


def _is_prompt(text: str, joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a piece may be a word of the prompt in front of a continued line."""
    if not _PROMPT_END.match(text, piece.end()):
        return False
    return not is_random_line(piece.group()) and joint.lastgroup != "literal"


def begins_with_word(joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a word stands apart, to which other characters are glued."""
    apart = joint.lastgroup == "blank" or PARAGRAPH.fullmatch(joint.group())
    first = _WORD_FIRST.match(piece.group()) if apart else None
    return first is not None and is_word(first.group(), _WORD_LENGTH)


def _judge_behind_blank(
    text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines
) -> Rest:
    """Judge the piece behind a blank."""
    word = piece.group()
    if not is_random_line(word):
        other = is_certain(text, piece.start()) and not lines.blanks
        return Rest.OTHER if other else Rest.UNCLEAR
    # Two values stand beside each other more often than one token is torn once; and a tab stands
    # between the columns of a table.
    if lines.is_single or "\t" in joint.group() or begins_with_word(joint, piece):
        return Rest.UNCLEAR
    return Rest.TOKEN if LAST_ON_ITS_LINE.match(text, piece.end()) else Rest.UNCLEAR


def _judge_second_line(text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines) -> Rest:
    """Judge the line behind a token's first one, where nothing else shows that it is wrapped."""
    word = piece.group()
    following = text[piece.end() : piece.end() + 1]
    if lines.is_rarely_wrapped and not _LOOSE.match(text, piece.end()):
        return Rest.OTHER if is_text(text, joint, piece) else Rest.UNCLEAR
    if is_random_line(word):
        valued = following and following in ":=@/"
        return Rest.UNCLEAR if valued or begins_with_word(joint, piece) else Rest.TOKEN
    if len(word) > lines.widths[0]:
        return Rest.UNCLEAR
    apart = PARAGRAPH.fullmatch(joint.group()) and not _LOOSE.match(text, piece.end())
    if apart or stands_apart(joint, piece):
        return Rest.OTHER if is_text(text, joint, piece) else Rest.UNCLEAR
    if lines.is_margin(text, piece):
        return Rest.OTHER if is_certain(text, piece.start()) else Rest.UNCLEAR
    # Any other short line behind a full one may be text as well.
    drawn = is_irregular(word) and not (lines.is_rarely_wrapped and len(word) < _LEAST_REST)
    if (drawn or len(word) == lines.widths[0]) and (
        LAST_ON_ITS_LINE.match(text, piece.end())
        or (CLOSED.match(text, piece.end()) and not _UNUSUAL.search(joint.group()))
    ):
        return Rest.TOKEN
    return Rest.OTHER if is_text(text, joint, piece) else Rest.UNCLEAR


def _judge_later_line(text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines) -> Rest:
    """Judge the line behind lines of equal length."""
    word = piece.group()
    if lines.are_wrapped_otherwise(joint) and not is_random_line(word):
        return Rest.OTHER if is_evident(text, joint, piece) else Rest.UNCLEAR
    if PARAGRAPH.fullmatch(joint.group()) and not lines.paragraphs:
        return Rest.UNCLEAR if is_random_line(word) else Rest.OTHER
    if len(word) > lines.widths[-1]:
        return Rest.UNCLEAR
    full = len(word) == lines.widths[-1]
    if (
        joint.lastgroup == "literal"
        or is_irregular(word, expected=lines.is_certain)
        or (full and looks_random(word))
    ):
        return Rest.TOKEN
    if not full:
        return Rest.UNCLEAR
    date = _NUMBER.fullmatch(word) and len(word) >= _LEAST_DATE
    if date or NAME.fullmatch(word) or lines.is_margin(text, piece):
        return Rest.UNCLEAR
    return Rest.TOKEN if is_last_on_its_line(text, piece.end()) else Rest.UNCLEAR


def is_other_text(text: str, joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a piece is another credential, an option, or a list's bullet."""
    word = piece.group()
    if begins_other_credential(text, piece.start(), word):
        return True
    if may_begin_other_credential(text, piece.start()):
        return joint.lastgroup != "invisible"
    if joint.lastgroup == "invisible":
        return False
    if is_option(joint, piece):
        return True
    if not word.strip("."):
        return True
    return not word.strip("-") and APART.match(text, piece.end()) is not None


def is_opened(text: str, joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a piece at the beginning of a line is a word in front of others."""
    if joint.lastgroup != "wrap" or is_random_line(piece.group()):
        return False
    return _WORD_BEHIND.match(text, piece.end()) is not None
