"""Placeholders: what documentation writes where a token belongs, and shells leave there."""

from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import BLANK

# The names that tutorials use; also what stays glued to a token that was pasted beside one.
_NAME = (
    r"(?:(?i:(?:your|my|the|insert|paste|put|replace)[ _-]?(?:[\w-]{0,20}[ _-])??"
    r"(?:token|bearer|jwt|key)(?:[ _-]?here)?)|[A-Z][A-Z_]{0,20}_TOKEN(?:_HERE)?"
    r"|ACCESS_?TOKEN|accessToken|access_token)"
)
NAMES = LazyRegex(_NAME)

_VARIABLE = (
    r"\$\{?(?:env:)?[A-Za-z_]\w{0,40}\}?|\$\([^()\n]{1,60}\)|%[A-Za-z_]\w{0,40}%|\$[0-9@*]"
    r"|`(?:cat|echo|jq|pass|op|gcloud|security) [^`\n]{1,60}`"
    r"|\$\{\{ ?[A-Za-z][\w.-]{0,40} ?\}\}"
    r"|(?:process\.env|import\.meta\.env|os\.environ|os\.getenv|System\.getenv|ENV)"
    r"(?:\.\w{1,40}|[\[(][\"'\w]{1,44}[\])])"
)
_PLACEHOLDER = (
    r"<[A-Za-z][^<>\n\"']{0,40}>|\[[A-Za-z][^\[\]\n\"']{0,40}\]"
    r"|(?:&lt;|%3[Cc])[A-Za-z][\w %-]{0,40}?(?:&gt;|%3[Ee])"
    r"|\{\{? ?[A-Za-z$][\w.$ -]{0,40}\}?\}|\{[0-9]?\}|%[sv@](?!\w)|"
    + _VARIABLE
    + "|"
    + _NAME
    + r"|(?:eyJ|ya29\.)?(?:[xX]{4,400}|[*\u2022\u25cf]{3,400})(?!\w)|\.{3}|…"
    + r"|(?:__|@@|##)[A-Z_]{3,40}(?:__|@@|##)|(?i:replace_?me|change_?me)"
    + r"|(?:undefined|null|None|nil|NaN|true|false|string|TOKEN|Token|token)(?![\w.])"
)
_LABELLED = LazyRegex(
    r"(?:[Bb]earer|BEARER|(?:access_?|ACCESS_?)?[Tt](?:oken|OKEN)|authorization|Authorization)"
    r"[\"'\\^]{0,4}\s{0,4}[:= ]\s{0,4}[\"'\\^]{0,4}(?:[Bb]earer\s{1,4})?(" + _PLACEHOLDER + r")"
)
_ALONE = LazyRegex(r"(?:[Bb]earer\s{1,4})?(" + _PLACEHOLDER + r")")
_ANYWHERE = LazyRegex(
    r"(<[\w -]{0,20}(?i:token)[\w -]{0,20}>|\[[\w -]{0,20}(?i:token)\]"
    r"|\{\{? ?\w{0,20}(?i:token) ?\}?\}|(?:YOUR|MY|INSERT|PASTE)_[A-Z_]{0,20}TOKEN(?:_HERE)?)"
)
_VARIABLES = LazyRegex(_VARIABLE)
_EMPTY = LazyRegex(
    rf"(?i:\bbearer)(?:{BLANK}|:)*+"
    r"(?:[\"'\\^]{1,4}(?=[\s,;)\]}]|\Z)|(?=[\r\n]|\Z|--?[A-Za-z]))"
)


class Placeholder(NamedTuple):
    """A placeholder, and whether it is a variable that a shell should have replaced."""

    raw: str
    start: int
    end: int
    variable: bool


def find(text: str) -> Placeholder | None:
    """Return the first placeholder that stands where a token belongs."""
    bare = text.strip().strip("\"'`")
    match = _ALONE.fullmatch(bare)
    offset = text.index(bare) if match else 0
    match = match or _LABELLED.search(text) or _ANYWHERE.search(text)
    if match is None:
        return None
    raw = match.group(1)
    start = offset + match.start(1)
    return Placeholder(raw, start, start + len(raw), _VARIABLES.fullmatch(raw) is not None)


def empty_bearer(text: str) -> bool:
    """Return whether ``Bearer`` stands in the text with nothing behind it."""
    return _EMPTY.search(text) is not None
