"""Find the placeholder that stands where a token belongs."""

from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.core.redact import looks_secret
from tokcheck.paste.grammar import BLANK
from tokcheck.paste.placeholders.forms import ALONE, CODE, IDENTIFIER, ORIGINS, PLACEHOLDER, SENT
from tokcheck.paste.placeholders.masks import SHORTENED
from tokcheck.paste.placeholders.program_code import (
    MEMBER,
    find_argument,
    find_joined,
    read_name,
)

# The next words in a sentence about a token, such as an error message.
_SENTENCE = (
    r"(?![ ]{1,2}(?:is|was|has|had|are|were|does|did|may|must|cannot|could|can|not|provided|expired"
    r"|missing|invalid|revoked|required|sent|with|of|from|for|in|and|or)\b)"
)
_BEFORE = r"[\"'\\^]{0,4}\s{0,4}[:= ]\s{0,4}[\"'\\^]{0,4}"
_LABELLED = LazyRegex(
    r"(?:[Bb]earer|BEARER|(?:access_?|ACCESS_?)?[Tt](?:oken|OKEN)|authorization|Authorization)"
    rf"{_BEFORE}(?:[Bb]earer\s{{1,4}})?({PLACEHOLDER}|{SHORTENED})"
    rf"{_SENTENCE}"
)
# Other things in the place of a token, each with its explanation.
_LABELLED_OTHERS = (
    (LazyRegex(rf"(?:\b[Bb]asic|\bBASIC){_BEFORE}({PLACEHOLDER})"),
     ("credentials", "were", "them")),
    (LazyRegex(rf"(?i:secret|api_?-?key|password){_BEFORE}({PLACEHOLDER}|{SHORTENED})"),
     ("secret", "was", "it")),
)  # fmt: skip
# Without quotation marks, which make a text of it.
_MEMBER = LazyRegex(
    r"(?:(?:access_?|ACCESS_?|[A-Z]{2,20}_)?[Tt](?:oken|OKEN)|[Aa]uthorization)[\"']?\s{0,20}(?:=|:)\s{0,4}"
    rf"(?:[Bb]earer\s{{1,4}})?({MEMBER})"
)
_ALONE = LazyRegex(rf"(?:[Bb]earer\s{{1,4}})?({ALONE})")
_ANYWHERE = LazyRegex(
    r"(<[\w -]{0,20}(?i:token)[\w -]{0,20}>|\[[\w -]{0,20}(?i:token)\]"
    r"|\{\{? ?\w{0,20}(?i:token) ?\}?\}|(?:YOUR|MY|INSERT|PASTE)_[A-Z_]{0,20}TOKEN(?:_HERE)?+"
    # The name of a variable is none.
    r"(?![\"']?\s?[:=]\s?[\"'\\]{0,3}[A-Za-z0-9._~+/-]{16}))"
)
_EMPTY = LazyRegex(
    rf"(?i:\bbearer)(?:{BLANK}|:)*+"
    r"(?:[\"'\\^]{1,4}(?=[\s,;)\]}]|\Z)|(?=[\r\n]|\Z|--?[A-Za-z]))"
)
_SENT = LazyRegex(rf"(?i:\bbearer)[ ]({SENT})")
_VARIABLE_NAME = LazyRegex(
    rf"\A\$[{{(]?(?i:env:)?({IDENTIFIER})|\A%({IDENTIFIER})%|\bsecrets[.\[\"']{{1,2}}({IDENTIFIER})"
)
_TOKEN = ("token", "was", "it")


class Placeholder(NamedTuple):
    """A placeholder, what it is, and what to do about it, each in a sentence."""

    raw: str
    start: int
    end: int
    sentence: str
    remedy: str


def find(text: str) -> Placeholder | None:
    """Return the first placeholder that stands where a token belongs."""
    bare = text.strip().strip("\"'`")
    match = _ALONE.fullmatch(bare)
    offset = text.index(bare) if match else 0
    match = match or _LABELLED.search(text) or _MEMBER.search(text)
    joined = (
        find_joined(text)
        if match is None
        else find_argument(text, match.group(1), offset + match.end(1))
    )
    if joined is not None:
        return _describe(*joined, _TOKEN, is_code=True)
    match = match or _ANYWHERE.search(text)
    if match is not None:
        return _describe(match.group(1), offset + match.start(1), _TOKEN)
    for label, words in _LABELLED_OTHERS:
        match = label.search(text)
        if match is not None:
            return _describe(match.group(1), match.start(1), words)
    return None


def find_sent(text: str) -> Placeholder | None:
    """Return the value of a program, and no token, that a header of the text holds."""
    match = _SENT.search(text)
    return None if match is None else _describe(match.group(1), match.start(1), _TOKEN)


def _describe(
    raw: str, start: int, words: tuple[str, str, str], *, is_code: bool = False
) -> Placeholder:
    name = read_name(raw)
    if name is None:
        match = _VARIABLE_NAME.search(raw)
        name = next(filter(None, match.groups())) if match else "NAME"
        origin = CODE if is_code else next(one for one in ORIGINS if one.form.fullmatch(raw))
    else:
        origin = next(one for one in ORIGINS if one.form.fullmatch(raw))
    name = "NAME" if looks_secret(name) else name
    what, was, it = words
    sentence = origin.sentence.format(what=what, was=was, it=it)
    return Placeholder(raw, start, start + len(raw), sentence, origin.remedy.format(name=name))


def empty_bearer(text: str) -> bool:
    """Return whether ``Bearer`` stands in the text with nothing behind it."""
    return _EMPTY.search(text) is not None
