"""What can never work in a declaration, because two of its tables contradict each other.

The tables are read as they are written, with wrong values in them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tokcheck.core.humanize import parse_duration
from tokcheck.declarations.tables.language_table import Conflict, Location
from tokcheck.declarations.value_forms import is_window_length

_WITHOUT_BODY = frozenset({204, 205, 304})
_USUAL_SUCCESS = 200
_NUMBERS = ("length", "limit", "remaining", "used", "reset", "current")
_CLAIMS = ("user", "scopes", "expires")
_CONDITIONS = {"path", "header", "contains", "equals"}
_OF_CLAIM = {"claim", "separator", "form"}


def find_contradictions(table: Mapping[str, Any]) -> Iterator[Conflict]:
    """Yield what the tables of a declaration must be instead, each at its place."""
    yield from _find_unread_bodies(table, table, ())
    yield from _find_unread_bodies(_within(table, "oauth"), {}, ("oauth",))
    yield from _find_refused_success(table)
    yield from _find_unsigned_claims(table)
    yield from _find_equal_windows(table)


def _find_unread_bodies(
    table: Mapping[str, Any], others: Mapping[str, Any], start: Location
) -> Iterator[Conflict]:
    """Yield the check of a table if its response has no body, although something is read from it.

    ``others`` has the windows and the refusals of that check, if it has any.
    """
    check = _within(table, "check")
    success = _within(check, "success")
    place = (*start, "check")
    if "path" in success and _statuses(success) <= _WITHOUT_BODY:
        yield Conflict(
            "a status of a response that has a body, which path reads: one of these has no body",
            (*place, "success", "status"),
        )
    if check.get("method") != "HEAD":
        return
    prefix = "".join(f"{step}." for step in start)
    readers = [f"{prefix}check.success.path"] if "path" in success else []
    readers += [
        f"windows[{number}].{key}"
        for number, window in _tables(others, "windows")
        for key in _NUMBERS
        if "path" in _within(window, key)
    ]
    identity = _within(table, "identity")
    readers += [
        f"{prefix}identity.{key}"
        for key in _CLAIMS
        if isinstance(identity.get(key), str) or "path" in _within(identity, key)
    ]
    readers += [
        f"refusals[{number}].{key}"
        for number, refusal in _tables(others, "refusals")
        for key in ("path", "contains")
        if refusal.get("check_only") is True and key in refusal and "header" not in refusal
    ]
    if readers:
        verb = "reads" if len(readers) == 1 else "read"
        yield Conflict(
            f"GET or POST, because {', '.join(readers)} {verb} the body, and the response to HEAD "
            "has none",
            (*place, "method"),
        )


def _find_refused_success(table: Mapping[str, Any]) -> Iterator[Conflict]:
    """Yield the refusals that every response is which the check accepts."""
    success = _within(_within(table, "check"), "success")
    accepted = _statuses(success)
    for number, refusal in _tables(table, "refusals"):
        statuses = _statuses(refusal) if "status" in refusal else accepted
        common = sorted(accepted & statuses)
        is_unconditional = "status" in refusal and not refusal.keys() & _CONDITIONS
        if not common or not (is_unconditional or _is_of_success(refusal, success)):
            continue
        words = " and ".join(f"HTTP {status}" for status in common)
        yield Conflict(
            f"a table that is not true of every response of check.success ({words}): those would "
            "all be refusals",
            ("refusals", number - 1),
        )


def _is_of_success(refusal: Mapping[str, Any], success: Mapping[str, Any]) -> bool:
    """Return whether a refusal asks for the value that an accepted response has."""
    path = refusal.get("path")
    if path is None or path != success.get("path") or "contains" in refusal:
        return False
    if "equals" not in refusal:
        return True
    values = refusal["equals"]
    values = values if isinstance(values, list) else [values]
    expected = success.get("equals")
    return expected is not None and any(
        value == expected and isinstance(value, bool) is isinstance(expected, bool)
        for value in values
    )


def _find_unsigned_claims(table: Mapping[str, Any]) -> Iterator[Conflict]:
    """Yield what is read from claims of tokens that are never decoded."""
    if _within(table, "credential").get("signed") is True or not table.get("tokens"):
        return
    identity = _within(table, "identity")
    for key in _CLAIMS:
        source = _within(identity, key)
        if "claim" in source and source.keys() <= _OF_CLAIM:  # or it is a problem of its own
            yield Conflict(
                "a table with path or header: only a signed token has claims, which "
                "credential.signed = true declares",
                ("identity", key),
            )


def _find_equal_windows(table: Mapping[str, Any]) -> Iterator[Conflict]:
    """Yield the windows that have the name and the length of an earlier one."""
    known: dict[tuple[str, float], int] = {}
    for number, window in _tables(table, "windows"):
        length = window.get("length")
        if not isinstance(length, str) or not is_window_length(length):
            continue
        first = known.setdefault((str(window.get("name")), parse_duration(length)), number)
        if first != number:
            yield Conflict(
                f"a table with another name or length than windows[{first}]",
                ("windows", number - 1),
            )


def _within(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the table of a key; an empty one if there is none."""
    inner = table.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _tables(table: Mapping[str, Any], key: str) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """Return the tables of a list, numbered from 1."""
    inner = table.get(key)
    listed = inner if isinstance(inner, list | tuple) else ()
    return [(number, each) for number, each in enumerate(listed, 1) if isinstance(each, Mapping)]


def _statuses(table: Mapping[str, Any]) -> set[int]:
    written = table.get("status", _USUAL_SUCCESS)
    listed = written if isinstance(written, list | tuple) else [written]
    return {each for each in listed if isinstance(each, int)} or {_USUAL_SUCCESS}
