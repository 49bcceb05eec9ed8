"""Lazy values: regular expressions compiled, and public names imported, at first use.

Compiling all patterns costs as much as starting the interpreter, and most commands need few of
them. The same holds for importing every module that a package makes public.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, AnyStr, Generic, final


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
            self.compiled = re.compile(self.pattern, self._flags)
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
    return re.compile(pattern)


def load_export(package: str, modules: Mapping[str, str], name: str) -> Any:  # noqa: ANN401 - of any type
    """Return a public name of ``package``; ``modules`` maps each name to the module that has it.

    :raises AttributeError: if the package has no such name.
    """
    if name not in modules:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return getattr(import_module(modules[name]), name)
