"""Follow a credential of open length over the joints in it, and report whether its end is certain.

Nothing in such a credential marks its end. So what stands behind a joint is judged in three ways:
it is the credential's next piece, it is other text, or it may be either. A credential before
something that may be either is never taken for whole.
"""

import re
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import STUCK, joint_at
from tokcheck.paste.wrapping.next_piece import (
    Rest,
    begins_with_word,
    is_opened,
    is_other_text,
    judge,
    stands_apart,
)
from tokcheck.paste.wrapping.openings.enclosures import may_hold_next_line
from tokcheck.paste.wrapping.other_text import is_certain, is_named_value
from tokcheck.paste.wrapping.remainder import may_be_continued
from tokcheck.paste.wrapping.text_behind import line_before, open_quote
from tokcheck.paste.wrapping.token_lines import BODY, BREAKS, Lines
from tokcheck.paste.wrapping.word_shapes import is_random_line

# Google's tokens have at most 2,048 characters.
_LONGEST = 4096
# Characters of tokens that also mark a line, as in a diff, a list or an emphasis.
_MARKS = ({"-"}, {"_"})
# In quotation marks, so many lines may begin with one by chance.
_FEW = 2
# The next line of a list, with a name and another credential.
_NEXT_VALUE = LazyRegex(
    r"[\"']?,?[ \t]{0,8}\r?\n[ \t]{0,40}(?:export[ ])?[\"']?([A-Za-z_][\w.-]{0,60})[\"']?"
    r"[ \t]{0,2}[:=][ \t]{0,2}[\"']?(?:ya29\.|GOCSPX-|1//0|eyJhbGci)[A-Za-z0-9_-]{8}"
)
# The name in front of the first one.
_OWN_NAME = LazyRegex(r"([A-Za-z_][\w.-]{0,60})[\"']?[ \t]{0,2}[:=][ \t]{0,2}[\"']?\Z")
_DIGITS = re.compile(r"[0-9]+")
_STOPS = LazyRegex(r"\.++(?![A-Za-z0-9_-])")
_LEAST_NAME = 3
# A blank, and a mark with a break.
_JOINTS_OF_A_LINE = 2


class FollowedToken(NamedTuple):
    """A token's pieces, the joints between them, and the end of the last piece.

    ``unclear`` is whether the token may continue behind that end.
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
    """Follow the token that begins at ``start``; its ``first`` piece ends at ``end``.

    ``body`` matches its characters, and ``lines`` are those up to ``end``, if they are several.
    """
    if _stands_before_value(text, start, end):
        return FollowedToken([first], (), end, unclear=False)
    joints: list[str] = []
    pieces = [first]
    lines = lines or Lines(text, start, [len(first)])
    quoted: int | None = None
    other_at = end
    rest = Rest.OTHER
    while joint := joint_at(text, end):
        piece = body.match(text, joint.end())
        if piece is None:
            break
        other_at = joint.end()
        if quoted is None:
            quote = open_quote(line_before(text, start))
            quoted = _end_of_quoted(text, end, quote, body, lines)
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
    stuck = not lines.is_single and STUCK.match(text, end) is not None
    unclear = (
        stuck
        or rest is Rest.UNCLEAR
        or _have_full_stops(pieces)
        or _has_stops_behind(text, end)
        or _breaks_otherwise(text, end, joints, pieces[-1])
        or _have_marks(pieces, joints, quoted=quoted == end)
        or may_be_continued(text, start, end, other_at, body, lines)
        or (not (lines.is_certain and lines.has_ended) and may_hold_next_line(text, start, end))
    )
    return FollowedToken(pieces, tuple(joints), end, unclear)


def _stands_before_value(text: str, start: int, end: int) -> bool:
    """Return whether the next line of a list has a name and another credential.

    A last line of the token in front of a colon is none: the name is made of words, or it is that
    of the token but for its digits.
    """
    following = _NEXT_VALUE.match(text, end)
    if following is None:
        return False
    if is_named_value(text, following.start(1)):
        return True
    own = _OWN_NAME.search(line_before(text, start))
    name = _DIGITS.sub("", following[1])
    return own is not None and len(name) >= _LEAST_NAME and _DIGITS.sub("", own[1]) == name


def _has_stops_behind(text: str, end: int) -> bool:
    """Return whether more full stops follow over joints than a sentence or an ellipsis has.

    Tokens of Google's service accounts end in a row of them.
    """
    own = _STOPS.match(text, end)
    at = behind = end if own is None else own.end()
    for _ in range(_JOINTS_OF_A_LINE):
        joint = joint_at(text, behind)
        behind = behind if joint is None else joint.end()
    stops = _STOPS.match(text, behind) if behind > at else None
    return stops is not None and at - end + len(stops.group()) > len("...")


def _have_full_stops(pieces: list[str]) -> bool:
    """Return whether a full stop stands behind a joint, as in a text; few tokens have one."""
    return any("." in piece.rstrip(".") for piece in pieces[1:])


def _breaks_otherwise(text: str, end: int, joints: list[str], last: str) -> bool:
    """Return whether a short last line ends in another way than the one before it, inside a text.

    Then the text may have lines of its own, and the token none.
    """
    if not joints or is_random_line(last):
        return False
    first, behind = BREAKS.search(joints[-1]), BREAKS.match(text, end)
    if first is None or behind is None or behind.end() == len(text):
        return False
    return first.group() != behind.group()


def _have_marks(pieces: list[str], joints: list[str], *, quoted: bool) -> bool:
    """Return whether each line begins or ends with a character that may be a mark around it."""
    if not joints or not all(BREAKS.compiled.fullmatch(joint.strip(" \t")) for joint in joints):
        return False
    heads = {piece[0] for piece in pieces[1:]}
    if heads == {"."}:
        return True
    hyphens = all(piece.endswith("-") for piece in pieces[:-1])
    # One underscore at the end of one line is a character of the token's.
    underscores = all(piece.endswith("_") for piece in pieces[:-1])
    underscores = underscores and (len(joints) > 1 or pieces[0].endswith("__"))
    return (hyphens or underscores or heads in _MARKS) and not (quoted and len(joints) <= _FEW)


def _end_of_quoted(
    text: str, end: int, quote: str, body: LazyRegex | re.Pattern[str], lines: Lines
) -> int:
    """Return how far the lines of one quoted text reach that can only be the token."""
    until = -1
    last = end + _LONGEST
    first: re.Match[str] | None = None
    lines = lines.copy()
    while quote and end < last and (joint := joint_at(text, end)):
        piece = None if joint.lastgroup == "literal" else body.match(text, joint.end())
        if piece is None or is_other_text(text, joint, piece):
            break
        if lines.is_margin(text, piece) or lines.begins_with_mark(text, piece):
            break
        if is_opened(text, joint, piece):
            break
        # A blank, a word that stands apart or a break of another kind may end the token.
        doubt = (
            joint.lastgroup == "blank"
            or (first is None and lines.is_single and stands_apart(joint, piece))
            or lines.are_wrapped_otherwise(joint, first)
            or (joint.lastgroup != "literal" and is_certain(text, piece.start()))
        )
        if doubt and (not is_random_line(piece.group()) or begins_with_word(joint, piece)):
            break
        # Behind a shorter line stands a text of its own, or the lines are not of one length.
        if joint.lastgroup == "wrap" and lines.has_ended:
            break
        if joint.lastgroup == "wrap" and first is None:
            first = joint
        lines.add(joint, len(piece.group()))
        end = piece.end()
        if text[end : end + 4].lstrip("\\^").startswith(quote):
            until = end
    return until
