"""The arguments that a caller passes: a wrong one is named before anything else happens."""

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tokcheck.core.errors import UsageError
from tokcheck.core.secret import Secret


class _ArgumentTypes(NamedTuple):
    """What an argument may be: its types, and the words for them."""

    types: tuple[type, ...]
    words: str
    has_default: bool = True
    """Whether ``None`` stands for a default."""


_TEXT = _ArgumentTypes((str,), "str")
_FORMS: Mapping[str, _ArgumentTypes] = {
    "text": _TEXT._replace(has_default=False),
    "account": _TEXT._replace(has_default=False),
    "offline": _ArgumentTypes((bool,), "bool", has_default=False),
    "provider": _TEXT,
    "providers": _ArgumentTypes((str, os.PathLike), "str or a path"),
    "api_url": _TEXT,
    "min_ttl": _ArgumentTypes((int, float, timedelta), "a number of seconds or a timedelta"),
    "timeout": _ArgumentTypes((int, float), "a number of seconds", has_default=False),
    "path": _TEXT._replace(has_default=False),
    "environment": _ArgumentTypes((Mapping,), "a mapping"),
    "now": _ArgumentTypes((Callable,), "a function"),  # type: ignore[arg-type] # an abstract class
}


def hide_paste(paste: object) -> Secret:
    """Return a paste as a secret, which no traceback shows.

    :raises TypeError: if it is no text.
    """
    if not isinstance(paste, str):
        raise TypeError(f"a paste is str, not {type(paste).__name__}")
    return Secret(paste)


def check_arguments(**arguments: object) -> None:
    """Check the types of arguments, by their names.

    :raises TypeError: if one is of another type; the message names it, and not its value.
    """
    for name, value in arguments.items():
        form = _FORMS[name]
        if value is None and form.has_default:
            continue
        is_flag = isinstance(value, bool) and bool not in form.types  # which Python takes for int
        if is_flag or not isinstance(value, form.types):
            raise TypeError(f"{name} is {form.words}, not {type(value).__name__}")
        if isinstance(value, os.PathLike) and not isinstance(os.fspath(value), str):
            raise TypeError(f"{name} is {form.words}, not {type(os.fspath(value)).__name__}")
        if isinstance(value, Mapping) and value is not os.environ:
            _check_texts(name, value)


def _check_texts(name: str, mapping: Mapping[object, object]) -> None:
    for pair in mapping.items():
        for each in pair:
            if not isinstance(each, str):
                kind = type(each).__name__
                raise TypeError(f"{name} is a mapping of str to str, and contains {kind}")


def read_scope_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of required scopes, which may be one text.

    :raises TypeError: if they are no texts.
    """
    if isinstance(names, str):
        return (names,)
    if not isinstance(names, Iterable):
        raise TypeError(f"require_scopes is a list of str, not {type(names).__name__}")
    found = tuple(names)
    for name in found:
        if not isinstance(name, str):
            raise TypeError(f"require_scopes is a list of str, and contains {type(name).__name__}")
    return found


def checked_clock(now: Callable[[], datetime] | None) -> Callable[[], datetime]:
    """Return a clock of moments with a zone: the caller's, or the system's.

    What it returns raises :class:`TypeError` if the caller's returns no ``datetime``, and
    :class:`UsageError` if that has no time zone.
    """
    return _utc_now if now is None else lambda: _checked_moment(now())


def _checked_moment(moment: datetime) -> datetime:
    if not isinstance(moment, datetime):
        raise TypeError(f"now returns a datetime, not {type(moment).__name__}")
    if moment.tzinfo is None:
        raise UsageError(
            "now returned a moment without a time zone.", "Return one with it: datetime.now(UTC)."
        )
    return moment


def _utc_now() -> datetime:
    return datetime.now(UTC)
