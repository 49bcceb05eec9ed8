"""A text with the tokens whole that string literals split in or near their prefix.

The pieces of such a token show nothing of it: only put together they begin with a prefix.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex
from tokcheck.paste.grammar import is_key, joint_at
from tokcheck.paste.notations.signs import without_stretches
from tokcheck.paste.wrapping.word_shapes import is_random_line

# What stands in a literal in front of its end, as far as a token may have it. An escape ends in
# letters or digits as well.
_PERCENT = r"%(?:25){0,2}"
_END = rf"(?:\\{{0,3}}[\"'`]|\\{{1,3}}u002[27]|{_PERCENT}(?:2[27]|60|5[Cc]))"
_FRONT = LazyRegex(
    r"(?<![A-Za-z0-9_./-])"
    r"(?:(?<=\\)(?:[nrtbfv]|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2})|(?<=%)(?:25){0,2}[0-9A-Fa-f]{2})?+"
    rf"([A-Za-z0-9_./-]++)(?={_END})"
)
_PIECE = LazyRegex(r"[A-Za-z0-9_./+=-]++")
_SIGNED = re.compile(r"[A-Za-z0-9_./-]{3,}")
# These also stand between the elements of a list.
_SEPARATORS = frozenset(",;")
# So much behind a prefix may be a whole token, in front of an independent literal.
_LEAST_TOKEN = 8
_MOST_PIECES = 64
# More of them in a paste add nothing but work.
_MOST_SPLIT = 64


class SplitLiteral(NamedTuple):
    """A token over several literals: where it begins, and the joints between its pieces."""

    start: int
    joints: list[tuple[int, int]]


class JoinedText(NamedTuple):
    """A text with the pieces of tokens put together, and how many joints stood in the first one."""

    text: str
    joints: int


def join_literals(text: str, prefixes: Collection[str]) -> JoinedText | None:
    """Return the text with the tokens whole that literals split; ``None`` if there are none."""
    split = [*_split_literals(text, prefixes)]
    if not split:
        return None
    joined = without_stretches(text, (joint for each in split for joint in each.joints))
    return JoinedText(joined.text, len(split[0].joints))


def _split_literals(text: str, prefixes: Collection[str]) -> Iterator[SplitLiteral]:
    known = _prefixes_of(frozenset(prefixes))
    until = count = 0
    for front in _FRONT.compiled.finditer(text):
        if front.start(1) < until or not known.may_begin(front[1]):
            continue
        joints, whole = _follow(text, front, known)
        if joints and known.begins(whole):
            until = joints[-1][1]
            yield SplitLiteral(front.start(1), joints)
            count += 1
            if count == _MOST_SPLIT:
                return


def _follow(
    text: str, front: re.Match[str], known: "_Prefixes"
) -> tuple[list[tuple[int, int]], str]:
    """Return the joints behind the first piece of a token, and the text of all its pieces."""
    joints: list[tuple[int, int]] = []
    whole, end = front[1], front.end()
    while len(joints) < _MOST_PIECES:
        joint = joint_at(text, end)
        if joint is None or joint.lastgroup != "literal":
            break
        piece = _PIECE.match(text, joint.end())
        if piece is None or is_key(joint, piece) or not known.may_join(whole, joint, piece[0]):
            break
        joints.append(joint.span())
        whole, end = whole + piece[0], piece.end()
    return joints, whole


class _Prefixes(NamedTuple):
    prefixes: frozenset[str]
    heads: frozenset[str]
    lengths: tuple[int, ...]

    def begins(self, text: str) -> bool:
        """Return whether a text begins with a prefix."""
        return any(text[:length] in self.prefixes for length in self.lengths)

    def may_begin(self, text: str) -> bool:
        """Return whether a text is the beginning of a prefix, or begins with one."""
        return text in self.heads or self.begins(text)

    def may_join(self, front: str, joint: re.Match[str], piece: str) -> bool:
        """Return whether a piece behind a joint may belong to what stands in front of that."""
        if front in self.heads and (front + piece in self.heads or self.begins(front + piece)):
            return True
        if not self.begins(front) or self.begins(piece):
            return False
        sign = joint["sign"] or joint["late"]
        if sign is None or sign in _SEPARATORS:
            longest = max(length for length in self.lengths if front[:length] in self.prefixes)
            is_short = len(front) - longest < _LEAST_TOKEN
            return is_short and (sign is None or is_random_line(piece))
        return True


@lru_cache(maxsize=4)
def _prefixes_of(prefixes: frozenset[str]) -> _Prefixes:
    """Return the prefixes with a sign of their own, and their beginnings."""
    signed = frozenset(each for each in prefixes if _SIGNED.fullmatch(each))
    heads = frozenset(each[:length] for each in signed for length in range(1, len(each)))
    return _Prefixes(signed, heads, tuple(sorted({len(each) for each in signed})))
