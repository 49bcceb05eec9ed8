"""Standings of stored accounts: one that is kept alive, and those that need somebody to log in."""

from tests.support.exporter.fake_site import AT, EXPIRED, FINE, GOOGLE
from tokcheck.exporter.state.account_state import Refresh

__all__ = [
    "AT",
    "DAY",
    "ENDING",
    "FORGET",
    "GRANTS",
    "HINT",
    "KEPT",
    "LATER",
    "LOST",
    "OVER",
    "TWIN",
    "WHY",
]

DAY = 86_400.0
WHY = "Fitbit Web API refused the refresh token: it was revoked, has expired or was used already."
HINT = "Each works once. Have the person consent again: tokcheck login fitbit --name X"
FORGET = "Use that account, and forget this one: tokcheck accounts remove 'lou lost' --forget"

_COUNTS = dict.fromkeys(Refresh, 0)
KEPT = FINE._replace(name="kim-kept", refreshes=_COUNTS | {Refresh.SUCCESS: 3})
LOST = KEPT._replace(
    name="lou lost",
    expires_at=AT + 700,
    refreshes=_COUNTS | {Refresh.REFUSED: 1},
    refresh_expires_at=AT - 90,
    broken=(WHY, HINT.replace("X", "'lou lost'")),
)
TWIN = LOST._replace(broken=("The account kim has the same refresh token.", FORGET))
OVER = EXPIRED._replace(
    name="max-over",
    refreshes=_COUNTS,
    refresh_expires_at=AT - 12_500,
    broken=(WHY, HINT.replace("X", "max-over")),
)
ENDING = GOOGLE._replace(
    name="mia-ending",
    expires_at=AT + 3_000,
    refreshes=_COUNTS,
    refresh_expires_at=AT + 2 * DAY - 3_600,
)
LATER = ENDING._replace(name="noa-later", refresh_expires_at=AT + 6 * DAY)
GRANTS = (LATER, KEPT, ENDING, OVER, LOST)
