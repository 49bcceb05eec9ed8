"""Whether somebody has to log in to a stored account again, and by when."""

from typing import NamedTuple

from tokcheck.accounts.loss import login_command
from tokcheck.exporter.standing import Standing

_SOON = 2 * 86_400.0


class Relogin(NamedTuple):
    """A login that an account needs: why, by when (Unix seconds), and with which command.

    ``by`` is ``None`` where it is too late, or nobody knows.
    """

    why: str
    by: float | None
    command: str


def is_over(standing: Standing, now: float) -> bool:
    """Tell whether nobody can refresh an account of the store any more."""
    ends = standing.refresh_expires_at
    return bool(standing.broken) or (ends is not None and ends <= now)


def ends_soon(standing: Standing, now: float) -> bool:
    """Tell whether an account's consent ends within two days; no refresh prolongs it."""
    ends = standing.refresh_expires_at
    return not is_over(standing, now) and ends is not None and ends - now < _SOON


def relogin(standing: Standing, now: float) -> Relogin | None:
    """Return the login that an account needs, if it needs one."""
    if standing.provider is None:
        return None
    command = login_command(standing.provider, standing.name)
    if ends_soon(standing, now):
        return Relogin("its consent ends", standing.refresh_expires_at, command)
    if not is_over(standing, now):
        return None
    expires = standing.expires_at
    if standing.usable is False or (expires is not None and expires <= now):
        return Relogin("access has ended", None, command)
    if expires is None:
        return Relogin("nothing renews its access", None, command)
    return Relogin("access ends", expires, command)
