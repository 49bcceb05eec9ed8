"""Find the rest of a token behind what a log, a dump or a prompt puts in front of the next line.

A token may be wrapped to any width. So the next characters behind a date, a time, a level or a
file's name may be the token's unless they are a word. Where its line is as wide as texts are
usually wrapped to, they may also stand behind a prompt, and a short word may be the token's.
"""

import re
from collections.abc import Iterator
from itertools import islice

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.wrapping.line_ends import is_last_on_its_line
from tokcheck.paste.wrapping.other_text import begins_other_credential, is_certain, is_word
from tokcheck.paste.wrapping.token_lines import BODY, Lines
from tokcheck.paste.wrapping.word_shapes import is_irregular, looks_random

# Complete opaque tokens are hardly shorter; lines are wrapped to at most this, or to one of these.
_LEAST_WHOLE = 100
_USUAL_WIDTHS = frozenset((100, 120, 128, 132, 160))
_MONTHS = "Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec"
_NUMBER = (
    rf"[+-]?(?:T[+-])?[0-9]+(?:[-:.,/+TZ_]+(?:[0-9]+|(?:{_MONTHS})(?=[/-]))?)*(?:UTC|GMT|m?s)?"
)
# A word of what stands in front of a line: a number or a time, an offset, a mark, a logger's name,
# something in brackets, the end of a prompt.
_OPENING = LazyRegex(
    rf"[\[(<{{]*(?:{_NUMBER}|(?:0x)?[0-9a-f]{{7,16}}:?|{_MONTHS}"
    r"|Mon|Tue|Wed|Thu|Fri|Sat|Sun|[AaPp]\.?[Mm]\.?|UTC|GMT|CES?T|ES?T|PS|In|Out|[FP]|stdout|stderr"
    r"|(?i:trace|debug|info|notice|warn|warning|error|fatal|line|part|page|cont)"
    r")[\])>}:,|.]*"
    r"|(?:[a-z]{1,20}\.){2,8}[A-Za-z]{2,40}|[^\w\s]+|[\[(<{]\S{1,60}[\])>}][:,|]?|\S{1,60}[>$#%|\]\u276f]|\S*:[\\/~]\S*[>$#%\u276f]"
)
# In an opening, these are no token's: the number of a year, and that of a day behind its month.
_YEAR = LazyRegex(r"20[0-9]{2}:?")
_MONTH = LazyRegex(rf"[\[(<]*(?:{_MONTHS})\.?")
_PLAIN = LazyRegex(r"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]+")
# A person's name in front of what was said, and words that name a part of a text.
_SPEAKER = LazyRegex(r"<?[A-Z][a-z]{1,20}>?:")
_PART = LazyRegex(r"(?i:cont(?:inued)?|more|rest|next|then|line|part):")
_WORD = LazyRegex(r"\S+")
_TOKEN_WORD = LazyRegex(r"[\"'`(<\[]*([A-Za-z0-9_.-]+)")
_MOST_WORDS = 12
# What stands in front of a line without a blank: a file's name and a line's number, as grep writes
# them, or the number of syslog.
_GLUED = LazyRegex(
    r"(?![0-9]{2,4}-[0-9])(?=[^\s:]{0,79}[A-Za-z])[^\s:]{1,80}?[:-][0-9]{1,7}[:-](?=\S)|<[0-9]{1,3}>(?=\S)"
    r"|[^\s:]{1,79}\.[A-Za-z]{1,8}:(?=[^\s/])(?![0-9]{1,5}(?![A-Za-z0-9_-]))"
)
# A number alone, which a time begins with as well.
_NUMBER_ALONE = LazyRegex(r"[0-9]{1,7}[:-](?=\S)")
# A prompt, behind which a command stands.
_PROMPT = LazyRegex(r"[^\[(<{]\S*[>$#%\u276f]|[>$#%\u276f]+")
# The name of a program behind that of its host, as in a system's log.
_PROGRAM = LazyRegex(r"\s[\w.@/-]{1,60}(?:\[[0-9]{1,8}\]|(?<=kernel)):(?:\s|\Z)")
# A name with its value behind it.
_NAMED = LazyRegex(r"<?[A-Za-z][a-z]{1,20}>?:\s")
_LETTER = LazyRegex(r"[A-Za-z]")
# Fewer letters look like a word by chance, in front of other text and at the end of a line.
_LEAST_WORD = 4
_LEAST_LAST_WORD = 5


def may_hold_rest(line: str, lines: Lines) -> bool:
    """Return whether the line behind a token's last one may hold its rest behind an opening."""
    if _is_full(lines) and any(
        not is_certain(line, at) for at in _places_behind_openings(line, lines)
    ):
        return True
    if lines.has_ended:
        return False
    glued = _GLUED.match(line)
    if glued is None and not is_certain(line, 0):
        glued = _NUMBER_ALONE.match(line)
    if glued is not None and _may_be_rest(line, glued.end()):
        return True
    front = 0 if glued is None else glued.end()
    behind = line[front:]
    if _NAMED.match(behind):
        return False
    return any(
        _may_be_rest(behind, at)
        for at in _places_behind_openings(behind, lines)
        if not _stands_behind_prompt(behind, at)
    )


def _stands_behind_prompt(line: str, at: int) -> bool:
    words = line[:at].split()
    return bool(words) and _PROMPT.fullmatch(words[-1]) is not None


def _may_be_rest(line: str, at: int) -> bool:
    """Return whether the characters at a place may be a token's rest, of any length."""
    piece = BODY.match(line, at)
    if piece is None or is_certain(line, at) or begins_other_credential(line, at, piece.group()):
        return False
    word, end = piece.group().rstrip("."), piece.end()
    if is_last_on_its_line(line, end):
        return not (is_word(word, _LEAST_LAST_WORD) or word.upper() == "OK")
    if _LETTER.search(word) is None or _PROGRAM.match(line, end):
        return False
    if line[end] in ":=" and not looks_random(word):
        return False
    return not is_word(word, _LEAST_WORD)


def _is_full(lines: Lines) -> bool:
    """Return whether a token's only line is as wide as texts are wrapped to."""
    if not lines.is_single:
        return False
    width = lines.widths[0]
    return width < _LEAST_WHOLE or bool({width, len(lines.before) + width} & _USUAL_WIDTHS)


def _places_behind_openings(line: str, lines: Lines) -> Iterator[int]:
    """Yield where characters of a token stand behind nothing but words of an opening."""
    words = list(islice(_WORD.compiled.finditer(line), _MOST_WORDS))
    opens = [_opens(match.group(), first=not at) for at, match in enumerate(words)]
    for at, match in enumerate(words):
        piece = _TOKEN_WORD.match(line, match.start())
        part = at > 0 and (not opens[at] or _is_loose(words, opens, at))
        if (
            at == 1
            and part
            and piece is not None
            and _names_value(words[0].group(), piece[1], lines)
        ):
            return
        if (
            piece is not None
            and part
            and not begins_other_credential(line, piece.start(1), piece[1])
        ):
            yield piece.start(1)
        if not opens[at]:
            return


def _is_loose(words: list[re.Match[str]], opens: list[bool], at: int) -> bool:
    """Return whether a number may be the token's: it is the last word of its opening."""
    word = words[at].group()
    if at + 1 == len(words):
        return True
    known = _YEAR.fullmatch(word) or _MONTH.fullmatch(words[at - 1].group())
    return not (opens[at + 1] or known or _PLAIN.fullmatch(word) is None)


def _names_value(first: str, word: str, lines: Lines) -> bool:
    """Return whether a line begins with a name of a value, as the token's own line does."""
    if not lines.before.strip() or _SPEAKER.fullmatch(first) is None or _PART.fullmatch(first):
        return False
    return is_word(first.strip("<>:")) and not is_irregular(word)


def _opens(word: str, *, first: bool) -> bool:
    """Return whether a word is a part of what stands in front of a line's text."""
    if _OPENING.fullmatch(word) is not None:
        return True
    if not first:
        return False
    return _SPEAKER.fullmatch(word) is not None or _PART.fullmatch(word) is not None
