"""Whether a response is from a cache on its way, with rate limits of an earlier moment."""

import re
from collections.abc import Mapping

# RFC 9111, section 5.1, and RFC 9211; the others are those of common caches and networks.
CACHE_HEADERS = frozenset(
    {"age", "cache-status", "cdn-cache-status", "cf-cache-status", "x-cache", "x-cache-status"}
)
# "HIT, MISS" of two caches, "Hit from cloudfront", "TCP_MEM_HIT"; "RefreshHit" was revalidated.
_HIT = re.compile(r"(?:^|[\s,])(?:TCP_)?(?:MEM_|DISK_)?(?:HIT|STALE|UPDATING)\b", re.IGNORECASE)
_STATUS_HIT = re.compile(r";\s*hit\b(?!\s*=\s*\?0)", re.IGNORECASE)


def is_from_cache(headers: Mapping[str, str]) -> bool:
    """Return whether headers, by lower-case name, are those of a response that a cache had stored.

    An age of 0 is also that of a response that a cache has just passed on.
    """
    age = headers.get("age", "").strip()
    if age.isascii() and age.isdigit() and age.strip("0"):
        return True
    return any(
        (_STATUS_HIT if name == "cache-status" else _HIT).search(headers[name])
        for name in CACHE_HEADERS & headers.keys()
    )
