"""The first pass over bytes for prefixes that a joint tears: behind a head, the rest is elsewhere.

The joint is an invisible character, or the end of a literal of which a program makes one text with
others. A search finds the beginning of the joint; what stands around it decides.
"""

import re
from collections.abc import Collection
from functools import cache
from typing import NamedTuple

from tokcheck.core.lazy import LazyBytesRegex, LazyRegex
from tokcheck.scan.detect.first_pass import known_prefixes

TORN = "torn"
"""The text of an anchor that may be a joint inside a prefix."""
QUOTES = ('"', "'", "`")
"""What ends a literal."""
JOINTS = ("\u00ad", *QUOTES, *(f"\\{quote}" for quote in QUOTES))
"""With what a joint begins that is searched behind a head."""
_HYPHEN = "\u00ad".encode()
JOINT = rb"(?:%b|\\?[%b])" % (_HYPHEN, "".join(QUOTES).encode())
"""The regular expression for one of them: with a list in its place, it takes longer to compile."""
# The letters of a head in front of a soft hyphen, which is too short to be searched alone.
_HYPHENATED = "ghlxonpmfskat"
# The invisible characters that clipboards and messengers leave most often.
_FREQUENT = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
    "\ufeff"
)
INVISIBLE = tuple(each.encode() for each in _FREQUENT)
"""The frequent invisible characters in UTF-8."""
HYPHENATED = tuple(letter.encode() + _HYPHEN for letter in _HYPHENATED)
"""A soft hyphen in UTF-8 behind the last letter of a head."""
# The ends of literals that no search of a whole prefix has: more would make a search slower.
_ENDS = (
    *(f"{quote}{head}{quote}" for head in ("gh", "gl") for quote in QUOTES[:2]),
    *(f"{head}{quote}" for head in ("xox", "npm", "github") for quote in QUOTES[:2]),
    '"hf"',
)
LITERALS = tuple(each.encode() for each in _ENDS)
"""The ends of literals with a short head."""

# All of paste/invisible.py in UTF-8; a test compares both.
_INVISIBLE = LazyBytesRegex(
    rb"(?:\xc2\xad|\xcd\x8f|\xd8\x9c|\xe1(?:\x85[\x9f\xa0]|\x9e[\xb4\xb5]|\xa0[\x8b-\x8e])"
    rb"|\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xaf])|\xe3\x85\xa4"
    rb"|\xef(?:\xb8[\x80-\x8f]|\xbb\xbf|\xbe\xa0))"
)
# Behind the character, or several of them, a token continues.
_CONTINUED = LazyBytesRegex(rb"[^ -~\t\r\n]{2,16}[A-Za-z0-9_.-]")
_HEAD = LazyBytesRegex(rb"(?<![A-Za-z0-9_-])([A-Za-z0-9_.-]{1,11})\Z")
_ESCAPED_HEAD = LazyBytesRegex(rb"\\[nrtbfv]([A-Za-z0-9_.-]{1,11})\Z")
_LONGEST_HEAD = 14
_CONTINUATION = 17
# So much behind the joint shows that a token follows: with its invisible characters, and without.
_NEAR = 96
_BODY = LazyBytesRegex(rb"[A-Za-z0-9_.-]{6}")
BEHIND, AHEAD = 1_500, 4_000
"""How far from a head the other literals may stand."""
_LEAST_PREFIX = 3
_SIGNED = LazyRegex(r"[A-Za-z0-9_.-]+")


class TornHead(NamedTuple):
    """A head at ``start``, the joint behind it at ``end``, and the prefixes that it may begin."""

    start: int
    end: int
    prefixes: tuple[str, ...]


def heads_before(data: bytes | memoryview, joint: int) -> list[bytes]:
    """Return the heads of prefixes in front of a joint: an escape may end in one's first letter."""
    front = bytes(data[max(0, joint - _LONGEST_HEAD) : joint])
    escaped = _ESCAPED_HEAD.search(front) if b"\\" in front else None
    matches = (_HEAD.search(front), escaped)
    return [match[1] for match in matches if match is not None and match[1] in _prefixes_by_head()]


def ends_literal(data: bytes | memoryview, joint: int) -> bool:
    """Return whether a joint is the end of a literal."""
    return bytes(data[joint : joint + 1]) in _ENDS_OF_LITERALS


def torn_at(data: bytes | memoryview, joint: int) -> TornHead | None:
    """Return the prefix that a joint at a place tears; ``None`` if it tears none."""
    if (
        not ends_literal(data, joint)
        and _CONTINUED.match(bytes(data[joint : joint + _CONTINUATION])) is None
    ):
        return None
    for head in heads_before(data, joint):
        prefixes = _prefixes_continued(data, head, joint)
        if prefixes:
            return TornHead(joint - len(head), joint, prefixes)
    return None


def _prefixes_continued(data: bytes | memoryview, head: bytes, joint: int) -> tuple[str, ...]:
    """Return the prefixes with this head that continue behind a joint, or in a literal near it."""
    prefixes = _prefixes_by_head()[head]
    if ends_literal(data, joint):
        around = bytes(data[max(0, joint - len(head) - BEHIND) : joint + AHEAD])
        rests = {match[1] for match in continuations(head).compiled.finditer(around)}
        return tuple(each for each in prefixes if each[len(head) :].encode() in rests)
    behind = _INVISIBLE.compiled.sub(b"", bytes(data[joint : joint + _NEAR]))
    return tuple(each for each in prefixes if _continues(behind, each[len(head) :].encode()))


def _continues(text: bytes, rest: bytes) -> bool:
    """Return whether a text is the rest of a prefix and more of a token."""
    return text.startswith(rest) and _BODY.match(text, len(rest)) is not None


_QUOTE_BYTES = frozenset(quote.encode() for quote in QUOTES)
_ENDS_OF_LITERALS = _QUOTE_BYTES | {b"\\"}


def joint_in(match: bytes) -> int | None:
    """Return where in a match of a search the joint begins; ``None`` if none does."""
    last = match[-1:]
    if last in _QUOTE_BYTES:
        return len(match[:-1].rstrip(b"\\"))
    return len(match) - len(_HYPHEN) if last == _HYPHEN[-1:] and match.endswith(_HYPHEN) else None


def torn_heads(common: str, prefixes: Collection[str]) -> list[str]:
    """Return the heads of prefixes that begin with a common text, in their order."""
    heads = {prefix[:length] for prefix in prefixes for length in range(len(common), len(prefix))}
    return sorted(heads.difference(prefixes))


@cache
def _prefixes_by_head() -> dict[bytes, tuple[str, ...]]:
    """Return the prefixes with a sign of their own by each of their heads."""
    by_head: dict[bytes, tuple[str, ...]] = {}
    for prefix in (*known_prefixes.DECLARED, *known_prefixes.SERVICES):
        # The others are two letters, or have a sign of no other token.
        if len(prefix) < _LEAST_PREFIX or _SIGNED.fullmatch(prefix) is None:
            continue
        for length in range(1, len(prefix)):
            head = prefix[:length].encode()
            by_head[head] = (*by_head.get(head, ()), prefix)
    return by_head


@cache
def continuations(head: bytes) -> LazyBytesRegex:
    """Return the expression for a literal that may be the next one behind a head."""
    rests = {each.encode()[len(head) :] for each in _prefixes_by_head()[head]}
    quote = rb"[\"'`]"
    # Of one that is cut twice, the next literal holds the rest of the prefix alone.
    rest = b"|".join(re.escape(each) for each in sorted(rests, key=len, reverse=True))
    return LazyBytesRegex(quote + rb"(" + rest + rb")(?:[A-Za-z0-9_.-]{6}|" + quote + rb")")
