"""Make a text that a regular expression matches."""

import re
import string
from collections.abc import Iterable
from re import _constants as ops  # type: ignore[attr-defined]  # as the parser of the library has it
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from tokcheck.core.errors import UsageError
from tokcheck.sandbox.state.token_formats import RandomSource

_LETTERS = string.ascii_letters + string.digits
# In this order: letters and digits if a class has some, then other visible characters.
_CLASSES = (_LETTERS, "-_", string.punctuation, " ")
_LENGTH = 40
_REPEATS = {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}
_NOTHING = {ops.AT, ops.ASSERT, ops.ASSERT_NOT}
_CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
}


def token_text(prefix: str, pattern: str, random: RandomSource) -> str:
    """Return a text of ``prefix`` and a match of ``pattern``, some 40 characters if it may be.

    :raises UsageError: if no such text was found.
    """
    text = _Writer(random).write(parser.parse(pattern))
    if re.fullmatch(pattern, text) is None:
        raise _pattern_error(pattern)
    return prefix + text


def text_with_values(values: Iterable[tuple[str, str]], random: RandomSource) -> str:
    """Return a text in which the first group of each pattern is a value.

    :raises UsageError: if no such text was found.
    """
    pairs = tuple(values)
    text = ""
    for pattern, value in pairs:
        piece = _Writer(random, value).write(parser.parse(pattern))
        candidates = (*_overlaps(text, piece), f"{text}, {piece}", f"{piece}, {text}")
        known = pairs[: pairs.index((pattern, value)) + 1]
        found = (each for each in candidates if _has_values(each, known))
        text = next(found, "")
        if not text:
            raise _pattern_error(pattern)
    return text


def _has_values(text: str, values: Iterable[tuple[str, str]]) -> bool:
    matches = ((re.search(pattern, text), value) for pattern, value in values)
    return all(match is not None and match[1] == value for match, value in matches)


def _overlaps(first: str, second: str) -> Iterable[str]:
    """Yield both texts joined, where one ends as the other begins."""
    for left, right in ((first, second), (second, first)):
        for length in range(min(len(left), len(right)), -1, -1):
            if left.endswith(right[:length]):
                yield left + right[length:]


def _pattern_error(pattern: str) -> UsageError:
    return UsageError(
        f"The sandbox finds no text for the pattern {pattern[:80]!r}.",
        "Write a simpler one: characters, classes, groups and repetitions.",
    )


class _Writer:
    """Writes one text; ``value`` replaces the first group."""

    def __init__(self, random: RandomSource, value: str | None = None) -> None:
        self._random = random
        self._value = value
        self._groups: dict[int, str] = {}
        self._depth = 0

    def write(self, nodes: Iterable[tuple[Any, Any]]) -> str:
        return "".join(self._piece(op, argument) for op, argument in nodes)

    def _piece(self, op: Any, argument: Any) -> str:  # noqa: ANN401 - as the parser has it
        if op is ops.LITERAL:
            return chr(argument)
        if op in _NOTHING:
            return ""
        if op in {ops.IN, ops.NOT_LITERAL, ops.ANY}:
            return self._character(op, argument)
        if op in _REPEATS:
            return self._repeat(*argument)
        if op is ops.SUBPATTERN:
            return self._group(argument[0], argument[-1])
        if op is ops.BRANCH:
            return self.write(argument[1][0])
        if op is ops.GROUPREF:
            return self._groups.get(argument, "")
        if op is ops.ATOMIC_GROUP:
            return self.write(argument)
        raise _pattern_error(str(op).lower())

    def _group(self, number: int | None, nodes: Iterable[tuple[Any, Any]]) -> str:
        text = self._value if number == 1 and self._value is not None else self.write(nodes)
        if number is not None:
            self._groups[number] = text
        return text

    def _repeat(self, least: int, most: Any, nodes: Any) -> str:  # noqa: ANN401 - MAXREPEAT is one
        wanted = 1 if self._depth else _LENGTH
        self._depth += 1
        count = min(int(most), max(least, wanted))
        text = "".join(self.write(nodes) for _ in range(count))
        self._depth -= 1
        return text

    def _character(self, op: Any, argument: Any) -> str:  # noqa: ANN401 - as the parser has it
        items = argument if op is ops.IN else [(op, argument)]
        negated = items[0][0] is ops.NEGATE
        for characters in _CLASSES:
            fit = [each for each in characters if _is_in(each, items) is not negated]
            if fit:
                return self._random.choices(fit, k=1)[0]
        raise _pattern_error("a class without a visible ASCII character")


def _is_in(character: str, items: Iterable[tuple[Any, Any]]) -> bool:
    code = ord(character)
    for op, argument in items:
        if op is ops.ANY:
            return True
        if op is ops.NOT_LITERAL:
            return bool(code != argument)
        if op is ops.LITERAL and code == argument:
            return True
        if op is ops.RANGE and argument[0] <= code <= argument[1]:
            return True
        if op is ops.CATEGORY and re.match(_CATEGORIES[argument], character):
            return True
    return False
