"""What makes a declared regular expression unfit for tokens, although Python compiles it alone."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

_TREE: Any = import_module("re._parser")
_COMPILER: Any = import_module("re._compiler")
# Every regular expression for text has this one.
_USUAL_FLAGS = re.UNICODE
_FLAGS = (
    "a regular expression without flags for all of it, such as (?i) and (?x), because it is a part "
    "of larger ones: write (?i:...) around what they are for"
)
# What matches no character, but depends on those around it.
_CONDITIONS = {"AT", "ASSERT", "ASSERT_NOT"}
_WITHOUT_CONDITIONS = (
    "a regular expression without ^, $, \\A, \\Z, \\b, (?=...) and other conditions on the text "
    "around: it stands for all of what follows the prefix, or of a token without one"
)
# What has a match for any choice of its characters, so that a token of the form can be made.
_PLAIN_PARTS = {
    "ANY", "BRANCH", "IN", "LITERAL", "MAX_REPEAT", "MIN_REPEAT", "NOT_LITERAL", "SUBPATTERN",
}  # fmt: skip
_WITHOUT_ODD_PARTS = (
    "a regular expression of characters, classes, groups, alternatives and repetitions alone, "
    "without (?>...), (?(1)...) and a*+"
)
# The characters that readers of texts take for those of a token, and those which they take behind a
# prefix as well. Some stand for all that are not ASCII; the visible ones are named first.
_SIGNS = "_-.~+/"
_SIGNS_BEHIND_PREFIX = "=|:"
_OTHERS = (*map(chr, range(0x21, 0x7F)), *map(chr, range(0x21)), "\x7f", "é", "漢")
# Base64 is filled up with these.
_FILLING = re.compile(r"(?:=(?:[?*+]|\{[0-9,]{1,9}\})?)+\Z")
# The least number of characters of a token without a prefix, and the most of any.
_LEAST = 16
_MOST = 2_000
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}


def describe_misfit(pattern: str, *, has_prefix: bool, is_all: bool = True) -> str:
    """Return what a regular expression must be to find tokens; empty if it does.

    It is valid, and becomes a part of others: behind a prefix, and within a group. Unless it
    ``is_all`` of the form, tokens need not have its length.
    """
    tree = _TREE.parse(pattern)
    if tree.state.flags & ~_USUAL_FLAGS or not _compiles_within(pattern):
        return _FLAGS
    parts = {name for name, _ in _nodes(tree)}
    if parts & _CONDITIONS:
        return _WITHOUT_CONDITIONS
    if parts - _PLAIN_PARTS:
        return _WITHOUT_ODD_PARTS
    other = _foreign_character(pattern if has_prefix else _without_filling(pattern), has_prefix)
    if other:
        return _describe_characters(other, has_prefix=has_prefix)
    if not is_all:
        return ""
    shortest = tree.getwidth()[0]
    if not has_prefix and shortest < _LEAST:
        return (
            f"a regular expression for tokens of {_LEAST} characters or more, as there is no "
            "prefix: shorter ones are not found"
        )
    if not shortest:
        return "a regular expression that does not match the empty text: no prefix alone is a token"
    if shortest > _MOST:
        return f"a regular expression for tokens of at most {_MOST} characters"
    if any(taken == {"."} for taken in _last_characters(tree)):
        return (
            "a regular expression for tokens that do not all end with a full stop, which is taken "
            "for the end of a sentence"
        )
    return ""


def _compiles_within(pattern: str) -> bool:
    """Return whether it is valid in an expression as those that find tokens have it."""
    try:
        return re.compile(f"(?a:prefix_(?:{pattern}))") is not None
    except (re.error, RecursionError, OverflowError):
        return False


def _describe_characters(other: str, *, has_prefix: bool) -> str:
    shown = other if other.isprintable() and other.isascii() and other != " " else ascii(other)
    signs = _SIGNS + (_SIGNS_BEHIND_PREFIX if has_prefix else "")
    aside = "" if has_prefix else ", and = at the end"
    behind = "behind a prefix" if has_prefix else "without a prefix"
    return (
        f"a regular expression for letters of ASCII, digits and {' '.join(signs)} alone{aside}: "
        f"it also takes {shown}, which ends a token {behind}"
    )


def _without_filling(pattern: str) -> str:
    """Return an expression without the equals signs at its end."""
    shorter = _FILLING.sub("", pattern)
    with suppress(re.error):
        _TREE.parse(shorter)
        return shorter
    return pattern


def _foreign_character(pattern: str, has_prefix: bool) -> str:  # noqa: FBT001
    """Return a character that an expression takes and no token has; empty if there is none."""
    signs = _SIGNS + (_SIGNS_BEHIND_PREFIX if has_prefix else "")
    positions = (node for node in _nodes(_TREE.parse(pattern)) if not _parts(*node))
    taken = (each for node in positions for each in _characters(*node))
    return next((each for each in taken if not _is_of_token(each, signs)), "")


def _is_of_token(character: str, signs: str) -> bool:
    return character.isascii() and (character.isalnum() or character in signs)


def _nodes(tree: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the value of every part of an expression."""
    for name, value in tree:
        yield str(name), value
        for inner in _parts(str(name), value):
            yield from _nodes(inner)


def _parts(name: str, value: Any) -> list[Any]:  # noqa: ANN401 - of the library
    """Return the expressions in a part of one, of which one or all are matched."""
    match name:
        case "SUBPATTERN":
            return [value[3]]
        case "BRANCH":
            return list(value[1])
        case "MAX_REPEAT" | "MIN_REPEAT":
            return [value[2]]
    return []


def _characters(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - of the library
    """Yield the characters that a position takes, and those that are written there."""
    tree = _TREE.parse("", re.ASCII)
    tree.append((getattr(_TREE, name), value))
    taken: re.Pattern[str] = _COMPILER.compile(tree)
    yield from (each for each in _OTHERS if taken.match(each))
    for kind, code in [(name, value)] if name == "LITERAL" else value if name == "IN" else ():
        if str(kind) == "LITERAL":
            yield chr(code)
        elif str(kind) == "RANGE":
            yield chr(code[1])


def _last_characters(tree: Any) -> Iterator[set[str]]:  # noqa: ANN401 - of the library
    """Yield the characters of each position at which a token may end."""
    for name, value in reversed(tree.data):
        parts = _parts(str(name), value)
        if parts:
            for inner in parts:
                yield from _last_characters(inner)
        else:
            yield {*_characters(str(name), value)}
        is_optional = str(name) in _REPEATS and value[0] == 0
        if not is_optional and any(inner.getwidth()[0] for inner in parts or [_ONE]):
            return


_ONE: Any = _TREE.parse("x")
