"""The characters of tokens, and the joints that stand inside one that was wrapped or split.

A joint is text between two pieces of one token: an invisible character, a line break with what
editors and shells put around it, the seam of a string literal that continues, or a blank. Every
repetition here is possessive or bounded, so no input takes more than linear time.

For signed tokens, it also decodes one segment, and knows how long a signature is.
"""

import binascii
import json
import re
from typing import Any

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.invisible import COLOUR, INVISIBLE, WRITTEN_INVISIBLE
from tokcheck.paste.notations.entities import ENTITY_PLUS, ENTITY_QUOTE

TOKEN_CHARS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")

PIECE = re.compile(r"[A-Za-z0-9_-]++")

DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212")

BLANK = r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000" + INVISIBLE + "]"
# Quotation marks, straight, typographic and their look-alikes.
QUOTES = "\"'`\u00b4\u2018-\u201f\u00ab\u00bb\u2032-\u2037\u275b-\u275e\u300c-\u300f\uff02\uff07"
_PERCENT = r"%(?:25){0,2}"
_BACKSLASH = rf"(?:\\|{_PERCENT}5[Cc])"
_ESCAPE = rf"{_BACKSLASH}{{1,4}}"
_CARRIAGE_RETURN = rf"(?:\r|{_ESCAPE}(?:r|(?:u00|x)0[Dd])|{_PERCENT}0[Dd])"
_LINE_FEED = rf"(?:\n|{_ESCAPE}(?:n|(?:u00|x)0[Aa])|{_PERCENT}0[Aa])"
_TAG = (
    rf"(?:<|{_PERCENT}3[Cc])w?br(?:\x20|{_PERCENT}20)?(?:/|{_PERCENT}2[Ff])?(?:>|{_PERCENT}3[Ee])"
)
# A line break itself, as a notebook's list of lines writes it, as HTML writes it, as an escape in a
# string, or percent-encoded. Two characters of one break are one, also behind HTML's.
BREAK = (
    r"(?>\\n\",\r?\n[ \t]{0,40}\""
    rf"|(?:{_TAG})?+{_CARRIAGE_RETURN}?+{_LINE_FEED}|{_TAG}|{_CARRIAGE_RETURN}"
    r"|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]"
    rf"|{_ESCAPE}(?:[fv]|(?:u00|x)(?:0[BbCc]|1[C-Fc-f]|85)|u202[89])"
    rf"|{_PERCENT}(?:0[BbCc]|1[C-Fc-f]|C2{_PERCENT}85|E2{_PERCENT}80{_PERCENT}A[89])"
    r"|&(?:\#(?:1[0-3]|[Xx]0?[A-Da-d])|NewLine);)"
)
_WRITTEN_BLANK = (
    rf"(?:{_PERCENT}(?:20|09|C2{_PERCENT}A0)|&(?:nbsp|Tab|\#9|\#160|\#[Xx](?:[Aa]0|0?9));"
    rf"|{_ESCAPE}(?:t|(?:u00|x)(?:[Aa]0|09)))"
)
SPACE = rf"(?:{BLANK}|{_WRITTEN_BLANK})"
_OPERATOR = rf"(?:\\{{1,3}}u002[6Bb]|\|\||\.\.|\+\+|<>|{_PERCENT}2[6Bb]|{ENTITY_PLUS})"
# The opening of a line that a mail program, a diff, a comment or a terminal's box continued.
_MARGIN = (
    rf"(?:(?:(?:>|\#|//|[*|+│┃║]|{_PERCENT}(?:3[Ee]|23|2[AaBb]|7[Cc]|2[Ff]{_PERCENT}2[Ff]))"
    rf"{SPACE}{{0,16}}+){{1,4}}+)"
)
# The mark that shells and mail programs write in front of a break that belongs to no text.
_SOFT = rf"(?:[\^`=]|{_PERCENT}(?:5[Ee]|60|3[Dd])|{_BACKSLASH}(?!{_BACKSLASH}))"
CONTINUED = LazyRegex(rf"{_SOFT}{BREAK}(?!{SPACE}*+{BREAK})")

# The kinds of joints, in the order in which they are tried.
_INVISIBLE = LazyRegex(
    rf"(?P<invisible>(?:[{INVISIBLE}]|{WRITTEN_INVISIBLE})++(?!{BLANK}|{BREAK}))"
)
# "abc" + "def", in all its spellings.
_LITERAL = LazyRegex(
    rf"""
    (?P<literal>
        (?P<quote>
            \\{{0,3}}(?:"{{1,3}}|'{{1,3}}|`) | \\{{1,3}}u002[27]
            | (?:{_PERCENT}5[Cc]){{0,3}}+{_PERCENT}(?:2[27]|60) | \\{{0,3}}{ENTITY_QUOTE}
        )
        (?:{SPACE}|{BREAK})*+
        (?P<sign> {_OPERATOR}|(?!(?P=quote))(?:&amp;|[+.&~,;_^\\`])|{_PERCENT}(?:2[Cc]|3[Bb]))?+
        (?:{SPACE}|{BREAK}|[\\_`]{BREAK})*+
        {_MARGIN}?+
        (?P<late> {_OPERATOR} | (?!(?P=quote))[+.&~] )?+
        {SPACE}*+
        [rRbBfFuUL$@]{{0,2}}+
        (?P=quote)
    )
    """,
    re.VERBOSE,
)
# A line break, and what belongs to it.
_WRAP = LazyRegex(
    rf"(?P<wrap>(?:{_SOFT}{BREAK}|{SPACE}*+[|│┃║]?{BREAK})(?:{SPACE}|{BREAK})*+{_MARGIN}?+)"
)
_BLANK = LazyRegex(rf"(?P<blank>{SPACE}++)")
_JOINTS = (_INVISIBLE, _LITERAL, _WRAP, _BLANK)
# Those that an ASCII character can begin: each takes long to compile.
_JOINTS_BY_FIRST = {
    **dict.fromkeys("\n\r\x0b\x0c\x1c\x1d\x1e\x1f^=|<", (_WRAP,)),
    **dict.fromkeys(" \t", (_WRAP, _BLANK)),
    **dict.fromkeys("\"'", (_LITERAL,)),
    "`": (_LITERAL, _WRAP),
    "&": _JOINTS,
    "\x1b": (_INVISIBLE,),
    "\\": _JOINTS,
    "%": _JOINTS,
}


def joint_at(text: str, position: int) -> re.Match[str] | None:
    """Return the joint that begins at ``position``; its ``lastgroup`` is its kind."""
    first = text[position : position + 1]
    for joint in _JOINTS_BY_FIRST.get(first, ()) if first.isascii() else _JOINTS:
        match = joint.match(text, position)
        if match is not None:
            return match
    return None


# The joints between two of a token's first characters, which are known in advance.
SEAM = (
    rf"(?:(?:{BREAK}|[\\_`]{BREAK}|{WRITTEN_INVISIBLE}|{_WRITTEN_BLANK}|[\"']\x20?\.(?=[\s\"'])"
    r"|[^A-Za-z0-9_.\\%-]|\\){1,40}+)?"
)

# The same between the characters of a prefix that has slashes.
SEAM_BESIDE_SLASH = SEAM.replace("[^A-Za-z0-9_.", "[^A-Za-z0-9_./")

# The text that may follow a piece that completes a token behind a break or a blank: its end must be
# as plain as its beginning, or the next word of the text would be taken for its last characters.
ENDING = LazyRegex(
    rf"""
    (?:
        {BLANK}*+ (?: \Z | {BREAK} | [\\^`]{BREAK} | [|│┃║] )
      | [\\^]{{0,3}} [{QUOTES}] | \\{{1,3}}u002[27]
      | [)\]}}>,;&%<*?!~|\#] | [.](?![A-Za-z0-9_-]) | [\\^]{{1,3}}(?:[^A-Za-z0-9]|\Z)
    )
    """,
    re.VERBOSE,
)

# A string literal that is a key: its value follows.
KEY = LazyRegex(
    rf"(?:[\"'`\\^]|{_PERCENT}(?:2[27]|60|5[Cc])|{ENTITY_QUOTE}){{0,4}}{SPACE}*+"
    rf"(?:[:=]|{_PERCENT}3[AaDd])"
)
# A mark that closes a literal, or escapes the one that does.
CLOSING = LazyRegex(rf"[{QUOTES}\\^]|{_PERCENT}(?:2[27]|5[Cc]|60)|{ENTITY_QUOTE}")

# The text behind a piece that is only a part of its line: a letter of another alphabet, a symbol or
# a control character, also written as an escape or percent-encoded. Punctuation is none of it.
STUCK = LazyRegex(
    rf"(?!{SPACE}|{BREAK}|{WRITTEN_INVISIBLE}|[{QUOTES}{INVISIBLE}│┃║])"
    r"(?:[^\t-~\u061f\u0964\u2000-\u206f\u3000-\u3011\uff00-\uff0f\uff1a-\uff1f]|[\x0e-\x1b]"
    r"|\\{1,4}(?:u(?!20[0-6]|300|002[27])|x)[0-9A-Fa-f]{2}"
    rf"|{_PERCENT}(?!E2{_PERCENT}8[01]|E3{_PERCENT}80{_PERCENT}8)[0189A-F][0-9A-F])"
)

ELLIPSIS = LazyRegex(
    rf"{BLANK}{{0,2}}(?:…|\.{{3,}}|\[\.{{3}}\]|[*\u2022\u25cf]{{3,}}|<snip>|\[(?:cut|truncated)\])"
)

# A word of a command line: never the last characters of a token.
OPTION = LazyRegex(r"-[A-Za-z]|--?[a-z][a-z-]+")

# Words that stand joined on in front of a token, and escapes that end before it.
FRONT_LABEL = LazyRegex(
    r"(?<![A-Za-z0-9_])(?:(?:bearer|token|access_?token|authorization|jwt|auth)[-_.:]?)++\Z",
    re.IGNORECASE,
)
FRONT_ESCAPE = LazyRegex(
    r"(?:(?:\\|%(?:25){0,2}5[Cc])[nrtbfv]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}"
    rf"|%(?:25){{0,2}}[0-9A-Fa-f]{{2}}|{COLOUR})\Z"
)
_EMPHASIS = LazyRegex(rf"((?:_|\*){{1,6}})(?:(?i:bearer){BLANK}{{1,4}})?\Z")
# Comments that a hyphen closes, and a mixed emphasis; a label may stand behind the opening.
_COMMENTS = {
    "<!--": "-->", "<!---": "--->", "<%--": "--%>", "{{!--": "--}}", "{-": "-}", "[--": "--]",
    "--[[": "--]]",
}  # fmt: skip
_OPENED_MARK = LazyRegex(
    r"(?:(<!---?|<%--|\{\{!--|\{-|\[--|--\[\[)|(?<![A-Za-z0-9_*])(\*{1,3}_{1,3})(?=[A-Za-z]))"
    r"[^*<>{}\[\]]{0,40}\Z"
)
_HYPHENS = LazyRegex(r"(?:(?<=[\s\"'`])|\A)-{2,8}\Z")
# Any of these marks has one of them.
_MARK_SIGNS = frozenset("-*_")
_OWN_SIGNS = frozenset("-_")
_BEFORE = 64


def emphasis(text: str, start: int) -> str | None:
    """Return the marks that emphasise what begins at ``start``, as Markdown writes them."""
    match = _EMPHASIS.search(text[max(0, start - _BEFORE) : start])
    return match.group(1) if match else None


def closing_mark(text: str, start: int) -> str:
    """Return what closes the emphasis, comment or hyphens around a token; empty without these."""
    before = text[max(0, start - _BEFORE) : start]
    if _MARK_SIGNS.isdisjoint(before):
        return ""  # often so, and the patterns take longer to compile than a paste to be read
    mark = emphasis(text, start)
    if mark is not None:
        return mark[::-1]
    hyphens = _HYPHENS.search(before)
    if hyphens is not None:
        return hyphens[0]
    opening = _OPENED_MARK.search(before)
    if opening is None:
        return ""
    return opening[2][::-1] if opening[2] else _COMMENTS[opening[1]]


def mark_at_end(text: str, start: int, end: int) -> int:
    """Return how many underscores or hyphens at the end of a token are those of a closing mark."""
    if text[end - 1 : end] not in _OWN_SIGNS:
        return 0
    closing = closing_mark(text, start)
    own = len(closing) - len(closing.lstrip("_-"))
    return own if own and text.startswith(closing, end - own) else 0


def glue_before(text: str, start: int) -> str | None:
    """Return what is joined on in front of ``start``: ``None`` if nothing that matters is."""
    if start == 0 or (text[start - 1] not in TOKEN_CHARS and text[start - 1] != "."):
        return None
    before = text[max(0, start - _BEFORE) : start]
    if FRONT_ESCAPE.search(before.rstrip("-_")) or FRONT_LABEL.search(before):
        return None
    glue = len(before)
    while glue and (before[glue - 1] in TOKEN_CHARS or before[glue - 1] == "."):
        glue -= 1
    # Dashes and underscores alone are a list's bullet or an emphasis.
    return before[glue:].strip("-_") or None


# An empty line between two lines.
_SPACES = rf"{SPACE}*+"
PARAGRAPH = LazyRegex(
    rf"(?:{_SOFT}|{_SPACES}[|│┃║]?){BREAK}(?:{_SPACES}{BREAK})++{_SPACES}{_MARGIN}?+"
)


def is_key(joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a piece is the name of a value, as in JSON."""
    return joint.lastgroup == "literal" and KEY.match(piece.string, piece.end()) is not None


def is_option(joint: re.Match[str], piece: re.Match[str]) -> bool:
    """Return whether a piece is an option of a command line; two characters alone may be chance."""
    if joint.lastgroup == "literal" or not OPTION.fullmatch(piece.group()):
        return False
    following = piece.string[piece.end() : piece.end() + 1]
    if following in {'"', "'"}:
        return False
    blank = following in {" ", "\t"}
    return len(piece.group()) > len("-X") or blank or joint.lastgroup == "blank"


USUAL_ENDS = frozenset(["", *" \t\r\n\"'`,;:)]}<>"])
"""The characters behind most tokens; the empty text is the end."""

BASIC_GAP = r"(?:[\s:=+.,\"'`\\]|%20){1,12}"
"""The text between the word Basic and an id and a secret in Base64."""

# Characters of each algorithm's signature in base64url (RFC 7518, RFC 8037). RSA's follow the
# key's size and are left open; the usual keys have 2,048, 3,072 and 4,096 bits.
SIGNATURE_LENGTHS = {
    "HS256": 43, "HS384": 64, "HS512": 86,
    "ES256": 86, "ES384": 128, "ES512": 176, "ES256K": 86, "EdDSA": 86,
}  # fmt: skip
RSA_LENGTHS = (342, 512, 683)

# The last character of a part holds spare bits, all zero, unless its length is a multiple of 4.
LAST_CHARACTERS = {0: TOKEN_CHARS, 2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}

# The shortest object with a member, {"a":1}, and the one without.
_LEAST = 10
_EMPTY = "e30"


def decode_segment(part: str) -> dict[str, Any] | None:
    """Decode one part of a signed token strictly: the JSON object in it, or ``None``."""
    if len(part) < _LEAST and part != _EMPTY:
        return None
    padded = part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4)
    try:
        data = binascii.a2b_base64(padded)
        # A character lost or added can leave bits over that no encoder writes, or a blank behind
        # the object that JSON would forgive.
        if data[-1:] != b"}" or binascii.b2a_base64(data, newline=False) != padded.encode():
            return None
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def signature_length(header: dict[str, Any] | None) -> int | None:
    """Return how many characters the signature has, where the algorithm fixes it."""
    return SIGNATURE_LENGTHS.get(str(header.get("alg"))) if header else None
