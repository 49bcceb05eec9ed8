"""Read when tokens end, from the fields that programs write. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tokcheck.core.documents import parse_seconds
from tokcheck.core.expiry import earliest
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Claims

# An earlier moment is none: a lifetime, or the zero of a program's clock.
_YEAR_2000 = 946_684_800
_YEAR_10000 = 253_402_300_800
# A number this large is milliseconds: in seconds it would lie beyond the year 5100.
_MILLISECONDS_FROM = 100_000_000_000
_LONGEST = 96
# The zone in JavaScript's text of a date, which others take for GMT alone.
_SCRIPT_ZONE = LazyRegex(r"\bGMT([+-][0-9]{4})(?: \([^()]*\))?$")
# A zone in words at the end of a text. An unknown one says nothing.
_ZONE_WORD = LazyRegex(r"[A-Za-z]\)?$")


def parse_moment(value: object) -> float | None:
    """Return a moment as Unix seconds: a number of seconds or milliseconds, or a written date.

    A date without a zone is in UTC, as older versions of google-auth write it.
    """
    seconds = parse_seconds(value)
    if seconds is None and isinstance(value, str) and len(value) <= _LONGEST:
        seconds = _parse_date(value.strip().removesuffix(" UTC"))
    if seconds is None:
        return None
    if seconds >= _MILLISECONDS_FROM:
        seconds /= 1000
    return seconds if _YEAR_2000 < seconds < _YEAR_10000 else None


def access_expiry(fields: Mapping[str, Any], signed: Claims | None) -> float | None:
    """Return when the access token ends.

    Its own claim is more certain than a field, unless its lifetime ends before.
    """
    own = None if signed is None else signed.expires_at
    moment = parse_moment(fields.get("expires_at")) if own is None else own.timestamp()
    saved, life = parse_moment(fields.get("saved_at")), parse_seconds(fields.get("expires_in"))
    if saved is not None and life is not None:
        moment = earliest(moment, saved + life)
    return moment if moment is None or _YEAR_2000 < moment < _YEAR_10000 else None


def refresh_expiry(
    fields: Mapping[str, Any], signed: Claims | None, written_at: float
) -> float | None:
    """Return when the refresh token ends; ``None`` if no field says so.

    A lifetime begins when the tokens were issued. Where no field says when that was, it was at the
    latest when the file was written.
    """
    moment = parse_moment(fields.get("refresh_expires_at"))
    life = parse_seconds(fields.get("refresh_expires_in"))
    if moment is not None or life is None or life <= 0:
        return moment
    issued = parse_moment(fields.get("saved_at"))
    if issued is None:
        end, access_life = parse_moment(fields.get("expires_at")), fields.get("expires_in")
        seconds = parse_seconds(access_life)
        issued = None if end is None or seconds is None else end - seconds
    if issued is None and signed is not None and signed.issued_at is not None:
        issued = signed.issued_at.timestamp()
    end = (written_at if issued is None else issued) + life
    return end if _YEAR_2000 < end < _YEAR_10000 else None


def _parse_date(text: str) -> float | None:
    text = _SCRIPT_ZONE.compiled.sub(r"\1", text)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            if moment.tzinfo is None and _ZONE_WORD.search(text):
                return None
            return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None
