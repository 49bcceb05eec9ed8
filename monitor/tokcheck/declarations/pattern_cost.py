"""The time that a declared regular expression may take: Python's engine tries every way to match.

The expression is read as an automaton of its positions (Glushkov's). If a text leads back to a
position in two ways, the number of ways doubles with each turn: that is exponential. If one text
keeps each of two loops busy and leads from one into the other, the number grows with the length:
each such pair adds a power. (A. Weber, H. Seidl: On the degree of ambiguity of finite automata.)
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

_TREE: Any = import_module("re._parser")
_COMPILER: Any = import_module("re._compiler")
# Every character of ASCII, and one for each kind of others.
_ALPHABET = (*map(chr, range(128)), "é", "٣", "漢", "\u2003", "\u017f")
_ANY = (1 << len(_ALPHABET)) - 1
# A repetition that differs by fewer times is none for a power of the length.
_FEW = 64
# Positions of a part that is repeated a fixed number of times, each time for itself.
_MOST_COPIED = 80
# The work of one examination, in steps; a longer one counts as a refusal.
_MOST_STEPS = 400_000
_MOST_POSITIONS = 400


class _CostlyError(Exception):
    """The expression may take too long, or is too large to tell."""


class _Part(NamedTuple):
    """A part of an expression: the positions it begins and ends with, each with its ways.

    ``empty`` is in how many ways it matches nothing. Numbers of ways end at 2.
    """

    first: Mapping[int, int]
    last: Mapping[int, int]
    empty: int


_NOTHING = _Part({}, {}, 1)


def is_quick(pattern: str, *, searched: bool = False) -> bool:
    """Return whether an expression takes time in proportion to a text at every place of it.

    One that is ``searched`` for in a short text may take the square of its length in all.
    """
    try:
        tree = _TREE.parse(pattern)
        front = _TREE.parse("(?s:.*)") if searched else ()
        return _examine([*front, *tree], tree.state.flags) <= (1 if searched else 0)
    except (_CostlyError, RecursionError):
        return False


def _examine(tree: Iterable[Any], flags: int) -> int:
    """Return the power of the length by which the number of ways grows, if it is no exponent."""
    automaton = _Automaton(flags)
    automaton.part_of(tree)
    automaton.check_exponent()
    return max((automaton.power(), *automaton.inner))


class _Automaton:
    """The positions of an expression, and which may follow which."""

    def __init__(self, flags: int) -> None:
        self._flags = flags
        self._loops: list[list[int]] = []
        self._characters: list[int] = []
        self._next: list[dict[int, int]] = []
        # Positions that repeat often.
        self._long: set[int] = set()
        self._steps = 0
        self.inner: list[int] = []
        """The powers of the expressions in assertions."""

    def part_of(self, tree: Iterable[Any]) -> _Part:
        """Return a part with its positions, which are added."""
        whole = _NOTHING
        for name, value in tree:
            whole = self._then(whole, self._item(str(name), value))
        return whole

    def _item(self, name: str, value: Any) -> _Part:  # noqa: ANN401 - of the library
        match name:
            case "AT":
                return _NOTHING
            case "ASSERT" | "ASSERT_NOT":
                self.inner.append(_examine(value[1], self._flags))
                return _NOTHING
            case "SUBPATTERN":
                self._flags |= value[1]
                return self.part_of(value[3])
            case "ATOMIC_GROUP":
                return self.part_of(value)
            case "BRANCH":
                return self._either(self.part_of(each) for each in value[1])
            case "GROUPREF_EXISTS":
                return self._either(self.part_of(each or ()) for each in value[1:])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repetition(*value)
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                return self._position(name, value)
        raise _CostlyError  # a reference to a group may take any time

    def _position(self, name: str, value: Any) -> _Part:  # noqa: ANN401 - of the library
        if len(self._next) >= _MOST_POSITIONS:
            raise _CostlyError
        self._characters.append(_ANY if name == "ANY" else _characters_of(name, value, self._flags))
        self._next.append({})
        only = {len(self._next) - 1: 1}
        return _Part(only, only, 0)

    def _then(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        return _Part(
            _sum(one.first, other.first, one.empty),
            _sum(other.last, one.last, other.empty),
            min(2, one.empty * other.empty),
        )

    def _either(self, parts: Iterable[_Part]) -> _Part:
        first, last, empty = dict[int, int](), dict[int, int](), 0
        for part in parts:
            first, last = {**first, **part.first}, {**last, **part.last}
            empty += part.empty
        return _Part(first, last, min(2, empty))

    def _repetition(self, least: int, most: Any, tree: Any) -> _Part:  # noqa: ANN401 - of the library
        begin = len(self._next)
        part = self.part_of(tree)
        size = len(self._next) - begin
        if least == int(most) and not part.empty and size * least <= _MOST_COPIED:
            for _ in range(least - 1):
                part = self._then(part, self.part_of(tree))
            return part if least else _NOTHING
        if most == 1:
            return part._replace(empty=min(2, part.empty + (least == 0)))
        if part.empty:
            raise _CostlyError  # it could be repeated without end
        self._link(part.last, part.first)
        if int(most) - least >= _FEW:
            self._long.update(range(begin, len(self._next)))
        return part._replace(empty=int(least == 0))

    def _link(self, ends: Mapping[int, int], begins: Mapping[int, int]) -> None:
        for end, ways in ends.items():
            following = self._next[end]
            for begin, others in begins.items():
                following[begin] = min(2, following.get(begin, 0) + ways * others)
            self._spend(len(begins))

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > _MOST_STEPS:
            raise _CostlyError

    def check_exponent(self) -> None:
        """Raise an error if a text leads from a position back to it in two ways."""
        self._loops = _components(range(len(self._next)), self._next.__getitem__)
        of = {each: number for number, loop in enumerate(self._loops) for each in loop}
        for each, following in enumerate(self._next):
            if any(ways > 1 and of[each] == of[other] for other, ways in following.items()):
                raise _CostlyError
        for loop in self._loops:
            inside = set(loop)
            follow = partial(self._step, inside=(inside, inside))
            pairs = _components(((each, each) for each in loop), follow)
            for component in pairs:
                kinds = {one == other for one, other in component}
                if len(kinds) > 1:
                    raise _CostlyError

    def _step(
        self, places: tuple[int, ...], inside: tuple[set[int], ...]
    ) -> Iterator[tuple[int, ...]]:
        """Yield where one more character leads from several places at once."""
        found: list[tuple[tuple[int, ...], int]] = [((), _ANY)]
        for place, within in zip(places, inside, strict=True):
            found = [
                ((*before, other), shared)
                for before, characters in found
                for other in self._next[place]
                if other in within and (shared := characters & self._characters[other])
            ]
            self._spend(len(found) + 1)
        for reached, _ in found:
            yield reached

    def power(self) -> int:
        """Return the longest chain of pairs of loops, each of which shares a text with the next."""
        # In the order of the way: each component comes behind those that it leads to.
        order = [loop for loop in self._loops if self._is_long(loop)]
        lengths: dict[int, int] = {}
        for number, loop in enumerate(order):
            reached = self._reachable(loop)
            lengths[number] = 0
            for other in range(number):
                if reached.isdisjoint(order[other]):
                    continue
                step = int(self._share_text(loop, order[other], reached))
                lengths[number] = max(lengths[number], lengths[other] + step)
        return max(lengths.values(), default=0)

    def _is_long(self, loop: list[int]) -> bool:
        first = loop[0]
        return not self._long.isdisjoint(loop) and (len(loop) > 1 or first in self._next[first])

    def _reachable(self, places: Iterable[int]) -> set[int]:
        reached, left = set(places), list(places)
        while left:
            for other in self._next[left.pop()]:
                if other not in reached:
                    reached.add(other)
                    left.append(other)
        return reached

    def _share_text(self, one: list[int], other: list[int], between: set[int]) -> bool:
        """Return whether a text leads round in either loop, and from the first to the second."""
        inside = (set(one), between, set(other))
        for begin in one:
            for end in other:
                reached = set[tuple[int, ...]]()
                left: list[tuple[int, ...]] = [(begin, begin, end)]
                while left:
                    for places in self._step(left.pop(), inside):
                        if places == (begin, end, end):
                            return True
                        if places not in reached:
                            reached.add(places)
                            left.append(places)
        return False


def _sum(one: Mapping[int, int], other: Mapping[int, int], times: int) -> dict[int, int]:
    if not times:
        return dict(one)
    return {**one, **{place: min(2, ways * times) for place, ways in other.items()}}


def _characters_of(name: str, value: Any, flags: int) -> int:  # noqa: ANN401 - of the library
    """Return which characters of the alphabet a position takes, one bit for each."""
    tree = _TREE.parse("")
    tree.append((getattr(_TREE, name), value))
    taken: re.Pattern[str] = _COMPILER.compile(tree, flags & re.IGNORECASE)
    return sum(1 << at for at, each in enumerate(_ALPHABET) if taken.match(each))


def _components(begins: Iterable[Any], following: Any) -> list[list[Any]]:  # noqa: ANN401 - of any node
    """Return the strongly connected components, each behind those it leads to (Tarjan)."""
    index: dict[Any, int] = {}
    low: dict[Any, int] = {}
    stack: list[Any] = []
    open_nodes: set[Any] = set()
    found: list[list[Any]] = []
    for begin in begins:
        if begin in index:
            continue
        work = [(begin, iter(following(begin)))]
        index[begin] = low[begin] = len(index)
        stack.append(begin)
        open_nodes.add(begin)
        while work:
            node, others = work[-1]
            for other in others:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    open_nodes.add(other)
                    work.append((other, iter(following(other))))
                    break
                if other in open_nodes:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    component: list[Any] = []
                    while not component or component[-1] != node:
                        component.append(stack.pop())
                        open_nodes.discard(component[-1])
                    found.append(component)
    return found
