"""Find the rest of a token in what a program or a document joins to it behind its end.

No joint leads there: statements, calls or marks of a document stand between. So the token is not
read over them, but it is not called whole either.
"""

import re

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.wrapping.other_text import begins_other_credential, is_certain

_REST = r"(?P<rest>[A-Za-z0-9_-]++)"
_LITERAL = r"[rRbBfFuUL$@]{0,2}\\{0,3}[\"'`]"
_OPERATOR = r"(?:[+&.~]|\|\||\.\.|<>|<<|\+\+)"
# Behind the end of a literal: another one directly or behind an operator, a statement or a call
# that appends one.
_NEXT_LITERAL = LazyRegex(
    rf"""\\{{0,3}}["'`]
    (?:
        \s{{0,20}}(?:{_OPERATOR}\s{{0,20}})?
      | [)\]\s]{{0,4}};?\s{{0,20}}[\w$.>:\[\]-]{{1,40}}\s{{0,4}}
        (?:[+.&]=|\|\|=|<<|=\s{{0,4}}[\w$.]{{1,40}}\s{{0,4}}{_OPERATOR})\s{{0,4}}
      | [)\]\s]{{0,4}};?\s{{0,20}}[.\w$>:-]{{0,40}}?
        (?i:append|concat|push|strn?cat|cat_s|add|write|extend|plus|insert)\w{{0,12}}
        \s{{0,4}}\(?\s{{0,4}}(?:[\w&*$.]{{1,30}}\s{{0,4}},\s{{0,4}})?
    )
    {_LITERAL}{_REST}(?![\"'`]\s{{0,4}}[,:=])""",
    re.VERBOSE,
)
# The name of a part, and that of the next one.
_NUMBERED = LazyRegex(r"([A-Za-z_]\w{0,40}?)\d{1,3}\s{0,4}[:=]\s{0,4}\\{0,3}[\"'`]\Z")
_NEXT_NAME = LazyRegex(
    rf"\\{{0,3}}[\"'`][\s;,]{{1,20}}(?:\w{{1,10}}\s{{1,4}})?([A-Za-z_]\w{{0,40}}?)(\d{{1,3}})"
    rf"\s{{0,4}}[:=]\s{{0,4}}{_LITERAL}{_REST}"
)
# The commands of RTF and LaTeX for a line's end, the operators of PDF and PostScript that show a
# text, and assignments of a shell that put more behind a variable's value.
_COMMAND = LazyRegex(
    r"\s{0,4}\\(?:par|line|linebreak|newline|allowbreak|break|softline|hskip|discretionary)"
    rf"(?![A-Za-z])(?:\[\d\])?(?:\{{\}}){{0,3}}\s{{0,20}}{_REST}"
)
_SHOWN = LazyRegex(
    r"\)\s{0,4}(?:Tj|TJ|'|\"|a?show)\s{1,20}(?:T\*\s{1,4})?"
    rf"(?:(?:[\d.-]{{1,12}}\s{{1,4}}){{1,6}}[A-Za-z]{{1,10}}\s{{1,4}}){{0,2}}\({_REST}"
)
_ASSIGNED = LazyRegex(
    r"[\"'\\]{0,3}[\s;&]{1,20}(?:@?(?i:set|export|setx|local)\s{1,4})?\"?\$?([A-Za-z_]\w{0,40})"
    r"(?:\+=[\"']?|\s?=\s?[\"']?(?:%\1%|!\1!|\$\1(?!\w)|\$\{\1\})[\"']{0,2})"
    rf"{_REST}"
)
_QUOTES = "\"'`"
_NEAR = 64
_PATTERNS = {
    **dict.fromkeys(_QUOTES, (_NEXT_LITERAL, _ASSIGNED)),
    "\\": (_COMMAND, _NEXT_LITERAL, _ASSIGNED),
    ")": (_SHOWN,),
    **dict.fromkeys("\r\n;&", (_ASSIGNED,)),
    " ": (_COMMAND, _ASSIGNED),
}


def is_joined(text: str, start: int, end: int) -> bool:
    """Return whether more is joined to the token at ``start`` to ``end``."""
    first = text[end : end + 1]
    patterns = _PATTERNS.get(first, ())
    for pattern in patterns:
        match = pattern.match(text, end)
        if match is not None and _may_be_rest(text, match):
            return True
    named = _NEXT_NAME.match(text, end) if patterns and first in _QUOTES else None
    own = _NUMBERED.search(text[max(0, start - _NEAR) : start]) if named else None
    return bool(named and own and own[1] == named[1] and _may_be_rest(text, named))


def _may_be_rest(text: str, match: re.Match[str]) -> bool:
    at = match.start("rest")
    return not (begins_other_credential(text, at, match["rest"]) or is_certain(text, at))
