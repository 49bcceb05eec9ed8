"""Write durations, moments and lines for people, read durations and numbers, suggest names."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Self, TypeVar

from tokcheck.core.errors import UsageError
from tokcheck.core.lazy import LazyRegex

_UNITS = (("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
# A longer duration is a typing error.
LONGEST_DURATION = "100000d"
_LONGEST = 100_000 * 86_400
_SECONDS_MATTER = 90.0
_SUFFIXES = {
    "s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "day": 86_400, "days": 86_400,
    "w": 604_800,
}  # fmt: skip
_PART = LazyRegex(r"(\d+\.?\d*|\.\d+)\s*([a-z]*)\s*", re.ASCII)
# A written duration: a line that ended within it would be misread.
_DURATION = LazyRegex(r"(?<![\w.,:-])\d[\d,.]{0,20} (?:days?|h|min|s)\b(?: \d{1,2} (?:h|min|s)\b)?")
# Stands for a space where no line may end; no printable text has it.
_JOINT = "\0"
_SHOWN = 40
# How much of a name is compared, and of how many characters the beginning of one is.
_LONGEST_NAME, _SHORTEST_BEGINNING = 100, 3

Number = TypeVar("Number", int, float)


class DatedSentence(str):
    """A sentence that was true when it was made, and can be made again for another moment.

    Code that keeps a sentence for longer shows :meth:`at` instead.
    """

    __slots__ = ("_render",)
    _render: Callable[[datetime], str]

    def __new__(cls, render: Callable[[datetime], str], now: datetime) -> Self:
        """Return the sentence as it is at ``now``; ``render`` returns it for any moment."""
        self = super().__new__(cls, render(now))
        self._render = render
        return self

    def at(self, now: datetime) -> str:
        """Return the sentence as it is at ``now``; empty if it means nothing any more."""
        return self._render(now)


def end_sentence(text: str) -> str:
    """Return a sentence with one end, whatever a server's message in it ends with."""
    bare = text.rstrip(" ,;:")
    return bare if bare.endswith(("!", "?", "…", "...")) else f"{bare.rstrip(' .,;:')}."


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


def format_wait(seconds: float) -> str:
    """Write how long it is until a moment, in whole seconds that suffice for it to come."""
    return format_duration(math.ceil(seconds))


def write_duration(seconds: float) -> str:
    """Write a number of seconds as :func:`parse_duration` reads it: ``1h30m``, or ``90.5s``."""
    if not seconds or seconds % 1:
        return f"{seconds:f}".rstrip("0").rstrip(".") + "s"
    parts, rest = [], int(seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts)


def format_relative(seconds: float) -> str:
    """Write how far away a moment is: ``in 12 min 5 s``, ``3 min ago`` or ``now``."""
    if abs(seconds) < 1:
        return "now"
    return f"in {format_duration(seconds)}" if seconds > 0 else f"{format_duration(-seconds)} ago"


def format_relative_to_minute(seconds: float) -> str:
    """Write how far away a moment is, without seconds where they say little: ``in 12 min``."""
    is_near = abs(seconds) < _SECONDS_MATTER
    return format_relative(seconds if is_near else math.trunc(seconds / 60) * 60)


def draw_bar(number: int, of: int, cells: int, *, blocks: bool) -> tuple[str, str]:
    """Return the full and the empty cells of a bar for ``number`` of ``of``.

    It is full or empty only where the number is. ``blocks`` is whether block characters can be
    shown.
    """
    full, empty = ("█", "░") if blocks else ("#", ".")
    count = round(cells * min(1.0, number / of)) if of else 0
    if 0 < number < of:
        count = max(min(1, cells), min(count, cells - 1))
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


def format_rfc3339(moment: datetime) -> str:
    """Write a moment in UTC as RFC 3339 has it, in whole seconds: ``2026-01-15T10:00:00Z``."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def parse_duration(text: str) -> float:
    """Read a duration such as ``90s``, ``15m``, ``1h30m`` or ``2 days 4 h``.

    A bare number is seconds. Of several units, the larger comes first, as in a written duration.

    :raises UsageError: if the text is no duration, or longer than ``LONGEST_DURATION``.
    """
    value = _sum_parts(text.strip().lower())
    if value is None:
        raise UsageError(
            f"{text[:_SHOWN]!r} is not a duration.",
            "Write numbers with units, such as 90s, 15m, 1h, 1h30m or 2d.",
        )
    if value > _LONGEST:
        raise UsageError(
            f"The duration {text[:_SHOWN]!r} is out of range.",
            f"Give 0s to {LONGEST_DURATION}, such as 1h.",
        )
    return value


def _sum_parts(text: str) -> float | None:
    """Return the seconds of numbers with units, of which each is smaller than the one before."""
    total, end, last = 0.0, 0, math.inf
    while end < len(text):
        part = _PART.match(text, end)
        if part is None:
            return None
        unit = part[2] or ("s" if part.span() == (0, len(text)) else "")
        size = _SUFFIXES.get(unit, math.inf)
        if size >= last:
            return None
        total += float(part[1]) * size
        end, last = part.end(), size
    return total if text else None


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


def nearest_names(
    name: str, known: Iterable[str], most: int = 2, similarity: float = 0.7
) -> list[str]:
    """Return the known names that one may mean, written in any case; none if none is near.

    These are similar ones, the nearest first, or else those that it begins.
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only after an error

    word = name[:_LONGEST_NAME].casefold()
    folded: dict[str, list[str]] = {}
    for each in known:
        folded.setdefault(each.casefold(), []).append(each)
    near = get_close_matches(word, folded, most, similarity)
    if not near and len(word) >= _SHORTEST_BEGINNING:
        near = [each for each in folded if each.startswith(word)]
    return [each for one in near for each in folded[one]][:most]


def suggestion(names: Sequence[str]) -> str:
    """Return a sentence to append that suggests these names; empty for none."""
    return f" Did you mean {list_names(names, 'or')}?" if names else ""


def list_names(names: Iterable[str], last: str = "and") -> str:
    """Return names as a sentence lists them: ``a, b and c``, or with ``or`` before the last one.

    Empty for none.
    """
    *first, end = tuple(names) or ("",)
    return f"{', '.join(first)} {last} {end}" if first else end


def wrap_text(text: str, width: int, indent: str = "", more: str = "") -> list[str]:
    """Return the lines of a text; a word stays whole, and so does a duration.

    ``more`` indents the lines behind the first one further.
    """
    import textwrap  # noqa: PLC0415 - most commands of programs wrap nothing

    whole = _DURATION.compiled.sub(lambda match: match[0].replace(" ", _JOINT), text)
    lines = textwrap.wrap(
        whole,
        max(width, len(indent) + len(more) + 1),
        initial_indent=indent,
        subsequent_indent=indent + more,
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_JOINT, " ") for line in lines]


def join_sentences(first: str, *more: str) -> str:
    """Return texts as one; a command that ends one is put in backticks if another follows.

    Such a command stands behind a colon, with nothing behind it, so that it can be copied.
    """
    text = first
    for each in filter(None, more):
        before, colon, command = text.rpartition(": ")
        if colon and not {"\n", "`"} & {*command} and not command.endswith((".", "!", "?", "…")):
            text = f"{before}: `{command}`."
        text = f"{text} {each}".lstrip()
    return text
