"""Times and texts from outside as HTML."""

from datetime import UTC, datetime
from html import escape
from zoneinfo import ZoneInfo

from tokcheck.core.humanize import format_relative_to_minute, moment_in_utc
from tokcheck.core.redact import plain
from tokcheck.core.report import Device

FORM_FIELD = "form_token"
"""The field of a form that shows that it is of the exporter's own page."""


def escape_text(value: str, *, longest: int = 300) -> str:
    """Return a text from outside as HTML: escaped, in one line, without invisible characters.

    It is cut to ``longest`` characters.
    """
    return escape(plain(value, longest=longest))


def time_html(moment: float, now: float) -> str:
    """Return a time relative to now and in UTC, with its date unless that is today's."""
    if moment_in_utc(moment) is None:
        return "at an unknown time"
    return f"{format_relative_to_minute(moment - now)} {moment_html(moment, now)}"


def moment_html(moment: float, now: float) -> str:
    """Return a time in UTC, with its date unless that is today's."""
    when = moment_in_utc(moment)
    if when is None:
        return ""
    day = "" if when.date() == datetime.fromtimestamp(now, UTC).date() else f"{when:%Y-%m-%d} "
    time = f'<time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">{day}{when:%H:%M} UTC</time>'
    return f'<span class="at">{time}</span>'


def clock_html(now: float) -> str:
    """Return the present time in UTC, to the second."""
    when = datetime.fromtimestamp(now, UTC)
    return f'<time datetime="{when:%Y-%m-%dT%H:%M:%SZ}">{when:%H:%M:%S} UTC</time>'


def last_sync_html(device: Device, timezone: str | None, now: float) -> str:
    """Return when a device was last synchronised.

    ``timezone`` is the account's, for devices that report local time; without it, that is shown.
    """
    reported = device.last_sync or ""
    try:
        when = datetime.fromisoformat(reported)
        if when.tzinfo is None:
            if device.last_sync_zone == "utc":
                when = when.replace(tzinfo=UTC)
            elif timezone is not None:
                when = when.replace(tzinfo=ZoneInfo(timezone))
            else:
                local = escape_text(reported.replace("T", " ")[:16])
                return f"{local}, in the account's own time"
        return time_html(when.timestamp(), now)
    except (ValueError, OSError, OverflowError, KeyError):
        return escape_text(reported)
