"""Rate-limit windows, as a report and a probe have them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

# The rate-limit windows that have a word, by their seconds.
_WINDOWS: dict[float, str] = {60: "minute", 3_600: "hour", 86_400: "day"}


_SECONDS = {word: float(seconds) for seconds, word in _WINDOWS.items()}


# The window of a limit of unknown length: no response and no documentation states it.
UNKNOWN_WINDOW = "unknown"


# The length to assume where one is needed, such as for how long a number is kept.
_UNKNOWN_SECONDS = 86_400.0
_DATE_TOLERANCE = timedelta(seconds=2)


# For so long after its end, a window that no response reports any more is still one of the account.
_FORGOTTEN_SECONDS = 86_400.0


def window_of(seconds: float) -> str:
    """Return the name of the rate-limit window of a length: ``hour``, or ``100s``."""
    return _WINDOWS.get(seconds, f"{seconds:.15g}s")


def _describe_seconds(seconds: float) -> str:
    """Return a length in the largest unit of which it is a whole number: ``15 minutes``."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds % size == 0:
            return f"{seconds / size:.15g} {unit}"
    return "1 second" if seconds == 1 else f"{seconds:.15g} seconds"


class Quota(NamedTuple):
    """One rate-limit window. ``limit``, ``remaining`` and ``reset_at`` are ``None`` if unknown."""

    window: str
    """``minute``, ``hour``, ``day``, a number of seconds such as ``100s``, or ``unknown``.

    The name of a family of limits may stand in front, as in ``read 900s``.
    """
    limit: int | None
    remaining: int | None
    reset_at: datetime | None
    source: Literal["headers", "documented", "observed", "counted"]
    """Whether a response reported the numbers, or only the documentation does.

    The exporter knows two more: a response to a request of the user's own, and the number of such
    requests, which is the least that was used.
    """
    owner: Literal["user", "project"] = "user"
    """Whether the window counts one user's requests, or those of all users of the project."""
    unit: str = "requests"
    """The things that the window counts, in the plural."""
    ignored_reset: datetime | None = None
    """A reported reset that lies too far ahead to wait for it; it may show a longer window."""

    @property
    def window_seconds(self) -> float:
        """The length of the window; a day if it is not known."""
        length = self._length
        if length == UNKNOWN_WINDOW:
            return _UNKNOWN_SECONDS
        return _SECONDS.get(length) or float(length.removesuffix("s"))

    @property
    def is_length_known(self) -> bool:
        """Whether the length of the window is known."""
        return self._length != UNKNOWN_WINDOW

    @property
    def is_window_known(self) -> bool:
        """Whether the window has a known length or the name of a family."""
        return self.window != UNKNOWN_WINDOW

    @property
    def each_window(self) -> str:
        """The window as in *150 requests an hour*, with its family: *an hour (read)*."""
        name, _, length = self.window.rpartition(" ")
        family = f" ({name})" if name not in {"", self.unit} else ""
        if length == UNKNOWN_WINDOW:
            return f"in a window of unknown length{family}"
        if length not in _SECONDS:
            return f"in {_describe_seconds(self.window_seconds)}{family}"
        return f"{'an' if length == 'hour' else 'a'} {length}{family}"

    @property
    def remaining_words(self) -> str:
        """The rest of the quota, as in *149 of 150 requests an hour*; empty if it is not known."""
        if self.remaining is None:
            return ""
        limit = "" if self.limit is None else f" of {self.limit}"
        is_shown = self.limit is not None or self.is_window_known
        window = f" {self.each_window}" if is_shown else ""
        return f"{self.remaining}{limit} {self.unit}{window}"

    def is_used_up(self, now: datetime) -> bool:
        """Return whether nothing is left of the window; its reset, if known, is still to come."""
        return self.remaining == 0 and (self.reset_at is None or self.reset_at > now)

    @property
    def _length(self) -> str:
        return self.window.rpartition(" ")[2]


def limit_reset(quotas: Sequence[Quota]) -> datetime | None:
    """Return when a reported limit is over by its resets; ``None`` if none is known.

    Those of the windows that are used up count, the latest of several; else the first window's.
    """
    used_up = [quota for quota in quotas if quota.remaining == 0] or quotas[:1]
    resets = (quota.reset_at for quota in used_up if quota.reset_at is not None)
    return max(resets, default=None)


def outlasts_reset(pause_end: datetime | None, reset: datetime | None) -> bool:
    """Return whether a pause that a response requests ends noticeably later than a window.

    A ``Date`` has whole seconds, and a reset may be counted from it, so two seconds are no
    difference. Without a known reset, any pause is later.
    """
    if pause_end is None:
        return False
    return reset is None or pause_end - reset > _DATE_TOLERANCE


def refusal_end(quotas: Sequence[Quota], retry_at: datetime | None) -> datetime | None:
    """Return when the next request may be sent after a refusal; ``None`` if it does not say.

    It is the later of the pause that the response requests (``Retry-After``) and the reset of what
    is used up. The IETF's draft gives the pause precedence: a later one counts whatever the reset
    parameter says, and so does any one if requests are left in each window. A shorter one does not
    refill a window of which nothing is left.
    """
    if retry_at is not None and quotas and all(quota.remaining for quota in quotas):
        return retry_at
    ends = (retry_at, limit_reset(quotas))
    return max((end for end in ends if end is not None), default=None)


def is_still_known(known: Quota, known_at: float, now: float, *, is_accepted: bool) -> bool:
    """Return whether a window that a response at ``now`` does not report keeps its numbers.

    Responses to some requests report only the windows that those count in. That none is left, but
    not until when, is refuted by a request that was accepted.
    """
    if known.source == "documented" or (
        is_accepted and known.remaining == 0 and known.reset_at is None
    ):
        return False
    end = known_at + known.window_seconds
    if known.reset_at is not None:
        end = known.reset_at.timestamp()
    return now < end + _FORGOTTEN_SECONDS


def keep_known_numbers(
    known: Quota | None, known_at: float, reported: Quota, now: float, *, is_accepted: bool
) -> Quota:
    """Return a window as a response of ``now`` reports it, with what was known of it before.

    A response with a limit alone does not say how much is left: the number of ``known_at`` holds
    until the window is reset, unless none was left and the request was accepted nevertheless. So
    does the reset, if it is not reported and no more is left than before.
    Moments are in Unix seconds.
    """
    if known is None or known.remaining is None:
        return reported
    length = known.window_seconds
    end = known_at + length if known.reset_at is None else known.reset_at.timestamp()
    new = end if reported.reset_at is None else reported.reset_at.timestamp()
    is_refuted = is_accepted and known.remaining == 0
    if known.window != reported.window or now >= end or new - end >= length / 2 or is_refuted:
        return reported
    reset_at = reported.reset_at or known.reset_at
    if reported.remaining is not None:
        is_other = reported.remaining > known.remaining or known.source == "counted"
        return reported if is_other else reported._replace(reset_at=reset_at)
    limit = known.limit if reported.limit is None else reported.limit
    remaining = known.remaining if limit is None else min(limit, known.remaining)
    return reported._replace(limit=limit, remaining=remaining, reset_at=reset_at)
