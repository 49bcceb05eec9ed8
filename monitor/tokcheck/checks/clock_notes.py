"""Sentences about clocks that differ: this computer's, the server's, the issuer's.

A skew is the server's clock minus this computer's, in seconds.
"""

from datetime import UTC, datetime, timedelta

from tokcheck.core.expiry import is_expired
from tokcheck.core.humanize import DatedSentence, format_duration, format_moment
from tokcheck.core.report import Claims, Verdict

NOTICED_SECONDS = 60.0
"""A skew of at most this much has no notice: clocks differ a little everywhere."""
_ISSUED_AHEAD_SECONDS = 300


def is_noticeable(skew: float | None) -> bool:
    """Return whether the clocks are known to differ by more than a minute."""
    return skew is not None and abs(skew) > NOTICED_SECONDS


def describe_skew(skew: float, now: datetime) -> str:
    """Return a sentence about a skew; ``now`` is the present moment of this computer's clock."""
    # To whole minutes: Date has whole seconds, and a second less would read as 1 h 59 min.
    shown = abs(skew) if abs(skew) < 2 * 60 else round(abs(skew) / 60) * 60
    way = "ahead of" if skew > 0 else "behind"
    return (
        f"The server's clock is {format_duration(shown)} {way} this computer's, which said "
        f"{format_moment(now)} then. Set the one that is wrong: when a token expires depends on "
        "both."
    )


def describe_expired_on_arrival(now: float) -> str:
    """Return a sentence about a token that the provider has just issued and that has expired."""
    return (
        "This token has expired by this computer's clock, which says "
        f"{format_moment(datetime.fromtimestamp(now, UTC))}, although the provider has just issued "
        "it. Set the clock."
    )


def clock_notes(
    verdict: Verdict,
    claims: Claims | None,
    now: datetime,
    skew: int | None,
    *,
    was_sent: bool,
    is_counted: bool = False,
) -> tuple[str, ...]:
    """Return what a report says about the clocks.

    ``now`` is the moment of this computer's clock, ``skew`` the server's minus that in seconds
    (``None`` if unknown), and ``was_sent`` whether a server was requested. ``is_counted`` is
    whether the expiry is a lifetime from a response, and so the same by any clock.
    """
    disputed = ""
    if was_sent and verdict is Verdict.EXPIRED and claims is not None:
        disputed = _disputed_expiry(claims.expires_at, now, skew, is_counted=is_counted)
    return tuple(filter(None, (disputed, _note_on_skew(claims, now, skew))))


def _note_on_skew(claims: Claims | None, now: datetime, skew: int | None) -> str:
    if skew is not None and is_noticeable(skew):
        return describe_skew(skew, now)
    if claims and (issued_at := claims.issued_at) and _is_issued_ahead(issued_at, now):
        return (
            f"The token's time of issue is in the future ({format_moment(issued_at)}). This "
            f"computer's clock may be wrong: it says {format_moment(now)}."
        )
    return ""


def _is_issued_ahead(issued_at: datetime, now: datetime) -> bool:
    return (issued_at - now).total_seconds() >= _ISSUED_AHEAD_SECONDS


def _disputed_expiry(
    expires_at: datetime | None, now: datetime, skew: int | None, *, is_counted: bool
) -> str:
    """Compare the clocks if the server says *expired* of a token that this clock finds alive."""
    if expires_at is None or is_expired(expires_at, now):
        return ""
    rest = _dispute(expires_at, now, skew, is_counted=is_counted)

    def render(at: datetime) -> str:
        if is_expired(expires_at, at):
            return ""  # both clocks agree by now
        left = format_duration((expires_at - at).total_seconds())
        by = "its lifetime" if is_counted else "this computer's clock"
        return f"According to {by}, the token is valid for another {left}{rest}"

    return DatedSentence(render, now)


def _dispute(expires_at: datetime, now: datetime, skew: int | None, *, is_counted: bool) -> str:
    """Return what follows from a comparison of the clocks."""
    if is_counted:
        return ": the server ended it earlier."
    if skew is None:
        return ". The response has no readable date, so the clocks could not be compared."
    if is_expired(expires_at, now + timedelta(seconds=skew)):
        return "; according to the server's, it has expired."
    if is_noticeable(skew):
        return ", and so it is according to the server's: the server ended it earlier."
    return ". The server's clock agrees, so the server ended it earlier."
