"""How much an account needs somebody: what the page and the terminal sort and mark it by.

Whether somebody has to mend the grant of a stored account, by when, and how.
"""

from collections.abc import Mapping
from enum import IntEnum
from math import inf
from types import MappingProxyType
from typing import NamedTuple

from tokcheck.accounts.grant import BrokenReason
from tokcheck.accounts.grant_errors import Explanation, explain, login_command
from tokcheck.core.report import Quota, Verdict
from tokcheck.exporter.state.account_state import Standing

_ENDS_SOON = 2 * 86_400.0


class Mending(NamedTuple):
    """What a grant needs, why, by when (Unix seconds), and the command that does it.

    ``by`` is ``None`` where it is too late, or nobody knows.
    """

    needs: str
    why: str
    by: float | None
    command: str


def is_over(standing: Standing, now: float) -> bool:
    """Tell whether nobody can refresh an account of the store any more."""
    ends = standing.refresh_expires_at
    return standing.broken is not None or (ends is not None and ends <= now)


def ends_soon(standing: Standing, now: float) -> bool:
    """Tell whether an account's consent ends within two days; no refresh prolongs it."""
    ends = standing.refresh_expires_at
    return not is_over(standing, now) and ends is not None and ends - now < _ENDS_SOON


def explanation(standing: Standing) -> Explanation | None:
    """Return in words why an account's grant is broken, and what to do; ``None`` if it is not."""
    if standing.broken is None:
        return None
    return explain(standing.broken, standing.name, standing.provider or "")


def mending(standing: Standing, now: float) -> Mending | None:
    """Return what an account's grant needs of somebody, if it needs anything."""
    soon = ends_soon(standing, now)
    if standing.provider is None or not (soon or is_over(standing, now)):
        return None
    words = explanation(standing)
    login = login_command(standing.provider, standing.name)
    command = login if words is None else words.command or login
    duplicate = standing.broken is not None and standing.broken.reason is BrokenReason.DUPLICATE
    needs = "cannot be refreshed" if duplicate else "needs a new login"
    expires = standing.expires_at
    if soon:
        return Mending(needs, "its consent ends", standing.refresh_expires_at, command)
    if standing.usable is False or (expires is not None and expires <= now):
        return Mending(needs, "access has ended", None, command)
    why = "access ends" if expires is not None else "nothing renews its access"
    return Mending(needs, why, expires, command)


_LOW = 0.2
_SOON = 900.0  # some tokens live for an hour; they are renewed before this
_REFRESHED = 240.0  # one that is refreshed here is so before this


class Concern(IntEnum):
    """The worst first."""

    BROKEN = 0  # refused, expired, or no token at all
    LOGIN = 1  # works until its token ends, which nobody can renew
    LIMITED = 2  # no calls left
    UNSURE = 3  # nobody could tell
    SOON = 4  # works, but not for long
    NEW = 5  # not asked yet
    FINE = 6

    @property
    def problem(self) -> bool:
        """Whether something does not work now."""
        return self <= Concern.UNSURE


# The sign beside the words, so that colour is never the only one; and the words of the tally.
SIGNS: Mapping[Concern, tuple[str, str]] = MappingProxyType(
    {
        Concern.BROKEN: ("✕", "broken"),
        Concern.LOGIN: ("↻", "login needed"),
        Concern.LIMITED: ("‖", "rate-limited"),
        Concern.UNSURE: ("?", "unclear"),
        Concern.SOON: ("!", "running out"),
        Concern.NEW: ("…", "not asked yet"),
        Concern.FINE: ("✓", "fine"),
    }
)


def concern(standing: Standing, now: float) -> Concern:
    """Return how much an account needs somebody."""
    if standing.fault or standing.usable is False:
        return Concern.BROKEN
    if is_over(standing, now):
        return Concern.LOGIN
    if standing.verdict is None:
        return Concern.NEW
    if standing.verdict is Verdict.RATE_LIMITED:
        return Concern.LIMITED
    if standing.usable is None:
        return Concern.UNSURE
    low = _least(standing, now) <= _LOW
    soon = low or expires_soon(standing, now) or ends_soon(standing, now)
    return Concern.SOON if soon else Concern.FINE


def expires_soon(standing: Standing, now: float) -> bool:
    """Tell whether a token ends so soon that somebody should have renewed it."""
    left = inf if standing.expires_at is None else standing.expires_at - now
    return left < (_REFRESHED if standing.refreshes else _SOON)


def worst_first(standing: Standing, now: float) -> tuple[Concern, float, float, str]:
    """Return the key that puts the worst account first."""
    state = concern(standing, now)
    least = 0.0 if state is Concern.LOGIN else _least(standing, now)  # its time counts, not calls
    expires = inf if standing.expires_at is None else standing.expires_at
    return state, least, expires, standing.name


def share(quota: Quota, now: float) -> float | None:
    """Return the share of a window's calls that is left; ``None`` if unknown or past its reset."""
    if quota.remaining is None or not quota.limit or past(quota, now):
        return None
    return min(1.0, max(0.0, quota.remaining / quota.limit))


def past(quota: Quota, now: float) -> bool:
    """Tell whether the window has been reset since, so that its numbers are of no use."""
    return quota.reset_at is not None and quota.reset_at.timestamp() <= now


def _least(standing: Standing, now: float) -> float:
    shares = [share(quota, now) for quota in standing.quota]
    return min((known for known in shares if known is not None), default=1.0)
