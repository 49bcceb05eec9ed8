"""Whether somebody has to mend the grant of a stored account, by when, and how."""

from typing import NamedTuple

from tokcheck.accounts.grant_errors import command_in, login_command
from tokcheck.exporter.standing import Standing

_SOON = 2 * 86_400.0


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
    return bool(standing.broken) or (ends is not None and ends <= now)


def ends_soon(standing: Standing, now: float) -> bool:
    """Tell whether an account's consent ends within two days; no refresh prolongs it."""
    ends = standing.refresh_expires_at
    return not is_over(standing, now) and ends is not None and ends - now < _SOON


def mending(standing: Standing, now: float) -> Mending | None:
    """Return what an account's grant needs of somebody, if it needs anything."""
    soon = ends_soon(standing, now)
    if standing.provider is None or not (soon or is_over(standing, now)):
        return None
    login = login_command(standing.provider, standing.name)
    command = (command_in(standing.broken[-1]) if standing.broken else "") or login
    needs = "needs a new login" if command == login else "cannot be refreshed"
    expires = standing.expires_at
    if soon:
        return Mending(needs, "its consent ends", standing.refresh_expires_at, command)
    if standing.usable is False or (expires is not None and expires <= now):
        return Mending(needs, "access has ended", None, command)
    why = "access ends" if expires is not None else "nothing renews its access"
    return Mending(needs, why, expires, command)
