"""Account states of stored accounts: one that is refreshed, and those that need a new login."""

from tests.support.exporter.fake_backend import AT, EXPIRED, FINE, GOOGLE
from tokcheck.accounts.grant import Broken, BrokenReason, Refused
from tokcheck.exporter.state import RefreshResult

__all__ = [
    "AT",
    "DAY",
    "ENDING",
    "FORGET",
    "GONE",
    "GRANTS",
    "HINT",
    "KEPT",
    "LATER",
    "LOST",
    "OVER",
    "TWIN",
    "WHY",
    "WRONG_SECRET",
]

DAY = 86_400.0
WHY = (
    "The Fitbit Web API refused the refresh token: it was revoked, has expired, was used already, "
    "or belongs to another application."
)
HINT = (
    "Each refresh token works once: no other program may use the same one, and a restored copy of "
    "the store contains used ones. `tokcheck accounts refresh X` tries the refresh token once "
    "more. Log in again: tokcheck login fitbit --name X"
)
FORGET = "Use that account, and delete this one: tokcheck accounts remove 'lou lost' --forget"

_COUNTS = dict.fromkeys(RefreshResult, 0)
KEPT = FINE._replace(name="kim-kept", refreshes=_COUNTS | {RefreshResult.SUCCESS: 3})
LOST = KEPT._replace(
    name="lou lost",
    expires_at=AT + 700,
    refreshes=_COUNTS | {RefreshResult.REFUSED: 1},
    refresh_expires_at=AT - 90,
    broken=Broken(AT - 90, BrokenReason.REFUSED),
)
TWIN = LOST._replace(broken=Broken(AT - 90, BrokenReason.DUPLICATE, "kim"))
_SECRET = Refused("invalid_client", "https://api.fitbit.com", ("ab" * 6,))
WRONG_SECRET = LOST._replace(
    name="ned secret",
    refresh_expires_at=None,
    broken=Broken(
        AT - 90, BrokenReason.APPLICATION, "Invalid header. Client secret invalid.", refused=_SECRET
    ),
)
GONE = EXPIRED._replace(
    name="pia-gone",
    refreshes=_COUNTS,
    broken=Broken(
        AT - 12_500, BrokenReason.SERVICE_GONE, refused=_SECRET._replace(code="service_gone")
    ),
)
OVER = EXPIRED._replace(
    name="max-over",
    refreshes=_COUNTS,
    refresh_expires_at=AT - 12_500,
    broken=Broken(AT - 12_500, BrokenReason.REFUSED),
)
ENDING = GOOGLE._replace(
    name="mia-ending",
    expires_at=AT + 3_000,
    refreshes=_COUNTS,
    refresh_expires_at=AT + 2 * DAY - 3_600,
)
LATER = ENDING._replace(name="noa-later", refresh_expires_at=AT + 6 * DAY)
GRANTS = (LATER, KEPT, ENDING, OVER, LOST)
