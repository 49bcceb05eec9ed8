"""Find what may be the rest of a token behind text that no wrapping leaves.

Such text is no joint, so the token is not joined over it, but it is not called whole either.
"""

import re

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BLANK, BREAK, KEY, OPTION
from tokcheck.paste.invisible import WRITTEN_INVISIBLE
from tokcheck.paste.wrapping.next_piece import begins_other_credential
from tokcheck.paste.wrapping.text_behind import may_go_on
from tokcheck.paste.wrapping.token_lines import BREAKS, LINE, Lines
from tokcheck.paste.wrapping.word_shapes import (
    LEAST_NAME,
    NAME,
    is_drawn,
    is_evident,
    is_random_line,
    looks_random,
)

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
_WORD = LazyRegex(r"[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)*+")
# What may stand behind a token or a part of one on its line.
_TAIL = r"[^A-Za-z0-9_\r\n-]{0,4}+"
_NEXT_LINE = LazyRegex(rf"{_TAIL}(?:(?<=\\)n|[\r\n]++)([^\r\n]{{1,400}})")
# What shows that a word is a value, a part of an address or the rest of another credential.
_VALUE = LazyRegex(r"[A-Za-z_][\"'`]?\s*+[:=][\s\"'`]*+\Z|[/=&?@%\"'`]\Z|://")
_DIGITS = LazyRegex(r"[0-9]++")
_OTHER_START = LazyRegex(r"(?:1(?://|(?:%(?:25)?2F){2})|4(?:/|%(?:25)?2F))\Z")


def goes_on(
    text: str, start: int, end: int, judged: int, body: LazyRegex | re.Pattern[str], lines: Lines
) -> bool:
    """Return whether the token at ``start`` to ``end`` may go on behind other text.

    The piece that begins at ``judged`` was found to be other text.
    """
    if end >= len(text):
        return False
    return (
        _stands_behind_gap(text, end, judged, body, lines)
        or (not lines.has_ended and may_go_on(text, start, end, judged))
        or _stands_in_next_line(text, end, lines)
    )


def _stands_in_next_line(text: str, end: int, lines: Lines) -> bool:
    """Return whether the next line holds what may be the token's, whatever precedes it there."""
    if lines.certain and lines.has_ended:
        return False
    following = _NEXT_LINE.match(text, end)
    if following is None:
        return False
    line = following[1]
    return any(_is_rest(line, word, lines) for word in _WORD.compiled.finditer(line))


def _is_rest(line: str, match: re.Match[str], lines: Lines) -> bool:
    """Return whether a word of the next line may be the token's next piece."""
    word, front = match.group(), line[: match.start()]
    if begins_other_credential(line, match.start(), word) or _OTHER_START.search(front[-LINE:]):
        return False
    if not is_random_line(word):
        return (
            is_drawn(word)
            and not lines.is_unwrapped
            and front.strip() != ""
            and _DIGITS.compiled.sub("0", front) == _DIGITS.compiled.sub("0", lines.before)
        )
    if len(word) in lines.widths:
        return True
    return not (lines.is_unwrapped or lines.has_ended or _VALUE.search(front))


def _stands_behind_gap(
    text: str, end: int, judged: int, body: LazyRegex | re.Pattern[str], lines: Lines
) -> bool:
    """Return whether the token may go on behind marks of a list, a table or a tag."""
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
