"""Write the state of rate-limit windows as a declaration says that its API reports it."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, NamedTuple

from tokcheck.sandbox.declared.json_paths import put_at
from tokcheck.sandbox.http_messages import Headers
from tokcheck.sandbox.state.declared.pattern_text import text_with_values
from tokcheck.sandbox.state.declared.window_counts import WindowNumbers
from tokcheck.sandbox.state.token_formats import RandomSource

# The fields that describe only the window nearest to its limit, if there are such fields.
_OF_CURRENT = ("remaining", "used", "reset", "current")
_DAY = 86_400
_NUMBERS = ("length", "limit", "current", "remaining", "used")


class _Value(NamedTuple):
    """One value and the place that it goes to."""

    source: Mapping[str, Any]
    text: str
    number: int | None
    """The value as JSON has it; ``None`` for a text."""
    name: str
    """The family of limits."""


def rate_headers(
    windows: Iterable[WindowNumbers], now: float, random: RandomSource
) -> tuple[Headers, dict[str, Any]]:
    """Return the headers that report windows at ``now`` (Unix seconds), and the body's fields."""
    headers: dict[str, list[_Value]] = {}
    bodies: dict[str, list[_Value]] = {}
    for value in _values(tuple(windows), now):
        source = value.source
        places, place = (
            (headers, source["header"]) if "header" in source else (bodies, source["path"])
        )
        # The names of headers do not depend on letter case.
        place = next((each for each in places if each.lower() == place.lower()), place)
        places.setdefault(place, []).append(value)
    written = tuple((name, _header_value(values, random)) for name, values in headers.items())
    fields: Any = {}
    for path, values in bodies.items():
        fields = put_at(fields, path, _body_value(values, random))
    return written, fields


def _values(windows: tuple[WindowNumbers, ...], now: float) -> Iterator[_Value]:
    marked = [each for each in windows if "current" in each.window.table]
    nearest = min(marked, key=_share_left, default=None)
    for numbers in windows:
        table = numbers.window.table
        known = {
            "length": int(numbers.window.seconds),
            "limit": numbers.window.limit,
            "current": numbers.window.limit,
            "remaining": numbers.remaining,
            "used": numbers.used,
        }
        hidden = _OF_CURRENT if numbers in marked and numbers is not nearest else ()
        elsewhere = table.get("elsewhere", {})
        name = table.get("name", "")
        places = [(key, each) for each in (table, elsewhere) for key in (*_NUMBERS, "reset")]
        for key, each in places:
            source = each.get(key)
            if isinstance(source, str) and key not in {"length", "reset"}:
                source = {"header": source}
            if not isinstance(source, Mapping) or key in hidden:
                continue
            if key != "reset":
                yield _Value(source, str(known[key]), known[key], name)
            elif "header" in source or "path" in source:
                text = format_reset(source["form"], numbers.reset_at, now)
                number = int(text) if text.isdecimal() else None
                yield _Value(source, text, number, name)
        if "when" in elsewhere:
            when = elsewhere["when"]
            yield _Value({"header": when["header"]}, when["equals"], None, name)


def _share_left(numbers: WindowNumbers) -> float:
    return numbers.remaining / max(1, numbers.window.limit)


def format_reset(form: str, reset_at: float, now: float) -> str:
    """Return a reset (Unix seconds) in one of the declared forms; numbers are rounded up."""
    left = max(0.0, reset_at - now)
    match form:
        case "seconds":
            return str(math.ceil(left))
        case "milliseconds":
            return str(math.ceil(left * 1000))
        case "epoch":
            return str(math.ceil(reset_at))
        case "epoch-ms":
            return str(math.ceil(reset_at * 1000))
        case "date":
            # The first midnight from then on: a token that works has not expired.
            return datetime.fromtimestamp(math.ceil(reset_at / _DAY) * _DAY, UTC).date().isoformat()
        case "http-date":
            return formatdate(math.ceil(reset_at), usegmt=True)
        case "duration":
            minutes, seconds = divmod(math.ceil(left), 60)
            return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
        case _:
            moment = datetime.fromtimestamp(math.ceil(reset_at), UTC)
            return moment.isoformat().replace("+00:00", "Z")


def _body_value(values: list[_Value], random: RandomSource) -> object:
    if any("pattern" in value.source for value in values):
        return _by_patterns(values, random)
    return values[-1].text if values[-1].number is None else values[-1].number


def _by_patterns(values: list[_Value], random: RandomSource) -> str:
    return text_with_values(
        ((value.source["pattern"], value.text) for value in values if "pattern" in value.source),
        random,
    )


def _header_value(values: list[_Value], random: RandomSource) -> str:
    if any("pattern" in value.source for value in values):
        return _by_patterns(values, random)
    if not any({"item", "where", "parameter"} & set(value.source) for value in values):
        return values[-1].text
    return _structured_list(values)


def _structured_list(values: list[_Value]) -> str:
    """Return a list of structured fields (RFC 9651): items by position, then those by parameter."""
    items: dict[object, tuple[str, dict[str, str]]] = {}
    for value in values:
        where = value.source.get("where")
        key: object = value.source.get("item", 0)
        parameters: dict[str, str] = {}
        if where:
            name, wanted = next(iter(where.items()))
            key, parameters = (name, wanted), {name: str(wanted)}
        text, known = items.get(key, ("", {}))
        parameter = value.source.get("parameter")
        if parameter:
            parameters[parameter] = value.text
            text = text or (f'"{value.name}"' if value.name else "")
        else:
            text = value.text
        items[key] = (text, {**known, **parameters})
    positions = [key for key in items if isinstance(key, int)]
    ordered = [items.get(position, ("0", {})) for position in range(max(positions, default=-1) + 1)]
    ordered += [item for key, item in items.items() if not isinstance(key, int)]
    return ", ".join(
        (text or "default") + "".join(f";{name}={value}" for name, value in parameters.items())
        for text, parameters in ordered
    )


def standard_headers(windows: Iterable[WindowNumbers], now: float, form: str) -> Headers:
    """Return the IETF's fields: those of draft 11 (``current``), of draft 07, or of draft 06.

    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    """
    known = tuple(windows)
    if not known:
        return ()
    if form == "current":
        names = [
            each.window.table.get("name") or f"window{number}"
            for number, each in enumerate(known, start=1)
        ]
        pairs = tuple(zip(names, known, strict=True))
        policy = ", ".join(
            f'"{name}";q={each.window.limit};w={int(each.window.seconds)}' for name, each in pairs
        )
        state = ", ".join(
            f'"{name}";r={each.remaining};t={_seconds_left(each, now)}' for name, each in pairs
        )
        return ("RateLimit-Policy", policy), ("RateLimit", state)
    nearest = min(known, key=_share_left)
    limit, remaining, reset = nearest.window.limit, nearest.remaining, _seconds_left(nearest, now)
    policy = ", ".join(f"{each.window.limit};w={int(each.window.seconds)}" for each in known)
    if form == "draft-07":
        state = f"limit={limit}, remaining={remaining}, reset={reset}"
        return ("RateLimit-Policy", policy), ("RateLimit", state)
    return (
        ("RateLimit-Limit", f"{limit}, {policy}"),
        ("RateLimit-Remaining", str(remaining)),
        ("RateLimit-Reset", str(reset)),
    )


def _seconds_left(numbers: WindowNumbers, now: float) -> int:
    return math.ceil(max(0.0, numbers.reset_at - now))
