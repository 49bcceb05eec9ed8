"""Find what may be the rest of a token behind text that no wrapping leaves.

Such text is no joint, so the token is not joined over it, but it is not called whole either.
"""

import re

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BLANK, BREAK, KEY, OPTION
from tokcheck.paste.invisible import WRITTEN_INVISIBLE
from tokcheck.paste.notations.entities import ENTITY_QUOTE
from tokcheck.paste.notations.program_signs import plain_program
from tokcheck.paste.wrapping.joined_names import is_joined_by_name, may_name_parts
from tokcheck.paste.wrapping.logged_rest import may_hold_rest
from tokcheck.paste.wrapping.openings.line_openings import similar_opening_length
from tokcheck.paste.wrapping.other_text import begins_other_credential, is_certain
from tokcheck.paste.wrapping.text_behind import may_continue
from tokcheck.paste.wrapping.token_lines import BREAKS, LINE, Lines
from tokcheck.paste.wrapping.word_shapes import (
    LEAST_NAME,
    NAME,
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
      | -++ (?={BLANK}|{BREAK}) | [^A-Za-z0-9_-]
    ){{1,100}}+
    """,
    re.VERBOSE,
)
# A gap has no break and no tag if only such characters stand in front of the next word.
_NO_GAP = LazyRegex(r"[ !\"#$'()*+,./:;=>?@\[\]^`{|}~-]*+(?:[A-Za-z0-9_]|\Z)")
_TAG = LazyRegex(r"<[A-Za-z/]")
_TAGS = LazyRegex(r">\s*+<[A-Za-z]")
_WORD = LazyRegex(r"[A-Za-z0-9_-]++(?:\.[A-Za-z0-9_-]++)*+")
# The text that may follow a token or a part of one on its line.
_TAIL = (
    rf"(?:(?!{BREAK})(?:\x1b\[[0-9;?]{{0,12}}[A-Za-z]"
    r"|[^A-Za-z0-9_\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029-])){0,4}+"
)
_END = "\\r\\n\\x0b\\x0c\\x1c-\\x1e\\x85\\u2028\\u2029"
_NEXT_LINE = LazyRegex(rf"{_TAIL}(?:{BREAK}|[{_END}])++([^{_END}]{{1,400}})")
_SHORT_REST = LazyRegex(rf"[^{_END}]{{0,24}}[{_END}]++([^{_END}]{{1,400}})")
# The prefix that programs write in front of each line of a log, even of a continued one.
_LOGGED = LazyRegex(
    r"(?:\b(?i:error|err|info|warn(?:ing)?|debug|fatal|notice|critical|verbose|remote|stderr"
    r"|stdout|kernel|log|output|message|msg)\b[\]):=]?[\s\"']{0,4}"
    r"|\b(?:INFO|ERROR|WARN|WARNING|DEBUG|TRACE|FATAL):[\w.]{1,40}:\s?|\]:?\s)\Z"
)
_COLOUR = LazyRegex(r"\x1b\[[0-9;]{0,12}m")
# The end of a literal, what joins it to the next one, and that one's first characters; a short
# literal may stand between, as that of a line break.
_NEXT_LITERAL = LazyRegex(
    r"""\\{0,3}(?P<quote>["'`])
    (?P<seam>
        [^"'`]{0,60}? (?:["'`][^"'`]{0,16}["'`][^"'`]{0,20}?)?
      | [^"'`]{0,20} (?:`[rn]){1,2} [^"'`]{0,20} | [^"'`]{0,60} ["'`][>\#*][ ]
    )
    [rRbBfFuUL$@]{0,2}\\{0,3}(?P=quote)(?P<rest>[A-Za-z0-9_-]++)""",
    re.VERBOSE,
)
# The separators of two values, the mark of an option, the signs of an assignment.
_SEPARATOR = LazyRegex(
    r"\s*(?:[,;:=)\]}>?]|[!=]=|[-=]>|--?[A-Za-z]|/>|</|and\b|or\b|in\b|is\b|if\b|\n\s*[A-Za-z_$@{[(<]"
    r"|[A-Za-z_][\w.-]*\s*[:=])"
)
_JOINED = LazyRegex(r"[)\]]\s*(?:[+&~|]|\.\.|<<)\s*\(")
# The signs around a value, a part of an address or the rest of another credential.
_VALUE = LazyRegex(r"[A-Za-z_][\"'`]?\s*+[:=][\s\"'`]*+\Z|[/=&?@%\"'`]\Z|://")
# The variable of a line in a file of settings or a shell script.
_ASSIGNMENT = LazyRegex(r"\s*+(?:(?:export|set)\s+)?+(?:\$env:)?+([A-Za-z_]\w{2,80})\s?=\s?[\"']?")
_QUOTES = "\"'`"
# The end of a literal in the notation of another text, and how much of that is read on each side.
_CLOSED = LazyRegex(rf"\\{{1,7}}(?:[\"'`]|u002[27])|\\{{0,7}}{ENTITY_QUOTE}|'[;)]?\s?\\n")
_PROGRAM = 1_000
_NAMED = LazyRegex(
    r"[A-Za-z0-9_]\s{0,4}:?[:=]\s{0,4}[^A-Za-z0-9_\s]{0,8}(?:u002[27]|#|&|amp;|quot;|apos;|x?\d\d;){0,6}\Z"
)
_NEAR = 40
# The text between the literals of a list or an object, behind the first one's mark.
_BETWEEN = " \t\r\n,:{}[]"
_FAR = 160
_CLOSING = " \t\"'`\\^=+|,;.)>&"
_OTHER_START = LazyRegex(r"(?:1(?://|(?:%(?:25)?2F){2})|4(?:/|%(?:25)?2F))\Z")


def may_be_continued(
    text: str, start: int, end: int, other_at: int, body: LazyRegex | re.Pattern[str], lines: Lines
) -> bool:
    """Return whether the token at ``start`` to ``end`` may continue behind other text.

    The piece that begins at ``other_at`` was found to be other text.
    """
    if end >= len(text):
        return False
    return (
        _stands_behind_gap(text, end, other_at, body, lines)
        or (not lines.has_ended and may_continue(text, start, end, other_at))
        or _stands_in_next_line(text, end, lines)
        or (not lines.has_ended and _stands_in_next_literal(text, end, lines))
        or _is_joined(text, start, end)
        or is_joined_by_name(text, start, end)
        or _is_joined_in_program(text, start, end)
    )


def _is_joined_in_program(text: str, start: int, end: int) -> bool:
    """Return whether a program that another text quotes may join more to a literal of it."""
    if _CLOSED.match(text, end) is None:
        return False
    is_named = _NAMED.search(text[max(0, start - _NEAR) : start]) is not None
    # The names of an expression stand further away.
    reach = _PROGRAM if is_named else _FAR
    first = max(0, start - (reach if is_named else _NEAR))
    program = plain_program(text[first : end + reach], 0, None, quotes_inside=False)
    start, end = program.find_place(start - first), program.find_place(end - first)
    return _is_joined(program.text, start, end) or (
        is_named and is_joined_by_name(program.text, start, end)
    )


def _is_joined(text: str, start: int, end: int) -> bool:
    first = text[end : end + 1]
    behind = text[end + 1 : end + _FAR]
    # A list or an object continues, or plain text.
    if first in _QUOTES:
        if not behind.partition(first)[0].strip(_BETWEEN):
            return False
    elif first not in "\\)" and "=" not in behind and "\\" not in behind:
        return False
    from tokcheck.paste.wrapping.joined_code import is_joined  # noqa: PLC0415 - seldom needed

    return is_joined(text, start, end)


def _stands_in_next_line(text: str, end: int, lines: Lines) -> bool:
    """Return whether the next line holds what may be the token's, whatever precedes it there."""
    if lines.is_certain and lines.has_ended:
        return False
    following = _NEXT_LINE.match(text, end)
    if following is not None:
        line = following[1]
        if may_hold_rest(line, lines):
            return True
        if any(_is_rest(line, word, lines) for word in _WORD.compiled.finditer(line)):
            return True
    return not lines.has_ended and _stands_in_line_after(text, end, following, lines)


def _stands_in_line_after(
    text: str, end: int, following: re.Match[str] | None, lines: Lines
) -> bool:
    """Return whether the token continues behind a page's number or what a pager shows."""
    behind = _NEXT_LINE.match(text, following.end()) if following else _SHORT_REST.match(text, end)
    word = None if behind is None else _WORD.match(behind[1].strip(_CLOSING))
    if word is None or not is_random_line(word.group()):
        return False
    if begins_other_credential(word.string, 0, word.group()):
        return False
    alone = word.end() == len(word.string)
    bare = not (lines.before.strip() or lines.is_rarely_wrapped)
    return (alone and bare) or len(word.group()) in lines.widths


def _is_rest(line: str, match: re.Match[str], lines: Lines) -> bool:
    """Return whether a word of the next line may be the token's next piece."""
    word, front = match.group(), line[: match.start()]
    if begins_other_credential(line, match.start(), word) or _OTHER_START.search(front[-LINE:]):
        return False
    if lines.is_single and _are_two_variables(lines.before, front):
        return False
    alone = match.end() == len(line.rstrip(_CLOSING))
    if front.strip() and similar_opening_length(lines.before, 0, len(lines.before), front):
        # The line begins as the token's own one does.
        if is_random_line(word):
            return not lines.has_ended
        return alone and not lines.is_unwrapped and not is_certain(line, match.start())
    logged = _LOGGED.search(_COLOUR.compiled.sub("", front[-LINE:])) is not None
    if not is_random_line(word):
        bare = alone and front.strip() and not (lines.is_wide or lines.before.strip())
        text = is_certain(line, match.start()) or (not logged and is_certain(line, 0))
        return bool(bare and not text and not lines.has_ended)
    if len(word) in lines.widths:
        return True
    return not (
        lines.has_ended or lines.is_unwrapped or (not logged and _names_value(front, lines))
    )


def _are_two_variables(first: str, second: str) -> bool:
    """Return whether two lines assign to different variables, as in a file of settings."""
    one, other = _ASSIGNMENT.fullmatch(first), _ASSIGNMENT.fullmatch(second)
    return one is not None and other is not None and not may_name_parts(one[1], other[1])


def _names_value(front: str, lines: Lines) -> bool:
    """Return whether what stands in front of a word names it as a value of its own."""
    if not _VALUE.search(front):
        return False
    # A token in so few characters most likely continues, if no name stands in front of it.
    return lines.is_wide or bool(lines.before.strip()) or not front.endswith((": ", ":"))


def _stands_in_next_literal(text: str, end: int, lines: Lines) -> bool:
    """Return whether the next literal of a program, joined in any way, may hold the rest."""
    match = _NEXT_LITERAL.match(text, end)
    if match is None or is_certain(text, match.start("rest")):
        return False
    rest = match["rest"]
    if begins_other_credential(text, match.start("rest"), rest):
        return False
    if _SEPARATOR.match(match["seam"]) and not _JOINED.search(match["seam"]):
        return is_random_line(rest) and len(rest) == lines.widths[-1]
    return not lines.is_unwrapped or is_random_line(rest)


def _stands_behind_gap(
    text: str, end: int, other_at: int, body: LazyRegex | re.Pattern[str], lines: Lines
) -> bool:
    """Return whether the token may continue behind marks of a list, a table or a tag."""
    gap = None if _NO_GAP.match(text, end) else _GAP.match(text, end)
    run = body.match(text, gap.end()) if gap else None
    if gap is None or run is None or run.start() == other_at:
        return False
    broken = (BREAKS.search(gap.group()) or _TAGS.search(gap.group())) is not None
    word = run.group()
    if not (broken or _TAG.search(gap.group())):
        return False
    if begins_other_credential(text, run.start(), word):
        return False
    sure = lines.is_wide or lines.has_ended or (lines.is_single and len(word) >= LEAST_NAME)
    if OPTION.fullmatch(word) and sure:
        return False
    if is_random_line(word):
        return True
    if not broken or is_evident(text, gap, run):
        return False
    name = NAME.fullmatch(word) is not None
    if lines.is_single:
        alike = looks_random(word) and not name and "." not in word
        key = KEY.match(text, run.end()) is not None
        return not lines.is_wide or (alike and not key and not lines.is_unwrapped)
    return not lines.has_ended and (looks_random(word) or not name)
