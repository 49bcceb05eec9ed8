"""What is glued to the end of a declared provider's token, so that all of it has not its form.

A declared token has these characters, and behind a prefix also the signs of ``_OWN_SIGNS``. So one
that is followed by any of them, plain or in another notation, is none of its form: whatever stands
in front is a part. Of these signs, only those end a token that show it by what is around it: a
sentence's full stop or colon, a mark that closes as it opened, the separators of an address.
"""

from typing import NamedTuple

from tokcheck.core.credential import ServiceForm
from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import TOKEN_CHARS, closing_mark
from tokcheck.paste.wrapping.foreign_character import character_at
from tokcheck.paste.wrapping.openings.glued_prompt import is_certain_prompt

_OWN_SIGNS = "=|:"
_CHARACTERS = TOKEN_CHARS | frozenset(f".~+/{_OWN_SIGNS}")
# The longest text that is read behind a token's first character: declared ones are shorter.
_LONGEST = 4096
_PLAIN = LazyRegex(rf"[A-Za-z0-9_.~+/{_OWN_SIGNS}-]{{1,{_LONGEST}}}+")
# One of them as a program, a page or an address writes it.
_WRITTEN = LazyRegex(r"\\[_.~+/=|:-]|[\\&%]")
# The first word of a prompt; zsh writes a percent sign behind what has no line break.
_WORD = LazyRegex(r"(?:[A-Za-z0-9_-]++|[.~](?=[A-Za-z0-9_-]))++")
# The mark of a comment of SQL.
_COMMENT = LazyRegex(r"--[ \t]")
# The user's name and password in an address, and as an option of curl, of which one is the token.
_IN_ADDRESS = LazyRegex(r"://\Z")
_PASSWORD = LazyRegex(r":[A-Za-z0-9_.~+=%-]{0,64}+@")
_OPTION = LazyRegex(r"(?:^|\s)(?:-u|--user(?:=|\s))[ \t]{0,4}[\"']?\Z")
_OPTION_PASSWORD = LazyRegex(r":[A-Za-z0-9_.~+=%-]{0,64}+(?![A-Za-z0-9_.~+/=|:-])")
_FRONT = 64
# An expression takes a sign by itself, by its code, or by a range from another sign.
_GROUP = LazyRegex(r"\(\?[a-z-]*:")
_HIDDEN_SIGN = LazyRegex(r"\\[0-9uUxN]|[.+-]-[^\]]")


class _Separator(NamedTuple):
    """A sign that stands on both sides of a token, and never in front of it twice."""

    sign: str
    front: LazyRegex


# A part of a path, and a cell of a table.
_SEPARATORS = (
    _Separator("/", LazyRegex(r"(?<!/)/\Z")),
    _Separator("|", LazyRegex(r"\|[ \t]{0,8}\Z")),
)


def end_of_glued(text: str, start: int, end: int, form: ServiceForm) -> int:
    """Return where the characters end that are glued to a token at ``start`` to ``end``.

    It is ``end`` if there are none, but a prompt or what ends a token of this form.
    """
    last = _end_of_run(text, end)
    if last == end or _is_ended(text, start, end, last, form):
        return end
    return last


def possible_ends(text: str, start: int, end: int) -> list[int]:
    """Return where a token that begins at ``start`` may end behind ``end``, the last one first."""
    run = _PLAIN.match(text, end, start + _LONGEST) if end < start + _LONGEST else None
    if run is None:
        return []
    last = run.end()
    stripped = end + len(run.group().rstrip(".:"))
    marks = end + len(run.group().rstrip("_-~|/"))
    return [each for each in dict.fromkeys((last, stripped, marks)) if each > end]


def takes_sign(form: ServiceForm, sign: str) -> bool:
    """Return whether a form's tokens may have a sign, as far as its expression shows."""
    rest = _GROUP.compiled.sub("(", form.rest)
    return sign in rest or _HIDDEN_SIGN.search(rest) is not None


def _end_of_run(text: str, end: int) -> int:
    """Return where the characters of tokens end that stand there, in any notation."""
    at, longest = end, end + _LONGEST
    while at < longest:
        run = _PLAIN.match(text, at)
        if run is not None:
            at = run.end()
        written = _WRITTEN.match(text, at)
        if written is None:
            break
        character = character_at(text, at)
        if character is None or character.value not in _CHARACTERS:
            break
        # A letter behind a backslash is another character: a line break, a tab.
        if len(written.group()) == 1 and len(character.notation) <= len("\\n"):
            break
        at = character.end
    return at


def _is_ended(text: str, start: int, end: int, last: int, form: ServiceForm) -> bool:
    """Return whether the token ends in front of the characters up to ``last``."""
    glued = text[end:last]
    if not glued.strip("." if takes_sign(form, ":") else ".:"):
        return True
    if _COMMENT.match(text, end) or _is_closed(text, start, end):
        return True
    word = _WORD.match(text, end)
    if word is not None and is_certain_prompt(text, start, end, word.end()):
        return True
    front = text[max(0, start - _FRONT) : start]
    if glued[0] == ":":
        return not takes_sign(form, ":") and _stands_before_password(text, front, end)
    separator = next((each for each in _SEPARATORS if each.sign == glued[0]), None)
    if separator is None or takes_sign(form, separator.sign):
        return False
    return separator.front.search(front) is not None


def _stands_before_password(text: str, front: str, end: int) -> bool:
    """Return whether a token is the user's name in front of a password, or of none."""
    if _IN_ADDRESS.search(front) is not None:
        return _PASSWORD.match(text, end) is not None
    return _OPTION.search(front) is not None and _OPTION_PASSWORD.match(text, end) is not None


def _is_closed(text: str, start: int, end: int) -> bool:
    """Return whether the mark closes there that opened in front of the token."""
    mark = closing_mark(text, start)
    if not mark and text.startswith("~~", end) and text[max(0, start - 2) : start] == "~~":
        mark = "~~"
    if not mark or not text.startswith(mark, end):
        return False
    behind = end + len(mark)
    return mark[-1] not in _CHARACTERS or text[behind : behind + 1] not in TOKEN_CHARS
