"""Pieces in statements that append to one text, and in the arguments of a call that joins them."""

import re

from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.scan.detect.concatenation.joined import PREFIX, QUOTE, Evenness, Joined, join_while

# The target of an assignment, in front of the first piece.
_ASSIGNED = LazyRegex(
    r"(?:^|[^\w$])[$@]{0,2}([A-Za-z_]\w{0,60}(?:(?:\.|->)\w{1,60}){0,3}(?:\[[\"'\w]{1,40}\])?)"
    r"(?:\s{0,20}(?:(?:\+|\.{1,2}|<>|&|~)?=|:=|<-|<<|\.append\(|\.push\(|\.add\()|,)\s{0,20}"
    r"(?:new\s{1,5}\w{1,40}\(|\[\w{1,40}\s{1,5}stringWithString:)?"
    rf"{PREFIX}(?:{QUOTE})?(?:Bearer\s)?\Z"
)
# How long an array of characters is.
_SIZE = re.compile(r"\[\d{2,6}\]\Z")
# The next statement about that name.
_NEXT = (
    r"(?:{quote})?[)\]]{{0,2}}\s{{0,20}};?(?:\\n)?(?:{quote},)?\s{{0,40}}(?:{quote})?"
    r"(?:[$@]{{0,2}}{name}\s{{0,20}}"
    r"(?:\+=|\.=|\.\.=|<>=|&=|~=|<<|=\s{{0,20}}[$@]{{0,2}}{name}\s{{0,20}}(?:\.\.|<>|[+.&~])"
    r"|\.(?:append|push|push_str|add|concat|write|Append|WriteString)\()"
    r"|\.(?:append|push|add|concat|Append)\("
    r"|\w{{0,8}}str\w{{0,2}}cat\w{{0,2}}\(\s{{0,5}}{name}\s{{0,5}},"
    r"|\[{name}\s{{1,5}}appendString:"
    # Without a quotation mark, all letters are the token's.
    r")\s{{0,20}}(?:{prefix}{quote})?"
)
_EMPTY = r"(?:\"\"|''|``)"
# The text in front of the first argument of a call that joins texts, or puts them into a template
# of nothing but places.
_CALL = LazyRegex(
    r"(?:(?:\.|\b)(?:append|concat|add)\(|\b(?:concat!?|Concat|CONCAT|paste0|str_c)\("
    rf"|{_EMPTY}\.join\("
    rf"|(?:[jJ]oin|implode)\(\s{{0,20}}{_EMPTY}\s{{0,5}},\s{{0,40}}"
    rf"|!Join\s{{0,5}}\[\s{{0,5}}{_EMPTY}\s{{0,5}},\s{{0,40}}|!join\s{{1,5}}"
    rf"|Join\"\s{{0,5}}:\s{{0,40}}\[\s{{0,40}}{_EMPTY}\s{{0,5}},\s{{0,40}}"
    r"|[\"'](?:%[svq@]|\{\w{0,20}\}){2,12}(?:\\n)?[\"']\s{0,5}(?:,|%|\.format\(|-f)\s{0,20}"
    r")\s{0,40}[\[({]?\s{0,40}"
)
_FIRST = rf"{PREFIX}(?:{QUOTE})(?:Bearer\s)?\Z"
_CALLED = LazyRegex(_CALL.pattern + _FIRST)
_CONCAT = LazyRegex(rf"{QUOTE}\s{{0,20}}\.concat\(")
_ARGUMENT = LazyRegex(
    rf"{QUOTE}(?:\s{{0,20}},|\)?[\s;]{{0,40}}(?:\.|\b)(?:append|concat|add|push)\()"
    rf"\s{{0,40}}{PREFIX}{QUOTE}"
)
# The call that makes one text of the pieces in front of it.
_ARRAY_END = (
    rf"\s{{0,20}},?\s{{0,20}}(?:\]\s{{0,20}}\.join(?:\(\s?{_EMPTY}\s?\)|\b(?!\())"
    rf"|[)}}\]]\s{{0,5}},\s{{0,5}}{_EMPTY}\s{{0,5}}\)|,?\s{{0,5}}(?:sep|collapse)\s?=\s?{_EMPTY}"
    rf"|[)\]]\s{{0,5}}-join\s{{0,5}}{_EMPTY})"
)
_LITERALS_END = LazyRegex(rf"{QUOTE}{_ARRAY_END}")
_NAMES_END = LazyRegex(_ARRAY_END)
_LIST_END = LazyRegex(rf"{QUOTE}\s{{0,20}},?\s{{0,40}}[\])}}]")
_WORDS = LazyRegex(r"%w[\[({]\s{0,20}\Z")
_WORD_GAP = LazyRegex(r"\s{1,40}")
_WORDS_END = LazyRegex(r"\s{0,20}[\])}]\.join\b(?!\()")
# A comment or a call around each literal; a line's comment ends with the line.
_LINE_COMMENT = r"(?://[^\r\n]{0,80}|#[^\r\n]{0,80}|--[^\r\n]{0,80})"
_BLOCK_COMMENT = r"(?:/\*[^\r\n*]{0,80}\*/|\.\.\.)"
_COMMENT = rf"(?:{_LINE_COMMENT}|{_BLOCK_COMMENT})"
_COMMENTED = LazyRegex(
    # Without an operator, the next line is indented, or it begins a statement.
    rf"{QUOTE}[ \t]{{0,20}}(?:[+.&~][ \t]{{0,20}}"
    rf"(?:{_LINE_COMMENT}(?=\r?\n)|{_BLOCK_COMMENT})\s{{1,60}}"
    rf"|{_COMMENT}\r?\n\s{{0,40}}[+.&~][ \t]{{0,20}}|{_COMMENT}\r?\n[ \t]{{1,40}}"
    rf"|/\*[^\r\n*]{{0,80}}\*/[ \t]{{0,20}})"
    rf"{PREFIX}{QUOTE}"
    rf"|{QUOTE}\)\s{{0,40}}(?:[+.&~]|\.\.)\s{{0,40}}(?:\w{{1,20}}(?:(?:\.|::)\w{{1,20}})?)?\(\s?"
    rf"{PREFIX}{QUOTE}"
    rf"|{QUOTE}\s{{0,20}}[+.&~]\s{{0,20}}\(\w{{1,20}}\)\s{{0,5}}{QUOTE}"
)
# Commands of a shell that print without a line break.
_PRINTED = LazyRegex(rf"\b(?:echo\s{{1,5}}-n|printf(?:\s{{1,5}}--)?)\s{{1,5}}(?:{QUOTE})?\Z")
_PRINT = LazyRegex(
    rf"(?:{QUOTE})?\s{{0,10}}(?:>{{1,2}}\s?[^\s;&|>]{{1,80}})?[ \t]{{0,10}}"
    rf"(?:;|&&|\n|\\n)\s{{0,40}}(?:echo\s{{1,5}}-n|printf|(?P<final>echo))\s{{1,5}}(?:{QUOTE})?"
)
_TEMPLATE = LazyRegex(rf"\bprintf\s{{1,5}}(?:{QUOTE})?%s(?:{QUOTE})?\s{{1,5}}(?:{QUOTE})?\Z")
_TEMPLATE_GAP = LazyRegex(rf"(?:{QUOTE})?[ \t]{{1,10}}(?:{QUOTE})?")


def join_statements(text: str, before: str, start: int, end: int) -> Joined | None:
    """Return the text with the pieces that the following statements append to the first one."""
    front = _ASSIGNED.search(before)
    name = _SIZE.sub("", front[1]) if front is not None else ""
    if name and text.find(name, end) >= 0:
        following = compile_cached(_NEXT.format(name=re.escape(name), quote=QUOTE, prefix=PREFIX))
        joined = join_while(text, start, end, following.match)
        if joined is not None:
            return joined
    for sign, gap in ((_PRINTED, _PRINT), (_TEMPLATE, _TEMPLATE_GAP)):
        if sign.search(before) is not None:
            return join_while(text, start, end, gap.match)
    return join_while(text, start, end, _COMMENTED.match)


def join_arguments(text: str, before: str, start: int, end: int) -> Joined | None:
    """Return the text with the other arguments of a call, or elements of a list, that it joins."""
    if _WORDS.search(before) is not None:
        words = join_while(text, start, end, _WORD_GAP.match)
        return words if words is not None and _WORDS_END.match(text, words.end) else None
    joined = join_while(text, start, end, _ARGUMENT.match)
    if joined is None:
        return None
    is_call = _CALLED.search(before) or _CONCAT.match(text, end)
    return joined if is_call or _LITERALS_END.match(text, joined.end) else None


def join_even_list(text: str, start: int, end: int) -> Joined | None:
    """Return the text with the elements of a list of one length, wherever the program joins it."""
    joined = join_while(text, start, end, _ARGUMENT.match)
    if joined is None or joined.evenness is Evenness.NONE:
        return None
    if not _LIST_END.match(text, joined.end):
        return None
    return joined._replace(sure=joined.evenness is Evenness.SURE)


def joins_list(text: str, first: int, last: int) -> bool:
    """Return whether the expressions from ``first`` to ``last``, with commas, become one text."""
    front = text[max(0, first - 80) : first]
    called = compile_cached(rf"(?:{_CALL.pattern})\Z").search(front)
    return called is not None or _NAMES_END.match(text, last) is not None
