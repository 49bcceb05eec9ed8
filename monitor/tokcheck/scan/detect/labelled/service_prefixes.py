"""The first pass over bytes for tokens of services without a declaration, by their prefixes.

Some prefixes also begin ordinary words, so that what follows counts as well.
"""

import binascii
import re
from collections.abc import Iterator
from functools import cache

from tokcheck.core.lazy import LazyBytesRegex
from tokcheck.scan.detect.first_pass import known_prefixes
from tokcheck.scan.detect.first_pass.anchors import Coding
from tokcheck.scan.detect.first_pass.byte_search import ByteSearch
from tokcheck.scan.detect.first_pass.likelihood import TornJoints
from tokcheck.scan.detect.first_pass.prefilter import join_ranges
from tokcheck.scan.detect.first_pass.prefix_heads import (
    HYPHENATED,
    JOINT,
    LITERALS,
    TornHead,
    joint_in,
    torn_heads,
)

PREFIXES = known_prefixes.SERVICES
WIDE = ("xoxb-", "xoxp-", "sk-", "npm_", "hf_", "AKIA", "SG.", "glsa_", "gsk_", "dapi", "sk_live_")
"""The prefixes that are also searched in UTF-16."""
# Two letters are too frequent: the third one is one of ten. The first digit of Discord's ids has
# been 1 since 2022, and the others stand beside the service's name.
_DISCORD = b"MT"
_THIRD = b"AEIMQUYcgk"
_DISCORD_NAMES = (b"iscord", b"ISCORD")
_LATER_LETTERS = rb"[AEIMQUYcgk][w-z0-5][A-Za-z0-9_-]"
_IDS = LazyBytesRegex(
    rb"(MT)"
    + _LATER_LETTERS
    + rb"(?:[A-Za-z0-9_-]{20,26}\.[A-Za-z0-9_-]{4}|[A-Za-z0-9_-]{0,26}[\"'`\\])"
)
_OTHER_IDS = LazyBytesRegex(
    rb"(M[TjzT]|N[DTjz]|O[DT])" + _LATER_LETTERS + rb"{20,26}\.[A-Za-z0-9_-]{6}\."
)
# How far from the name, in bytes.
_BESIDE = 4_000
_LONGEST_FIRST = [
    prefix for prefix in sorted(PREFIXES, key=len, reverse=True) if len(prefix) > len(_DISCORD)
]
# So many letters of a prefix are searched, unless more are needed: they also begin words.
_STEM = 4
_WIDE_STEM = 3
_STEMS = ("secret_", "polar_", "pypi-AgE", "eyJrIjoi", "lin_", "pat-", "sk-")
# The first letters of a prefix in front of a sign, which another text may write in another way.
_WRITTEN_STEMS = {
    each: stem
    for each in _LONGEST_FIRST
    if len(stem := each.replace("-", "_").replace(".", "_").partition("_")[0]) >= _STEM
    and len(stem) < len(each)
}
_WRITTEN_SIGN = (
    rb"(?:\\{1,4}(?:u00|x)|%(?:25)?|&#[xX]?0{0,4}|=)"
    rb"(?:2[DdEe]|5[Ff]|4[56]|95);?[A-Za-z0-9_\\%&=-]{8}"
)
# The rest of a token behind its prefix: so much of it, with a digit or a capital, or the joint of
# its first piece. A word of a name has neither, and few names are in quotes.
_REST = (
    rb"(?:(?=[a-z_.=+/-]{0,32}[A-Z0-9])"
    rb"(?:[A-Za-z0-9_.=+/-]{10}|[A-Za-z0-9_.-]{1,9}(?:[\r\n<]| {0,80}(?:\||\xe2[\x94\x95])))"
    rb"|(?:(?=[a-z_.-]{0,32}[A-Z0-9])[A-Za-z0-9_.-]{1,300}[\"'`\\]|[a-z]{0,3}[\"'`\\\r\n]))"
)
# What a text of at least so many characters in Base64 begins with.
_LEAST_ENCODED = 3
_RUN = LazyBytesRegex(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24}")
_ENCODED_LENGTH = 64
_ENCODED = LazyBytesRegex(rb"[A-Za-z0-9+/]{64}")
_WORD_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
# How far in front of a place an escape may begin that ends like a word.
_ESCAPE_LENGTH = 12
_ENDS_ESCAPE = frozenset(b"D")
# Searched slice by slice, so that data of nothing but matches does not fill the memory; the overlap
# is longer than any pattern.
_SLICE = 1 << 18
_OVERLAP = 16

_ANY, _NEVER = LazyBytesRegex(rb""), LazyBytesRegex(rb"(?!)")
# The coding of the text at a pattern, and what has to stand there; its group is a prefix.
_Pattern = tuple[Coding | None, LazyBytesRegex]
_Search = tuple[ByteSearch, list[_Pattern]]
# The place of a match, the coding of the text there, and the prefix or its first letters unless it
# is in another one; neither at the name of a service.
_Match = tuple[int, Coding | None, bytes]


def is_glued(data: bytes | memoryview, start: int) -> bool:
    """Return whether a word continues at a place, unless it may be the end of an escape."""
    if not start or data[start - 1] not in _WORD_BYTES:
        return False
    front = bytes(data[start - _ESCAPE_LENGTH if start > _ESCAPE_LENGTH else 0 : start])
    # A loop over these takes several times as long, in data of nothing but prefixes.
    return not (b"\\" in front or b"%" in front or b"\x1b" in front or b"=3D" in front)


def places(data: bytes | memoryview) -> Iterator[int]:
    """Yield the places in some data where tokens of services may begin, in no order."""
    is_named = False
    for at, coding, _ in _matches(data):
        if coding is None:
            is_named = True
        else:
            yield at
    if is_named:
        for at, _ in _beside_names(data):
            yield at


def prefix_places(data: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the places of tokens that may begin there, in their order, each with its prefixes."""
    others = _beside_names(data)
    other = next(others, None)
    for at, coding, text in _matches(data):
        if coding is not Coding.NARROW or joint_in(text) is not None:
            continue
        while other is not None and other[0] < at:
            yield other[0], _prefixes(other[1])
            other = next(others, None)
        prefixes = _prefixes(text)
        if not (prefixes[0].isalnum() and _is_in_encoded_data(data, at)):
            yield at, prefixes
    while other is not None:
        yield other[0], _prefixes(other[1])
        other = next(others, None)


def torn_places(data: bytes) -> Iterator[TornHead]:
    """Yield the torn prefixes at the end of a literal or in front of a soft hyphen, in order."""
    joints = TornJoints(data)
    for at, coding, text in _matches(data):
        if coding is not Coding.NARROW:
            continue
        joint = joint_in(text)
        # A whole prefix is also the head of a longer one.
        torn = joints.torn_at(at + (len(text) if joint is None else joint))
        if torn is not None:
            yield torn


def encoded_places(data: bytes) -> Iterator[tuple[int, Coding]]:
    """Yield the places of texts in another coding that may be such tokens, in their order."""
    for at, coding, _ in _matches(data, _encoded_searches()):
        if coding is not None:
            yield at, coding


def _beside_names(data: bytes | memoryview) -> Iterator[tuple[int, bytes]]:
    """Yield the places of tokens of Discord that count only near its name, with their prefixes."""
    # Slices may overlap, since the ranges around two matches of one name are one.
    around = (
        (max(0, begin + start - _BESIDE), begin + start + _BESIDE)
        for begin in range(0, len(data), _SLICE)
        for _, start, _ in _name_search().find(memoryview(data)[begin : begin + _SLICE + _OVERLAP])
    )
    for first, last in join_ranges(around):
        for match in _OTHER_IDS.compiled.finditer(data, first, last):
            if not is_glued(data, match.start()):
                yield match.start(), match[1]


@cache
def _name_search() -> ByteSearch:
    return ByteSearch(_DISCORD_NAMES)


@cache
def _prefixes(beginning: bytes) -> tuple[str, ...]:
    """Return the prefixes with this beginning in front of a sign, or those that stand with it."""
    text = beginning.decode("ascii")
    if text not in PREFIXES:
        return tuple(prefix for prefix, stem in _WRITTEN_STEMS.items() if stem == text)
    return tuple(prefix for prefix in _LONGEST_FIRST if text.startswith(prefix)) or (text,)


def _is_in_encoded_data(data: bytes, at: int) -> bool:
    """Return whether a place is inside of data in Base64, where letters stand by chance."""
    if data[at - 1 : at] not in {b"+", b"/"}:
        return False
    return _ENCODED.fullmatch(data[max(0, at - _ENCODED_LENGTH) : at]) is not None


def _matches(data: bytes | memoryview, searches: list[_Search] | None = None) -> Iterator[_Match]:
    """Yield the matches at which a token may begin, and those of names, in their order."""
    searches = searches or _searches()
    whole = memoryview(data)
    joints = TornJoints(data)
    for begin in range(0, len(data), _SLICE):
        part = whole[begin : begin + _SLICE + _OVERLAP] if len(data) > _SLICE else data
        found: list[_Match] = []
        for search, patterns in searches:
            glued_end = -1
            # Nearly always there is none.
            for number, start, _ in search.find(part):
                coding, expression = patterns[number]
                at = begin + start
                match = expression.compiled.match(data, at)
                if match is None or start >= _SLICE:
                    continue
                if coding is not Coding.NARROW:
                    found.append((at, coding, b""))
                    continue
                text = match[match.lastindex or 0]
                joint = joint_in(text)
                if joint is not None:
                    if joints.may_tear(at + joint):
                        found.append((at, coding, text))
                elif at != glued_end and not is_glued(data, at):
                    found.append((at, coding, text))
                elif text[0] not in _ENDS_ESCAPE and text[-1] in _WORD_BYTES:
                    # What stands directly behind it is glued as well.
                    glued_end = at + len(text)
        yield from sorted(found)


@cache
def _searches() -> list[_Search]:
    """Return two searches: one for more than 64 patterns, or short ones, is many times slower."""
    plain: dict[bytes, _Pattern] = dict.fromkeys(_DISCORD_NAMES, (None, _ANY))
    by_stem: dict[str, list[str]] = {}
    for prefix in _LONGEST_FIRST:
        stem = next((each for each in _STEMS if prefix.startswith(each)), prefix[:_STEM])
        by_stem.setdefault(stem, []).append(prefix)
    for stem, prefixes in by_stem.items():
        plain[stem.encode()] = Coding.NARROW, LazyBytesRegex(_expression(stem, prefixes))
    plain |= {_DISCORD + bytes([third]): (Coding.NARROW, _IDS) for third in _THIRD}
    wide = {"\0".join(prefix[:_WIDE_STEM]).encode() for prefix in WIDE}
    for each in (*LITERALS, *HYPHENATED):
        plain[each] = Coding.NARROW, LazyBytesRegex(re.escape(each))
    long = {each: pattern for each, pattern in plain.items() if len(each) >= _STEM}
    long |= dict.fromkeys(sorted(wide), (Coding.UTF_16, _ANY))
    short = {each: pattern for each, pattern in plain.items() if len(each) < _STEM}
    short |= dict.fromkeys(sorted(_base64_beginnings()), (Coding.BASE64, _RUN))
    searches = [(ByteSearch([*each]), each) for each in (long, short)]
    return [(search, [patterns[each] for each in search.patterns]) for search, patterns in searches]


@cache
def _encoded_searches() -> list[_Search]:
    """Return the search of texts in another coding, in which no other text matches."""
    never = (None, _NEVER)
    return [
        (search, [never if each[0] in {None, Coding.NARROW} else each for each in patterns])
        for search, patterns in _searches()
    ]


def _expression(stem: str, prefixes: list[str]) -> bytes:
    """Return the expression for tokens with these prefixes, which begin with a stem."""
    whole = b"|".join(re.escape(each.encode()) for each in prefixes)
    written = {_WRITTEN_STEMS.get(prefix, "") for prefix in prefixes}
    signs = [each.encode() for each in sorted(written, key=len, reverse=True) if stem in each]
    expression = b"(?>(" + whole + b"))" + _REST
    if signs:
        expression += b"|(" + b"|".join(signs) + b")" + _WRITTEN_SIGN
    heads = b"|".join(re.escape(each.encode()) for each in torn_heads(stem, prefixes))
    return b"((?:" + heads + b")" + JOINT + b")|" + expression if heads else expression


@cache
def _base64_beginnings() -> frozenset[bytes]:
    """Return what the Base64 of a token alone begins with; that of a signed one is frequent."""
    stems = (prefix for prefix in PREFIXES if len(prefix) >= _LEAST_ENCODED and prefix[0] != "e")
    encoded = (binascii.b2a_base64(each.encode(), newline=False)[:_STEM] for each in stems)
    return frozenset(encoded)
