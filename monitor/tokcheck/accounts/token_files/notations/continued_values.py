"""Join values that continue on the next line, and the literals that a program joins. Pure.

A reader of lines would take the first part for the whole.
"""

from typing import TYPE_CHECKING

from tokcheck.core.documents import DocumentError, parse_json
from tokcheck.core.lazy import LazyRegex

if TYPE_CHECKING:
    import re

# A sign of a shell or a file of properties at the end of a line: the value continues. A line that
# is indented may hold another word.
_SIGN = LazyRegex(
    r"(?<=[A-Za-z0-9._~+/=-])[\\^]\r?\n(?!-{1,2}[A-Za-z])"
    r"(?:[ \t]+(?=[^\s\"']*(?:[0-9]|[a-z][A-Z])))?"
    r"(?=[A-Za-z0-9._~+/-]++=*[\"']?[ \t]*(?:[\\^]?\r?\n|[;,)]|\Z))"
)
_LITERAL = r"(?:\"[A-Za-z0-9._~+/=%-]{1,4096}\"|'[A-Za-z0-9._~+/=%-]{1,4096}')"
_SPACE = r"[ \t]{0,40}(?:\r?\n[ \t]{0,40})?"
# Operators of Python and JavaScript, PHP, Lua, Visual Basic; or a sign that the line continues.
_OPERATOR = rf"{_SPACE}(?:\+|\.{{1,2}}|&(?:[ \t]_)?|\\(?=\r?\n)){_SPACE}"
# Without an operator, something has to show that the next line belongs to the value.
_NEXT_LINE = r"[ \t]{0,40}\r?\n[ \t]{0,40}"
_VALUE = LazyRegex(
    rf"(?P<before>[=:][ \t]{{0,4}}(?:\r?\n[ \t]{{1,40}})?)(?:"
    rf"(?P<joined>{_LITERAL}(?:(?:{_OPERATOR}|(?<!')|(?!')){_LITERAL})+)"
    rf"|\({_SPACE}(?P<enclosed>{_LITERAL}(?:(?:{_OPERATOR}|{_SPACE}){_LITERAL})+){_SPACE}\)"
    rf"|(?P<ended>{_LITERAL}(?:{_NEXT_LINE}{_LITERAL})+)(?=[ \t]{{0,4}}[;,)}}])"
    rf")(?![ \t]{{0,4}}[:=\"'])"
)
_TEXTS = LazyRegex(r"([\"'])([^\"'\n]+)\1")
_SIGNS = ("\\\n", "\\\r", "^\n", "^\r")
# An object that begins in the line of its name, in a file of settings.
_OBJECT = LazyRegex(
    r"(?m)^([ \t]*[\w.-]{1,60}[ \t]*=[ \t]*\{[^{}\r\n]{0,8192},)[ \t]*\r?\n[ \t]*(?=[\"'])"
)
_MOST_LINES = 16
# Between the fields of a form: elsewhere, it may be a value's own.
_AMPERSAND = LazyRegex(r"&amp;(?=[A-Za-z_]\w{0,60}=|(?:quot|apos|lt|gt|#\w{1,5});)")


def join_continued(text: str) -> str:
    """Return a text in which each value stands in one line and in one literal.

    The sign between the fields of a form is a plain one, also if HTML writes it.
    """
    if _is_json(text):
        return text
    text = _AMPERSAND.compiled.sub("&", text)
    for _ in range(_MOST_LINES):
        text, count = _OBJECT.compiled.subn(r"\1 ", text)
        if not count:
            break
    if any(sign in text for sign in _SIGNS):
        text = _SIGN.compiled.sub("", text)
    return _VALUE.compiled.sub(_join, text)


def _is_json(text: str) -> bool:
    """Return whether a text is an object or a list of JSON, in which nothing is continued."""
    try:
        return isinstance(parse_json(text), dict | list)
    except DocumentError:
        return False


def _join(match: "re.Match[str]") -> str:
    literals = match["joined"] or match["enclosed"] or match["ended"]
    texts = (each[2] for each in _TEXTS.compiled.finditer(literals))
    return f'{match["before"]}"{"".join(texts)}"'
