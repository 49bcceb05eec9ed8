"""Lazy values: regular expressions compiled, and public names imported, at first use.

Compiling all patterns costs as much as starting the interpreter, and most commands need few of
them. The same holds for importing every module that a package makes public.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, AnyStr, Generic, final


def compile_regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return the compiled expression; on every version of Python, it matches the same."""
    if _has_possessive_bug():
        return compile_without_possessive_groups(pattern, flags)
    return re.compile(pattern, flags)


@lru_cache(maxsize=1)
def _has_possessive_bug() -> bool:
    """Return whether this Python is one before 3.11.5, such as Debian 12's 3.11.2.

    https://github.com/python/cpython/issues/106052
    """
    return re.fullmatch("(?:ab?c)++", "aca") is not None


def compile_without_possessive_groups(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Compile an expression with an atomic group in place of each possessive repeat of a group.

    Both mean the same. Before Python 3.11.5, such a repeat also takes the beginning of a repetition
    that fails after it backtracked. This uses the insides of those versions, which change no more.
    """
    compiler, parser, sre = (import_module(name) for name in ("re._compiler", "re._parser", "_sre"))
    parsed = parser.parse(pattern, flags)
    _replace_possessive_groups(parsed, compiler, parser)
    state = parsed.state
    names: list[str | None] = [None] * state.groups
    for name, index in state.groupdict.items():
        names[index] = name
    code = compiler._code(parsed, flags)  # noqa: SLF001 - see above
    return sre.compile(  # type: ignore[no-any-return]
        pattern, flags | state.flags, code, state.groups - 1, state.groupdict, tuple(names)
    )


def _replace_possessive_groups(node: Any, compiler: Any, parser: Any) -> None:  # noqa: ANN401 - untyped modules
    if isinstance(node, (list, tuple)):
        for part in node:
            _replace_possessive_groups(part, compiler, parser)
    if not isinstance(node, parser.SubPattern):
        return
    for place, (operation, value) in enumerate(node.data):
        _replace_possessive_groups(value, compiler, parser)
        if operation is parser.POSSESSIVE_REPEAT and not compiler._simple(value[2]):  # noqa: SLF001
            greedy = parser.SubPattern(node.state, [(parser.MAX_REPEAT, value)])
            node.data[place] = (parser.ATOMIC_GROUP, greedy)


class _Lazy(Generic[AnyStr]):
    """A regular expression that is compiled when it is first used.

    From then on its methods are the compiled one's own, as attributes of the instance: patterns are
    matched at every character of a paste, where a call in between takes longer than most matches.
    """

    __slots__ = ("_flags", "compiled", "fullmatch", "match", "pattern", "search")

    compiled: re.Pattern[AnyStr]
    """The compiled expression."""

    def __init__(self, pattern: AnyStr, flags: int = 0) -> None:
        self.pattern: AnyStr = pattern
        self._flags = flags

    if TYPE_CHECKING:

        def match(
            self, text: AnyStr, start: int = 0, end: int = ..., /
        ) -> re.Match[AnyStr] | None: ...
        def fullmatch(
            self, text: AnyStr, start: int = 0, end: int = ..., /
        ) -> re.Match[AnyStr] | None: ...
        def search(
            self, text: AnyStr, start: int = 0, end: int = ..., /
        ) -> re.Match[AnyStr] | None: ...

    else:

        def __getattr__(self, name: str) -> object:
            """Compile the expression when the first of these attributes is read."""
            if name not in _FROM_COMPILED:
                raise AttributeError(name)
            self.compiled = compile_regex(self.pattern, self._flags)
            self.match = self.compiled.match
            self.fullmatch = self.compiled.fullmatch
            self.search = self.compiled.search
            return getattr(self, name)


_FROM_COMPILED = frozenset({"compiled", "fullmatch", "match", "search"})


@final
class LazyBytesRegex(_Lazy[bytes]):
    """A regular expression for bytes."""

    __slots__ = ()


@final
class LazyRegex(_Lazy[str]):
    """A regular expression for text."""

    __slots__ = ()


@lru_cache(maxsize=128)
def compile_cached(pattern: str) -> re.Pattern[str]:
    """Return the compiled expression, kept from its first use on: for patterns that are data."""
    return compile_regex(pattern)


def load_export(package: str, modules: Mapping[str, str], name: str) -> Any:  # noqa: ANN401 - of any type
    """Return a public name of ``package``; ``modules`` maps each name to the module that has it.

    :raises AttributeError: if the package has no such name.
    """
    if name not in modules:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return getattr(import_module(modules[name]), name)
