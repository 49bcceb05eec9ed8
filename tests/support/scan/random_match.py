"""A random text that a regular expression matches, of the kind that describes tokens."""

from random import Random
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

_WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def random_match(pattern: str, random: Random) -> str:
    """Return such a text, in which repeated parts are of middling length."""
    return "".join(_texts(_parser.parse(pattern), random))


def _texts(parsed: Any, random: Random) -> Any:
    for operator, value in parsed:
        if operator is _constants.LITERAL:
            yield chr(value)
        elif operator is _constants.IN:
            yield random.choice(_characters(value))
        elif operator is _constants.MAX_REPEAT:
            least, most, part = value
            for _ in range(min(most, max(least, 40))):
                yield from _texts(part, random)
        elif operator is _constants.SUBPATTERN:
            yield from _texts(value[3], random)
        elif operator is _constants.BRANCH:
            yield from _texts(random.choice(value[1]), random)
        elif operator is not _constants.ASSERT_NOT:
            raise NotImplementedError(str(operator))


def _characters(members: Any) -> list[str]:
    found: list[str] = []
    for operator, value in members:
        if operator is _constants.LITERAL:
            found.append(chr(value))
        elif operator is _constants.RANGE:
            found += map(chr, range(value[0], value[1] + 1))
        else:  # a word's
            found += _WORD + "_"
    return found
