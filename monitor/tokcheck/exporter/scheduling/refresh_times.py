"""When stored accounts are refreshed, and how long to wait after a refresh that failed.

All moments are Unix seconds.
"""

from math import inf
from random import Random

from tokcheck.core.expiry import is_in_future
from tokcheck.exporter.sources.account import StoredGrant

_LONGEST_MARGIN = 900.0
_SHORTEST_MARGIN = 300.0
_SHARE_OF_LIFE = 1 / 6
# If the token's lifetime is unknown: Google's tokens live an hour, Fitbit's longer.
UNKNOWN_LIFE = 1800.0
# A live process finishes its refresh within this, and the providers' grace period is longer.
_ABANDONED_SECONDS = 30.0
_FIRST_PAUSE = 60.0
_LONGEST_PAUSE = 3600.0


def refresh_time(grant: StoredGrant, random: Random, now: float = inf) -> float:
    """Return when to refresh a grant; infinity if it cannot be refreshed.

    A refused application or a service that is gone is no such case: the address or the secret may
    be others now, and the refresh itself knows.

    The margin before the expiry is random: 5 to 15 minutes, and at most a sixth of the token's
    lifetime. A refresh that another process abandoned is finished soon. A token of unknown expiry,
    because the clock was ahead when it came, is refreshed at once.
    """
    if not grant.renewable or (grant.broken and grant.broken.reason.is_of_grant):
        return inf
    left = inf if grant.begun_at is None else min(grant.begun_at, now) + _ABANDONED_SECONDS
    if is_in_future(grant.obtained_at, now) or (
        now < inf and grant.expires_at is not None and grant.known_expiry(now) is None
    ):
        return min(left, now)
    if grant.expires_at is None:
        return min(left, grant.obtained_at + UNKNOWN_LIFE)
    life = max(0.0, grant.expires_at - grant.obtained_at)
    longest = min(_LONGEST_MARGIN, life * _SHARE_OF_LIFE)
    margin = random.uniform(min(_SHORTEST_MARGIN, longest / 2), longest)
    return min(left, grant.expires_at - margin)


def is_expired_on_arrival(grant: StoredGrant, now: float) -> bool:
    """Return whether a token had expired when it came: this clock is ahead, and it works."""
    ends, obtained = grant.known_expiry(now), grant.obtained_at
    return ends is not None and is_in_future(obtained, ends)


def retry_delay(failures: int, random: Random, requested: float = 0.0) -> float:
    """Return how many seconds to wait after this many failures in a row, at most an hour.

    ``requested`` is how long no refresh is sent, as the provider requested. The store has that
    moment, so it is seen in time if it ends earlier or lies beyond the hour.
    """
    # The exponent is bounded: a float is not.
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(max(failures - 1, 0), 10))
    return max(random.uniform(0.5, 1) * longest, min(requested, _LONGEST_PAUSE))
