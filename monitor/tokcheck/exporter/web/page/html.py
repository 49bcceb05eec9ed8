"""Moments and texts as HTML."""

from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from tokcheck.core.humanize import duration
from tokcheck.core.redact import plain
from tokcheck.core.report import Device

_BRIEF = 90.0


def text(value: str) -> str:
    """Return a text from outside, fit to stand in a page: escaped, one line, nothing unseen."""
    return escape(plain(value))


def at(moment: float, now: float) -> str:
    """Write a moment relative to now, and in UTC; the date only where it is another."""
    when = _date(moment)
    if when is None:
        return "in a far time"
    day = "" if when.date() == datetime.fromtimestamp(now, UTC).date() else f"{when:%Y-%m-%d} "
    return (
        f'{relative(moment - now)} <span class="at">'
        f'<time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">{day}{when:%H:%M} UTC</time></span>'
    )


def relative(seconds: float) -> str:
    """Write how far a moment is away: ``in 12 min``, ``3 min ago``, ``now``."""
    if abs(seconds) < 1:
        return "now"
    # Seconds matter to who waits for them, and to nobody else.
    length = abs(seconds) if abs(seconds) < _BRIEF else abs(seconds) // 60 * 60
    return f"in {duration(length)}" if seconds > 0 else f"{duration(length)} ago"


def clock(now: float) -> str:
    """Write the present moment to the second."""
    when = datetime.fromtimestamp(now, UTC)
    return f'<time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">{when:%H:%M:%S} UTC</time>'


def last_sync(device: Device, timezone: str | None, now: float) -> str:
    """Write when a device was last synchronised, by the account's own zone where it needs one."""
    written = device.last_sync or ""
    try:
        when = datetime.fromisoformat(written)
        if when.tzinfo is None:
            if device.last_sync_zone == "utc":
                when = when.replace(tzinfo=UTC)
            elif timezone is not None:
                when = when.replace(tzinfo=ZoneInfo(timezone))
            else:
                return f"{text(written.replace('T', ' ')[:16])}, in the account's own time"
        return at(when.timestamp(), now)
    except (ValueError, OSError, OverflowError, KeyError):
        return text(written)


def _date(moment: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(moment, UTC)
    except (ValueError, OSError, OverflowError):
        return None
