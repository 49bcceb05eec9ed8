"""Write durations and moments for people, and read durations and numbers within bounds."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

from tokcheck.core.errors import UsageError

_UNITS = (("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
# A longer duration is a typing error.
LONGEST_DURATION = "100000d"
_LONGEST = 100_000 * 86_400
_SUFFIXES = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SHOWN = 40

Number = TypeVar("Number", int, float)


def format_duration(seconds: float) -> str:
    """Write a number of seconds with its two largest units: ``7 h 58 min``."""
    rest = max(0, int(seconds))
    parts: list[str] = []
    for name, size in _UNITS:
        number, rest = divmod(rest, size)
        if number or (size == 1 and not parts):
            parts.append(f"{number} {name}{'s' if name == 'day' and number != 1 else ''}")
        if len(parts) == 2 or (parts and not number):  # noqa: PLR2004 - two units
            break
    return " ".join(parts)


def format_relative(seconds: float) -> str:
    """Write how far away a moment is: ``in 12 min`` or ``3 min ago``; now counts as past."""
    return f"in {format_duration(seconds)}" if seconds > 0 else f"{format_duration(-seconds)} ago"


def draw_bar(number: int, of: int, cells: int, *, blocks: bool) -> tuple[str, str]:
    """Return the full and the empty cells of a bar for ``number`` of ``of``.

    ``blocks`` is whether block characters can be shown.
    """
    full, empty = ("█", "░") if blocks else ("#", ".")
    count = round(cells * min(1.0, number / of)) if of else 0
    return full * count, empty * (cells - count)


def format_moment(when: datetime, zone: tzinfo | None = None) -> str:
    """Write a moment to the minute in UTC, and also in ``zone`` if that differs."""
    universal = when.astimezone(UTC)
    text = f"{universal:%Y-%m-%d %H:%M} UTC"
    if zone is None:
        return text
    try:
        own = when.astimezone(zone)
    except OverflowError:
        return text
    if own.utcoffset() == universal.utcoffset():
        return text
    day = "" if own.date() == universal.date() else f"{own:%Y-%m-%d} "
    return f"{text} ({day}{own:%H:%M %Z})"


def moment_in_utc(seconds: float) -> datetime | None:
    """Return the moment of Unix seconds; ``None`` if it is beyond what a date can be."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OSError, OverflowError):
        return None


def parse_duration(text: str) -> float:
    """Read a duration such as ``90``, ``90s``, ``15m``, ``1h`` or ``2d``; a bare number is seconds.

    :raises UsageError: if the text is no duration, or longer than ``LONGEST_DURATION``.
    """
    number = text.strip().lower()
    suffix = number.lstrip("0123456789.")
    try:
        value = float(number[: len(number) - len(suffix)]) * _SUFFIXES[suffix.strip() or "s"]
    except (ValueError, KeyError):
        raise UsageError(
            f"{text[:_SHOWN]!r} is not a duration.",
            "Write a number and a unit, such as 90s, 15m, 1h or 2d.",
        ) from None
    if value > _LONGEST:
        raise UsageError(
            f"The duration {text[:_SHOWN]!r} is out of range.",
            f"Give 0s to {LONGEST_DURATION}, such as 1h.",
        )
    return value


def read_in_range(
    option: str, text: str, lowest: str, highest: str, read: Callable[[str], Number]
) -> Number:
    """Return the number or duration that ``text`` gives for an option.

    ``read`` is ``int`` or :func:`parse_duration`; the bounds, which are inclusive, are written as
    a user writes them.

    :raises UsageError: if it is none, or out of range; the hint states both bounds.
    """
    try:
        value = read(text)
    except ValueError:
        raise UsageError(
            f"{option} {text[:_SHOWN]!r} is not a whole number.", f"Give {lowest} to {highest}."
        ) from None
    if not read(lowest) <= value <= read(highest):
        raise UsageError(
            f"{option} {text[:_SHOWN]} is out of range.", f"Give {lowest} to {highest}."
        )
    return value
