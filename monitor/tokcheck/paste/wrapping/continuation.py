"""Follow a credential of open length over the joints in it, and report whether its end is certain.

Nothing in such a credential marks its end. So what stands behind a joint is judged in three ways:
it is the credential's next piece, it is other text, or it may be either. A credential before
something that may be either is never taken for whole. What decides is the form of the lines: those
of a wrapped text are equally long but for the last one, and its characters look drawn by lot.
"""

import re
from enum import Enum, auto
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import (
    BLANK,
    BREAK,
    CLOSING,
    CONTINUED,
    ENDING,
    KEY,
    OPTION,
    PARAGRAPH,
    SPACE,
    is_key,
    is_option,
    joint_at,
)
from tokcheck.paste.invisible import INVISIBLE, WRITTEN_INVISIBLE
from tokcheck.paste.wrapping.token_lines import BREAKS, LINE, Lines
from tokcheck.paste.wrapping.word_shapes import (
    LEAST_NAME,
    NAME,
    SIMPLE_WORD,
    WORD,
    begins_text,
    is_evident,
    is_plain,
    is_random_line,
    looks_random,
)

# The characters of opaque access tokens, in which full stops stand alone.
BODY = LazyRegex(r"(?:[A-Za-z0-9_-]++|\.(?!\.))++")
# The beginning of another credential, which never continues a token.
_OTHER = ("eyJ", "ya29.", "GOCSPX-", "AIza", "1//0")
_CLIENT_ID = ".apps.googleusercontent."
_LAST_ON_ITS_LINE = LazyRegex(
    rf"{SPACE}*+(?:\Z|{BREAK}|{CLOSING.pattern}|[,;)\]}}]|%(?:25){{0,2}}(?:2[9C]|3B|5D|7D))"
)
_BEHIND_NUMBER = LazyRegex(rf"{SPACE}++(?!\Z|{BREAK})|[:|.)\]]")
_LOOSE = LazyRegex(r"[\s\"'`]*+\Z")
# The marks that close an emphasis, a tag's text or a field of an address.
_CLOSED = LazyRegex(r"[*~<>&]")
# The next word of a line, or the end of a line of one word.
_PROSE = LazyRegex(rf"(?:[,;:]|%(?:25){{0,2}}(?:2C|3[AB]))?{SPACE}++[A-Za-z0-9]")
_ALONE = LazyRegex(rf"[,.;:!?]{{0,3}}(?:\Z|{BREAK})")
_APART = LazyRegex(rf"(?![{INVISIBLE}])(?:{SPACE}|{BREAK})")
_WORD_FIRST = LazyRegex(r"[A-Z]?[a-z]{5}")
_NUMBER = LazyRegex(r"[0-9.-]++")
# Numbers of lines are shorter, those of years are not.
_LEAST_DATE = 4
# Text between a line of a token and the next one that is no joint: the marks of a list, a table or
# a comment, tags, a line's number.
_GAP = LazyRegex(
    rf"""
    (?:
        {BREAK} (?: {BLANK}*+ \d{{1,5}}+ (?=[:|.)\]]?{BLANK}++[A-Za-z0-9_-]) )?+
      | </?[A-Za-z][^<>\r\n]{{0,60}}>
      | {WRITTEN_INVISIBLE} | &(?:[A-Za-z]{{2,8}}|\#\w{{1,6}}); | %(?:25){{0,2}}[0-9A-F]{{2}}
      | \\{{1,4}}(?:[nrt"'/]|u[0-9A-Fa-f]{{4}}|x[0-9A-Fa-f]{{2}})
      | -++ (?={BLANK}) | [^A-Za-z0-9_-]
    ){{1,100}}+
    """,
    re.VERBOSE,
)
# A gap has no break and no tag if only such characters stand in front of the next word.
_NO_GAP = LazyRegex(r"[ !\"#$'()*+,./:;=>?@\[\]^`{|}~-]*+(?:[A-Za-z0-9_]|\Z)")
_TAG = LazyRegex(r"<[A-Za-z/]")
_TAGS = LazyRegex(r">\s*+<[A-Za-z]")
# Google's tokens have at most 2,048 characters.
_LONGEST = 4096
# What joins two string literals, and what only stands between them.
_OPERATOR = LazyRegex(r"[+&.~]|\|\||\.\.|\+\+|<>|%(?:25){0,2}2[6Bb]")
_SEPARATOR = LazyRegex(r"[,;]|%(?:25){0,2}(?:2[Cc]|3[Bb])")


class FollowedToken(NamedTuple):
    """A token's pieces, the joints between them, and the end of the last piece.

    ``unclear`` is whether the token may go on behind that end.
    """

    pieces: list[str]
    joints: tuple[str, ...]
    end: int
    unclear: bool


class _Rest(Enum):
    """What stands behind a joint: the token's next piece, other text, or either."""

    TOKEN = auto()
    OTHER = auto()
    UNCLEAR = auto()


def follow(
    text: str,
    start: int,
    end: int,
    first: str,
    body: LazyRegex | re.Pattern[str] = BODY,
    lines: Lines | None = None,
) -> FollowedToken:
    """Follow the token that begins at ``start``, whose ``first`` piece ends at ``end``.

    ``body`` matches its characters, and ``lines`` are those up to ``end``, if they are several.
    """
    joints: list[str] = []
    pieces = [first]
    lines = lines or Lines(text, start, [len(first)])
    quoted: int | None = None
    judged = end
    rest = _Rest.OTHER
    while joint := joint_at(text, end):
        piece = body.match(text, joint.end())
        if piece is None:
            break
        judged = joint.end()
        if quoted is None:
            quoted = _end_of_quoted(text, end, _open_quote(text, start), lines)
        rest = _judge(text, joint, piece, lines, quoted=piece.end() <= quoted)
        if rest is _Rest.TOKEN and end - start >= _LONGEST:
            rest = _Rest.UNCLEAR
        if rest is not _Rest.TOKEN:
            break
        rest = _Rest.OTHER
        lines.add(joint, len(piece.group()))
        pieces.append(piece.group())
        joints.append(joint.group())
        end = piece.end()
    unclear = rest is _Rest.UNCLEAR or _goes_on(text, end, judged, body, lines)
    return FollowedToken(pieces, tuple(joints), end, unclear)


def _open_quote(text: str, start: int) -> str:
    """Return the quotation mark that opened on the token's line and is not closed before it."""
    before = re.split(r"[\r\n]", text[max(0, start - LINE) : start])[-1]
    marks = [character for character in before if character in "\"'`"]
    if not marks:
        return ""
    return marks[-1] if marks.count(marks[-1]) % 2 else ""


def _end_of_quoted(text: str, end: int, quote: str, lines: Lines) -> int:
    """Return how far the lines of one quoted text reach that can only be the token."""
    until = -1
    last = end + _LONGEST
    first: re.Match[str] | None = None
    while quote and end < last and (joint := joint_at(text, end)):
        piece = None if joint.lastgroup == "literal" else BODY.match(text, joint.end())
        if piece is None or _is_other_text(text, joint, piece):
            break
        if _is_margin(text, piece, lines) or _is_removed(piece, lines):
            break
        # A blank, a word that stands apart or a break of another kind may end the token.
        doubt = (
            joint.lastgroup == "blank"
            or (first is None and lines.one and begins_text(joint, piece))
            or lines.are_wrapped_otherwise(joint, first)
        )
        if doubt and not is_random_line(piece.group()):
            break
        if joint.lastgroup == "wrap" and first is None:
            first = joint
        end = piece.end()
        if text[end : end + 4].lstrip("\\^").startswith(quote):
            until = end
    return until


def _is_other_text(text: str, joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a piece is another credential, an option, or a list's bullet."""
    word = piece.group()
    if text.startswith(_OTHER, piece.start()) or _CLIENT_ID in word or is_option(joint, piece):
        return True
    if not word.strip("."):
        return True
    return not word.strip("-") and _APART.match(text, piece.end()) is not None


def _is_margin(text: str, piece: re.Match[str], lines: Lines) -> bool:
    """Return whether a piece is the number of its line."""
    if not piece.group().isdecimal():
        return False
    return lines.have_number(piece.group()) or (_BEHIND_NUMBER.match(text, piece.end()) is not None)


def _is_removed(piece: re.Match[str], lines: Lines) -> bool:
    """Return whether a piece begins with a hyphen that marks a line, as in a diff."""
    return piece.group().startswith("-") and lines.are_removed()


def _judge(
    text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines, *, quoted: bool
) -> _Rest:
    """Judge the piece behind a joint."""
    word = piece.group()
    if _is_other_text(text, joint, piece):
        header = word.startswith("eyJ") and "." in text[piece.start() : piece.end() + 1]
        chance = OPTION.fullmatch(word) or len(word) <= len("--")
        if word.startswith("eyJ") and not header:
            return _Rest.OTHER if joint.lastgroup == "blank" else _Rest.UNCLEAR
        wide = lines.is_unwrapped if joint.lastgroup == "wrap" else lines.wide
        long = word.startswith("--") and len(word) >= LEAST_NAME
        sure = wide or lines.has_ended or (lines.one and long)
        # Three letters at the beginning of a line that fits may be chance, too.
        fits = not (lines.one or lines.has_ended) and len(word) == lines.widths[-1]
        unclear = fits or (chance and not sure)
        return _Rest.UNCLEAR if unclear and joint.lastgroup != "blank" else _Rest.OTHER
    if quoted or joint.lastgroup == "invisible":
        return _Rest.TOKEN
    seam = _judge_literal(text, joint, piece, lines) if joint.lastgroup == "literal" else None
    if seam is not None:
        return seam
    if _is_removed(piece, lines):
        return _Rest.UNCLEAR
    if CONTINUED.match(joint.group()) and not _is_margin(text, piece, lines):
        return _Rest.TOKEN
    if lines.has_ended:
        doubt = is_random_line(word) or not (lines.certain or is_plain(word))
        return _Rest.UNCLEAR if doubt and joint.lastgroup != "blank" else _Rest.OTHER
    if joint.lastgroup == "blank":
        return _judge_behind_blank(text, piece, lines)
    if lines.one:
        return _judge_second_line(text, joint, piece, lines)
    return _judge_later_line(text, joint, piece, lines)


def _judge_literal(
    text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines
) -> _Rest | None:
    """Judge the piece in the next string literal; ``None`` if the seam does not decide."""
    word = piece.group()
    sign = joint["sign"] or joint["late"] or ""
    if is_key(joint, piece) and not _OPERATOR.fullmatch(sign):
        quote = CLOSING.match(text, piece.end())
        named = quote and NAME.fullmatch(word) and (lines.one or lines.has_ended)
        return _Rest.OTHER if lines.wide or named else _Rest.UNCLEAR
    if _SEPARATOR.fullmatch(sign):
        other = (lines.wide or lines.has_ended) and not is_random_line(word)
        return _Rest.OTHER if other else _Rest.UNCLEAR
    if not ENDING.match(text, piece.end()):
        return _Rest.UNCLEAR
    if _OPERATOR.fullmatch(sign):
        return _Rest.TOKEN
    return None


def _judge_behind_blank(text: str, piece: re.Match[str], lines: Lines) -> _Rest:
    """Judge the piece behind a blank."""
    word = piece.group()
    if not is_random_line(word):
        return _Rest.UNCLEAR if lines.blanks else _Rest.OTHER
    sure = _LAST_ON_ITS_LINE.match(text, piece.end()) and not _WORD_FIRST.match(word)
    return _Rest.TOKEN if sure else _Rest.UNCLEAR


def _judge_second_line(
    text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines
) -> _Rest:
    """Judge the line behind a token's first one, where nothing else shows that it is wrapped."""
    word = piece.group()
    following = text[piece.end() : piece.end() + 1]
    if is_random_line(word):
        return _Rest.UNCLEAR if following and following in ":=@/" else _Rest.TOKEN
    if len(word) > lines.widths[0]:
        return _Rest.UNCLEAR
    if begins_text(joint, piece):
        return _Rest.OTHER if _is_text(text, joint, piece, lines) else _Rest.UNCLEAR
    if _is_margin(text, piece, lines):
        return _Rest.OTHER if lines.is_unwrapped else _Rest.UNCLEAR
    last = _LAST_ON_ITS_LINE.match(text, piece.end())
    if looks_random(word) or len(word) == lines.widths[0]:
        if last or _CLOSED.match(text, piece.end()):
            return _Rest.TOKEN
    elif _LOOSE.match(text, piece.end()) and not WORD.fullmatch(word):
        return _Rest.TOKEN
    return _Rest.OTHER if _is_text(text, joint, piece, lines) else _Rest.UNCLEAR


def _judge_later_line(text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines) -> _Rest:
    """Judge the line behind lines of equal length."""
    word = piece.group()
    if lines.are_wrapped_otherwise(joint) and not is_random_line(word):
        return _Rest.OTHER if is_evident(text, joint, piece) else _Rest.UNCLEAR
    if PARAGRAPH.fullmatch(joint.group()) and not lines.paragraphs:
        return _Rest.UNCLEAR if is_random_line(word) else _Rest.OTHER
    if len(word) > lines.widths[-1]:
        return _Rest.UNCLEAR
    if joint.lastgroup == "literal" or not is_plain(word):
        return _Rest.TOKEN
    if looks_random(word) and len(word) == lines.widths[-1]:
        return _Rest.TOKEN
    date = _NUMBER.fullmatch(word) and len(word) >= _LEAST_DATE
    if date or NAME.fullmatch(word) or _is_margin(text, piece, lines):
        return _Rest.UNCLEAR
    plain = _LAST_ON_ITS_LINE.match(text, piece.end()) or _CLOSED.match(text, piece.end())
    return _Rest.TOKEN if plain else _Rest.UNCLEAR


def _goes_on(
    text: str, end: int, judged: int, body: LazyRegex | re.Pattern[str], lines: Lines
) -> bool:
    """Return whether the token may go on behind marks that are no joint."""
    gap = None if _NO_GAP.match(text, end) else _GAP.match(text, end)
    run = body.match(text, gap.end()) if gap else None
    if gap is None or run is None or run.start() == judged:
        return False
    broken = (BREAKS.search(gap.group()) or _TAGS.search(gap.group())) is not None
    word = run.group()
    if not (broken or _TAG.search(gap.group())):
        return False
    if text.startswith(_OTHER, run.start()) or _CLIENT_ID in word:
        return False
    sure = lines.wide or lines.has_ended or (lines.one and len(word) >= LEAST_NAME)
    if OPTION.fullmatch(word) and sure:
        return False
    if is_random_line(word):
        return True
    if not broken or is_evident(text, gap, run):
        return False
    if lines.one:
        return not lines.wide
    return not lines.has_ended and (looks_random(word) or not NAME.fullmatch(word))


def _is_text(text: str, joint: re.Match[str], piece: re.Match[str], lines: Lines) -> bool:
    """Return whether the line behind a token's first one is other text."""
    if is_evident(text, joint, piece):
        return True
    if lines.is_unwrapped:
        return is_plain(piece.group()) or KEY.match(text, piece.end()) is not None
    if not lines.wide or not SIMPLE_WORD.fullmatch(piece.group()):
        return False
    alone = len(piece.group()) >= LEAST_NAME and _ALONE.match(text, piece.end())
    return bool(alone or _PROSE.match(text, piece.end()))
