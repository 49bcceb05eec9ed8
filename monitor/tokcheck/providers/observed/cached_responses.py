"""Whether a response is from a cache on its way, with rate limits of an earlier moment."""

import re
from collections.abc import Mapping

# RFC 9111, section 5.1, and RFC 9211; the others are those of common caches and networks.
_STATUS_HEADERS = frozenset(
    {"cache-status", "cdn-cache-status", "cf-cache-status", "x-cache", "x-cache-status"}
)
# Those of hishel for requests.
_HISHEL, _REVALIDATED = "x-hishel-from-cache", "x-hishel-revalidated"
CACHE_HEADERS = _STATUS_HEADERS | {"age", _HISHEL, _REVALIDATED}
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
    if _is_true(headers.get(_HISHEL)) and not _is_true(headers.get(_REVALIDATED)):
        return True
    return any(
        (_STATUS_HIT if name == "cache-status" else _HIT).search(headers[name])
        for name in _STATUS_HEADERS & headers.keys()
    )


def _is_true(value: str | None) -> bool:
    return value is not None and value.strip().lower() == "true"
