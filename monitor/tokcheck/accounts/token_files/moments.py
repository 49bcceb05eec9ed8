"""Read when tokens end, from the fields that programs write. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from tokcheck.core.documents import parse_seconds
from tokcheck.core.expiry import earliest
from tokcheck.core.humanize import format_moment
from tokcheck.core.lazy import LazyRegex
from tokcheck.core.report import Claims

# An earlier moment is none: a lifetime, or the zero of a program's clock.
_YEAR_2000 = 946_684_800
_YEAR_10000 = 253_402_300_800
# A number this large is milliseconds: in seconds it would lie beyond the year 5100.
_MILLISECONDS_FROM = 100_000_000_000
# So much later, a program may note when it received a token.
_SAME_SECONDS = 300
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


def parse_lifetime(value: object) -> float | None:
    """Return a token's lifetime in seconds; ``None`` if the value is not one.

    Programs write 0 for a token that does not expire, or if they do not know its end.
    """
    seconds = parse_seconds(value)
    return seconds if seconds is not None and seconds > 0 else None


class Expiry(NamedTuple):
    """When a token ends (Unix seconds), ``None`` if nothing says so, and a note or nothing."""

    at: float | None
    note: str


def access_expiry(fields: Mapping[str, Any], signed: Claims | None, written_at: float) -> Expiry:
    """Return when the access token ends: the earliest moment of its own claim and of the fields.

    A lifetime begins when the tokens were saved. Where no field says when that was, it was at the
    latest when the file was written, which only limits the claim. A moment before the token was
    issued is another token's.
    """
    issued = _issued_at(signed)
    own = None if signed is None or signed.expires_at is None else signed.expires_at.timestamp()
    written = parse_moment(fields.get("expires_at"))
    stale = written is not None and issued is not None and written <= issued
    saved = parse_moment(fields.get("saved_at"))
    life = parse_lifetime(fields.get("expires_in"))
    limit = None if life is None else (written_at if saved is None else saved) + life
    if saved is None and (own is None or (limit or own) >= own):
        limit = None
    found = {
        "its claim exp": own,
        "the field of its expiry": None if stale else written,
        "the field of its lifetime": limit,
    }
    expiry = _earliest_of("access", found)
    if stale and own is not None:
        note = (
            f"The file says that the access token expires at {_write(written or 0)}, which is "
            f"before it was issued, so its claim exp was taken: {_write(own)}."
        )
        return Expiry(expiry.at, note)
    return expiry if not stale or own is not None else Expiry(earliest(expiry.at, written), "")


def refresh_expiry(fields: Mapping[str, Any], signed: Claims | None, written_at: float) -> Expiry:
    """Return when the refresh token ends: the earliest moment of the fields.

    A lifetime begins when the tokens were issued. Where no field says when that was, it was at the
    latest when the file was written.
    """
    moment = parse_moment(fields.get("refresh_expires_at"))
    life = parse_lifetime(fields.get("refresh_expires_in"))
    issued = parse_moment(fields.get("saved_at"))
    if issued is None:
        end = parse_moment(fields.get("expires_at"))
        seconds = parse_lifetime(fields.get("expires_in"))
        issued = None if end is None or seconds is None else end - seconds
    if issued is None:
        issued = _issued_at(signed)
    if issued is None and moment is None:
        issued = written_at
    found = {
        "the field of its expiry": moment,
        "the field of its lifetime": None if issued is None or life is None else issued + life,
    }
    return _earliest_of("refresh", found)


def _issued_at(signed: Claims | None) -> float | None:
    if signed is None or signed.issued_at is None:
        return None
    return signed.issued_at.timestamp()


def _earliest_of(token: str, found: Mapping[str, float | None]) -> Expiry:
    """Return the earliest of the moments by their sources; a note says if they differ."""
    known = {
        source: at
        for source, at in found.items()
        if at is not None and _YEAR_2000 < at < _YEAR_10000
    }
    if not known:
        return Expiry(None, "")
    first = min(known.values())
    if max(known.values()) - first <= _SAME_SECONDS:
        return Expiry(first, "")
    moments = ", ".join(f"{_write(at)} ({source})" for source, at in known.items())
    note = f"The expiries of the {token} token differ, and the earliest was taken: {moments}."
    return Expiry(first, note)


def _write(moment: float) -> str:
    return format_moment(datetime.fromtimestamp(moment, UTC))


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
