"""Follow a credential of open length over the joints in it, and report whether its end is certain.

Nothing in such a credential marks its end. So what stands behind a joint is judged in three ways:
it is the credential's next piece, it is other text, or it may be either. A credential before
something that may be either is never taken for whole.
"""

import re
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BLANK, BREAK, KEY, OPTION, STUCK, joint_at
from tokcheck.paste.invisible import WRITTEN_INVISIBLE
from tokcheck.paste.wrapping.next_piece import (
    Rest,
    begins_other_credential,
    is_margin,
    is_other_text,
    is_removed,
    judge,
    stands_apart,
)
from tokcheck.paste.wrapping.token_lines import BREAKS, LINE, Lines
from tokcheck.paste.wrapping.word_shapes import (
    LEAST_NAME,
    NAME,
    is_evident,
    is_random_line,
    looks_random,
)

# The characters of opaque access tokens, in which full stops stand alone.
BODY = LazyRegex(r"(?:[A-Za-z0-9_-]++|\.(?!\.))++")
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


class FollowedToken(NamedTuple):
    """A token's pieces, the joints between them, and the end of the last piece.

    ``unclear`` is whether the token may go on behind that end.
    """

    pieces: list[str]
    joints: tuple[str, ...]
    end: int
    unclear: bool


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
    rest = Rest.OTHER
    while joint := joint_at(text, end):
        piece = body.match(text, joint.end())
        if piece is None:
            break
        judged = joint.end()
        if quoted is None:
            quoted = _end_of_quoted(text, end, _open_quote(text, start), lines)
        rest = judge(text, joint, piece, lines, quoted=piece.end() <= quoted)
        if rest is Rest.TOKEN and end - start >= _LONGEST:
            rest = Rest.UNCLEAR
        if rest is not Rest.TOKEN:
            break
        rest = Rest.OTHER
        lines.add(joint, len(piece.group()))
        pieces.append(piece.group())
        joints.append(joint.group())
        end = piece.end()
    # Part of a line is no line of a token.
    stuck = not lines.one and STUCK.match(text, end) is not None
    unclear = stuck or rest is Rest.UNCLEAR or _goes_on(text, end, judged, body, lines)
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
        if piece is None or is_other_text(text, joint, piece):
            break
        if is_margin(text, piece, lines) or is_removed(piece, lines):
            break
        # A blank, a word that stands apart or a break of another kind may end the token.
        doubt = (
            joint.lastgroup == "blank"
            or (first is None and lines.one and stands_apart(joint, piece))
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
    if begins_other_credential(text, run.start(), word):
        return False
    sure = lines.wide or lines.has_ended or (lines.one and len(word) >= LEAST_NAME)
    if OPTION.fullmatch(word) and sure:
        return False
    if is_random_line(word):
        return True
    if not broken or is_evident(text, gap, run):
        return False
    name = NAME.fullmatch(word) is not None
    if lines.one:
        alike = looks_random(word) and not name and "." not in word
        key = KEY.match(text, run.end()) is not None
        return not lines.wide or (alike and not key and not lines.is_unwrapped)
    return not lines.has_ended and (looks_random(word) or not name)
