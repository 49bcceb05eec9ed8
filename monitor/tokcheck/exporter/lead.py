"""When a stored account is refreshed: ahead of its token's end, each token at a moment of its own.

Pure: moments are Unix seconds, chance comes in.
"""

from math import inf
from random import Random

from tokcheck.exporter.account import StoredGrant

_LONGEST_LEAD = 900.0
_SHORTEST_LEAD = 300.0
_SHARE_OF_LIFE = 1 / 6
# Where nobody said how long the token lives: Google's live an hour, Fitbit's longer.
_UNKNOWN_LIFE = 1800.0
# Whoever began a refresh and is alive ends it within this; and the providers' grace is longer.
_LEFT_BEHIND = 30.0
_FIRST_PAUSE = 60.0
_LONGEST_PAUSE = 3600.0


def due(grant: StoredGrant, random: Random) -> float:
    """Return when to refresh; infinity if that cannot be done.

    So many seconds ahead of the end as are drawn, 5 to 15 minutes, and a sixth of the token's
    life at most. A refresh that somebody left behind is finished soon.
    """
    if not grant.renewable or grant.broken:
        return inf
    left = inf if grant.begun_at is None else grant.begun_at + _LEFT_BEHIND
    if grant.expires_at is None:
        return min(left, grant.obtained_at + _UNKNOWN_LIFE)
    life = max(0.0, grant.expires_at - grant.obtained_at)
    longest = min(_LONGEST_LEAD, life * _SHARE_OF_LIFE)
    lead = random.uniform(min(_SHORTEST_LEAD, longest / 2), longest)
    return min(left, grant.expires_at - lead)


def pause(failures: int, random: Random, asked: float = 0.0) -> float:
    """Return how many seconds to wait after so many failures in a row.

    ``asked`` is how many the provider asks for. An hour is the longest: a grant that waits for
    longer may die of it.
    """
    # The exponent is bounded: a float is not.
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(max(failures - 1, 0), 10))
    return max(random.uniform(0.5, 1) * longest, min(asked, _LONGEST_PAUSE))
