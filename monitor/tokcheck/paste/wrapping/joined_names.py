"""Find whether a token that is the value of a name is joined to the value of another one.

A shell's ``T=$A$B`` and a program's ``T = A + B`` show that each name holds only a part.
"""

import re

from tokcheck.core.lazy import LazyRegex

# The name in front of a value, and what stands between two names that are joined.
_OWN_NAME = LazyRegex(r"(?<![\w$.])([A-Za-z_]\w{0,60})\s{0,4}:?[:=]\s{0,4}\\{0,3}[\"'`]?\Z")
_OPERATOR = r"[\"'`]?\s{0,4}(?:\+\+?|\.\.?|~|&|\|\||<>)\s{0,4}[\"'`]?"
# A variable of a shell, of a batch file or of a template, or a bare name beside an operator.
_JOINED = LazyRegex(
    rf"(?:[$]\{{?|[%!]|\{{\{{?\s?)(?P<first>[A-Za-z_]\w{{0,60}})(?:\s?\}}\}}?|[%!])?"
    rf"(?=(?:[\"'`]{{1,2}}|{_OPERATOR})?"
    r"(?:[$]\{?|[%!]|\{\{?\s?)(?P<second>[A-Za-z_]\w{0,60}))"
    rf"|(?<![\w$.%{{-])(?P<left>[A-Za-z_]\w{{0,60}})(?={_OPERATOR}(?P<right>[A-Za-z_]\w{{0,60}})"
    r"(?![\w(.]))"
)
_ASSIGNED = r"(?<![\w$.])%s\s{0,4}:?[:=]\s{0,4}\\{0,3}[\"'`]?[A-Za-z0-9_-]"
# A name that becomes its own value with more behind it.
_APPENDED = (
    r"(?<![\w$.])%s\s{0,4}:?=\s{0,4}[\"'`]?(?:[$]\{%s\}|[%%!]%s[%%!]|[$]%s(?=[\"']))"
    r"[\"']{0,2}[A-Za-z0-9_-]"
)
_NUMBER = "0123456789_"
_BEFORE = 100
# The sign behind a name, with what may stand between it and its value.
_ASSIGNS = frozenset(":=")
_SIGN = 9
# How far from the token another statement is searched.
_FAR = 1_000


def is_joined_by_name(text: str, start: int, end: int) -> bool:
    """Return whether the token at ``start`` to ``end`` is the value of a name joined to another."""
    if _ASSIGNS.isdisjoint(text[max(0, start - _SIGN) : start]):
        return False
    own = _OWN_NAME.search(text[max(0, start - _BEFORE) : start])
    if own is None:
        return False
    behind = text[end : end + _FAR]
    if re.search(_APPENDED % ((re.escape(own[1]),) * 4), behind):
        return True
    others = {
        match["second"] or match["right"]
        for match in _JOINED.compiled.finditer(behind)
        if (match["first"] or match["left"]) == own[1]
    } - {own[1]}
    around = text[max(0, start - _FAR) : start] + behind
    return any(re.search(_ASSIGNED % re.escape(other), around) for other in others)


def may_name_parts(first: str, second: str) -> bool:
    """Return whether two names may be those of the parts of one value: they differ in digits."""
    return first.strip(_NUMBER) == second.strip(_NUMBER)
