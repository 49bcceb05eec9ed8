"""Write durations and moments for people, and read durations."""

from datetime import UTC, datetime, tzinfo
from math import inf

from tokcheck.core.errors import UsageError

_UNITS = (("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
# Three hundred years: a longer duration is a typing error.
_LONGEST = 10_000_000_000
_SUFFIXES = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}


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


def parse_duration(text: str) -> float:
    """Read a duration such as ``90``, ``90s``, ``15m``, ``1h`` or ``2d``; a bare number is seconds.

    :raises UsageError: if the text is no duration.
    """
    number = text.strip().lower()
    suffix = number.lstrip("0123456789.")
    try:
        value = float(number[: len(number) - len(suffix)]) * _SUFFIXES[suffix.strip() or "s"]
    except (ValueError, KeyError):
        value = inf
    if value > _LONGEST:
        raise UsageError(
            f"{text[:40]!r} is not a duration.",
            "Write a number and a unit, such as 90s, 15m, 1h or 2d.",
        )
    return value
