"""What is made when it is first used: compiled regular expressions, and a package's public names.

Compiling all patterns costs as much as starting the interpreter, and most commands need few of
them. The same holds for importing every module that a package makes public.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, AnyStr, Generic, final


class _Lazy(Generic[AnyStr]):
    """A regular expression that is compiled when it is first used."""

    __slots__ = ("_compiled", "_flags", "pattern")

    def __init__(self, pattern: AnyStr, flags: int = 0) -> None:
        self.pattern: AnyStr = pattern
        self._flags = flags
        self._compiled: re.Pattern[AnyStr] | None = None

    @property
    def compiled(self) -> re.Pattern[AnyStr]:
        """The compiled expression."""
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self._flags)
        return self._compiled


@final
class LazyBytesRegex(_Lazy[bytes]):
    """A regular expression for bytes."""

    __slots__ = ()


@final
class LazyRegex(_Lazy[str]):
    """A regular expression; its methods are those of a compiled one."""

    __slots__ = ()

    def match(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """Match at ``start``, as if the text ended at ``end``."""
        return self.compiled.match(text, start, len(text) if end is None else end)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Match the whole text."""
        return self.compiled.fullmatch(text)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Search from ``start`` on."""
        return self.compiled.search(text, start)


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
